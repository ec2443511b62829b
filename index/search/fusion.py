"""Fuse the candidates of dense and BM25 retrieval by their scores rather than by their ranks."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DENSE_WEIGHT = 0.5  # of the convex combination; see docs/quality.md


def fuse(
    dense_scores: Mapping[int, float], bm25_scores: Mapping[int, float], limit: int
) -> list[tuple[int, float]]:
    """Return rows with a convex combination of both scores, best first, ties by row.

    Both are scaled to 0..1 among these rows. A row without one of the scores gets the lowest.
    """
    dense, bm25 = _scale_by_row(dense_scores), _scale_by_row(bm25_scores)
    fused = {
        row: DENSE_WEIGHT * dense.get(row, 0.0) + (1 - DENSE_WEIGHT) * bm25.get(row, 0.0)
        for row in dense.keys() | bm25.keys()
    }
    return sorted(fused.items(), key=lambda hit: (-hit[1], hit[0]))[:limit]


def min_max_scale(
    values: Sequence[float] | NDArray[np.float64], *, if_equal: float = 0.0
) -> NDArray[np.float64]:
    """Scale values to 0..1; all become ``if_equal`` if they are equal."""
    array = np.asarray(values, np.float64)
    spread = np.ptp(array) if len(array) else 0.0
    return (array - array.min()) / spread if spread else np.full(len(array), if_equal)


def _scale_by_row(scores: Mapping[int, float]) -> dict[int, float]:
    scaled = min_max_scale(list(scores.values()), if_equal=1.0)
    return dict(zip(scores, scaled.tolist(), strict=True))
