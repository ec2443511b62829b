"""Rebuild the index when files in the folder of articles change (QUOTH_WATCH)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from index.errors import QuothError
from index.sources.file_names import SOURCES_FILE

log = logging.getLogger(__name__)

_QUIET_MS = 2_000  # without changes, after which a rebuild starts
_MAX_WAIT_MS = 60_000  # for quiet, while somebody copies a large folder


async def watch_seeds(seeds: Path, rebuild: Callable[[], Awaitable[object]]) -> None:
    """Rebuild after each burst of changes, until cancelled. A rebuild that fails is logged."""
    from watchfiles import awatch  # noqa: PLC0415 - only bots that watch need it

    root = await asyncio.to_thread(seeds.resolve)
    changes = awatch(
        root,
        watch_filter=lambda _change, path: is_article_path(Path(path), root),
        step=_QUIET_MS,
        debounce=_MAX_WAIT_MS,
    )
    try:
        async for changed in changes:
            log.info("%d files changed in %s; rebuilding the index", len(changed), seeds)
            await _rebuild(rebuild)
    except FileNotFoundError:
        log.error("cannot watch %s, because it does not exist; create it and restart", seeds)


def is_article_path(path: Path, root: Path) -> bool:
    """Return whether a build may read this file: not hidden, and not the list of sources."""
    parts = path.relative_to(root).parts
    return not any(part.startswith(".") for part in parts) and parts != (SOURCES_FILE,)


async def _rebuild(rebuild: Callable[[], Awaitable[object]]) -> None:
    try:
        await rebuild()
    except QuothError as error:
        log.warning("the index was not rebuilt (%s); the next change tries again", error)
