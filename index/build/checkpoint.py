"""Vectors of a build under way, kept batch by batch, so that the next one goes on from there.

One file: a line of JSON that says whose vectors they are, then records of one size, each with a
checksum of its own. What a killed build half wrote, or a failing disk spoiled, is cut off when
the file is opened again.
"""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import xxhash
from numpy.typing import NDArray

from index.embed.encoder import Vectors

KEY_BYTES = 16
_SUM_BYTES = 8

Keys = NDArray[Any]  # of dtype V16


class EmbeddingCheckpoint:
    """Keys and vectors in a file that only grows, until a build is done and removes it."""

    def __init__(self, path: Path, heading: bytes, record: np.dtype[Any]) -> None:
        self._path = path
        self._heading = heading
        self._record = record

    @classmethod
    def open(cls, path: Path, identity: str, dim: int) -> Self:
        """The journal at ``path``; begun anew unless its vectors are by that very encoder."""
        heading = json.dumps({"encoder": identity, "dim": dim}).encode() + b"\n"
        fields = [("key", f"V{KEY_BYTES}"), ("vector", "f2", (dim,)), ("sum", f"V{_SUM_BYTES}")]
        journal = cls(path, heading, np.dtype(fields))
        journal._mend()
        return journal

    def read(self) -> tuple[Keys, NDArray[np.float16]]:
        """All keys, shape (n,), and their vectors, shape (n, dim), memory-mapped."""
        records = self._records()
        return np.ascontiguousarray(records["key"]), records["vector"]

    def append(self, keys: Keys, vectors: Vectors) -> None:
        """Add vectors, shape (n, dim), in half precision; they outlive this process at once."""
        records = np.zeros(len(keys), self._record)
        records["key"] = keys
        records["vector"] = vectors
        records["sum"] = _sums(records)
        with self._path.open("ab") as file:
            file.write(records.tobytes())

    def _mend(self) -> None:
        """Keep the whole records from the first on; begin anew for another encoder."""
        if not self._is_ours():
            self._path.write_bytes(self._heading)
            return
        records = self._records()
        broken = np.flatnonzero(_sums(records) != records["sum"])
        whole = int(broken[0]) if len(broken) else len(records)
        del records  # the mapping, before what it maps is cut
        with self._path.open("r+b") as file:
            file.truncate(len(self._heading) + whole * self._record.itemsize)

    def _is_ours(self) -> bool:
        try:
            with self._path.open("rb") as file:
                return file.read(len(self._heading)) == self._heading
        except OSError:
            return False

    def _records(self) -> NDArray[Any]:
        start = len(self._heading)
        count = (self._path.stat().st_size - start) // self._record.itemsize
        if not count:  # nothing cannot be mapped
            return np.zeros(0, self._record)
        return np.memmap(self._path, self._record, "r", start, (count,)).view(np.ndarray)


def _sums(records: NDArray[Any]) -> NDArray[Any]:
    """A checksum of each record, of dtype V8."""
    covered = records.dtype.itemsize - _SUM_BYTES
    sums = b"".join(xxhash.xxh3_64_digest(record.tobytes()[:covered]) for record in records)
    return np.frombuffer(sums, f"V{_SUM_BYTES}")
