"""Read what the readers of web pages and documents write as in Markdown: code and tables."""

import re

INLINE_CODE = re.compile(r"(?<![`\\])(`[^`\n]{1,100}`)(?!`)")
TABLE_ROWS = re.compile(r"^(?:\|[^\n]*\|[ \t]*(?:\n|\Z)){2,}", re.MULTILINE)
_CELL_BORDER = re.compile(r"(?<=\s)\|(?=\s)")


def table_rows(table: str) -> tuple[tuple[str, ...], ...]:
    """Return the cells of rows such as "| a | b |"."""
    lines = (line.strip()[1:-1] for line in table.strip().split("\n"))
    return tuple(
        tuple(" ".join(cell.split()) for cell in _CELL_BORDER.split(f" {line} ")) for line in lines
    )
