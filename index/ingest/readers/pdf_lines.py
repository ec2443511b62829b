"""The lines of a PDF's pages, each with its place and size, without what repeats at the edges."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.ingest.parsing.normalize import clean_line
from index.text.spans import has_words

Fragment = tuple[str, float, float, float, bool]  # text, x, y, size in points, bold

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_LIGATURE = re.compile("[ﬀ-ﬆ]")
_SYMBOL = re.compile(r"[\uf0b7\uf0a7]|\A[\uf000-\uf0ff](?=\s)")  # bullets in fonts of their own
_WITHIN = re.compile(r"(?<=\w)\u00ad(?=\w)")  # drawn, so it is seen: a font's name for its hyphen
_MARK = re.compile(r"(?:[•‣◦▪■●○–—]|\d{1,3}[.)]?|[a-z][.)])\Z")
_MARK_GAP = 4  # times the size: how far left of its words an item's mark may stand
_MANY_PAIRS = 1_000_000  # of marks and lines: a page of a book has a thousand
_LEADERS = re.compile(r"(?:\s?[.…·_]){4,}\s*[\divxlc]*\s*\Z")  # a line of a table of contents
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–—|\[(]*\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—|\])]*"
    r"(?:\s*(?:of|von|/|sur|de)\s*\d{1,4})?\Z",
    re.IGNORECASE,
)
_EDGE = 2  # lines at the top and at the bottom that may be running heads
_MARGIN = 0.1  # of the page's height at each end
_APART = 1.6  # times the size: how far a running head stands from the text
_FEW = 2  # pages on which the same words at the same place are no accident
_MANY = 3  # pages on which a place is taken whatever words stand there


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; its first letter stands at ``x`` from the left and ``y`` from below.

    ``level`` is ``y`` as a share of the page's height: 1 is the upper edge.
    """

    text: str
    page: int
    x: float
    y: float
    size: float
    bold: bool = False
    level: float = 0.5


def lines_of(fragments: Iterable[Fragment], page: int, foot: float, head: float) -> Iterator[Line]:
    """The lines that the fragments of a page make, in their order.

    ``foot`` and ``head`` are the page's lower and upper edge in points.
    """
    for line in _marked(list(_lines(fragments, page))):
        yield replace(line, level=(line.y - foot) / (head - foot) if head > foot else 0.5)


def _lines(fragments: Iterable[Fragment], page: int) -> Iterator[Line]:
    open_line: list[Fragment] = []
    for text, x, y, size, bold in fragments:
        for number, piece in enumerate(text.split("\n")):
            if number:
                yield from _line(open_line, page)
                open_line = []
            if piece:
                open_line.append((piece, x, y, size, bold))
    yield from _line(open_line, page)


def _marked(lines: list[Line]) -> list[Line]:
    """The lines, with the marks of lists that were drawn apart from their items."""
    marks = [line for line in lines if _MARK.match(line.text)]
    if len(marks) * len(lines) > _MANY_PAIRS:
        return lines
    of = {item: mark for mark in marks if (item := _item_of(mark, lines)) is not None}
    taken = set(of.values())
    return [_with_mark(line, of.get(line)) for line in lines if line not in taken]


def _item_of(mark: Line, lines: Sequence[Line]) -> Line | None:
    """The nearest words to the right of a mark."""
    beside = (
        line
        for line in lines
        if 0 < line.x - mark.x < _MARK_GAP * mark.size and abs(line.y - mark.y) < mark.size / 2
    )
    return min(beside, key=lambda line: line.x, default=None)


def _with_mark(line: Line, mark: Line | None) -> Line:
    return line if mark is None else replace(line, text=f"{mark.text} {line.text}", x=mark.x)


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without running heads, footers, page numbers and lines of a table of contents."""
    edges = [_edges(lines) for lines in pages]
    words = Counter(key for page in edges for key in {_key(line) for line in page})
    places = Counter(place for page in edges for place in {round(line.y) for line in page})
    half = max(_MANY, len(pages) / 2)
    kept = []
    for lines, edge in zip(pages, edges, strict=True):
        taken = {line for line in edge if words[_key(line)] >= _FEW and has_words(line.text)}
        taken |= {line for line in edge if places[round(line.y)] >= half and _apart(line, lines)}
        taken |= {line for line in edge if len(pages) > 1 and _PAGE_NUMBER.match(line.text)}
        kept.append([ln for ln in lines if ln not in taken and not _LEADERS.search(ln.text)])
    return kept


def _line(fragments: Sequence[Fragment], page: int) -> Iterator[Line]:
    text = clean_line("".join(fragment[0] for fragment in fragments))
    if not text:
        return
    text = _LIGATURE.sub(lambda found: _LIGATURES[found[0]], text)
    text = _WITHIN.sub("-", _SYMBOL.sub("•", text))
    first = next(fragment for fragment in fragments if fragment[0].strip())
    longest = max(fragments, key=lambda fragment: len(fragment[0].strip()))
    yield Line(text, page, first[1], first[2], round(longest[3], 1), longest[4])


def _edges(lines: Sequence[Line]) -> list[Line]:
    """The lines at the edges of the paper: the uppermost and the lowest of them."""
    outer = [line for line in lines if not _MARGIN <= line.level <= 1 - _MARGIN]
    heights = sorted({round(line.y) for line in outer})
    return [line for line in outer if round(line.y) in {*heights[:_EDGE], *heights[-_EDGE:]}]


def _key(line: Line) -> tuple[str, int]:
    """The words and the place of a line; numbers count on from page to page."""
    return (re.sub(r"\d+", "#", line.text.casefold()), round(line.y / 3))


def _apart(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the nearest other line is farther away than lines of a paragraph are."""
    gaps = [abs(line.y - other.y) for other in lines if round(other.y) != round(line.y)]
    return bool(gaps) and min(gaps) > _APART * max(line.size, 1)
