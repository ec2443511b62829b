"""Prepare what features are computed from: terms, matches and weights."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.search.candidates import Candidates
from index.search.passage_terms import PassageTrait, SentenceTrait
from index.search.term_matching import Flags, Floats, QueryTerms, TermMatches, are_among, wanted_ids
from index.search.term_table import SortedTokens


class FeatureInputs:
    """Everything that features are computed from.

    ``starts`` (passages,) are the first sentences, ``covered`` (passages, terms) is 0 or 1.
    ``title_to_passage`` is the passage of each term in a title, and ``title_terms_asked`` tells
    which of them are in the question.
    """

    def __init__(
        self,
        candidates: Candidates,
        tokens: SortedTokens,
        query: QueryTerms,
        matches: TermMatches,
        sentence_to_passage: NDArray[np.intp],
        starts: NDArray[np.intp],
        covered: Floats,
    ) -> None:
        self.candidates = candidates
        self.tokens = tokens
        self.table = candidates.terms
        self.query = query
        self.matches = matches
        self.sentence_to_passage = sentence_to_passage
        self.starts = starts
        self.covered = covered
        idfs = query.idfs
        self.index_weights = normalized(idfs)
        self.local_weights = normalized(local_idf(covered.sum(0), len(candidates)) * idfs)
        pairs = [idfs[a] + idfs[b] for a, b in query.bigrams]
        self.bigram_weights = normalized(np.array(pairs, np.float64))
        self.query_ids = wanted_ids(query.all_terms, self.table)
        self.title_to_passage = np.arange(len(candidates)).repeat(self.table.heading_counts)
        self.title_terms_asked = are_among(self.table.heading_terms, self.query_ids)

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
