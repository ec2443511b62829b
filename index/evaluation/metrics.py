"""Measure finding, highlighting and judging on a file of questions.

A question's answer is known by its article and paragraph, so a curator's own questions are
measured just as the development sets are.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.errors import QuestionError
from index.filters import EVERYTHING, Scope
from index.search.verdict import Strictness, probability
from index.searcher import Searcher
from index.types import Verdict

COVERAGE = 0.9  # of answerable questions, at which false answers are compared
_DEPTH = 10  # ranks looked at
_RESAMPLES = 1000
_SEED = 0

Progress = Callable[[int, int], None]
Expect = Literal["passage", "removed", "nowhere"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A line of a question file; ``paragraph`` counts from 1, as citations do."""

    id: str
    question: str
    answerable: bool
    article: str | None
    paragraph: int | None
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """What became of a question.

    ``rank`` is its passage's (None: not among the first ten); ``highlighted`` whether the highlight
    of a passage ranked first holds an accepted answer (None: not known); ``probability`` how sure
    the judge was, ``verdict`` what it said; ``first`` and ``highlight`` what was ranked first.
    """

    asked: LabelledQuestion
    rank: int | None
    highlighted: bool | None
    probability: float
    verdict: Verdict
    seconds: float
    first: str
    highlight: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure with its 95 % bootstrap interval, over ``count`` questions."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk: unanswerable questions answered; coverage: answerable ones; as shares, pair by pair."""

    coverage: Floats
    risk: Floats


def read_questions(path: Path) -> list[LabelledQuestion]:
    """The questions of a JSONL file. Raises QuestionError naming the line that is wrong."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path} cannot be read as UTF-8 text ({error})") from error
    return [_asked(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def measure(
    searcher: Searcher,
    questions: Sequence[LabelledQuestion],
    *,
    expect: Expect = "passage",
    strictness: Strictness = Strictness.BALANCED,
    progress: Progress | None = None,
) -> list[QuestionOutcome]:
    """Ask each question.

    ``expect`` says where its passage is: in the index; ``"removed"``: asked as if its article
    were not there; ``"nowhere"``: in none of these articles. ``strictness`` is that of the verdict.
    Raises QuestionError when a question names an article or paragraph that the index lacks.
    """
    outcomes = []
    for done, asked in enumerate(questions, 1):
        outcomes.append(_outcome(searcher, asked, expect, strictness))
        if progress:
            progress(done, len(questions))
    return outcomes


def retrieval_metrics(outcomes: Sequence[QuestionOutcome]) -> dict[str, Estimate]:
    """R@1, R@5, R@10, MRR@10 and the answer sentence, over answerable questions."""
    ranks = [outcome.rank or _DEPTH + 1 for outcome in outcomes]
    figures = {
        f"R@{depth}": figure([float(rank <= depth) for rank in ranks]) for depth in (1, 5, _DEPTH)
    }
    figures[f"MRR@{_DEPTH}"] = figure([1 / rank if rank <= _DEPTH else 0.0 for rank in ranks])
    sentences = [float(o.highlighted) for o in outcomes if o.highlighted is not None]
    if sentences:
        figures["answer sentence"] = figure(sentences)
    return figures


def separability(
    answerable: Sequence[QuestionOutcome], not_there: Sequence[QuestionOutcome]
) -> dict[str, Estimate]:
    """AUC of the judge's probability, and false answers at 90 % coverage."""
    there = np.array([outcome.probability for outcome in answerable])
    absent = np.array([outcome.probability for outcome in not_there])
    return {
        "AUC": _paired(auc, there, absent),
        f"false answers at {COVERAGE:.0%} coverage": _paired(false_answers, there, absent),
    }


def decision_metrics(
    answerable: Sequence[QuestionOutcome], not_there: Sequence[QuestionOutcome]
) -> dict[str, Estimate]:
    """Coverage: answerable questions that the verdict answers; false answers: others that it does.

    At the strictness they were asked with.
    """
    groups = {"coverage": answerable, "false answers": not_there}
    return {
        name: figure([float(o.verdict is Verdict.ANSWERED) for o in group])
        for name, group in groups.items()
        if group
    }


def auc(there: Floats, absent: Floats) -> float:
    """How often an answerable question is judged surer than one that is not, ties half."""
    ordered = np.sort(absent)
    below = np.searchsorted(ordered, there, "left")
    not_above = np.searchsorted(ordered, there, "right")
    return float((below + not_above).mean() / 2 / len(absent))


def false_answers(there: Floats, absent: Floats) -> float:
    """Share of ``absent`` at or above the threshold that lets ``COVERAGE`` of ``there`` pass."""
    surest = np.sort(there)[::-1]
    threshold = surest[ceil(COVERAGE * len(surest) - 1e-9) - 1]
    return float((absent >= threshold).mean())


