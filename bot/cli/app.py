"""Entry point of the console script ``quoth``: its commands, error messages, exit statuses."""

import atexit
import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.commands import articles, operations, questions, serving, sources, store
from bot.cli.help_format import PlainHelpCommand
from bot.cli.options import FAILED
from bot.config.hints import describe_mistyped_settings
from bot.config.logging import configure_logging
from bot.config.signals import INTERRUPTED, TERMINATED, graceful_shutdown
from index.errors import QuothError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version  # noqa: PLC0415 - slow to import

        typer.echo(f"quoth {version('quoth')}")
        raise typer.Exit


@app.callback()
def quoth(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Answer questions only with exact quotes from a folder of articles."""


for _command in (
    *(articles.build, articles.add, articles.remove),
    *(sources.follow, sources.unfollow),
    *(sources.followed, sources.refresh),
    *(questions.ask, questions.verify, questions.chat),
    *(articles.sources, articles.show),
    *(questions.evaluate, questions.calibrate),
    *(operations.run, serving.mcp, serving.serve),
    *(operations.rollback, operations.doctor),
    *(operations.backup, operations.restore),
):
    _name = "eval" if _command is questions.evaluate else None
    app.command(_name, cls=PlainHelpCommand)(_command)
app.add_typer(store.store, name="store")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; print a QuothError as one line on stderr and exit with status 1."""
    atexit.register(gc.freeze)  # else the last collections take a seventh of `quoth ask`
    configure_logging(style="human")
    _escape_unencodable_output()
    for description in describe_mistyped_settings():
        sys.stderr.write(f"quoth: {description}\n")
    try:
        with graceful_shutdown():
            app(args=_resolve_arguments(arguments), prog_name="quoth", standalone_mode=True)
    except QuothError as error:
        sys.stderr.write(f"quoth: {error}\n")
        raise SystemExit(FAILED) from None
    except SystemExit as leaving:  # typer turns a KeyboardInterrupt into one
        if leaving.code in {INTERRUPTED, TERMINATED}:
            sys.stderr.write("quoth: interrupted; nothing was lost\n")
        raise
    except BrokenPipeError:  # the reader, such as head, has closed the pipe
        sys.stderr.close()
        raise SystemExit(0) from None


def _escape_unencodable_output() -> None:
    """Print escapes for characters that the terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _resolve_arguments(arguments: Sequence[str] | None) -> list[str]:
    """Return the arguments for typer, with ``help COMMAND`` as ``COMMAND --help``.

    A program that embeds the bot calls ``main()``; its own arguments are ignored, the bot runs.
    """
    if arguments is None:
        is_embedded = Path(sys.argv[0]).stem not in {"quoth", "cli", "__main__"}
        arguments = ["run"] if is_embedded else sys.argv[1:]
    first, rest = list(arguments[:1]), list(arguments[1:])
    return [*rest, "--help"] if first == ["help"] else first + rest
