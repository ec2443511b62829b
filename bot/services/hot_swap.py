"""The newest snapshot, opened: many ask it at once, and another takes its place between two.

A new snapshot is opened aside; when it cannot be opened, the one in service stays. The old one is
closed by whoever is last to use it.
"""

import ctypes
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, Self

from index.errors import QuothError, SnapshotError
from index.filters import ALL_ARTICLES, Scope
from index.search.reranker import load_reranker_or_none
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.store import snapshot
from index.types import Answer, Quote, Slice, Source

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 60.0  # before a snapshot is tried again that is whole, but could not be opened


class SearcherProtocol(Protocol):
    """What is asked of a searcher; ``index.searcher.Searcher`` in earnest."""

    @property
    def snapshot(self) -> str:
        """The name of the snapshot."""

    def ask(
        self,
        question: str,
        *,
        limit: int = 3,
        skip: int = 0,
        ranking: int = 0,
        scope: Scope = ALL_ARTICLES,
        strictness: Strictness = Strictness.BALANCED,
    ) -> Answer:
        """Quotes for a question, best first."""

    def sources(self) -> list[Source]:
        """Every article, newest first."""

    def passages(self, article: str) -> list[Slice]:
        """An article's passages in order."""

    def text(self, article: str) -> str:
        """The stored text of an article."""

    def check(self, quote: Quote) -> None:
        """Raise QuoteMismatch when the stored article does not say this."""

    def close(self) -> None:
        """Let go of the snapshot."""


@dataclass(slots=True)
class _Opened:
    """A searcher in service, who is using it, and whether another has taken its place."""

    searcher: SearcherProtocol
    sources: tuple[Source, ...]
    users: int = 0
    retired: bool = False


class HotSwapSearcher:
    """The snapshot in service; every method may block, and may be called from any thread."""

    def __init__(
        self,
        open_newest: Callable[[], SearcherProtocol],
        current: Callable[[], str | None],
        pause_seconds: float = _PAUSE_SECONDS,
    ) -> None:
        self._open_newest = open_newest
        self._current = current
        self._pause_seconds = pause_seconds
        self._swapping = threading.Lock()
        self._counting = threading.Lock()
        self._opened: _Opened | None = None
        self._refused: str | None = None
        self._again_at = math.inf  # when to try that one again
        self._complaint = ""  # what was logged last

    @classmethod
    def of(cls, index: Path, reranker: str | None) -> Self:
        """The one in service in ``index``, not opened yet."""
        return cls(
            lambda: Searcher.open(index, load_reranker_or_none(reranker)).warm(),
            partial(snapshot.current, index),
        )

    def open(self) -> None:
        """Open the snapshot in service. Raises what opening raises, IndexMissing above all."""
        if self._opened is None:
            self._put(self._open())

    def close(self) -> None:
        """Let go of it, once nobody uses it any more."""
        self._put(None)

    @property
    def snapshot(self) -> str:
        """The name of the snapshot in service; empty before it is opened."""
        return self._opened.searcher.snapshot if self._opened else ""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The articles of the snapshot in service, newest first."""
        return self._opened.sources if self._opened else ()

    @contextmanager
    def searcher(self) -> Iterator[SearcherProtocol]:
        """The newest there is, for as long as the ``with`` lasts."""
        self.refresh()
        opened = self._enter()
        try:
            yield opened.searcher
        finally:
            self._leave(opened)

    def refresh(self) -> None:
        """Take the newest snapshot into service when there is a newer one than ours.

        All others wait meanwhile, so that none answers from a snapshot that was replaced.
        """
        try:
            if self._newer():
                with self._swapping:
                    self._swap()
            self._complaint = ""
        except Exception as error:
            if repr(error) != self._complaint:  # not at each question
                log.exception("the newest snapshot cannot be opened; the one in service stays")
            self._complaint = repr(error)

    def _newer(self) -> str | None:
        """The newest, if it is not ours; one that would not open only once it may be tried."""
        wanted = self._current()
        if self._opened is None or wanted in {None, self.snapshot}:
            return None
        waits = wanted == self._refused and time.monotonic() < self._again_at
        return None if waits else wanted

    def _swap(self) -> None:
        wanted = self._newer()
        if wanted is None:  # whoever held the lock before has taken it
            return
        try:
            self._put(self._open())
        except Exception as error:
            damaged = isinstance(error, SnapshotError)
            self._refuse(wanted, math.inf if damaged else self._pause_seconds)
            raise
        if self.snapshot != wanted == self._current():  # ours serves for a damaged one
            self._refuse(wanted, math.inf)
        log.info("snapshot %s is in service", self.snapshot)

    def _refuse(self, wanted: str, seconds: float) -> None:
        """Do not try that one for so long; known only now: who asks meanwhile has to wait.

        One that is damaged stays so until it is replaced. A lack of memory or of files passes, and
        no rebuild would help: it finds that nothing has changed.
        """
        self._refused, self._again_at = wanted, time.monotonic() + seconds

    def _open(self) -> _Opened:
        searcher = self._open_newest()
        opened = _Opened(searcher, tuple(searcher.sources()))
        _give_back()
        return opened

    def _put(self, opened: _Opened | None) -> None:
        """Put it in service; the one before is closed now, or by the last who uses it."""
        with self._counting:
            before, self._opened = self._opened, opened
            if before is None:
                return
            before.retired = True
            idle = not before.users
        if idle:
            before.searcher.close()

    def _enter(self) -> _Opened:
        with self._counting:
            opened = self._opened
            if opened is None:
                raise QuothError("the bot is not open; start it again")
            opened.users += 1
            return opened

    def _leave(self, opened: _Opened) -> None:
        with self._counting:
            opened.users -= 1
            idle = opened.retired and not opened.users
        if idle:
            opened.searcher.close()


def _give_back() -> None:
    """Memory that opening needed for a moment; glibc would keep these ten megabytes."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
