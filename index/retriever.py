"""Retrieve the passages to rank for a question, once more if its spelling is corrected."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from index.embed.encoder import Vectors
from index.filters import ALL_ARTICLES, Scope
from index.search.candidates import Candidates, RetrievedPassage, dominant_language
from index.search.features.corpus import documentation_share
from index.search.fusion import DENSE_WEIGHT, UNSUPPORTED_DENSE_WEIGHT, fuse
from index.search.spelling import correct_spelling, may_be_word
from index.store.backend import RetrievalScores, SearchableSnapshot
from index.text.language import plausible_languages

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
# Where fewer of the passages are in one language, so many times as many are retrieved.
_MIN_OWN_SHARE = 0.9
_DEEPER = 4


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The candidates for a question, which is in the spelling that was searched for.

    ``leaves_out`` is True if some passages in other languages were left out.
    """

    question: str
    candidates: Candidates
    leaves_out: bool


@dataclass(frozen=True, slots=True)
class _Query:
    """A question with its vector, shape (1, dim), and the passages to search in."""

    question: str
    vector: Vectors
    scope: Scope
    any_language: bool


class Retriever:
    """Retrieve from one open snapshot, inside a turn."""

    def __init__(self, opened: SearchableSnapshot) -> None:
        self._opened = opened

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages that the encoder supports, None for all. Raises EncoderError."""
        return frozenset(self._opened.encoder.spec.languages) or None

    def retrieve(self, question: str, scope: Scope, *, any_language: bool = False) -> Retrieved:
        """Retrieve passages for ``question``, or for it in the spelling of the passages found.

        Where passages are in several languages, only those in the question's are retrieved, unless
        ``any_language``: translations say the same.
        """
        query = _Query(question, self._encode(question), scope, any_language)
        retrieved = self._retrieve(query)
        corrected = self._correct(question, retrieved.candidates)
        if corrected != question:
            corrected_vector = self._encode(corrected)
            retrieved = self._retrieve(replace(query, question=corrected, vector=corrected_vector))
        return retrieved

    def _encode(self, question: str) -> Vectors:
        with self._opened.turns.pause():
            return self._opened.encoder.encode_query(question)

    def _correct(self, question: str, candidates: Candidates) -> str:
        if not len(candidates):
            return question
        is_supported = self.languages is None or candidates.language in self.languages
        may_be = partial(may_be_word, question=question, candidates=candidates)
        is_word = self._opened.encoder.has_token if is_supported else may_be
        return correct_spelling(question, candidates, self._opened.idf, is_word)

    def candidates(self, question: str, query: Vectors, scope: Scope = ALL_ARTICLES) -> Candidates:
        """Retrieve the passages to rank from the dense and the BM25 index, fused by their scores.

        They are in any language. ``query`` is the encoded question, shape (1, dim).
        """
        return self._retrieve(_Query(question, query, scope, any_language=True)).candidates

    def _retrieve(self, query: _Query) -> Retrieved:
        depth = self.depth
        passages, leaves_out = self._search(query, depth)
        if depth is _DEPTH and self._is_documentation(passages):
            passages, leaves_out = self._search(query, _DOCUMENTATION_DEPTH)
        candidates = self._opened.candidates(query.vector, passages)
        return Retrieved(query.question, candidates, leaves_out)

    def _search(self, query: _Query, depth: Depth) -> tuple[list[RetrievedPassage], bool]:
        """Return passages to rank, and whether some in other languages were left out."""
        scores = self._scores(query, depth.retrieved)
        if query.any_language or len(self._opened.languages) == 1:
            return self.fuse(scores, depth), False
        own = self._in_its_languages(query.question, scores)
        if len(own.cosines) < _MIN_OWN_SHARE * len(scores.cosines):
            scores = self._scores(query, _DEEPER * depth.retrieved)
            own = self._in_its_languages(query.question, scores)
        if not own.cosines:
            return self.fuse(scores, depth), False
        return self.fuse(own, depth), len(own.cosines) < len(scores.cosines)

    def _scores(self, query: _Query, limit: int) -> RetrievalScores:
        return self._opened.retrieve(query.question, query.vector, limit, query.scope)

    def _in_its_languages(self, question: str, scores: RetrievalScores) -> RetrievalScores:
        """Leave out the passages in languages that the question cannot be in.

        Where nearly all are in one language, the others may be wrong about a few articles.
        """
        rows = [*scores.cosines]
        of_rows = self._opened.passage_languages(rows)
        if max(Counter(of_rows).values(), default=0) >= _MIN_OWN_SHARE * len(rows):
            return scores
        languages = plausible_languages(question, self._opened.languages)
        own = {row for row, each in zip(rows, of_rows, strict=True) if each in languages}
        return RetrievalScores(
            {row: cosine for row, cosine in scores.cosines.items() if row in own},
            {row: score for row, score in scores.bm25.items() if row in own},
        )

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
