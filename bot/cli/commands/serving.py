"""Commands that serve other programs: mcp, serve."""

# ruff: noqa: PLC0415 - commands import what they need, so that `quoth --help` stays fast

from typing import Annotated

from typer import Option

from bot.cli.options import IndexOption, SeedsOption
from bot.config.settings import Settings, read_settings

HostOption = Annotated[
    str | None, Option(metavar="ADDRESS", help="Address to listen on [127.0.0.1].")
]


def mcp(
    *,
    http: Annotated[
        int | None,
        Option(min=1, max=65535, metavar="PORT", help="Serve over HTTP, at /mcp of this port."),
    ] = None,
    host: HostOption = None,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Serve assistants over the Model Context Protocol.

    They can ask, search, read, list and verify, and change nothing. Without --http, an assistant
    starts this command and talks to it over standard input and output. docs/api.md has examples.
    """
    from bot.cli.serving import serve_mcp

    serve_mcp(_prepared(read_settings(seeds=seeds, index=index, serve_host=host)), http)


def serve(
    *,
    port: Annotated[
        int | None, Option(min=1, max=65535, metavar="PORT", help="Port to listen on [8321].")
    ] = None,
    host: HostOption = None,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Serve programs and article pages over HTTP.

    The same functions as of `quoth mcp`, described at /openapi.json, and a page of each article at
    /a/ARTICLE. `quoth run` serves them, too, if QUOTH_SERVE_PORT is set.
    """
    from bot.cli.serving import DEFAULT_PORT, serve_http

    settings = _prepared(read_settings(seeds=seeds, index=index, serve_host=host))
    serve_http(settings, port or settings.serve_port or DEFAULT_PORT)


def _prepared(settings: Settings) -> Settings:
    """Build the index if there is none yet, and log as the settings say."""
    from bot.cli.searchers import open_searcher
    from bot.cli.seeds_check import warn_of_misconfiguration
    from bot.config.logging import configure_logging

    configure_logging(settings.log_level, settings.log_style)
    open_searcher(settings).close()
    warn_of_misconfiguration(settings)
    return settings
