"""Bodies of ``quoth eval`` and ``quoth calibrate``: measure and fit the verdict on questions."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from bot.cli.output.console import escape_control_characters, make_console
from bot.cli.output.progress import show_progress
from index.errors import QuestionError, SeedsError
from index.evaluation import metrics
from index.evaluation.calibration import MIN_AUC, Calibration, calibrate, generate_questions
from index.search.verdict import Strictness
from index.searcher import Searcher

REMOVED = "removed"
_MAX_HIGHLIGHT_CHARS = 160  # in the list of failures
_GENERATED_QUESTIONS = 400


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Outcomes of all questions of an evaluation."""

    answerable: list[metrics.QuestionOutcome]
    unanswerable: list[metrics.QuestionOutcome]

    def seconds(self) -> tuple[float, float]:
        """Compute the median and the 99th percentile of the time that a question takes."""
        median, p99 = np.quantile([each.seconds for each in self.answerable], [0.5, 0.99])
        return float(median), float(p99)

    def estimates(self) -> dict[str, metrics.Estimate]:
        """Compute all metrics; separability only if there are unanswerable questions."""
        outcomes = self.answerable, self.unanswerable
        estimates = metrics.retrieval_metrics(self.answerable)
        if self.unanswerable:
            estimates |= metrics.separability(*outcomes)
        return estimates | metrics.decision_metrics(*outcomes)


def evaluate(
    searcher: Searcher, questions: Path, against: Searcher | str | None, strictness: str
) -> EvaluationResult:
    """Answer every question of a JSONL file.

    ``against`` provides the questions without an answer: ``"removed"`` asks each question with its
    article removed, another searcher asks it on other articles, and None uses the file's own
    unanswerable questions. Raises QuestionError.
    """
    labelled = metrics.read_questions(questions)
    answerable = [question for question in labelled if question.answerable]
    if not answerable:
        raise QuestionError(
            f"{questions} contains no answerable question; give at least one its article"
        )
    unanswerable = [question for question in labelled if not question.answerable]
    ask = partial(metrics.measure, strictness=Strictness(strictness))
    with show_progress() as on_progress:
        return EvaluationResult(
            ask(searcher, answerable, on_progress=partial(on_progress, "answerable")),
            ask(
                against if isinstance(against, Searcher) else searcher,
                unanswerable if against is None else answerable,
                expect="removed" if against == REMOVED else "nowhere",
                on_progress=partial(on_progress, "unanswerable"),
            ),
        )


def print_metrics(result: EvaluationResult) -> None:
    """Print a table of metrics with their intervals, and the time a question takes."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Metric")
    for column in ("Value", "95 % interval", "Questions"):
        table.add_column(column, justify="right")
    for name, estimate in result.estimates().items():
        interval = f"{estimate.low:.3f} to {estimate.high:.3f}"
        table.add_row(name, f"{estimate.value:.3f}", interval, str(estimate.count))
    out = make_console()
    out.print(table)
    median, p99 = result.seconds()
    out.print(
        f"A question takes {1000 * median:.1f} ms (median), {1000 * p99:.1f} ms (99th percentile)."
    )


def print_failures(result: EvaluationResult, count: int) -> None:
    """Print the mistakes that were made with the most confidence."""
    for outcome in metrics.most_confident_misses(result.answerable, count):
        labelled = outcome.labelled
        rank = f"rank {outcome.rank}" if outcome.rank else "not among the first ten"
        place = f", paragraph {labelled.paragraph}" if labelled.paragraph else ""
        expected = f"expected {labelled.article}{place}: {rank}"
        answers = [f"answer {' / '.join(labelled.answers)}"] if labelled.answers else []
        _print_failure(outcome, expected, answers)
    for outcome in metrics.wrongly_answered(result.unanswerable, count):
        _print_failure(outcome, "expected no answer", [])


def _print_failure(outcome: metrics.QuestionOutcome, expected: str, answers: list[str]) -> None:
    out = make_console()
    out.print()
    question = escape_control_characters(outcome.labelled.question)
    out.print(Text(question, style="bold"), soft_wrap=True)
    first = f"first  {outcome.first}: {outcome.highlight[:_MAX_HIGHLIGHT_CHARS]}"
    for line in (expected, first, *answers):
        out.print(Text(escape_control_characters(f"  {line}")), soft_wrap=True)


def to_values(result: EvaluationResult) -> dict[str, Any]:
    """Convert the metrics and each question's outcome to JSON values."""
    return {
        "figures": {name: asdict(estimate) for name, estimate in result.estimates().items()},
        "seconds": dict(zip(("median", "p99"), result.seconds(), strict=True)),
        "questions": [_outcome_values(outcome) for outcome in result.answerable],
        "without_answer": [_outcome_values(outcome) for outcome in result.unanswerable],
    }


