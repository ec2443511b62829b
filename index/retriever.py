"""Retrieve the passages to rank for a question, once more if its spelling is corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from index.embed.encoder import Vectors
from index.filters import ALL_ARTICLES, Scope
from index.search.candidates import Candidates, RetrievedPassage, dominant_language
from index.search.features import documentation_share
from index.search.fusion import DENSE_WEIGHT, UNSUPPORTED_DENSE_WEIGHT, fuse
from index.search.spelling import correct_spelling, may_be_word
from index.store.backend import RetrievalScores, SearchableSnapshot

_MIN_CANDIDATES = 24  # passages to rank; recall at 20 is 99 % in an encyclopedia


@dataclass(frozen=True, slots=True)
class Depth:
    """Passages from each of the two indexes, and the most of them to rank, if they are short."""

    retrieved: int
    candidates: int
    candidate_chars: int


_DEPTH = Depth(retrieved=50, candidates=32, candidate_chars=12_000)
# Sections of documentation resemble each other, and among more of them it shows which words of the
# question tell them apart.
_DOCUMENTATION_DEPTH = Depth(retrieved=100, candidates=48, candidate_chars=24_000)
# Among a year of news the right passage is often further down; of its one-sentence paragraphs, more
# can be ranked in the same time.
_LARGE_DEPTH = Depth(retrieved=100, candidates=128, candidate_chars=32_000)
_LARGE_CORPUS = 20_000  # passages


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The candidates for a question, which is in the spelling that was searched for."""

    question: str
    candidates: Candidates


class Retriever:
    """Retrieve from one open snapshot, inside a turn."""

    def __init__(self, opened: SearchableSnapshot) -> None:
        self._opened = opened

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages that the encoder supports, None for all. Raises EncoderError."""
        return frozenset(self._opened.encoder.spec.languages) or None

    def retrieve(self, question: str, scope: Scope) -> Retrieved:
        """Retrieve passages for ``question``, or for it in the spelling of the passages found."""
        candidates = self.candidates(question, self._encode(question), scope)
        corrected = self._correct(question, candidates)
        if corrected != question:
            candidates = self.candidates(corrected, self._encode(corrected), scope)
        return Retrieved(corrected, candidates)

    def _encode(self, question: str) -> Vectors:
        with self._opened.turns.pause():
            return self._opened.encoder.encode_query(question)

    def _correct(self, question: str, candidates: Candidates) -> str:
        if not len(candidates):
            return question
        is_supported = self.languages is None or candidates.language in self.languages
        may_be = partial(may_be_word, candidates=candidates)
        is_word = self._opened.encoder.has_token if is_supported else may_be
        return correct_spelling(question, candidates, self._opened.idf, is_word)

    def candidates(self, question: str, query: Vectors, scope: Scope = ALL_ARTICLES) -> Candidates:
        """Retrieve the passages to rank from the dense and the BM25 index, fused by their scores.

        ``query`` is the encoded question, shape (1, dim).
        """
        depth = self.depth
        retrieved = self._search(question, query, scope, depth)
        if depth is _DEPTH and self._is_documentation(retrieved):
            retrieved = self._search(question, query, scope, _DOCUMENTATION_DEPTH)
        return self._opened.candidates(query, retrieved)

    def _search(
        self, question: str, query: Vectors, scope: Scope, depth: Depth
    ) -> list[RetrievedPassage]:
        scores = self._opened.retrieve(question, query, depth.retrieved, scope)
        return self.fuse(scores, depth)

    def _is_documentation(self, retrieved: Sequence[RetrievedPassage]) -> bool:
        traits = self._opened.passage_traits([each.row for each in retrieved])
        return documentation_share(traits) > 0

    @property
    def depth(self) -> Depth:
        """How many passages to retrieve and to rank, of prose and news."""
        return _LARGE_DEPTH if self._opened.passage_count >= _LARGE_CORPUS else _DEPTH

    def fuse(self, scores: RetrievalScores, depth: Depth) -> list[RetrievedPassage]:
        """Choose the passages to rank by both scores."""
        weight = self._dense_weight(scores)
        fused = [row for row, _ in fuse(scores.cosines, scores.bm25, depth.candidates, weight)]
        sizes = np.cumsum(self._opened.lengths(fused))
        within = int(np.searchsorted(sizes, depth.candidate_chars, side="right"))
        return [
            RetrievedPassage(row, scores.cosines[row], scores.bm25.get(row, 0.0))
            for row in fused[: max(_MIN_CANDIDATES, within)]
        ]

    def _dense_weight(self, scores: RetrievalScores) -> float:
        """Return the weight of cosines, lower if the encoder does not know the language."""
        supported = self._opened.encoder.spec.languages
        if not scores.cosines or not supported or {*supported} >= {*self._opened.languages}:
            return DENSE_WEIGHT
        rows = [*scores.cosines]
        language = dominant_language(
            self._opened.passage_languages(rows),
            [scores.bm25.get(row, 0.0) for row in rows],
            [*scores.cosines.values()],
        )
        return DENSE_WEIGHT if language in supported else UNSUPPORTED_DENSE_WEIGHT
