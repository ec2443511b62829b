"""Read the cells of AsciiDoc's tables."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise

from index.errors import ReadError
from index.ingest.readers.markdown.reader import MAX_MARKS

_Cell = tuple[str, int]  # its source, and how many rows it spans
_CELL = re.compile(
    r"(?:(?:^|(?<=\s))(?:(?P<count>\d{0,2})(?:\.(?P<rows>\d{1,3}))?(?P<span>[+*]))?"
    r"[<^>]?(?:\.[<^>])?[adehlmsv]?(?=\|))?(?<!\\)\|",
    re.MULTILINE,
)
_COLUMNS = re.compile(r"\bcols=(?:\"([^\"]*)\"|([^,\]]+))")
_REPEATED = re.compile(r"\s*(\d{1,2})\*")
_ITEM_MARK = re.compile(r"^[ \t]*(?:[*-]|\.{1,3})[ \t]+", re.MULTILINE)
_MAX_COLUMNS = 100
_MAX_REPEATED_CHARS = 1_000_000
_SEPARATORS = {"csv": ",", "dsv": ":", "tsv": "\t"}
_FORMAT = re.compile(r"\bformat=\"?(csv|dsv|tsv)\b")


def read_table(lines: Sequence[str], attributes: str) -> list[list[str]]:
    """Return the rows of a table between its delimiters, with the source of their cells.

    Raises ReadError when cells that are repeated are too long.
    """
    text = "\n".join(lines)
    cells = islice(_cells(text), MAX_MARKS + 1)  # no Markdown can have more
    first = next((line for line in lines if line.strip()), "")
    count = _column_count(attributes) or max(1, len([*_cells(first)]))
    rows = [*_rows(cells, count)]
    if sum(map(len, chain.from_iterable(rows))) > len(text) + _MAX_REPEATED_CHARS:
        raise ReadError("a table that repeats long cells many times; write out its rows")
    return rows


def separator_of(mark: str, attributes: str) -> str:
    """Return what separates the values of CSV or the like, "" if a table is none.

    ``mark`` begins its delimiter.
    """
    named = _FORMAT.search(attributes)
    return _SEPARATORS[named[1]] if named else mark.strip("|!")


def read_separated(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Return the rows of a table in CSV or the like. Raises ReadError when a value is too long."""
    try:
        return [row for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error as error:
        raise ReadError(f"a table that cannot be read ({error}); write shorter values") from error


def _rows(cells: Iterable[_Cell], count: int) -> Iterator[list[str]]:
    """Yield rows of ``count`` columns; a cell that spans several rows stands in each of them."""
    following = deque(cells)
    spanning: dict[int, _Cell] = {}  # by column, for the rows below
    while following:
        row: list[str] = []
        above, spanning = (spanning if len(spanning) < count else {}), {}
        while len(row) < count and (following or len(row) in above):
            column = len(row)
            cell, height = above[column] if column in above else following.popleft()
            row.append(cell)
            if height > 1:
                spanning[column] = (cell, height - 1)
        yield row


def _cells(text: str) -> Iterator[_Cell]:
    """Yield the cells of rows; one that spans several columns is followed by empty ones."""
    borders = [*_CELL.finditer(text)]
    for border, following in pairwise([*borders, None]):
        if border is None:
            return
        source = text[border.end() : following.start() if following else None]
        cell = _ITEM_MARK.sub("", source).replace("\\|", "|").strip()
        others = max(1, int(border["count"] or 1)) - 1
        height = int(border["rows"] or 1)
        yield cell, height
        yield from [(cell if border["span"] == "*" else "", height)] * others


def _column_count(attributes: str) -> int:
    columns = _COLUMNS.search(attributes)
    if not columns:
        return 0
    given = columns[1] or columns[2] or ""
    if repeated := _REPEATED.match(given):
        return min(max(1, int(repeated[1])), _MAX_COLUMNS)
    return min(len(re.split(r"[,;]", given)), _MAX_COLUMNS)
