"""Two bots with two shards each, on a loopback Discord and one PostgreSQL, in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.app import client, run
from bot.app.client import QuothBot
from bot.config.shards import ShardRange
from bot.config.store_location import PostgresUrl
from bot.services.coordination import SNAPSHOTS_CHANNEL, Turn
from bot.storage.store import Store
from tests.support.discord_fakes import FakeIndex
from tests.support.fake_searcher import FakeSearcher
from tests.support.faults import Call
from tests.support.loopback import Loopback, serve_loopback
from tests.support.loopback_bot import connected_bot
from tests.support.loopback_payloads import CHANNEL, guild_of
from tests.support.stores import a_week_passes

QUESTION = "Is black tea fermented for hours?"


def channel_of(shard: int) -> int:
    return CHANNEL + (shard << 22)


def guild(shard: int) -> int:
    return int(guild_of(channel_of(shard)))


@dataclass
class TwoBots:
    """A Discord with four shards, and the bots that run two of them each."""

    discord: Loopback
    first: QuothBot
    second: QuothBot
    indexes: tuple[FakeIndex, FakeIndex]
    stop_first: Callable[[], Awaitable[None]]


@pytest.fixture
async def bots(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TwoBots]:
    monkeypatch.setattr(client, "_IDENTIFY_SECONDS", 0.2)
    indexes, location = (
        (FakeIndex(FakeSearcher()), FakeIndex(FakeSearcher())),
        PostgresUrl(postgres),
    )
    async with (
        serve_loopback(shard_count=4) as discord,
        AsyncExitStack() as stack_of_first,
        AsyncExitStack() as stack,
    ):
        connect = stack_of_first.enter_async_context
        shards = ShardRange(0, 1, 4)
        first = await connect(connected_bot(discord, indexes[0], location, shards, tmp_path / "a"))
        shards, connect = ShardRange(2, 3, 4), stack.enter_async_context
        second = await connect(connected_bot(discord, indexes[1], location, shards, tmp_path / "b"))
        yield TwoBots(discord, first, second, indexes, stack_of_first.aclose)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - changed by another bot
            await asyncio.sleep(0.05)


async def test_each_question_is_answered_by_one_bot(bots: TwoBots) -> None:
    questions = [
        await bots.discord.ask(QUESTION, channel=channel_of(shard), slash=slash)
        for shard in range(4)
        for slash in (False, True)
    ]
    for question in questions:
        await asyncio.wait_for(question.replied.wait(), 20)
    await asyncio.sleep(0.5)
    assert [question.outcome for question in questions] == ["once"] * 8


async def test_shards_identify_one_after_the_other(bots: TwoBots) -> None:
    moments = [moment for moment, _ in bots.discord.identified]
    assert sorted(shard for _, shard in bots.discord.identified) == [0, 1, 2, 3]
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert min(pauses) >= 0.2


async def test_commands_are_synced_once(bots: TwoBots) -> None:
    await until(lambda: bots.first.command_ids and bots.second.command_ids)
    assert bots.first.command_ids == bots.second.command_ids
    synced = [each for each in bots.discord.requests if each.call is Call.COMMANDS]
    assert len(synced) == 1


async def test_settings_reach_the_other_bot(bots: TwoBots) -> None:
    guilds = bots.second.answers.guilds
    assert not (await guilds.get(guild(0))).private
    await bots.first.answers.guilds.update(guild(0), private=True)
    await until(lambda: guild(0) not in guilds._cache)
    assert (await guilds.get(guild(0))).private


async def test_withdrawn_messages_are_quoted_by_neither(bots: TwoBots) -> None:
    store, path = bots.first.answers.store, f"discord-server-{guild(0)}/1.md"
    await store.execute(
        "INSERT INTO quoted_messages (path, guild_id, message_id, quoted_at, withdrawn_at)"
        " VALUES (?, ?, 1, 1, 1)",
        (path, guild(0)),
    )
    await bots.first.quoted_messages.announce_withdrawn()
    await until(lambda: path in bots.second.answers.guilds.withdrawn)


async def test_published_snapshot_is_opened_at_once(bots: TwoBots) -> None:
    bots.indexes[1].searcher = FakeSearcher("two")
    await bots.first.answers.store.notify(SNAPSHOTS_CHANNEL)
    await until(lambda: bots.second.answers.pool.snapshot == "two")


async def test_lead_passes_on(bots: TwoBots, postgres: str) -> None:
    assert (bots.first.coordination.is_leader, bots.second.coordination.is_leader) == (True, False)
    await bots.stop_first()
    await until(lambda: bots.second.coordination.is_leader)


async def test_lead_is_lost_with_the_connection(bots: TwoBots, postgres: str) -> None:
    for bot in (bots.first, bots.second):
        bot.background.coordinate.cancel()
    other = Store(PostgresUrl(postgres))
    await bots.first.answers.store.locks.unlock("leader")
    assert await other.locks.try_lock("leader")
    await bots.first.coordination.elect()
    assert not bots.first.coordination.is_leader
    await other.locks.unlock("leader")
    await other.close()
    await bots.first.coordination.elect()
    assert bots.first.coordination.is_leader


async def test_one_rebuild_at_a_time(bots: TwoBots) -> None:
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    bots.indexes[0].wait = wait
    first = asyncio.create_task(bots.first.curation.rebuild_quietly())
    await until(lambda: bots.indexes[0].build_count)
    second = asyncio.create_task(bots.second.curation.rebuild_quietly())
    await asyncio.sleep(0.6)
    assert bots.indexes[1].build_count == 0
    gate.set()
    await asyncio.gather(first, second)
    assert bots.indexes[1].build_count == 1


async def test_turn_of_a_bot_that_is_gone_passes_on(bots: TwoBots) -> None:
    async def hold() -> None:
        async with bots.first.coordination.turn(Turn.BUILD):
            await asyncio.sleep(60)

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0.3)
    locks: Any = bots.first.answers.store.locks
    connection = locks._connection
    connection.pgconn.finish()  # as the system does when a process is killed
    async with asyncio.timeout(10):
        await bots.second.curation.rebuild_quietly()
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)


async def test_servers_of_the_other_bot_are_kept(bots: TwoBots) -> None:
    store, gone = bots.first.answers.store, guild(1) + 7  # on shard 1, but the bot is not in it
    for each in (*map(guild, range(4)), gone):
        await bots.first.answers.guilds.update(each, retention_days=90)
    for bot, shards in ((bots.first, (0, 1)), (bots.second, (2, 3))):
        for shard in shards:
            await bot.on_shard_ready(shard)
    sql = "SELECT guild_id FROM servers WHERE left_at IS NOT NULL"
    assert await store.fetch_all(sql) == [(gone,)]
    await a_week_passes(store)
    await bots.first.answers.guilds.purge_left_guilds()
    left = await store.fetch_all("SELECT guild_id FROM servers ORDER BY guild_id")
    assert [each for (each,) in left] == sorted(map(guild, range(4)))


async def test_readiness_and_metrics_name_the_shards(bots: TwoBots) -> None:
    assert run._why_unready(bots.first) == ""
    await bots.first.shards[1].disconnect()
    assert run._why_unready(bots.first) == "not connected to Discord (shards 1 of 4)"
    run._add_gauges(bots.first)
    lines = bots.first.answers.metrics.render().decode().splitlines()
    assert {'quoth_shard_up{shard="0"} 1.0', 'quoth_shard_up{shard="1"} 0.0'} <= {*lines}
    assert {"quoth_leader 1.0", "quoth_servers 2.0"} <= {*lines}