def curve(answerable: Sequence[QuestionOutcome], not_there: Sequence[QuestionOutcome]) -> Curve:
    """Risk against coverage as the threshold falls."""
    there = np.array([outcome.probability for outcome in answerable])
    absent = np.array([outcome.probability for outcome in not_there])
    return curve_of(there, absent)


def curve_of(there: Floats, absent: Floats) -> Curve:
    """Risk against coverage of two groups of scores."""
    thresholds = np.unique(np.concatenate([there, absent]))[::-1]
    return Curve(
        coverage=np.array([(there >= threshold).mean() for threshold in thresholds]),
        risk=np.array([(absent >= threshold).mean() for threshold in thresholds]),
    )


def figure(values: Sequence[float]) -> Estimate:
    """The mean of ``values`` with its bootstrap interval."""
    numbers = np.array(values)
    if not len(numbers):
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    random = np.random.default_rng(_SEED)
    means = [random.choice(numbers, len(numbers)).mean() for _ in range(_RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(numbers.mean()), float(low), float(high), len(numbers))


def _paired(measured: Callable[[Floats, Floats], float], there: Floats, absent: Floats) -> Estimate:
    """A measure over two groups, each resampled by itself."""
    if not len(there) or not len(absent):
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    random = np.random.default_rng(_SEED)
    resampled = [
        measured(random.choice(there, len(there)), random.choice(absent, len(absent)))
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Estimate(measured(there, absent), float(low), float(high), len(absent))


def _outcome(
    searcher: Searcher, asked: LabelledQuestion, expect: Expect, strictness: Strictness
) -> QuestionOutcome:
    scope = Scope(without=asked.article) if expect == "removed" else EVERYTHING
    answer = searcher.ask(asked.question, scope=scope, strictness=strictness)
    ranked = searcher.find(asked.question, scope)  # it has just been found
    gold = _gold(searcher, asked) if expect == "passage" else None
    rank = next((n for n, one in enumerate(ranked[:_DEPTH], 1) if one.row == gold), None)
    best = searcher.quote(1, ranked[0]) if ranked else None
    highlight = best.highlight.text if best else ""
    return QuestionOutcome(
        asked=asked,
        rank=rank,
        highlighted=_holds(highlight, asked.answers) if rank == 1 and asked.answers else None,
        probability=probability(ranked, searcher.parts.verdict_models),
        verdict=answer.verdict,
        seconds=answer.seconds,
        first=f"{best.citation.article}, paragraph {best.citation.paragraph}" if best else "",
        highlight=highlight,
    )


def _gold(searcher: Searcher, asked: LabelledQuestion) -> int | None:
    if not asked.answerable or asked.article is None or asked.paragraph is None:
        return None
    return searcher.row(asked.article, asked.paragraph)


def _holds(text: str, answers: Sequence[str]) -> bool:
    said = " ".join(text.split())
    return any(" ".join(answer.split()) in said for answer in answers)


def _asked(path: Path, number: int, line: str) -> LabelledQuestion:
    try:
        return _from_values(json.loads(line), number)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise QuestionError(
            f'{path}, line {number}: wanted {{"id", "question", "answerable", "article", '
            f'"paragraph", "answer"}} ({type(error).__name__}: {error})'
        ) from error


def _from_values(values: dict[str, Any], number: int) -> LabelledQuestion:
    answers = values.get("answer") or []
    return LabelledQuestion(
        id=str(values.get("id", number)),
        question=str(values["question"]),
        answerable=bool(values.get("answerable", values.get("article") is not None)),
        article=values.get("article"),
        paragraph=_paragraph(values),
        answers=(answers,) if isinstance(answers, str) else tuple(map(str, answers)),
    )


def _paragraph(values: dict[str, Any]) -> int | None:
    """``paragraph`` as cited, or ``paragraph_index``, which question sets count from 0."""
    if values.get("paragraph") is not None:
        return int(values["paragraph"])
    index = values.get("paragraph_index")
    return None if index is None else int(index) + 1


def worst(outcomes: Sequence[QuestionOutcome], count: int) -> list[QuestionOutcome]:
    """Answerable questions whose passage is not first, the surest mistakes first."""
    return _surest([outcome for outcome in outcomes if outcome.rank != 1], count)


def wrongly_answered(not_there: Sequence[QuestionOutcome], count: int) -> list[QuestionOutcome]:
    """Questions without an answer that the verdict answers, the surest first."""
    return _surest([one for one in not_there if one.verdict is Verdict.ANSWERED], count)


def _surest(outcomes: Sequence[QuestionOutcome], count: int) -> list[QuestionOutcome]:
    return sorted(outcomes, key=lambda o: (-o.probability, o.asked.id))[:count]
