"""Write what readers extract from other formats as Markdown, to be read as documentation is."""

import re
from collections.abc import Sequence

MAX_HEADING_LEVEL = 6
# Text that Markdown would take for a heading, a list, a quotation, a table, code or HTML.
_BLOCK_MARKUP = re.compile(
    r"(?=(?:#{1,6}|[-+*])(?:\s|\Z)|>|```|~~~|\||=+\s*\Z|-{3,}|[*_]{3,}\s*\Z|\[[^\]]+\]:|</?[A-Za-z!]"
    r"|!!!|\?\?\?|:::|///)"
)
_NUMBERED = re.compile(r"(\d{1,9})(?=[.)](?:\s|\Z))")


def heading(level: int, text: str) -> str:
    """Return a heading on one line; ``level`` counts from 1."""
    line = " ".join(text.split()).replace("<", "\\<")
    return f"{'#' * min(level, MAX_HEADING_LEVEL)} {line}"


def paragraph(text: str) -> str:
    """Return a paragraph, escaped where Markdown would take the start of a line for markup."""
    return "\n".join(filter(None, map(_escape_line, text.split("\n"))))


def code_block(text: str, language: str = "") -> str:
    """Return code between fences, which are longer than any that it contains."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def list_item(mark: str, blocks: Sequence[str]) -> str:
    """Return a list item with its blocks indented below its mark, ``-`` or ``1.``."""
    if not blocks:
        return mark
    indent = " " * (len(mark) + 1)
    return f"{mark} " + "\n\n".join(indented(block, indent) for block in blocks).lstrip(" ")


def join_items(items: Sequence[str]) -> str:
    """Join list items, with empty lines between them if one of them has several blocks."""
    return ("\n\n" if any("\n\n" in item for item in items) else "\n").join(items)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table with each cell on one line; its first row is the head."""
    columns = max(map(len, rows))
    lines = [f"| {' | '.join([*map(_cell, row), *[''] * (columns - len(row))])} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])


def indented(block: str, indent: str) -> str:
    """Return a block with its lines indented, except for empty ones."""
    return "\n".join(indent + line if line else "" for line in block.split("\n"))


def _escape_line(line: str) -> str:
    line = line.strip()
    if number := _NUMBERED.match(line):
        return f"{number[1]}\\{line[number.end() :]}"
    return f"\\{line}" if _BLOCK_MARKUP.match(line) else line


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
