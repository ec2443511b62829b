"""The verdict: is the answer there?"""

import math
from collections.abc import Sequence
from enum import StrEnum

from index.article import Verdict
from index.rank import Ranked


class Strictness(StrEnum):
    """How sure a quotation must be; what a curator chooses."""

    STRICT = "strict"
    BALANCED = "balanced"
    GENEROUS = "generous"


_THRESHOLDS = {  # probabilities: answered from the first, closest from the second
    Strictness.STRICT: (0.8, 0.3),
    Strictness.BALANCED: (0.6, 0.2),
    Strictness.GENEROUS: (0.4, 0.1),
}


def judge(
    question: str, ranked: Sequence[Ranked], strictness: Strictness = Strictness.BALANCED
) -> Verdict:
    """What may be said of the best passages found for ``question``."""
    sure = probability(ranked)
    answered, closest = _THRESHOLDS[strictness]
    if not any(character.isalnum() for character in question) or sure < closest:
        return Verdict.NOTHING
    return Verdict.ANSWERED if sure >= answered else Verdict.CLOSEST


def probability(ranked: Sequence[Ranked]) -> float:
    """How likely the articles hold the answer, 0 to 1."""
    if not ranked:
        return 0.0
    first = [one.evidence for one in ranked[:3]]
    near = max(evidence.sentence_cosine for evidence in first)
    covered = max(evidence.coverage for evidence in first)
    return 1 / (1 + math.exp(-(9.0 * near + 4.0 * covered - 7.0)))
