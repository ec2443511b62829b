"""Read ranges of a file on demand, without mapping it into memory.

Mapped pages count as the bot's memory, and the kernel caches what is read often anyway.
"""

import os
import weakref
from collections.abc import Sequence
from pathlib import Path


class FileRanges:
    """An open file. Safe to read from several threads; it may be removed while it is in use."""

    def __init__(self, path: Path) -> None:
        self.handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self.handle)

    def read(self, first: int, last: int) -> bytes:
        """Read the bytes from ``first`` up to, but not including, ``last``; fewer at the end."""
        return os.pread(self.handle, last - first, first)

    def read_into(self, buffers: Sequence[memoryview], first: int) -> None:
        """Fill buffers with the bytes from ``first``."""
        os.preadv(self.handle, buffers, first)
