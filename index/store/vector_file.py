"""Vectors on disk in half precision, read on demand."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Vectors
from index.errors import SnapshotDamaged, SnapshotError
from index.file_ranges import FileRanges

CHUNKS_FILE = "chunk_to_passage.npy"  # the passage row of each of the first vectors
LENGTH_TOLERANCE = 1e-2  # of a unit vector; float16 costs 1e-3
_HALF = np.dtype(np.float16)
# A half has 5 bits of exponent and 10 of mantissa, a single has 8 and 23.
_MANTISSA_SHIFT = 13
_HALF_BITS = 0x8FFF_E000  # sign, exponent and mantissa of a half, shifted so
_EXPONENT_SCALE = np.float32(2.0 ** (127 - 15))  # their biases differ


class VectorFile:
    """A ``.npy`` file of float16, shape (n, dim). Safe to read from several threads."""

    def __init__(self, file: FileRanges, shape: tuple[int, int], offset: int) -> None:
        self._file = file
        self._count, self.dim = shape
        self._row_bytes = self.dim * _HALF.itemsize
        self._offset = offset  # of the first vector, in bytes

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file that ``numpy.save`` wrote. Raises SnapshotDamaged for another dtype."""
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            offset = file.tell()
        if len(shape) != 2 or dtype != _HALF:
            raise SnapshotDamaged(
                f"{path} holds {dtype} of shape {shape}, expected float16 of shape (n, dim); "
                "run `quoth build` to rebuild it"
            )
        return cls(FileRanges(path), (shape[0], shape[1]), offset)

    def __len__(self) -> int:
        """Count the vectors."""
        return self._count

    def read_range(self, first: int, last: int) -> Vectors:
        """Read vectors from ``first`` up to, but not including, ``last``; shape (≤ n, dim)."""
        count = max(0, min(last, self._count) - first)
        start = self._offset + first * self._row_bytes
        read = self._file.read(start, start + count * self._row_bytes)
        return to_float32(np.frombuffer(read, _HALF).reshape(-1, self.dim))

    def read(self, ids: NDArray[np.integer]) -> Vectors:
        """Read vectors by id, shape (len(ids), dim); consecutive ids take one system call."""
        return to_float32(self.read_halves(ids))

    def read_halves(self, ids: NDArray[np.integer]) -> NDArray[np.float16]:
        """Read vectors as ``read`` does, as they are stored."""
        halves = np.empty((len(ids), self.dim), _HALF)
        if not len(ids):
            return halves
        row = self._row_bytes
        buffer = halves.view(np.uint8).data.cast("B")
        begins = [0, *((ids[1:] != ids[:-1] + 1).nonzero()[0] + 1).tolist()]
        ends = [*begins[1:], len(ids)]
        for first, begin, end in zip(ids[begins].tolist(), begins, ends, strict=True):
            self._file.read_into([buffer[begin * row : end * row]], self._offset + first * row)
        return halves

    def cosines(
        self, query: Vectors, firsts: NDArray[np.integer], lasts: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Compute cosines of ``query``, shape (1, dim), with ranges of vectors, end to end.

        The ranges are from ``firsts`` up to, but not including, ``lasts``.
        """
        cosines: NDArray[np.float32] = self.read(ranged_ids(firsts, lasts)) @ query[0]
        return cosines


def ranged_ids(firsts: NDArray[np.integer], lasts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the ids from each of ``firsts`` up to, but not including, ``lasts``, end to end."""
    counts = lasts - firsts
    ends = np.cumsum(counts)
    ids: NDArray[np.int64] = np.repeat(firsts - ends + counts, counts)
    ids += np.arange(len(ids))
    return ids


def to_float32(halves: NDArray[np.float16]) -> Vectors:
    """Convert finite numbers exactly as ``astype`` does, in half the time."""
    bits = halves.view(np.int16).astype(np.int32).view(np.uint32)
    bits <<= _MANTISSA_SHIFT
    bits &= _HALF_BITS  # not the copies of the sign between it and the exponent
    floats: Vectors = bits.view(np.float32)
    floats *= _EXPONENT_SCALE
    return floats


def check_unit_length(vectors: Vectors) -> None:
    """Check vectors that an encoder returned, shape (n, dim). Raises SnapshotError."""
    if not np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1) < LENGTH_TOLERANCE):  # NaN, too
        raise SnapshotError(
            "the encoder returned a vector that is not finite and of length 1; nothing was "
            "published, try another model"
        )
