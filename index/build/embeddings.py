"""Compute the vectors of a corpus: encode new texts, reuse the vectors of known ones.

A text is identified by a hash of the encoder's input, so a moved or repeated paragraph is not
encoded again (promise 6). Vectors are stored in half precision, chunks of passages first and
sentences after them; every cosine that the ranker uses is computed from these.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.build.checkpoint import KEY_BYTES, EmbeddingCheckpoint, Keys, Positions
from index.embed.encoder import Encoder, ProgressCallback
from index.store.contents import VECTORS_FILE, SnapshotContents

_KEYS_FILE = "vector_keys.npy"
_BATCH_TEXTS = 512  # encoded between two checkpoints
_BLOCK_VECTORS = 65_536  # copied at once


@dataclass(frozen=True, slots=True)
class TextsToEncode:
    """Chunks of all passages, the passage row of each chunk, and all sentences."""

    chunks: list[str]
    chunk_to_passage: NDArray[np.int32]
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class EncodingReport:
    """Distinct texts that were encoded, vectors that were reused, and the encoder's engine."""

    new: int
    reused: int
    engine: str = ""


class _SnapshotVectors:
    """Vectors of a snapshot, with the attributes of ``EmbeddingCheckpoint`` for reading."""

    def __init__(self, folder: Path) -> None:
        self.keys: Keys = np.load(folder / _KEYS_FILE).view(f"V{KEY_BYTES}").reshape(-1)
        self.read = SnapshotContents(folder).vectors.read


_VectorSources = Sequence[_SnapshotVectors | EmbeddingCheckpoint]


def write_vectors(
    texts: TextsToEncode,
    encoder: Encoder,
    folder: Path,
    previous: Path | None,
    checkpoint: EmbeddingCheckpoint,
    on_progress: ProgressCallback,
) -> EncodingReport:
    """Write the vectors of ``texts`` and their index into ``folder``.

    ``previous`` is a snapshot by the same encoder; ``checkpoint`` holds the vectors of an
    interrupted build, and receives those that are encoded now.
    """
    from index.store.dense import DenseIndex  # noqa: PLC0415 - loads faiss, after torch

    all_texts = texts.chunks + texts.sentences
    keys = _text_keys(all_texts)
    unique, first, text_to_key = np.unique(keys, return_index=True, return_inverse=True)
    sources = (checkpoint,) if previous is None else (_SnapshotVectors(previous), checkpoint)
    known, _ = _locate(unique, sources)
    new = np.flatnonzero(known < 0)
    new = new[np.argsort(first[new])]  # in the order of the texts, so that reading is sequential
    if len(new):
        on_progress(0, len(new))  # the first batch takes seconds
    for start in range(0, len(new), _BATCH_TEXTS):
        batch = new[start : start + _BATCH_TEXTS]
        vectors = encoder.encode([all_texts[i] for i in first[batch]])
        checkpoint.append(unique[batch], vectors)
        on_progress(start + len(batch), len(new))
    _copy_vectors(folder / VECTORS_FILE, unique, text_to_key, sources, encoder.spec.dim)
    np.save(folder / _KEYS_FILE, keys.view(np.uint8).reshape(-1, KEY_BYTES))
    DenseIndex.build(folder, SnapshotContents(folder).vectors, texts.chunk_to_passage)
    return EncodingReport(len(new), len(unique) - len(new), encoder.engine if len(new) else "")


def _text_keys(texts: Sequence[str]) -> Keys:
    digests = (
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype=f"V{KEY_BYTES}")


def _locate(keys: Keys, sources: _VectorSources) -> tuple[Positions, Positions]:
    """Find the source of each key's vector, -1 for none, and the position in it."""
    source_numbers = np.full(len(keys), -1, np.intp)
    positions = np.zeros(len(keys), np.intp)
    for number, source in enumerate(sources):
        if not len(stored := source.keys):
            continue
        order = np.argsort(stored)
        insertion = np.searchsorted(stored, keys, sorter=order)
        nearest = order[insertion.clip(max=len(order) - 1)]
        present = stored[nearest] == keys
        source_numbers[present], positions[present] = number, nearest[present]
    return source_numbers, positions


def _copy_vectors(
    path: Path, keys: Keys, text_to_key: Positions, sources: _VectorSources, dim: int
) -> None:
    """Write the vector of each text, in the order of the texts, as a ``.npy`` file."""
    source_numbers, positions = _locate(keys, sources)
    header = {"descr": "<f2", "fortran_order": False, "shape": (len(text_to_key), dim)}
    with path.open("wb") as file:  # with a memory map, a full disk would kill the process
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(text_to_key), _BLOCK_VECTORS):
            block = text_to_key[start : start + _BLOCK_VECTORS]
            vectors = np.empty((len(block), dim), "<f2")
            for number, source in enumerate(sources):
                selected = np.flatnonzero(source_numbers[block] == number)
                vectors[selected] = source.read(positions[block[selected]])
            file.write(vectors.tobytes())
