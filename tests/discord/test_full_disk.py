"""Test the bot while its store cannot be written."""

import gc
import sqlite3
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.services.curation import Curation
from bot.storage.databases.sqlite import sqlite_problem
from bot.storage.errors import DatabaseError, StoreError, StoreProblem
from bot.storage.store import Store
from bot.text.messages import ENGLISH
from tests.support.discord_fakes import FakeIndex, World, make_client
from tests.support.discord_messages import text
from tests.support.stores import file_of

QUESTION = "Is black tea fermented for hours?"
NOTHING = "Kdo vyhrál hokej?"


def block(path: Path) -> Path:
    """Keep SQLite from creating the file that it needs for locks, as a full disk does."""
    shared = path.with_name(f"{path.name}-shm")
    shared.mkdir()
    return shared


@pytest.fixture
def full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Fail each transaction as on a full disk."""

    def fail(*_: object) -> Any:
        raise DatabaseError("database or disk is full", StoreProblem.FULL)

    monkeypatch.setattr(Store, "transaction", fail)
    return world


async def test_buttons_work_with_a_full_disk(
    full_disk: World, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await full_disk.mention(QUESTION)
    assert "Paragraph 2" in text((await full_disk.press(reply, "More context")).response)
    assert "**4.**" in text((await full_disk.press(reply, "Next passages")).response)
    form = await full_disk.press(reply, "Follow-up")
    answer = await full_disk.alice.submit_modal(form, {"question": "what about coffee?"})
    assert "coffee" in text(answer.response)
    await full_disk.press(reply, "Delete")
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("label", ["👍", "👎"])
async def test_votes_say_that_the_disk_is_full(full_disk: World, label: str) -> None:
    reply = await full_disk.mention(QUESTION)
    assert text((await full_disk.press(reply, label)).response) == ENGLISH.store_full


async def test_sharing_says_that_the_disk_is_full(full_disk: World) -> None:
    reply = await full_disk.ask(QUESTION, private=True)
    result = await full_disk.press(reply, "Share")
    assert [text(each) for each in result.followups] == [ENGLISH.store_full]


async def test_members_and_curators_learn_that_the_disk_is_full(
    full_disk: World, caplog: pytest.LogCaptureFixture
) -> None:
    guild = full_disk.env.guild
    role = guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    carol = guild.add_member(full_disk.env.create_user("carol"), roles=[role])
    forget = await full_disk.alice.slash(full_disk.channel, "privacy forget-me")
    pin = await carol.slash(full_disk.channel, "curate pin add", question=QUESTION)
    panel: Any = (await carol.slash(full_disk.channel, "settings")).response
    setting = await carol.select(panel, ["1"], custom_id="quoth:set:quotes")
    shown = [forget.response, pin.response, *setting.followups]
    assert [text(each) for each in shown] == [ENGLISH.store_full] * 3
    assert "Traceback" not in caplog.text


async def test_the_bot_starts_and_answers_with_an_unwritable_store(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bot: Any = world.env.bot
    await bot.answers.guilds.update(world.env.guild.id, quotes=1)
    earlier = await world.mention(QUESTION)
    await bot.pending_questions.flush()
    bot._store_kept_open.close()
    gc.collect()  # closes the file, too, if a cursor is left in a cycle
    blocked = block(file_of(world.store))
    await world.restart()
    assert "cannot write the bot's store" in caplog.text
    assert text(await world.mention(QUESTION)).count("paragraph") == 1  # settings are read
    assert "Paragraph 2" in text((await world.press(earlier, "More context")).response)
    vote = await world.press(earlier, "👍")
    assert text(vote.response) == ENGLISH.store_read_only
    blocked.rmdir()
    assert text((await world.press(earlier, "👍")).response) == ENGLISH.voted_up
    assert "Traceback" not in caplog.text


async def test_a_store_is_created_once_the_disk_has_room(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    (tmp_path / "store.sqlite3").touch()
    blocked = block(tmp_path / "store.sqlite3")
    await store.open()
    blocked.rmdir()
    await store.set_meta("key", "value")
    assert await store.get_meta("key") == "value"


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_text("no database " * 500)
    with pytest.raises(StoreError, match="cannot open the bot's store"):
        await Store(tmp_path / "store.sqlite3").open()


async def test_open_questions_are_not_rechecked_for_ever(
    fake_index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(fake_index, tmp_path / "store.sqlite3")
    await client.answers.start()
    calls: list[int] = []

    async def fail(*_: object) -> None:
        calls.append(1)
        raise DatabaseError("database or disk is full", StoreProblem.FULL)

    monkeypatch.setattr(Curation, "_recheck_all", fail)
    assert await client.curation.recheck_unanswered() == ()
    assert await client.curation.recheck_unanswered() == ()
    assert calls == [1]
    await client.answers.pool.close()


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (sqlite3.SQLITE_FULL, StoreProblem.FULL),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StoreProblem.FULL),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StoreProblem.READ_ONLY),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreProblem.LOCKED),
        (sqlite3.SQLITE_CANTOPEN, StoreProblem.UNREADABLE),
        (sqlite3.SQLITE_CONSTRAINT, None),
    ],
)
def test_errors_of_the_disk_are_told_from_our_own(code: int, problem: StoreProblem | None) -> None:
    error = sqlite3.OperationalError("failed")
    error.sqlite_errorcode = code
    assert sqlite_problem(error) is problem
