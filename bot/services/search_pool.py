"""Searching off the event loop: a few workers, a bounded queue.

The loop never waits for a search; it hands a job to a worker, which asks the newest snapshot.
Workers are threads, and processes besides for questions where the operator gave it some.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from bot.services.askers import Askers, Asking, Unable, search_and_verify
from bot.services.hot_swap import HotSwapSearcher, SearcherProtocol
from bot.text.messages import ENGLISH, counted
from index.embed.encoder import processors
from index.errors import QuothError
from index.filters import EVERYTHING, Scope
from index.search.verdict import Strictness
from index.types import Answer, Source

_WORKERS = max(2, min(4, processors()))  # more would wait for each other: ranking is Python
_WAITING = 30  # questions in the queue before the next is told to come back

Result = TypeVar("Result")


class QueueFull(QuothError):
    """The queue is full; ``before`` is how many questions are in it."""

    def __init__(self, before: int) -> None:
        super().__init__(counted(before, ENGLISH.busy_one, ENGLISH.busy))
        self.before = before


class ShuttingDown(QuothError):
    """The bot is being stopped and takes no new questions."""

    def __init__(self) -> None:
        super().__init__(ENGLISH.leaving)


class SearchPool:
    """Asks the newest snapshot in a worker."""

    def __init__(
        self,
        newest: HotSwapSearcher,
        askers: Askers | None = None,
        *,
        workers: int = _WORKERS,
        waiting: int = _WAITING,
    ) -> None:
        self._newest = newest
        self._askers = askers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="quoth-search")
        self._opener = ThreadPoolExecutor(1, thread_name_prefix="quoth-open")
        self._most = workers + waiting
        self._inside = 0
        self.leaving = False

    async def start(self) -> None:
        """Open the snapshot in service. Raises what opening raises, IndexMissing above all."""
        await _in(self._opener, self._newest.open)

    async def close(self) -> None:
        """Wait for what is running, then let go of the snapshot and the workers."""
        await _in(self._opener, self._newest.close)
        if self._askers is not None:
            self._askers.close()
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
        return self._newest.snapshot

    @property
    def sources(self) -> tuple[Source, ...]:
        """The articles of the snapshot in service, newest first."""
        return self._newest.sources

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
        Raises QuestionError, QuoteMismatch, Busy, Leaving.
        """
        asking = Asking(question, limit, skip, scope, strictness)
        with self._place():
            if self._askers is not None and self._askers.ready:
                with suppress(Unable):
                    return await self._askers.ask(asking)
            return await _in(
                self._pool, self._with_newest, partial(search_and_verify, asking=asking)
            )

    async def run(self, job: Callable[[SearcherProtocol], Result]) -> Result:
        """Run ``job`` in a worker with the newest snapshot.

        Raises Busy when too many wait, Leaving once the door is closed.
        """
        with self._place():
            return await _in(self._pool, self._with_newest, job)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """A place in the queue."""
        if self.leaving:
            raise ShuttingDown
        if self._inside >= self._most:
            raise QueueFull(self._inside)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def refresh(self) -> None:
        """Take the newest snapshot into service when there is a newer one than ours."""
        await _in(self._opener, self._newest.refresh)

    def _with_newest(self, job: Callable[[SearcherProtocol], Result]) -> Result:
        with self._newest.searcher() as searcher:
            return job(searcher)


async def _in(pool: ThreadPoolExecutor, job: Callable[..., Result], *values: object) -> Result:
    """Run ``job`` in a worker; what it logs carries the id of the question that asked for it."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, job, *values)