def _outcome_values(outcome: metrics.QuestionOutcome) -> dict[str, Any]:
    return {
        "id": outcome.labelled.id,
        "question": outcome.labelled.question,
        "rank": outcome.rank,
        "highlighted": outcome.highlighted,
        "verdict": outcome.verdict.value,
        "probability": outcome.answer_probability,
        "first": outcome.first,
        "highlight": outcome.highlight,
        "seconds": outcome.seconds,
    }


def fit(searcher: Searcher, path: Path | None) -> Calibration:
    """Fit to a file of questions, or to questions generated from the corpus.

    Raises QuestionError for a bad file, SeedsError if no question can be generated.
    """
    questions = (
        metrics.read_questions(path) if path else generate_questions(searcher, _GENERATED_QUESTIONS)
    )
    if not questions:
        raise SeedsError(
            "cannot generate questions: the passages are too short; use --questions FILE"
        )
    with show_progress() as on_progress:
        report = partial(on_progress, "questions")
        return calibrate(searcher, questions, generated=path is None, on_progress=report)


def print_calibration(calibration: Calibration) -> None:
    """Print the effect of each level of strictness on this corpus."""
    out = make_console()
    origin = "generated from the articles" if calibration.generated else "from your file"
    out.print(
        f"{len(calibration.answerable_log_odds)} questions {origin}, asked with their article, and "
        f"{len(calibration.unanswerable_log_odds)} asked without it."
    )
    for level in Strictness:
        out.print(
            f"  {level:<9} answers {calibration.coverage(level):4.0%} of the former, "
            f"and {calibration.risk(level):5.1%} of the latter by mistake"
        )
    out.print(f"A question with its article scores higher in {calibration.auc:.1%} of all pairs.")
    if calibration.generated:
        out.print("Members use other words than the articles, so expect fewer answers than that.")
    if not calibration.separates:
        warning = (
            f"Under {MIN_AUC:.0%}: other articles often answer the same question, or the encoder "
            "does not fit these articles. The verdict stays as it is; a file of real questions "
            "(--questions) can calibrate it."
        )
        out.print(Text(warning, style="bold yellow"))


def plot_evaluation(result: EvaluationResult, path: Path) -> None:
    """Plot risk against coverage as PNG. Raises QuestionError without unanswerable questions."""
    if not result.unanswerable:
        raise QuestionError(
            "cannot plot the risk: the file contains no unanswerable question; "
            "use --against removed or --against DIR"
        )
    answerable, unanswerable = map(
        metrics.answer_probabilities, (result.answerable, result.unanswerable)
    )
    plot_risk(answerable, unanswerable, path)


def plot_risk(answerable: metrics.Floats, unanswerable: metrics.Floats, path: Path) -> None:
    """Plot risk against coverage as PNG, from the scores of two groups of questions."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second, needed only here

    risk, coverage = metrics.risk_coverage_curve(answerable, unanswerable)
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(100 * coverage, 100 * risk)
    axes.axvline(90, color="grey", linewidth=0.8, linestyle=":")
    axes.set(
        xlabel="answerable questions answered, %",
        ylabel="unanswerable questions answered, %",
        xlim=(0, 100),
        ylim=(0, None),
    )
    axes.grid(visible=True, linewidth=0.3)
    figure.savefig(path, dpi=120)
