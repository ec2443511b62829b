"""Read the cells of AsciiDoc's tables."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

_CELL = re.compile(
    r"(?:(?:^|(?<=\s))(?:(?P<count>\d{0,2})(?:\.\d+)?(?P<span>[+*]))?"
    r"[<^>]?(?:\.[<^>])?[adehlmsv]?(?=\|))?(?<!\\)\|",
    re.MULTILINE,
)
_COLUMNS = re.compile(r"\bcols=(?:\"([^\"]*)\"|([^,\]]+))")
_REPEATED = re.compile(r"\s*(\d{1,2})\*")
_ITEM_MARK = re.compile(r"^[ \t]*(?:[*-]|\.{1,3})[ \t]+", re.MULTILINE)
_MAX_COLUMNS = 100


def read_table(lines: Sequence[str], attributes: str) -> list[list[str]]:
    """Return the rows of a table between its delimiters, with the source of their cells."""
    cells = [*_cells("\n".join(lines))]
    first = next((line for line in lines if line.strip()), "")
    count = _column_count(attributes) or max(1, len([*_cells(first)]))
    return [cells[start : start + count] for start in range(0, len(cells), count)]


def _cells(text: str) -> Iterator[str]:
    """Yield the cells of rows; one that spans several columns is followed by empty ones."""
    borders = [*_CELL.finditer(text)]
    for border, following in pairwise([*borders, None]):
        if border is None:
            return
        source = text[border.end() : following.start() if following else None]
        cell = _ITEM_MARK.sub("", source).replace("\\|", "|").strip()
        others = max(1, int(border["count"] or 1)) - 1
        yield cell
        yield from [cell if border["span"] == "*" else ""] * others


def _column_count(attributes: str) -> int:
    columns = _COLUMNS.search(attributes)
    if not columns:
        return 0
    given = columns[1] or columns[2] or ""
    if repeated := _REPEATED.match(given):
        return min(max(1, int(repeated[1])), _MAX_COLUMNS)
    return min(len(re.split(r"[,;]", given)), _MAX_COLUMNS)
