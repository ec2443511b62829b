"""Join the pieces of text on PDF pages into lines, and remove running heads and footers."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress, groupby, pairwise
from statistics import median
from typing import NamedTuple
from unicodedata import normalize

from index.ingest.parsing.normalize import clean_line
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.text.spans import has_words

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
_NUMBER = re.compile(r"\d{1,4}")
_EDGE_LINES = 2  # at the top and at the bottom, which may be running heads or footers
_MARGIN = 0.1  # of the page height at either end
_WIDE_MARGIN = 0.16  # that of LaTeX's article, where page numbers must count up
_MIN_FURNITURE_GAP = 1.6  # times the font size: the distance of a running head from the text
_MIN_TEXT_REPEATS = 2  # pages with the same text at the same height
_MIN_HEIGHT_REPEATS = 3  # pages with any text at the same height
_MAX_ROW_STEP = 0.6  # times the font size: superscripts and fractions are that far off the line
_MAX_TILT = 0.1  # times the font size, by which a line may go down before it turns back
_MAX_SCRIPT_SIZE = 0.85  # times the font size of the line
_MIN_RAISE = 0.15
_MIN_DROP = 0.08
_SPACE = 0.2
_NUMERATOR = re.compile(r"[⁰¹²³⁴-⁹]+[/⁄]\Z")
_NOTES = re.compile(r"(?:\[\w{1,3}\]\s*)+")  # raised numbers of references
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # Hebrew and Arabic letters
_MAX_SIZE_ERROR = 1.3  # times the font size of the body text, in text recognition
_MARK = re.compile(r"[^\w+−-]+")  # a raised asterisk or dagger, which needs no other form


class TextPiece(NamedTuple):
    """Text of one font on one baseline, as pdf_worker reports it; places are in points."""

    text: str
    left: float
    right: float
    y: float
    size: float
    is_bold: bool = False
    spaced: bool = False  # a space is before it
    starts_line: bool = True  # PDFium begins a line with it
    unmapped: int = 0


Row = list[TextPiece]


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a page between ``x`` and ``right`` points from the left, ``y`` points from below.

    ``height`` is ``y`` as a share of the page height: 1 is the upper edge. A line that is bold at
    its start only begins with a run-in heading; ``spaced`` says that a space is drawn before it.
    """

    text: str
    page: int
    x: float
    y: float
    size: float
    is_bold: bool = False
    height: float = 0.5
    right: float = 0.0
    starts_bold: bool = False
    ends_bold: bool = False
    spaced: bool = False
    cells: tuple[str, ...] = ()  # of a row of a table

    @property
    def width(self) -> float:
        """Width in points."""
        return self.right - self.x


