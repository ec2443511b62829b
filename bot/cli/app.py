"""The console script ``quoth``. Each command reads settings, asks the index, prints."""

import contextlib
import hashlib
import io
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.cli import operations as operating
from bot.cli.options import (
    FAILED,
    LEFT_OUT,
    REFUSED,
    IndexOption,
    JsonOption,
    SeedsOption,
    SourceOption,
    StrictnessOption,
    settings_of,
)
from bot.config import logging as logs
from bot.config import signals as ending
from bot.config.settings import Settings
from index.errors import IndexMissing, QuestionError, QuothError, SeedsError, SnapshotDamaged

if TYPE_CHECKING:  # it loads faiss and tantivy, which --help need not wait for
    from index.searcher import Searcher

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"quoth {version('quoth')}")
        raise typer.Exit


@app.callback()
def quoth(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_tell_version, is_eager=True, help="Say which this is."
        ),
    ] = False,
) -> None:
    """Answers questions only with exact quotations from a folder of articles."""


@app.command()
def build(
    seeds: SeedsOption = None,
    index: IndexOption = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A sentence-transformers model by name or folder [the packaged MiniLM].",
        ),
    ] = None,
    *,
    progress_json: Annotated[
        bool, typer.Option("--progress-json", hidden=True, help="Tell the bot, line by line.")
    ] = False,
) -> None:
    """Build the index from the articles in seeds.

    Only what changed since the last build is encoded. The index in service stays until the new
    one is whole. Exit status 3: built, but some files were left out.
    """
    from bot.cli import build_worker as build_lines  # noqa: PLC0415 - what loads long loads where it is used
    from bot.cli import console as terminal  # noqa: PLC0415 - what loads long loads where it is used
    from bot.cli.build_worker import build_from  # noqa: PLC0415

    settings = settings_of(seeds, index, encoder)
    if progress_json:
        build_lines.build_for_bot(settings)
        return
    with terminal.progress() as progress:
        report = build_from(settings, progress)
    terminal.print_report(report)
    if report.skipped:
        raise typer.Exit(LEFT_OUT)


@app.command()
def add(
    sources: Annotated[
        list[str], typer.Argument(metavar="FILE|URL|FEED…", help="Files, links or feeds.")
    ],
    *,
    into: Annotated[
        str | None, typer.Option("--into", metavar="FOLDER", help="A folder inside seeds.")
    ] = None,
    replace: Annotated[bool, typer.Option(help="Write over an article that is there.")] = False,
    private: Annotated[bool, typer.Option(help="Fetch from private addresses, too.")] = False,
    robots: Annotated[bool, typer.Option(help="Respect robots.txt of the site.")] = True,
    entries: Annotated[int, typer.Option(min=1, max=500, help="Entries taken of a feed.")] = 20,
    seeds: SeedsOption = None,
) -> None:
    """Save files, web pages or feeds as articles in seeds.

    `quoth build` indexes them then. Exit status 3: something was not saved.
    """
    from bot.cli import console as terminal  # noqa: PLC0415 - see build
    from bot.cli.add import add_all  # noqa: PLC0415
    from index.ingest.add import AddOptions  # noqa: PLC0415

    settings = settings_of(seeds, None)
    how = AddOptions(folder=into, replace=replace, private=private, robots=robots, entries=entries)
    saved, failed = add_all(sources, settings.seeds, how)
    if saved:
        terminal.say("Run `quoth build` to index what is new.")
    if failed:
        raise typer.Exit(LEFT_OUT)


@app.command()
def remove(
    article: Annotated[str, typer.Argument(help="Its path in seeds, as `quoth sources` lists it.")],
    seeds: SeedsOption = None,
) -> None:
    """Delete an article from seeds."""
    from bot.cli import console as terminal  # noqa: PLC0415 - see build
    from index.ingest import add as adding  # noqa: PLC0415 - see build

    path = adding.remove(article, settings_of(seeds, None).seeds)
    terminal.say(f"{path} is gone; run `quoth build` to forget it in the index, too.")


