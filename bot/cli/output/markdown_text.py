"""Render quotes from Markdown articles for a terminal: as people read them, with colours."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from bot.text.markdown.elements import CodeBlock, Element, Run, Table, wide_row
from bot.text.markdown.parse import MarkdownOrigin, parse_markdown
from bot.text.marked_excerpt import MarkedExcerpt
from index.text.article_formats import format_of
from index.types import Quote

_HIGHLIGHT = "bold green"


def markdown_text(quote: Quote, width: int) -> Text:
    """Return a quote with its markup as styles and its highlight in green.

    Tables of more than ``width`` columns are shown row by row.
    """
    excerpt = MarkedExcerpt.whole(quote.passage.text, quote.highlight_in_passage)
    text_format = format_of(quote.citation.article, quote.citation.metadata)
    elements = parse_markdown(excerpt, MarkdownOrigin.of(text_format, quote.context))
    return Text("\n").join(_element_text(element, width) for element in elements)


def _element_text(element: Element, width: int) -> Text:
    if isinstance(element, CodeBlock):
        return Text("\n".join(f"  {line}" for line in element.lines), style="cyan")
    if isinstance(element, Table):
        return Text("\n").join(_table_lines(element, width))
    return Text(element.marker) + Text("").join(map(_run_text, element.runs))


def _run_text(run: Run) -> Text:
    styles = (
        _HIGHLIGHT * run.highlighted or "bold" * run.bold,
        "italic" * run.italic,
        "cyan" * (run.code and not run.highlighted),
    )
    return Text(run.text, style=" ".join(filter(None, styles)))


def _table_lines(table: Table, width: int) -> list[Text]:
    """Align the cells of a table; show the rows of a wide one as lines."""
    columns = [max(map(cell_len, column)) for column in zip(*_filled(table), strict=True)]
    is_wide = sum(columns) + 2 * (len(columns) - 1) > width
    lines = [*map(_row_line, table.rows)] if is_wide else [*_aligned(table, columns)]
    if table.has_header:
        lines[0].stylize("bold")
    return lines


def _row_line(row: Sequence[str]) -> Text:
    first, *others = wide_row(row)
    return Text(" | ").join([Text(first, style="bold"), *map(Text, others)])


def _aligned(table: Table, columns: Sequence[int]) -> Iterator[Text]:
    """Yield the rows of a table, padded to the widths of its columns."""
    for row in _filled(table):
        cells = zip(row, columns, strict=True)
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in cells)
        yield Text("  ".join(padded).rstrip())


def _filled(table: Table) -> Sequence[tuple[str, ...]]:
    count = max(map(len, table.rows))
    return [(*row, *[""] * (count - len(row))) for row in table.rows]
