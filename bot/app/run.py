"""Run the bot as a process: log in, back off while Discord is down, shut down gracefully.

On SIGTERM or Ctrl-C the bot declines new questions, finishes the answers in progress and stops a
rebuild. The process exits within ten seconds.
"""

import asyncio
import logging
import random
import signal
import time
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from pathlib import Path

import discord

from bot.api.http_server import ProgramServer, serve_programs
from bot.api.service import ProgramService
from bot.app.client import QuothBot, create_bot
from bot.app.health import serve_health
from bot.config.settings import Settings
from bot.config.shards import ALL_SHARDS
from bot.storage.lock import lock_store
from bot.ui.error_handling import wait_for_in_flight
from bot.ui.transport.reliable_http import CONNECTION_ERRORS, backoff_delays, is_temporary
from index.errors import QuothError
from index.store import snapshot

log = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS = 2.0
_MAX_WAIT_SECONDS = 300.0
_FINISH_SECONDS = 6.0  # for answers in progress; discord.py takes a second or two to disconnect
_CLOSE_SECONDS = 3.0
_AUTHENTICATION_FAILED = 4004  # the gateway's close code for a token that was reset
_LOGIN_REJECTED = (
    'Discord rejected the token: copy it again from the page "Bot" of your '
    "application at https://discord.com/developers/applications into .env"
)


class LoginRefused(QuothError):
    """Discord rejects the token or the intents; retrying would not help."""


def run_bot(settings: Settings) -> None:
    """Run the bot until it is stopped. Raises QuothError if it cannot start."""
    if settings.discord_token is None:
        raise QuothError("DISCORD_TOKEN is not set: put it into .env")
    settings.check_shards()
    store = settings.store  # a database is locked by ``Coordination.running``
    with lock_store(store) if isinstance(store, Path) else nullcontext():
        asyncio.run(_run(settings, settings.discord_token.get_secret_value()))


async def _run(settings: Settings, token: str) -> None:
    client = create_bot(settings)
    metrics = client.answers.metrics
    metrics.count_errors()
    _add_gauges(client)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        client.coordination.running(settings.shards or ALL_SHARDS) as keeping_shards,
        serve_health(
            settings.health_port,
            metrics,
            lambda: _why_unready(client),
            ready=f"ready{_with_shards(client)}",
        ),
        serve_bot_index(settings, client),
    ):
        await run_until_stopped(client, token, stop, keeping_shards)


def serve_bot_index(settings: Settings, client: QuothBot) -> AbstractAsyncContextManager[None]:
    """Serve programs from the bot's own index if QUOTH_SERVE_PORT is set."""
    if settings.serve_port is None:
        return nullcontext()
    service = ProgramService.from_settings(settings, client.answers.pool)
    server = ProgramServer.from_settings(settings, service)
    return serve_programs(server, settings.serve_host, settings.serve_port)


async def run_until_stopped(
    client: QuothBot,
    token: str,
    stop: asyncio.Event,
    keeping_shards: "asyncio.Task[None] | None" = None,
) -> None:
    """Stay connected until ``stop`` is set or the connection ends for good.

    Raises LoginRefused, and the error of ``keeping_shards`` as soon as that task fails.
    """
    connection = asyncio.create_task(connect_with_backoff(client, token))
    stopping = asyncio.create_task(stop.wait())
    tasks = filter(None, (connection, stopping, keeping_shards))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if keeping_shards and keeping_shards.done():
            await _leave_to_others(client)
            keeping_shards.result()
        if not connection.done():
            await _finish_answers(client)
    finally:
        stopping.cancel()
        if client.http.token is not None:  # before the login there is nothing to close
            with suppress(TimeoutError):
                await asyncio.wait_for(client.close(), _CLOSE_SECONDS)
        connection.cancel()
        (error,) = await asyncio.gather(connection, return_exceptions=True)
    if error is not None and not isinstance(error, asyncio.CancelledError):
        raise error


