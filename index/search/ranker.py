"""Rank candidate passages and choose the sentence of each that answers.

Three linear models with named weights in ``ranker.json``: one scores sentences, one scores passages
with the score of the best sentence among its features, and one chooses the sentence to highlight,
where names may be in the sentence before ("It was ..."). They were fitted as listwise softmax
regressions (Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML
2007) by ``benchmarks/fit.py``, which reports their quality on articles they were not fitted to.

The weights of passages shift with the corpus: people ask documentation "how do i ...", and among
hundreds of thousands of passages many are near to any question.

A second set of weights relies more on terms, for languages that the encoder does not support.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from index.search.candidates import Candidates
from index.search.features.extraction import Features, extract_features
from index.search.features.inputs import stacked
from index.search.features.passages import PASSAGE_FEATURES
from index.search.features.sentences import SENTENCE_FEATURES
from index.search.term_matching import Floats, Idf

ENGLISH = frozenset({"en"})  # the languages of the packaged encoder

# The features of each part of ``Ranker``, in order. Those of passages include the score of their
# best sentence, and how far the second best is behind it.
_PASSAGE_FEATURES = (*PASSAGE_FEATURES, "best_sentence_score", "second_sentence_gap")
RANKER_FEATURES = {
    "sentences": SENTENCE_FEATURES,
    "passages": _PASSAGE_FEATURES,
    "documentation": _PASSAGE_FEATURES,
    "growth": _PASSAGE_FEATURES,
    "highlights": SENTENCE_FEATURES,
}

# Features of the verdict, beside those of the passage and of its best sentence.
_RANKING_FEATURES = (
    "score",  # in the ranking
    "margin",  # of the score to that of the next passage, at most 3
    "top3_sentence_cosine",  # highest sentence cosine in the first three passages
    "top3_cosine_lead",  # of the former over the eighth highest sentence cosine
    "known_term_share",  # coverage of the question by all candidates together
    "log_term_count",  # of the question's content terms
    "has_phrases",  # 1 if the passage contains all quoted phrases of the question
    "has_asked_content",  # 0 if it lacks a price, a version or a way that is asked for
    "language_supported",  # 1 if the encoder supports the language
    "log_corpus_size",  # of twice the number of passages, at most 8
    "rarest_known_idf",  # relative to the idf of a term in a single passage
    "missing_names",  # share of the question's names in neither passage nor title
    "log_nearer_candidates",  # of the number of candidates with a higher cosine
    "lacks_expected_type",  # 1 if the sentence lacks the answer type asked for
    "documentation",  # 0 for prose, 1 for documentation
    "growth",  # 0 for documentation and up to 1,400 passages, 1 from 200,000 on
)
VERDICT_FEATURES = (
    *_RANKING_FEATURES,
    *(f"passage_{name}" for name in RANKER_FEATURES["passages"]),
    *(f"sentence_{name}" for name in SENTENCE_FEATURES),
)
_ANSWER_TYPE_COLUMNS = slice(  # for each type, whether the answer has it
    SENTENCE_FEATURES.index("has_number"), SENTENCE_FEATURES.index("has_new_name") + 1
)
_SCORE_DECIMALS = 9  # hides the rounding errors of sums that BLAS adds in another order
_MISSING_PHRASE_PENALTY = 100.0  # more than scores differ by
_MAX_MARGIN = 3.0
_MAX_SENTENCE_GAP = 2.0
_COSINE = PASSAGE_FEATURES.index("cosine")
_BEST_SENTENCE_COSINE = PASSAGE_FEATURES.index("best_sentence_cosine")


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage in a ranking; ``sentence_index`` is that of the sentence that answers.

    ``score`` is comparable within one ranking; ``values`` has one for each of
    ``VERDICT_FEATURES``.
    """

    row: int
    score: float
    sentence_index: int
    values: Floats = field(default_factory=lambda: np.zeros(0), compare=False, repr=False)

    @property
    def verdict_features(self) -> tuple[float, ...]:
        """The values of ``VERDICT_FEATURES``; few passages are asked for them."""
        return tuple(self.values.tolist())


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights of ``RANKER_FEATURES`` to score sentences, passages, and sentences to highlight.

    ``documentation`` and ``growth`` are added to ``passages`` in documentation and in large
    corpora, in proportion to the values of that name in ``Features``.
    """

    sentences: Floats
    passages: Floats
    documentation: Floats
    growth: Floats
    highlights: Floats

    def passage_weights(self, features: Features) -> Floats:
        """Return the weights of passages in the corpus of ``features``."""
        shifts = features.documentation * self.documentation + features.growth * self.growth
        return self.passages + shifts


def rank_candidates(
    question: str,
    candidates: Candidates,
    idf: Idf,
    supported_languages: frozenset[str] | None = ENGLISH,
) -> list[RankedPassage]:
    """Rank passages, best first, ties by row.

    ``supported_languages`` are those of the encoder (ISO 639-1), None for all.
    """
    if not candidates:
        return []
    features = extract_features(question, candidates, idf, supported_languages)
    supported = supported_languages is None or features.language in supported_languages
    ranker = load_ranker("known" if supported else "unknown")
    return rank_with(ranker, features, candidates.rows, language_supported=supported)


def rank_with(
    ranker: Ranker, features: Features, rows: Sequence[int], *, language_supported: bool = True
) -> list[RankedPassage]:
    """Rank passages by ``ranker``, those with all quoted phrases first.

    ``rows`` are in ascending order, which breaks ties.
    """
    sentence_scores = linear_scores(features.sentences, ranker.sentences)
    best, passages = with_best_sentence(features, sentence_scores)
    scores = linear_scores(passages, ranker.passage_weights(features))
    scores = np.where(features.has_phrases, scores, scores - _MISSING_PHRASE_PENALTY)
    order = np.argsort(-scores, kind="stable")
    ranking_features = _ranking_features(features, best, scores, order)
    ranking_features["language_supported"] = float(language_supported)
    columns = [ranking_features[name] for name in _RANKING_FEATURES]
    parts = [stacked(columns, len(order)), passages, features.sentences[best]]
    values = np.concatenate(parts, axis=1)
    highlights = _highlights(features, linear_scores(features.sentences, ranker.highlights))
    scored = scores.tolist()
    return [RankedPassage(rows[i], scored[i], highlights[i], values[i]) for i in order.tolist()]


def _highlights(features: Features, scores: Floats) -> list[int]:
    """Return the sentence of each passage to highlight, counted from its first."""
    scores[~features.may_be_highlighted] = -np.inf
    order = np.lexsort((-scores, features.sentence_to_passage))
    highlights: list[int] = (order[features.starts] - features.starts).tolist()
    return highlights


def linear_scores(features: Floats, weights: Floats) -> Floats:
    """Score rows of features, shape (n, len(weights)), rounded so that ties are exact."""
    scores: Floats = np.round(features @ weights, _SCORE_DECIMALS)
    return scores


@cache
def load_ranker(name: str) -> Ranker:
    """Load the fitted weights for languages that the encoder supports ("known") or not."""
    values = json.loads(files("index.search").joinpath("ranker.json").read_text("utf-8"))[name]
    return Ranker(
        *(
            np.array([values.get(part, {}).get(name, 0.0) for name in names], np.float64)
            for part, names in RANKER_FEATURES.items()
        )
    )


def with_best_sentence(features: Features, scores: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the best sentence of each passage, and the passage features with its score added."""
    order = np.lexsort((-scores, features.sentence_to_passage))
    best = order[features.starts]
    second = order[np.minimum(features.starts + 1, features.lasts)]
    gap = np.maximum(-_MAX_SENTENCE_GAP, scores[second] - scores[best])
    gap = np.where(second == best, -_MAX_SENTENCE_GAP, gap)
    return best, np.concatenate([features.passages, scores[best, None], gap[:, None]], axis=1)


