"""Remember that articles were changed and the index was not built since.

A build may fail, or be refused because another one runs; the next refresh then makes up for it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.sources.file_names import STATE_FOLDER

_OUTDATED_FILE = "outdated"  # without a suffix, for a source may have this name


def mark_outdated(seeds: Path) -> None:
    """Record that articles are about to change. Raises OSError."""
    path = _path(seeds)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(secrets.token_hex(8), "utf-8")


def is_outdated(seeds: Path) -> bool:
    """Return whether articles of followed sources were changed since the last build."""
    return _path(seeds).exists()


@contextmanager
def clearing_outdated(seeds: Path) -> Iterator[None]:
    """Forget, after a build that succeeds, the changes made before it; those meanwhile stay."""
    before = _read(seeds)
    yield
    if before is not None and _read(seeds) == before:
        _path(seeds).unlink(missing_ok=True)


def _read(seeds: Path) -> str | None:
    try:
        return _path(seeds).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _path(seeds: Path) -> Path:
    return seeds / STATE_FOLDER / _OUTDATED_FILE
