"""Let one thread at a time compute in Python, while others wait in native code.

Threads that compute at once pass Python's own lock back and forth: each array operation and each
file that is read offers it to the others, who wake up and mostly come too late. With two threads
that took two fifths more processor time for each question. Those who wait for a turn are not woken
before it is theirs.
"""

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Self


class Turns:
    """A turn for one thread at a time; it cannot be taken twice by the same thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def take(self) -> AbstractContextManager[object]:
        """Wait for a turn, and end it after the block."""
        return self._lock

    def pause(self) -> AbstractContextManager[object]:
        """Let others have the turn inside the block, in which native code runs for long."""
        return _Pause(self._lock)


class NoTurns(Turns):
    """No turns: threads that wait for other machines must not keep each other waiting."""

    def take(self) -> AbstractContextManager[object]:
        """Do not wait."""
        return nullcontext()

    def pause(self) -> AbstractContextManager[object]:
        """Do nothing; there is no turn."""
        return nullcontext()


class _Pause(AbstractContextManager["_Pause"]):
    """A lock that is released inside the block instead of around it."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> Self:
        self._lock.release()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.acquire()
