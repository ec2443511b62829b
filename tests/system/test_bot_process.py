"""Kill the bot's process, start it twice, and reset its token, over a loopback Discord."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.support.bot_process import bot_process, connected
from tests.support.faults import HANG_BEFORE, Call
from tests.support.loopback import serve_loopback

pytestmark = pytest.mark.slow  # real processes

QUESTION = "Where do hearths stand?"


@pytest.mark.parametrize(("slash", "outcome"), [(False, "once"), (True, "told")])
async def test_question_survives_kill_9(
    index: Path, tmp_path: Path, slash: bool, outcome: str
) -> None:
    store = tmp_path / "store.sqlite3"
    async with serve_loopback() as discord:
        discord.inject(Call.MESSAGE, *[HANG_BEFORE] * 9)
        discord.inject(Call.EDIT, *[HANG_BEFORE] * 9)
        with bot_process(discord, index, store) as process:
            await connected(discord)
            question = await discord.ask(QUESTION, slash=slash)
            await asyncio.sleep(1)
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait, 10)
        assert question.replies == []
        discord.faults.clear()
        with bot_process(discord, index, store):
            await connected(discord)
            await asyncio.wait_for(question.replied.wait(), 15)
            await asyncio.sleep(0.5)
        assert question.outcome == outcome


async def test_second_process_on_the_same_store_is_refused(index: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite3"
    async with serve_loopback() as discord:
        with bot_process(discord, index, store) as first:
            await connected(discord)
            with bot_process(discord, index, store) as second:
                _, errors = await asyncio.to_thread(second.communicate, timeout=30)
    assert second.returncode == 1
    (line,) = errors.splitlines()
    assert f"another bot (process {first.pid}) uses the store {store}" in line


async def test_token_reset_exits_with_status_78_and_one_line(index: Path, tmp_path: Path) -> None:
    async with serve_loopback() as discord:
        with bot_process(discord, index, tmp_path / "store.sqlite3") as process:
            await connected(discord)
            question = await discord.ask(QUESTION)
            await asyncio.wait_for(question.replied.wait(), 15)
            discord.rejects_token = True
            await discord.close_gateway(4004)
            _, errors = await asyncio.to_thread(process.communicate, timeout=30)
    assert process.returncode == 78
    (line,) = errors.splitlines()
    assert line.startswith("quoth: Discord rejected the token: copy it again")
