"""Match the terms of a query against the sentences and titles of candidate passages."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise

import numpy as np
from numpy.typing import NDArray

from index.search.passage_terms import name_terms
from index.search.question.answer_types import (
    AnswerType,
    asks_for_name,
    asks_for_overview,
    expected_answer_type,
)
from index.search.term_table import SortedTokens, TermTable
from index.text.tokenize import (
    MIN_SHARED_PREFIX,
    content_terms,
    is_similar_term,
    question_terms,
    stop_terms,
    word_terms,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Idf = Callable[[str], float]
Relate = Callable[[str], Mapping[str, float]]

UNKNOWN_TERM = "\0"  # a term that no passage contains
_MAX_BIGRAM_DISTANCE = 3  # terms; two neighbours of the query still count as a bigram
_NOWHERE = np.zeros(0, np.int64)
_NONE = slice(0, 0)
_SENTENCE_END = re.compile(r"(?:(?<=\w\w\.)|(?<=[!?:؟]))\s+|(?<=[。！？：])(?!$)")
_HEAD_NOUN = re.compile(r"\b(?:what|which)\s+(?:(?:type|types|kind|kinds) of )?(\w+)")


@dataclass(frozen=True, slots=True)
class RelatedTerms:
    """Terms that match in place of a query's terms, by column, and what a match counts.

    ``terms`` and ``weights`` (terms,) are in the order of the ``columns`` (n,) that they stand for,
    and ``starts`` (n,) says where the terms of each begin.
    """

    terms: tuple[str, ...]
    weights: Floats
    columns: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, by_column: Sequence[Mapping[str, float]]) -> "RelatedTerms":
        """Join the related terms of each column, which has none, one or several."""
        counts = np.array([len(each) for each in by_column], np.int64)
        return cls(
            terms=tuple(chain.from_iterable(by_column)),
            weights=np.array([*chain.from_iterable(each.values() for each in by_column)]),
            columns=counts.nonzero()[0],
            starts=(counts.cumsum() - counts)[counts > 0],
        )


_NO_RELATED_TERMS = RelatedTerms.of([])


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms of a query in one language.

    ``all_terms`` are ``words``, its words in order, and its identifiers.
    ``columns`` maps each content term to its column in all matrices; ``idfs`` (terms,) is in that
    order, and ``bigrams``, ``last_sentence`` and ``head_noun`` refer to it. ``last_sentence`` has
    the columns of the sentence that asks, after others that say what it is about; all of them if
    it has none of its own ("Why?"). ``unknown_terms`` are those that no
    passage of the index contains; ``name_terms`` those of capitalized words inside the query.
    """

    all_terms: tuple[str, ...]
    words: tuple[str, ...]
    non_stop_terms: frozenset[str]
    name_terms: tuple[str, ...]
    columns: dict[str, int]
    idfs: Floats
    bigrams: tuple[tuple[int, int], ...]
    last_sentence: tuple[int, ...]
    expected_type: AnswerType | None
    asks_for_name: bool
    asks_for_overview: bool
    head_noun: int | None
    unknown_terms: frozenset[str]
    related: RelatedTerms


@dataclass(frozen=True, slots=True)
class TermMatches:
    """Query terms in n sentences and m titles: matrices of 0 to 1.

    ``sentences`` and ``similar`` have shape (n, terms), ``bigrams`` (n, bigrams), ``names``
    (n, names) and ``titles`` (m, terms), of which ``article_titles`` (m, terms) leave out those of
    sections. ``longest_runs`` (n,) is the longest run of consecutive query terms as a share of the
    query, ``non_stop_counts`` (n,) the number of distinct query terms other than stop words.
    """

    sentences: Floats
    similar: Floats
    bigrams: Floats
    longest_runs: Floats
    non_stop_counts: Floats
    names: Floats
    titles: Floats
    article_titles: Floats


def parse_query(question: str, language: str, idf: Idf) -> QueryTerms:
    """Return the terms of ``question`` in one language, with their rarity in the index."""
    max_idf = idf(UNKNOWN_TERM)
    words, of_identifiers = question_terms(question, language)
    # An identifier that no passage contains says nothing that its words do not.
    known = tuple(term for term in of_identifiers if term in words or idf(term) < max_idf)
    all_terms = words + known
    content = (term for term in content_terms(question, language) if term in all_terms)
    columns = {term: i for i, term in enumerate(content)}
    idfs = np.array([idf(term) for term in columns], np.float64)
    return QueryTerms(
        all_terms=all_terms,
        words=words,
        non_stop_terms=frozenset(all_terms) - stop_terms(language),
        name_terms=tuple(name_terms(question, language)),
        columns=columns,
        idfs=idfs,
        bigrams=tuple(_bigrams(words, columns)),
        last_sentence=_last_sentence(question, language, columns),
        expected_type=expected_answer_type(question),
        asks_for_name=asks_for_name(question),
        asks_for_overview=asks_for_overview(question),
        head_noun=_head_noun(question, language, columns),
        unknown_terms=frozenset(term for term, i in columns.items() if idfs[i] >= max_idf),
        related=_NO_RELATED_TERMS,
    )


