"""Run searches in a pool of threads, off the event loop, with a queue bounded by waiting time."""

import asyncio
import contextvars
import gc
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Self, TypeVar, Unpack

from bot.config.settings import Settings
from bot.questions.articles import VisibleArticles
from bot.services.hot_swap import HotSwapSearcher, open_as_configured
from bot.text.errors import MemberError
from index.backends import snapshot_store
from index.embed.onnx import available_cpus
from index.errors import QuoteMismatch, SnapshotDamaged, StorageUnavailable
from index.filters import Scope
from index.searcher import Searcher, SearchOptions
from index.types import Answer, Quote

log = logging.getLogger(__name__)

_WORKERS = max(2, min(4, available_cpus()))  # ranking is Python: more threads wait for the GIL
_MAX_WAIT_SECONDS = 20.0  # for a worker
_TYPICAL_JOB_SECONDS = 0.1  # assumed before any was measured
_MEASURED_JOBS = 20  # the last ones; their median ignores the opening of a new snapshot
_RANKING_LIMIT = 20  # passages
_GC_THRESHOLD = 700  # Python's default; the command line raises it

Result = TypeVar("Result")

_has_place: contextvars.ContextVar[bool] = contextvars.ContextVar("has_place", default=False)


class QueueFull(MemberError):
    """The queue is full; ``ahead`` is the number of questions in it."""

    def __init__(self, ahead: int) -> None:
        super().__init__(lambda messages: messages.busy(ahead))


class ShuttingDown(MemberError):
    """The bot is being stopped and accepts no new questions."""

    def __init__(self) -> None:
        super().__init__(lambda messages: messages.restarting)


class SearchPool:
    """A queue of jobs for worker threads that search the newest snapshot."""

    def __init__(
        self,
        hot_swap: HotSwapSearcher,
        *,
        workers: int = _WORKERS,
        max_wait_seconds: float = _MAX_WAIT_SECONDS,
    ) -> None:
        self._hot_swap = hot_swap
        self._worker_count = workers
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="quoth-search")
        self._opener = ThreadPoolExecutor(1, thread_name_prefix="quoth-open")
        self._max_wait_seconds = max_wait_seconds
        self._job_seconds = deque([_TYPICAL_JOB_SECONDS], maxlen=_MEASURED_JOBS)
        self.queue_size = 0  # places that are taken
        self.shutting_down = False  # True refuses new jobs; pending ones are finished

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Create for the operator's index, without opening a snapshot."""
        store = snapshot_store(settings.index, settings.cluster)
        opening = partial(open_as_configured, settings=settings)
        return cls(HotSwapSearcher.from_store(store, opening))

    async def start(self) -> None:
        """Open the snapshot in service. Raises IndexMissing, SnapshotError."""
        await _run_in(self._opener, self._hot_swap.open)
        gc.collect()
        gc.freeze()  # modules and the like are never garbage, so need not be looked through
        gc.set_threshold(_GC_THRESHOLD)

    async def close(self) -> None:
        """Close the snapshot once running jobs are done, and stop the workers."""
        await _run_in(self._opener, self._hot_swap.close)
        self._workers.shutdown(wait=False)
        self._opener.shutdown(wait=False)

    @property
    def why_unavailable(self) -> str:
        """Why articles cannot be read at the moment; empty if they can."""
        return self._hot_swap.why_unavailable

    @property
    def snapshot(self) -> str:
        """Name of the snapshot in service; empty before ``start``."""
        return self._hot_swap.snapshot

    async def ask(self, question: str, **options: Unpack[SearchOptions]) -> Answer:
        """Search in a worker, and check each quote against the stored article.

        The answer carries its ranking, so that the closest articles can be offered when there is
        nothing to quote. Raises QuestionError, QuoteMismatch, QueueFull, ShuttingDown.
        """

        def search(searcher: Searcher) -> Answer:
            answer = searcher.ask(question, ranking=_RANKING_LIMIT, **options)
            _check_quotes(searcher, answer.quotes)
            return answer

        return await self.run(search)

    @property
    def expected_wait_seconds(self) -> float:
        """How long a new job would wait for a worker."""
        waiting = max(0, self.queue_size - self._worker_count + 1)
        return waiting * median(self._job_seconds) / self._worker_count

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place in the queue; jobs run inside the block use it instead of one of their own.

        Raises QueueFull if the wait would be too long, and ShuttingDown.
        """
        if _has_place.get():
            yield
            return
        if self.shutting_down:
            raise ShuttingDown
        if self.expected_wait_seconds > self._max_wait_seconds:
            raise QueueFull(self.queue_size)
        token = _has_place.set(True)
        self.queue_size += 1
        try:
            yield
        finally:
            self.queue_size -= 1
            _has_place.reset(token)

    async def run(self, job: Callable[[Searcher], Result]) -> Result:
        """Run ``job`` in a worker with the newest snapshot. Raises QueueFull, ShuttingDown."""
        with self.place():
            return await _run_in(self._workers, self._with_newest, job)

    async def read(self, scope: Scope, job: Callable[[VisibleArticles], Result]) -> Result:
        """Run ``job`` in a worker on the articles in scope. Raises QueueFull, ShuttingDown."""
        return await self.run(lambda searcher: job(VisibleArticles(searcher, scope)))

    async def refresh(self) -> None:
        """Switch to a newer snapshot if there is one."""
        await _run_in(self._opener, self._hot_swap.refresh_now)

    def _with_newest(self, job: Callable[[Searcher], Result]) -> Result:
        with self._hot_swap.searcher() as searcher:
            started = time.monotonic()
            try:
                return job(searcher)
            except SnapshotDamaged as damage:  # not "nothing found": a part could not be read
                raise StorageUnavailable(str(damage)) from damage
            finally:
                self._job_seconds.append(time.monotonic() - started)


def _check_quotes(searcher: Searcher, quotes: Sequence[Quote]) -> None:
    try:
        searcher.quoter.check(*quotes)
    except QuoteMismatch:
        log.exception("a quote does not match the stored text")
        raise


async def _run_in(pool: ThreadPoolExecutor, job: Callable[..., Result], *args: object) -> Result:
    """Run ``job`` in a thread with the caller's context, so that its log has the request id."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, job, *args)
