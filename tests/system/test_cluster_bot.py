"""Run the bot on an index in Milvus and PostgreSQL, on a loopback Discord: outages, new snapshots.

Everything is real but Discord: the bot and builds run as processes, the engines are restarted.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import psycopg
import pytest

from bot.text.messages import ENGLISH
from tests.support.bot_process import bot_process
from tests.support.cluster import MilvusLite, PostgresServer
from tests.support.discord_messages import label, walk
from tests.support.index_fixtures import SEEDS
from tests.support.loopback import Loopback, Question, serve_loopback
from tests.support.loopback_payloads import APPLICATION_COMMAND, CHANNEL, Json, guild_of
from tests.system.test_run import free_port
from tests.system.test_two_processes import get, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # real processes and engines

QUESTION, OTHER = "How much does Quoth cost?", "How do I install Quoth?"
NOTHING = "Who won the chess olympiad of 1972?"
UNREACHABLE = str(ENGLISH.articles_unreachable)
LAKE = "# Lake\n\nThe lake of Springfield is {}, as all who have seen it say.\n"
LAKE_QUESTION = "What color is the lake of Springfield?"


@dataclass
class Bot:
    """A bot in a process, and the settings of others."""

    discord: Loopback
    process: "Popen[str]"
    settings: dict[str, str]
    seeds: Path

    async def ask(self, text: str, *, slash: bool = False) -> str:
        """Ask, and return the reply."""
        return await reply_to(await self.discord.ask(text, slash=slash))

    async def use(self, command: str, *options: Json) -> str:
        """Use a command, and return its response."""
        data = {"id": "1", "type": 1, "name": command, "options": list(options)}
        return await reply_to(await self.discord._use(CHANNEL, 10_000, APPLICATION_COMMAND, data))

    async def press(self, question: Question, name: str) -> Question:
        """Press a button of an answer."""
        message = question.replies[0].body
        (button,) = (each for each in walk(message["components"]) if is_button(each, name))
        return await self.discord.press(message, button["custom_id"])

    @property
    def port(self) -> int:
        """The port of the bot's health."""
        return int(self.settings["QUOTH_HEALTH_PORT"])

    async def readiness(self, status: int) -> None:
        """Wait until the bot says that it is ready, or that it is not."""
        await until(lambda: get(self.port, "/readyz")[0] == status, 120)

    def command(self, *arguments: str) -> None:
        """Run a command as another process."""
        command = [sys.executable, "-m", "bot.cli", *arguments]
        subprocess.run(command, env=os.environ | self.settings, check=True, capture_output=True)


def is_button(component: Json, name: str) -> bool:
    return component["type"] == 2 and label(component) == name


def shown(message: Json) -> str:
    texts = (each["content"] for each in walk(message["components"]) if each["type"] == 10)
    return "\n".join([message["content"], *texts])


async def reply_to(question: Question) -> str:
    await asyncio.wait_for(question.replied.wait(), 60)
    await asyncio.sleep(0.5)
    return shown(question.replies[0].body)


