"""Vectors of a corpus: encode what is new, take the rest from the snapshot before, store both.

A text is known by a hash of what the encoder reads, so that a moved or repeated paragraph is
never encoded twice (promise 6).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.encode import Encoder, Progress, Vectors
from index.parts import SENTENCES_FILE, Parts

_KEYS_FILE = "keys.npy"
_KEY_BYTES = 16

Keys = NDArray[Any]  # of dtype V16
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Texts:
    """What is encoded: the windows of all passages, the row that each belongs to, all sentences."""

    windows: list[str]
    owners: NDArray[np.int32]
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class Encoded:
    """How many different texts were encoded, and how many were taken from the snapshot before."""

    new: int
    reused: int


def write_vectors(
    texts: Texts, encoder: Encoder, folder: Path, before: Path | None, progress: Progress
) -> Encoded:
    """Write vectors of ``texts`` into ``folder``; ``before`` is a snapshot by the same encoder."""
    every = texts.windows + texts.sentences
    keys = _keys(every)
    unique, first, where = np.unique(keys, return_index=True, return_inverse=True)
    vectors, known = _from_before(before, unique, encoder.spec.dim)
    new = np.flatnonzero(~known)
    vectors[new] = encoder.encode([every[first[i]] for i in new], progress)
    _save(folder, vectors[where], texts.owners, keys)
    return Encoded(len(new), len(unique) - len(new))


def _keys(texts: Sequence[str]) -> Keys:
    digests = (
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype=f"V{_KEY_BYTES}")


def _from_before(before: Path | None, keys: Keys, dim: int) -> tuple[Vectors, NDArray[np.bool_]]:
    """Vectors of ``keys`` as far as the snapshot before has them, and where it has."""
    vectors = np.zeros((len(keys), dim), np.float32)
    if before is None:
        return vectors, np.zeros(len(keys), np.bool_)
    old_keys = np.load(before / _KEYS_FILE).view(f"V{_KEY_BYTES}").reshape(-1)
    order = np.argsort(old_keys)
    place = np.searchsorted(old_keys, keys, sorter=order).clip(max=len(order) - 1)
    positions = order[place]
    known: NDArray[np.bool_] = old_keys[positions] == keys
    vectors[known] = _stored(before, positions[known])
    return vectors, known


def _stored(folder: Path, positions: Positions) -> Vectors:
    """Stored vectors by position: windows first, sentences after them."""
    parts = Parts(folder)
    vectors = np.empty((len(positions), parts.dense.dim), np.float32)
    of_window = positions < len(parts.dense)
    vectors[of_window] = parts.dense.vectors(positions[of_window])
    vectors[~of_window] = parts.sentences[positions[~of_window] - len(parts.dense)]
    return vectors


def _save(folder: Path, vectors: Vectors, owners: NDArray[np.int32], keys: Keys) -> None:
    DenseIndex.build(vectors[: len(owners)], owners).save(folder)
    np.save(folder / SENTENCES_FILE, vectors[len(owners) :].astype(np.float16))
    np.save(folder / _KEYS_FILE, keys.view(np.uint8).reshape(-1, _KEY_BYTES))
