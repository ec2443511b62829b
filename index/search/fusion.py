"""Candidates of two searches → one list, by their scores rather than by their ranks."""

from collections.abc import Mapping

DENSE_WEIGHT = 0.5  # of the convex sum; see docs/quality.md


def fuse(
    dense: Mapping[int, float], lexical: Mapping[int, float], limit: int
) -> list[tuple[int, float]]:
    """Rows with a convex sum of both scores, each scaled to 0..1 among these, best first.

    A row that one search did not find gets that search's lowest score. Ties by row.
    """
    near, worded = _scaled(dense), _scaled(lexical)
    fused = {
        row: DENSE_WEIGHT * near.get(row, 0.0) + (1 - DENSE_WEIGHT) * worded.get(row, 0.0)
        for row in dense.keys() | lexical.keys()
    }
    return sorted(fused.items(), key=lambda hit: (-hit[1], hit[0]))[:limit]


def _scaled(scores: Mapping[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    spread = high - low
    return {row: (score - low) / spread if spread else 1.0 for row, score in scores.items()}
