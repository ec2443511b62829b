"""Run searches in a pool of threads with a bounded queue, off the event loop."""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from bot.services.hot_swap import HotSwapSearcher, SearcherProtocol
from bot.text.messages import ENGLISH, counted
from index.embed.encoder import available_cpus
from index.errors import QuoteMismatch, QuothError
from index.filters import ALL_ARTICLES, Scope
from index.search.verdict import Strictness
from index.types import Answer, Source

log = logging.getLogger(__name__)

_WORKERS = max(2, min(4, available_cpus()))  # more would wait for each other: ranking is Python
_WAITING = 30  # questions in the queue before the next is told to come back

_MIN_RANKING = 20  # passages

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


def search_and_verify(
    searcher: SearcherProtocol,
    query: str,
    limit: int,
    skip: int = 0,
    scope: Scope = ALL_ARTICLES,
    strictness: Strictness = Strictness.BALANCED,
) -> Answer:
    """Search, and check each quote against the stored article.

    The answer carries its ranking, so that the closest articles can be offered when there is
    nothing to quote. Raises QuestionError, QuoteMismatch.
    """
    answer = searcher.ask(
        query,
        limit=limit,
        skip=skip,
        ranking=_MIN_RANKING,
        scope=scope,
        strictness=strictness,
    )
    for quote in answer.quotes:
        try:
            searcher.check(quote)
        except QuoteMismatch:
            log.exception("a quote of %s does not match the stored text", quote.citation.article)
            raise
    return answer


class SearchPool:
    """Asks the newest snapshot in a worker."""

    def __init__(
        self,
        newest: HotSwapSearcher,
        *,
        workers: int = _WORKERS,
        waiting: int = _WAITING,
    ) -> None:
        self._newest = newest
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
        scope: Scope = ALL_ARTICLES,
        strictness: Strictness = Strictness.BALANCED,
    ) -> Answer:
        """The newest snapshot's answer, each quote checked against its article just now.

        Its ranking names the articles that came closest, for when there is nothing to quote.
        Raises QuestionError, QuoteMismatch, Busy, Leaving.
        """
        job = partial(
            search_and_verify,
            query=question,
            limit=limit,
            skip=skip,
            scope=scope,
            strictness=strictness,
        )
        return await self.run(job)

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
