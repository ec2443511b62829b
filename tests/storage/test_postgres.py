"""Test the connection to PostgreSQL: transactions, locks and notices between processes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest

from bot.storage.databases.interface import Notice
from bot.storage.databases.postgres_connection import Postgres
from bot.storage.errors import DatabaseError, StoreProblem

HOLDER = """
import asyncio, sys
from bot.storage.databases.postgres_connection import Postgres
async def main():
    database = Postgres(sys.argv[1])
    print(await database.locks.try_lock("rebuild"), flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@asynccontextmanager
async def connected(*urls: str) -> AsyncIterator[list[Postgres]]:
    databases = [Postgres(url) for url in urls]
    try:
        yield databases
    finally:
        for database in databases:
            await database.close()


async def run(database: Postgres, *statements: str) -> None:
    async with database.connection() as connection:
        for statement in statements:
            await connection.execute(statement.encode())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.02)


def disconnect(url: str, name: str) -> int:
    """End the connections of that name, as a restart of the server does."""
    query = (  # waits until their locks are free
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        return len(connection.execute(query, (name,)).fetchall())


def backends(url: str, name: str) -> list[int]:
    query = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE application_name = %s AND datname = current_database()"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        return [pid for (pid,) in connection.execute(query, (name,))]


async def test_a_failed_transaction_leaves_nothing(postgres: str) -> None:
    async with connected(postgres) as (database,):
        with pytest.raises(DatabaseError) as caught:
            await run(database, "CREATE TABLE colours (name text)", "SELECT 1 / 0")
        assert caught.value.problem is None
        async with database.connection() as connection:
            cursor = await connection.execute("SELECT to_regclass('colours')")
            assert await cursor.fetchone() == (None,)


async def test_a_lock_is_held_by_one_process_at_a_time(postgres: str) -> None:
    async with connected(postgres, postgres) as (one, other):
        assert await one.locks.try_lock("leader")
        assert not await one.locks.try_lock("leader")
        assert not await other.locks.try_lock("leader")
        assert await other.locks.try_lock("rebuild")
        assert await one.locks.holds("leader")
        assert not await other.locks.holds("leader")
        await one.locks.unlock("leader")
        assert await other.locks.try_lock("leader")


async def test_schemas_do_not_share_locks(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA second")
    second = f"{postgres}&options=-csearch_path%3Dsecond"
    async with connected(postgres, second) as (one, other):
        assert await one.locks.try_lock("leader")
        assert await other.locks.try_lock("leader")


async def test_a_killed_process_frees_its_locks(postgres: str) -> None:
    command = [sys.executable, "-c", HOLDER, postgres]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: ASYNC220 - our own script
    assert process.stdout is not None
    assert process.stdout.readline() == b"True\n"
    async with connected(postgres) as (database,):
        assert not await database.locks.try_lock("rebuild")
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        async with asyncio.timeout(10), database.locks.waiting("rebuild"):
            assert await database.locks.holds("rebuild")


async def test_a_lost_connection_loses_its_locks(postgres: str) -> None:
    async with connected(postgres, postgres) as (one, other):
        assert await one.locks.try_lock("leader")
        assert disconnect(postgres, one.locks.connection_name) == 1
        assert await other.locks.try_lock("leader")
        assert not await one.locks.holds("leader")
        assert not await one.locks.try_lock("leader")
        await other.locks.unlock("leader")
        assert await one.locks.try_lock("leader")


async def test_a_wait_for_a_lock_ends_when_it_is_free(postgres: str) -> None:
    order: list[int] = []

    async def identify(database: Postgres, number: int) -> None:
        async with database.locks.waiting("identify"):
            order.append(number)
            await asyncio.sleep(0.05)
            order.append(number)

    async with connected(postgres, postgres, postgres) as databases:
        await asyncio.gather(*(identify(each, n) for n, each in enumerate(databases)))
    assert order[::2] == order[1::2]
    assert sorted(order[::2]) == [0, 1, 2]


async def test_every_process_hears_a_notice(postgres: str) -> None:
    heard: dict[int, list[Notice]] = {0: [], 1: []}

    async def listen(database: Postgres, number: int) -> None:
        async for notice in database.listen("settings", "snapshots"):
            heard[number].append(notice)

    async with connected(postgres, postgres) as databases:
        listeners = [asyncio.create_task(listen(each, n)) for n, each in enumerate(databases)]
        await until(lambda: len(heard[0]) == len(heard[1]) == 2)
        await databases[0].notify("settings", "42")
        await until(lambda: len(heard[0]) == len(heard[1]) == 3)
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
    first = [Notice("settings", None), Notice("snapshots", None)]
    assert heard[0] == heard[1] == [*first, Notice("settings", "42")]


async def test_listening_goes_on_after_a_lost_connection(
    postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Notice] = []

    async def listen(database: Postgres) -> None:
        async for notice in database.listen("settings"):
            heard.append(notice)  # noqa: PERF401 - it never ends

    async with connected(postgres) as (database,):
        listener = asyncio.create_task(listen(database))
        await until(lambda: len(heard) == 1)
        disconnect(postgres, "quoth notices")
        await until(lambda: len(heard) == 2)
        await database.notify("settings", "7")
        await until(lambda: len(heard) == 3)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
    assert heard == [Notice("settings", None), Notice("settings", None), Notice("settings", "7")]
    assert "lost the connection for notices" in caplog.text


async def test_a_restarted_server_is_used_again(postgres: str) -> None:
    async with connected(postgres) as (database,):
        await database.notify("settings")
        assert disconnect(postgres, "quoth") > 0
        await database.notify("settings")


async def test_an_unreachable_server_fails_within_seconds(postgres: str) -> None:
    url = "postgresql://postgres@127.0.0.1:9/none"
    async with connected(url) as (database,):
        start = time.monotonic()
        with pytest.raises(DatabaseError) as caught:
            await database.notify("settings")
        with pytest.raises(DatabaseError):
            await database.locks.try_lock("leader")
        assert not await database.locks.holds("leader")
        assert time.monotonic() - start < 12
    assert caught.value.problem is StoreProblem.UNREACHABLE


async def test_a_frozen_server_fails_and_recovers(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.databases.postgres_connection._RETRY_SECONDS", 2.0)
    async with connected(postgres) as (database,):
        await database.notify("settings")
        pids = backends(postgres, "quoth")
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DatabaseError) as caught:
            async with database.connection(timeout_seconds=1):
                pass
        start = time.monotonic()
        with pytest.raises(DatabaseError, match="did not answer a moment ago"):
            await database.notify("settings")
        assert time.monotonic() - start < 0.9  # less than another attempt takes
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(2)
        await database.notify("settings")
    assert caught.value.problem is StoreProblem.UNREACHABLE


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("SET default_transaction_read_only = on", StoreProblem.READ_ONLY),
        ("SET ROLE reader", StoreProblem.READ_ONLY),
        ("SET lock_timeout = 1", StoreProblem.LOCKED),
        ("SET statement_timeout = 1", StoreProblem.LOCKED),
        ("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", StoreProblem.FULL),
        ("DO $$ BEGIN RAISE SQLSTATE '58030'; END $$", StoreProblem.UNREADABLE),
        ("DO $$ BEGIN RAISE SQLSTATE '57P01'; END $$", StoreProblem.UNREACHABLE),
        ("SELECT * FROM missing", None),
    ],
)
async def test_errors_of_the_server_are_told_from_our_own(
    postgres: str, statement: str, problem: StoreProblem | None
) -> None:
    with psycopg.connect(postgres) as holder:
        holder.execute("CREATE TABLE colours (name text)")
        holder.execute("DROP ROLE IF EXISTS reader")
        holder.execute("CREATE ROLE reader")
        holder.commit()
        holder.execute("LOCK colours")
        if "only" in statement or "ROLE" in statement:
            holder.rollback()
        async with connected(postgres) as (database,):
            insert = "INSERT INTO colours VALUES ('red')"
            with pytest.raises(DatabaseError) as caught:
                await run(database, statement, "COMMIT", insert)
    assert caught.value.problem is problem


async def test_closed_connections_stay_closed(postgres: str) -> None:
    before = asyncio.all_tasks()
    async with connected(postgres) as (database,):
        await run(database, "SELECT 1")
    with pytest.raises(DatabaseError, match="closed"):
        await run(database, "SELECT 1")
    assert asyncio.all_tasks() == before
