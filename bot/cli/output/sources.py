"""Print followed sources and the results of a refresh."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bot.cli.output.console import escape_control_characters, make_console, plural, print_json
from index.errors import QuothError
from index.sources.followed import FollowedSource, SourceKind
from index.sources.refresh import (
    RefreshResult,
    SourceStatus,
    refresh,
    select_sources,
    summarize,
)

_MAX_LINES = 20  # of one kind for one source
_KIND_NAMES = {
    SourceKind.PAGE: "page",
    SourceKind.FEED: "feed",
    SourceKind.SITEMAP: "sitemap",
    SourceKind.SECTION: "docs section",
    SourceKind.GIT: "git repository",
}


def following_line(source: FollowedSource) -> str:
    """Return a line that says what is followed, and how."""
    limit = "" if source.kind is SourceKind.PAGE else f", at most {source.max_pages:,} articles"
    kind = _KIND_NAMES[source.kind]
    return f"Following the {kind} {source.url} as {source.name}, every {source.every}{limit}."


def saved_line(source: FollowedSource, seeds: Path) -> str:
    """Return a line that says how much of a source is saved, and when it is checked next."""
    summary = summarize(source, seeds)
    place = f"{source.folder}/" if source.folder else "the seeds"
    next_check = _time(summary.next_check, "now")
    return (
        f"{plural(summary.articles, 'article')}, {summary.kilobytes:,} KB in {place}; "
        f"next check {next_check}, by the bot or by `quoth refresh --due`."
    )


def print_results(results: Sequence[RefreshResult], *, dry_run: bool = False) -> None:
    """Print what became of each source, and what needs attention."""
    out = make_console()
    if not results:
        out.print("There is nothing to check now; `quoth followed` lists the sources.")
    for result in results:
        out.print(Text(escape_control_characters(_summary(result, dry_run)), style="bold"))
        for mark, lines, style in _details(result):
            for line in lines[:_MAX_LINES]:
                text = escape_control_characters(f"  {mark} {line}")
                out.print(Text(text, style=style), soft_wrap=True)
            if len(lines) > _MAX_LINES:
                out.print(f"  … and {len(lines) - _MAX_LINES} more")


def _summary(result: RefreshResult, dry_run: bool) -> str:
    plan = result.plan
    if plan is None:
        return f"{result.source.name}: failed"
    counts = ", ".join(
        f"{len(paths)} {name}"
        for paths, name in (
            (plan.added, "added"),
            (plan.changed, "changed"),
            (plan.removed, "removed"),
        )
        if paths
    )
    would = "would be " if dry_run and counts else ""
    return f"{result.source.name}: {plan.checked:,} checked, {would}{counts or 'nothing changed'}"


def _details(result: RefreshResult) -> list[tuple[str, list[str], str]]:
    plan = result.plan
    if plan is None:
        return [("!", list(result.problems), "yellow")]
    to_confirm = [
        f"{path}: its page is gone; `quoth remove {path}` deletes it" for path in plan.to_confirm
    ]
    return [
        ("+", list(plan.added), ""),
        ("~", list(plan.changed), ""),
        ("-", list(plan.removed), ""),
        ("?", to_confirm, "yellow"),
        ("!", list(result.problems), "yellow"),
        ("i", list(plan.notes), "dim"),
    ]


def print_statuses(statuses: Sequence[SourceStatus], *, as_json: bool) -> None:
    """Print a row for each followed source, and its error below the table."""
    if as_json:
        print_json([_to_json(each) for each in statuses])
        return
    out = make_console()
    if not statuses:
        out.print("Nothing is followed yet; `quoth follow URL` adds a source.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Name", "Kind", "URL", "Every"):
        table.add_column(column, overflow="fold")
    for column in ("Articles", "Checked", "Changed", "Next check"):
        table.add_column(column, justify="right")
    for each in statuses:
        table.add_row(*map(Text, map(escape_control_characters, _row(each))))
    out.print(table)
    for line in filter(None, map(_problem, statuses)):
        out.print(Text(escape_control_characters(line), style="yellow"), soft_wrap=True)


def _row(status: SourceStatus) -> tuple[str, ...]:
    source, state = status.source, status.state
    times = (_time(state.checked), _time(state.changed), _time(status.next_check, "now"))
    articles = str(sum(bool(page.files) for page in state.pages.values()))
    return (source.name, source.kind, source.url, source.every, articles, *times)


def _problem(status: SourceStatus) -> str:
    if status.is_waiting:
        return f"{status.source.name}: changes wait for approval in Discord, or `quoth refresh`"
    return f"{status.source.name}: {status.state.error}" if status.state.error else ""


def _time(unix: float | None, missing: str = "never") -> str:
    if unix is None:
        return missing
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M")


def _to_json(status: SourceStatus) -> dict[str, object]:
    state = status.state
    return {
        **asdict(status.source),
        "articles": sorted(state.files),
        "checked": state.checked,
        "changed": state.changed,
        "next_check": status.next_check,
        "error": state.error,
        "is_waiting": status.is_waiting,
    }


def stage_for_bot(seeds: Path, names: Sequence[str], *, due: bool) -> None:
    """Stage changes and print the results as one JSON object; QuothErrors are printed, too."""
    try:
        sources = select_sources(seeds, names, time.time() if due else None)
        results = list(refresh(sources, seeds, stage_only=True))
    except QuothError as error:
        print_json({"failed": str(error)})
    else:
        print_json({"staged": {each.source.name: each.problems for each in results}})
