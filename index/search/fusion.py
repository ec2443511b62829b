"""Fuse the candidates of dense and BM25 retrieval by their scores rather than by their ranks."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DENSE_WEIGHT = 0.5  # of the convex combination; see docs/quality.md


def fuse(
    dense_scores: Mapping[int, float], bm25_scores: Mapping[int, float], limit: int
) -> list[tuple[int, float]]:
    """Return rows with a convex combination of both scores, best first.

    Ties keep the order of the dense scores, then of the others. Both are scaled to 0..1 among these
    rows. A row without one of the scores gets the lowest.
    """
    rows = [*dict.fromkeys([*dense_scores, *bm25_scores])]
    dense, bm25 = _scaled_by_row(dense_scores, rows), _scaled_by_row(bm25_scores, rows)
    fused = DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * bm25
    order = np.argsort(-fused, kind="stable")[:limit]
    return [(rows[place], float(fused[place])) for place in order.tolist()]


def min_max_scale(
    values: Sequence[float] | NDArray[np.float64], *, if_equal: float = 0.0
) -> NDArray[np.float64]:
    """Scale values to 0..1; all become ``if_equal`` if they are equal."""
    array = np.asarray(values, np.float64)
    spread = np.ptp(array) if len(array) else 0.0
    return (array - array.min()) / spread if spread else np.full(len(array), if_equal)


def _scaled_by_row(scores: Mapping[int, float], rows: Sequence[int]) -> NDArray[np.float64]:
    """Scale scores to 0..1 in the order of ``rows``; others have 0."""
    values = np.fromiter(scores.values(), np.float64, len(scores))
    scaled = dict(zip(scores, min_max_scale(values, if_equal=1.0).tolist(), strict=True))
    return np.array([scaled.get(row, 0.0) for row in rows])
