"""Print what a build or an addition of articles did, and which files it left out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from bot.cli.output.console import escape_control_characters, make_console, plural, print_list

if TYPE_CHECKING:  # slow to import, and most commands do not need them
    from index.build.pipeline import BuildReport
    from index.ingest.add import AddResult
    from index.ingest.seed_file import FileNote

_MAX_SUFFIXES_SHOWN = 6
_MAX_PATHS_SHOWN = 3
_QUOTED_VALUE = re.compile(r"'[^']*'|\d+")


def print_build_report(report: "BuildReport", *, to_stderr: bool = False) -> None:
    """Print counts, changes, and the files that a build left out."""
    out = make_console(to_stderr=to_stderr)
    counts, changes, encoded = report.counts, report.changes, report.encoded
    engine = f" by {encoded.engine}" if encoded.engine else ""
    texts = f"{plural(encoded.new, 'text')} encoded{engine}, {encoded.reused} reused"
    size = ", ".join(
        (
            plural(counts.articles, "article"),
            plural(counts.passages, "passage"),
            plural(counts.sentences, "sentence"),
        )
    )
    out.print(f"{size} in {report.seconds:.1f} s ({texts}).", soft_wrap=True)
    added, changed, removed = map(len, (changes.added, changes.changed, changes.removed))
    out.print(f"{added} added, {changed} changed, {removed} removed.")
    if not report.published:
        out.print(f"Nothing has changed: snapshot {report.name} stays in service.")
    if report.ignored:
        out.print(ignored_line(report.ignored), soft_wrap=True)
    print_list(out, "Left out", [f"{each.path}: {each.reason}" for each in report.skipped])
    print_list(out, "Notes", _note_lines(report.notes))


def ignored_line(ignored: Mapping[str, int]) -> str:
    """Count the files beside the articles, the most common suffixes first."""
    commonest = sorted(ignored.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{count} {suffix or 'without suffix'}" for suffix, count in commonest]
    shown = parts[:_MAX_SUFFIXES_SHOWN] + ["…"] * (len(parts) > _MAX_SUFFIXES_SHOWN)
    return escape_control_characters(f"Other files passed over: {', '.join(shown)}.")


def _note_lines(notes: Sequence["FileNote"]) -> list[str]:
    """Return a line for each kind of note: those that differ only in a quoted value are one."""
    kinds: dict[str, list[FileNote]] = {}
    for note in notes:
        kinds.setdefault(_QUOTED_VALUE.sub("…", note.text), []).append(note)
    return [
        f"{first.path}: {first.text}"
        if not others
        else f"{len(others) + 1} files: {kind}"
        f" ({', '.join(note.path for note in (first, *others)[:_MAX_PATHS_SHOWN])}, …)"
        for kind, (first, *others) in kinds.items()
    ]


def print_left_out(lines: Sequence[str]) -> None:
    """Print the files that a command left out, each with the reason, to stderr."""
    print_list(make_console(to_stderr=True), "Left out", lines)


def print_added(results: Iterable["AddResult"]) -> tuple[int, int]:
    """Print a line for each result of ``add``; return how many were saved and how many failed."""
    out = make_console()
    saved = failed = 0
    for result in results:
        if result.path and result.reason is None:
            saved += 1
            line, style = f"saved {result.path}  from {result.source}", ""
        else:
            failed += not result.already_exists
            source = result.source if result.source.strip() else repr(result.source)
            line, style = f"{source}: {result.reason}", "yellow"
        out.print(Text(escape_control_characters(line), style=style), soft_wrap=True)
    return saved, failed
