"""Searching off the event loop: a few workers, a bounded queue, the newest snapshot.

The loop never waits for a search; it hands a job to a worker. A new snapshot is opened aside in
a worker and taken between two questions; when it cannot be opened, the one in service stays.
"""

import asyncio
import contextvars
import ctypes
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.texts.words import ENGLISH, counted
from index.article import Answer, Quote, Slice, Source
from index.encode import processors
from index.errors import QuoteMismatch, QuothError
from index.judge import Strictness
from index.scope import EVERYTHING, Scope

log = logging.getLogger(__name__)

_WORKERS = max(2, min(4, processors()))  # more would wait for each other: ranking is Python
_RANKED = 20  # passages in a ranking at least
_WAITING = 30  # questions in the queue before the next is told to come back

Result = TypeVar("Result")


class Busy(QuothError):
    """The queue is full; ``before`` is how many questions are in it."""

    def __init__(self, before: int) -> None:
        super().__init__(counted(before, ENGLISH.busy_one, ENGLISH.busy))
        self.before = before


class Leaving(QuothError):
    """The bot is being stopped and takes no new questions."""

    def __init__(self) -> None:
        super().__init__(ENGLISH.leaving)


class Searching(Protocol):
    """What the service asks of a searcher; ``index.searcher.Searcher`` in earnest."""

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
        scope: Scope = EVERYTHING,
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

    searcher: Searching
    sources: tuple[Source, ...]
    users: int = 0
    retired: bool = False


class Service:
    """Asks the newest snapshot in a worker. ``open`` and ``current`` block and run there too."""

    def __init__(
        self,
        open_newest: Callable[[], Searching],
        current: Callable[[], str | None],
        *,
        workers: int = _WORKERS,
        waiting: int = _WAITING,
    ) -> None:
        self._open_newest = open_newest
        self._current = current
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="quoth-search")
        self._opener = ThreadPoolExecutor(1, thread_name_prefix="quoth-open")
        self._most = workers + waiting
        self._inside = 0
        self._swapping = threading.Lock()
        self._counting = threading.Lock()
        self._opened: _Opened | None = None
        self._refused: str | None = None
        self.leaving = False

    async def start(self) -> None:
        """Open the snapshot in service. Raises what opening raises, IndexMissing above all."""
        if self._opened is None:
            self._opened = await _in(self._opener, self._open)

    async def close(self) -> None:
        """Wait for what is running, then let go of the snapshot and the workers."""
        if self._opened is not None:
            await _in(self._opener, self._retire, self._opened)
            self._opened = None
        self._pool.shutdown(wait=False)
        self._opener.shutdown(wait=False)

    @property
    def waiting(self) -> int:
        """Questions being answered or waiting for that."""
        return self._inside

    def close_door(self) -> None:
        """Take no new questions; those inside are answered."""
        self.leaving = True

    @property
    def snapshot(self) -> str:
        """The name of the snapshot in service; empty before the start."""
        return self._opened.searcher.snapshot if self._opened else ""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The articles of the snapshot in service, newest first."""
        return self._opened.sources if self._opened else ()

    async def ask(
        self,
        question: str,
        *,
        limit: int,
        skip: int = 0,
        scope: Scope = EVERYTHING,
        strictness: Strictness = Strictness.BALANCED,
    ) -> Answer:
        """The newest snapshot's answer, each quote checked against its article just now.

        Its ranking names the articles that came closest, for when there is nothing to quote.
        Raises QuestionError, QuoteMismatch, Busy.
        """

        def job(searcher: Searching) -> Answer:
            answer = searcher.ask(
                question,
                limit=limit,
                skip=skip,
                ranking=_RANKED,
                scope=scope,
                strictness=strictness,
            )
            for quote in answer.quotes:
                _check(searcher, quote)
            return answer

        return await self.run(job)

    async def run(self, job: Callable[[Searching], Result]) -> Result:
        """Run ``job`` in a worker with the newest snapshot.

        Raises Busy when too many wait, Leaving once the door is closed.
        """
        if self.leaving:
            raise Leaving
        if self._inside >= self._most:
            raise Busy(self._inside)
        self._inside += 1
        try:
            return await _in(self._pool, self._with_newest, job)
        finally:
            self._inside -= 1

    async def refresh(self) -> None:
        """Take the newest snapshot into service when there is a newer one than ours."""
        await _in(self._opener, self._refresh)

    def _refresh(self) -> None:
        """In a worker; all others wait, so that none answers from a snapshot that was replaced."""
        with self._swapping:
            try:
                self._swap()
            except Exception:
                log.exception("the newest snapshot cannot be opened; the one in service stays")

    def _swap(self) -> None:
        """A snapshot that would not open is not tried again until it is replaced."""
        wanted, ours = self._current(), self._opened
        if ours is None or wanted in {None, ours.searcher.snapshot, self._refused}:
            return
        self._refused = wanted
        self._opened = self._open()
        if self._opened.searcher.snapshot == wanted:  # else another serves for a damaged one
            self._refused = None
        log.info("snapshot %s is in service", self._opened.searcher.snapshot)
        self._retire(ours)

    def _open(self) -> _Opened:
        searcher = self._open_newest()
        opened = _Opened(searcher, tuple(searcher.sources()))
        _give_back()
        return opened

    def _with_newest(self, job: Callable[[Searching], Result]) -> Result:
        self._refresh()
        opened = self._enter()
        try:
            return job(opened.searcher)
        finally:
            self._leave(opened)

    def _enter(self) -> _Opened:
        with self._counting:
            if self._opened is None:
                raise QuothError("the bot is not open; start it again")
            self._opened.users += 1
            return self._opened

    def _leave(self, opened: _Opened) -> None:
        with self._counting:
            opened.users -= 1
            idle = opened.retired and not opened.users
        if idle:
            opened.searcher.close()

    def _retire(self, opened: _Opened) -> None:
        """Close it now, or have the last user close it."""
        with self._counting:
            opened.retired = True
            idle = not opened.users
        if idle:
            opened.searcher.close()


def _give_back() -> None:
    """Memory that opening needed for a moment; glibc would keep these ten megabytes."""
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


async def _in(pool: ThreadPoolExecutor, job: Callable[..., Result], *values: object) -> Result:
    """Run ``job`` in a worker; what it logs carries the id of the question that asked for it."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, job, *values)


def _check(searcher: Searching, quote: Quote) -> None:
    try:
        searcher.check(quote)
    except QuoteMismatch:
        log.exception("a quote of %s is not what the article says", quote.citation.article)
        raise
