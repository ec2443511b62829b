"""``quoth calibrate``: fit the judge to the corpus, say in words what came out, store it."""

from pathlib import Path

from rich.text import Text

from bot.cli import console as terminal
from index.errors import SeedsError
from index.evaluation.calibration import SEPARATE, Calibration, calibrate, draw_questions
from index.evaluation.metrics import curve_of, read_questions
from index.search.verdict import Strictness
from index.searcher import Searcher

DRAWN = 400  # questions from the corpus itself


def fit(searcher: Searcher, questions: Path | None) -> Calibration:
    """Fit to a file of questions, or to some drawn from the corpus. Raises QuestionError."""
    asked = read_questions(questions) if questions else draw_questions(searcher, DRAWN)
    if not asked:
        raise SeedsError("no passage says enough to draw a question from: give --questions FILE")
    with terminal.progress() as progress:
        return calibrate(
            searcher,
            asked,
            drawn=questions is None,
            progress=lambda done, total: progress("asking", done, total),
        )


def print_calibration(calibration: Calibration) -> None:
    """The curve in words: what each level means on this corpus."""
    out = terminal.console()
    source = "drawn from the articles" if calibration.drawn else "of your file"
    out.print(
        f"{len(calibration.there)} questions {source}, asked with their article, and "
        f"{len(calibration.absent)} that nothing answers."
    )
    for level in Strictness:
        out.print(
            f"  {level:<9} answers {calibration.coverage(level):4.0%} of the first, "
            f"and {calibration.risk(level):5.1%} of the others by mistake"
        )
    out.print(f"A question with its article is judged surer in {calibration.auc:.1%} of all pairs.")
    if calibration.drawn:
        out.print("Members ask in other words than the articles: expect fewer answers than that.")
    if not calibration.separates:
        warning = (
            f"Warning: the two kinds are not told apart here (under {SEPARATE:.0%}). "
            "The verdict says little on this corpus; try another encoder, or longer articles."
        )
        out.print(Text(warning, style="bold yellow"))


def draw(calibration: Calibration, path: Path) -> None:
    """Risk against coverage as PNG."""
    from bot.cli.evaluate import draw_curve  # noqa: PLC0415 - matplotlib, only here

    draw_curve(curve_of(calibration.there, calibration.absent), path)
