"""Which FAISS index for how many vectors, and how well it must find.

Up to ``FLAT`` vectors all are compared in the precision they are stored in. Beyond, all are
compared by codes of 4 bits for every two numbers, sixteen at a time inside the processor's
registers: a tenth of the time. Whether that finds what comparing the vectors themselves finds is
measured whenever such an index is made; where it does not, they are compared themselves.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Vectors
from index.store.vector_file import VectorFile

log = logging.getLogger(__name__)

FLAT = 32_768  # vectors; comparing them takes 1 ms
OVERSAMPLED = 8  # candidates for each of ``NEAREST``, where codes decide who is one
NEAREST = 50
RECALL = 0.99  # of the nearest that must be among the candidates

_BITS = 4  # a code; more do not fit into registers
_TRAINED_ON = 65_536  # vectors
_ASKED = 256
_AT_ONCE = 65_536  # vectors added at once


def build_faiss_index(vectors: VectorFile, count: int) -> Any:
    """A FAISS index of the first ``count`` of ``vectors``; those after them put it to the test."""
    if count > FLAT:
        coded = _filled(_coded(vectors, count), vectors, count)
        if (found := _recall(coded, vectors, count)) >= RECALL:
            return coded
        log.warning(
            "codes find %.3f of the nearest vectors, wanted %.3f: all vectors are compared",
            *(found, RECALL),
        )
    return _filled(_flat(vectors.dim), vectors, count)


def is_quantized(index: Any) -> bool:
    """Whether its cosines are those of codes, which only name candidates."""
    return hasattr(index, "pq")


def single_threaded(search: Callable[..., Any], *values: Any) -> Any:
    """Search on this thread only, for one question is too little to share.

    OpenMP would wait for every other processor, milliseconds where others work on them; and how
    many threads it takes is a setting of each thread.
    """
    import faiss  # noqa: PLC0415 - see _flat

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        return search(*values)
    finally:
        faiss.omp_set_num_threads(before)


def _flat(dim: int) -> Any:
    import faiss  # noqa: PLC0415 - listing articles need not load it

    half = faiss.ScalarQuantizer.QT_fp16
    return faiss.IndexScalarQuantizer(dim, half, faiss.METRIC_INNER_PRODUCT)


def _coded(vectors: VectorFile, count: int) -> Any:
    import faiss  # noqa: PLC0415 - see _flat

    codes = vectors.dim // (1 if vectors.dim % 2 else 2)
    index = faiss.IndexPQFastScan(vectors.dim, codes, _BITS, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors.at(_spread(0, count, _TRAINED_ON)))
    return index


def _filled(index: Any, vectors: VectorFile, count: int) -> Any:
    for some in _pieces(vectors, count):
        index.add(some)
    return index


def _recall(index: Any, vectors: VectorFile, count: int) -> float:
    """Share of the nearest that are among the candidates, asked for with vectors of sentences."""
    queries = vectors.at(_spread(count if count < len(vectors) else 0, len(vectors), _ASKED))
    wanted = nearest(queries, vectors, count)
    _, ids = index.search(queries, NEAREST * OVERSAMPLED)
    found = [len(np.intersect1d(*pair)) for pair in zip(ids, wanted, strict=True)]
    return sum(found) / wanted.size


def nearest(queries: Vectors, vectors: VectorFile, count: int) -> NDArray[np.int64]:
    """The nearest of the first ``count`` of ``vectors`` to each query, shape (queries, 50)."""
    import faiss  # noqa: PLC0415 - see _flat

    heap: Any = faiss.ResultHeap(len(queries), NEAREST, keep_max=True)
    first = 0
    for some in _pieces(vectors, count):
        cosines, ids = faiss.knn(queries, some, NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
        heap.add_result(cosines, ids + first)
        first += len(some)
    heap.finalize()
    found: NDArray[np.int64] = heap.I
    return found


def _pieces(vectors: VectorFile, count: int) -> Iterator[Vectors]:
    for first in range(0, count, _AT_ONCE):
        yield vectors.span(first, min(first + _AT_ONCE, count))


def _spread(first: int, last: int, most: int) -> NDArray[np.intp]:
    """At most so many numbers from ``first`` on, before ``last``, evenly apart."""
    return np.linspace(first, last - 1, min(most, last - first)).astype(np.intp)
