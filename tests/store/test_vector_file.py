from pathlib import Path

import numpy as np
import pytest

from index.errors import SnapshotDamaged
from index.store.vector_file import VectorFile, to_float32

STORED = np.arange(20, dtype=np.float16).reshape(10, 2)


@pytest.fixture
def file(tmp_path: Path) -> VectorFile:
    np.save(tmp_path / "vectors.npy", STORED)
    return VectorFile.open(tmp_path / "vectors.npy")


def test_range_stops_at_the_end_of_the_file(file: VectorFile) -> None:
    assert (len(file), file.dim) == (10, 2)
    assert file.read_range(2, 4).tolist() == STORED[2:4].tolist()
    assert file.read_range(9, 99).tolist() == STORED[9:].tolist()
    assert file.read_range(10, 12).shape == file.read_range(4, 4).shape == (0, 2)


@pytest.mark.parametrize("ids", [[], [3], [3, 4, 5], [5, 4, 3], [0, 9, 1, 2, 2, 3]])
def test_vectors_are_read_in_the_order_of_ids(file: VectorFile, ids: list[int]) -> None:
    assert np.array_equal(file.read(np.array(ids, np.int64)), STORED[ids].reshape(-1, 2))


def test_another_dtype_is_damage(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", STORED.astype(np.float32))
    with pytest.raises(
        SnapshotDamaged, match=r"holds float32 of shape \(10, 2\), expected float16"
    ):
        VectorFile.open(tmp_path / "vectors.npy")


def test_every_finite_half_becomes_the_same_float32() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    expected = finite.astype(np.float32)
    assert to_float32(finite).tobytes() == expected.tobytes()  # with the sign of zero
