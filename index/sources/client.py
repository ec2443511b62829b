"""Fetch politely: one request at a time, with a pause between two to the same host."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from index.errors import ReadError
from index.ingest.web.fetch import (
    USER_AGENT,
    Fetched,
    FetchLimits,
    HttpStatusError,
    Validators,
    fetch_if_changed,
)
from index.ingest.web.robots import RobotsCache

_PAUSE_SECONDS = 1.0  # between two requests to a host, unless robots.txt wants a longer one
_MAX_CRAWL_DELAY_SECONDS = 30.0
_MAX_WAIT_SECONDS = 60.0  # a longer Retry-After ends the check of this host
_BUSY_SECONDS = 3600.0  # how long a host without Retry-After is left alone
MAX_BUSY_SECONDS = 7 * 86_400.0  # a longer Retry-After would end the following
_BUSY_STATUSES = {http.client.TOO_MANY_REQUESTS, http.client.SERVICE_UNAVAILABLE}


class HostBusyError(ReadError):
    """The host wants to be left alone until ``until``, a Unix time."""

    def __init__(self, message: str, until: float) -> None:
        super().__init__(message)
        self.until = until


@dataclass(slots=True)
class WebClient:
    """The pauses, rules and wishes of the hosts that one refresh fetches from."""

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    pause_seconds: float = _PAUSE_SECONDS
    robots: RobotsCache = field(init=False)
    _next_request: dict[str, float] = field(default_factory=dict)  # Unix time, by host
    _busy_until: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let robots.txt files expire by the same clock."""
        self.robots = RobotsCache(self.clock)

    def fetch(
        self, url: str, validators: Validators | None = None, *, allow_private: bool = False
    ) -> Fetched | None:
        """Fetch a document, or return None if it has not changed since ``validators``.

        Waits for the host's pause, and once for its Retry-After. Raises HostBusyError,
        HttpStatusError and ReadError.
        """
        try:
            return self._fetch(url, validators or Validators(), allow_private)
        except HttpStatusError as error:
            if error.status not in _BUSY_STATUSES:
                raise
            wait = error.retry_after_seconds
            if wait is None or wait > _MAX_WAIT_SECONDS:
                raise self._leave_alone(url, error) from error
            self.sleep(wait)
        try:
            return self._fetch(url, validators or Validators(), allow_private)
        except HttpStatusError as error:
            if error.status in _BUSY_STATUSES:
                raise self._leave_alone(url, error) from error
            raise

    def _fetch(self, url: str, validators: Validators, allow_private: bool) -> Fetched | None:
        host = urlsplit(url).netloc
        now, busy_until = self.clock(), self._busy_until.get(host, 0.0)
        if busy_until > now:
            raise HostBusyError(f"{url}: {host} asked to be left alone for a while", busy_until)
        # At most a pause, for the clock may have been set back.
        self.sleep(min(max(0.0, self._next_request.get(host, now) - now), self._pause(url)))
        try:
            limits = FetchLimits(allow_private=allow_private)
            return fetch_if_changed(url, validators, limits, self.robots)
        finally:
            self._next_request[host] = self.clock() + self._pause(url)

    def _pause(self, url: str) -> float:
        """Return the seconds between two requests to a host, as its robots.txt wants them."""
        parts = urlsplit(url)
        rules = self.robots.get(f"{parts.scheme}://{parts.netloc}/robots.txt")
        delay = rules.crawl_delay(USER_AGENT) if rules else None
        return max(self.pause_seconds, min(delay or 0.0, _MAX_CRAWL_DELAY_SECONDS))

    def _leave_alone(self, url: str, error: HttpStatusError) -> HostBusyError:
        seconds = error.retry_after_seconds
        wait = _BUSY_SECONDS if seconds is None else min(seconds, MAX_BUSY_SECONDS)
        until = self.clock() + wait
        self._busy_until[urlsplit(url).netloc] = until
        return HostBusyError(str(error), until)
