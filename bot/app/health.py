"""``/healthz``, ``/readyz`` and ``/metrics`` over HTTP, on this machine only."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.config.metrics import Metrics
from index.errors import SettingsError

log = logging.getLogger(__name__)

_HERE = "127.0.0.1"


@asynccontextmanager
async def serving(
    port: int | None, metrics: Metrics, why_unready: Callable[[], str]
) -> AsyncIterator[None]:
    """Serve while inside; nothing without a ``port``.

    ``why_unready`` is empty when the bot can answer. Raises SettingsError when the port is taken.
    """
    if port is None:
        yield
        return
    runner = web.AppRunner(_application(metrics, why_unready), access_log=None)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, _HERE, port).start()
    except OSError as error:
        raise SettingsError(
            f"QUOTH_HEALTH_PORT is {port}, but nothing can listen there ({_reason(error)}): "
            "choose another port"
        ) from error
    log.info("health and metrics are at http://%s:%d", _HERE, port)


def _reason(error: OSError) -> str:
    """In the system's words: asyncio's repeat the address."""
    return os.strerror(error.errno) if error.errno else str(error)


def _application(metrics: Metrics, why_unready: Callable[[], str]) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="alive\n")  # the event loop runs, or this would not be sent

    async def readyz(_: web.Request) -> web.Response:
        why = why_unready()
        return web.Response(status=503 if why else 200, text=f"{why or 'ready'}\n")

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": _PROMETHEUS})

    application = web.Application()
    routes = {"/healthz": healthz, "/readyz": readyz, "/metrics": numbers}
    application.add_routes([web.get(path, handler) for path, handler in routes.items()])
    return application


_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
