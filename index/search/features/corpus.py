"""Measure the corpus by which weights are chosen: documentation or prose, small or large."""

import math

import numpy as np
from numpy.typing import NDArray

from index.search.passage_terms import PassageTrait
from index.search.term_matching import QueryTerms

# Logarithms of twice the number of passages: most sets that the weights were fitted on have up to
# 1,400 passages, the largest has 200,000.
SMALL_LOG_CORPUS_SIZE = 8.0
_LARGE_LOG_CORPUS_SIZE = 13.0


def documentation_share(traits: NDArray[np.uint8]) -> float:
    """Return how far passages are documentation, 0 to 1, by those with code, lists or blocks.

    It is 0 up to a quarter of them, as in prose with some lists, and 1 from a half on. ``traits``
    (m,) are theirs.
    """
    if not len(traits):
        return 0.0
    share = np.count_nonzero(traits & int(PassageTrait.HAS_BLOCKS)) / len(traits)
    return min(1.0, max(0.0, 4 * share - 1))


def corpus_growth(log_corpus_size: float) -> float:
    """Return where the size of the corpus lies between the two sizes, 0 to 1."""
    span = _LARGE_LOG_CORPUS_SIZE - SMALL_LOG_CORPUS_SIZE
    return min(1.0, max(0.0, (log_corpus_size - SMALL_LOG_CORPUS_SIZE) / span))


def rarest_known_idf(query: QueryTerms, max_idf: float) -> float:
    """Return the idf of the rarest known term relative to that of a term in a single passage."""
    known = [query.idfs[i] for term, i in query.columns.items() if term not in query.unknown_terms]
    passage_count = math.exp(max_idf) / 2 - 1  # the idf of an unknown term is log(2n + 2)
    single = math.log1p(max(0.0, passage_count - 0.5) / 1.5)
    return float(max(known, default=0.0) / single) if single else 0.0
