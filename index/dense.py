"""Vectors of passages in FAISS: rows nearest a query vector.

A passage longer than the encoder's window has several vectors; it is as near as its nearest one.
Up to ``_FLAT`` vectors all are compared; beyond, those of the clusters nearest to the query, as
many clusters as it takes to find what comparing all finds. FAISS names candidates only: every
cosine comes from the stored vectors, so that it does not hang on the kind of index.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encode import Vectors
from index.errors import SnapshotDamaged

log = logging.getLogger(__name__)

Halves = NDArray[np.float16]
Rows = NDArray[np.int32]

_NO_NEIGHBOUR = -1  # faiss pads short result lists with it
_INDEX_FILE = "vectors.faiss"
_OWNERS_FILE = "owners.npy"
_AT_ONCE = 65_536  # vectors added to faiss at once

_FLAT = 131_072  # vectors; comparing them all takes 3 ms
_CLUSTERS_PER_ROOT = 4  # clusters for each of the square root of the vectors, as faiss advises
_TRAINED_ON = 64  # vectors a cluster
_OVERSAMPLED = 4  # candidates for each that is wanted; clustered vectors have 8 bits a number
_SCANNED = 16_384  # allowed vectors up to which all of them are compared, whatever the index

RECALL = 0.995  # of the 50 nearest, reached on `_ASKED` sentences when clusters are made
_NEAREST = 50
_ASKED = 256


class DenseIndex:
    """A FAISS index of stored ``vectors``, and ``owners``: the passage row of each, ascending."""

    def __init__(self, index: Any, vectors: Halves, owners: Rows) -> None:
        if not index.ntotal == len(vectors) == len(owners):
            raise SnapshotDamaged(
                f"{index.ntotal} indexed vectors, {len(vectors)} stored and {len(owners)} owners: "
                "wanted one each"
            )
        self._index = index
        self._vectors = vectors
        self._owners = owners

    @classmethod
    def build(
        cls, folder: Path, vectors: Halves, owners: Rows, asked: Halves | None = None
    ) -> "DenseIndex":
        """Index unit ``vectors``, shape (n, dim), of the passages ``owners`` into ``folder``.

        ``asked`` are vectors like those that will be searched for; a large index is tuned to them.
        """
        import faiss  # noqa: PLC0415 - listing articles need not load it

        index = _flat(vectors.shape[1]) if len(vectors) <= _FLAT else _clustered(vectors)
        for first in range(0, len(vectors), _AT_ONCE):
            index.add(vectors[first : first + _AT_ONCE].astype(np.float32))
        built = cls(index, vectors, owners)
        if len(vectors) > _FLAT:
            built._tune(vectors if asked is None else asked)
        faiss.write_index(index, str(folder / _INDEX_FILE))
        np.save(folder / _OWNERS_FILE, owners)
        return built

    @classmethod
    def open(cls, folder: Path, vectors: Halves) -> "DenseIndex":
        """Open what ``build`` wrote; ``vectors`` begins with those indexed.

        All of it stays on disk until it is read.
        """
        import faiss  # noqa: PLC0415 - see build

        owners = np.load(folder / _OWNERS_FILE, mmap_mode="r").view(np.ndarray)
        index = faiss.read_index(str(folder / _INDEX_FILE), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, vectors[: len(owners)], owners)

    def __len__(self) -> int:
        """How many vectors there are, at least one a passage."""
        return len(self._owners)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def nearest(
        self, query: Vectors, limit: int, rows: Rows | None = None
    ) -> list[tuple[int, float]]:
        """Passage rows nearest to ``query``, best first, ties by row.

        ``query`` is one unit row, shape (1, dim). Cosine, higher is nearer. ``rows``, ascending,
        leaves only those passages in.
        """
        ids = self._candidates(query, min(limit, len(self)), rows)
        cosines = self._exact(query, ids)
        best: dict[int, float] = {}
        for i in np.lexsort((ids, -cosines))[:limit].tolist():
            best.setdefault(int(self._owners[ids[i]]), float(cosines[i]))
        return sorted(best.items(), key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, query: Vectors, rows: list[int]) -> list[float]:
        """Cosine of each passage of ``rows`` with ``query``, shape (1, dim)."""
        return [float((self.vectors_of(row) @ query[0]).max()) for row in rows]

    def vectors_of(self, row: int) -> Vectors:
        """The vectors of one passage, shape (windows, dim)."""
        first, last = np.searchsorted(self._owners, [row, row + 1])
        return self._vectors[first:last].astype(np.float32)

    def _candidates(self, query: Vectors, limit: int, rows: Rows | None) -> NDArray[np.int64]:
        """Numbers of vectors among which the nearest are."""
        if rows is None:
            return self._searched(query, limit, None)
        passages = np.zeros(int(self._owners[-1]) + 1, np.bool_)
        passages[rows] = True
        allowed = passages[self._owners]
        if (count := int(allowed.sum())) <= _SCANNED:
            return np.flatnonzero(allowed)
        return self._searched(query, limit, self._among(allowed, len(self) / count))

    def _searched(self, query: Vectors, limit: int, parameters: Any) -> NDArray[np.int64]:
        _, ids = self._index.search(query, limit * _OVERSAMPLED, params=parameters)
        found: NDArray[np.int64] = ids[0][ids[0] != _NO_NEIGHBOUR]
        return found

    def _among(self, allowed: NDArray[np.bool_], spread: float) -> Any:
        """Search parameters; the fewer are allowed, the more clusters hold the nearest of them."""
        import faiss  # noqa: PLC0415 - see build

        bits: Any = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg] # faiss takes its length
        if len(self) <= _FLAT:
            return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        probed = min(self._index.nlist, int(self._index.nprobe * spread))
        return faiss.SearchParametersIVF(sel=selector, nprobe=probed)  # type: ignore[call-arg]

    def _exact(self, query: Vectors, ids: NDArray[np.int64]) -> Vectors:
        cosines: Vectors = self._vectors[ids].astype(np.float32) @ query[0]
        return cosines

    def _tune(self, asked: Halves) -> None:
        """Probe as few clusters as find what comparing all vectors finds."""
        queries = _sample(asked, _ASKED).astype(np.float32)
        wanted = self._nearest_of_all(queries)
        self._index.nprobe = 4
        while (found := self._recall(queries, wanted)) < RECALL:
            if self._index.nprobe >= self._index.nlist:
                break
            self._index.nprobe = min(self._index.nlist, self._index.nprobe * 5 // 4)
        log.info(
            "%d of %d clusters are searched; recall of the %d nearest is %.4f",
            *(self._index.nprobe, self._index.nlist, _NEAREST, found),
        )

    def _nearest_of_all(self, queries: Vectors) -> NDArray[np.int64]:
        import faiss  # noqa: PLC0415 - see build

        every = faiss.ResultHeap(len(queries), _NEAREST, keep_max=True)
        for first in range(0, len(self), _AT_ONCE):
            some = self._vectors[first : first + _AT_ONCE].astype(np.float32)
            cosines, ids = faiss.knn(queries, some, _NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
            every.add_result(cosines, ids + first)
        every.finalize()
        nearest: NDArray[np.int64] = every.I
        return nearest

    def _recall(self, queries: Vectors, wanted: NDArray[np.int64]) -> float:
        """Share of the ``wanted`` vectors that are among the candidates."""
        _, ids = self._index.search(queries, _NEAREST * _OVERSAMPLED)
        found = [len(np.intersect1d(*pair)) for pair in zip(ids, wanted, strict=True)]
        return sum(found) / wanted.size


def _flat(dim: int) -> Any:
    """All vectors, in the precision they are stored in."""
    import faiss  # noqa: PLC0415 - see build

    return faiss.IndexScalarQuantizer(
        dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )


def _clustered(vectors: Halves) -> Any:
    """Clusters found in a sample of ``vectors``; 8 bits a number."""
    import faiss  # noqa: PLC0415 - see build

    dim = vectors.shape[1]
    clusters = int(_CLUSTERS_PER_ROOT * np.sqrt(len(vectors)))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim), dim, clusters,
        faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT,
    )  # fmt: skip
    index.train(_sample(vectors, clusters * _TRAINED_ON).astype(np.float32))
    return index


def _sample(vectors: Halves, most: int) -> Halves:
    """At most so many of ``vectors``, spread evenly."""
    return vectors[np.linspace(0, len(vectors) - 1, min(most, len(vectors))).astype(np.intp)]
