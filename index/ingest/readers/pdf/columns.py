"""Take apart rows of PDF pages that run across columns, and remove line numbers."""

import math
import re
from collections.abc import Collection, Container, Sequence
from itertools import pairwise
from statistics import median

from index.ingest.readers.pdf.lines import Row, TextPiece, row_text

_MIN_GAP = 0.8  # times the font size: wider gaps separate columns, cells and line numbers
_MIN_ROWS = 3  # in which a gutter must have text on both sides
_MAX_LEADING = 3  # times the font size, from one row to the next
_MIN_WORDS = 3  # in the usual line of a column; the cells of a table have fewer
_MIN_RUNNING_LINES = 0.3  # share of a column's lines that go on in lower case
_MIN_LINE_NUMBERS = 5  # on a page
_MAX_EDGE_SHIFT = 3.0  # points, by which the edges of line numbers may differ
_MAX_ROWS = 1_000  # of a page; a book has fifty, and a hostile file should not take minutes
_MAX_GAPS = 30  # of a row
_GALLEY_MARKS = "RS"  # at the last lines of a page that runs short
_LINE_NUMBER = re.compile(r"[RS]?\d{1,4}[RS]?")

Gap = tuple[float, float]  # left and right edge of an empty strip


def split_columns(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in reading order: columns that were drawn row by row follow each other."""
    if len(rows) > _MAX_ROWS:
        return [*rows]
    free = [free_strips(row) for row in rows]
    result: list[Row] = []
    start = 0
    while start < len(rows):
        end, gutters = common_block(rows, free, start)
        columns = _columns(rows[start:end], gutters) if end - start >= _MIN_ROWS else []
        if columns:
            for column in columns:  # a wide row above may have hidden another gutter
                result += split_columns(column)
            start = end
        else:
            skipped = max(1, (end - start) // 2)  # the cells of a table, most likely
            result += rows[start : start + skipped]
            start += skipped
    return result


def common_block(
    rows: Sequence[Row], free: Sequence[Sequence[Gap]], start: int
) -> tuple[int, Sequence[Gap]]:
    """Return the end of the rows that leave the same gutters free, and the gutters."""
    gutters = free[start][1:-1]
    end = start + 1
    while gutters and end < len(rows):
        step = rows[end - 1][0].y - rows[end][0].y
        size = rows[end][0].size
        if not 0 < step <= _MAX_LEADING * size:
            break
        common = _common(gutters, free[end], _MIN_GAP * size)
        if not common:
            break
        gutters = common
        end += 1
    return end, gutters


def free_strips(row: Row) -> list[Gap]:
    """Return the empty strips of a row: those beside it at the ends, wide gaps in between."""
    pieces = sorted(row, key=lambda piece: piece.left)
    strips = [(-math.inf, pieces[0].left)]
    edge = pieces[0].right
    for piece in pieces:
        if edge < piece.left - _MIN_GAP * piece.size and len(strips) < _MAX_GAPS:
            strips.append((edge, piece.left))
        edge = max(edge, piece.right)
    return [*strips, (edge, math.inf)]


def _common(gaps: Sequence[Gap], others: Sequence[Gap], min_width: float) -> list[Gap]:
    """Return the strips that are empty in both of two rows."""
    strips = []
    for left, right in gaps:
        for other_left, other_right in others:
            if other_left > right:
                break
            strip = max(left, other_left), min(right, other_right)
            if strip[1] - strip[0] >= min_width:
                strips.append(strip)
    return strips


def _columns(rows: Sequence[Row], gutters: Sequence[Gap]) -> list[list[Row]]:
    """Return the rows of each column; none if they are the cells of a table or single lines."""
    edges = [-math.inf, *sorted((left + right) / 2 for left, right in gutters), math.inf]
    columns = []
    for left, right in pairwise(edges):
        parts = ([piece for piece in row if left <= piece.left < right] for row in rows)
        column = [part for part in parts if part]
        if not _is_prose(column):
            return []
        columns.append(column)
    return columns


def _is_prose(column: Sequence[Row]) -> bool:
    """Return whether the lines of a column run on from one to the next."""
    texts = [row_text(row).strip() for row in column]
    if len(texts) < _MIN_ROWS or median(len(text.split()) for text in texts) < _MIN_WORDS:
        return False
    running = sum(text[:1].islower() for text in texts[1:])
    return running >= _MIN_RUNNING_LINES * (len(texts) - 1)


def remove_line_numbers(rows: Sequence[Row]) -> list[Row]:
    """Drop the numbers of the lines in the left or the right margin, if the rows have such."""
    for end in (0, -1):
        numbers = _aligned([row[end] for row in rows if _LINE_NUMBER.fullmatch(row[end].text)])
        if _are_line_numbers(numbers, rows):
            return [rest for row in rows if (rest := _without(row, numbers))]
    return [*rows]


def _aligned(numbers: Sequence[TextPiece]) -> dict[TextPiece, None]:
    """Return the pieces in the column of most; the number of the page is elsewhere."""
    middle = median(each.left for each in numbers) if numbers else 0
    return dict.fromkeys(each for each in numbers if abs(each.left - middle) <= each.size)


def _are_line_numbers(numbers: Collection[TextPiece], rows: Sequence[Row]) -> bool:
    """Return whether numbers count the lines of prose in a column of their own beside it."""
    if len(numbers) < _MIN_LINE_NUMBERS or not _count_up([_number(each) for each in numbers]):
        return False
    lefts, rights = [each.left for each in numbers], [each.right for each in numbers]
    left, right = min(lefts), max(rights)
    shift = min(max(lefts) - left, right - min(rights))
    gap = _MIN_GAP / 2 * next(iter(numbers)).size
    others = [piece for row in rows for piece in row if piece not in numbers]
    is_beside = all(each.left >= right + gap for each in others) or all(
        each.right <= left - gap for each in others
    )
    if shift > _MAX_EDGE_SHIFT or not is_beside:
        return False
    texts = [row_text(rest).strip() for row in rows if (rest := _without(row, numbers))]
    running = sum(text[:1].islower() for text in texts)
    return running >= _MIN_RUNNING_LINES * len(texts)  # fewer in a table or a list with numbers


def _number(piece: TextPiece) -> int:
    return int(piece.text.strip(_GALLEY_MARKS))


def _without(row: Row, pieces: Container[TextPiece]) -> Row:
    return [piece for piece in row if piece not in pieces]


def _count_up(numbers: Sequence[int]) -> bool:
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) == 1 and next(iter(steps)) in {1, 2, 5, 10}