@pytest.fixture
async def bot(
    own_postgres: PostgresServer, milvus_server: MilvusLite, tmp_path: Path
) -> AsyncIterator[Bot]:
    """Build the seeds in a cluster, and run a bot on it."""
    seeds = Path(shutil.copytree(SEEDS, tmp_path / "articles"))
    settings = {
        "QUOTH_MILVUS": milvus_server.uri,
        "QUOTH_STORE": own_postgres.address,
        "QUOTH_SEEDS": str(seeds),
        "QUOTH_INDEX": str(tmp_path / "index"),
        "QUOTH_CURATORS": guild_of(CHANNEL),
        "QUOTH_HEALTH_PORT": str(free_port()),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    async with serve_loopback() as discord:
        index, store = Path(settings["QUOTH_INDEX"]), settings["QUOTH_STORE"]
        Bot(discord, None, settings, seeds).command("build")  # type: ignore[arg-type]
        with bot_process(discord, index, store, **settings) as process:
            started = Bot(discord, process, settings, seeds)
            await started.readiness(200)
            yield started
            assert process.poll() is None  # through everything


def stored(address: str, query: str) -> int:
    with psycopg.connect(address) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


async def test_the_bot_outlives_an_outage_of_postgresql(
    bot: Bot, own_postgres: PostgresServer
) -> None:
    earlier = await bot.discord.ask(QUESTION)
    assert "free" in await reply_to(earlier)
    own_postgres.stop()
    for question in (OTHER, NOTHING):
        assert await bot.ask(question) == UNREACHABLE
        assert await bot.ask(question, slash=True) == UNREACHABLE
    await bot.readiness(503)
    assert await bot.use("sources") == UNREACHABLE
    own_postgres.start()
    await bot.readiness(200)
    await asyncio.sleep(6)  # until the store is tried again
    later = await bot.discord.ask(OTHER)
    assert UNREACHABLE not in await reply_to(later)
    assert later.outcome == "once"
    await bot.press(later, "👍")
    await bot.press(earlier, "👎")
    await until(lambda: stored(own_postgres.address, "SELECT count(*) FROM votes") == 2)
    assert stored(own_postgres.address, "SELECT count(*) FROM answers") == 2


@pytest.mark.parametrize("frozen", [False, True])
async def test_the_bot_outlives_an_outage_of_milvus(
    bot: Bot, milvus_server: MilvusLite, own_postgres: PostgresServer, frozen: bool
) -> None:
    earlier = await bot.discord.ask(QUESTION)
    assert "free" in await reply_to(earlier)
    milvus_server.freeze() if frozen else milvus_server.stop()
    for question in (OTHER, NOTHING):
        assert await bot.ask(question) == UNREACHABLE
        assert await bot.ask(question, slash=True) == UNREACHABLE
    await bot.readiness(503)
    await bot.press(earlier, "👍")  # the store is not affected
    await until(lambda: stored(own_postgres.address, "SELECT count(*) FROM votes") == 1)
    milvus_server.thaw() if frozen else milvus_server.start()
    await bot.readiness(200)
    assert UNREACHABLE not in await bot.ask(OTHER)


async def test_the_bot_takes_snapshots_that_others_publish(bot: Bot) -> None:
    (bot.seeds / "lake.md").write_text(LAKE.format("blue"), "utf-8")
    await asyncio.to_thread(bot.command, "build")
    assert "blue" in await bot.ask(LAKE_QUESTION)
    assert "Lake" in await bot.use("sources")
    await asyncio.to_thread(bot.command, "rollback")
    assert "blue" not in await bot.ask(LAKE_QUESTION)
    (bot.seeds / "lake.md").write_text(LAKE.format("green"), "utf-8")
    await asyncio.to_thread(bot.command, "build")
    assert "green" in await bot.ask(LAKE_QUESTION)


async def test_context_of_an_answer_from_an_earlier_snapshot(bot: Bot) -> None:
    before = LAKE.format("blue") + "\nNobody swims in it before the first of May.\n"
    (bot.seeds / "lake.md").write_text(before, "utf-8")
    await asyncio.to_thread(bot.command, "build")
    answer = await bot.discord.ask(LAKE_QUESTION)
    assert "blue" in await reply_to(answer)
    (bot.seeds / "sea.md").write_text("# Sea\n\nThe sea is far from Springfield.\n", "utf-8")
    await asyncio.to_thread(bot.command, "build")
    assert "far" in await bot.ask("Where is the sea?")
    assert "Nobody swims" in await reply_to(await bot.press(answer, "More context"))


async def test_a_curator_rebuilds_the_cluster_from_discord(bot: Bot) -> None:
    (bot.seeds / "lake.md").write_text(LAKE.format("blue"), "utf-8")
    rebuild = {"type": 1, "name": "rebuild"}
    assert "Rebuild" in await bot.use("curate", rebuild)
    await until(lambda: "quoth_rebuilds_total{" in get(bot.port, "/metrics")[1], 120)
    assert "blue" in await bot.ask(LAKE_QUESTION)
    assert "lake.md" in await bot.use("sources")
