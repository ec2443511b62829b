"""Cut the rows of Markdown tables that are too long for one quotation, at their cells."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.ingest.parsing.builder import MAX_RUN_CHARS
from index.ingest.parsing.passages import MAX_GROUP_CHARS
from index.ingest.readers.markdown.long_paragraphs import cut_paragraph
from index.text.spans import Span, has_words, trim
from index.types import Context, ContextKind

_BORDER = re.compile(r"(?<!\\)\|")
_SPACES = re.compile(r"\s+")
_MAX_LABEL_CHARS = 100  # of a row's first cell that names the others


def is_long_row(text: str, run: Span) -> bool:
    """Return whether rows that go together are one that is too long, not counting its padding."""
    start, end = run
    return end - start > MAX_GROUP_CHARS < len(_SPACES.sub(" ", text[start:end]))


def cut_row(text: str, header: Span, row: Span) -> Iterator[tuple[Span, tuple[Context, ...]]]:
    """Yield pieces of a row, each of whole cells, with the first cell and the header as context.

    A single cell that is too long is cut where its sentences end.
    """
    cells, titles = _cells(text, row), _cells(text, header)
    label = trim(text, *cells[0])
    is_named = len(cells) > 1 and 0 < label[1] - label[0] <= _MAX_LABEL_CHARS
    names = (Context(ContextKind.TITLE, *label),) if is_named else ()
    for first, last in _column_runs(cells, 1 if is_named else 0):
        piece = _with_borders(text, row, (cells[first][0], cells[last][1]))
        title = (titles[min(first, len(titles) - 1)][0], titles[min(last, len(titles) - 1)][1])
        if piece[1] - piece[0] <= MAX_GROUP_CHARS:
            above = Context(ContextKind.TABLE_HEADER, *_with_borders(text, header, title))
            yield piece, (*names, above)
            continue
        title = trim(text, *title)
        above = Context(ContextKind.TITLE, *title)
        for part in cut_paragraph(text, trim(text, *cells[first])):
            yield part, ((above, *names) if has_words(text[slice(*title)]) else names)


def _cells(text: str, row: Span) -> list[Span]:
    """Return the spans between the borders of a row, which may have none at its ends."""
    start, end = row
    borders = [match.start() for match in _BORDER.finditer(text, start, end)]
    if not borders or borders[0] > start:
        borders.insert(0, start - 1)
    if borders[-1] < end - 1:
        borders.append(end)
    return [(left + 1, right) for left, right in pairwise(borders)]


def _column_runs(cells: Sequence[Span], first: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of neighbouring columns that go together in one piece."""
    start = first
    for column in range(first + 1, len(cells)):
        if cells[column][1] - cells[start][0] > MAX_RUN_CHARS:
            yield start, column - 1
            start = column
    yield start, len(cells) - 1


def _with_borders(text: str, row: Span, cells: Span) -> Span:
    """Return a span of cells with the borders at its ends."""
    return (max(row[0], cells[0] - 1), min(row[1], cells[1] + 1))
