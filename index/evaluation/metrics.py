"""Measure retrieval, highlights and verdicts on a file of labelled questions.

The answer to a question is identified by its article and paragraph, so that a curator's own
questions are measured like the development sets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.errors import QuestionError
from index.evaluation.question_file import read_objects
from index.filters import ALL_ARTICLES, Scope
from index.search.verdict import Strictness, answer_probability
from index.searcher import Searcher
from index.types import OnProgress, Verdict

COVERAGE = 0.9  # of answerable questions, at which false answers are counted
_DEPTH = 10  # ranks that are examined
_RESAMPLES = 1000
_SEED = 0
_EXPECTED = (
    'write {"id", "question", "answerable", "article", "paragraph", "answer"}, '
    "with a number as the paragraph, and a text or a list of texts as the answer"
)

Expectation = Literal["passage", "removed", "nowhere"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A line of a question file; ``paragraph`` counts from 1, as in citations.

    Without ``paragraph``, every paragraph of the article is right.
    """

    id: str
    question: str
    answerable: bool
    article: str | None
    paragraph: int | None
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """The result of a labelled question.

    ``rank`` is that of the first labelled passage, None beyond the first ten; ``highlighted`` is
    whether the highlight of a passage ranked first contains an accepted answer, None when that is
    unknown; ``answer_probability`` and ``verdict`` are the verdict model's; ``first`` and
    ``highlight`` locate and quote the passage ranked first.
    """

    labelled: LabelledQuestion
    rank: int | None
    highlighted: bool | None
    answer_probability: float
    verdict: Verdict
    seconds: float
    first: str
    highlight: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with its 95 % bootstrap interval, over ``count`` questions."""

    value: float
    low: float
    high: float
    count: int


def read_questions(path: Path) -> list[LabelledQuestion]:
    """Read the questions of a JSONL file. Raises QuestionError naming the invalid line."""
    return [_label(path, number, values) for number, values in read_objects(path)]


def _label(path: Path, number: int, values: dict[str, Any]) -> LabelledQuestion:
    place, question = f"{path}, line {number}", values.get("question")
    if not isinstance(question, str):
        raise QuestionError(f'{place} has no text as "question"; {_EXPECTED}')
    try:
        answers = values.get("answer") or []
        return LabelledQuestion(
            id=str(values.get("id", number)),
            question=question,
            answerable=bool(values.get("answerable", values.get("article") is not None)),
            article=values.get("article"),
            paragraph=_paragraph(values),
            answers=(answers,) if isinstance(answers, str) else tuple(map(str, answers)),
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise QuestionError(
            f'{place} has a "paragraph" or an "answer" of another type; {_EXPECTED}'
        ) from error


def _paragraph(values: dict[str, Any]) -> int | None:
    """Read ``paragraph``, or ``paragraph_index``, which public data sets count from 0."""
    if values.get("paragraph") is not None:
        return int(values["paragraph"])
    index = values.get("paragraph_index")
    return None if index is None else int(index) + 1


def measure(
    searcher: Searcher,
    questions: Sequence[LabelledQuestion],
    *,
    expect: Expectation = "passage",
    strictness: Strictness = Strictness.BALANCED,
    on_progress: OnProgress | None = None,
) -> list[QuestionOutcome]:
    """Ask each question and compare the result with its label.

    ``expect`` locates the labelled passage: ``"passage"`` in the index, ``"removed"`` in an article
    that the search leaves out, ``"nowhere"`` in other articles than the searcher's.
    Raises QuestionError when a question names an article or paragraph that does not exist.
    """
    outcomes = []
    for done, labelled in enumerate(questions, 1):
        outcomes.append(_outcome(searcher, labelled, expect, strictness))
        if on_progress:
            on_progress(done, len(questions))
    return outcomes


def _outcome(
    searcher: Searcher, labelled: LabelledQuestion, expect: Expectation, strictness: Strictness
) -> QuestionOutcome:
    scope = Scope(excluded_article=labelled.article) if expect == "removed" else ALL_ARTICLES
    answer = searcher.ask(labelled.question, scope=scope, strictness=strictness)
    ranking = searcher.rank(labelled.question, scope)  # cached by ask
    rows = _labelled_rows(searcher, labelled) if expect == "passage" else frozenset()
    rank = next((n for n, passage in enumerate(ranking[:_DEPTH], 1) if passage.row in rows), None)
    best = searcher.quoter.quote(1, ranking[0]) if ranking else None
    highlight = best.highlight.text if best else ""
    judged = rank == 1 and labelled.answers
    return QuestionOutcome(
        labelled=labelled,
        rank=rank,
        highlighted=_contains_answer(highlight, labelled.answers) if judged else None,
        answer_probability=answer_probability(ranking, searcher.opened.verdict_models),
        verdict=answer.verdict,
        seconds=answer.seconds,
        first=f"{best.citation.article}, paragraph {best.citation.paragraph}" if best else "",
        highlight=highlight,
    )


def _labelled_rows(searcher: Searcher, labelled: LabelledQuestion) -> frozenset[int]:
    """Return the rows of the labelled paragraph, or of the whole article if none is named."""
    if not labelled.answerable or labelled.article is None:
        return frozenset()
    if labelled.paragraph is None:
        return frozenset(passage.row for passage in searcher.passages(labelled.article))
    return frozenset({searcher.passage(labelled.article, labelled.paragraph).row})


def _contains_answer(text: str, answers: Sequence[str]) -> bool:
    """Search for an answer, ignoring differences in white space."""
    normalized = " ".join(text.split())
    return any(" ".join(answer.split()) in normalized for answer in answers)


def retrieval_metrics(outcomes: Sequence[QuestionOutcome]) -> dict[str, Estimate]:
    """Compute R@1, R@5, R@10, MRR@10 and answer sentence accuracy.

    Counts the questions whose article is known; returns nothing if there are none.
    """
    ranks = [outcome.rank or _DEPTH + 1 for outcome in outcomes if outcome.labelled.article]
    if not ranks:
        return {}
    metrics = {
        f"R@{depth}": bootstrap_mean([float(rank <= depth) for rank in ranks])
        for depth in (1, 5, _DEPTH)
    }
    reciprocal_ranks = [1 / rank if rank <= _DEPTH else 0.0 for rank in ranks]
    metrics[f"MRR@{_DEPTH}"] = bootstrap_mean(reciprocal_ranks)
    highlighted = [float(o.highlighted) for o in outcomes if o.highlighted is not None]
    if highlighted:
        metrics["answer sentence"] = bootstrap_mean(highlighted)
    return metrics


def separability(
    answerable: Sequence[QuestionOutcome], unanswerable: Sequence[QuestionOutcome]
) -> dict[str, Estimate]:
    """Compute the AUC of the answer probability, and false answers at 90 % coverage."""
    scores = answer_probabilities(answerable), answer_probabilities(unanswerable)
    return {
        "AUC": _bootstrap(auc, *scores),
        f"false answers at {COVERAGE:.0%} coverage": _bootstrap(false_answers, *scores),
    }


def decision_metrics(
    answerable: Sequence[QuestionOutcome], unanswerable: Sequence[QuestionOutcome]
) -> dict[str, Estimate]:
    """Compute the answered shares of answerable (coverage) and unanswerable questions."""
    groups = {"coverage": answerable, "false answers": unanswerable}
    return {
        name: bootstrap_mean([float(o.verdict is Verdict.ANSWERED) for o in group])
        for name, group in groups.items()
        if group
    }


def auc(answerable: Floats, unanswerable: Floats) -> float:
    """Compute the area under the ROC curve of two groups of scores; ties count half."""
    ascending = np.sort(unanswerable)
    below = np.searchsorted(ascending, answerable, "left")
    not_above = np.searchsorted(ascending, answerable, "right")
    return float((below + not_above).mean() / 2 / len(unanswerable))


def false_answers(answerable: Floats, unanswerable: Floats) -> float:
    """Compute the share of unanswerable questions answered at a coverage of ``COVERAGE``."""
    descending = np.sort(answerable)[::-1]
    threshold = descending[ceil(COVERAGE * len(descending) - 1e-9) - 1]
    return float((unanswerable >= threshold).mean())


def risk_coverage_curve(answerable: Floats, unanswerable: Floats) -> tuple[Floats, Floats]:
    """Compute risk and coverage of two groups of scores at each threshold, highest first.

    They are the answered shares of unanswerable (risk) and answerable questions (coverage).
    """
    thresholds = np.unique(np.concatenate([answerable, unanswerable]))[::-1, None]
    return (unanswerable >= thresholds).mean(1), (answerable >= thresholds).mean(1)


def answer_probabilities(outcomes: Sequence[QuestionOutcome]) -> Floats:
    """Return the answer probability of each outcome."""
    return np.array([outcome.answer_probability for outcome in outcomes])


def bootstrap_mean(values: Sequence[float]) -> Estimate:
    """Compute the mean of ``values`` with its bootstrap interval."""
    return _bootstrap(lambda sample: float(sample.mean()), np.array(values))


def _bootstrap(statistic: Callable[..., float], *groups: Floats) -> Estimate:
    """Compute a statistic of groups, each resampled separately; NaN when one is empty."""
    if not all(map(len, groups)):
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    random = np.random.default_rng(_SEED)
    resampled = [
        statistic(*(random.choice(group, len(group)) for group in groups))
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Estimate(statistic(*groups), float(low), float(high), len(groups[-1]))


def most_confident_misses(outcomes: Sequence[QuestionOutcome], count: int) -> list[QuestionOutcome]:
    """List questions whose labelled passage is not first, the most confident first."""
    missed = [each for each in outcomes if each.labelled.article and each.rank != 1]
    return _most_confident(missed, count)


def wrongly_answered(unanswerable: Sequence[QuestionOutcome], count: int) -> list[QuestionOutcome]:
    """List unanswerable questions that were answered, the most confident first."""
    return _most_confident([o for o in unanswerable if o.verdict is Verdict.ANSWERED], count)


def _most_confident(outcomes: Sequence[QuestionOutcome], count: int) -> list[QuestionOutcome]:
    return sorted(outcomes, key=lambda o: (-o.answer_probability, o.labelled.id))[:count]
