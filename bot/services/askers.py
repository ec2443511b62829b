"""Asking in processes of their own: Python keeps one processor busy, a machine may have more.

Each process opens the newest snapshot by itself, so it costs memory of its own. Off by default.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path

from bot.config import logging as logs
from bot.config.settings import Settings
from bot.services.hot_swap import HotSwapSearcher, SearcherProtocol
from index.errors import QuoteMismatch, QuothError
from index.filters import Scope
from index.search.verdict import Strictness
from index.types import Answer

log = logging.getLogger(__name__)

_RANKED = 20  # passages in a ranking at least
_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Asking:
    """A question and how it is asked: how many quotes, after which, of what, how sure."""

    question: str
    limit: int
    skip: int
    scope: Scope
    strictness: Strictness


def search_and_verify(searcher: SearcherProtocol, asking: Asking) -> Answer:
    """The answer, each quote checked against its article just now.

    Its ranking names the articles that came closest, for when there is nothing to quote.
    Raises QuestionError, QuoteMismatch.
    """
    answer = searcher.ask(
        asking.question,
        limit=asking.limit,
        skip=asking.skip,
        ranking=_RANKED,
        scope=asking.scope,
        strictness=asking.strictness,
    )
    for quote in answer.quotes:
        try:
            searcher.check(quote)
        except QuoteMismatch:
            log.exception("a quote of %s is not what the article says", quote.citation.article)
            raise
    return answer


class Unable(QuothError):
    """No process can answer: it died, cannot be begun, or cannot open what the bot has open."""


class Askers:
    """Processes that answer questions, as many as ``settings`` say."""

    def __init__(self, settings: Settings, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._settings = settings.model_copy(update={"discord_token": None})
        self._where = settings.index, settings.reranker
        self._pause_seconds = pause_seconds
        self._not_before = 0.0
        self._pool: ProcessPoolExecutor | None = None

    @property
    def ready(self) -> bool:
        """Whether they can be asked: not for a while after one has died, for it may be the rule."""
        return time.monotonic() >= self._not_before

    async def ask(self, asking: Asking) -> Answer:
        """The newest snapshot's answer, as ``answered`` gives it.

        Raises what that raises; Unable when no process can answer it.
        """
        pool = self._pool = self._pool or self._begun()
        try:
            return await asyncio.wrap_future(self._handed(pool, asking))
        except BrokenProcessPool as error:
            raise self._unable(pool, "has died") from error
        except Unable as error:
            raise self._unable(pool, str(error)) from error

    def _handed(self, pool: ProcessPoolExecutor, asking: Asking) -> "Future[Answer]":
        try:
            return pool.submit(_ask, *self._where, asking, logs.request_id())
        except OSError as error:  # no place for another process
            raise Unable(f"cannot be begun ({error})") from error

    def _unable(self, pool: ProcessPoolExecutor, why: str) -> "Unable":
        """Let them be for a while, with one line in the log for all who wait for ``pool``."""
        if self._pool is pool:
            line = "a process that answers questions %s; the bot answers by itself for %d s"
            log.warning(line, why, self._pause_seconds)
            self._pool, self._not_before = None, time.monotonic() + self._pause_seconds
            pool.shutdown(wait=False)
        return Unable(why)

    def close(self) -> None:
        """Let them finish what they have in hand, and end."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def _begun(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._settings.processes,
            multiprocessing.get_context("spawn"),  # a fork would share what others hold locked
            _begin,
            (self._settings,),
        )


def _begin(settings: Settings) -> None:
    """In the new process: be ready, leave when told through the pool, or when the bot is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # sent to all; the bot has answers in hand
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # how the pool ends those that one dead one left
    logs.configure_logging(settings.log_level, settings.log_style)
    threading.Thread(target=_leave_with_the_bot, daemon=True).start()
    with suppress(Unable):  # whoever asks is told
        _newest(settings.index, settings.reranker)


def _leave_with_the_bot() -> None:
    bot = multiprocessing.parent_process()
    if bot is not None:
        wait([bot.sentinel])
        os._exit(1)


def _ask(index: Path, reranker: str | None, asking: Asking, way: str) -> Answer:
    with logs.request_id_scope(way), _newest(index, reranker).searcher() as searcher:
        return search_and_verify(searcher, asking)


@cache  # one a process
def _newest(index: Path, reranker: str | None) -> HotSwapSearcher:
    newest = HotSwapSearcher.of(index, reranker)
    try:
        newest.open()
    except Exception as error:
        raise Unable(f"cannot open the index ({error})") from error
    return newest
