"""Vectors of passages in FAISS: rows nearest a query vector.

A passage longer than the encoder's window has several vectors; it is as near as its nearest one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encode import Vectors
from index.errors import SnapshotDamaged

Rows = NDArray[np.int64]

_NO_NEIGHBOUR = -1  # faiss pads short result lists with it
_VECTORS_FILE = "vectors.faiss"
_OWNERS_FILE = "owners.npy"


class DenseIndex:
    """A FAISS index of vectors, and ``owners``: the passage row of each vector, ascending."""

    def __init__(self, index: Any, owners: NDArray[np.int32]) -> None:
        if index.ntotal != len(owners):
            raise SnapshotDamaged(
                f"{index.ntotal} vectors have {len(owners)} owners, wanted one each"
            )
        self._index = index
        self._owners = owners

    @classmethod
    def build(cls, vectors: Vectors, owners: NDArray[np.int32]) -> "DenseIndex":
        """Index unit ``vectors``, shape (n, dim), belonging to the passages ``owners``."""
        import faiss  # noqa: PLC0415 - listing articles need not load it

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(index, owners)

    @classmethod
    def open(cls, folder: Path) -> "DenseIndex":
        """Open what ``save`` wrote; the vectors stay on disk until they are read."""
        import faiss  # noqa: PLC0415 - see build

        index = faiss.read_index(str(folder / _VECTORS_FILE), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, np.load(folder / _OWNERS_FILE, mmap_mode="r"))

    def save(self, folder: Path) -> None:
        """Write vectors and owners into ``folder``."""
        import faiss  # noqa: PLC0415 - see build

        faiss.write_index(self._index, str(folder / _VECTORS_FILE))
        np.save(folder / _OWNERS_FILE, self._owners)

    def __len__(self) -> int:
        """How many vectors there are, at least one a passage."""
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def nearest(
        self, query: Vectors, limit: int, rows: Sequence[range] | None = None
    ) -> list[tuple[int, float]]:
        """Passage rows nearest to ``query``, best first, ties by row.

        ``query`` is one unit row, shape (1, dim). Cosine, higher is nearer. ``rows`` leaves only
        those passages in.
        """
        cosines, ids = self._index.search(
            query, min(limit, len(self)), params=self._among(rows) if rows is not None else None
        )
        best: dict[int, float] = {}
        for cosine, i in zip(cosines[0], ids[0], strict=True):
            if i != _NO_NEIGHBOUR:
                best.setdefault(int(self._owners[i]), float(cosine))
        return sorted(best.items(), key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, query: Vectors, rows: Sequence[int]) -> list[float]:
        """Cosine of each passage of ``rows`` with ``query``, shape (1, dim)."""
        return [float((self.vectors_of(row) @ query[0]).max()) for row in rows]

    def vectors_of(self, row: int) -> Vectors:
        """The vectors of one passage, shape (windows, dim)."""
        first, last = np.searchsorted(self._owners, [row, row + 1])
        vectors: Vectors = self._index.reconstruct_n(int(first), int(last - first))
        return vectors

    def vectors(self, ids: NDArray[np.intp]) -> Vectors:
        """Vectors by their own numbers, in the order they were added."""
        vectors: Vectors = self._index.reconstruct_batch(ids.astype(np.int64))
        return vectors

    def _among(self, rows: Sequence[range]) -> Any:
        import faiss  # noqa: PLC0415 - see build

        edges = [np.searchsorted(self._owners, [span.start, span.stop]) for span in rows]
        ids = [i for first, last in edges for i in range(first, last)]
        parameters = faiss.SearchParameters()
        parameters.sel = faiss.IDSelectorBatch(np.array(ids, np.int64))
        return parameters
