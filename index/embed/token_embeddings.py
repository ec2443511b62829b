"""Embeddings of tokens in a file beside the model, read on demand.

As a part of the model they would be mapped, and so count as the bot's memory: questions touch
nearly all of their pages, 11 MB.
"""

import mmap
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.file_ranges import FileRanges

EMBEDDINGS_FILE = "embeddings.npy"

Embeddings = NDArray[np.float32]


class TokenEmbeddings:
    """A ``.npy`` file of a record per token: its embedding, and the scale to multiply it with.

    Safe to read from several threads. The file may be removed while it is in use.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            _, _, self._record = np.lib.format.read_array_header_1_0(file)
            self._offset = file.tell()  # of the first record
        self._file = FileRanges(path)

    def read(self, ids: Sequence[int]) -> Embeddings:
        """Read the embeddings of a few tokens, shape (len(ids), dim)."""
        size, offset = self._record.itemsize, self._offset
        handle = self._file.handle
        records = b"".join(os.pread(handle, size, offset + size * number) for number in ids)
        return _scaled(np.frombuffer(records, self._record))

    def map(self, ids: Sequence[int]) -> Embeddings:
        """Return the embeddings of many tokens as ``read`` does, without a system call for each."""
        return _scaled(self._mapped[ids])

    @cached_property
    def _mapped(self) -> NDArray[Any]:
        file = mmap.mmap(self._file.handle, 0, access=mmap.ACCESS_READ)
        return np.frombuffer(file, self._record, offset=self._offset)


def write_embeddings(path: Path, table: NDArray[Any], scales: Embeddings) -> None:
    """Write the embedding of each token, shape (tokens, dim), and its scale, shape (tokens, 1)."""
    dtype = [("values", table.dtype, table.shape[1:]), ("scale", np.float32, (1,))]
    records = np.empty(len(table), dtype)
    records["values"], records["scale"] = table, scales
    np.save(path, records)


def _scaled(records: NDArray[Any]) -> Embeddings:
    scaled: Embeddings = records["values"].astype(np.float32) * records["scale"]
    return scaled
