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

SHOWN = (
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
        also=(StoredQuote(2, "b.txt", 0, 6, 0, 6, "ef56"),),
    ),
)


def kept(text: str = "q", shown: tuple[StoredQuote, ...] = ()) -> StoredAnswer:
    return StoredAnswer(new_id(), "one", Question(text), shown)


async def keep(store: Store, answer: StoredAnswer) -> str:
    await store.keep(answer)
    return answer.id


async def opened(folder: Path) -> Store:
    store = Store(folder / "data" / "store.sqlite3")
    await store.open()
    return store


async def test_a_kept_answer_is_found_again_by_its_id(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    question = Question("What is “tea”?", "tea.md", "Tea Board", "2019-03", "and tea?", 2**60)
    answer = StoredAnswer(new_id(), "one", question, SHOWN, Verdict.CLOSEST, 2**63 - 1, "code")
    await store.keep(answer)
    assert await store.answer(answer.id) == answer


def test_an_id_is_short_and_never_the_same() -> None:
    ids = {new_id() for _ in range(20)}
    assert {len(identity) for identity in ids} == {12}
    assert len(ids) == 20


async def test_a_forgotten_answer_is_gone(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    identity = await keep(store, kept())
    await store.forget(identity)
    assert await store.answer(identity) is None
    await store.forget(identity)


async def test_old_answers_are_purged_and_new_ones_stay(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    identity = await keep(store, kept())
    await store.purge()
    assert await store.answer(identity) is not None
    await store.purge(older_than_seconds=-5)
    assert await store.answer(identity) is None


async def test_a_note_is_kept_and_replaced(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    assert await store.note("commands") is None
    await store.set_note("commands", "a")
    await store.set_note("commands", "b")
    assert await (await opened(tmp_path)).note("commands") == "b"


async def test_nothing_in_the_file_says_who_asked(tmp_path: Path) -> None:
    await opened(tmp_path)
    with sqlite3.connect(tmp_path / "data" / "store.sqlite3") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(answers)")]
    connection.close()
    whose = {"asker"}  # a code, see test_forget
    assert set(columns) - whose == {
        *("id", "created", "snapshot", "question", "source", "shown", "guild_id", "verdict"),
        *("wrote", "publisher", "since", "target", "shared"),
    }


async def test_opening_twice_runs_each_migration_once(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    identity = await keep(store, kept())
    assert await (await opened(tmp_path)).answer(identity) is not None


async def test_an_unfinished_migration_leaves_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(tmp_path)
    broken = {**MIGRATIONS, 999: ("CREATE TABLE ballots (a)", "CREATE TABEL typo (b)")}
    with monkeypatch.context() as patch:
        patch.setattr("bot.storage.migrations.MIGRATIONS", broken)
        with pytest.raises(StoreError, match="cannot be used"):
            await opened(tmp_path)
    mended = {**MIGRATIONS, 999: ("CREATE TABLE ballots (a)",)}
    monkeypatch.setattr("bot.storage.migrations.MIGRATIONS", mended)
    await opened(tmp_path)


async def test_a_file_of_the_first_version_keeps_what_it_has(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "store.sqlite3")
    for statement in (*MIGRATIONS[1], "PRAGMA user_version = 1"):
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('commands', 'kept')")
    connection.commit()
    connection.close()
    store = Store(tmp_path / "store.sqlite3")
    await store.open()
    assert await store.note("commands") == "kept"
    assert await store.rows("SELECT number FROM migrations") == [(n,) for n in sorted(MIGRATIONS)]


async def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = await opened(tmp_path)

    async def fail() -> None:
        async with store.writing() as connection:
            await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await store.note("a") is None


async def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    await opened(tmp_path)
    connection = sqlite3.connect(tmp_path / "data" / "store.sqlite3")
    connection.execute("INSERT INTO migrations VALUES (9999)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="has migration 9999, which this version does not know"):
        await opened(tmp_path)


async def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_text("this is no database, " * 100)
    with pytest.raises(StoreError, match=r"store\.sqlite3 cannot be used"):
        await Store(path).open()


async def test_many_at_once_write_one_after_the_other(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    ids = await asyncio.gather(*(keep(store, kept(f"q{n}", SHOWN)) for n in range(20)))
    found = [await store.answer(identity) for identity in ids]
    assert [one.question.text for one in found if one] == [f"q{n}" for n in range(20)]


async def test_what_was_kept_survives_kill_9(tmp_path: Path) -> None:
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
                await store.keep(answer)
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
    told = [writer.stdout.readline().strip() for _ in range(5)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    store = Store(path)
    await store.open()
    assert all([await store.answer(identity) for identity in told])
