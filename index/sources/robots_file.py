"""Keep the robots.txt files of hosts between refreshes, in ``seeds/.sources/robots``."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.ingest.web.robots import RobotsCache, RobotsFile
from index.sources.file_names import STATE_FOLDER
from index.sources.ledger import write_json

log = logging.getLogger(__name__)

_ROBOTS_FILE = "robots"  # without a suffix, for a source may have this name
_MAX_CHARS = 5_000_000  # of all files together; the oldest are fetched again
_FILES = TypeAdapter(dict[str, RobotsFile])


@contextmanager
def keep_robots(cache: RobotsCache, seeds: Path) -> Iterator[None]:
    """Use the files of earlier refreshes, and save those that still hold at the end."""
    cache.load(load_robots(seeds))
    try:
        yield
    finally:
        _save(cache, seeds)


def load_robots(seeds: Path) -> dict[str, RobotsFile]:
    """Return the saved files; none if they cannot be read, for they can be fetched again."""
    try:
        return _FILES.validate_json((seeds / STATE_FOLDER / _ROBOTS_FILE).read_bytes())
    except (OSError, ValidationError):
        return {}


def _save(cache: RobotsCache, seeds: Path) -> None:
    newest = sorted(cache.files.items(), key=lambda item: (-item[1].fetched, item[0]))
    sizes = accumulate(len(file.text) for _, file in newest)
    kept = [item for item, size in zip(newest, sizes, strict=True) if size <= _MAX_CHARS]
    values = {url: asdict(file) for url, file in kept}
    try:
        if values != {url: asdict(file) for url, file in load_robots(seeds).items()}:
            write_json(seeds / STATE_FOLDER / _ROBOTS_FILE, values)
    except OSError as error:
        log.warning("cannot save the robots.txt files of hosts: %s", error)