async def _leave_to_others(client: QuothBot) -> None:
    """Take no more questions, which another process answers, and finish those in progress."""
    for shard in client.shards.values():
        await shard.disconnect()
    await wait_for_in_flight(_FINISH_SECONDS)


async def _finish_answers(client: QuothBot) -> None:
    log.info("shutting down: declining new questions, finishing the answers in progress")
    client.answers.pool.shutting_down = True
    rebuild = asyncio.create_task(client.curation.rebuilder.close())
    await wait_for_in_flight(_FINISH_SECONDS)
    await asyncio.wait((rebuild,), timeout=_CLOSE_SECONDS)


async def connect_with_backoff(client: QuothBot, token: str) -> None:
    """Log in, backing off while Discord is unreachable, and stay connected.

    After the login discord.py reconnects by itself. Raises LoginRefused if Discord rejects the
    token or the intents, and QuothError if it rejects the application.
    """
    for wait_seconds in backoff_delays(_FIRST_WAIT_SECONDS, _MAX_WAIT_SECONDS):
        try:
            await client.start(token)
        except discord.LoginFailure as error:
            await client.http.close()  # discord.py leaves it open
            raise LoginRefused(_LOGIN_REJECTED) from error
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired) as error:
            was_reset = getattr(error, "code", None) == _AUTHENTICATION_FAILED
            message = _LOGIN_REJECTED if was_reset else f"Discord closed the connection: {error}"
            raise LoginRefused(message) from error
        except (discord.HTTPException, *CONNECTION_ERRORS) as error:
            await client.http.close()
            if isinstance(error, discord.HTTPException) and not is_temporary(error):
                raise QuothError(
                    f"Discord rejected the bot ({error}): check its application at "
                    "https://discord.com/developers/applications"
                ) from error
            # Jitter keeps many bots from reconnecting at the same moment.
            delay = wait_seconds * random.uniform(0.7, 1.0)  # noqa: S311 - not a secret
            log.warning("cannot reach Discord (%s); retrying in %.0f s", error, delay)
            await asyncio.sleep(delay)
        else:
            return


def _why_unready(client: QuothBot) -> str:
    """Return why the bot cannot answer now; empty if it can."""
    if not client.answers.pool.snapshot:
        return "no snapshot is open"
    if client.answers.pool.shutting_down:
        return "shutting down"
    if reason := client.answers.pool.why_unavailable:
        return reason
    connected = _connected(client)
    down = [str(shard) for shard in sorted(connected) if not connected[shard]]
    if client.is_ready() and not down:
        return ""
    several = f" (shards {', '.join(down)} of {client.shard_count})"
    return f"not connected to Discord{several if down and len(connected) > 1 else ''}"


def _add_gauges(client: QuothBot) -> None:
    add = client.answers.metrics.add_gauge
    pool = client.answers.pool
    add("quoth_queue", "Questions being answered or waiting.", lambda: pool.queue_size)
    add(
        "quoth_snapshot_age_seconds", "Age of the snapshot in service.",
        lambda: time.time() - snapshot.created_at(pool.snapshot),
    )  # fmt: skip
    add("quoth_gateway_up", "1 while connected to Discord.", client.is_ready)
    add("quoth_servers", "Servers that this process serves.", lambda: len(client.guilds))
    add(
        "quoth_leader", "1 in the one of several processes that deletes expired data.",
        lambda: client.coordination.is_leader,
    )  # fmt: skip
    client.answers.metrics.add_shards(lambda: _connected(client))


def _connected(client: QuothBot) -> dict[int, bool]:
    """Return for each shard of this process whether it is connected."""
    known = dict.fromkeys(client.own_shards.ids if client.own_shards else (), False)
    return known | {shard: not info.is_closed() for shard, info in client.shards.items()}


def _with_shards(client: QuothBot) -> str:
    return f" (shards {client.own_shards})" if client.own_shards else ""
