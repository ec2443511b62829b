"""``quoth eval``: measure on a file of questions and print the figures."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from bot.cli import console as terminal
from index.errors import QuestionError
from index.evaluation.metrics import (
    Curve,
    Estimate,
    QuestionOutcome,
    curve,
    decision_metrics,
    measure,
    read_questions,
    retrieval_metrics,
    separability,
    worst,
    wrongly_answered,
)
from index.search.verdict import Strictness
from index.searcher import Searcher

REMOVED = "removed"
_CUT = 160  # characters of a highlight among the failures


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one evaluation, and the outcomes behind them."""

    found: list[QuestionOutcome]
    not_there: list[QuestionOutcome]

    @property
    def figures(self) -> dict[str, Estimate]:
        """Finding, and judging where there are questions without an answer."""
        judged = separability(self.found, self.not_there) if self.not_there else {}
        return retrieval_metrics(self.found) | judged | decision_metrics(self.found, self.not_there)


def evaluate(
    searcher: Searcher, questions: Path, against: Searcher | str | None, strictness: Strictness
) -> Measured:
    """Ask every question of the file.

    ``against`` says what the verdict is measured on: ``"removed"``, another searcher whose
    articles hold none of the answers, or None for the file's own unanswerable questions.
    Raises QuestionError.
    """
    asked = read_questions(questions)
    answerable = [one for one in asked if one.answerable]
    if not answerable:
        raise QuestionError(f"{questions} holds no answerable question, wanted one at least")
    with terminal.progress() as progress:
        found = measure(
            searcher,
            answerable,
            strictness=strictness,
            progress=lambda done, total: progress("asking", done, total),
        )
        absent = [one for one in asked if not one.answerable] if against is None else answerable
        not_there = measure(
            against if isinstance(against, Searcher) else searcher,
            absent,
            expect="removed" if against == REMOVED else "nowhere",
            strictness=strictness,
            progress=lambda done, total: progress("without answer", done, total),
        )
    return Measured(found, not_there)


def print_figures(measured: Measured) -> None:
    """A table of figures with their intervals, and the time a question takes."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Measure")
    for column in ("Value", "95 % interval", "Questions"):
        table.add_column(column, justify="right")
    for name, figure in measured.figures.items():
        interval = f"{figure.low:.3f} to {figure.high:.3f}"
        table.add_row(name, f"{figure.value:.3f}", interval, str(figure.count))
    out = terminal.console()
    out.print(table)
    low, high = np.quantile([outcome.seconds for outcome in measured.found], [0.5, 0.99]) * 1000
    out.print(f"A question takes {low:.1f} ms (median), {high:.1f} ms (99th percentile).")


def print_failures(measured: Measured, count: int) -> None:
    """The surest mistakes, as a person would look at them."""
    for outcome in worst(measured.found, count):
        asked = outcome.asked
        place = f"rank {outcome.rank}" if outcome.rank else "not among the first ten"
        answers = [f"answer {' / '.join(asked.answers)}"] if asked.answers else []
        wanted = f"wanted {asked.article}, paragraph {asked.paragraph}: {place}"
        _print_failure(asked.question, wanted, _first(outcome), *answers)
    for outcome in wrongly_answered(measured.not_there, count):
        _print_failure(outcome.asked.question, "wanted no answer", _first(outcome))


def _first(outcome: QuestionOutcome) -> str:
    return f"first  {outcome.first}: {outcome.highlight[:_CUT]}"


def _print_failure(question: str, *lines: str) -> None:
    out = terminal.console()
    out.print()
    out.print(Text(terminal.seen(question), style="bold"), soft_wrap=True)
    for line in lines:
        out.print(Text(terminal.seen(f"  {line}")), soft_wrap=True)


def values(measured: Measured) -> dict[str, Any]:
    """The figures for machines, and what became of each question."""
    seconds = [outcome.seconds for outcome in measured.found]
    return {
        "figures": {name: asdict(figure) for name, figure in measured.figures.items()},
        "seconds": {
            "median": float(np.median(seconds)),
            "p99": float(np.quantile(seconds, 0.99)),
        },
        "questions": [_outcome(one) for one in measured.found],
        "without_answer": [_outcome(one) for one in measured.not_there],
    }


def _outcome(outcome: QuestionOutcome) -> dict[str, Any]:
    return {
        "id": outcome.asked.id,
        "question": outcome.asked.question,
        "rank": outcome.rank,
        "highlighted": outcome.highlighted,
        "verdict": outcome.verdict.value,
        "probability": outcome.probability,
        "first": outcome.first,
        "highlight": outcome.highlight,
        "seconds": outcome.seconds,
    }


def draw(measured: Measured, path: Path) -> None:
    """Risk against coverage as PNG. Raises QuestionError without unanswerable questions."""
    if not measured.not_there:
        raise QuestionError(
            "there is no risk to draw: the file has no unanswerable question; "
            "use --against removed or --against DIR"
        )
    draw_curve(curve(measured.found, measured.not_there), path)


def draw_curve(line: Curve, path: Path) -> None:
    """Risk against coverage as PNG."""
    from matplotlib.figure import Figure as Picture  # noqa: PLC0415 - half a second, only here

    picture = Picture(figsize=(5, 4), layout="constrained")
    axes = picture.subplots()
    axes.plot(100 * line.coverage, 100 * line.risk)
    axes.axvline(90, color="grey", linewidth=0.8, linestyle=":")
    axes.set(
        xlabel="answerable questions answered, %",
        ylabel="questions without an answer answered, %",
        xlim=(0, 100),
        ylim=(0, None),
    )
    axes.grid(visible=True, linewidth=0.3)
    picture.savefig(path, dpi=120)
