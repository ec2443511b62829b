"""Say when the articles of followed sources were last checked."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.file_names import SOURCES_FILE, STATE_FOLDER

if TYPE_CHECKING:
    from index.sources.followed import FollowedSource

_LOOK_SECONDS = 30.0  # between two looks at the ledgers
_MIN_STALE_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """The day, as an ISO date, on which an article was last known to be current.

    ``is_stale`` says that two checks or more have not confirmed it since.
    """

    checked: str
    is_stale: bool


class FollowedArticles:
    """The freshness of each article that a followed source owns. Safe to use from threads."""

    def __init__(self, seeds: Path, clock: Callable[[], float] = time.time) -> None:
        self._seeds = seeds
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._signature: tuple[tuple[str, int], ...] = ()
        self._articles: dict[str, tuple[float, float]] = {}  # last check, and when it is stale

    def get(self, path: str) -> Freshness | None:
        """Return the freshness of an article; None if no source owns it."""
        now = self._clock()
        with self._lock:
            if abs(now - self._looked_at) > _LOOK_SECONDS:
                self._looked_at = now
                self._update()
        if path not in self._articles:
            return None
        checked, stale_at = self._articles[path]
        day = datetime.fromtimestamp(checked, UTC).date().isoformat()
        return Freshness(day, is_stale=now > stale_at)

    def checked(self, path: str) -> str | None:
        """Return the date on which an article was last checked; None if it is not followed."""
        freshness = self.get(path)
        return freshness.checked if freshness else None

    def stale_since(self, path: str) -> str | None:
        """Return the date of the last check if it is too long ago."""
        freshness = self.get(path)
        return freshness.checked if freshness and freshness.is_stale else None

    def _update(self) -> None:
        """Read the ledgers again if a file has changed; large ones take a moment."""
        signature = tuple(_signature(self._seeds))
        if signature != self._signature:
            self._articles, self._signature = dict(_read(self._seeds)), signature


def _signature(seeds: Path) -> Iterator[tuple[str, int]]:
    for path in (seeds / SOURCES_FILE, *sorted((seeds / STATE_FOLDER).glob("*.json"))):
        with suppress(OSError):
            yield path.name, path.stat().st_mtime_ns


def _read(seeds: Path) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield path, last check and staleness; an unreadable ledger says nothing."""
    from index.sources.followed import read_followed  # noqa: PLC0415 - few follow sources,
    from index.sources.ledger import SourceState, load_state  # noqa: PLC0415 - it imports slowly

    sources: tuple[FollowedSource, ...] = ()
    with suppress(SourceError):
        sources = read_followed(seeds)
    for source in sources:
        tolerance = max(2.0 * source.interval_seconds, _MIN_STALE_SECONDS)
        state = SourceState()
        with suppress(SourceError):
            state = load_state(source.name, seeds)
        for page in state.pages.values():
            for path in page.files if page.checked is not None else ():
                yield path, (page.checked or 0.0, (page.checked or 0.0) + tolerance)
