"""Identify the texts that have a vector each: chunks of passages, and sentences."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build.checkpoint import KEY_BYTES, Keys
from index.store.vector_file import CHUNKS_FILE

KEYS_FILE = "vector_keys.npy"


@dataclass(frozen=True, slots=True)
class VectorKeys:
    """Keys of an article's chunks and sentences; ``chunk_counts`` are those of each passage."""

    chunk_counts: NDArray[np.integer[Any]]
    chunks: Keys
    sentences: Keys


class StoredKeys:
    """Keys of the vectors of a snapshot."""

    def __init__(self, folder: Path) -> None:
        stored = np.load(folder / KEYS_FILE, mmap_mode="r").view(np.ndarray)
        self._keys: Keys = stored.view(f"V{KEY_BYTES}").reshape(-1)
        self._chunk_to_passage = np.load(folder / CHUNKS_FILE)

    def columns(self, rows: range, sentences: slice) -> VectorKeys:
        """Read the keys of passages, and those of their sentences."""
        first, last = np.searchsorted(self._chunk_to_passage, [rows.start, rows.stop]).tolist()
        chunk_count = len(self._chunk_to_passage)
        return VectorKeys(
            np.bincount(self._chunk_to_passage[first:last] - rows.start, minlength=len(rows)),
            self._keys[first:last],
            self._keys[chunk_count + sentences.start : chunk_count + sentences.stop],
        )


def text_keys(texts: Sequence[str]) -> Keys:
    """Hash texts."""
    digests = (
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype=f"V{KEY_BYTES}")
