"""Run some of the shards: which servers a process serves, and what it leaves to others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.app import client
from bot.config.settings import read_settings
from bot.config.shards import ALL_SHARDS, ShardRange
from bot.questions.context import AskContext
from bot.storage.guilds import GuildStore
from bot.storage.help_requests import claim_request, open_requests, set_thread
from bot.storage.pending_questions import PendingQuestion, PendingQuestions
from bot.storage.shown_answers import ShownAnswer, add_shown, shown_before
from bot.storage.store import Store
from bot.storage.unanswered import guilds_with_unanswered
from index.errors import SettingsError
from tests.support.discord_fakes import FakeIndex
from tests.support.loopback import serve_loopback
from tests.support.loopback_bot import connected_bot
from tests.support.loopback_payloads import CHANNEL, guild_of

QUESTION = "Is black tea fermented for hours?"
OWN = ShardRange(0, 1, 4)
MINE, ALSO_MINE, OTHERS = (int(guild_of(CHANNEL + (shard << 22))) for shard in (0, 1, 2))


@pytest.fixture(autouse=True)
def quick_identify(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_IDENTIFY_SECONDS", 0.1)


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store.sqlite3")
    await store.open()
    return store


def channel_of(shard: int) -> int:
    return CHANNEL + (shard << 22)


@pytest.mark.parametrize(
    ("text", "shards"),
    [
        ("0-3/16", ShardRange(0, 3, 16)),
        (" 5/16 ", ShardRange(5, 5, 16)),
        ("0/1", ALL_SHARDS),
        ("8-15/16", ShardRange(8, 15, 16)),
    ],
)
def test_setting_names_shards(text: str, shards: ShardRange) -> None:
    assert read_settings(shards=text).shards == shards
    assert ShardRange.parse(str(shards)) == shards


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("4-3/16", "the first shard, 4, comes after the last, 3"),
        ("0-16/16", "shards are numbered from 0, so the last of 16 is 15"),
        ("0/0", "expected FIRST-LAST/TOTAL"),
        ("0-3", "expected FIRST-LAST/TOTAL, such as 0-3/16 for four of 16 shards"),
        ("-1/2", "expected FIRST-LAST/TOTAL"),
        ("a-b/c", "expected FIRST-LAST/TOTAL"),
        ("0-3/16/2", "expected FIRST-LAST/TOTAL"),
        ("0-3/999999", "expected FIRST-LAST/TOTAL"),
    ],
)
def test_bad_setting_is_one_clear_line(text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as caught:
        read_settings(shards=text)
    assert str(caught.value).startswith(f"QUOTH_SHARDS is {text!r}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("total", [1, 3, 16])
async def test_sql_and_python_agree_on_who_serves_a_server(store: Store, total: int) -> None:
    guilds = [None, 0, 1, 2**22, 41_771_983_423_143_937, 2**63 - 1]
    for first in range(total):
        shards = ShardRange(first, first, total)
        for guild in guilds:
            sql = f"SELECT {shards.condition('guild')} FROM (SELECT ? AS guild)"  # noqa: S608
            ((served,),) = await store.fetch_all(sql, (guild,))
            assert bool(served) == shards.serves(guild)
    assert sum(ShardRange(n, n, total).serves(2**63 - 1) for n in range(total)) == 1


async def test_servers_of_other_shards_are_not_left(store: Store) -> None:
    guilds = GuildStore(store)
    for guild in (MINE, ALSO_MINE, OTHERS):
        await guilds.update(guild, retention_days=90)
    await guilds.sync_guilds({ALSO_MINE}, OWN)
    left = await store.fetch_all("SELECT guild_id FROM servers WHERE left_at IS NOT NULL")
    assert left == [(MINE,)]


async def test_questions_in_others_hands_are_left_to_them(store: Store) -> None:
    dead, pending = PendingQuestions(store), PendingQuestions(store)
    for number, guild in enumerate((MINE, OTHERS, None)):
        dead._change(number, PendingQuestion(number, guild, channel=9))
    await dead.flush()
    await store.locks.unlock(dead._holder)
    left = await pending.left_behind(OWN)
    assert [each.guild for each in left] == [MINE, None]  # direct messages come to shard 0
    assert [each.guild for each in await pending.left_behind(ShardRange(2, 3, 4))] == [OTHERS]


async def test_only_own_servers_open_questions_are_asked_again(store: Store) -> None:
    sql = "INSERT INTO unanswered (question, guild_id, reason, asked_at) VALUES ('q', ?, 'n', 1)"
    for guild in (MINE, OTHERS, None):
        await store.execute(sql, (guild,))
        context = AskContext(guild, 7)
        if guild:
            assert await claim_request(store, str(guild), "Why?", context)
            await set_thread(store, str(guild), 8)
    assert await guilds_with_unanswered(store, OWN) == [MINE]
    assert [each.guild for each in await open_requests(store, OWN)] == [MINE]


async def test_others_answers_do_not_hide_own_ones_to_check(store: Store) -> None:
    for number, guild in enumerate((MINE, OTHERS, OTHERS)):
        shown = ShownAnswer(
            f"a{number}", guild, channel=1, message=number, shown_at=number, quotes=()
        )
        await add_shown(store, shown, "one")
    (found,) = await shown_before(store, "two", 1, OWN)
    assert found.guild == MINE


@pytest.mark.parametrize("count", [1, 2])
async def test_one_process_runs_as_many_shards_as_discord_recommends(
    fake_index: FakeIndex, tmp_path: Path, count: int
) -> None:
    async with (
        serve_loopback(shard_count=count) as discord,
        connected_bot(discord, fake_index, tmp_path / "store.sqlite3", None) as bot,
    ):
        assert sorted(bot.shards) == list(range(count))
        for shard in range(count):
            question = await discord.ask(QUESTION, channel=channel_of(shard))
            await asyncio.wait_for(question.replied.wait(), 10)
            assert question.outcome == "once"
        assert bot.guild_count(MINE) == (1 if count == 1 else None)


async def test_a_process_serves_its_own_shards(fake_index: FakeIndex, tmp_path: Path) -> None:
    async with (
        serve_loopback(shard_count=4) as discord,
        connected_bot(discord, fake_index, tmp_path / "s", ShardRange(2, 3, 4)) as bot,
    ):
        assert [shard for _, shard in discord.identified] == [2, 3]
        assert {guild.id for guild in bot.guilds} == {
            int(guild_of(channel_of(shard))) for shard in (2, 3)
        }
        for shard in (3, 2):
            question = await discord.ask(QUESTION, channel=channel_of(shard))
            await asyncio.wait_for(question.replied.wait(), 10)
            assert question.outcome == "once"


async def test_server_that_removed_an_offline_bot_is_left(
    fake_index: FakeIndex, tmp_path: Path
) -> None:
    async with (
        serve_loopback(shard_count=2) as discord,
        connected_bot(discord, fake_index, tmp_path / "s", ShardRange(0, 1, 2)) as bot,
    ):
        gone = int(guild_of(channel_of(1)))
        await bot.answers.guilds.update(gone, retention_days=90)
        discord.absent_guilds.add(gone)
        discord.forget_session(1)
        await discord.close_gateway(4000, shard=1)
        await until(lambda: len(discord.identified) == 3)
        await until_left(bot, gone)
        assert {guild.id for guild in bot.guilds} == {int(guild_of(channel_of(0)))}


async def until_left(bot: Any, guild: int) -> None:
    sql = "SELECT guild_id FROM servers WHERE left_at IS NOT NULL"
    async with asyncio.timeout(10):
        while await bot.answers.store.fetch_all(sql) != [(guild,)]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - state of the fake
            await asyncio.sleep(0.05)


def test_curators_of_a_sharded_bot_are_named_by_the_operator() -> None:
    guilds = GuildStore(Store(Path("unused")))
    assert guilds.may_change_shared(MINE, 1)
    assert not guilds.may_change_shared(MINE, None)
    named = GuildStore(Store(Path("unused")), curators=(MINE,))
    assert named.may_change_shared(MINE, None)
    assert not named.may_change_shared(ALSO_MINE, None)
