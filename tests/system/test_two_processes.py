"""Two processes with two shards each, on a loopback Discord and one PostgreSQL; one is killed."""

import asyncio
import signal
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from bot.services.coordination import Turn
from bot.storage.databases.postgres_connection import Postgres
from tests.support.bot_process import bot_process
from tests.support.faulty_proxy import faulty_proxy
from tests.support.index_fixtures import SEEDS
from tests.support.loopback import Loopback, Question, serve_loopback
from tests.support.loopback_payloads import APPLICATION_COMMAND, CHANNEL, guild_of
from tests.system.test_run import free_port

pytestmark = pytest.mark.slow  # real processes

QUESTION = "Where do hearths stand?"
_REBUILD = {"id": "5006", "type": 1, "name": "curate", "options": [{"type": 1, "name": "rebuild"}]}


def channel_of(shard: int) -> int:
    return CHANNEL + (shard << 22)


async def until(condition: object, seconds: float = 30) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.1)


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return int(response.status), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


async def rebuild(discord: Loopback, shard: int) -> Question:
    """Use ``/curate rebuild`` in the server of a shard."""
    return await discord._use(channel_of(shard), 10_000, APPLICATION_COMMAND, _REBUILD)


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[Postgres]:
    database = Postgres(postgres)
    yield database
    await database.close()


async def test_two_processes_serve_one_bot(index: Path, postgres: str, database: Postgres) -> None:
    ports = free_port(), free_port()
    curators = ",".join(guild_of(channel_of(shard)) for shard in range(4))
    async with serve_loopback(shard_count=4) as discord:

        def start(shards: str, port: int) -> AbstractContextManager["Popen[str]"]:
            settings = {"QUOTH_CURATORS": curators, "QUOTH_SEEDS": str(SEEDS)}
            settings |= {"QUOTH_SHARDS": shards, "QUOTH_HEALTH_PORT": str(port)}
            return bot_process(discord, index, postgres, **settings)

        with start("0-1/4", ports[0]) as first, start("2-3/4", ports[1]):
            for port, shards in zip(ports, ("0-1/4", "2-3/4"), strict=True):
                await until(lambda port=port: get(port, "/readyz")[0] == 200, 60)
                assert get(port, "/readyz") == (200, f"ready (shards {shards})\n")
            questions = [await discord.ask(QUESTION, channel=channel_of(n)) for n in range(4)]
            for question in questions:
                await asyncio.wait_for(question.replied.wait(), 30)
            await asyncio.sleep(1)
            assert [question.outcome for question in questions] == ["once"] * 4
            assert 'quoth_shard_up{shard="3"} 1.0' in get(ports[1], "/metrics")[1]

            leads = [port for port in ports if "quoth_leader 1.0" in get(port, "/metrics")[1]]
            assert len(leads) == 1
            await rebuild(discord, 0)
            async with asyncio.timeout(20):  # until the first process rebuilds
                while await database.locks.try_lock(Turn.BUILD):
                    await database.locks.unlock(Turn.BUILD)
                    await asyncio.sleep(0.05)
            first.send_signal(signal.SIGKILL)
            await until(lambda: "quoth_leader 1.0" in get(ports[1], "/metrics")[1])
            again = await rebuild(discord, 2)
            await asyncio.wait_for(again.replied.wait(), 60)
            await until(lambda: "quoth_rebuilds_total{" in get(ports[1], "/metrics")[1], 60)
            assert 'quoth_rebuilds_total{outcome="done"} 1.0' in get(ports[1], "/metrics")[1]
            late = await discord.ask(QUESTION, channel=channel_of(3))
            await asyncio.wait_for(late.replied.wait(), 30)
            assert late.outcome == "once"
            async with database.connection() as connection:
                cursor = await connection.execute("SELECT guild_id FROM servers WHERE left_at > 0")
                assert await cursor.fetchall() == []


async def test_a_process_that_was_replaced_ends(index: Path, postgres: str) -> None:
    server = urlsplit(postgres)
    (folder,) = parse_qs(server.query)["host"]
    async with serve_loopback() as discord:
        with faulty_proxy(f"{folder}/.s.PGSQL.5432") as network:
            behind = f"postgresql://{server.username}@127.0.0.1:{network.port}{server.path}"
            with bot_process(discord, index, behind) as first:
                await until(lambda: discord.is_connected(0), 120)
                await answered(discord)
                network.freeze()
                end_connections(postgres)  # as the server does with those that do not answer
                port = free_port()
                with bot_process(discord, index, postgres, QUOTH_HEALTH_PORT=str(port)):
                    await until(lambda: get(port, "/readyz")[0] == 200, 120)
                    await answered(discord)
                    assert first.poll() is None
                    network.thaw()
                    _, errors = await asyncio.to_thread(first.communicate, timeout=60)
                    await answered(discord)
    assert first.returncode == 1
    assert "Traceback" not in errors
    assert "has taken over a shard of 0/1 while this one had lost its" in errors.splitlines()[-1]


async def answered(discord: Loopback) -> None:
    """Ask, and expect one answer."""
    question = await discord.ask(QUESTION)
    await asyncio.wait_for(question.replied.wait(), 60)
    await asyncio.sleep(2)
    assert question.outcome == "once"


def end_connections(address: str) -> None:
    query = (
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(query)


async def test_a_shard_runs_in_one_process(index: Path, postgres: str) -> None:
    async with serve_loopback(shard_count=4) as discord:
        with bot_process(discord, index, postgres, QUOTH_SHARDS="0-1/4") as first:
            await until(lambda: discord.is_connected(1))
            with bot_process(discord, index, postgres, QUOTH_SHARDS="1-2/4") as second:
                _, errors = await asyncio.to_thread(second.communicate, timeout=30)
    assert second.returncode == 1
    (line,) = errors.splitlines()
    assert f"another bot (process {first.pid}" in line
    assert "QUOTH_SHARDS" in line


async def test_shards_left_to_others_need_a_shared_store(index: Path, tmp_path: Path) -> None:
    async with serve_loopback(shard_count=4) as discord:
        store = tmp_path / "store.sqlite3"
        with bot_process(discord, index, store, QUOTH_SHARDS="0-1/4") as process:
            _, errors = await asyncio.to_thread(process.communicate, timeout=30)
    assert process.returncode == 1
    (line,) = errors.splitlines()
    assert "QUOTH_SHARDS is 0-1/4" in line
    assert "set QUOTH_STORE to a postgresql:// address" in line
