"""The bot in a process of its own, connected to the loopback Discord."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.loopback import Loopback

_PROGRAM = """
import sys, yarl, discord
discord.http.Route.BASE = f"http://127.0.0.1:{sys.argv[1]}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{sys.argv[1]}/")
import bot.app.client
bot.app.client._IDENTIFY_SECONDS = 0.5
from bot.cli.app import main
main(["run"])
"""
_LOGIN_SECONDS = 30.0


@contextmanager
def bot_process(
    loopback: Loopback, index: Path, store: Path | str, **more_settings: str
) -> Iterator["subprocess.Popen[str]"]:
    """Start ``quoth run``, and kill it at the end of the block."""
    settings = {
        "DISCORD_TOKEN": "MTAwMA.loopback.loopback",
        "QUOTH_INDEX": str(index),
        "QUOTH_STORE": str(store),
        "QUOTH_LOG_LEVEL": "WARNING",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HF_HUB_OFFLINE": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-W", "default::ResourceWarning", "-c", _PROGRAM, str(loopback.port)],
        env=os.environ | settings | more_settings, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def connected(loopback: Loopback) -> None:
    """Wait until a bot has connected after the last call."""
    await asyncio.wait_for(loopback.ready.wait(), _LOGIN_SECONDS)
    loopback.ready.clear()
