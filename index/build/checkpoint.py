"""Vectors of a build in progress, saved batch by batch, so that an interrupted build can resume.

Each batch is a ``.npz`` file, written atomically. A damaged file, which fails the checksums of the
zip format, is ignored and encoded again.
"""

import io
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Vectors

KEY_BYTES = 16

Keys = NDArray[Any]  # content hashes of texts, dtype V16
Positions = NDArray[np.intp]


class EmbeddingCheckpoint:
    """Keys and vectors in a folder that the build removes when it is done."""

    def __init__(self, folder: Path, identity: str, dim: int) -> None:
        self._folder = folder
        self._identity = identity
        self._dim = dim
        self._batches: list[tuple[Path, Keys]] = []

    @classmethod
    def open(cls, folder: Path, identity: str, dim: int) -> Self:
        """Open the checkpoint in ``folder``; remove batches of another encoder."""
        checkpoint = cls(folder, identity, dim)
        folder.mkdir(exist_ok=True)
        for path in sorted(folder.iterdir()):
            try:
                keys, _ = checkpoint._load(path)
            except Exception:  # a damaged file fails in many ways  # noqa: BLE001
                path.unlink()
            else:
                checkpoint._batches.append((path, keys))
        return checkpoint

    @property
    def keys(self) -> Keys:
        """Keys of all vectors, shape (n,)."""
        return np.concatenate([np.zeros(0, f"V{KEY_BYTES}"), *(keys for _, keys in self._batches)])

    def read(self, positions: Positions) -> NDArray[np.float16]:
        """Read the vectors of ``keys[positions]``, shape (len(positions), dim)."""
        vectors = np.empty((len(positions), self._dim), np.float16)
        ends = np.cumsum([len(keys) for _, keys in self._batches])
        batches = np.searchsorted(ends, positions, "right")
        for batch in np.unique(batches).tolist():
            selected = np.flatnonzero(batches == batch)
            _, stored = self._load(self._batches[batch][0])
            vectors[selected] = stored[positions[selected] - (ends[batch] - len(stored))]
        return vectors

    def append(self, keys: Keys, vectors: Vectors) -> None:
        """Save vectors, shape (n, dim), in half precision; they survive a kill at once."""
        batch = io.BytesIO()
        np.savez(batch, encoder=self._identity, keys=keys, vectors=vectors.astype(np.float16))
        path = self._folder / f"{keys[0].tobytes().hex()}.npz"
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(batch.getvalue())
        temporary.replace(path)
        self._batches.append((path, keys))

    def _load(self, path: Path) -> tuple[Keys, NDArray[np.float16]]:
        """Load a batch. Raises ValueError when it was made by another encoder."""
        with path.open("rb") as file, np.load(file) as batch:
            if batch["encoder"] != self._identity:
                raise ValueError(f"{path} was encoded by {batch['encoder']}")
            return batch["keys"], batch["vectors"].reshape(-1, self._dim)
