"""Run searches in a pool of threads with a bounded queue, off the event loop."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.services.hot_swap import HotSwapSearcher
from bot.text.messages import ENGLISH
from index.embed.onnx import available_cpus
from index.errors import QuoteMismatch, QuothError
from index.filters import ALL_ARTICLES, Scope
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.types import Answer, Quote, Source

log = logging.getLogger(__name__)

_WORKERS = max(2, min(4, available_cpus()))  # ranking is Python: more threads wait for the GIL
_QUEUE_LIMIT = 30  # waiting questions
_RANKING_LIMIT = 20  # passages

Result = TypeVar("Result")


class QueueFull(QuothError):
    """The queue is full; ``ahead`` is the number of questions in it."""

    def __init__(self, ahead: int) -> None:
        super().__init__(ENGLISH.busy(ahead))
        self.ahead = ahead


class ShuttingDown(QuothError):
    """The bot is being stopped and accepts no new questions."""


class SearchPool:
    """A bounded queue of jobs for worker threads that search the newest snapshot."""

    def __init__(
        self, hot_swap: HotSwapSearcher, *, workers: int = _WORKERS, queue_limit: int = _QUEUE_LIMIT
    ) -> None:
        self._hot_swap = hot_swap
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="quoth-search")
        self._opener = ThreadPoolExecutor(1, thread_name_prefix="quoth-open")
        self._max_pending = workers + queue_limit
        self.queue_size = 0  # jobs that run or wait
        self.shutting_down = False  # True refuses new jobs; pending ones are finished

    async def start(self) -> None:
        """Open the snapshot in service. Raises IndexMissing, SnapshotError."""
        await _run_in(self._opener, self._hot_swap.open)

    async def close(self) -> None:
        """Close the snapshot once running jobs are done, and stop the workers."""
        await _run_in(self._opener, self._hot_swap.close)
        self._workers.shutdown(wait=False)
        self._opener.shutdown(wait=False)

    @property
    def snapshot(self) -> str:
        """Name of the snapshot in service; empty before ``start``."""
        return self._hot_swap.snapshot

    @property
    def sources(self) -> tuple[Source, ...]:
        """Articles of the snapshot in service, newest first."""
        return self._hot_swap.sources

    async def ask(
        self,
        question: str,
        *,
        limit: int,
        skip: int = 0,
        scope: Scope = ALL_ARTICLES,
        strictness: Strictness = Strictness.BALANCED,
    ) -> Answer:
        """Search in a worker, and check each quote against the stored article.

        The answer carries its ranking, so that the closest articles can be offered when there is
        nothing to quote. Raises QuestionError, QuoteMismatch, QueueFull, ShuttingDown.
        """

        def search(searcher: Searcher) -> Answer:
            answer = searcher.ask(
                question,
                limit=limit,
                skip=skip,
                ranking=_RANKING_LIMIT,
                scope=scope,
                strictness=strictness,
            )
            for quote in answer.quotes:
                _check_quote(searcher, quote)
            return answer

        return await self.run(search)

    async def run(self, job: Callable[[Searcher], Result]) -> Result:
        """Run ``job`` in a worker with the newest snapshot. Raises QueueFull, ShuttingDown."""
        if self.shutting_down:
            raise ShuttingDown(ENGLISH.restarting)
        if self.queue_size >= self._max_pending:
            raise QueueFull(self.queue_size)
        self.queue_size += 1
        try:
            return await _run_in(self._workers, self._with_newest, job)
        finally:
            self.queue_size -= 1

    async def refresh(self) -> None:
        """Switch to a newer snapshot if there is one."""
        await _run_in(self._opener, self._hot_swap.refresh)

    def _with_newest(self, job: Callable[[Searcher], Result]) -> Result:
        with self._hot_swap.searcher() as searcher:
            return job(searcher)


def _check_quote(searcher: Searcher, quote: Quote) -> None:
    try:
        searcher.check(quote)
    except QuoteMismatch:
        log.exception("a quote of %s does not match the stored text", quote.citation.article)
        raise


async def _run_in(pool: ThreadPoolExecutor, job: Callable[..., Result], *args: object) -> Result:
    """Run ``job`` in a thread with the caller's context, so that its log has the request id."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, job, *args)
