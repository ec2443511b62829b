from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embed.encoder import unit
from index.errors import SnapshotDamaged
from index.store import dense as dense_room
from index.store import faiss_index as codes
from index.store.dense import DenseIndex
from index.store.vector_file import VectorFile

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], np.float16)
OWNERS = np.array([0, 1, 1, 2], np.int32)  # passage 1 is long and has two windows
CLOSE = float(np.float16(0.6))  # as it is stored
EAST = np.array([[1, 0]], np.float32)


@pytest.fixture
def dense(tmp_path: Path) -> DenseIndex:
    stored = saved(tmp_path, VECTORS)
    DenseIndex.build(tmp_path, stored, OWNERS)
    return DenseIndex.open(tmp_path, stored)


def test_a_passage_is_as_near_as_its_nearest_window(dense: DenseIndex) -> None:
    rows = dense.nearest(EAST, 4)
    assert [row for row, _ in rows] == [0, 1, 2]
    assert [cosine for _, cosine in rows] == pytest.approx([1.0, CLOSE, -1.0])


def test_asking_for_more_than_there_are_returns_all(dense: DenseIndex) -> None:
    assert len(dense.nearest(EAST, 100)) == 3


def test_only_allowed_rows_are_searched(dense: DenseIndex) -> None:
    assert [row for row, _ in dense.nearest(EAST, 4, np.array([1, 2], np.int32))] == [1, 2]
    assert dense.nearest(EAST, 4, np.zeros(0, np.int32)) == []


def test_cosines_of_given_rows_are_those_of_the_search(dense: DenseIndex) -> None:
    assert dense.cosines(EAST, [1, 0]) == pytest.approx([CLOSE, 1.0])


def test_equal_cosines_are_ordered_by_row(tmp_path: Path) -> None:
    vectors = np.array([[0, 1], [1, 0], [1, 0]], np.float16)
    twins = DenseIndex.build(tmp_path, saved(tmp_path, vectors), np.arange(3, dtype=np.int32))
    assert [row for row, _ in twins.nearest(EAST, 3)] == [1, 2, 0]


def test_vectors_without_an_owner_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotDamaged, match="4 stored and 1 owners"):
        DenseIndex(faiss_of(4), saved(tmp_path, VECTORS), np.zeros(1, np.int32))


def test_a_large_index_finds_what_comparing_all_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, asked = clouds(6000), clouds(200, seed=1)
    monkeypatch.setattr(codes, "FLAT", 1000)
    monkeypatch.setattr(dense_room, "_SCANNED", 500)
    owners = np.arange(6000, dtype=np.int32)
    stored = saved(tmp_path, np.concatenate([vectors, asked]))
    DenseIndex.build(tmp_path, stored, owners)
    large = DenseIndex.open(tmp_path, stored)
    every = asked.astype(np.float32) @ vectors.T.astype(np.float32)
    found = [
        len({row for row, _ in large.nearest(query[None], 50)} & set(np.argsort(-all_)[:50]))
        for query, all_ in zip(asked.astype(np.float32), every, strict=True)
    ]
    assert sum(found) / (50 * len(asked)) >= codes.RECALL - 0.005
    ((row, cosine),) = large.nearest(asked[:1].astype(np.float32), 1)
    assert row == every[0].argmax()
    assert cosine == pytest.approx(float(every[0].max()))


@pytest.mark.parametrize("share", [20, 2])
def test_a_filtered_large_index_finds_the_nearest_of_those_allowed(
    share: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, asked = clouds(6000), clouds(40, seed=2).astype(np.float32)
    monkeypatch.setattr(codes, "FLAT", 1000)
    monkeypatch.setattr(dense_room, "_SCANNED", 500)
    large = DenseIndex.build(tmp_path, saved(tmp_path, vectors), np.arange(6000, dtype=np.int32))
    rows = np.arange(0, 6000, share, dtype=np.int32)
    allowed = asked @ vectors[rows].T.astype(np.float32)
    best = [large.nearest(query[None], 1, rows)[0][0] for query in asked]
    assert np.mean(np.array(best) == rows[allowed.argmax(axis=1)]) >= 0.95


def clouds(count: int, seed: int = 0) -> NDArray[np.float16]:
    """Unit vectors around 40 middles, the same for every seed."""
    middles = np.random.default_rng(7).standard_normal((40, 32))
    random = np.random.default_rng(seed)
    points = middles[random.integers(0, 40, count)] + random.standard_normal((count, 32))
    return unit(points.astype(np.float32)).astype(np.float16)


def saved(folder: Path, vectors: NDArray[np.float16]) -> VectorFile:
    np.save(folder / "vectors.npy", vectors)
    return VectorFile.open(folder / "vectors.npy")


def faiss_of(count: int) -> Any:
    import faiss

    index = faiss.IndexFlatIP(2)
    index.add(np.eye(count, 2, dtype=np.float32))
    return index


def test_where_codes_do_not_find_enough_the_vectors_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(codes, "FLAT", 1000)
    monkeypatch.setattr(codes, "OVERSAMPLED", 1)
    vectors = saved(tmp_path, clouds(3000))
    assert not codes.is_quantized(codes.build_faiss_index(vectors, 2000))
    assert "all vectors are compared" in caplog.text
    monkeypatch.setattr(codes, "OVERSAMPLED", 8)
    assert codes.is_quantized(codes.build_faiss_index(vectors, 2000))
