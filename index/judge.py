"""The verdict: is the answer there, is something near it there, or nothing?

A logistic regression over the evidence of the best passage, with named weights in ``judge.json``,
fitted by ``benchmarks/fit.py`` on questions whose article is there, is not there, and on questions
about other things altogether, over corpora of a dozen passages to thousands.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from index.article import Verdict
from index.rank import EVIDENCE, Ranked
from index.words import content_terms

_LONG = 64  # content words: a text, not a question
_FAINT = 0.5  # best sentence cosine below which a question that shares no word is about nothing


class Strictness(StrEnum):
    """How sure a quotation must be; what a curator chooses."""

    STRICT = "strict"
    BALANCED = "balanced"
    GENEROUS = "generous"


@dataclass(frozen=True, slots=True)
class Judge:
    """``weights`` by name of evidence; ``thresholds`` are log-odds: answered, closest."""

    bias: float
    weights: dict[str, float]
    thresholds: dict[str, tuple[float, float]]


def judge(
    question: str, ranked: Sequence[Ranked], strictness: Strictness = Strictness.BALANCED
) -> Verdict:
    """What may be said of the best passages found for ``question``."""
    if not ranked or not any(character.isalpha() for character in question):
        return Verdict.NOTHING
    evidence = named(ranked[0])
    if evidence["known"] == 0 and evidence["nearest"] < _FAINT:
        return Verdict.NOTHING
    fitted = load_judge(evidence["meant"])
    sure = log_odds(fitted, evidence)
    answered, closest = fitted.thresholds[strictness]
    if sure < closest:
        return Verdict.NOTHING
    return Verdict.ANSWERED if sure >= answered and _asks(question, evidence) else Verdict.CLOSEST


def probability(ranked: Sequence[Ranked]) -> float:
    """How likely the articles hold the answer, 0 to 1, were half of all questions answerable."""
    if not ranked:
        return 0.0
    evidence = named(ranked[0])
    return 1 / (1 + math.exp(-log_odds(load_judge(evidence["meant"]), evidence)))


def named(ranked: Ranked) -> dict[str, float]:
    """The evidence of a passage by name."""
    return dict(zip(EVIDENCE, ranked.evidence, strict=True))


def log_odds(fitted: Judge, evidence: dict[str, float]) -> float:
    """Log-odds that the answer is there."""
    return fitted.bias + sum(weight * evidence[name] for name, weight in fitted.weights.items())


@cache
def load_judge(meant: float = 1.0) -> Judge:
    """The fitted judge, for languages that the encoder knows (1) or does not (0)."""
    values = json.loads(files("index").joinpath("judge.json").read_text("utf-8"))
    fitted = values["known" if meant else "unknown"]
    thresholds = {name: (pair[0], pair[1]) for name, pair in fitted["thresholds"].items()}
    return Judge(fitted["bias"], fitted["weights"], thresholds)


def _asks(question: str, evidence: dict[str, float]) -> bool:
    """Whether it can be answered at all: a word is a topic, a page is a text, a phrase must be."""
    words = len(content_terms(question, "en"))
    topic = words < 2 and len(question.split()) < 2
    return not topic and words <= _LONG and evidence["known"] > 0 and evidence["phrase"] == 1
