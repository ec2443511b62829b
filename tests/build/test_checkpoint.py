from pathlib import Path

import numpy as np
import pytest

from index.build.checkpoint import EmbeddingCheckpoint

KEYS = np.frombuffer(b"".join(bytes([i]) * 16 for i in range(5)), "V16")
VECTORS = np.eye(5, 3, dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint"


def reopen(folder: Path, identity: str = "model") -> EmbeddingCheckpoint:
    return EmbeddingCheckpoint.open(folder, identity, 3)


def contents(checkpoint: EmbeddingCheckpoint) -> dict[bytes, list[float]]:
    keys = checkpoint.keys
    vectors = checkpoint.read(np.arange(len(keys)))
    return dict(zip(keys.tolist(), vectors.tolist(), strict=True))


def expected(*positions: int) -> dict[bytes, list[float]]:
    return {KEYS[i].tobytes(): VECTORS[i].tolist() for i in positions}


def test_saved_vectors_are_there_after_reopening(folder: Path) -> None:
    checkpoint = reopen(folder)
    checkpoint.append(KEYS[:2], VECTORS[:2])
    checkpoint.append(KEYS[2:], VECTORS[2:])
    assert contents(checkpoint) == contents(reopen(folder)) == expected(0, 1, 2, 3, 4)


def test_vectors_are_read_in_the_order_of_positions(folder: Path) -> None:
    checkpoint = reopen(folder)
    checkpoint.append(KEYS[:2], VECTORS[:2])
    checkpoint.append(KEYS[2:], VECTORS[2:])
    assert checkpoint.read(np.array([4, 0, 2])).tolist() == VECTORS[[4, 0, 2]].tolist()


def test_vectors_of_another_encoder_are_discarded(folder: Path) -> None:
    reopen(folder).append(KEYS, VECTORS)
    assert contents(reopen(folder, "another")) == {}
    assert contents(reopen(folder)) == {}


def test_truncated_batch_is_ignored_and_replaced(folder: Path) -> None:
    checkpoint = reopen(folder)
    checkpoint.append(KEYS[:3], VECTORS[:3])
    (batch,) = folder.iterdir()
    checkpoint.append(KEYS[3:], VECTORS[3:])
    batch.write_bytes(batch.read_bytes()[:-1])
    checkpoint = reopen(folder)
    assert contents(checkpoint) == expected(3, 4)
    checkpoint.append(KEYS[:3], VECTORS[:3])
    assert contents(reopen(folder)) == expected(0, 1, 2, 3, 4)


def test_damage_at_any_byte_is_detected_or_harmless(folder: Path) -> None:
    reopen(folder).append(KEYS, VECTORS)
    (path,) = folder.iterdir()
    batch = path.read_bytes()
    for position in range(len(batch)):
        path.write_bytes(batch[:position] + bytes([batch[position] ^ 1]) + batch[position + 1 :])
        assert contents(reopen(folder)) in ({}, expected(0, 1, 2, 3, 4))


def test_temporary_file_of_a_killed_build_is_ignored(folder: Path) -> None:
    reopen(folder).append(KEYS[:2], VECTORS[:2])
    (folder / "half.tmp").write_bytes(b"PK")
    assert contents(reopen(folder)) == expected(0, 1)
    assert len(list(folder.iterdir())) == 1
