"""Join the text fragments of PDF pages into lines, and remove running heads and footers."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

from index.ingest.parsing.normalize import clean_line
from index.text.spans import has_words

TextFragment = tuple[str, float, float, float, bool]  # text, x, y, font size in points, bold

_LIGATURE = re.compile("[ﬀ-ﬆ]")
_SYMBOL_BULLET = re.compile(r"[\uf0b7\uf0a7]|\A[\uf000-\uf0ff](?=\s)")  # from symbol fonts
_DRAWN_SOFT_HYPHEN = re.compile(r"(?<=\w)\u00ad(?=\w)")  # some fonts name their hyphen so
_LIST_MARK = re.compile(r"(?:[•‣◦▪■●○–—]|\d{1,3}[.)]?|[a-z][.)])\Z")
_MAX_MARK_GAP = 4  # times the font size: the distance of a list mark from its item
_MAX_MARK_PAIRS = 1_000_000  # marks times lines; a page of a book has a thousand
_DOT_LEADERS = re.compile(r"(?:\s?[.…·_]){4,}\s*[\divxlc]*\s*\Z")  # in a table of contents
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–—|\[(]*\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—|\])]*"
    r"(?:\s*(?:of|von|/|sur|de)\s*\d{1,4})?\Z",
    re.IGNORECASE,
)
_EDGE_LINES = 2  # at the top and at the bottom, which may be running heads or footers
_MARGIN = 0.1  # of the page height at either end
_MIN_FURNITURE_GAP = 1.6  # times the font size: the distance of a running head from the text
_MIN_TEXT_REPEATS = 2  # pages with the same text at the same height
_MIN_HEIGHT_REPEATS = 3  # pages with any text at the same height


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a page; its first character is ``x`` points from the left and ``y`` from below.

    ``height`` is ``y`` as a share of the page height: 1 is the upper edge.
    """

    text: str
    page: int
    x: float
    y: float
    size: float
    is_bold: bool = False
    height: float = 0.5


def join_fragments(
    fragments: Iterable[TextFragment], page: int, bottom: float, top: float
) -> list[TextLine]:
    """Join the fragments of a page into lines, in drawing order.

    ``bottom`` and ``top`` are the edges of the page in points.
    """
    groups: list[list[TextFragment]] = [[]]
    for text, x, y, size, bold in fragments:
        for number, piece in enumerate(text.split("\n")):
            if number:
                groups.append([])
            if piece:
                groups[-1].append((piece, x, y, size, bold))
    lines = [line for group in groups if (line := _to_line(group, page)) is not None]
    return [
        replace(line, height=(line.y - bottom) / (top - bottom) if top > bottom else 0.5)
        for line in _attach_list_marks(lines)
    ]


def _to_line(fragments: Sequence[TextFragment], page: int) -> TextLine | None:
    """Join the fragments of a line; it starts at the first one and looks like the longest one."""
    text = clean_line("".join(fragment[0] for fragment in fragments))
    if not text:
        return None
    text = _LIGATURE.sub(lambda match: normalize("NFKC", match[0]), text)
    text = _DRAWN_SOFT_HYPHEN.sub("-", _SYMBOL_BULLET.sub("•", text))
    _, x, y, _, _ = next(fragment for fragment in fragments if fragment[0].strip())
    _, _, _, size, bold = max(fragments, key=lambda fragment: len(fragment[0].strip()))
    return TextLine(text, page, x, y, round(size, 1), bold)


def _attach_list_marks(lines: list[TextLine]) -> list[TextLine]:
    """Put the list marks that were drawn separately in front of their items."""
    marks = [line for line in lines if _LIST_MARK.match(line.text)]
    if len(marks) * len(lines) > _MAX_MARK_PAIRS:
        return lines
    item_marks = {item: mark for mark in marks if (item := _item_of(mark, lines)) is not None}
    attached = set(item_marks.values())
    return [
        replace(line, text=f"{mark.text} {line.text}", x=mark.x)
        if (mark := item_marks.get(line)) is not None
        else line
        for line in lines
        if line not in attached
    ]


def _item_of(mark: TextLine, lines: Sequence[TextLine]) -> TextLine | None:
    """Return the nearest line to the right of a list mark."""
    candidates = (
        line
        for line in lines
        if 0 < line.x - mark.x < _MAX_MARK_GAP * mark.size and abs(line.y - mark.y) < mark.size / 2
    )
    return min(candidates, key=lambda line: line.x, default=None)


def remove_page_furniture(pages: Sequence[Sequence[TextLine]]) -> list[list[TextLine]]:
    """Drop running heads, footers, page numbers and the lines of a table of contents."""
    edges = [_edge_lines(lines) for lines in pages]
    text_counts = Counter(key for edge in edges for key in {_text_key(line) for line in edge})
    height_counts = Counter(height for edge in edges for height in {round(line.y) for line in edge})
    min_height_count = max(_MIN_HEIGHT_REPEATS, len(pages) / 2)
    remaining = []
    for lines, edge in zip(pages, edges, strict=True):
        furniture = {
            line
            for line in edge
            if (text_counts[_text_key(line)] >= _MIN_TEXT_REPEATS and has_words(line.text))
            or (height_counts[round(line.y)] >= min_height_count and _is_set_apart(line, lines))
            or (len(pages) > 1 and _PAGE_NUMBER.match(line.text))
        }
        remaining.append(
            [line for line in lines if line not in furniture and not _DOT_LEADERS.search(line.text)]
        )
    return remaining


def _edge_lines(lines: Sequence[TextLine]) -> list[TextLine]:
    """Return the uppermost and the lowest lines in the margins of a page."""
    outer = [line for line in lines if not _MARGIN <= line.height <= 1 - _MARGIN]
    heights = sorted({round(line.y) for line in outer})
    edge_heights = {*heights[:_EDGE_LINES], *heights[-_EDGE_LINES:]}
    return [line for line in outer if round(line.y) in edge_heights]


def _text_key(line: TextLine) -> tuple[str, int]:
    """Return the text and the place of a line, the same for all numbers in it."""
    return (re.sub(r"\d+", "#", line.text.casefold()), round(line.y / 3))


def _is_set_apart(line: TextLine, lines: Sequence[TextLine]) -> bool:
    """Return whether the gap to the nearest other line is larger than inside a paragraph."""
    gaps = [abs(line.y - other.y) for other in lines if round(other.y) != round(line.y)]
    return bool(gaps) and min(gaps) > _MIN_FURNITURE_GAP * max(line.size, 1)