def with_related_terms(
    query: QueryTerms, relate: Relate, joined: Mapping[str, Mapping[str, float]]
) -> QueryTerms:
    """Let ``joined`` verbs match in place of their parts, and related terms of unknown ones."""
    related = [
        {**(relate(term) if term in query.unknown_terms else {}), **joined.get(term, {})}
        for term in query.columns
    ]
    others = [
        {o: weight for o, weight in each.items() if o not in query.columns} for each in related
    ]
    unknown = frozenset(term for term in query.unknown_terms if not others[query.columns[term]])
    return replace(query, unknown_terms=unknown, related=RelatedTerms.of(others))


def _bigrams(words: Sequence[str], columns: dict[str, int]) -> list[tuple[int, int]]:
    """Return pairs of content terms that follow each other with at most one other term between."""
    positions = [(i, columns[term]) for i, term in enumerate(words) if term in columns]
    return [(a, b) for (i, a), (j, b) in pairwise(positions) if j - i <= 2 and a != b]


def _last_sentence(question: str, language: str, columns: dict[str, int]) -> tuple[int, ...]:
    """Return the columns of the terms of the last sentence, or all if it has none."""
    *before, last = _SENTENCE_END.split(question.strip())
    terms = content_terms(last, language) if before else ()
    found = {columns[term] for term in terms if term in columns}
    return tuple(sorted(found)) if found else tuple(columns.values())


def _head_noun(question: str, language: str, columns: dict[str, int]) -> int | None:
    """Return the column of the noun after "what" or "which"."""
    match = _HEAD_NOUN.search(question.casefold())
    stems = word_terms(match[1], language) if match else []
    return columns.get(stems[0]) if stems else None


def match_terms(query: QueryTerms, tokens: SortedTokens) -> TermMatches:
    """Match the query's terms against every sentence and title."""
    columns = list(query.columns)
    similar = [_similar_terms(term, query, tokens) for term in columns]
    more = (*query.related.terms, *chain.from_iterable(similar))
    wanted = {*query.all_terms, *query.name_terms, *more}
    occurrences = Occurrences(tokens, wanted)
    found = occurrences.matrix([[term] for term in (*columns, *query.related.terms)])
    exact = found[:, : len(columns)]
    has_same_terms = query.non_stop_terms == query.columns.keys()
    non_stop = exact if has_same_terms else occurrences.matrix([[t] for t in query.non_stop_terms])
    matches = _with_related(query, found)
    titles, article_titles = match_titles((*columns, *query.related.terms), tokens.table)
    return TermMatches(
        sentences=matches,
        similar=occurrences.matrix(similar) * (matches == 0),
        bigrams=occurrences.bigrams([(columns[a], columns[b]) for a, b in query.bigrams]),
        longest_runs=occurrences.longest_runs(query.words),
        non_stop_counts=non_stop.sum(1),
        names=occurrences.matrix([[name] for name in query.name_terms]),
        titles=_with_related(query, titles),
        article_titles=_with_related(query, article_titles),
    )


def _with_related(query: QueryTerms, found: Floats) -> Floats:
    """Return matches of the query's terms, given those of each term and of each related one."""
    related, count = query.related, len(query.columns)
    matches = found[:, :count]
    if related.terms:
        weighted = np.maximum.reduceat(found[:, count:] * related.weights, related.starts, axis=1)
        matches = matches.copy()
        matches[:, related.columns] = np.maximum(matches[:, related.columns], weighted)
    return matches


def match_titles(wanted: Collection[str], table: TermTable) -> tuple[Floats, Floats]:
    """Return which titles contain each of the ``wanted`` terms, and which titles of articles do.

    Both have the shape (passages, terms). The latter leave out the titles of sections.
    """
    counts = table.heading_counts
    places, columns = (table.heading_terms[:, None] == wanted_ids(wanted, table)).nonzero()
    passages = np.arange(len(counts)).repeat(counts)[places]
    in_title = np.zeros((len(counts), len(wanted)))
    in_title[passages, columns] = 1.0
    article_ends = counts.cumsum() - counts + table.article_title_counts
    of_article = places < article_ends[passages]
    in_article_title = np.zeros(in_title.shape)
    in_article_title[passages[of_article], columns[of_article]] = 1.0
    return in_title, in_article_title


