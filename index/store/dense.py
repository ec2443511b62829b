"""Vectors of passages in FAISS: rows nearest a query vector.

A passage longer than the encoder's window has several vectors; it is as near as its nearest one.
FAISS names candidates only: every cosine comes from the stored vectors, so that it does not hang
on the kind of index.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Vectors
from index.errors import SnapshotDamaged
from index.store import faiss_index as codes
from index.store.vector_file import VectorFile

Rows = NDArray[np.int32]
Ids = NDArray[np.int64]

_NO_NEIGHBOUR = -1  # faiss pads short result lists with it
_INDEX_FILE = "vectors.faiss"
_OWNERS_FILE = "owners.npy"
_SCANNED = 16_384  # allowed vectors up to which all of them are compared, whatever the index
_DEEPER = 2  # times as many are looked at as would do if those allowed lay evenly


class DenseIndex:
    """A FAISS index of the first of ``vectors``, and ``owners``: the passage row of each."""

    def __init__(self, index: Any, vectors: VectorFile, owners: Rows) -> None:
        if not index.ntotal == len(owners) <= len(vectors):
            raise SnapshotDamaged(
                f"{index.ntotal} indexed vectors, {len(vectors)} stored and {len(owners)} owners: "
                "wanted one each"
            )
        self._index = index
        self._vectors = vectors
        self._owners = owners
        self._coded = codes.is_quantized(index)

    @classmethod
    def build(cls, folder: Path, vectors: VectorFile, owners: Rows) -> "DenseIndex":
        """Index the first of ``vectors``, those of the passages ``owners``, into ``folder``.

        ``owners`` ascend. Vectors of sentences follow, which put a large index to the test.
        Raises OSError.
        """
        import faiss  # noqa: PLC0415 - listing articles need not load it

        built = cls(codes.build_faiss_index(vectors, len(owners)), vectors, owners)
        try:
            faiss.write_index(built._index, str(folder / _INDEX_FILE))
        except RuntimeError as error:  # faiss's own, for a disk that refuses
            raise OSError(str(error).splitlines()[0]) from error
        np.save(folder / _OWNERS_FILE, owners)
        return built

    @classmethod
    def open(cls, folder: Path, vectors: VectorFile) -> "DenseIndex":
        """Open what ``build`` wrote; the index stays on disk until it is read."""
        import faiss  # noqa: PLC0415 - see build

        owners = np.load(folder / _OWNERS_FILE, mmap_mode="r").view(np.ndarray)
        index = faiss.read_index(str(folder / _INDEX_FILE), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, vectors, owners)

    def __len__(self) -> int:
        """How many vectors there are, at least one a passage."""
        return len(self._owners)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._vectors.dim

    def nearest(
        self, query: Vectors, limit: int, rows: Rows | None = None
    ) -> list[tuple[int, float]]:
        """Passage rows nearest to ``query``, best first, ties by row.

        ``query`` is one unit row, shape (1, dim). Cosine, higher is nearer. ``rows`` leaves only
        those passages in.
        """
        ids = self._candidates(query, min(limit, len(self)), rows)
        cosines = self._vectors.at(ids) @ query[0]
        best: dict[int, float] = {}
        for i in np.lexsort((ids, -cosines))[:limit]:
            best.setdefault(int(self._owners[ids[i]]), float(cosines[i]))
        return sorted(best.items(), key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, query: Vectors, rows: Sequence[int]) -> list[float]:
        """Cosine of each passage of ``rows`` with ``query``, shape (1, dim)."""
        firsts, lasts = self._ends(np.asarray(rows, self._owners.dtype))
        windows = [np.arange(*ends) for ends in zip(firsts, lasts, strict=True)]
        return [float(cosines.max()) for cosines in self._vectors.cosines(query, windows)]

    def vectors_of(self, row: int) -> Vectors:
        """The vectors of one passage, shape (windows, dim)."""
        firsts, lasts = self._ends(np.asarray([row], self._owners.dtype))
        return self._vectors.span(int(firsts[0]), int(lasts[0]))

    def _ends(self, rows: Rows) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the vectors of each passage begin and, one further, end."""
        after = np.searchsorted(self._owners, rows, "right")  # of another type it would copy all
        return np.searchsorted(self._owners, rows), after

    def _candidates(self, query: Vectors, limit: int, rows: Rows | None) -> Ids:
        """Numbers of vectors among which the nearest are."""
        coded = codes.OVERSAMPLED * max(limit, codes.NEAREST)
        wanted = min(len(self), coded if self._coded else limit)
        if rows is None:
            return self._searched(query, wanted)
        passages = np.zeros(int(self._owners[-1]) + 1, np.bool_)
        passages[rows] = True
        allowed = passages[self._owners]
        count = int(np.count_nonzero(allowed))
        if count <= _SCANNED:
            return np.flatnonzero(allowed)
        return self._searched_among(query, wanted, allowed, wanted * len(self) // count)

    def _searched(self, query: Vectors, wanted: int) -> Ids:
        _, ids = codes.single_threaded(self._index.search, query, wanted)
        found: Ids = ids[0][ids[0] != _NO_NEIGHBOUR]
        return found

    def _searched_among(
        self, query: Vectors, wanted: int, allowed: NDArray[np.bool_], depth: int
    ) -> Ids:
        """The first ``wanted`` that are allowed; codes cannot be searched selectively."""
        while True:
            depth = min(len(self), _DEEPER * depth)
            found = self._searched(query, depth)
            found = found[allowed[found]]
            if len(found) >= wanted or depth == len(self):
                return found[:wanted]
