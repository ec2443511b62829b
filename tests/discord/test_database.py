import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from bot.storage.database import Store, StoredAnswer, StoredQuote, StoreError, new_id
from bot.storage.migrations import MIGRATIONS
from bot.text.question import Question
from index.types import Verdict

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


def make_answer(text: str = "q", quotes: tuple[StoredQuote, ...] = ()) -> StoredAnswer:
    return StoredAnswer(new_id(), "one", Question(text), quotes)


async def save(store: Store, answer: StoredAnswer) -> str:
    await store.save_answer(answer)
    return answer.id


async def open_store(folder: Path) -> Store:
    store = Store(folder / "data" / "store.sqlite3")
    await store.open()
    return store


async def test_a_saved_answer_can_be_loaded_by_its_id(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
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


async def test_deletes_an_answer(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    answer_id = await save(store, make_answer())
    await store.delete_answer(answer_id)
    assert await store.get_answer(answer_id) is None
    await store.delete_answer(answer_id)


async def test_a_meta_value_is_saved_and_replaced(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    assert await store.get_meta("commands") is None
    await store.set_meta("commands", "a")
    await store.set_meta("commands", "b")
    assert await (await open_store(tmp_path)).get_meta("commands") == "b"


async def test_the_schema_has_no_user_ids(tmp_path: Path) -> None:
    await open_store(tmp_path)
    with sqlite3.connect(tmp_path / "data" / "store.sqlite3") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(answers)")]
    connection.close()
    pseudonyms = {"asker"}
    assert set(columns) - pseudonyms == {
        *("id", "created", "snapshot", "question", "source", "shown", "guild_id", "verdict"),
        *("wrote", "publisher", "since", "target", "shared", "public"),
    }


async def test_opening_twice_applies_each_migration_once(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    answer_id = await save(store, make_answer())
    assert await (await open_store(tmp_path)).get_answer(answer_id) is not None


async def test_a_failed_migration_is_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_store(tmp_path)
    broken = {**MIGRATIONS, 999: ("CREATE TABLE ballots (a)", "CREATE TABEL typo (b)")}
    with monkeypatch.context() as patch:
        patch.setattr("bot.storage.migrations.MIGRATIONS", broken)
        with pytest.raises(StoreError, match="cannot open"):
            await open_store(tmp_path)
    mended = {**MIGRATIONS, 999: ("CREATE TABLE ballots (a)",)}
    monkeypatch.setattr("bot.storage.migrations.MIGRATIONS", mended)
    await open_store(tmp_path)


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


async def test_a_failed_transaction_is_rolled_back(tmp_path: Path) -> None:
    store = await open_store(tmp_path)

    async def fail() -> None:
        async with store.transaction() as connection:
            await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await store.get_meta("a") is None


async def test_rejects_a_file_of_a_newer_version(tmp_path: Path) -> None:
    await open_store(tmp_path)
    connection = sqlite3.connect(tmp_path / "data" / "store.sqlite3")
    connection.execute("INSERT INTO migrations VALUES (9999)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="has migration 9999, which this version does not know"):
        await open_store(tmp_path)


async def test_rejects_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_text("this is not a database, " * 100)
    with pytest.raises(StoreError, match=r"cannot open .*store\.sqlite3"):
        await Store(path).open()


async def test_concurrent_writes_are_all_saved(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    ids = await asyncio.gather(*(save(store, make_answer(f"q{n}", QUOTES)) for n in range(20)))
    loaded = [await store.get_answer(answer_id) for answer_id in ids]
    assert [answer.question.text for answer in loaded if answer] == [f"q{n}" for n in range(20)]


async def test_saved_answers_survive_sigkill(tmp_path: Path) -> None:
    script = """
        import asyncio, sys
        from pathlib import Path
        from bot.text.question import Question
        from bot.storage.database import StoredAnswer, Store, new_id
        async def main():
            store = Store(Path(sys.argv[1]))
            await store.open()
            while True:
                answer = StoredAnswer(new_id(), "one", Question("q"), ())
                await store.save_answer(answer)
                print(answer.id, flush=True)
        asyncio.run(main())
    """
    path = tmp_path / "store.sqlite3"
    writer = subprocess.Popen(  # noqa: ASYNC220 - our own script
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    printed = [writer.stdout.readline().strip() for _ in range(5)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    store = Store(path)
    await store.open()
    assert all([await store.get_answer(answer_id) for answer_id in printed])


async def test_writes_are_not_copied_into_the_file_one_by_one(tmp_path: Path) -> None:
    store, log = Store(tmp_path / "store.sqlite3"), tmp_path / "store.sqlite3-wal"
    await store.open()
    with store.keep_open():
        await store.set_meta("key", "value")
        assert log.stat().st_size > 0
    await store.set_meta("key", "other")
    assert not log.exists()
