"""The lines and blocks that a reader sees of an excerpt of Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    highlighted: bool = False


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text; ``marker`` is that of a list item, indented by its depth."""

    runs: tuple[Run, ...]
    marker: str = ""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Code, line by line, with the name of its language or an empty one."""

    language: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first is the header if ``has_header``."""

    rows: tuple[tuple[str, ...], ...]
    has_header: bool


Element = TextLine | CodeBlock | Table
"""A line or block to show. ``TextLine(())`` is a blank line."""

BLANK = TextLine(())


def element_text(element: Element) -> str:
    """Return the words of an element as text."""
    if isinstance(element, TextLine):
        return element.marker + "".join(run.text for run in element.runs)
    if isinstance(element, CodeBlock):
        return "\n".join(element.lines)
    return "\n".join(" ".join(row) for row in element.rows)


def wide_row(row: Sequence[str]) -> list[str]:
    """Return the cells of a row to show in one line, with a dash for those that are empty."""
    last = max((index for index, cell in enumerate(row) if cell), default=0)
    return [cell or "–" for cell in row[: last + 1]]
