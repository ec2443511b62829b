"""Limit how often each member of a server may ask. State is in memory, so a restart resets it."""

import math
import time
from collections.abc import Callable

from bot.text.errors import MemberError

_MAX_MEMBERS = 10_000  # before expired entries are dropped


class RateLimited(MemberError):
    """The member has to wait; ``already_told`` if an earlier error said so."""

    def __init__(self, wait_seconds: float, *, already_told: bool) -> None:
        super().__init__(lambda messages: messages.rate_limited(math.ceil(wait_seconds)))
        self.already_told = already_told


class RateLimiter:
    """A cooldown per member and server, by a clock in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._allowed_at: dict[tuple[int | None, int], float] = {}
        self._told: set[tuple[int | None, int]] = set()

    def acquire(self, guild: int | None, member: int, seconds: float) -> None:
        """Start the cooldown of ``member``. Raises RateLimited while the last one runs."""
        now, key = self._clock(), (guild, member)
        wait_seconds = self._allowed_at.get(key, now) - now
        if wait_seconds > 0:
            already_told = key in self._told
            self._told.add(key)
            raise RateLimited(wait_seconds, already_told=already_told)
        self._told.discard(key)
        if len(self._allowed_at) >= _MAX_MEMBERS:
            self._allowed_at = {key: at for key, at in self._allowed_at.items() if at > now}
            self._told &= self._allowed_at.keys()
        if seconds > 0:
            self._allowed_at[key] = now + seconds

    def refund(self, guild: int | None, member: int) -> None:
        """End the cooldown of ``member``, because the last question was not answered."""
        self._allowed_at.pop((guild, member), None)
