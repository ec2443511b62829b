"""Lose the connection that holds the locks of shards and turns, and take them again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from bot.config.shards import ShardRange
from bot.config.store_location import PostgresUrl
from bot.services import coordination
from bot.services.coordination import Coordination, ShardsMixed, ShardsTaken, Turn, shard_lock
from bot.storage.databases import postgres_connection as driver
from bot.storage.databases.postgres_connection import Postgres
from bot.storage.errors import DatabaseError, StoreError
from bot.storage.lock import StoreInUse
from bot.storage.store import Store
from tests.support.cluster import PostgresServer, outage

FIRST, SECOND = ShardRange(0, 1, 4), ShardRange(2, 3, 4)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordination, "_KEEP_SECONDS", 0.2)
    monkeypatch.setattr(driver, "_KEEP_SECONDS", 0.2)
    monkeypatch.setattr(driver, "_RETRY_SECONDS", 0.2)


@asynccontextmanager
async def process_of(
    url: str, shards: ShardRange
) -> AsyncIterator[tuple[Coordination, "asyncio.Task[None]"]]:
    """Keep shards as a process of the bot does."""
    coordination = Coordination(Store(PostgresUrl(url)))
    async with coordination.running(shards) as keeping:
        assert keeping is not None
        yield coordination, keeping


@asynccontextmanager
async def database_of(url: str) -> AsyncIterator[Postgres]:
    """Connect as another process does."""
    database = Postgres(url)
    yield database
    await database.close()


def end_connections(url: str) -> None:
    """End the connections that hold locks."""
    query = (
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
        " WHERE application_name LIKE 'quoth locks%' AND datname = current_database()"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute(query).fetchall()


async def until_held(url: str, lock: str) -> None:
    """Wait until another process holds a lock."""
    async with database_of(url) as database, asyncio.timeout(20):
        while await database.locks.holder(lock) == "unknown":  # noqa: ASYNC110 - in the server
            await asyncio.sleep(0.05)


async def test_shards_are_taken_again_after_a_lost_connection(postgres: str) -> None:
    async with process_of(postgres, FIRST) as (_, keeping):
        end_connections(postgres)
        await until_held(postgres, shard_lock(1, 4))
        with pytest.raises(StoreInUse, match="and two would answer every question twice"):
            async with process_of(postgres, ShardRange(1, 2, 4)):
                pass
        assert not keeping.done()


async def test_shards_are_taken_again_after_a_restart(own_postgres: PostgresServer) -> None:
    async with process_of(own_postgres.address, FIRST) as (coordination, keeping):
        await coordination.elect()
        assert coordination.is_leader
        own_postgres.stop()
        await asyncio.sleep(0.5)
        assert not coordination.is_leader
        own_postgres.start()
        await until_held(own_postgres.address, shard_lock(0, 4))
        await coordination.elect()
        assert coordination.is_leader
        assert not keeping.done()


async def test_a_process_ends_if_another_took_its_shards(postgres: str) -> None:
    async with process_of(postgres, FIRST) as (_, keeping), database_of(postgres) as other:
        end_connections(postgres)
        assert await other.locks.try_lock(shard_lock(1, 4))
        with pytest.raises(ShardsTaken, match=r"taken over a shard of 0-1/4 while this one"):
            await asyncio.wait_for(keeping, 10)


async def test_a_process_ends_if_the_total_has_changed(postgres: str) -> None:
    async with process_of(postgres, FIRST) as (_, keeping), database_of(postgres) as other:
        end_connections(postgres)
        assert await other.locks.try_lock(shard_lock(3, 8))
        async with other.connection() as connection:
            await connection.execute("UPDATE meta SET value = '8' WHERE key = 'shards'")
        with pytest.raises(ShardsMixed, match="runs some of 8 shards, and this one of 4"):
            await asyncio.wait_for(keeping, 10)


async def test_shards_are_taken_once_a_database_is_back(
    postgres: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.databases.postgres._TEMPORARY", ("not currently accepting",))
    with outage(postgres, postgres_server):
        async with process_of(postgres, FIRST) as (_, keeping):
            pass
    async with process_of(postgres, FIRST) as (_, keeping):
        with outage(postgres, postgres_server):
            await asyncio.sleep(0.5)
        await until_held(postgres, shard_lock(0, 4))
        assert not keeping.done()


async def test_an_own_connection_that_hangs_is_ended(postgres: str) -> None:
    async with database_of(postgres) as database, database_of(postgres) as other:
        assert await database.locks.try_lock("shard")
        hanging, database.locks._connection = database.locks._connection, None
        database.locks._names.clear()
        assert await database.locks.try_lock("shard")
        assert not await other.locks.try_lock("shard")
        assert hanging is not None
        await hanging.close()


async def test_a_turn_outlives_a_lost_connection(postgres: str) -> None:
    async with database_of(postgres) as database, database_of(postgres) as other:
        async with database.locks.waiting(Turn.BUILD):
            end_connections(postgres)
            await asyncio.sleep(1)
            assert not await other.locks.try_lock(Turn.BUILD)
        assert await other.locks.try_lock(Turn.BUILD)


async def test_a_turn_that_another_took_is_cancelled(postgres: str) -> None:
    async with database_of(postgres) as database, database_of(postgres) as other:

        async def lose_turn() -> None:
            async with database.locks.waiting(Turn.BUILD):
                end_connections(postgres)
                assert await other.locks.try_lock(Turn.BUILD)
                await asyncio.sleep(10)

        with pytest.raises(DatabaseError, match="another process took the turn to build"):
            await lose_turn()
        assert await other.locks.holds(Turn.BUILD)


async def test_tasks_of_one_process_take_turns(postgres: str) -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        async with database.locks.waiting(Turn.BUILD):
            order.append(name)
            await asyncio.sleep(0.5)
            order.append(name)

    async with database_of(postgres) as database:
        first, second = asyncio.create_task(work("a")), asyncio.create_task(work("b"))
        await asyncio.sleep(0.2)
        end_connections(postgres)
        await asyncio.gather(first, second)
    assert order == ["a", "a", "b", "b"]


async def test_an_error_of_a_turn_is_not_hidden(postgres: str) -> None:
    async with database_of(postgres) as database:
        with pytest.raises(TimeoutError, match="mine"):
            async with database.locks.waiting(Turn.BUILD):
                raise TimeoutError("mine")
        assert not database.locks.has(Turn.BUILD)


async def test_shards_of_two_totals_are_not_mixed(postgres: str) -> None:
    async with process_of(postgres, ShardRange(3, 3, 16)):
        async with process_of(postgres, ShardRange(4, 4, 16)):
            pass
        with pytest.raises(ShardsMixed, match="runs some of 16 shards, and this one of 8"):
            async with process_of(postgres, ShardRange(0, 7, 8)):
                pass
    async with process_of(postgres, ShardRange(0, 0, 8)):
        with pytest.raises(ShardsMixed):
            async with process_of(postgres, ShardRange(5, 5, 16)):
                pass


async def test_a_wrong_address_fails_in_one_line(postgres: str) -> None:
    url = postgres.replace("postgres:", "nobody:")
    with pytest.raises(StoreError, match="cannot open the bot's store") as caught:
        async with process_of(url, FIRST):
            pass
    assert "\n" not in str(caught.value)
