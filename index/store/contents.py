"""What a snapshot's folder holds besides the manifest, and how to open it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import MODEL_FILE, Encoder, OnnxEncoder, Vectors, read_spec
from index.search.verdict import VerdictModels, verdict_models_from
from index.store.bm25 import BM25Index
from index.store.corpus import Corpus
from index.store.dense import DenseIndex
from index.store.vector_file import VectorFile

ENCODER_FOLDER = "encoder"
BM25_FOLDER = "words"
VECTORS_FILE = "vectors.npy"
VERDICT_FILE = "judge.json"  # only in snapshots that were calibrated


@dataclass(frozen=True)
class SnapshotContents:
    """The parts of a snapshot, each opened when it is first needed."""

    folder: Path

    @cached_property
    def corpus(self) -> Corpus:
        """Articles, passages, sentences."""
        return Corpus.open(self.folder)

    @cached_property
    def vectors(self) -> VectorFile:
        """Vectors of passages' windows, then of sentences in the order of the corpus."""
        return VectorFile.open(self.folder / VECTORS_FILE)

    @cached_property
    def dense(self) -> DenseIndex:
        """Vectors of passages."""
        return DenseIndex.open(self.folder, self.vectors)

    @cached_property
    def words(self) -> BM25Index:
        """Words of passages."""
        return BM25Index.open(self.folder / BM25_FOLDER, self.corpus.languages)

    def sentence_cosines(self, query: Vectors, rows: Sequence[int]) -> list[NDArray[np.float32]]:
        """Cosines of the sentences of each passage of ``rows`` with ``query``, shape (1, dim)."""
        windows = len(self.dense)
        spans = [self.corpus.sentence_rows(row) for row in rows]
        ids = [np.arange(windows + span.start, windows + span.stop) for span in spans]
        return self.vectors.cosines(query, ids)

    @cached_property
    def verdict_models(self) -> VerdictModels | None:
        """The judges fitted to this corpus; None for those that ship."""
        path = self.folder / VERDICT_FILE
        return verdict_models_from(json.loads(path.read_text("utf-8"))) if path.exists() else None

    @cached_property
    def encoder(self) -> Encoder:
        """The model that made the vectors. Raises EncoderError."""
        return open_encoder(self.folder / ENCODER_FOLDER)


def open_encoder(folder: Path) -> Encoder:
    """The encoder that a snapshot carries, or names when it could not be exported."""
    if (folder / MODEL_FILE).exists():
        return OnnxEncoder.open(folder)
    from index.embed.sentence_transformers import load_by_identity  # noqa: PLC0415 - only these need torch to answer

    return load_by_identity(read_spec(folder).identity)
