"""Dense index: passages whose vectors are nearest to a query's.

A passage that is longer than the encoder's limit has a vector per chunk; its cosine is the highest
of these. FAISS only names candidates: every cosine is computed from the stored vectors, so that it
does not depend on the kind of FAISS index.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Vectors
from index.errors import SnapshotDamaged
from index.store import faiss_index
from index.store.vector_file import CHUNKS_FILE, VectorFile, ranged_ids, to_float32

Rows = NDArray[np.int32]  # of passages
VectorIds = NDArray[np.int64]

_INDEX_FILE = "vectors.faiss"
_MAX_SCANNED_VECTORS = 16_384  # with a filter, up to this many are compared without FAISS
_DEPTH_FACTOR = 2  # search deeper than filtered vectors need if they were evenly distributed


class DenseIndex:
    """A FAISS index of the chunks, the first of ``vectors``, and the passage row of each."""

    def __init__(self, index: Any, vectors: VectorFile, chunk_to_passage: Rows) -> None:
        if not index.ntotal == len(chunk_to_passage) <= len(vectors):
            raise SnapshotDamaged(
                f"the index has {index.ntotal} vectors, but {len(vectors)} are stored and "
                f"{len(chunk_to_passage)} belong to passages; run `quoth build` to rebuild it"
            )
        self._index = index
        self._vectors = vectors
        self._chunk_to_passage = chunk_to_passage
        self._in_memory = faiss_index.stored_vectors(index) if len(chunk_to_passage) else None

    @classmethod
    def build(cls, folder: Path, vectors: VectorFile, chunk_to_passage: Rows) -> Self:
        """Index the chunks, the first of ``vectors``, into ``folder``.

        ``chunk_to_passage`` is the passage row of each chunk, ascending. The vectors after the
        chunks, those of sentences, serve as queries to test a large index.
        Raises OSError.
        """
        index = faiss_index.build_faiss_index(vectors, len(chunk_to_passage))
        try:
            faiss.write_index(index, str(folder / _INDEX_FILE))
        except RuntimeError as error:  # how FAISS reports a full disk
            raise OSError(str(error).splitlines()[0]) from error
        np.save(folder / CHUNKS_FILE, chunk_to_passage)
        return cls(index, vectors, chunk_to_passage)

    @classmethod
    def open(cls, folder: Path, vectors: VectorFile) -> Self:
        """Open an index that ``build`` wrote; it is memory-mapped."""
        chunk_to_passage = np.load(folder / CHUNKS_FILE, mmap_mode="r").view(np.ndarray)
        index = faiss.read_index(str(folder / _INDEX_FILE), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, vectors, chunk_to_passage)

    def __len__(self) -> int:
        """Count the chunks, at least one per passage."""
        return len(self._chunk_to_passage)

    def search(
        self, query: Vectors, limit: int, rows: Rows | None = None
    ) -> list[tuple[int, float]]:
        """Return passage rows nearest to ``query`` and their cosines, best first, ties by row.

        ``query`` is one unit row, shape (1, dim). ``rows`` restricts the search to these passages.
        """
        ids = self._candidates(query, min(limit, len(self)), rows)
        cosines = self._read(ids) @ query[0]
        order = np.lexsort((ids, -cosines))[:limit]
        best: dict[int, float] = {}
        nearest = self._chunk_to_passage[ids[order]].tolist()
        for row, cosine in zip(nearest, cosines[order].tolist(), strict=True):
            best.setdefault(row, cosine)
        return list(best.items())  # by cosine and row: ids of vectors ascend with the rows

    def _read(self, ids: VectorIds) -> Vectors:
        """Read vectors by id: from the index, which every search goes through, or else the file."""
        if self._in_memory is None:
            return self._vectors.read(ids)
        return to_float32(self._in_memory[ids])

    def cosines(self, query: Vectors, rows: Sequence[int]) -> list[float]:
        """Compute the cosine of each passage of ``rows`` with ``query``, shape (1, dim)."""
        if not rows:
            return []
        keys = np.asarray(rows, np.int32)  # with another dtype, NumPy would copy the whole array
        firsts = self._chunk_to_passage.searchsorted(keys)
        lasts = self._chunk_to_passage.searchsorted(keys, "right")
        cosines = self._read(ranged_ids(firsts, lasts)) @ query[0]
        starts = np.cumsum(lasts - firsts) - (lasts - firsts)
        best: list[float] = np.maximum.reduceat(cosines, starts).tolist()
        return best

    def _candidates(self, query: Vectors, limit: int, rows: Rows | None) -> VectorIds:
        """Return ids of vectors that include the ``limit`` nearest."""
        count = min(len(self), faiss_index.candidate_count(self._index, limit))
        if rows is None:
            return faiss_index.search(self._index, query, count)
        allowed_passages = np.zeros(int(self._chunk_to_passage[-1]) + 1, np.bool_)
        allowed_passages[rows] = True
        allowed = allowed_passages[self._chunk_to_passage]
        allowed_count = int(np.count_nonzero(allowed))
        if allowed_count <= _MAX_SCANNED_VECTORS:
            return np.flatnonzero(allowed)
        return self._search_allowed(query, count, allowed, count * len(self) // allowed_count)

    def _search_allowed(
        self, query: Vectors, count: int, allowed: NDArray[np.bool_], depth: int
    ) -> VectorIds:
        """Search deeper until ``count`` results are allowed; PQ indexes cannot filter."""
        while True:
            depth = min(len(self), _DEPTH_FACTOR * depth)
            ids = faiss_index.search(self._index, query, depth)
            ids = ids[allowed[ids]]
            if len(ids) >= count or depth == len(self):
                return ids[:count]
