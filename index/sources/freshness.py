"""Say when the articles of followed sources were last checked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.errors import SourceError
from index.sources.followed import read_followed
from index.sources.ledger import load_state

_REREAD_SECONDS = 30.0
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
        self._read_at = 0.0
        self._articles: dict[str, Freshness] = {}

    def get(self, path: str) -> Freshness | None:
        """Return the freshness of an article; None if no source owns it."""
        now = self._clock()
        with self._lock:
            if abs(now - self._read_at) > _REREAD_SECONDS:
                self._articles, self._read_at = self._read(now), now
        return self._articles.get(path)

    def checked(self, path: str) -> str | None:
        """Return the date on which an article was last checked; None if it is not followed."""
        freshness = self.get(path)
        return freshness.checked if freshness else None

    def stale_since(self, path: str) -> str | None:
        """Return the date of the last check if it is too long ago."""
        freshness = self.get(path)
        return freshness.checked if freshness and freshness.is_stale else None

    def _read(self, now: float) -> dict[str, Freshness]:
        """Read the ledgers; an unreadable one says nothing about its articles."""
        articles: dict[str, Freshness] = {}
        try:
            for source in read_followed(self._seeds):
                limit = now - max(2.0 * source.interval_seconds, _MIN_STALE_SECONDS)
                for page in load_state(source.name, self._seeds).pages.values():
                    if page.checked is not None:
                        day = datetime.fromtimestamp(page.checked, UTC).date().isoformat()
                        freshness = Freshness(day, page.checked < limit)
                        articles |= dict.fromkeys(page.files, freshness)
        except SourceError:
            return articles
        return articles
