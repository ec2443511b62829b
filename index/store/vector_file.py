"""Vectors on disk in half precision, read when they are asked for.

Nothing is mapped: mapped pages would count as the bot's memory, and the kernel keeps what is read
often in its own.
"""

import os
import weakref
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Vectors
from index.errors import SnapshotDamaged

_HALF = np.dtype(np.float16)


class VectorFile:
    """A ``.npy`` file of float16, shape (n, dim). Safe to read from several threads."""

    def __init__(self, handle: int, shape: tuple[int, int], start: int) -> None:
        self._handle = handle
        self._count, self.dim = shape
        self._start = start
        weakref.finalize(self, os.close, handle)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open what ``numpy.save`` wrote. Raises SnapshotDamaged when it is something else."""
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            start = file.tell()
        if len(shape) != 2 or dtype != _HALF:
            raise SnapshotDamaged(
                f"{path} holds {dtype} of shape {shape}, wanted float16 of (n, dim)"
            )
        return cls(os.open(path, os.O_RDONLY | os.O_CLOEXEC), (shape[0], shape[1]), start)

    def __len__(self) -> int:
        """How many vectors there are."""
        return self._count

    def span(self, first: int, last: int) -> Vectors:
        """Vectors from ``first`` on, before ``last``, shape (at most last - first, dim)."""
        row = self.dim * _HALF.itemsize
        size = max(0, min(last, self._count) - first) * row
        read = os.pread(self._handle, size, self._start + first * row)
        return np.frombuffer(read, _HALF).reshape(-1, self.dim).astype(np.float32)

    def at(self, ids: NDArray[np.integer]) -> Vectors:
        """Vectors by their numbers, shape (len(ids), dim); neighbours are read at once."""
        halves = np.empty((len(ids), self.dim), _HALF)
        if not len(ids):
            return halves.astype(np.float32)
        row = self.dim * _HALF.itemsize
        into = halves.view(np.uint8).data.cast("B")
        begins = np.flatnonzero(np.diff(ids, prepend=ids[0] - 2) != 1)
        ends = [*begins[1:].tolist(), len(ids)]
        for first, begin, end in zip(ids[begins].tolist(), begins.tolist(), ends, strict=True):
            os.preadv(self._handle, [into[begin * row : end * row]], self._start + first * row)
        return halves.astype(np.float32)

    def cosines(
        self, query: Vectors, groups: Sequence[NDArray[np.integer]]
    ) -> list[NDArray[np.float32]]:
        """Cosines of each group of vectors with ``query``, one unit row, shape (1, dim)."""
        if not groups:
            return []
        cosines = self.at(np.concatenate(groups)) @ query[0]
        ends = accumulate(map(len, groups), initial=0)
        return [cosines[first:last] for first, last in pairwise(ends)]