def _ranking_features(
    features: Features, best: NDArray[np.intp], scores: Floats, order: NDArray[np.intp]
) -> dict[str, Floats | float]:
    """Compute ``_RANKING_FEATURES`` except language_supported, for all passages or for each."""
    count = len(order)
    sentence_cosines = features.passages[:, _BEST_SENTENCE_COSINE]
    cosines = features.passages[:, _COSINE]
    top3 = float(sentence_cosines[order[:3]].max())
    eighth = float(np.sort(sentence_cosines)[::-1][:8][-1])
    margins = np.full(count, _MAX_MARGIN)
    margins[order[:-1]] = np.minimum(_MAX_MARGIN, scores[order[:-1]] - scores[order[1:]])
    has_type = features.sentences[best, _ANSWER_TYPE_COLUMNS].any(1)
    return {
        "score": scores,
        "margin": margins,
        "top3_sentence_cosine": top3,
        "top3_cosine_lead": top3 - eighth,
        "known_term_share": features.known_term_share,
        "log_term_count": float(np.log1p(features.term_count)),
        "has_phrases": features.has_phrases.astype(np.float64),
        "has_asked_content": features.has_asked_content.astype(np.float64),
        "log_corpus_size": features.log_corpus_size,
        "rarest_known_idf": features.rarest_known_idf,
        "missing_names": features.missing_names,
        "log_nearer_candidates": np.log1p((cosines[None] > cosines[:, None]).sum(1)),
        "lacks_expected_type": float(features.expects_type) * ~has_type,
        "documentation": features.documentation,
        "growth": features.growth,
    }
