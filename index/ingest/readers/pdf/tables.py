"""Find the rows of tables on PDF pages: lines with the same gutters that are not prose."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from index.ingest.readers.pdf.columns import Gap, common_block, free_strips
from index.ingest.readers.pdf.lines import Row, row_text

_MIN_ROWS = 3
_MIN_FULL_ROWS = 0.5  # share of the rows with two cells or more
_MIN_MARKED = 0.8  # share of the first cells that are the marks of a list
_MARK = re.compile(r"\W{1,2}|\[\w{1,5}\]|\(?\w{1,3}[.):–-]")
_SECTION_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?")  # of a rule or an article
_MIN_SECTION_WORDS = 4  # in the usual one; numbers such as 2.5 stand beside less in tables
_MIN_LINE_WORDS = 4  # in the usual line of a column of prose
_MAX_PROSE_ROWS = 0.15  # share of the rows that are lines of columns of prose
_MAX_ROWS = 1_000  # of a page, as for columns
_MAX_CELL_WORDS = 12  # in the usual cell; columns of prose have more
_MAX_LINE_STEP = 1.6  # times the font size, within a cell
_MIN_FULL_CELL = 0.8  # of the widest cell in a column; a narrower one does not run on


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table, and the text of its cells; empty for any other row of the page."""

    row: Row
    cells: tuple[str, ...] = ()


def find_table_rows(rows: Sequence[Row]) -> list[TableRow]:
    """Return the rows of a page; the lines of a cell are joined in the row of the first one."""
    if len(rows) > _MAX_ROWS:
        return [TableRow(row) for row in rows]
    free = [free_strips(row) for row in rows]
    result: list[TableRow] = []
    start = 0
    while start < len(rows):
        end, gutters = common_block(rows, free, start)
        table = _table(rows[start:end], gutters)
        if not table:  # skip less than the block, as another table may begin in it
            end = start + max(1, (end - start) // 2)
        result += table or map(TableRow, rows[start:end])
        start = end
    return result


def _table(rows: Sequence[Row], gutters: Sequence[Gap]) -> list[TableRow]:
    """Return the rows with their cells; none if they are not a table."""
    edges = [-math.inf, *sorted((left + right) / 2 for left, right in gutters), math.inf]
    grid = [_cells(row, edges) for row in rows]
    last = max((n for n, cells in enumerate(grid, 1) if _is_full(cells)), default=0)
    while last < len(grid) and not grid[last][0]:  # further lines of the last row
        last += 1
    table, rest = grid[:last], rows[last:]
    if len(table) < _MIN_ROWS or not _is_table(table):
        return []
    return [*_joined(rows, table), *map(TableRow, rest)]


def _cells(row: Row, edges: Sequence[float]) -> list[Row]:
    return [[p for p in row if left <= p.left < right] for left, right in pairwise(edges)]


def _is_full(cells: Sequence[Row]) -> bool:
    return sum(map(bool, cells)) > 1


def _is_table(grid: Sequence[Sequence[Row]]) -> bool:
    texts = [_text(cell) for cells in grid for cell in cells if cell]
    if sum(map(_is_full, grid)) < _MIN_FULL_ROWS * len(grid):
        return False
    first = [_text(cells[0]) for cells in grid if cells[0]]
    if sum(_MARK.fullmatch(text) is not None for text in first) >= _MIN_MARKED * len(first):
        return False
    if _are_numbered_sections(grid):
        return False
    if sum(map(_is_across_prose, grid)) > _MAX_PROSE_ROWS * len(grid):
        return False
    return median(len(text.split()) for text in texts) <= _MAX_CELL_WORDS


def _are_numbered_sections(grid: Sequence[Sequence[Row]]) -> bool:
    """Return whether the rows are sentences with numbers such as 2.1 before them."""
    rows = [[_text(cell) for cell in cells] for cells in grid if cells[0]]
    numbered = [texts for texts in rows if _SECTION_NUMBER.fullmatch(texts[0])]
    if not rows or len(rows[0]) != 2 or len(numbered) < _MIN_MARKED * len(rows):
        return False
    return median(len(text.split()) for _, text in numbered) >= _MIN_SECTION_WORDS


def _is_across_prose(cells: Sequence[Row]) -> bool:
    """Return whether all cells of a row go on in lower case, as the lines of columns do."""
    texts = [_text(cell) for cell in cells if cell]
    words = sum(len(text.split()) for text in texts)
    are_lower = all(text[:1].islower() for text in texts)
    return len(texts) > 1 and are_lower and words >= _MIN_LINE_WORDS * len(texts)


def _joined(rows: Sequence[Row], grid: Sequence[Sequence[Row]]) -> list[TableRow]:
    widths = [max(map(_width, column)) for column in zip(*grid, strict=True)]
    table: list[TableRow] = []
    above: Sequence[Row] = ()
    for row, cells in zip(rows, grid, strict=False):
        texts = tuple(map(_text, cells))
        if above and _runs_on(above, cells, widths):
            table[-1] = TableRow(table[-1].row, _append(table[-1].cells, texts))
        else:
            table.append(TableRow(row, texts))
        above = cells
    return table


def _runs_on(above: Sequence[Row], cells: Sequence[Row], widths: Sequence[float]) -> bool:
    """Return whether a row holds further lines of the cells above it."""
    pairs = [
        (over, cell, width) for over, cell, width in zip(above, cells, widths, strict=True) if cell
    ]
    if cells[0] or not pairs:
        return False
    return all(
        over
        and over[0].y - cell[0].y <= _MAX_LINE_STEP * cell[0].size
        and (_text(cell)[:1].islower() or _width(over) >= _MIN_FULL_CELL * width > 0)
        for over, cell, width in pairs
    )


def _append(cells: Sequence[str], further: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(filter(None, pair)) for pair in zip(cells, further, strict=True))


def _text(cell: Row) -> str:
    return row_text(cell).strip() if cell else ""


def _width(cell: Row) -> float:
    return cell[-1].right - cell[0].left if cell else 0.0
