"""Match the terms of a query against the sentences and titles of candidate passages."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.search.answer_types import (
    AnswerType,
    asks_for_name,
    expected_answer_type,
    proper_names,
)
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
Idf = Callable[[str], float]

UNKNOWN_TERM = "\0"  # a term that no passage contains
_MAX_BIGRAM_DISTANCE = 3  # terms; two neighbours of the query still count as a bigram
_PRONOUN = re.compile(
    r"\W*(?:it|its|he|his|she|her|they|their|this|these|those|such|both"
    r"|er|sie|es|ihr|ihre|sein|seine|dies\w*|он|она|оно|они|его|ее|её|их|это|эти|它|他|她|这|其)\b",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(  # a table's header, "Run this:", a question in bold or after Q:
    r"\n[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|[ \t:|-]*\Z|[:：][*_\s]*\Z"
    r"|\A(?:\*\*|__|Q:)[^\n]{1,200}\?[*_\s]*\Z"
)
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
    head_noun: int | None
    unknown_terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class PassageTerms:
    """The terms of a passage and its title; tuples have an item for each sentence.

    ``positions`` count on from sentence to sentence, with a gap of ``_MAX_BIGRAM_DISTANCE`` after
    each. ``by_prefix`` has the terms by their first ``MIN_SHARED_PREFIX`` letters, ``lengths`` the
    numbers of terms, and ``non_stop_counts`` those of distinct terms without stop words.
    """

    positions: dict[str, list[int]]
    by_prefix: dict[str, list[str]]
    lengths: tuple[int, ...]
    non_stop_counts: tuple[int, ...]
    title_terms: frozenset[str]
    name_terms: tuple[frozenset[str], ...]
    opens_with_pronoun: tuple[bool, ...]
    is_introduction: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class TermMatches:
    """Query terms in sentences and titles: matrices of 0 and 1.

    ``sentences`` and ``similar`` have shape (sentences, terms), ``bigrams`` (sentences, bigrams)
    and ``titles`` (passages, terms). ``longest_runs`` (sentences,) is the longest run of
    consecutive query terms as a share of the query, ``non_stop_counts`` (sentences,) the number of
    distinct query terms other than stop words.
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


def contains_phrases(question: str, passages: Sequence[tuple[str, str]]) -> Flags:
    """Return which passages, given as (title, text), contain every quoted phrase word for word."""
    phrases = [_unstemmed(phrase) for phrase in quoted_phrases(question)]
    if not phrases:
        return np.ones(len(passages), np.bool_)
    texts = [_unstemmed(f"{title}\n{text}") for title, text in passages]
    return np.array([all(phrase in text for phrase in phrases) for text in texts], np.bool_)


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
        name_terms=_name_terms(question, language),
        columns=columns,
        idfs=idfs,
        bigrams=tuple(_bigrams(words, columns)),
        expected_type=expected_answer_type(question),
        asks_for_name=asks_for_name(question),
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


@lru_cache(maxsize=512)
def parse_passage(sentences: tuple[str, ...], title: str, language: str) -> PassageTerms:
    """Return the terms of a passage; cached, since later questions often retrieve it again."""
    sentence_terms = [terms(sentence, language) for sentence in sentences]
    positions = _positions(sentence_terms)
    by_prefix: dict[str, list[str]] = {}
    for term in positions:
        by_prefix.setdefault(term[:MIN_SHARED_PREFIX], []).append(term)
    return PassageTerms(
        positions=positions,
        by_prefix=by_prefix,
        lengths=tuple(map(len, sentence_terms)),
        non_stop_counts=tuple(len(set(each) - stop_terms(language)) for each in sentence_terms),
        title_terms=frozenset(content_terms(title, language)),
        name_terms=tuple(_name_terms(sentence, language) for sentence in sentences),
        opens_with_pronoun=tuple(bool(_PRONOUN.match(sentence)) for sentence in sentences),
        is_introduction=tuple(bool(_INTRODUCTION.search(sentence)) for sentence in sentences),
    )


def _name_terms(sentence: str, language: str) -> frozenset[str]:
    return frozenset(
        term for name in proper_names(sentence) for term in _terms_of_name(name, language)
    )


@lru_cache(maxsize=5_000)
def _terms_of_name(name: str, language: str) -> tuple[str, ...]:
    return tuple(word_terms(name, language))


