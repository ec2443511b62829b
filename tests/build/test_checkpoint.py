from pathlib import Path

import numpy as np

from index.build.checkpoint import EmbeddingCheckpoint

KEYS = np.frombuffer(b"".join(bytes([i]) * 16 for i in range(5)), "V16")
VECTORS = np.eye(5, 3, dtype=np.float32)


def opened(path: Path, identity: str = "model") -> EmbeddingCheckpoint:
    return EmbeddingCheckpoint.open(path, identity, 3)


def test_what_was_added_is_there_after_opening_again(tmp_path: Path) -> None:
    journal = opened(tmp_path / "encoded")
    journal.append(KEYS[:2], VECTORS[:2])
    journal.append(KEYS[2:], VECTORS[2:])
    keys, vectors = opened(tmp_path / "encoded").read()
    assert (keys.tolist(), vectors.tolist()) == (KEYS.tolist(), VECTORS.tolist())


def test_vectors_of_another_encoder_are_no_use(tmp_path: Path) -> None:
    opened(tmp_path / "encoded").append(KEYS, VECTORS)
    assert len(opened(tmp_path / "encoded", "another").read()[0]) == 0
    assert len(opened(tmp_path / "encoded").read()[0]) == 0


def test_half_a_record_is_cut_off_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "encoded"
    opened(path).append(KEYS[:3], VECTORS[:3])
    path.write_bytes(path.read_bytes()[:-1])
    journal = opened(path)
    journal.append(KEYS[3:], VECTORS[3:])
    keys, vectors = opened(path).read()
    assert keys.tolist() == KEYS[[0, 1, 3, 4]].tolist()
    assert vectors.tolist() == VECTORS[[0, 1, 3, 4]].tolist()


def test_a_spoiled_record_ends_what_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "encoded"
    opened(path).append(KEYS, VECTORS)
    spoiled = bytearray(path.read_bytes())
    record = 16 + 3 * 2 + 8
    spoiled[len(spoiled) - 2 * record + 17] ^= 1  # inside the vector of the last but one
    path.write_bytes(spoiled)
    assert opened(path).read()[0].tolist() == KEYS[:3].tolist()
