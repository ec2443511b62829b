"""Prepare what features are computed from: terms, matches and weights."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.search.candidates import Candidates
from index.search.passage_terms import PassageTrait, SentenceTrait
from index.search.term_matching import (
    Flags,
    Floats,
    QueryTerms,
    TermMatches,
    are_among,
    match_terms,
    wanted_ids,
)
from index.search.term_table import SortedTokens, TermTable


@dataclass(frozen=True, slots=True)
class FeatureInputs:
    """Everything that features are computed from.

    ``starts`` (passages,) and ``lasts`` (passages,) are the first and last sentences, ``covered``
    (passages, terms) is 0 or 1. ``title_to_passage`` is the passage of each term in a title, and
    ``title_terms_asked`` tells which of them are in the question.
    """

    candidates: Candidates
    table: TermTable
    tokens: SortedTokens
    query: QueryTerms
    matches: TermMatches
    sentence_to_passage: NDArray[np.intp]
    starts: NDArray[np.intp]
    lasts: NDArray[np.intp]
    covered: Floats
    index_weights: Floats
    local_weights: Floats
    bigram_weights: Floats
    query_ids: NDArray[np.int64]
    title_to_passage: NDArray[np.intp]
    title_terms_asked: Flags

    @classmethod
    def match(cls, query: QueryTerms, candidates: Candidates) -> Self:
        """Match a question's terms with the candidates."""
        table, idfs = candidates.terms, query.idfs
        tokens, counts = SortedTokens(table), table.sentence_counts
        matches = match_terms(query, tokens)
        starts = counts.cumsum() - counts
        covered = np.maximum.reduceat(matches.sentences, starts)
        pairs = [idfs[a] + idfs[b] for a, b in query.bigrams]
        query_ids = wanted_ids(query.all_terms, table)
        passages = np.arange(len(candidates))
        return cls(
            candidates=candidates,
            table=table,
            tokens=tokens,
            query=query,
            matches=matches,
            sentence_to_passage=passages.repeat(counts),
            starts=starts,
            lasts=starts + counts - 1,
            covered=covered,
            index_weights=normalized(idfs),
            local_weights=normalized(local_idf(covered.sum(0), len(candidates)) * idfs),
            bigram_weights=normalized(np.array(pairs, np.float64)),
            query_ids=query_ids,
            title_to_passage=passages.repeat(table.heading_counts),
            title_terms_asked=are_among(table.heading_terms, query_ids),
        )

    def have_trait(self, trait: PassageTrait) -> Flags:
        """Return which passages have a trait."""
        flags: Flags = (self.table.passage_traits & int(trait)) != 0
        return flags

    def has_trait(self, trait: SentenceTrait) -> Flags:
        """Return which sentences have a trait."""
        flags: Flags = (self.table.traits & int(trait)) != 0
        return flags


def stacked(columns: Sequence[NDArray[Any] | float], rows: int) -> Floats:
    """Stack columns of numbers and flags, or a number for all rows, shape (rows, columns)."""
    matrix = np.empty((rows, len(columns)))
    for number, column in enumerate(columns):
        matrix[:, number] = column
    return matrix


def local_idf(frequency: Floats, total: Floats | int) -> Floats:
    """Return BM25's idf; 0 for terms that do not occur, which cannot tell passages apart."""
    idf: Floats = np.log1p((total - frequency + 0.5) / (frequency + 0.5)) * (frequency > 0)
    return idf


def normalized(weights: Floats) -> Floats:
    """Scale weights to a sum of 1; all become 0 if that is impossible."""
    total = float(weights.sum()) if len(weights) else 0.0
    scaled: Floats = weights / total if total and math.isfinite(total) else weights * 0.0
    return scaled
