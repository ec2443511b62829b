"""Body of ``quoth calibrate``: fit the verdict to the corpus and explain the result."""

from functools import partial
from pathlib import Path

from rich.text import Text

from bot.cli.console import make_console, progress_bars
from index.errors import SeedsError
from index.evaluation.calibration import MIN_AUC, Calibration, calibrate, generate_questions
from index.evaluation.metrics import read_questions
from index.search.verdict import Strictness
from index.searcher import Searcher

_GENERATED_QUESTIONS = 400


def fit(searcher: Searcher, path: Path | None) -> Calibration:
    """Fit to a file of questions, or to questions generated from the corpus.

    Raises QuestionError for a bad file, SeedsError if no question can be generated.
    """
    questions = read_questions(path) if path else generate_questions(searcher, _GENERATED_QUESTIONS)
    if not questions:
        raise SeedsError(
            "cannot generate questions: the passages are too short; use --questions FILE"
        )
    with progress_bars() as on_progress:
        return calibrate(
            searcher,
            questions,
            generated=path is None,
            on_progress=partial(on_progress, "questions"),
        )


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
        out.print("Members word questions unlike the articles: expect fewer answers than that.")
    if not calibration.separates:
        warning = (
            f"Warning: the verdict cannot tell the two apart here (under {MIN_AUC:.0%}), so it "
            "means little for this corpus; try another encoder or longer articles."
        )
        out.print(Text(warning, style="bold yellow"))
