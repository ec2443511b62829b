"""Candidates → ranking, and the sentence of each that answers.

Three linear models with named weights in ``ranker.json``: one scores sentences, one passages with
the best sentence's score among its numbers, and one tells which sentence of a passage to show,
where names may stand in the sentence before ("It was ..."). They were fitted as listwise softmax
regressions (Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML
2007) by ``benchmarks/fit.py``, which prints what they are worth on articles they have not seen.

Where the encoder does not know the language, a second pair of weights leans on the words.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.search.features import (
    PASSAGE_FEATURES,
    SENTENCE_FEATURES,
    Candidate,
    Features,
    extract,
)
from index.search.term_matching import Floats, Idf

__all__ = ["EVIDENCE", "Candidate", "LinearModel", "RankedPassage", "Ranker", "load_ranker", "rank"]

ENGLISH = frozenset({"en"})  # what the packaged encoder knows
BEST_SENTENCE = ("sentence", "second")  # the best sentence's score; how far behind the next is

# What the judge weighs, beside the features of the passage and of its answering sentence.
_LISTED = (
    "score",  # of the ranking, before it is compared with others
    "margin",  # to the next passage, at most 3
    "nearest",  # best sentence cosine of the first three passages
    "above",  # how far that is above the eighth best
    "known",  # share of the question's words that any candidate holds
    "words",  # logarithm of the number of content words
    "phrase",  # 1 where the passage holds what the question quotes, or it quotes nothing
    "meant",  # 1 where the encoder knows the language
    "size",  # logarithm of twice the number of passages, 8 at most
    "rarest",  # idf of the rarest word that some passage holds, as a share of the most there is
    "unnamed",  # share of the names in the question that passage and title have not
    "nearer",  # logarithm of how many candidates have a higher cosine
    "unmet",  # 1 where a kind of answer is wanted and the sentence has none
)
EVIDENCE = (
    *_LISTED,
    *(f"passage_{name}" for name in (*PASSAGE_FEATURES, *BEST_SENTENCE)),
    *(f"sentence_{name}" for name in SENTENCE_FEATURES),
)
_KINDS = tuple(
    SENTENCE_FEATURES.index(name)
    for name in ("number", "date", "percent", "place", "reason", "name")
)
_DECIMALS = 9  # of a score: what BLAS adds up in another order must still be a tie
_WITHOUT_PHRASE = 100.0  # more than scores differ by
_COSINE = PASSAGE_FEATURES.index("cosine")
_NEAR = PASSAGE_FEATURES.index("near")


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage in the ranking; ``sentence`` is the position of the one that answers.

    ``score`` is comparable within one ranking; ``evidence`` has a number for each of ``EVIDENCE``.
    """

    row: int
    score: float
    sentence: int
    evidence: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights of named numbers."""

    names: tuple[str, ...]
    weights: Floats

    def __call__(self, values: Floats) -> Floats:
        """Scores of rows of numbers, shape (n, len(names))."""
        scores: Floats = np.round(values @ self.weights, _DECIMALS)
        return scores


@dataclass(frozen=True, slots=True)
class Ranker:
    """How sentences and passages are scored, and sentences of one passage: which one answers."""

    sentences: LinearModel
    passages: LinearModel
    highlights: LinearModel


def rank(
    question: str,
    candidates: Sequence[Candidate],
    idf: Idf,
    known: frozenset[str] | None = ENGLISH,
) -> list[RankedPassage]:
    """Passages best first, ties by row.

    ``known`` are the languages (ISO 639-1) that the encoder knows, None for all.
    """
    if not candidates:
        return []
    candidates = sorted(candidates, key=lambda candidate: candidate.row)
    features = extract(question, candidates, idf)
    meant = known is None or features.language in known
    ranker = load_ranker("known" if meant else "unknown")
    return rank_with(ranker, features, [c.row for c in candidates], meant=meant)


def rank_with(
    ranker: Ranker, features: Features, rows: Sequence[int], *, meant: bool = True
) -> list[RankedPassage]:
    """Passages as ``ranker`` orders them: first those that hold what is quoted.

    ``rows`` ascend, so that ties are in their order.
    """
    sentence_scores = ranker.sentences(features.sentences)
    best, passages = with_best_sentence(features, sentence_scores)
    scores = ranker.passages(passages)
    scores = np.where(features.phrases, scores, scores - _WITHOUT_PHRASE)
    order = np.argsort(-scores, kind="stable").tolist()
    highlights = ranker.highlights(features.sentences)
    shown = _best_of_each(features, np.where(features.headers, -np.inf, highlights))
    evidence = _evidence(features, best, passages, scores, meant=meant).tolist()
    return [RankedPassage(rows[i], float(scores[i]), shown[i], tuple(evidence[i])) for i in order]


@cache
def load_ranker(name: str) -> Ranker:
    """The fitted weights for languages that the encoder knows, or for ``unknown`` ones."""
    values = json.loads(files("index.search").joinpath("ranker.json").read_text("utf-8"))[name]
    return Ranker(
        _linear(SENTENCE_FEATURES, values["sentences"]),
        _linear((*PASSAGE_FEATURES, *BEST_SENTENCE), values["passages"]),
        _linear(SENTENCE_FEATURES, values["highlights"]),
    )


def _linear(names: tuple[str, ...], weights: dict[str, float]) -> LinearModel:
    return LinearModel(names, np.array([weights.get(name, 0.0) for name in names], np.float64))


def with_best_sentence(features: Features, scores: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The best sentence of each passage, and the passages' features with its score beside them."""
    order = np.lexsort((-scores, features.chunk_to_passage))
    first = np.searchsorted(features.chunk_to_passage, np.arange(len(features.passages) + 1))
    best = order[first[:-1]]
    second = order[np.minimum(first[:-1] + 1, first[1:] - 1)]
    behind = np.where(second == best, -2.0, np.maximum(-2.0, scores[second] - scores[best]))
    return best, np.column_stack([features.passages, scores[best], behind])


def _best_of_each(features: Features, scores: Floats) -> list[int]:
    """The position of the best sentence inside each passage."""
    first = np.searchsorted(features.chunk_to_passage, np.arange(len(features.passages) + 1))
    return [int(np.argmax(scores[a:b])) for a, b in pairwise(first)]


def _evidence(
    features: Features, best: NDArray[np.intp], passages: Floats, scores: Floats, *, meant: bool
) -> Floats:
    """A row of numbers for each candidate, in the order of ``EVIDENCE``."""
    order = np.argsort(-scores, kind="stable").tolist()
    near = features.passages[:, _NEAR]
    cosines = features.passages[:, _COSINE]
    nearest = float(near[order[:3]].max())
    descending = np.sort(near)[::-1]
    place = {i: position for position, i in enumerate(order)}
    after = [order[min(place[i] + 1, len(order) - 1)] for i in range(len(order))]
    alone = np.array([place[i] == len(order) - 1 for i in range(len(order))])
    answered = features.sentences[best][:, _KINDS].any(1)
    listed = [
        scores,
        np.where(alone, 3.0, np.minimum(3.0, scores - scores[after])),
        np.full(len(order), nearest),
        np.full(len(order), nearest - float(descending[:8][-1])),
        np.full(len(order), features.known),
        np.full(len(order), np.log1p(features.words)),
        features.phrases.astype(np.float64),
        np.full(len(order), float(meant)),
        np.full(len(order), features.size),
        np.full(len(order), features.rarest),
        features.unnamed,
        np.log1p((cosines[None] > cosines[:, None]).sum(1)),
        float(features.kind_wanted) * ~answered,
    ]
    return np.column_stack([*listed, passages, features.sentences[best]])