@app.command()
def ask(  # noqa: PLR0913 - one parameter is one option of the command
    question: Annotated[
        list[str] | None, typer.Argument(help="The question, in quotes or not.")
    ] = None,
    *,
    source: SourceOption = None,
    quotes: Annotated[
        int | None, typer.Option(min=1, max=50, help="How many quotes at most [3].")
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Ask every line {"id", "question"} of a JSONL file.'),
    ] = None,
    ranking: Annotated[
        int, typer.Option(min=0, metavar="N", help="Add the N best passages (with --json).")
    ] = 0,
    strictness: StrictnessOption = None,
    as_json: JsonOption = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Ask the articles a question; print quotes with their sources."""
    from bot.cli import ask as asking  # noqa: PLC0415 - see build
    from index.search.verdict import Strictness  # noqa: PLC0415

    settings = settings_of(seeds, index)
    text = "" if questions else " ".join(question or []) or _piped()
    if not questions and not text.strip():
        raise QuestionError(_HOW_TO_ASK)
    sure = Strictness(strictness or settings.strictness)
    how = asking.AskOptions(quotes or settings.quotes, source, ranking, as_json, sure)
    with _searcher(settings, seeds) as searcher:
        if questions is not None:
            asking.ask_file(searcher, questions, how)
        else:
            asking.ask_one(searcher, text, how)


@app.command()
def chat(seeds: SeedsOption = None, index: IndexOption = None) -> None:
    """Ask at a prompt, as a member would.

    Beside questions it takes `more`, `next`, `source`; `help` lists them.
    """
    from bot.cli import chat as prompt  # noqa: PLC0415 - see build

    settings = settings_of(seeds, index)
    _searcher(settings, seeds).close()  # builds the index when there is none
    prompt.run(settings)


@app.command()
def sources(
    as_json: JsonOption = False, seeds: SeedsOption = None, index: IndexOption = None
) -> None:
    """List the articles, newest first."""
    from bot.cli import console as terminal  # noqa: PLC0415 - see build

    with _searcher(settings_of(seeds, index), seeds) as searcher:
        terminal.print_sources(searcher.sources(), as_json=as_json)


@app.command()
def show(
    article: Annotated[str, typer.Argument(help="Its path in seeds, or words of its title.")],
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Show an article with the paragraph numbers of citations."""
    from bot.cli import console as terminal  # noqa: PLC0415 - see build

    with _searcher(settings_of(seeds, index), seeds) as searcher:
        terminal.print_article(searcher, terminal.article_of(searcher, article))


@app.command("eval")
def evaluate(  # noqa: PLR0913 - one parameter is one option of the command
    questions: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help='JSONL: {"id", "question", "answerable", "article", "paragraph", "answer"}.',
        ),
    ],
    *,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="removed|DIR",
            help="Measure the verdict without each question's article, or on other articles.",
        ),
    ] = None,
    failures: Annotated[int, typer.Option(min=0, metavar="N", help="Print the N worst.")] = 0,
    plot: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw risk against coverage.")
    ] = None,
    strictness: StrictnessOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the figures, and each question's outcome.")
    ] = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Measure how well questions with known answers are answered.

    The index is brought up to date with the seeds first. docs/measuring.md explains the figures
    and how to write questions of your own.
    """
    from bot.cli import console as terminal  # noqa: PLC0415 - see build
    from bot.cli import evaluate as evaluating  # noqa: PLC0415 - see build
    from index.search.verdict import Strictness  # noqa: PLC0415

    settings = settings_of(seeds, index)
    sure = Strictness(strictness or settings.strictness)
    with _built(settings) as searcher, contextlib.ExitStack() as others:
        other: Searcher | str | None = against
        if against is not None and against != evaluating.REMOVED:
            other = others.enter_context(_built_aside(settings, Path(against)))
        measured = evaluating.evaluate(searcher, questions, other, sure)
    if as_json:
        terminal.print_json(evaluating.values(measured))
    else:
        evaluating.print_figures(measured)
        evaluating.print_failures(measured, failures)
    if plot:
        evaluating.draw(measured, plot)


@app.command()
def calibrate(
    questions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Questions as for eval [drawn from the articles]."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw risk against coverage.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Say what would come out, store nothing.")] = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Fit the verdict to your own articles and model.

    It says what the levels of strictness mean there. No labels are needed. The fit is stored in
    the index and outlives rebuilds.
    """
    from bot.cli import calibrate as calibrating  # noqa: PLC0415 - see build
    from bot.cli import console as terminal  # noqa: PLC0415 - see build
    from index.evaluation.calibration import store  # noqa: PLC0415

    settings = settings_of(seeds, index)
    with _built(settings) as searcher:
        fitted = calibrating.fit(searcher, questions)
    calibrating.print_calibration(fitted)
    if plot:
        calibrating.draw(fitted, plot)
    if not dry_run:
        terminal.say(f"Stored in snapshot {store(settings.index, fitted)}.")


@app.command()
def run(seeds: SeedsOption = None, index: IndexOption = None) -> None:
    """Run the Discord bot.

    It wants a DISCORD_TOKEN in the environment or in .env, and says where to get one. Exit status
    78: there is none, or Discord does not take it.
    """
    settings = settings_of(seeds, index)
    if settings.discord_token is None:
        _refuse(_HOW_TO_LOG_IN)
    from bot.app import run as running  # noqa: PLC0415 - discord.py takes half a second
    from index.store import snapshot  # noqa: PLC0415

    logs.configure_logging(settings.log_level, settings.log_style)
    with contextlib.suppress(SnapshotDamaged):  # a whole snapshot serves, or opening one says why
        if snapshot.current(settings.index) is None:
            _build_apart(settings)
    _searcher(settings).close()
    try:
        running.run(settings)
    except running.LoginRefused as error:
        _refuse(str(error))


def _refuse(line: str) -> NoReturn:
    """End with a status that docs/quoth.service knows: Discord would refuse each new start."""
    sys.stderr.write(f"quoth: {line}\n")
    raise SystemExit(REFUSED)


