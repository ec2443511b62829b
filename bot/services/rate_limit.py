"""A pause between two questions of one member of a server, in memory: a restart forgives."""

import math
import time
from collections.abc import Callable

from bot.text.messages import Messages, counted
from index.errors import QuothError

_MOST = 10_000  # members remembered


class RateLimited(QuothError):
    """The member has to wait; ``again`` when they were told so already."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


class RateLimiter:
    """When each member asked last, by a clock in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at: dict[tuple[int | None, int], float] = {}
        self._told: set[tuple[int | None, int]] = set()

    def take(self, guild: int | None, member: int, seconds: float, words: Messages) -> None:
        """Note that ``member`` asks now. Raises TooSoon when the last question was too recent."""
        now, who = self._clock(), (guild, member)
        left = self._free_at.get(who, now) - now
        if left > 0:
            again = who in self._told
            self._told.add(who)
            rest = math.ceil(left)
            raise RateLimited(counted(rest, words.too_soon_one, words.too_soon), again=again)
        self._told.discard(who)
        self._make_room(now)
        if seconds > 0:
            self._free_at[who] = now + seconds

    def forgive(self, guild: int | None, member: int) -> None:
        """Let ``member`` ask at once, for the last question was not taken."""
        self._free_at.pop((guild, member), None)

    def _make_room(self, now: float) -> None:
        if len(self._free_at) < _MOST:
            return
        self._free_at = {who: at for who, at in self._free_at.items() if at > now}
        self._told &= self._free_at.keys()
