"""Test `quoth store copy`, from a SQLite file to PostgreSQL."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.config.store_location import PostgresUrl
from bot.questions.context import AskContext
from bot.questions.question import Question
from bot.storage import copying
from bot.storage.copying import copy_store
from bot.storage.databases.sqlite_schema import MIGRATIONS
from bot.storage.guilds import GuildStore
from bot.storage.lock import lock_store
from bot.storage.pins import PinResult, add_pin, get_pins
from bot.storage.store import Store, StoredAnswer, new_id
from bot.storage.votes import cast_vote
from index.types import Verdict
from tests.support.command_line import quoth
from tests.support.stores import run, tables

CONTEXT = AskContext(5, 6, 7)
ANSWERED = PinResult(Verdict.ANSWERED, "tea.md", "black tea")


async def filled(file: Path) -> list[StoredAnswer]:
    """Write what a bot writes, with texts that PostgreSQL does not take as they are."""
    store = Store(file)
    await store.open()
    texts = ("Is tea “black”?", "a\ttab, a\nline, a \\ and \\N", "")
    answers = [StoredAnswer(new_id(), "one", Question(text), (), guild=5) for text in texts]
    for answer in answers:
        await store.save_answer(answer, public=True)
        await cast_vote(store, answer.id, up=True, context=CONTEXT)
    await GuildStore(store).update(5, quotes=2, channels=(2**63 - 1,))
    await add_pin(store, 5, "q", ANSWERED)
    await store.execute("INSERT INTO meta VALUES ('nul', ?)", ("a\0b",))
    return answers


async def test_a_copied_store_says_the_same(tmp_path: Path, postgres: str) -> None:
    answers = await filled(file := tmp_path / "old.sqlite3")
    counts = await copy_store(file, PostgresUrl(postgres))
    assert counts["answers"] == counts["votes"] == 3
    store = Store(PostgresUrl(postgres))
    await store.open()
    assert [await store.get_answer(answer.id) for answer in answers] == answers
    assert (await GuildStore(store).get(5)).channels == (2**63 - 1,)
    assert await store.get_meta("nul") == "ab"
    assert await store.pseudonymize(7, "a") == await Store(file).pseudonymize(7, "a")
    await add_pin(store, 5, "another", ANSWERED)
    assert [pin.id for pin in await get_pins(store, 5)] == [1, 2]
    await store.close()


async def test_the_first_version_is_copied_and_left_as_it_was(
    tmp_path: Path, postgres: str
) -> None:
    with closing(sqlite3.connect(file := tmp_path / "old.sqlite3")) as connection, connection:
        for statement in (*MIGRATIONS[1], "PRAGMA user_version = 1"):
            connection.execute(statement)
        connection.execute("INSERT INTO answers VALUES ('a', 1, 'one', 'q', NULL, '[]')")
    before = file.read_bytes()
    assert sum((await copy_store(file, PostgresUrl(postgres))).values()) == 1
    assert file.read_bytes() == before
    assert run(PostgresUrl(postgres), "SELECT id, shared FROM answers") == [("a", False)]


async def test_a_failed_copy_leaves_nothing(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(file := tmp_path / "old.sqlite3")

    async def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(copying, "_continue_numbers", fail)  # after most tables
    with pytest.raises(KeyboardInterrupt):
        await copy_store(file, PostgresUrl(postgres))
    assert tables(PostgresUrl(postgres)) == []


async def test_a_row_that_arrives_altered_undoes_the_copy(tmp_path: Path, postgres: str) -> None:
    await filled(file := tmp_path / "old.sqlite3")
    store = Store(PostgresUrl(postgres))
    await store.open()
    await store.execute(
        "CREATE FUNCTION alter_row() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.wanted = $$altered$$; RETURN NEW; END'"
    )
    await store.execute(
        "CREATE TRIGGER altered BEFORE INSERT ON votes FOR EACH ROW EXECUTE FUNCTION alter_row()"
    )
    with pytest.raises(Exception, match="the copy of the table votes differs"):
        await copy_store(file, PostgresUrl(postgres))
    assert await store.fetch_all("SELECT * FROM answers") == []
    await store.close()


def test_the_command_counts_what_it_copied(
    tmp_path: Path,
    postgres: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asyncio.run(filled(file := tmp_path / "old.sqlite3"))
    monkeypatch.setenv("QUOTH_STORE", postgres)
    assert quoth("store", "copy", str(file)) == 0
    printed = capsys.readouterr()
    assert "         3  answers\n" in printed.out
    assert "compared each with its copy" in printed.out + printed.err
    assert quoth("store", "copy", str(file)) == 1
    assert "is not empty: its table answers has rows" in capsys.readouterr().err
    with lock_store(file):
        assert quoth("store", "copy", str(file)) == 1
    assert "another bot" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["missing", "not a database", "another database", "sqlite target"])
def test_a_file_that_cannot_be_copied_gets_one_line(
    kind: str,
    tmp_path: Path,
    postgres: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "old.sqlite3"
    if kind == "not a database":
        file.write_bytes(b"no database" * 500)
    elif kind == "another database":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE colours (name)")
    monkeypatch.setenv("QUOTH_STORE", str(file) if kind == "sqlite target" else postgres)
    expected = {
        "missing": f"quoth: there is no file {file}",
        "not a database": f"quoth: cannot read {file} (file is not a database)",
        "another database": f"quoth: {file} is not the store of a bot",
        "sqlite target": "quoth: set QUOTH_STORE to the database to copy into",
    }[kind]
    assert quoth("store", "copy", str(file)) == 1
    error = capsys.readouterr().err
    assert error.startswith(expected)
    assert error.count("\n") == 1
    assert tables(PostgresUrl(postgres)) == []
