"""Verify a collection by questions whose best scores are known."""

import numpy as np
import pytest

from index.cluster.writing.probes import _shortfall

EXPECTED = np.array([[0.9, 0.8, 0.7, 0.6]])


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        ([0.9, 0.8, 0.7, 0.6], 0),
        ([0.6, 0.9, 0.7004, 0.8], 0),  # in any order, and rounded otherwise
        ([0.8, 0.7, 0.6, 0.5], 1),  # the best is lost, and the ranks of the others move up
        ([0.9, 0.8, 0.7, 0.5], 1),
        ([0.9, 0.9, 0.8, 0.7], 1),  # a score that was never written
        ([0.9], 3),
        ([], 4),
    ],
)
def test_a_lost_neighbour_counts_once(found: list[float], missed: int) -> None:
    assert _shortfall([found], EXPECTED) == missed


def test_equal_scores_are_matched_one_by_one() -> None:
    assert _shortfall([[0.9, 0.9, 0.8]], np.array([[0.9, 0.9, 0.9]])) == 1


def test_places_without_a_row_are_not_expected() -> None:
    assert _shortfall([[0.9]], np.array([[0.9, -np.inf]])) == 0
