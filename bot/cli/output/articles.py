"""Print an article as it is cited, and the check of all files in seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.api.values import source_values
from bot.cli.output.builds import ignored_line
from bot.cli.output.console import escape_control_characters, make_console, print_json, print_text
from bot.text.text_fragments import link_to_section
from index.ingest.check import FileCheck
from index.searcher import Searcher
from index.types import Citation, Metadata, Source

_MAX_TITLE_CHARS = 200
_LOW_SHARE = 0.35  # of the text outside links and navigation; comments may be long


def print_article(searcher: Searcher, article: str) -> None:
    """Print an article's title, headings, pages and numbered passages. Raises QuestionError."""
    out = make_console()
    (source,) = (each for each in searcher.opened.sources() if each.path == article)
    _print_origin(out, source.metadata, article)
    metadata, section = source.metadata, None
    for stored in searcher.passages(article):
        citation = searcher.quoter.cite(1, stored)
        if citation.metadata != metadata:
            metadata, section = citation.metadata, None
            _print_origin(out, metadata)
        if citation.section != section:
            section = citation.section
            _print_section(out, citation)
        page = f"  p. {citation.page}" if citation.page else ""
        out.print(Text(f"{stored.paragraph:>3}{page}", style="cyan"))
        print_text(out, Text(escape_control_characters(stored.passage.text)))
        out.print()


def _print_origin(out: Console, metadata: Metadata, path: str = "") -> None:
    """Print what a citation names: title, publisher, author, date; then path and link."""
    details = ", ".join(filter(None, (metadata.publisher, metadata.author, metadata.published)))
    title = Text(escape_control_characters(metadata.title), style="bold")
    rest = escape_control_characters(f" — {details}" if details else "")
    out.print(title + Text(rest), soft_wrap=True)
    location = ", ".join(filter(None, (path, metadata.url)))
    if location:
        out.print(Text(escape_control_characters(location), style="dim"), soft_wrap=True)
    out.print()


def _print_section(out: Console, citation: Citation) -> None:
    """Print a section's heading, with its link if the article has one."""
    if citation.section is None:
        return
    link = ""
    if citation.metadata.url and citation.anchor:
        link = f"  {link_to_section(citation.metadata.url, citation.anchor)}"
    heading = Text(escape_control_characters(f"“{citation.section}”"), style="bold cyan")
    out.print(heading + Text(escape_control_characters(link), style="dim"), soft_wrap=True)
    out.print()


def print_check(checks: Sequence[FileCheck], ignored: Mapping[str, int], *, as_json: bool) -> None:
    """Print a row for each file that was read, then notes, and files that were left out."""
    if as_json:
        print_json([{**asdict(each), "kept_share": each.kept_share} for each in checks])
        return
    out = make_console()
    out.print(_check_table([each for each in checks if each.metadata]))
    if ignored:
        out.print(ignored_line(ignored), soft_wrap=True)
    remarks = [f"{each.path}: {remark}" for each in checks for remark in _remarks(each)]
    for remark in remarks:
        out.print(Text(escape_control_characters(remark), style="yellow"), soft_wrap=True)


def _check_table(checks: Sequence[FileCheck]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Article", "Title", "Author", "Published"):
        table.add_column(column, overflow="fold")
    for column in ("Passages", "Sections", "Kept"):
        table.add_column(column, justify="right")
    table.add_column("Begins with", overflow="ellipsis", no_wrap=True)
    for each in checks:
        metadata = each.metadata or Metadata("")
        cells = (
            each.path,
            _shortened(metadata.title),
            metadata.author or "",
            metadata.published or "",
        )
        counts = (str(each.passages), str(each.sections), f"{each.kept_share:.0%}")
        row = map(escape_control_characters, (*cells, *counts, each.opening))
        table.add_row(*map(Text, row))
    return table


def _shortened(title: str) -> str:
    """Return a title that does not widen the column for all others."""
    return title if len(title) <= _MAX_TITLE_CHARS else f"{title[:_MAX_TITLE_CHARS]}…"


def _remarks(check: FileCheck) -> list[str]:
    """Return why a file was left out, its notes, and whether much of its text was dropped."""
    if check.reason is not None:
        return [f"left out: {check.reason}"]
    if check.kept_share >= _LOW_SHARE:
        return list(check.notes)
    dropped = f"only {check.kept_share:.0%} of its text is kept; look at it with `quoth show`"
    return [*check.notes, dropped]


def print_sources(sources: Sequence[Source], *, as_json: bool) -> None:
    """Print the articles, one a row."""
    if as_json:
        print_json([source_values(each) for each in sources])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Article", "Title", "Publisher", "Published"):
        table.add_column(column, overflow="fold")
    table.add_column("Passages", justify="right")
    for source in sources:
        metadata = source.metadata
        cells = (
            source.path,
            _shortened(metadata.title),
            metadata.publisher or "",
            metadata.published or "",
        )
        table.add_row(*map(Text, map(escape_control_characters, cells)), str(source.passages))
    make_console().print(table)