for _command in (operating.rollback, operating.doctor, operating.backup, operating.restore):
    app.command()(_command)


_HOW_TO_ASK = 'there is no question. Ask like this: quoth ask "When is the museum open?"'
_HOW_TO_LOG_IN = """there is no DISCORD_TOKEN in the environment or in .env.
  1. Make an application at https://discord.com/developers/applications and open its page "Bot".
  2. "Reset Token" shows the token: put DISCORD_TOKEN=... into .env (start from .env.example).
  3. Leave all three "Privileged Gateway Intents" off: none is needed.
  4. "OAuth2": tick the scopes bot and applications.commands, and the permissions View Channels,
     Send Messages, Send Messages in Threads, Embed Links, Attach Files, Read Message History.
     The link made there invites the bot to your server; it looks like
     https://discord.com/oauth2/authorize?client_id=APPLICATION_ID&scope=bot+applications.commands&permissions=274878024704
  5. Run this again."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: errors of ours are one line on stderr, and the exit status says so."""
    logs.configure_logging(style="human")
    _bear_any_character()
    try:
        with ending.graceful_shutdown():
            app(args=_arguments(arguments), prog_name="quoth", standalone_mode=True)
    except QuothError as error:
        sys.stderr.write(f"quoth: {error}\n")
        raise SystemExit(FAILED) from None
    except SystemExit as leaving:  # typer makes one of a KeyboardInterrupt
        if leaving.code in {ending.INTERRUPTED, ending.TERMINATED}:
            sys.stderr.write("quoth: interrupted; nothing was lost\n")
        raise
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has had enough
        raise SystemExit(0) from None


def _bear_any_character() -> None:
    """Print an escape where the terminal's encoding has no such character, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _arguments(arguments: Sequence[str] | None) -> list[str]:
    """Ours; or ``run`` for a program that calls ``main`` to host the bot: its own are not ours."""
    if arguments is None:
        hosted = Path(sys.argv[0]).stem not in {"quoth", "cli", "__main__"}
        arguments = ["run"] if hosted else sys.argv[1:]
    first, rest = list(arguments[:1]), list(arguments[1:])
    return [*rest, "--help"] if first == ["help"] else first + rest  # quoth help ask


def _searcher(settings: Settings, given: Path | None = None) -> "Searcher":
    """The index in service; built first when there is none.

    Raises SeedsError when seeds were ``given`` for once, and the index is of other articles.
    """
    searcher = _opened(settings)
    if given and not any((given / source.path).exists() for source in searcher.sources()):
        searcher.close()
        raise SeedsError(
            f"the index in {settings.index} has none of the articles in {given}: "
            f"run `quoth build --seeds {given}`, or say --index DIR"
        )
    return searcher


def _opened(settings: Settings) -> "Searcher":
    from index.search.reranker import load_or_none  # noqa: PLC0415 - see build
    from index.searcher import Searcher  # noqa: PLC0415

    reranker = load_or_none(settings.reranker)
    try:
        return Searcher.open(settings.index, reranker)
    except IndexMissing:
        _build_first(settings)
        return Searcher.open(settings.index, reranker)


def _built(settings: Settings) -> "Searcher":
    """The index of just these seeds: a build that finds nothing changed takes no time."""
    from bot.cli import console as terminal  # noqa: PLC0415 - see build
    from bot.cli.build_worker import build_from  # noqa: PLC0415
    from index.search.reranker import load_or_none  # noqa: PLC0415
    from index.searcher import Searcher  # noqa: PLC0415

    with terminal.progress() as progress:
        build_from(settings, progress)
    return Searcher.open(settings.index, load_or_none(settings.reranker))


def _built_aside(settings: Settings, seeds: Path) -> "Searcher":
    """An index of other articles, kept beside the first so that the next run need not build it."""
    name = hashlib.sha256(str(seeds.resolve()).encode()).hexdigest()[:12]
    index = settings.index.with_name(f"{settings.index.name}-against-{name}")
    return _built(settings.model_copy(update={"seeds": seeds, "index": index}))


def _build_first(settings: Settings) -> None:
    from bot.cli import console as terminal  # noqa: PLC0415 - see build
    from bot.cli.build_worker import build_from  # noqa: PLC0415

    terminal.say(f"There is no index in {settings.index} yet: building it from {settings.seeds}.")
    with terminal.progress() as progress:
        report = build_from(settings, progress)
    terminal.print_report(report, to_stderr=True)


def _build_apart(settings: Settings) -> None:
    """Build in a process of its own: what loads a model would stay in this one's memory."""
    from bot.services.rebuild import build_command, without_token  # noqa: PLC0415 - see build

    status = ending.run_child(build_command(settings), without_token())
    if status not in {0, LEFT_OUT}:
        raise typer.Exit(status)  # it has said why


def _piped() -> str:
    """A question on standard input, when it is no terminal."""
    return "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()


if __name__ == "__main__":
    main()
