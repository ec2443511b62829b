"""Terms of several passages as arrays of numbers, which ranking compares with a question's."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache
from index.search.related_terms import related_terms
from index.search.separable_verbs import joined_verbs
from index.text.tokenize import content_terms

_CACHED_LOOKUPS = 4_000
_LANDMARKS = 512
_AFTER_ANY_LETTER = "\U0010ffff"
_PLACE_BITS = np.uint64(32)
_PLACES = np.uint64(2**32 - 1)
_ONE = np.uint64(1)

Ids = NDArray[np.uint32]


class Vocabulary:
    """Distinct terms in the order of their code points; a term's id is its position."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = terms
        self._step = 1 + len(terms) // _LANDMARKS
        self.id_of = weak_lru_cache(self._id_of, _CACHED_LOOKUPS)
        self.prefix_range = weak_lru_cache(self._prefix_range, _CACHED_LOOKUPS)
        self.term = weak_lru_cache(self._term, _CACHED_LOOKUPS)
        self.related = weak_lru_cache(self._related, _CACHED_LOOKUPS)

    def __len__(self) -> int:
        """Count the terms."""
        return len(self.terms)

    def __contains__(self, term: str) -> bool:
        """Return whether a passage contains a term."""
        return self.id_of(term) is not None

    def _related(self, term: str, language: str) -> Mapping[str, float]:
        """Return the terms that are related to ``term``, and what a match by each counts."""
        return related_terms(term, language, self)

    def joined_verbs(self, question: str, language: str) -> dict[str, Mapping[str, float]]:
        """Return the terms that match in place of the parts of separated verbs."""
        return joined_verbs(question, language, self)

    def related_to(self, question: str, language: str) -> dict[str, Mapping[str, float]]:
        """Return the terms related to each term of ``question`` that has any."""
        joined = self.joined_verbs(question, language)
        related = {
            term: {**self.related(term, language), **joined.get(term, {})}
            for term in content_terms(question, language)
        }
        return {term: others for term, others in related.items() if others}

    def ids_of(self, terms: Iterable[str]) -> list[int]:
        """Return the ids of those of ``terms`` that occur."""
        return [number for number in map(self.id_of, terms) if number is not None]

    def _id_of(self, term: str) -> int | None:
        """Return the id of a term, None if no passage contains it."""
        number = self._first_from(term)
        return number if number < len(self) and self.terms[number] == term else None

    def _prefix_range(self, prefix: str) -> tuple[int, int]:
        """Return the first id of the terms with this prefix, and that after the last."""
        return self._first_from(prefix), self._first_from(prefix + _AFTER_ANY_LETTER)

    def _first_from(self, text: str) -> int:
        """Return the id of the first term that is not before ``text``."""
        landmark = bisect_left(self._landmarks, text)
        begin, end = max(0, landmark - 1) * self._step, min(landmark * self._step, len(self))
        return bisect_left(self.terms, text, begin, end)

    @cached_property
    def _landmarks(self) -> list[str]:
        """Terms at equal distances, in memory: looking up one of the others takes a microsecond."""
        return [self.terms[number] for number in range(0, len(self), self._step)]

    def terms_with_prefix(self, prefix: str, limit: int) -> list[str]:
        """Return the terms that begin with ``prefix``, none if there are more than ``limit``."""
        begin, end = self.prefix_range(prefix)
        return [self.term(number) for number in range(begin, end)] if end - begin <= limit else []

    def terms_with_suffix(self, suffix: str, limit: int) -> list[str]:
        """Return the terms that end with ``suffix``, none if there are more than ``limit``."""
        order, reversed_suffix = self._by_ending, suffix[::-1]
        begin = bisect_left(order, reversed_suffix, key=self._reversed)
        end = bisect_left(order, reversed_suffix + _AFTER_ANY_LETTER, key=self._reversed)
        return (
            [self.term(order[place]) for place in range(begin, end)] if end - begin <= limit else []
        )

    @cached_property
    def _by_ending(self) -> Ids:
        """Ids in the order of the reversed terms."""
        reversed_terms = [term[::-1] for term in self.terms]
        return np.array(sorted(range(len(self)), key=reversed_terms.__getitem__), np.uint32)

    def _reversed(self, number: int) -> str:
        return self.term(int(number))[::-1]

    def _term(self, number: int) -> str:
        return self.terms[number]


@dataclass(frozen=True, slots=True)
class TermTable:
    """The terms of m passages with n sentences, end to end.

    ``tokens`` are the ids of all terms in order, and ``names`` those of each sentence's names.
    ``token_counts``, ``name_counts``, ``non_stop_counts`` and ``traits`` have shape (n,);
    ``sentence_counts`` and ``passage_traits`` have shape (m,). ``headings`` (m,) numbers the
    headings, which have the ``heading_terms``: ``heading_counts`` (m,) of them for each passage,
    of which the first ``article_title_counts`` (m,) are in the article's title. ``languages`` are
    those of the passages.
    """

    vocabulary: Vocabulary
    tokens: Ids
    token_counts: NDArray[np.uint32]
    non_stop_counts: NDArray[np.uint32]
    traits: NDArray[np.uint32]
    names: Ids
    name_counts: NDArray[np.uint32]
    sentence_counts: NDArray[np.int64]
    passage_traits: NDArray[np.uint8]
    headings: NDArray[np.int64]
    heading_terms: Ids
    heading_counts: NDArray[np.int64]
    article_title_counts: NDArray[np.int64]
    languages: tuple[str, ...]


class SortedTokens:
    """The tokens of a table sorted by id, and by place among those of one id.

    Sorting them once takes less time than comparing all of them with each id.
    """

    def __init__(self, table: TermTable) -> None:
        self.table = table
        self._keys = table.tokens.astype(np.uint64)  # the id, then the place
        self._keys <<= _PLACE_BITS
        self._keys |= np.arange(len(self._keys), dtype=np.uint64)
        self._keys.sort()

    def places(self, ids: Sequence[int]) -> list[NDArray[np.int64]]:
        """Return the places of each of ``ids``, ascending."""
        firsts = np.array(ids, np.uint64)
        begins, ends = (self._starts(each).tolist() for each in (firsts, firsts + _ONE))
        places = (self._keys & _PLACES).view(np.int64)
        return [places[begin:end] for begin, end in zip(begins, ends, strict=True)]

    def terms_with_prefix(self, prefix: str) -> list[str]:
        """Return the distinct terms that begin with ``prefix``."""
        vocabulary = self.table.vocabulary
        bounds = vocabulary.prefix_range(prefix)
        begin, end = self._starts(np.array(bounds, np.uint64)).tolist()
        ids = dict.fromkeys((self._keys[begin:end] >> _PLACE_BITS).tolist())
        return [*map(vocabulary.term, ids)]

    def are_between(
        self, ids: Ids, begins: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return which of ``ids`` are at a place from each of ``begins`` up to each of ``ends``."""
        firsts = ids.astype(np.uint64) << _PLACE_BITS
        found = self._keys.searchsorted(firsts + begins.astype(np.uint64))
        are: NDArray[np.bool_] = found < self._keys.searchsorted(firsts + ends.astype(np.uint64))
        return are

    def _starts(self, ids: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return where the tokens begin that are not below each of ``ids``."""
        return self._keys.searchsorted(ids << _PLACE_BITS)
