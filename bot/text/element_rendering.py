"""Render the lines and blocks of an excerpt in Discord markdown."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bot.text.discord_markdown import code_block, escape, in_stars, show_hidden
from bot.text.markdown.elements import CodeBlock, Element, Run, Table, wide_row

_LANGUAGE = re.compile(r"[\w+#.-]{0,30}")
_MAX_TABLE_COLUMNS = 50  # a wider line would wrap in a code block


def render_element(element: Element) -> str:
    """Render a line or block, without the mark of a quote."""
    if isinstance(element, CodeBlock):
        return _code(element.language, element.lines)
    if isinstance(element, Table):
        return render_table(element)
    is_bullet = element.marker.endswith("- ")
    marker = element.marker if is_bullet else escape(element.marker)
    return marker + "".join(_styled(element.runs))


def _styled(runs: Sequence[Run]) -> Iterator[str]:
    """Render runs of text; bold spans code, but not italics, so that the stars stay unambiguous."""
    for is_bold, group in groupby(_joined(runs), lambda run: run.bold):
        parts = [*group]
        if is_bold:
            yield in_stars("**", "".join(map(_code_or_text, parts)))
        else:
            yield from (in_stars("*" * run.italic, _code_or_text(run)) for run in parts)


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Join neighbours that look the same: code right behind code would show its backticks."""
    for (bold, italic, code), group in groupby((run for run in runs if run.text), _look):
        yield Run("".join(run.text for run in group), bold, italic, code)


def _look(run: Run) -> tuple[bool, bool, bool]:
    """Return whether a run is shown in bold, in italics and as code."""
    is_bold = run.bold or run.highlighted
    return is_bold, run.italic and not is_bold, run.code


def _code_or_text(run: Run) -> str:
    """Render code as such, unless it contains the marks that would end it."""
    if not run.code or not run.text.strip() or "``" in run.text:
        return escape(run.text)
    ticks = "``" if "`" in run.text else "`"
    inner = f" {run.text} " if "`" in run.text else run.text
    return f"{ticks}{show_hidden(inner)}{ticks}"


def _code(language: str, lines: Sequence[str]) -> str:
    """Render code, as text if it contains the fence that would end it."""
    code = "\n".join(lines)
    if "```" in code:
        return escape(code)
    name = language if _LANGUAGE.fullmatch(language) else ""
    return code_block(name, code)


def render_table(table: Table) -> str:
    """Align a small table in a code block; show the rows of a wide one as lines."""
    count = max(map(len, table.rows))
    rows = [(*row, *[""] * (count - len(row))) for row in table.rows]
    widths = [max(_columns(row[index]) for row in rows) for index in range(count)]
    if sum(widths) + 2 * (count - 1) > _MAX_TABLE_COLUMNS:
        return "\n".join(map(_wide_row, rows, [table.has_header, *[False] * len(rows)]))
    padded = [
        "  ".join(
            cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    if table.has_header:
        padded.insert(1, "  ".join("─" * width for width in widths))
    return _code("", [line.rstrip() for line in padded])


def _wide_row(row: Sequence[str], is_header: bool) -> str:
    """Render a row as a line: all of a header in bold, or only the first cell of other rows."""
    cells = wide_row(row)
    line, first = escape(" | ".join(cells)), escape(cells[0])
    return in_stars("**", line) if is_header else in_stars("**", first) + line[len(first) :]


def _columns(text: str) -> int:
    """Return the number of columns that a text takes: wide characters take two."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)
