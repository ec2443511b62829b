import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.search.fusion import fuse, min_max_scale

scores = st.dictionaries(st.integers(0, 50), st.floats(-5, 5), max_size=30)


def test_both_scores_count_half_after_scaling() -> None:
    assert fuse({1: 0.9, 2: 0.1}, {1: 3.0, 2: 7.0}, 2) == [(1, 0.5), (2, 0.5)]


def test_cosines_count_less_with_a_lower_weight() -> None:
    assert fuse({1: 0.9, 2: 0.1}, {1: 3.0, 2: 7.0}, 2, 0.25) == [(2, 0.75), (1, 0.25)]


def test_a_row_without_a_bm25_score_keeps_its_dense_score() -> None:
    assert fuse({1: 1.0, 2: 0.0}, {2: 5.0}, 2) == [(1, 0.5), (2, 0.5)]


def test_a_row_that_is_best_in_both_comes_first() -> None:
    assert fuse({1: 0.2, 2: 0.9, 3: 0.5}, {1: 1.0, 2: 4.0}, 1) == [(2, 1.0)]


def test_no_scores_give_no_rows() -> None:
    assert fuse({}, {}, 5) == []


def test_equal_values_are_scaled_to_the_given_value() -> None:
    assert min_max_scale([1.0, 3.0, 2.0]).tolist() == [0.0, 1.0, 0.5]
    assert min_max_scale(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]
    assert min_max_scale([2.0, 2.0], if_equal=1.0).tolist() == [1.0, 1.0]


@given(scores, scores, st.integers(0, 40))
def test_each_row_comes_once_best_first(
    dense: dict[int, float], bm25: dict[int, float], limit: int
) -> None:
    fused = fuse(dense, bm25, limit)
    assert len(fused) == min(limit, len(dense.keys() | bm25.keys()))
    assert len({row for row, _ in fused}) == len(fused)
    places = {row: place for place, row in enumerate(dense | bm25)}
    assert fused == sorted(fused, key=lambda hit: (-hit[1], places[hit[0]]))
    assert all(0 <= score <= 1 for _, score in fused)