def _positions(sentences: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    positions: dict[str, list[int]] = {}
    start = 0
    for sentence in sentences:
        for position, term in enumerate(sentence, start):
            positions.setdefault(term, []).append(position)
        start += len(sentence) + _MAX_BIGRAM_DISTANCE
    return positions


def match_terms(query: QueryTerms, passages: Sequence[PassageTerms]) -> TermMatches:
    """Match the query's terms against every sentence and title."""
    timeline = TokenTimeline.of(passages)
    occurrences = {term: timeline.occurrences([term]) for term in query.all_terms}
    by_column = [occurrences[term] for term in query.columns]
    exact = timeline.max_per_sentence(by_column)
    similar_terms = [_similar_terms(term, query, passages) for term in query.columns]
    similar = timeline.max_per_sentence([timeline.occurrences(terms) for terms in similar_terms])
    bigrams = [by_column[b] & _shortly_after(by_column[a]) for a, b in query.bigrams]
    runs = _run_shares([occurrences[term] for term in query.words], timeline.length)
    non_stop = timeline.max_per_sentence([occurrences[term] for term in query.non_stop_terms])
    titles = [[term in p.title_terms for term in query.columns] for p in passages]
    return TermMatches(
        sentences=exact,
        similar=similar * (1 - exact),
        bigrams=timeline.max_per_sentence(bigrams),
        longest_runs=timeline.max_per_sentence([runs])[:, 0],
        non_stop_counts=non_stop.sum(1),
        titles=np.array(titles, np.float64),
    )


@dataclass(frozen=True, slots=True)
class TokenTimeline:
    """All sentences of the passages on one axis, with a gap of ``_MAX_BIGRAM_DISTANCE`` after each.

    The gaps keep bigrams and runs from crossing the end of a sentence. ``sentence_starts``
    (sentences,) and ``passage_starts`` are positions on the axis.
    """

    passages: Sequence[PassageTerms]
    sentence_starts: NDArray[np.intp]
    passage_starts: list[int]
    length: int

    @classmethod
    def of(cls, passages: Sequence[PassageTerms]) -> "TokenTimeline":
        """Lay the sentences of ``passages`` end to end."""
        ends = np.cumsum(
            [length + _MAX_BIGRAM_DISTANCE for passage in passages for length in passage.lengths]
        )
        starts = np.concatenate([[0], ends[:-1]])
        first_sentences = np.cumsum([0, *(len(passage.lengths) for passage in passages[:-1])])
        return cls(passages, starts, starts[first_sentences].tolist(), int(ends[-1]))

    def occurrences(self, terms: Sequence[str]) -> Flags:
        """Return where any of ``terms`` occurs, shape (length,)."""
        positions = [
            start + position
            for start, passage in zip(self.passage_starts, self.passages, strict=True)
            for term in terms
            for position in passage.positions.get(term, ())
        ]
        flags = np.zeros(self.length, np.bool_)
        flags[positions] = True
        return flags

    def max_per_sentence(self, columns: Sequence[NDArray[Any]]) -> Floats:
        """Return the maximum of each column in each sentence, shape (sentences, columns)."""
        if not columns:
            return np.zeros((len(self.sentence_starts), 0))
        maxima = np.maximum.reduceat(np.stack(columns, 1), self.sentence_starts)
        return maxima.astype(np.float64)


def _shortly_after(flags: Flags) -> Flags:
    """Return the ``_MAX_BIGRAM_DISTANCE`` positions after each flag."""
    after = np.zeros_like(flags)
    for distance in range(1, _MAX_BIGRAM_DISTANCE + 1):
        after[distance:] |= flags[:-distance]
    return after


def _run_shares(occurrences: Sequence[Flags], length: int) -> Floats:
    """Return the longest run of query terms up to each position as a share of the query.

    ``occurrences`` are those of the query's terms, in its order; the result has shape (length,).
    """
    longest = np.zeros(length, np.int16)
    run_ending_before = np.zeros(length + 1, np.int16)  # shifted by one position
    for flags in occurrences:
        run_ending_before[1:] = (run_ending_before[:-1] + 1) * flags
        np.maximum(longest, run_ending_before[1:], out=longest)
    return longest / max(1, len(occurrences))


def _similar_terms(term: str, query: QueryTerms, passages: Sequence[PassageTerms]) -> list[str]:
    """Return terms of the passages that are similar to ``term`` and not in the query.

    Typos are only considered in terms that no passage of the index contains.
    """
    allow_typos = term in query.unknown_terms
    if allow_typos:
        nearby = {other for p in passages for other in p.positions if other[:1] == term[:1]}
    else:
        prefix = term[:MIN_SHARED_PREFIX]
        nearby = {other for p in passages for other in p.by_prefix.get(prefix, ())}
    return [
        other
        for other in nearby
        if other not in query.columns and is_similar_term(term, other, allow_typos=allow_typos)
    ]
