import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from bot.store import MIGRATIONS, Shown, Store, StoreError

SHOWN = (Shown(1, "tea.md", 0, 20, 5, 10, "ab12"), Shown(2, "coffee.txt", 3, 9, 3, 9, "cd34"))


async def opened(folder: Path) -> Store:
    store = Store(folder / "data" / "store.sqlite3")
    await store.open()
    return store


async def test_a_kept_answer_is_found_again_by_its_id(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    identity = await store.keep("one", "What is “tea”?", "tea.md", SHOWN)
    kept = await store.answer(identity)
    assert kept is not None
    assert (kept.question, kept.source, kept.snapshot) == ("What is “tea”?", "tea.md", "one")
    assert kept.shown == SHOWN


async def test_an_id_is_short_and_never_the_same(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    ids = {await store.keep("one", "q", None, ()) for _ in range(20)}
    assert {len(identity) for identity in ids} == {12}
    assert len(ids) == 20


async def test_a_forgotten_answer_is_gone(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    identity = await store.keep("one", "q", None, ())
    await store.forget(identity)
    assert await store.answer(identity) is None
    await store.forget(identity)


async def test_old_answers_are_purged_and_new_ones_stay(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    identity = await store.keep("one", "q", None, ())
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
    assert columns == ["id", "created", "snapshot", "question", "source", "shown"]


async def test_opening_twice_runs_each_migration_once(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    identity = await store.keep("one", "q", None, ())
    assert await (await opened(tmp_path)).answer(identity) is not None


async def test_an_unfinished_migration_leaves_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(tmp_path)
    broken = (*MIGRATIONS, ("CREATE TABLE votes (a)", "CREATE TABEL typo (b)"))
    with monkeypatch.context() as patch:
        patch.setattr("bot.store.MIGRATIONS", broken)
        with pytest.raises(StoreError, match="cannot be used"):
            await opened(tmp_path)
    mended = (*MIGRATIONS, ("CREATE TABLE votes (a)",))
    monkeypatch.setattr("bot.store.MIGRATIONS", mended)
    await opened(tmp_path)


async def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    await opened(tmp_path)
    connection = sqlite3.connect(tmp_path / "data" / "store.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="schema 99, wanted at most"):
        await opened(tmp_path)


async def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_text("this is no database, " * 100)
    with pytest.raises(StoreError, match=r"store\.sqlite3 cannot be used"):
        await Store(path).open()


async def test_many_at_once_write_one_after_the_other(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    ids = await asyncio.gather(*(store.keep("one", f"q{n}", None, SHOWN) for n in range(20)))
    kept = [await store.answer(identity) for identity in ids]
    assert [one.question for one in kept if one] == [f"q{n}" for n in range(20)]


async def test_what_was_kept_survives_kill_9(tmp_path: Path) -> None:
    script = """
        import asyncio, sys
        from pathlib import Path
        from bot.store import Store
        async def main():
            store = Store(Path(sys.argv[1]))
            await store.open()
            while True:
                print(await store.keep("one", "q", None, ()), flush=True)
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
