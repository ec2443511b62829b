from hypothesis import given
from hypothesis import strategies as st

from index.search.fusion import fuse

scores = st.dictionaries(st.integers(0, 50), st.floats(-5, 5), max_size=30)


def test_both_scores_count_half_after_scaling() -> None:
    assert fuse({1: 0.9, 2: 0.1}, {1: 3.0, 2: 7.0}, 2) == [(1, 0.5), (2, 0.5)]


def test_a_row_that_words_did_not_find_keeps_its_nearness() -> None:
    assert fuse({1: 1.0, 2: 0.0}, {2: 5.0}, 2) == [(1, 0.5), (2, 0.5)]


def test_a_row_best_in_both_is_first() -> None:
    assert fuse({1: 0.2, 2: 0.9, 3: 0.5}, {1: 1.0, 2: 4.0}, 1) == [(2, 1.0)]


def test_nothing_found_is_nothing() -> None:
    assert fuse({}, {}, 5) == []


@given(scores, scores, st.integers(0, 40))
def test_each_row_comes_once_best_first_ties_by_row(
    dense: dict[int, float], lexical: dict[int, float], limit: int
) -> None:
    fused = fuse(dense, lexical, limit)
    assert len(fused) == min(limit, len(dense.keys() | lexical.keys()))
    assert len({row for row, _ in fused}) == len(fused)
    assert fused == sorted(fused, key=lambda hit: (-hit[1], hit[0]))
    assert all(0 <= score <= 1 for _, score in fused)
