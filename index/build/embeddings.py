"""Compute the vectors of a corpus: encode new texts, reuse the vectors of known ones.

A text is identified by a hash of the encoder's input, so a moved or repeated paragraph is not
encoded again. Vectors are stored in half precision, chunks of passages first and sentences after
them; every cosine that the ranker uses is computed from these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.build.article_columns import ArticleColumns
from index.build.checkpoint import KEY_BYTES, EmbeddingCheckpoint, Keys, Positions
from index.build.vector_keys import KEYS_FILE
from index.embed.encoder import Encoder
from index.store.contents import VECTORS_FILE, SnapshotContents
from index.store.vector_file import check_unit_length
from index.types import OnProgress

_BATCH_TEXTS = 512  # encoded between two checkpoints
_BLOCK_VECTORS = 8_192  # copied at once


class TextsToEncode:
    """The texts of articles, chunks of all passages first and sentences after them."""

    def __init__(self, articles: Sequence[ArticleColumns]) -> None:
        self._articles = articles
        vectors = [article.vectors for article in articles]
        self.keys: Keys = np.concatenate(
            [*(each.chunks for each in vectors), *(each.sentences for each in vectors)]
        )
        counts = np.concatenate([each.chunk_counts for each in vectors])
        self.chunk_to_passage = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self._ends = np.cumsum(
            [*(len(each.chunks) for each in vectors), *(len(each.sentences) for each in vectors)]
        )

    def read(self, positions: Positions) -> list[str]:
        """Return texts that belong to articles built now, by their ascending positions."""
        parts = np.searchsorted(self._ends, positions, "right")
        texts: list[str] = []
        for part in np.unique(parts).tolist():
            first = self._ends[part - 1] if part else 0
            own = self._texts(part)
            texts += [own[position - first] for position in positions[parts == part].tolist()]
        return texts

    def _texts(self, part: int) -> Sequence[str]:
        is_sentences, article = divmod(part, len(self._articles))
        own = self._articles[article]
        return own.sentences() if is_sentences else own.chunk_texts()


@dataclass(frozen=True, slots=True)
class EncodingReport:
    """Distinct texts that were encoded, vectors that were reused, and the encoder's engine."""

    new: int
    reused: int
    engine: str = ""


class _SnapshotVectors:
    """Vectors of a snapshot, with the attributes of ``EmbeddingCheckpoint`` for reading."""

    def __init__(self, folder: Path) -> None:
        self.keys: Keys = np.load(folder / KEYS_FILE).view(f"V{KEY_BYTES}").reshape(-1)
        self.read = SnapshotContents(folder).vectors.read_halves


_VectorSources = Sequence[_SnapshotVectors | EmbeddingCheckpoint]


def write_vectors(
    texts: TextsToEncode,
    encoder: Encoder,
    folder: Path,
    previous: Path | None,
    checkpoint: EmbeddingCheckpoint,
    on_progress: OnProgress,
) -> EncodingReport:
    """Write the vectors of ``texts`` and their index into ``folder``.

    ``previous`` is a snapshot by the same encoder; ``checkpoint`` holds the vectors of an
    interrupted build, and receives those that are encoded now.
    """
    from index.store.dense import DenseIndex  # noqa: PLC0415 - loads faiss, after torch

    keys = texts.keys
    unique, first, text_to_key = np.unique(keys, return_index=True, return_inverse=True)
    sources = (checkpoint,) if previous is None else (_SnapshotVectors(previous), checkpoint)
    known, _ = _locate(unique, sources)
    new = np.flatnonzero(known < 0)
    new = new[np.argsort(first[new])]  # in the order of the texts, so that reading is sequential
    if len(new):
        on_progress(0, len(new))  # the first batch takes seconds
    for start in range(0, len(new), _BATCH_TEXTS):
        batch = new[start : start + _BATCH_TEXTS]
        vectors = encoder.encode(texts.read(first[batch]))
        check_unit_length(vectors)
        checkpoint.append(unique[batch], vectors)
        on_progress(start + len(batch), len(new))
    _copy_vectors(folder / VECTORS_FILE, unique, text_to_key, sources, encoder.spec.dim)
    np.save(folder / KEYS_FILE, keys.view(np.uint8).reshape(-1, KEY_BYTES))
    DenseIndex.build(folder, SnapshotContents(folder).vectors, texts.chunk_to_passage)
    return EncodingReport(len(new), len(unique) - len(new), encoder.engine if len(new) else "")


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
