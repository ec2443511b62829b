"""Retrieved passages, as ranking sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.search.term_table import TermTable


class PassageTexts(Protocol):
    """Reads texts of passages by row, for the few questions and passages that need them."""

    def passage_text(self, row: int) -> str:
        """Read the text of a passage."""

    def sentence_texts(self, row: int) -> Sequence[str]:
        """Read the sentences of a passage."""

    def heading(self, row: int) -> str:
        """Read the titles above a passage."""


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A row and its scores; ``bm25`` is 0.0 if BM25 did not retrieve it."""

    row: int
    cosine: float
    bm25: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """Retrieved passages, m with n sentences, in ascending order of ``rows``.

    ``cosines`` (m,) are those of each passage's nearest chunk with the question, ``bm25`` (m,) is
    0.0 for a passage that BM25 did not retrieve, and ``sentence_cosines`` (n,) are those of the
    sentences. ``lengths`` (m,) are in characters, and ``paragraphs`` (m,) count the passages of an
    article from 1. ``articles`` (m,) number the articles.
    """

    rows: Sequence[int]
    cosines: NDArray[np.float64]
    bm25: NDArray[np.float64]
    sentence_cosines: NDArray[np.float32]
    lengths: NDArray[np.int64]
    paragraphs: NDArray[np.int64]
    articles: NDArray[np.int64]
    terms: TermTable
    texts: PassageTexts

    def __len__(self) -> int:
        """Count the passages."""
        return len(self.rows)

    @property
    def language(self) -> str:
        """The dominant language of the passages, of which there is at least one."""
        return dominant_language(self.terms.languages, self.bm25.tolist(), self.cosines.tolist())


def dominant_language(
    languages: Sequence[str], bm25: Sequence[float], cosines: Sequence[float]
) -> str:
    """Return the language with the highest total BM25 score, most likely the question's.

    If no term matches, it is the language of the nearest candidate: a monolingual encoder puts
    other languages anywhere.
    """
    if len(distinct := {*languages}) == 1:
        return distinct.pop()
    total: dict[str, float] = {}
    nearest: dict[str, float] = {}
    for language, own_bm25, cosine in zip(languages, bm25, cosines, strict=True):
        total[language] = total.get(language, 0.0) + own_bm25
        nearest[language] = max(nearest.get(language, -1.0), cosine)
    return min(total, key=lambda language: (-total[language], -nearest[language], language))
