"""The bot, connected to the loopback Discord from this process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.utils import MISSING

from bot.app.client import QuothBot
from bot.app.run import run_until_stopped
from bot.config.shards import ALL_SHARDS, ShardRange
from tests.support.discord_fakes import FakeIndex, make_client
from tests.support.loopback import Loopback
from tests.support.stores import Location

_TOKEN = "MTAwMA.loopback.loopback"  # noqa: S105 - not a real one
_LOGIN_SECONDS = 20.0


@asynccontextmanager
async def connected_bot(
    loopback: Loopback,
    fake_index: FakeIndex,
    store: Location,
    shards: ShardRange | None = ALL_SHARDS,
    folder: Path | None = None,
) -> AsyncIterator[QuothBot]:
    """Run the bot until the end of the block. Raises the error with which it ended."""
    client, stop = make_client(fake_index, store, folder, shards=shards), asyncio.Event()
    client._connection.guild_ready_timeout = 0.1
    with _pointed_at(loopback.port):
        running = asyncio.create_task(run_until_stopped(client, _TOKEN, stop))
        try:
            await _log_in(client, running)
            yield client
        finally:
            stop.set()
            await running


async def _log_in(client: QuothBot, running: asyncio.Task[None]) -> None:
    """Wait until the client is ready, or until it has ended."""
    while client._ready is MISSING and not running.done():  # noqa: ASYNC110 - made by the login
        await asyncio.sleep(0.01)
    ready = asyncio.create_task(client.wait_until_ready())
    await asyncio.wait((running, ready), timeout=_LOGIN_SECONDS, return_when="FIRST_COMPLETED")
    ready.cancel()
    await asyncio.sleep(0.01)  # handlers of the event start


@contextmanager
def _pointed_at(port: int) -> Iterator[None]:
    """Let discord.py connect to a port of this machine inside the block."""
    saved = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = f"http://127.0.0.1:{port}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{port}/")
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = saved
