import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.config.store_location import PostgresUrl
from bot.questions.question import Question
from bot.storage.databases.postgres_schema import MIGRATIONS as POSTGRES_MIGRATIONS
from bot.storage.databases.sqlite_schema import MIGRATIONS
from bot.storage.errors import StoreError
from bot.storage.store import Store, StoredAnswer, StoredQuote, new_id
from index.types import Verdict
from tests.support.stores import Location, run, tables

STORES = ("sqlite", "postgresql")

QUOTES = (
    StoredQuote(1, "tea.md", 0, 20, 5, 10, "ab12", "Tea", 3),
    StoredQuote(
        2,
        "coffee.txt",
        3,
        9,
        3,
        9,
        "cd34",
        anchor="a-b",
        duplicates=(StoredQuote(2, "b.txt", 0, 6, 0, 6, "ef56"),),
    ),
)


def migrations_of(location: Location) -> dict[int, tuple[str, ...]]:
    return POSTGRES_MIGRATIONS if isinstance(location, PostgresUrl) else MIGRATIONS


def columns_of(location: Location, table: str) -> list[tuple[str, str]]:
    """Return the names and types of a table's columns, by name."""
    if isinstance(location, PostgresUrl):
        sql = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?"
    else:
        sql = "SELECT name, type FROM pragma_table_info(?)"
    return sorted(run(location, sql, (table,)))


def make_answer(text: str = "q", quotes: tuple[StoredQuote, ...] = ()) -> StoredAnswer:
    return StoredAnswer(new_id(), "one", Question(text), quotes)


async def save(store: Store, answer: StoredAnswer) -> str:
    await store.save_answer(answer)
    return answer.id


@asynccontextmanager
async def opened(location: Location) -> AsyncIterator[Store]:
    store = Store(location)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


async def test_a_saved_answer_can_be_loaded_by_its_id(store: Store) -> None:
    question = Question("What is “tea”?", "tea.md", "Tea Board", "2019-03", "and tea?", 2**60)
    answer = StoredAnswer(
        new_id(), "one", question, QUOTES, Verdict.CLOSEST, 2**63 - 1, "pseudonym"
    )
    await store.save_answer(answer)
    assert await store.get_answer(answer.id) == answer


def test_ids_are_short_and_unique() -> None:
    ids = {new_id() for _ in range(20)}
    assert {len(answer_id) for answer_id in ids} == {12}
    assert len(ids) == 20


async def test_deletes_an_answer(store: Store) -> None:
    answer_id = await save(store, make_answer())
    await store.delete_answer(answer_id)
    assert await store.get_answer(answer_id) is None
    await store.delete_answer(answer_id)


async def test_a_meta_value_is_saved_and_replaced(store: Store, store_location: Location) -> None:
    assert await store.get_meta("commands") is None
    await store.set_meta("commands", "a")
    await store.set_meta("commands", "b")
    async with opened(store_location) as other:
        assert await other.get_meta("commands") == "b"


async def test_the_schema_has_no_user_ids(store: Store, store_location: Location) -> None:
    columns = [name for name, _ in columns_of(store_location, "answers")]
    pseudonyms = {"asker"}
    assert set(columns) - pseudonyms == {
        *("id", "created", "snapshot", "question", "source", "shown", "guild_id", "verdict"),
        *("wrote", "publisher", "since", "target", "shared", "public"),
    }


async def test_opening_twice_applies_each_migration_once(
    store: Store, store_location: Location
) -> None:
    answer_id = await save(store, make_answer())
    async with opened(store_location) as other:
        assert await other.get_answer(answer_id) is not None


