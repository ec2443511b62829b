"""The verdict: is the answer there, is something near it there, or nothing?

A logistic regression over the evidence of the best passage, with named weights in ``judge.json``,
fitted by ``benchmarks/fit.py`` on questions whose article is there, is not there, and on questions
about other things altogether, over corpora of a dozen passages to thousands.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from index.search.ranker import EVIDENCE, RankedPassage
from index.text.tokenize import content_terms
from index.types import Verdict

_LONG = 64  # content words: a text, not a question
_TITLED = 0.6  # share of the question's words in a title that may alone hold the answer
_FAINT = (
    0.5  # cosine of passage or sentence below which a question that shares no word is nothing's
)


class Strictness(StrEnum):
    """How sure a quotation must be; what a curator chooses."""

    STRICT = "strict"
    BALANCED = "balanced"
    GENEROUS = "generous"


@dataclass(frozen=True, slots=True)
class AnswerabilityModel:
    """``weights`` by name of evidence; ``thresholds`` are log-odds: answered, closest."""

    bias: float
    weights: dict[str, float]
    thresholds: dict[str, tuple[float, float]]


VerdictModels = Mapping[
    str, AnswerabilityModel
]  # "known" and "unknown": whether the encoder knows the language


def decide(
    question: str,
    ranked: Sequence[RankedPassage],
    strictness: Strictness = Strictness.BALANCED,
    judges: VerdictModels | None = None,
) -> Verdict:
    """What may be said of the best passages found for ``question``.

    ``judges`` are those of a snapshot that was calibrated, None the ones that ship.
    """
    if not ranked or not any(character.isalpha() for character in question):
        return Verdict.NOTHING
    evidence = named(ranked[0])
    titled = evidence["passage_title"] >= _TITLED
    near = max(evidence["nearest"], evidence["passage_cosine"])
    if evidence["known"] == 0 and near < _FAINT and not titled:
        return Verdict.NOTHING
    fitted = (judges or load_verdict_models())[_name(evidence)]
    sure = log_odds(fitted, evidence)
    answered, closest = fitted.thresholds[strictness]
    if sure < closest and not titled:
        return Verdict.NOTHING
    return Verdict.ANSWERED if sure >= answered and _asks(question, evidence) else Verdict.CLOSEST


def probability(ranked: Sequence[RankedPassage], judges: VerdictModels | None = None) -> float:
    """How likely the articles hold the answer, 0 to 1, were half of all questions answerable."""
    if not ranked:
        return 0.0
    evidence = named(ranked[0])
    return 1 / (
        1 + math.exp(-log_odds((judges or load_verdict_models())[_name(evidence)], evidence))
    )


def named(ranked: RankedPassage) -> dict[str, float]:
    """The evidence of a passage by name."""
    return dict(zip(EVIDENCE, ranked.evidence, strict=True))


def log_odds(fitted: AnswerabilityModel, evidence: dict[str, float]) -> float:
    """Log-odds that the answer is there."""
    return fitted.bias + sum(weight * evidence[name] for name, weight in fitted.weights.items())


@cache
def load_verdict_models() -> VerdictModels:
    """The judges that ship, fitted for the packaged encoder."""
    return verdict_models_from(
        json.loads(files("index.search").joinpath("verdict.json").read_text("utf-8"))
    )


def verdict_models_from(values: dict[str, Any]) -> VerdictModels:
    """Judges as ``judge.json`` holds them."""
    return {
        name: AnswerabilityModel(
            fitted["bias"],
            fitted["weights"],
            {level: (pair[0], pair[1]) for level, pair in fitted["thresholds"].items()},
        )
        for name, fitted in values.items()
    }


def verdict_model_values(judges: VerdictModels) -> dict[str, Any]:
    """What ``judges_from`` reads."""
    return {name: asdict(decide) for name, decide in judges.items()}


def _name(evidence: Mapping[str, float]) -> str:
    """Which judge: for languages that the encoder knows, or does not."""
    return "known" if evidence["meant"] else "unknown"


def _asks(question: str, evidence: dict[str, float]) -> bool:
    """Whether it can be answered at all: a word is a topic, a page is a text, a phrase must be."""
    words = len(content_terms(question, "en"))
    topic = words < 2 and len(question.split()) < 2
    return not topic and words <= _LONG and evidence["known"] > 0 and evidence["phrase"] == 1
