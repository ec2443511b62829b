"""Stop asking engines that do not answer, so that nobody waits for them in vain."""

import threading
import time
from collections.abc import Callable

from index.errors import StorageUnavailable

_MAX_FAILURES = 2  # in a row, before work is refused
_RETRY_SECONDS = 3.0  # between attempts while work is refused


class Breaker:
    """Refuse work after failures in a row, and let one attempt through from time to time.

    Nygard, "Release It!", 2007. Safe to use from several threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._retry_at = 0.0
        self.reason = ""  # of the last failure; empty while everything works

    def check(self) -> None:
        """Raise StorageUnavailable while work is refused."""
        with self._lock:
            if self._failures < _MAX_FAILURES:
                return
            if self._clock() < self._retry_at:
                raise StorageUnavailable(self.reason)
            self._retry_at = self._clock() + _RETRY_SECONDS

    def succeeded(self) -> None:
        """Accept all work."""
        with self._lock:
            self._failures, self.reason = 0, ""

    def failed(self, error: StorageUnavailable) -> None:
        """Count a failure."""
        with self._lock:
            self._failures, self.reason = self._failures + 1, str(error)
            self._retry_at = self._clock() + _RETRY_SECONDS
