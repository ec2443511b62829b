"""Which FAISS index for how many vectors, and how well a clustered one must find.

Up to ``FLAT`` vectors all are compared, in the precision they are stored in. Beyond, only those
of the clusters nearest to a query, in 8 bits a number, and as many clusters as it takes to find
what comparing all would find: that is measured whenever such an index is made.
"""

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encode import Vectors
from index.vectorfile import VectorFile

log = logging.getLogger(__name__)

FLAT = 131_072  # vectors; comparing them all takes 3 ms
OVERSAMPLED = 4  # candidates for each that is wanted, where 8 bits decide who is one
RECALL = 0.995  # of the nearest, on vectors that are asked with while a clustered index is made

_CLUSTERS_PER_ROOT = 4  # clusters for each of the square root of the vectors, as FAISS advises
_TRAINED_ON = 64  # vectors a cluster
_NEAREST = 50
_ASKED = 256
_FEWEST_PROBED = 4
_AT_ONCE = 65_536  # vectors added at once


def make(vectors: VectorFile, count: int) -> Any:
    """A FAISS index of the first ``count`` of ``vectors``; those after them tune it."""
    index = _flat(vectors.dim) if count <= FLAT else _clustered(vectors, count)
    for some in _pieces(vectors, count):
        index.add(some)
    if count > FLAT:
        _tune(index, vectors, count)
    return index


def _flat(dim: int) -> Any:
    import faiss  # noqa: PLC0415 - listing articles need not load it

    half = faiss.ScalarQuantizer.QT_fp16
    return faiss.IndexScalarQuantizer(dim, half, faiss.METRIC_INNER_PRODUCT)


def _clustered(vectors: VectorFile, count: int) -> Any:
    import faiss  # noqa: PLC0415 - see _flat

    clusters = int(_CLUSTERS_PER_ROOT * np.sqrt(count))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(vectors.dim), vectors.dim, clusters,
        faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT,
    )  # fmt: skip
    index.train(vectors.at(_spread(0, count, clusters * _TRAINED_ON)))
    return index


def _tune(index: Any, vectors: VectorFile, count: int) -> None:
    """Probe as few clusters as find enough of the nearest."""
    queries = vectors.at(_spread(count if count < len(vectors) else 0, len(vectors), _ASKED))
    wanted = _nearest(queries, vectors, count)
    index.nprobe = _FEWEST_PROBED
    while (found := _recall(index, queries, wanted)) < RECALL and index.nprobe < index.nlist:
        index.nprobe = min(index.nlist, index.nprobe * 5 // 4)
    log.info(
        "%d of %d clusters are searched: of the %d nearest, a share of %.4f is found",
        *(index.nprobe, index.nlist, _NEAREST, found),
    )


def _nearest(queries: Vectors, vectors: VectorFile, count: int) -> NDArray[np.int64]:
    """The nearest of all to each query, shape (queries, 50)."""
    import faiss  # noqa: PLC0415 - see _flat

    heap: Any = faiss.ResultHeap(len(queries), _NEAREST, keep_max=True)
    first = 0
    for some in _pieces(vectors, count):
        cosines, ids = faiss.knn(queries, some, _NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
        heap.add_result(cosines, ids + first)
        first += len(some)
    heap.finalize()
    nearest: NDArray[np.int64] = heap.I
    return nearest


def _recall(index: Any, queries: Vectors, wanted: NDArray[np.int64]) -> float:
    """Share of the ``wanted`` that are among the candidates."""
    _, ids = index.search(queries, _NEAREST * OVERSAMPLED)
    found = [len(np.intersect1d(*pair)) for pair in zip(ids, wanted, strict=True)]
    return sum(found) / wanted.size


def _pieces(vectors: VectorFile, count: int) -> Iterator[Vectors]:
    for first in range(0, count, _AT_ONCE):
        yield vectors.span(first, min(first + _AT_ONCE, count))


def _spread(first: int, last: int, most: int) -> NDArray[np.intp]:
    """At most so many numbers from ``first`` on, before ``last``, evenly apart."""
    return np.linspace(first, last - 1, min(most, last - first)).astype(np.intp)
