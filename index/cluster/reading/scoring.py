"""BM25 scores of passages from a cluster, equal to tantivy's.

Milvus has single precision, and can only estimate the scores of misspelled words.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

import numpy as np

from index.cluster.manifest import ClusterManifest
from index.cluster.reading.passages import FetchedPassage
from index.cluster.reading.statistics import TermStatistics
from index.cluster.rows import title_terms
from index.cluster.sparse import length_norm, query_weight
from index.store.bm25 import title_boost

_TYPO_DEPTH = 2  # times as many passages are read if the scores of misspelled words are estimated


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """The terms of a query with their statistics, and the misspelled ones with those meant.

    ``typos`` has the weight of each misspelled term and the terms that it may mean.
    """

    known: Mapping[str, TermStatistics]
    typos: Sequence[tuple[float, Mapping[str, TermStatistics]]]

    def depth(self, limit: int) -> int:
        """Return how many passages to compare for the best ``limit``."""
        return _TYPO_DEPTH * limit if self.typos else limit

    def rarest_corrections(self, passages: int) -> list[TermStatistics]:
        """Return the terms that misspelled ones may mean, the rarest, up to so many passages."""
        groups = sorted(([*near.values()] for _, near in self.typos), key=_frequency)
        within = takewhile(lambda total: total <= passages, accumulate(map(_frequency, groups)))
        return [term for _, group in zip(within, groups, strict=False) for term in group]


def _frequency(group: Iterable[TermStatistics]) -> int:
    return sum(each.in_text for each in group)


def idf(passages: int, frequency: int) -> float:
    """Compute the inverse document frequency (Robertson and Sparck Jones)."""
    return float(np.log(1 + (passages - frequency + 0.5) / (frequency + 0.5)))


def bm25_score(query: SearchTerms, passage: FetchedPassage, manifest: ClusterManifest) -> float:
    """Compute the BM25 score of a passage and its titles."""
    own = passage.row.terms
    titles, averages = title_terms(own.heading), manifest.averages
    count = manifest.counts.passages
    text_norm = length_norm(len(own.terms), averages.text)
    title_norm = length_norm(len(titles), averages.title)
    score = 0.0
    for term, each in query.known.items():
        found, in_title = own.terms.count(term), titles.count(term)
        score += query_weight(count, each.in_text) * found / (found + text_norm)
        weight = title_boost(term) * query_weight(count, each.in_title)
        score += weight * in_title / (in_title + title_norm)
    return score + sum(
        weight for weight, near in query.typos if not near.keys().isdisjoint(own.terms)
    )


def phrase_score(
    phrases: Iterable[Sequence[str]],
    known: Mapping[str, TermStatistics],
    passage: FetchedPassage,
    manifest: ClusterManifest,
) -> float:
    """Compute the BM25 score of the phrases, whose terms are ``known``, in a passage."""
    own = passage.row.terms.terms
    runs = Counter(
        phrase
        for phrase in phrases
        for start in range(len(own) - len(phrase) + 1)
        if own[start : start + len(phrase)] == [*phrase]
    )
    norm = length_norm(len(own), manifest.averages.text)
    weight, count = query_weight, manifest.counts.passages
    return sum(
        sum(weight(count, known[term].in_text) for term in phrase) * found / (found + norm)
        for phrase, found in runs.items()
    )
