"""Fuse the candidates of dense and BM25 retrieval by their scores rather than by their ranks."""

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

DENSE_WEIGHT = 0.5  # of the convex combination; see docs/measurements/prose.md
UNSUPPORTED_DENSE_WEIGHT = 0.25  # in a language that the encoder does not know


def fuse(
    dense_scores: Mapping[int, float],
    bm25_scores: Mapping[int, float],
    limit: int,
    dense_weight: float = DENSE_WEIGHT,
) -> list[tuple[int, float]]:
    """Return rows with a convex combination of both scores, best first.

    Ties keep the order of the dense scores, then of the others. Both are scaled to 0..1 among these
    rows. A row without one of the scores gets the lowest.
    """
    rows = [*dict.fromkeys(chain(dense_scores, bm25_scores))]
    places = {row: place for place, row in enumerate(rows)}
    fused = np.zeros(len(rows))
    for scores, weight in ((dense_scores, dense_weight), (bm25_scores, 1 - dense_weight)):
        values = np.fromiter(scores.values(), np.float64, len(scores))
        fused[[places[row] for row in scores]] += weight * min_max_scale(values, if_equal=1.0)
    order = np.argsort(-fused, kind="stable")[:limit]
    best = zip(order.tolist(), fused[order].tolist(), strict=True)
    return [(rows[place], score) for place, score in best]


def min_max_scale(
    values: Sequence[float] | NDArray[np.float64], *, if_equal: float = 0.0
) -> NDArray[np.float64]:
    """Scale values to 0..1; all become ``if_equal`` if they are equal."""
    array = np.asarray(values, np.float64)
    if not len(array):
        return array
    lowest = array.min()
    spread = array.max() - lowest
    return (array - lowest) / spread if spread else np.full(len(array), if_equal)
