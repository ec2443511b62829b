"""Keep the texts of a build in a temporary file, as those of many articles take much memory."""

import os
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class TextSpool(AbstractContextManager["TextSpool"]):
    """A temporary file in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, text: bytes) -> "SpooledText":
        """Write a text. Raises OSError."""
        position = self._file.seek(0, os.SEEK_END)
        self._file.write(text)
        return SpooledText(self, position, len(text))

    def read(self, position: int, size: int) -> bytes:
        """Read the text at a position of the file."""
        self._file.seek(position)
        return self._file.read(size)


@dataclass(frozen=True, slots=True)
class SpooledText:
    """A text in a spool, with its size in bytes."""

    spool: TextSpool
    position: int
    size: int

    def read(self) -> bytes:
        """Read the text."""
        return self.spool.read(self.position, self.size)
