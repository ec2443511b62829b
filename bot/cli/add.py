"""``quoth add``: what became of each file, link and entry, line by line."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from bot.cli import console as terminal
from index.ingest.add import AddOptions, add


def add_all(sources: Sequence[str], seeds: Path, how: AddOptions) -> tuple[int, int]:
    """Save and tell; how many were saved, and how many were not."""
    out = terminal.console()
    saved = failed = 0
    for outcome in add(sources, seeds, how):
        if outcome.path and outcome.reason is None:
            saved += 1
            line = Text(terminal.seen(f"saved {outcome.path}  from {outcome.source}"))
        else:
            failed += not outcome.known
            line = Text(terminal.seen(f"{outcome.source}: {outcome.reason}"), style="yellow")
        out.print(line, soft_wrap=True)
    return saved, failed
