"""Match the terms of a query against the sentences and titles of candidate passages."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.search.answer_types import (
    AnswerType,
    asks_for_name,
    asks_for_overview,
    expected_answer_type,
)
from index.search.passage_terms import name_terms
from index.search.term_table import TermTable
from index.text.tokenize import (
    MIN_SHARED_PREFIX,
    content_terms,
    is_similar_term,
    stop_terms,
    terms,
    word_terms,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]
Idf = Callable[[str], float]

UNKNOWN_TERM = "\0"  # a term that no passage contains
_MAX_BIGRAM_DISTANCE = 3  # terms; two neighbours of the query still count as a bigram
_NOWHERE = np.zeros(0, np.int64)
_QUOTED = re.compile('["“„«「]([^"“”„»」]+)["”“»」]')
_HEAD_NOUN = re.compile(r"\b(?:what|which)\s+(?:(?:type|types|kind|kinds) of )?(\w+)")


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms of a query in one language.

    ``all_terms`` are ``words``, its words in order, and its identifiers.
    ``columns`` maps each content term to its column in all matrices; ``idfs`` (terms,) is in that
    order, and ``bigrams`` and ``head_noun`` refer to it. ``unknown_terms`` are those that no
    passage of the index contains; ``name_terms`` those of capitalized words inside the query.
    """

    all_terms: tuple[str, ...]
    words: tuple[str, ...]
    non_stop_terms: frozenset[str]
    name_terms: frozenset[str]
    columns: dict[str, int]
    idfs: Floats
    bigrams: tuple[tuple[int, int], ...]
    expected_type: AnswerType | None
    asks_for_name: bool
    asks_for_overview: bool
    head_noun: int | None
    unknown_terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class TermMatches:
    """Query terms in n sentences and m titles: matrices of 0 and 1.

    ``sentences`` and ``similar`` have shape (n, terms), ``bigrams`` (n, bigrams) and ``titles``
    (m, terms). ``longest_runs`` (n,) is the longest run of consecutive query terms as a share of
    the query, ``non_stop_counts`` (n,) the number of distinct query terms other than stop words.
    """

    sentences: Floats
    similar: Floats
    bigrams: Floats
    longest_runs: Floats
    non_stop_counts: Floats
    titles: Floats


def quoted_phrases(question: str) -> list[str]:
    """Return the phrases of two or more words in double quotation marks."""
    return [phrase for phrase in _QUOTED.findall(question) if len(phrase.split()) > 1]


def contains_phrases(question: str, texts: Iterable[str]) -> Flags:
    """Return which texts contain every quoted phrase of ``question`` word for word."""
    phrases = [_unstemmed(phrase) for phrase in quoted_phrases(question)]
    words = map(_unstemmed, texts)
    return np.array([all(phrase in text for phrase in phrases) for text in words], np.bool_)


def _unstemmed(text: str) -> str:
    """Normalize words and the spaces between them, without stemming: "said" is not "says"."""
    return f" {' '.join(word_terms(text, ''))} "


def parse_query(question: str, language: str, idf: Idf) -> QueryTerms:
    """Return the terms of ``question`` in one language, with their rarity in the index."""
    max_idf = idf(UNKNOWN_TERM)
    words = tuple(word_terms(question, language))
    # An identifier that no passage contains says nothing that its words do not.
    all_terms = tuple(t for t in terms(question, language) if t in words or idf(t) < max_idf)
    content = (term for term in content_terms(question, language) if term in all_terms)
    columns = {term: i for i, term in enumerate(content)}
    idfs = np.array([idf(term) for term in columns], np.float64)
    return QueryTerms(
        all_terms=all_terms,
        words=words,
        non_stop_terms=frozenset(all_terms) - stop_terms(language),
        name_terms=name_terms(question, language),
        columns=columns,
        idfs=idfs,
        bigrams=tuple(_bigrams(words, columns)),
        expected_type=expected_answer_type(question),
        asks_for_name=asks_for_name(question),
        asks_for_overview=asks_for_overview(question),
        head_noun=_head_noun(question, language, columns),
        unknown_terms=frozenset(term for term, i in columns.items() if idfs[i] >= max_idf),
    )


def _bigrams(words: Sequence[str], columns: dict[str, int]) -> list[tuple[int, int]]:
    """Return pairs of content terms that follow each other with at most one other term between."""
    positions = [(i, columns[term]) for i, term in enumerate(words) if term in columns]
    return [(a, b) for (i, a), (j, b) in pairwise(positions) if j - i <= 2 and a != b]


def _head_noun(question: str, language: str, columns: dict[str, int]) -> int | None:
    """Return the column of the noun after "what" or "which"."""
    match = _HEAD_NOUN.search(question.casefold())
    stems = word_terms(match[1], language) if match else []
    return columns.get(stems[0]) if stems else None


