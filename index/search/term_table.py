"""Terms of several passages as arrays of numbers, which ranking compares with a question's."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache

_CACHED_LOOKUPS = 20_000
_AFTER_ANY_LETTER = "\U0010ffff"

Ids = NDArray[np.uint32]


class Vocabulary:
    """Distinct terms in the order of their code points; a term's id is its position."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = terms
        self.id_of = weak_lru_cache(self._id_of, _CACHED_LOOKUPS)
        self.prefix_range = weak_lru_cache(self._prefix_range, _CACHED_LOOKUPS)
        self.term = weak_lru_cache(self._term, _CACHED_LOOKUPS)

    def __len__(self) -> int:
        """Count the terms."""
        return len(self.terms)

    def ids_of(self, terms: Iterable[str]) -> list[int]:
        """Return the ids of those of ``terms`` that occur."""
        return [number for number in map(self.id_of, terms) if number is not None]

    def _id_of(self, term: str) -> int | None:
        """Return the id of a term, None if no passage contains it."""
        number = bisect_left(self.terms, term)
        return number if number < len(self) and self.terms[number] == term else None

    def _prefix_range(self, prefix: str) -> tuple[int, int]:
        """Return the first id of the terms with this prefix, and that after the last."""
        first = bisect_left(self.terms, prefix)
        return first, bisect_left(self.terms, prefix + _AFTER_ANY_LETTER, lo=first)

    def _term(self, number: int) -> str:
        return self.terms[number]


@dataclass(frozen=True, slots=True)
class TermTable:
    """The terms of m passages with n sentences, end to end.

    ``tokens`` are the ids of all terms in order, and ``names`` those of each sentence's names.
    ``token_counts``, ``name_counts``, ``non_stop_counts`` and ``traits`` have shape (n,);
    ``sentence_counts`` and ``passage_traits`` have shape (m,). ``headings`` (m,) numbers the
    headings, which have the ``heading_terms``, ``heading_counts`` (m,) of them for each passage.
    ``languages`` are those of the passages.
    """

    vocabulary: Vocabulary
    tokens: Ids
    token_counts: NDArray[np.uint32]
    non_stop_counts: NDArray[np.uint32]
    traits: NDArray[np.uint8]
    names: Ids
    name_counts: NDArray[np.uint32]
    sentence_counts: NDArray[np.int64]
    passage_traits: NDArray[np.uint8]
    headings: NDArray[np.int64]
    heading_terms: Ids
    heading_counts: NDArray[np.int64]
    languages: tuple[str, ...]

    def terms_with_prefix(self, prefix: str) -> list[str]:
        """Return the distinct terms of the sentences that begin with ``prefix``."""
        first, last = self.vocabulary.prefix_range(prefix)
        if first == last:
            return []
        found = set(self.tokens[(self.tokens >= first) & (self.tokens < last)].tolist())
        return [self.vocabulary.term(number) for number in sorted(found)]