def join_rows(pieces: Iterable[TextPiece]) -> list[Row]:
    """Group the pieces of a page that stand on the same line, in drawing order."""
    rows: list[Row] = []
    for piece in pieces:
        if rows and (position := _script_position(rows[-1], piece)):
            _insert(rows[-1], position, piece)
        elif rows and _is_on_row(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [_in_order(row) for row in rows]


def _in_order(row: Row) -> Row:
    """Return a row from left to right: PDFium sorts lines that are upside down the other way."""
    jumps = any(piece.left < before.left - piece.size for before, piece in pairwise(row))
    is_leftward = any(_LEFTWARD.search(piece.text) for piece in row)
    return sorted(row, key=lambda piece: piece.left) if jumps and not is_leftward else row


def _script_position(row: Row, piece: TextPiece) -> int | None:
    """Return where in a row a small piece belongs that was drawn later, raised or lowered."""
    body = row[0]
    is_small = piece.size <= _MAX_SCRIPT_SIZE * body.size
    is_near = 0 < abs(piece.y - body.y) <= _MAX_ROW_STEP * body.size
    if not is_small or not is_near or not body.right <= piece.left < row[-1].left:
        return None
    position = next(i for i, other in enumerate(row) if other.left > piece.left)
    has_room = row[position - 1].right <= piece.left and piece.right <= row[position].left
    return position if has_room else None


def _insert(row: Row, position: int, piece: TextPiece) -> None:
    """Insert a piece; the gaps around it tell where spaces are."""
    before, after = row[position - 1], row[position]
    row[position : position + 1] = [
        piece._replace(spaced=_is_apart(before, piece), starts_line=False),
        after._replace(spaced=_is_apart(piece, after)),
    ]


def _is_on_row(row: Row, piece: TextPiece) -> bool:
    last = row[-1]
    size = max(last.size, piece.size)
    if min(abs(piece.y - last.y), abs(piece.y - row[0].y)) > _MAX_ROW_STEP * size:
        return False
    is_below = last.y - piece.y > _MAX_TILT * size
    if is_below and piece.right < last.left and not _LEFTWARD.search(last.text + piece.text):
        return False
    return not piece.starts_line or -0.3 * size <= piece.left - last.right <= 0.5 * size


def to_lines(
    rows: Iterable[tuple[Row, tuple[str, ...]]], page: int, bottom: float, top: float
) -> list[TextLine]:
    """Return the lines of a page from its rows and, in tables, the texts of their cells.

    ``bottom`` and ``top`` are the edges of the page in points.
    """
    lines = [
        replace(line, cells=cells)
        for row, cells in rows
        if (line := _to_line(row, page)) is not None
    ]
    return [
        replace(line, height=(line.y - bottom) / (top - bottom) if top > bottom else 0.5)
        for line in _attach_list_marks(lines)
    ]


def _to_line(row: Row, page: int) -> TextLine | None:
    """Join the pieces of a line; it has the size and the height of most of its letters."""
    body = _main_piece(row)
    text = clean_line(row_text(row))
    if not text:
        return None
    bold = [piece.is_bold for piece in row if has_words(piece.text)] or [False]
    left, right = min(piece.left for piece in row), max(piece.right for piece in row)
    return TextLine(
        text=text,
        page=page,
        x=left,
        y=body.y,
        size=round(body.size, 1),
        is_bold=all(bold),
        right=right,
        starts_bold=bold[0],
        ends_bold=bold[-1],
        spaced=row[0].spaced,
    )


def _main_piece(row: Row) -> TextPiece:
    """Return a piece of the font size and the baseline that most characters of a row have."""
    chars: Counter[tuple[float, float]] = Counter()
    for piece in row:
        chars[piece.size, piece.y] += len(piece.text)
    main = max(chars, key=lambda place: (chars[place], place))
    return next(piece for piece in row if (piece.size, piece.y) == main)


def row_text(row: Row) -> str:
    """Return the text of a row, with Unicode superscripts and subscripts."""
    body = _main_piece(row)
    written = ""
    previous: TextPiece | None = None
    for (script, is_small), group in groupby(row, key=lambda piece: _style(piece, body)):
        pieces = [*group]
        space = " " if previous is not None and _is_spaced(previous, pieces[0]) else ""
        text = _joined(pieces)
        if is_small and not script and _NUMERATOR.search(written):
            written = append_subscript(written, text)  # a denominator on the line
        elif script and written and not _MARK.fullmatch(text):
            written = _append_script(written + space, text, script)
        else:
            written += space + text
        if script and previous is None:
            written += " "  # the number of a footnote in front of it
        previous = pieces[-1]
    text = _LIGATURE.sub(lambda match: normalize("NFKC", match[0]), normalize("NFC", written))
    return _DRAWN_SOFT_HYPHEN.sub("-", _SYMBOL_BULLET.sub("•", text))


def _style(piece: TextPiece, body: TextPiece) -> tuple[str, bool]:
    """Return whether a piece is raised or lowered, and whether it is small."""
    return _script(piece, body), piece.size <= _MAX_SCRIPT_SIZE * body.size


def _append_script(written: str, text: str, script: str) -> str:
    if script == "sub":
        return append_subscript(written, text)
    return written if _NOTES.fullmatch(text) else append_superscript(written, text)


def _script(piece: TextPiece, body: TextPiece) -> str:
    """Return "super" or "sub" for a small piece off the baseline of a row, else ""."""
    if piece.size > _MAX_SCRIPT_SIZE * body.size:
        return ""
    offset = piece.y - body.y
    if offset > _MIN_RAISE * body.size:
        return "super"
    return "sub" if offset < -_MIN_DROP * body.size else ""


def _joined(pieces: Sequence[TextPiece]) -> str:
    text = pieces[0].text
    for before, piece in pairwise(pieces):
        text += f" {piece.text}" if _is_spaced(before, piece) else piece.text
    return text


def _is_spaced(before: TextPiece, piece: TextPiece) -> bool:
    return piece.spaced or (piece.starts_line and _is_apart(before, piece))


def _is_apart(before: TextPiece, piece: TextPiece) -> bool:
    return piece.left - before.right > _SPACE * max(piece.size, before.size)


def _attach_list_marks(lines: list[TextLine]) -> list[TextLine]:
    """Put the list marks that were drawn separately in front of their items."""
    marks = [line for line in lines if _LIST_MARK.match(line.text) and not line.cells]
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


def level_sizes(
    pages: Sequence[Sequence[TextLine]], recognized: Sequence[bool]
) -> Sequence[Sequence[TextLine]]:
    """Give most lines of recognized text one font size.

    Text recognition (OCR) measures each line by the letters that it happens to have.
    """
    lines = [line for page in compress(pages, recognized) for line in page]
    body_size = median(line.size for line in lines) if lines else 0

    def level(line: TextLine) -> TextLine:
        smaller, larger = sorted((line.size, body_size))
        return replace(line, size=body_size) if larger <= _MAX_SIZE_ERROR * smaller else line

    return [
        [*map(level, page)] if is_recognized else page
        for page, is_recognized in zip(pages, recognized, strict=True)
    ]


def remove_page_furniture(pages: Sequence[Sequence[TextLine]]) -> list[list[TextLine]]:
    """Drop running heads, footers, page numbers and the lines of a table of contents."""
    edges = [_edge_lines(lines) for lines in pages]
    text_counts = Counter(key for edge in edges for key in {_text_key(line) for line in edge})
    height_counts = Counter(height for edge in edges for height in {round(line.y) for line in edge})
    number_counts = Counter(key for edge in edges for key in {*map(_number_key, edge)})
    min_height_count = max(_MIN_HEIGHT_REPEATS, len(pages) / 2)

    def is_furniture(line: TextLine, lines: Sequence[TextLine]) -> bool:
        number = _number_key(line)
        if number is not None and number_counts[number] >= _MIN_TEXT_REPEATS:
            return True
        repeats = text_counts[_text_key(line)] if has_words(line.text) else 0
        if _MARGIN <= line.height <= 1 - _MARGIN:
            return repeats >= _MIN_HEIGHT_REPEATS and _is_set_apart(line, lines)
        if repeats >= _MIN_TEXT_REPEATS:
            return True
        if height_counts[round(line.y)] >= min_height_count and _is_set_apart(line, lines):
            return True
        return len(pages) > 1 and _PAGE_NUMBER.match(line.text) is not None

    remaining = []
    for lines, edge in zip(pages, edges, strict=True):
        furniture = {line for line in edge if is_furniture(line, lines)}
        remaining.append(
            [line for line in lines if line not in furniture and not _DOT_LEADERS.search(line.text)]
        )
    return remaining


def _edge_lines(lines: Sequence[TextLine]) -> list[TextLine]:
    """Return the uppermost and the lowest lines in the margins of a page."""
    outer = [line for line in lines if not _WIDE_MARGIN <= line.height <= 1 - _WIDE_MARGIN]
    heights = sorted({round(line.y) for line in outer})
    edge_heights = {*heights[:_EDGE_LINES], *heights[-_EDGE_LINES:]}
    return [line for line in outer if round(line.y) in edge_heights]


def _text_key(line: TextLine) -> tuple[str, int]:
    """Return the text and the place of a line, the same for all numbers in it."""
    return (re.sub(r"\d+", "#", line.text.casefold()), round(line.y / 3))


def _number_key(line: TextLine) -> tuple[int, int] | None:
    """Return how much a page number is ahead of the page, and its place."""
    if not _PAGE_NUMBER.match(line.text) or (number := _NUMBER.search(line.text)) is None:
        return None
    return (int(number[0]) - line.page, round(line.y / 3))


def _is_set_apart(line: TextLine, lines: Sequence[TextLine]) -> bool:
    """Return whether the gap to the nearest other line is larger than inside a paragraph."""
    gaps = [abs(line.y - other.y) for other in lines if round(other.y) != round(line.y)]
    return bool(gaps) and min(gaps) > _MIN_FURNITURE_GAP * max(line.size, 1)
