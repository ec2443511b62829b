"""Keep the texts to encode in a temporary file, as a large build has no memory for them."""

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class TextSpool(AbstractContextManager["TextSpool"]):
    """A temporary file in ``folder`` with a line for each list of texts."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, texts: Sequence[str]) -> "SpooledTexts":
        """Write a list of texts. Raises OSError."""
        position = self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(texts).encode() + b"\n")
        return SpooledTexts(self, position)

    def read(self, position: int) -> list[str]:
        """Read the list of texts at a position of the file."""
        self._file.seek(position)
        texts: list[str] = json.loads(self._file.readline())
        return texts


@dataclass(frozen=True, slots=True)
class SpooledTexts:
    """A list of texts in a spool."""

    spool: TextSpool
    position: int

    def read(self) -> list[str]:
        """Read the texts."""
        return self.spool.read(self.position)
