"""Commands that ask questions: ask, verify, chat, eval, calibrate."""

# ruff: noqa: PLC0415 - commands import what they need, so that `quoth --help` stays fast

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from bot.cli.options import (
    FAILED,
    PARTIAL,
    IndexOption,
    JsonOption,
    PlotOption,
    SeedsOption,
    SourceOption,
    StrictnessOption,
)
from bot.config.settings import read_settings
from index.errors import QuestionError

if TYPE_CHECKING:
    from index.searcher import Searcher


def ask(  # noqa: PLR0913 - each parameter is an option of the command
    question: Annotated[
        list[str] | None, Argument(metavar="QUESTION", help="The question.")
    ] = None,
    *,
    source: SourceOption = None,
    quotes: Annotated[
        int | None,
        Option(min=1, max=50, metavar="N", help="Print N quotes, 1 to 50 [as many as needed]."),
    ] = None,
    questions: Annotated[
        Path | None,
        Option(metavar="FILE", help='Answer each line {"id", "question"} of this JSONL file.'),
    ] = None,
    ranking: Annotated[
        int, Option(min=0, metavar="N", help="With --json: add the N best passages [0].")
    ] = 0,
    strictness: StrictnessOption = None,
    as_json: JsonOption = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Answer a question with quotes and their sources."""
    from bot.cli.ask import AskOptions, ask_file, ask_one
    from bot.cli.searchers import open_searcher, resolve_article

    settings = read_settings(seeds=seeds, index=index, strictness=strictness)
    text = "" if questions else " ".join(question or []) or _read_piped_input()
    if not questions and not text.strip():
        raise QuestionError('no question given; try: quoth ask "When is the museum open?"')
    with open_searcher(settings, seeds) as searcher:
        options = AskOptions(
            quotes or settings.quotes,
            resolve_article(searcher, source) if source is not None else None,
            ranking,
            as_json,
            settings.strictness,
            fill=quotes is not None,
        )
        if questions is not None:
            ask_file(searcher, questions, options)
        else:
            ask_one(searcher, text, options)


def _read_piped_input() -> str:
    return "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()


def verify(
    text: Annotated[
        list[str] | None, Argument(metavar="TEXT", help="The quotation to check.")
    ] = None,
    *,
    source: SourceOption = None,
    as_json: JsonOption = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Check whether a text is word for word in the articles.

    Shows what differs if it is not. Marks, spaces and capitals may differ, and … stands for words
    left out. Exit status 3 means nearly, 1 not at all.
    """
    from bot.api.values import verification_values
    from bot.cli.output.console import print_json
    from bot.cli.searchers import open_searcher, resolve_article
    from bot.cli.verify import print_verification
    from index.filters import Scope
    from index.verification.result import Match
    from index.verification.verify import verify as verify_text

    settings = read_settings(seeds=seeds, index=index)
    quotation = " ".join(text or []) or _read_piped_input()
    with open_searcher(settings, seeds) as searcher:
        article = resolve_article(searcher, source) if source is not None else None
        verification = verify_text(searcher, quotation, Scope(source=article))
    if as_json:
        print_json(verification_values(verification))
    else:
        print_verification(verification)
    statuses = {Match.EXACT: 0, Match.NEAR: PARTIAL, Match.NONE: FAILED}
    raise Exit(statuses[verification.match])


def chat(seeds: SeedsOption = None, index: IndexOption = None) -> None:
    """Ask questions at a prompt, as a member would.

    The prompt also understands `more`, `next` and `source`; `help` lists all commands.
    """
    from bot.cli.chat import run_chat
    from bot.cli.searchers import open_searcher

    settings = read_settings(seeds=seeds, index=index)
    run_chat(settings, open_searcher(settings, seeds))


def evaluate(  # noqa: PLR0913 - each parameter is an option of the command
    questions: Annotated[
        Path,
        Option(
            metavar="FILE",
            help='Required. JSONL: {"id", "question", "answerable", "article", "paragraph",'
            ' "answer"}.',
        ),
    ],
    *,
    against: Annotated[
        str | None,
        Option(
            metavar="removed|DIR",
            help="Ask with each question's article removed, or on other articles.",
        ),
    ] = None,
    failures: Annotated[
        int, Option(min=0, metavar="N", help="Print the N worst failures [0].")
    ] = 0,
    plot: PlotOption = None,
    strictness: StrictnessOption = None,
    as_json: Annotated[bool, Option("--json", help="Print metrics and outcomes as JSON.")] = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Measure how well questions with known answers are answered.

    Brings the index up to date with seeds first. docs/measuring.md explains the metrics and how to
    write questions of your own.
    """
    from bot.cli import evaluate as evaluation
    from bot.cli import searchers, seeds_check
    from bot.cli.output import console

    settings = read_settings(seeds=seeds, index=index, strictness=strictness)
    seeds_check.check_seeds(settings)  # bringing it up to date would replace another index
    with searchers.build_and_open(settings) as searcher, contextlib.ExitStack() as stack:
        other: Searcher | str | None = against
        if against is not None and against != evaluation.REMOVED:
            other = stack.enter_context(searchers.build_other_index(settings, Path(against)))
        result = evaluation.evaluate(searcher, questions, other, settings.strictness)
    if as_json:
        console.print_json(evaluation.to_values(result))
    else:
        evaluation.print_metrics(result)
        evaluation.print_failures(result, failures)
    if plot:
        evaluation.plot_evaluation(result, plot)


def calibrate(
    questions: Annotated[
        Path | None, Option(metavar="FILE", help="Questions as for eval [generated].")
    ] = None,
    plot: PlotOption = None,
    *,
    dry_run: Annotated[bool, Option("--dry-run", help="Do not store the result.")] = False,
    reset: Annotated[
        bool, Option("--reset", help="Undo: return to the verdict that comes with Quoth.")
    ] = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Fit the verdict to your own articles and model.

    Prints what each level of strictness means for them. No labels are needed. The calibration is
    stored in the index and survives rebuilds, until --reset removes it. Nothing is stored if the
    verdict cannot tell questions that the articles answer from others.
    """
    from bot.cli import evaluate as evaluation
    from bot.cli import searchers, seeds_check
    from bot.cli.output import console
    from index.evaluation.calibration import remove_calibration, save_calibration

    settings = read_settings(seeds=seeds, index=index)
    if reset:
        name = remove_calibration(settings.index)
        done = f"Removed; the snapshot is now {name}." if name else "There is no calibration."
        console.print_status(done)
        return
    seeds_check.check_seeds(settings)  # bringing it up to date would replace another index
    with searchers.build_and_open(settings) as searcher:
        fitted = evaluation.fit(searcher, questions)
    evaluation.print_calibration(fitted)
    if plot:
        evaluation.plot_risk(fitted.answerable_log_odds, fitted.unanswerable_log_odds, plot)
    if not fitted.separates:
        console.print_status("Nothing was stored.")
    elif not dry_run:
        name = save_calibration(settings.index, fitted)
        console.print_status(f"Stored in snapshot {name}; `quoth calibrate --reset` undoes it.")
