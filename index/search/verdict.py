"""Decide whether the best passage answers the question, is at least close, or neither.

A logistic regression over the verdict features of the best passage, with named weights in
``verdict.json``. ``benchmarks/fit.py`` fitted it on questions whose article is in the corpus,
questions whose article is not, and questions on other subjects, with corpora from a dozen passages
to thousands.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from index.search.question.input_kind import MAX_QUESTION_TERMS, asks_to_write, names_subject
from index.search.ranker import VERDICT_FEATURES, RankedPassage
from index.text.tokenize import content_terms, question_terms
from index.types import Verdict

_MIN_TITLE_COVERAGE = 0.6  # of the question; with less, a title alone does not make a passage close
_MIN_COSINE = 0.5  # of passage or sentence, for questions that share no term with the articles


class Strictness(StrEnum):
    """How certain the bot must be to answer; curators choose one."""

    STRICT = "strict"
    BALANCED = "balanced"
    GENEROUS = "generous"


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A linear function of the verdict features, with ``weights`` by feature name."""

    bias: float
    weights: dict[str, float]

    def __call__(self, features: Mapping[str, float]) -> float:
        """Compute the value for features by name."""
        return self.bias + sum(weight * features[name] for name, weight in self.weights.items())


@dataclass(frozen=True, slots=True)
class AnswerabilityModel:
    """A logistic regression with ``weights`` by feature name.

    ``thresholds`` are log-odds by strictness: from which to answer, and from which to show the
    closest passages. ``shifts`` are added to the log-odds in proportion to the feature that they
    are named for, "documentation" or "growth", ``answered_shifts`` to the first threshold, and
    ``closest_shifts`` to the second.
    """

    bias: float
    weights: dict[str, float]
    thresholds: Mapping[str, Sequence[float]]
    shifts: Mapping[str, LinearModel] = field(default_factory=dict)
    answered_shifts: Mapping[str, float] = field(default_factory=dict)
    closest_shifts: Mapping[str, float] = field(default_factory=dict)

    def thresholds_for(
        self, features: Mapping[str, float], strictness: Strictness
    ) -> tuple[float, float]:
        """Return the log-odds from which to answer, and from which to show the closest."""
        answered, closest = self.thresholds[strictness]
        raised = sum(features[name] * value for name, value in self.answered_shifts.items())
        lowered = sum(features[name] * value for name, value in self.closest_shifts.items())
        return answered + raised, closest + lowered


# "known" for languages that the encoder supports, "unknown" for others
VerdictModels = Mapping[str, AnswerabilityModel]


def decide(
    question: str,
    ranking: Sequence[RankedPassage],
    strictness: Strictness = Strictness.BALANCED,
    models: VerdictModels | None = None,
) -> Verdict:
    """Decide what the best passage is to ``question``.

    ``models`` are those of a calibrated snapshot, None for the packaged ones.
    """
    if not ranking or not any(character.isalpha() for character in question):
        return Verdict.NOTHING
    features = verdict_features(ranking[0])
    title_matches = features["passage_title_coverage"] >= _MIN_TITLE_COVERAGE
    cosine = max(features["top3_sentence_cosine"], features["passage_cosine"])
    if features["known_term_share"] == 0 and cosine < _MIN_COSINE and not title_matches:
        return Verdict.NOTHING
    model = _model_for(features, models)
    odds = log_odds(model, features)
    answered, closest = model.thresholds_for(features, strictness)
    if odds < closest and not title_matches:
        return Verdict.NOTHING
    is_answer = odds >= answered and _is_answerable(question, features)
    return Verdict.ANSWERED if is_answer else Verdict.CLOSEST


def answer_probability(
    ranking: Sequence[RankedPassage], models: VerdictModels | None = None
) -> float:
    """Return the probability that the articles contain the answer, at a prior of one half."""
    if not ranking:
        return 0.0
    features = verdict_features(ranking[0])
    return 1 / (1 + math.exp(-log_odds(_model_for(features, models), features)))


def verdict_features(passage: RankedPassage) -> dict[str, float]:
    """Return the verdict features of a passage by name."""
    return dict(zip(VERDICT_FEATURES, passage.verdict_features, strict=True))


def log_odds(model: AnswerabilityModel, features: Mapping[str, float]) -> float:
    """Return the log-odds that the passage contains the answer."""
    return LinearModel(model.bias, model.weights)(features) + shift(model, features)


def shift(model: AnswerabilityModel, features: Mapping[str, float]) -> float:
    """Return the part of the log-odds that depends on the kind and the size of the corpus."""
    return sum(features[name] * value(features) for name, value in model.shifts.items())


@cache
def load_verdict_models() -> VerdictModels:
    """Load the packaged models, fitted for the packaged encoder."""
    return read_verdict_models(files("index.search") / "verdict.json")


def read_verdict_models(file: Traversable) -> VerdictModels:
    """Read models from a file like ``verdict.json``."""
    values = json.loads(file.read_text("utf-8"))
    return {name: _parse_model(**model) for name, model in values.items()}


def _parse_model(
    shifts: Mapping[str, Mapping[str, Any]] | None = None, **values: Any
) -> AnswerabilityModel:
    named = {name: LinearModel(**model) for name, model in (shifts or {}).items()}
    return AnswerabilityModel(**values, shifts=named)


def _model_for(features: Mapping[str, float], models: VerdictModels | None) -> AnswerabilityModel:
    return (models or load_verdict_models())[
        "known" if features["language_supported"] else "unknown"
    ]


def _is_answerable(question: str, features: Mapping[str, float]) -> bool:
    """Return whether to answer at all: not one word, a long text, a task or "how is that done".

    The passage must have the phrases that the question quotes, and a price, a version or a way of
    doing something if it asks for one.
    """
    term_count = len(content_terms(question, "en"))
    is_topic = len(question_terms(question, "en")[0]) < 2 and len(question.split()) < 2
    return (
        not is_topic
        and names_subject(question)
        and not asks_to_write(question)
        and term_count <= MAX_QUESTION_TERMS
        and features["known_term_share"] > 0
        and features["has_phrases"] == 1
        and features["has_asked_content"] == 1
    )
