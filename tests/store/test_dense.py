from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embed.encoder import normalize_rows
from index.errors import SnapshotDamaged
from index.store import dense as dense_module
from index.store import faiss_index
from index.store.dense import DenseIndex
from index.store.vector_file import VectorFile

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], np.float16)
CHUNK_TO_PASSAGE = np.array([0, 1, 1, 2], np.int32)  # passage 1 is long and has two chunks
CLOSE = float(np.float16(0.6))  # in half precision, as stored
QUERY = np.array([[1, 0]], np.float32)


@pytest.fixture
def dense(tmp_path: Path) -> DenseIndex:
    stored = save(tmp_path, VECTORS)
    DenseIndex.build(tmp_path, stored, CHUNK_TO_PASSAGE)
    return DenseIndex.open(tmp_path, stored)


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make indexes of a few thousand vectors count as large."""
    monkeypatch.setattr(faiss_index, "FLAT_MAX_VECTORS", 1000)
    monkeypatch.setattr(dense_module, "_MAX_SCANNED_VECTORS", 500)


def clusters(count: int, seed: int = 0) -> NDArray[np.float16]:
    """Sample unit vectors around 40 centres, which are the same for every seed."""
    centres = np.random.default_rng(7).standard_normal((40, 32))
    random = np.random.default_rng(seed)
    points = centres[random.integers(0, 40, count)] + random.standard_normal((count, 32))
    return normalize_rows(points.astype(np.float32)).astype(np.float16)


def save(folder: Path, vectors: NDArray[np.float16]) -> VectorFile:
    np.save(folder / "vectors.npy", vectors)
    return VectorFile.open(folder / "vectors.npy")


def make_faiss_index(count: int) -> Any:
    import faiss

    index = faiss.IndexFlatIP(2)
    index.add(np.eye(count, 2, dtype=np.float32))
    return index


def test_cosine_of_a_passage_is_that_of_its_nearest_chunk(dense: DenseIndex) -> None:
    hits = dense.search(QUERY, 4)
    assert [row for row, _ in hits] == [0, 1, 2]
    assert [cosine for _, cosine in hits] == pytest.approx([1.0, CLOSE, -1.0])


def test_limit_above_the_number_of_passages_returns_all(dense: DenseIndex) -> None:
    assert len(dense.search(QUERY, 100)) == 3


def test_only_allowed_rows_are_returned(dense: DenseIndex) -> None:
    assert [row for row, _ in dense.search(QUERY, 4, np.array([1, 2], np.int32))] == [1, 2]
    assert dense.search(QUERY, 4, np.zeros(0, np.int32)) == []


def test_cosines_of_rows_equal_those_of_a_search(dense: DenseIndex) -> None:
    assert dense.cosines(QUERY, [1, 0]) == pytest.approx([CLOSE, 1.0])


def test_equal_cosines_are_ordered_by_row(tmp_path: Path) -> None:
    vectors = save(tmp_path, np.array([[0, 1], [1, 0], [1, 0]], np.float16))
    dense = DenseIndex.build(tmp_path, vectors, np.arange(3, dtype=np.int32))
    assert [row for row, _ in dense.search(QUERY, 3)] == [1, 2, 0]


def test_chunks_without_a_passage_are_damage(tmp_path: Path) -> None:
    with pytest.raises(SnapshotDamaged, match="4 are stored and 1 belong to passages"):
        DenseIndex(make_faiss_index(4), save(tmp_path, VECTORS), np.zeros(1, np.int32))


@pytest.mark.usefixtures("small_limits")
def test_quantized_index_finds_nearly_all_neighbours(tmp_path: Path) -> None:
    vectors, queries = clusters(3000), clusters(100, seed=1)
    stored = save(tmp_path, np.concatenate([vectors, queries]))
    DenseIndex.build(tmp_path, stored, np.arange(3000, dtype=np.int32))
    dense = DenseIndex.open(tmp_path, stored)
    exact = queries.astype(np.float32) @ vectors.T.astype(np.float32)
    shared = [
        len({row for row, _ in dense.search(query[None], 50)} & set(np.argsort(-cosines)[:50]))
        for query, cosines in zip(queries.astype(np.float32), exact, strict=True)
    ]
    assert sum(shared) / (50 * len(queries)) >= faiss_index.MIN_RECALL - 0.005
    ((row, cosine),) = dense.search(queries[:1].astype(np.float32), 1)
    assert row == exact[0].argmax()
    assert cosine == pytest.approx(float(exact[0].max()))


@pytest.mark.parametrize("step", [20, 2])
@pytest.mark.usefixtures("small_limits")
def test_filtered_quantized_index_finds_nearest_allowed(step: int, tmp_path: Path) -> None:
    vectors, queries = clusters(3000), clusters(40, seed=2).astype(np.float32)
    dense = DenseIndex.build(tmp_path, save(tmp_path, vectors), np.arange(3000, dtype=np.int32))
    rows = np.arange(0, 3000, step, dtype=np.int32)
    exact = queries @ vectors[rows].T.astype(np.float32)
    best = [dense.search(query[None], 1, rows)[0][0] for query in queries]
    assert np.mean(np.array(best) == rows[exact.argmax(axis=1)]) >= 0.95


@pytest.mark.usefixtures("small_limits")
def test_low_recall_falls_back_to_a_flat_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    vectors = save(tmp_path, clusters(3000))
    monkeypatch.setattr(faiss_index, "OVERSAMPLING", 1)
    assert not faiss_index.is_quantized(faiss_index.build_faiss_index(vectors, 2000))
    assert "using a flat index" in caplog.text
    monkeypatch.setattr(faiss_index, "OVERSAMPLING", 8)
    assert faiss_index.is_quantized(faiss_index.build_faiss_index(vectors, 2000))
