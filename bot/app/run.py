"""The bot as a process: logs in again and again, answers for its health, leaves in an orderly way.

SIGTERM or Ctrl-C: new questions get a line, answers in hand are finished, a rebuild is stopped;
after ten seconds at most the process has ended.
"""

import asyncio
import logging
import random
import signal
import time
from contextlib import suppress

import aiohttp
import discord

from bot.app.client import QuothBot, create
from bot.app.health import serving
from bot.config.settings import Settings
from bot.ui.error_handling import finished
from index.errors import QuothError
from index.store import snapshot

log = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 300.0
_FINISHING_SECONDS = 6.0  # for answers in hand; discord.py needs a second or two to leave
_LEAVING_SECONDS = 3.0
_UNAUTHENTICATED = 4004  # how the gateway says that the token was reset
_REFUSED = (
    "Discord does not take the token: copy it anew from the page Bot of your "
    "application at https://discord.com/developers/applications into .env"
)


class LoginRefused(QuothError):
    """Discord does not take the token or the intents; trying again would not help."""


def run(settings: Settings) -> None:
    """Run the bot until it is stopped. Raises QuothError when it cannot start."""
    if settings.discord_token is None:
        raise QuothError("there is no DISCORD_TOKEN; put it into .env")
    asyncio.run(_run(settings, settings.discord_token.get_secret_value()))


async def _run(settings: Settings, token: str) -> None:
    client = create(settings)
    _watch(client)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(settings.health_port, client.answers.metrics, lambda: _why_unready(client)):
        await live(client, token, stop)


async def live(client: QuothBot, token: str, stop: asyncio.Event) -> None:
    """Be on Discord until ``stop`` is set or it ends by itself. Raises LoginRefused."""
    living = asyncio.create_task(be_on(client, token))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((living, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not living.done():
            await _finish(client)
    finally:
        stopping.cancel()
        if client.http.token is not None:  # before it logs in, there is nothing to let go of
            with suppress(TimeoutError):
                await asyncio.wait_for(client.close(), _LEAVING_SECONDS)
        living.cancel()
        done = await asyncio.gather(living, return_exceptions=True)
    _raise(done[0])


def _raise(ended: BaseException | None) -> None:
    """What ended it, unless that was us."""
    if ended is not None and not isinstance(ended, asyncio.CancelledError):
        raise ended


async def _finish(client: QuothBot) -> None:
    log.info("leaving: no new questions; answers in hand are finished")
    client.answers.close_door()
    rebuilding = asyncio.create_task(client.curation.rebuilder.close())
    await finished(_FINISHING_SECONDS)
    await asyncio.wait((rebuilding,), timeout=_LEAVING_SECONDS)


async def be_on(client: QuothBot, token: str) -> None:
    """Log in, again and again while Discord cannot be reached, and stay. Raises QuothError.

    Once it is logged in, discord.py itself connects again, and raises none of these.
    """
    wait_seconds = _FIRST_WAIT_SECONDS
    while True:
        try:
            await client.start(token)
        except discord.LoginFailure as error:
            await client.http.close()  # discord.py leaves it open
            raise LoginRefused(_REFUSED) from error
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
            reset = getattr(error, "code", None) == _UNAUTHENTICATED
            line = _REFUSED if reset else f"Discord does not let the bot stay: {error}"
            raise LoginRefused(line) from error
        except (discord.HTTPException, aiohttp.ClientError, ConnectionError, TimeoutError) as error:
            if isinstance(error, discord.HTTPException) and not _passes(error):
                raise QuothError(
                    f"Discord refuses the bot ({error}): look at its application's page at "
                    "https://discord.com/developers/applications"
                ) from error
            pause = wait_seconds * random.uniform(0.8, 1.2)  # noqa: S311 - so that not all bots come at once
            log.warning("Discord cannot be reached (%s); next attempt in %.0f s", error, pause)
            await asyncio.sleep(pause)
            wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
        else:
            return


def _passes(error: discord.HTTPException) -> bool:
    """Whether it may be over by the next attempt. A 429 is an answer to too many, not a ban."""
    return error.status == 429 or error.status >= 500


def _why_unready(client: QuothBot) -> str:
    if not client.answers.snapshot:
        return "no snapshot is open"
    if client.answers.leaving:
        return "leaving"
    return "" if client.is_ready() else "not connected to Discord"


def _watch(client: QuothBot) -> None:
    client.answers.metrics.count_errors()
    watch = client.answers.metrics.watch
    watch("quoth_queue", "Questions being answered or waiting.", lambda: client.answers.waiting)
    watch(
        "quoth_snapshot_age_seconds", "Since the snapshot in service was made.",
        lambda: time.time() - snapshot.made(client.answers.snapshot),
    )  # fmt: skip
    watch("quoth_gateway_up", "1 while connected to Discord.", client.is_ready)
    watch("quoth_servers", "Servers that the bot is in.", lambda: len(client.guilds))
