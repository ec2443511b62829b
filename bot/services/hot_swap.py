"""Serve searches from the newest snapshot, and switch to a new one without downtime.

A new snapshot is opened before the old one is closed. If it cannot be opened, the old one stays
in service. An old snapshot is closed by the last thread that uses it.
"""

import ctypes
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from bot.config.settings import Settings
from bot.questions.public_pages import public_page_url
from index.errors import QuothError, SnapshotError
from index.search.reranker import load_reranker_or_none
from index.searcher import Searcher
from index.sources.freshness import FollowedArticles
from index.store.backend import SnapshotStore

log = logging.getLogger(__name__)

_RETRY_SECONDS = 60.0  # before an undamaged snapshot that failed to open is tried again


@dataclass(slots=True)
class _LoadedSearcher:
    """A searcher that its last user closes; until it is replaced, the service is one of them."""

    searcher: Searcher
    users: int = 1


class HotSwapSearcher:
    """The snapshot in service. Methods may block, and are thread-safe."""

    def __init__(
        self,
        open_newest: Callable[[], Searcher],
        current_name: Callable[[], str | None],
        store: SnapshotStore | None = None,
        retry_seconds: float = _RETRY_SECONDS,
    ) -> None:
        self._open_newest = open_newest
        self._current_name = current_name
        self._store = store
        self._retry_seconds = retry_seconds
        self._swap_lock = threading.Lock()
        self._users_lock = threading.Lock()
        self._loaded: _LoadedSearcher | None = None
        self._failed_name: str | None = None
        self._retry_at = math.inf
        self._last_error = ""  # as logged

    @classmethod
    def from_store(
        cls,
        store: SnapshotStore,
        open_current: Callable[[SnapshotStore], Searcher] = Searcher.open_from,
    ) -> Self:
        """Create for a folder or a cluster, without opening a snapshot."""
        return cls(lambda: open_current(store).warm(), store.current, store)

    def open(self) -> None:
        """Open the current snapshot. Raises IndexMissing, SnapshotError."""
        if self._loaded is None:  # a login that failed is tried again from the start
            self._replace(self._load())

    def close(self) -> None:
        """Close the snapshot once its last user is done, and what connects to a cluster."""
        self._replace(None)
        if self._store:
            self._store.close()

    @property
    def why_unavailable(self) -> str:
        """Why articles cannot be read at the moment; empty if they can."""
        return self._store.why_unavailable() if self._store else ""

    def refresh_now(self) -> None:
        """Switch to a newer snapshot, even if it was published a moment ago."""
        if self._store:
            self._store.refresh()
        self.refresh()

    @property
    def snapshot(self) -> str:
        """Name of the snapshot in service; empty before ``open``."""
        return self._loaded.searcher.snapshot if self._loaded else ""

    @contextmanager
    def searcher(self) -> Iterator[Searcher]:
        """Use the newest snapshot, which stays open inside the ``with`` block."""
        self.refresh()
        with self._users_lock:
            loaded = self._loaded
            if loaded is None:
                raise QuothError("no snapshot is open; start the bot again")
            loaded.users += 1
        try:
            yield loaded.searcher
        finally:
            self._release(loaded)

    def refresh(self) -> None:
        """Switch to a newer snapshot if there is one.

        Other callers wait meanwhile, so that none is served from a replaced snapshot.
        """
        try:
            if self._newer_snapshot():
                with self._swap_lock:
                    self._swap()
            self._last_error = ""
        except Exception as error:
            if repr(error) != self._last_error:  # not for every question
                log.exception("cannot open the newest snapshot; keeping the one in service")
            self._last_error = repr(error)

    def _newer_snapshot(self) -> str | None:
        """Return the name of a newer snapshot, unless it failed to open a short time ago."""
        newest = self._current_name()
        if self._loaded is None or newest in {None, self.snapshot}:
            return None
        backing_off = newest == self._failed_name and time.monotonic() < self._retry_at
        return None if backing_off else newest

    def _swap(self) -> None:
        newest = self._newer_snapshot()
        if newest is None:  # another thread has switched while this one waited for the lock
            return
        try:
            self._replace(self._load())
        except Exception as error:
            damaged = isinstance(error, SnapshotError)
            self._back_off(newest, math.inf if damaged else self._retry_seconds)
            raise
        if self.snapshot != newest == self._current_name():  # damaged: an older one was opened
            self._back_off(newest, math.inf)
        log.info("snapshot %s is in service", self.snapshot)

    def _back_off(self, name: str, seconds: float) -> None:
        """Back off from a snapshot that failed to open.

        A damaged snapshot stays damaged until it is replaced. A lack of memory or file handles
        may pass, and a rebuild would not help: it finds nothing changed.
        """
        self._failed_name, self._retry_at = name, time.monotonic() + seconds

    def _load(self) -> _LoadedSearcher:
        loaded = _LoadedSearcher(self._open_newest())
        _trim_memory()
        return loaded

    def _replace(self, loaded: _LoadedSearcher | None) -> None:
        """Put ``loaded`` in service, and close the old searcher if nobody uses it."""
        with self._users_lock:
            old, self._loaded = self._loaded, loaded
        if old is not None:
            self._release(old)

    def _release(self, loaded: _LoadedSearcher) -> None:
        with self._users_lock:
            loaded.users -= 1
            unused = not loaded.users
        if unused:
            loaded.searcher.close()


def open_as_configured(store: SnapshotStore, settings: Settings) -> Searcher:
    """Open the current snapshot, to rank and cite its passages as the settings say.

    Raises IndexMissing, SnapshotError, StorageUnavailable.
    """
    return Searcher.open_from(
        store,
        load_reranker_or_none(settings.reranker),
        public_page_url(settings),
        FollowedArticles(settings.seeds).checked,
    )


def _trim_memory() -> None:
    """Return about 10 MB that opening needed temporarily to the system; glibc keeps them."""
    with suppress(AttributeError, OSError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)
