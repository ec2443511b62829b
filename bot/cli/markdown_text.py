"""Render quotes from Markdown articles for a terminal: as people read them, with colours."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from bot.text.discord_markdown import is_converted
from bot.text.markdown_blocks import CodeBlock, Element, Run, Table, parse_markdown
from index.types import ContextKind, Quote

_HIGHLIGHT = "bold green"


def markdown_text(quote: Quote) -> Text:
    """Return a quote with its markup as styles and its highlight in green."""
    start = quote.passage.start
    around = {each.kind: each.text for each in quote.context}
    elements = parse_markdown(
        quote.passage.text,
        0,
        len(quote.passage.text),
        quote.highlight.start - start,
        quote.highlight.end - start,
        around.get(ContextKind.CODE_FENCE) or around.get(ContextKind.TABLE_HEADER) or "",
        is_converted=is_converted(quote.citation.article),
    )
    return Text("\n").join(map(_element_text, elements))


def _element_text(element: Element) -> Text:
    if isinstance(element, CodeBlock):
        return Text("\n".join(f"  {line}" for line in element.lines), style="cyan")
    if isinstance(element, Table):
        return Text("\n").join(_table_lines(element))
    return Text(element.marker) + Text("").join(map(_run_text, element.runs))


def _run_text(run: Run) -> Text:
    styles = (
        _HIGHLIGHT * run.highlighted or "bold" * run.bold,
        "italic" * run.italic,
        "cyan" * (run.code and not run.highlighted),
    )
    return Text(run.text, style=" ".join(filter(None, styles)))


def _table_lines(table: Table) -> list[Text]:
    """Align the cells of a table; a long row wraps on the terminal."""
    widths = [max(map(cell_len, column)) for column in zip(*_filled(table), strict=True)]
    lines = [
        Text(
            "  ".join(
                cell + " " * (width - cell_len(cell))
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
        )
        for row in _filled(table)
    ]
    if table.has_header:
        lines[0].stylize("bold")
    return lines


def _filled(table: Table) -> Sequence[tuple[str, ...]]:
    count = max(map(len, table.rows))
    return [(*row, *[""] * (count - len(row))) for row in table.rows]