@pytest.mark.usefixtures("store")
async def test_a_failed_migration_is_rolled_back(
    store_location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations = migrations_of(store_location)
    first, typo = "CREATE TABLE ballots (a bigint)", "CREATE TABEL typo (b bigint)"
    with monkeypatch.context() as patch:
        patch.setitem(migrations, 999, (first, typo))
        with pytest.raises(StoreError, match="cannot open"):
            await Store(store_location).open()
    monkeypatch.setitem(migrations, 999, (first,))
    async with opened(store_location) as other:
        assert await other.tables_with("a") == ["ballots"]


async def test_migrates_a_file_of_the_first_version(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "store.sqlite3")
    for statement in (*MIGRATIONS[1], "PRAGMA user_version = 1"):
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('commands', 'saved')")
    connection.commit()
    connection.close()
    store = Store(tmp_path / "store.sqlite3")
    await store.open()
    assert await store.get_meta("commands") == "saved"
    assert await store.fetch_all("SELECT number FROM migrations") == [
        (n,) for n in sorted(MIGRATIONS)
    ]


def test_a_bot_with_a_file_imports_no_driver_of_postgresql(tmp_path: Path) -> None:
    script = (
        "import sys; from bot.config.settings import Settings; from bot.app.run import create_bot;"
        "create_bot(Settings()); print([m for m in sys.modules if 'psycopg' in m])"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_both_databases_have_the_same_tables(tmp_path: Path, postgres: str) -> None:
    async def columns(location: Location) -> dict[str, list[tuple[str, str]]]:
        async with opened(location):
            return {table: columns_of(location, table) for table in tables(location)}

    file = asyncio.run(columns(tmp_path / "store.sqlite3"))
    database = asyncio.run(columns(PostgresUrl(postgres)))
    kinds = {"bigint": "INTEGER", "boolean": "INTEGER", "text": "TEXT", "double precision": "REAL"}
    assert file == {
        table: [(name, kinds[kind]) for name, kind in columns]
        for table, columns in database.items()
    }
    assert max(MIGRATIONS) == max(POSTGRES_MIGRATIONS)
    assert {n for n in MIGRATIONS if n >= min(POSTGRES_MIGRATIONS)} == set(POSTGRES_MIGRATIONS)


async def test_a_failed_transaction_is_rolled_back(store: Store) -> None:
    async def fail() -> None:
        async with store.transaction() as connection:
            await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await store.get_meta("a") is None


async def test_rejects_a_store_of_a_newer_version(store: Store, store_location: Location) -> None:
    await store.execute("INSERT INTO migrations VALUES (9999)")
    newer = "has migration 9999, which this version does not know"
    with pytest.raises(StoreError, match=newer):
        async with opened(store_location):
            pass


async def test_rejects_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_text("this is not a database, " * 100)
    with pytest.raises(StoreError, match=r"cannot open .*store\.sqlite3"):
        await Store(path).open()


async def test_concurrent_writes_are_all_saved(store: Store) -> None:
    ids = await asyncio.gather(*(save(store, make_answer(f"q{n}", QUOTES)) for n in range(20)))
    loaded = [await store.get_answer(answer_id) for answer_id in ids]
    assert [answer.question.text for answer in loaded if answer] == [f"q{n}" for n in range(20)]


async def test_saved_answers_survive_sigkill(store_location: Location) -> None:
    script = """
        import asyncio, sys
        from bot.config.settings import Settings
        from bot.questions.question import Question
        from bot.storage.store import StoredAnswer, Store, new_id
        async def main():
            store = Store(Settings(store=sys.argv[1]).store)
            await store.open()
            while True:
                answer = StoredAnswer(new_id(), "one", Question("q"), ())
                await store.save_answer(answer)
                print(answer.id, flush=True)
        asyncio.run(main())
    """
    address = getattr(store_location, "value", str(store_location))
    writer = subprocess.Popen(  # noqa: ASYNC220 - our own script
        [sys.executable, "-c", textwrap.dedent(script), address],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    printed = [writer.stdout.readline().strip() for _ in range(5)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    async with opened(store_location) as store:
        assert all([await store.get_answer(answer_id) for answer_id in printed])


async def test_writes_are_not_copied_into_the_file_one_by_one(tmp_path: Path) -> None:
    store, log = Store(tmp_path / "store.sqlite3"), tmp_path / "store.sqlite3-wal"
    await store.open()
    with store.keep_open():
        await store.set_meta("key", "value")
        assert log.stat().st_size > 0
    await store.set_meta("key", "other")
    assert not log.exists()
