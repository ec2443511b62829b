"""Show the progress of a long command on stderr: bars on a terminal, lines elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from bot.cli.output.console import make_console, print_status
from index.types import OnStepProgress

_LINE_INTERVAL_SECONDS = 5.0


def show_progress() -> AbstractContextManager[OnStepProgress]:
    """Return a context whose value is a callback for (step, done, total)."""
    return _bars() if sys.stderr.isatty() else _lines()


@contextmanager
def _bars() -> Iterator[OnStepProgress]:
    from rich import progress as bars  # noqa: PLC0415 - not needed in a pipe

    columns = (
        bars.TextColumn("{task.description:<14}"), bars.BarColumn(), bars.MofNCompleteColumn(),
        bars.TaskProgressColumn(show_speed=True), bars.TimeRemainingColumn(),
    )  # fmt: skip
    with bars.Progress(*columns, console=make_console(to_stderr=True)) as display:
        tasks: dict[str, bars.TaskID] = {}

        def on_progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = display.add_task(step, total=total)
            display.update(tasks[step], completed=done, total=total)

        yield on_progress


@contextmanager
def _lines() -> Iterator[OnStepProgress]:
    """Print a line every few seconds, from a thread: a step may take long for its first part."""
    started, finished = time.monotonic(), threading.Event()
    newest = ["working"]

    def on_progress(step: str, done: int, total: int) -> None:
        newest[0] = f"{step} {done:,} of {total:,}"

    def print_lines() -> None:
        while not finished.wait(_LINE_INTERVAL_SECONDS):
            print_status(f"{time.monotonic() - started:.0f} s: {newest[0]}")

    printer = threading.Thread(target=print_lines, daemon=True)
    printer.start()
    try:
        yield on_progress
    finally:
        finished.set()
        printer.join()
