"""Bodies of ``quoth mcp`` and ``quoth serve``: open the index and serve until stopped."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.api.access import AccessPolicy
from bot.api.http_server import ProgramServer, serve_programs
from bot.api.service import ProgramService
from bot.cli.output.console import print_status
from bot.config.settings import Settings
from bot.services.search_pool import SearchPool
from index.errors import SettingsError

_MISSING_EXTRA = 'the Model Context Protocol needs an extra: pip install "quoth[mcp]"'
DEFAULT_PORT = 8321
_KEEP_ALIVE_SECONDS = 30
_FINISH_SECONDS = 5  # for answers in progress
_MAX_CONNECTIONS = 200


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[ProgramService]:
    """Open the index for programs. Raises QuothError."""
    pool = SearchPool.from_settings(settings)
    await pool.start()
    try:
        yield ProgramService.from_settings(settings, pool)
    finally:
        await pool.close()


def serve_mcp(settings: Settings, port: int | None) -> None:
    """Serve over HTTP on ``port``, or over standard input and output. Raises QuothError."""
    try:
        import mcp.server.mcpserver  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise SettingsError(_MISSING_EXTRA) from error
    asyncio.run(_serve_mcp(settings, port))


async def _serve_mcp(settings: Settings, port: int | None) -> None:
    from bot.api.mcp_server import create_http_app, create_server  # noqa: PLC0415 - an extra

    policy = AccessPolicy.from_settings(settings, settings.serve_host) if port else None
    async with open_service(settings) as service:
        server = create_server(service, settings.tool_descriptions)
        if policy is None or port is None:
            await server.run_stdio_async()
            return
        await _serve_asgi(create_http_app(server, policy), settings.serve_host, port)


def serve_http(settings: Settings, port: int) -> None:
    """Serve answers and article pages over HTTP until stopped. Raises QuothError."""
    asyncio.run(_serve_http(settings, port))


async def _serve_http(settings: Settings, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_service(settings) as service:
        server = ProgramServer.from_settings(settings, service)
        async with serve_programs(server, settings.serve_host, port):
            address = f"http://{settings.serve_host}:{port}"
            print_status(f"Serving {address}/openapi.json; press Ctrl-C to stop.")
            await stop.wait()


async def _serve_asgi(app: object, host: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415 - comes with the extra

    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # any ASGI application
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the access policy reads them
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    print_status(f"MCP is served at http://{host}:{port}/mcp; press Ctrl-C to stop.")
    await uvicorn.Server(config).serve()
