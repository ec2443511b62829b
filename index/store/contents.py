"""Files in a snapshot's folder besides the manifest, and how to open them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Encoder, Vectors, read_spec
from index.embed.onnx import MODEL_FILE, OnnxEncoder
from index.search.verdict import VerdictModels, read_verdict_models
from index.store.bm25 import BM25Index
from index.store.corpus import Corpus
from index.store.term_file import TermFile
from index.store.vector_file import VectorFile

if TYPE_CHECKING:
    from index.store.dense import DenseIndex

ENCODER_FOLDER = "encoder"
BM25_FOLDER = "bm25"
VECTORS_FILE = "vectors.npy"
VERDICT_FILE = "verdict.json"  # only in snapshots that were calibrated


@dataclass(frozen=True)
class SnapshotContents:
    """The contents of a snapshot's folder, each opened when it is first used."""

    folder: Path

    @cached_property
    def corpus(self) -> Corpus:
        """Articles, passages and sentences."""
        return Corpus.open(self.folder)

    @cached_property
    def vectors(self) -> VectorFile:
        """Vectors of the passages' chunks, then of the sentences, in the order of the corpus."""
        return VectorFile.open(self.folder / VECTORS_FILE)

    @cached_property
    def dense(self) -> "DenseIndex":
        """Nearest-neighbour index of the passages' chunks."""
        from index.store.dense import DenseIndex  # noqa: PLC0415 - loads faiss to search only

        return DenseIndex.open(self.folder, self.vectors)

    @cached_property
    def bm25(self) -> BM25Index:
        """BM25 index of the passages.

        In a language that the encoder does not know, related terms match, too.
        """
        languages, known = self.terms.languages, read_spec(self.folder / ENCODER_FOLDER).languages
        related = self.terms.vocabulary.related_to
        unknown = [each for each in languages if known and each not in known]
        relate = {each: partial(related, language=each) for each in unknown}
        return BM25Index.open(self.folder / BM25_FOLDER, languages, relate)

    @cached_property
    def terms(self) -> TermFile:
        """Terms of the passages, which ranking compares with a question's."""
        return TermFile(self.folder)

    def sentence_cosines(self, query: Vectors, rows: Sequence[int]) -> NDArray[np.float32]:
        """Compute cosines of ``query``, shape (1, dim), with all sentences of the passages."""
        firsts, lasts = self.corpus.sentence_ranges(rows)
        chunk_count = len(self.dense)
        return self.vectors.cosines(query, firsts + chunk_count, lasts + chunk_count)

    @cached_property
    def verdict_models(self) -> VerdictModels | None:
        """Verdict models fitted to this corpus; None to use the packaged ones."""
        path = self.folder / VERDICT_FILE
        return read_verdict_models(path) if path.exists() else None

    @cached_property
    def encoder(self) -> Encoder:
        """Model that made the vectors. Raises EncoderError."""
        return open_encoder(self.folder / ENCODER_FOLDER)


def open_encoder(folder: Path) -> Encoder:
    """Open a snapshot's encoder, or load the model that could not be exported by its name."""
    if (folder / MODEL_FILE).exists():
        return OnnxEncoder.open(folder)
    from index.embed.sentence_transformers import load_by_identity  # noqa: PLC0415 - rarely needed

    return load_by_identity(read_spec(folder).identity)
