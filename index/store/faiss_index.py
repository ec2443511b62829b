"""Choose and build the FAISS index for a number of vectors.

Up to ``FLAT_MAX_VECTORS``, a search compares the query with all vectors in half precision. Beyond,
it compares product quantization codes of 4 bits for every two dimensions, sixteen at a time in SIMD
registers, in a tenth of the time. The recall of such an index is measured when it is built; when it
is too low, the flat index is used instead.
"""

import logging
from collections.abc import Iterator
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Vectors
from index.store.vector_file import VectorFile

log = logging.getLogger(__name__)

FLAT_MAX_VECTORS = 32_768  # comparing them takes 1 ms
OVERSAMPLING = 8  # candidates for each result of a quantized index
RECALL_DEPTH = 50  # nearest neighbours that recall is measured on
MIN_RECALL = 0.99

_NO_NEIGHBOUR = -1  # FAISS pads short result lists with it
_CODE_BITS = 4  # larger codes do not fit into SIMD registers
_TRAINING_VECTORS = 16_384  # FAISS samples 4,096 of them
_TEST_QUERIES = 256
_BLOCK_VECTORS = 8_192  # read at once


def build_faiss_index(vectors: VectorFile, count: int) -> Any:
    """Index the first ``count`` of ``vectors``; those after them are queries to measure recall."""
    if count > FLAT_MAX_VECTORS:
        quantized = _quantized_index(vectors, count)
        recall = _recall(quantized, vectors, count)
        if recall >= MIN_RECALL:
            return quantized
        log.warning(
            "the quantized index has a recall of %.3f, below %.3f; using a flat index, which is "
            "slower",
            recall,
            MIN_RECALL,
        )
    half = faiss.ScalarQuantizer.QT_fp16
    flat = faiss.IndexScalarQuantizer(vectors.dim, half, faiss.METRIC_INNER_PRODUCT)
    return _add_vectors(flat, vectors, count)


def is_quantized(index: Any) -> bool:
    """Check for an index whose cosines are approximate."""
    return hasattr(index, "pq")


def stored_vectors(index: Any) -> NDArray[np.float16] | None:
    """View the vectors in the index, shape (n, dim); None if it only has codes of them."""
    if is_quantized(index):
        return None
    codes = faiss.rev_swig_ptr(index.codes.data(), index.codes.size())
    halves: NDArray[np.float16] = codes.view(np.float16).reshape(-1, index.d)
    return halves


def candidate_count(index: Any, limit: int) -> int:
    """Count the results to request so that they include the ``limit`` nearest."""
    return OVERSAMPLING * max(limit, RECALL_DEPTH) if is_quantized(index) else limit


def search(index: Any, query: Vectors, count: int) -> NDArray[np.int64]:
    """Return ids of the ``count`` nearest vectors, on one thread: a query is too little to share.

    OpenMP would wait for every other processor, which takes milliseconds on a busy machine. Its
    number of threads is a setting of each calling thread.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        _, (ids,) = index.search(query, count)
    finally:
        faiss.omp_set_num_threads(threads)
    neighbours: NDArray[np.int64] = ids[ids != _NO_NEIGHBOUR]
    return neighbours


def _quantized_index(vectors: VectorFile, count: int) -> Any:
    codes = vectors.dim // (1 if vectors.dim % 2 else 2)
    index = faiss.IndexPQFastScan(vectors.dim, codes, _CODE_BITS, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors.read(_evenly_spaced(0, count, _TRAINING_VECTORS)))
    return _add_vectors(index, vectors, count)


def _add_vectors(index: Any, vectors: VectorFile, count: int) -> Any:
    for block in _blocks(vectors, count):
        index.add(block)
    return index


def _recall(index: Any, vectors: VectorFile, count: int) -> float:
    """Measure the share of nearest neighbours among the candidates, with sentences as queries."""
    first = count if count < len(vectors) else 0
    queries = vectors.read(_evenly_spaced(first, len(vectors), _TEST_QUERIES))
    expected = _exact_nearest(queries, vectors, count)
    _, ids = index.search(queries, RECALL_DEPTH * OVERSAMPLING)
    matches = [len(np.intersect1d(*pair)) for pair in zip(ids, expected, strict=True)]
    return sum(matches) / expected.size


def _exact_nearest(queries: Vectors, vectors: VectorFile, count: int) -> NDArray[np.int64]:
    """Return ids of the nearest of ``count`` vectors, shape (queries, ``RECALL_DEPTH``)."""
    heap: Any = faiss.ResultHeap(len(queries), RECALL_DEPTH, keep_max=True)
    first = 0
    for block in _blocks(vectors, count):
        cosines, ids = faiss.knn(queries, block, RECALL_DEPTH, metric=faiss.METRIC_INNER_PRODUCT)
        heap.add_result(cosines, ids + first)
        first += len(block)
    heap.finalize()
    nearest: NDArray[np.int64] = heap.I
    return nearest


def _blocks(vectors: VectorFile, count: int) -> Iterator[Vectors]:
    for first in range(0, count, _BLOCK_VECTORS):
        yield vectors.read_range(first, min(first + _BLOCK_VECTORS, count))


def _evenly_spaced(first: int, last: int, limit: int) -> NDArray[np.intp]:
    """Pick at most ``limit`` integers from ``first`` up to, but not including, ``last``."""
    return np.linspace(first, last - 1, min(limit, last - first)).astype(np.intp)
