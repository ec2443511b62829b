"""Serve ``/healthz``, ``/readyz`` and ``/metrics`` over HTTP, on the loopback interface only."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.config.metrics import Metrics
from index.errors import SettingsError

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def serve_health(
    port: int | None, metrics: Metrics, why_unready: Callable[[], str], ready: str = "ready"
) -> AsyncIterator[None]:
    """Serve the endpoints while the context is open; do nothing if ``port`` is None.

    ``why_unready`` returns an empty string when the bot is ready; ``/readyz`` then says ``ready``.
    Raises SettingsError if the port
    is taken.
    """
    if port is None:
        yield
        return
    runner = web.AppRunner(_application(metrics, why_unready, ready), access_log=None)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, _HOST, port).start()
    except OSError as error:
        # asyncio's own message repeats the address.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(
            f"cannot listen on QUOTH_HEALTH_PORT {port} ({reason}): choose another port"
        ) from error
    log.info("health and metrics are at http://%s:%d", _HOST, port)


def _application(metrics: Metrics, why_unready: Callable[[], str], ready: str) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="alive\n")  # sent only if the event loop runs

    async def readyz(_: web.Request) -> web.Response:
        reason = why_unready()
        return web.Response(status=503 if reason else 200, text=f"{reason or ready}\n")

    async def metrics_text(_: web.Request) -> web.Response:
        return web.Response(body=metrics.render(), headers={"Content-Type": _PROMETHEUS_TYPE})

    application = web.Application()
    handlers = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics_text}
    application.add_routes([web.get(path, handler) for path, handler in handlers.items()])
    return application
