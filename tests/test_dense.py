from pathlib import Path

import numpy as np
import pytest

from index.dense import DenseIndex
from index.errors import SnapshotDamaged

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], np.float32)
OWNERS = np.array([0, 1, 1, 2], np.int32)  # passage 1 is long and has two windows
EAST = np.array([[1, 0]], np.float32)


@pytest.fixture
def dense(tmp_path: Path) -> DenseIndex:
    DenseIndex.build(VECTORS, OWNERS).save(tmp_path)
    return DenseIndex.open(tmp_path)


def test_a_passage_is_as_near_as_its_nearest_window(dense: DenseIndex) -> None:
    rows = dense.nearest(EAST, 4)
    assert [row for row, _ in rows] == [0, 1, 2]
    assert [cosine for _, cosine in rows] == pytest.approx([1.0, 0.6, -1.0])


def test_asking_for_more_than_there_are_returns_all(dense: DenseIndex) -> None:
    assert len(dense.nearest(EAST, 100)) == 3


def test_only_allowed_rows_are_searched(dense: DenseIndex) -> None:
    assert [row for row, _ in dense.nearest(EAST, 4, [range(1, 3)])] == [1, 2]
    assert dense.nearest(EAST, 4, []) == []


def test_cosines_of_given_rows_are_those_of_the_search(dense: DenseIndex) -> None:
    assert dense.cosines(EAST, [1, 0]) == pytest.approx([0.6, 1.0])


def test_equal_cosines_are_ordered_by_row() -> None:
    twins = DenseIndex.build(
        np.array([[0, 1], [1, 0], [1, 0]], np.float32), np.arange(3, dtype=np.int32)
    )
    assert [row for row, _ in twins.nearest(EAST, 3)] == [1, 2, 0]


def test_vectors_without_an_owner_are_refused() -> None:
    with pytest.raises(SnapshotDamaged, match="4 vectors have 1 owners"):
        DenseIndex.build(VECTORS, np.zeros(1, np.int32))