def wanted_ids(wanted: Iterable[str], table: TermTable) -> NDArray[np.int64]:
    """Return the id of each of the ``wanted`` terms, -1 for one that no passage contains."""
    numbers = map(table.vocabulary.id_of, wanted)
    return np.array([-1 if number is None else number for number in numbers], np.int64)


def are_among(ids: NDArray[np.integer], few: NDArray[np.integer]) -> Flags:
    """Return which ``ids`` are among a ``few``; for these, ``numpy.isin`` takes much longer."""
    among: Flags = (ids[:, None] == few).any(1)
    return among


class Occurrences:
    """Occurrences of ``wanted`` terms in a table.

    A position counts the terms before it, and ``_MAX_BIGRAM_DISTANCE`` more for the end of each
    sentence: these gaps keep bigrams and runs from crossing it.
    """

    def __init__(self, tokens: SortedTokens, wanted: Iterable[str]) -> None:
        table = tokens.table
        numbers = table.vocabulary.ids_of(wanted)
        found = [_NOWHERE, *tokens.places(numbers)]
        places = np.concatenate(found)
        sentence_ends = np.cumsum(table.token_counts, dtype=np.int64)
        self._sentences = sentence_ends.searchsorted(places, "right")
        self._positions = places + _MAX_BIGRAM_DISTANCE * self._sentences
        ends = [*accumulate(map(len, found))]
        self._slices = dict(zip(numbers, map(slice, ends, ends[1:]), strict=True))
        self._id_of = table.vocabulary.id_of
        self._count = len(sentence_ends)

    def _of(self, term: str) -> slice:
        """Return where the occurrences of a term are, in the order of the text."""
        number = self._id_of(term)
        return _NONE if number is None else self._slices[number]

    def matrix(self, columns: Sequence[Sequence[str]]) -> Floats:
        """Return which sentences have any term of each column, shape (sentences, columns)."""
        flags = np.zeros((self._count, len(columns)))
        found = [self._of(term) for wanted in columns for term in wanted]
        sentences = np.concatenate([_NOWHERE, *(self._sentences[each] for each in found)])
        by_term = np.repeat(np.arange(len(columns)), [*map(len, columns)])
        flags[sentences, np.repeat(by_term, [each.stop - each.start for each in found])] = 1.0
        return flags

    def bigrams(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Return which sentences have the second term of each pair shortly after the first."""
        flags = np.zeros((self._count, len(pairs)))
        for column, (first, second) in enumerate(pairs):
            before, following = self._positions[self._of(first)], self._of(second)
            after = self._positions[following]
            if len(before) and len(after):
                nearest = before.searchsorted(after) - 1
                is_near = (nearest >= 0) & (after - before[nearest] <= _MAX_BIGRAM_DISTANCE)
                flags[self._sentences[following][is_near], column] = 1.0
        return flags

    def longest_runs(self, words: Sequence[str]) -> Floats:
        """Return the longest run of ``words`` in each sentence as a share of them.

        In a run, position and place in ``words`` grow together: their difference stays the same.
        """
        longest = np.zeros(self._count, np.int64)
        width = len(words) + 1
        found = [self._of(word) for word in words]
        # Number the cells of a table with a row for each difference and a column for each word.
        rows = width * (self._positions + len(words))
        cells = [rows[each] - (width - 1) * place for place, each in enumerate(found)]
        numbers = np.concatenate([_NOWHERE, *cells])
        if len(numbers):
            order = numbers.argsort()
            ascending = numbers[order]
            breaks = (ascending[1:] != ascending[:-1] + 1).nonzero()[0] + 1
            begins = np.concatenate([[0], breaks, [len(numbers)]])
            sentences = np.concatenate([self._sentences[each] for each in found])
            runs = begins[1:] - begins[:-1]
            np.maximum.at(longest, sentences[order[begins[:-1]]], runs)
        return longest / max(1, len(words))


def _similar_terms(term: str, query: QueryTerms, tokens: SortedTokens) -> list[str]:
    """Return terms of the passages that are similar to ``term`` and not in the query.

    Typos are only considered in terms that no passage of the index contains.
    """
    allow_typos = term in query.unknown_terms
    if len(term) < MIN_SHARED_PREFIX and not allow_typos:
        return []
    prefix = term[:1] if allow_typos else term[:MIN_SHARED_PREFIX]
    return [
        other
        for other in tokens.terms_with_prefix(prefix)
        if other not in query.columns and is_similar_term(term, other, allow_typos=allow_typos)
    ]