def match_terms(query: QueryTerms, occurrences: "Occurrences") -> TermMatches:
    """Match the query's terms against every sentence and title."""
    table, columns = occurrences.table, list(query.columns)
    exact = occurrences.matrix([[term] for term in columns])
    similar = occurrences.matrix([_similar_terms(term, query, table) for term in columns])
    bigrams = [[occurrences.pairs(columns[a], columns[b])] for a, b in query.bigrams]
    return TermMatches(
        sentences=exact,
        similar=similar * (1 - exact),
        bigrams=occurrences.flags(bigrams),
        longest_runs=occurrences.longest_runs(query.words),
        non_stop_counts=occurrences.matrix([[term] for term in query.non_stop_terms]).sum(1),
        titles=match_titles(columns, table),
    )


def match_titles(wanted: Iterable[str], table: TermTable) -> Floats:
    """Return which titles contain each of the ``wanted`` terms, shape (passages, terms)."""
    counts = table.heading_counts
    passages = np.repeat(np.arange(len(counts)), counts)
    numbers = [table.vocabulary.id_of(term) for term in wanted]
    matches = np.zeros((len(counts), len(numbers)))
    for column, number in enumerate(numbers):
        if number is not None:
            matches[passages[table.heading_terms == number], column] = 1.0
    return matches


class Occurrences:
    """Positions of the terms of a table.

    A position counts the terms before it, and ``_MAX_BIGRAM_DISTANCE`` more for the end of each
    sentence: these gaps keep bigrams and runs from crossing it.
    """

    def __init__(self, table: TermTable) -> None:
        self.table = table
        self._ends = np.cumsum(table.token_counts, dtype=np.int64)
        self._gap_ends = self._ends + _MAX_BIGRAM_DISTANCE * np.arange(1, len(self._ends) + 1)
        self._found: dict[str, Positions] = {}

    def of(self, term: str) -> Positions:
        """Return the positions of a term, ascending."""
        if (known := self._found.get(term)) is not None:
            return known
        number = self.table.vocabulary.id_of(term)
        if number is None:
            return _NOWHERE
        tokens = (self.table.tokens == number).nonzero()[0]
        gaps = _MAX_BIGRAM_DISTANCE * self._ends.searchsorted(tokens, "right")
        positions: Positions = tokens + gaps
        self._found[term] = positions
        return positions

    def matrix(self, columns: Sequence[Iterable[str]]) -> Floats:
        """Return which sentences have any term of each column, shape (sentences, columns)."""
        return self.flags([map(self.of, terms) for terms in columns])

    def flags(self, columns: Sequence[Iterable[Positions]]) -> Floats:
        """Return which sentences have any position of each column, shape (sentences, columns)."""
        flags = np.zeros((len(self._ends), len(columns)))
        for column, groups in enumerate(columns):
            for positions in groups:
                if len(positions):
                    flags[self._gap_ends.searchsorted(positions, "right"), column] = 1.0
        return flags

    def pairs(self, first: str, second: str) -> Positions:
        """Return the positions of ``second`` shortly after ``first``."""
        before, after = self.of(first), self.of(second)
        if not len(before) or not len(after):
            return _NOWHERE
        nearest = before.searchsorted(after) - 1
        is_near = (nearest >= 0) & (after - before[nearest] <= _MAX_BIGRAM_DISTANCE)
        found: Positions = after[is_near]
        return found

    def longest_runs(self, words: Sequence[str]) -> Floats:
        """Return the longest run of ``words`` in each sentence as a share of them."""
        longest = np.zeros(len(self._ends), np.int64)
        runs = np.zeros(self._length + 1, np.int64)  # that end with the word before; none at -1
        last = _NOWHERE
        for word in words:
            positions = self.of(word)
            lengths = runs[positions - 1] + 1
            runs[last] = 0
            runs[positions] = lengths
            np.maximum.at(longest, self._gap_ends.searchsorted(positions, "right"), lengths)
            last = positions
        return longest / max(1, len(words))

    @property
    def _length(self) -> int:
        return int(self._gap_ends[-1]) if len(self._gap_ends) else 0


def _similar_terms(term: str, query: QueryTerms, table: TermTable) -> list[str]:
    """Return terms of the passages that are similar to ``term`` and not in the query.

    Typos are only considered in terms that no passage of the index contains.
    """
    allow_typos = term in query.unknown_terms
    if len(term) < MIN_SHARED_PREFIX and not allow_typos:
        return []
    prefix = term[:1] if allow_typos else term[:MIN_SHARED_PREFIX]
    return [
        other
        for other in table.terms_with_prefix(prefix)
        if other not in query.columns and is_similar_term(term, other, allow_typos=allow_typos)
    ]
