"""More context: an article read in pages from a quote on, forward and back. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.storage.database import StoredQuote
from bot.text.discord_markdown import block_quote, size
from bot.text.truncate import pieces
from index.types import Slice, Source, digest

_PAGE = 3000  # units of text on a page
_PIECE = 1400  # a longer paragraph is read in pieces of it
_LABEL = 40  # units of the line over a paragraph
_MOST = 12  # paragraphs on a page: Discord takes 40 components
_NEIGHBOURS = 2  # paragraphs before and after the quote on its own page


@dataclass(frozen=True, slots=True)
class NumberedParagraph:
    """A paragraph or a piece of one, as shown; ``quoted`` marks the one that was quoted."""

    number: int
    display: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class ContextPage:
    """A page of an article; page 0 holds the quote.

    ``earlier`` and ``later`` say whether there are pages before and after.
    """

    source: Source
    paragraphs: tuple[NumberedParagraph, ...]
    total: int
    page: int
    earlier: bool
    later: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    number: int
    display: str
    end: int  # in the article

    @property
    def units(self) -> int:
        return size(self.display) + _LABEL


def read_around(
    source: Source, passages: Sequence[Slice], shown: StoredQuote, page: int
) -> ContextPage | None:
    """Page ``page`` of the article around the quote; None when the quote is no longer in it.

    A page before the first or after the last is the first or the last.
    """
    place = place_of(passages, shown)
    if place is None:
        return None
    moved = passages[place].start - shown.start  # the article may have grown before the quote
    mark = (shown.highlight_start + moved, shown.highlight_end + moved)
    strip = _strip(source, passages, place + 1, mark)
    window = _window(strip, _centre(strip, place + 1, mark[0]), page)
    return _reading(source, passages, strip, place + 1, window)


def read_through(source: Source, passages: Sequence[Slice], page: int) -> ContextPage | None:
    """Page ``page`` of the article from its beginning, nothing marked; None when it is empty."""
    strip = _strip(source, passages, 0, (0, 0))
    if not strip:
        return None
    return _reading(source, passages, strip, 0, _window(strip, (0, _forward(strip, 0)), page))


def _strip(
    source: Source, passages: Sequence[Slice], quoted: int, mark: tuple[int, int]
) -> list[_Piece]:
    """All paragraphs in pieces, the one numbered ``quoted`` with its mark."""
    language = source.metadata.language
    return [
        piece
        for number, passage in enumerate(passages, 1)
        for piece in _pieces(passage, number, mark if number == quoted else (0, 0), language)
    ]


def _reading(
    source: Source,
    passages: Sequence[Slice],
    strip: Sequence[_Piece],
    quoted: int,
    window: tuple[int, int, int],
) -> ContextPage:
    first, last, page = window
    return ContextPage(
        source=source,
        paragraphs=tuple(
            NumberedParagraph(piece.number, piece.display, piece.number == quoted)
            for piece in strip[first:last]
        ),
        total=len(passages),
        page=page,
        earlier=first > 0,
        later=last < len(strip),
    )


def place_of(passages: Sequence[Slice], shown: StoredQuote) -> int | None:
    """Where the quoted passage is now: where it was, or elsewhere in the same words."""
    places = sorted(range(len(passages)), key=lambda i: abs(passages[i].start - shown.start))
    length = shown.end - shown.start
    same = (
        place
        for place in places
        if len(passages[place].text) == length and digest(passages[place].text) == shown.digest
    )
    return next(same, None)


def _pieces(
    passage: Slice, number: int, mark: tuple[int, int], language: str | None
) -> Iterator[_Piece]:
    start, end = mark[0] - passage.start, mark[1] - passage.start
    for first, last in pieces(passage.text, _PIECE, language):
        display = block_quote(passage.text, first, last, start, end)
        yield _Piece(number, display, passage.start + last)


def _window(strip: Sequence[_Piece], start: tuple[int, int], page: int) -> tuple[int, int, int]:
    """First and last piece of a page, ``start`` being page 0; and its number as it turned out."""
    first, last = (0, len(strip)) if _fits(strip) else start
    turned = 0
    while turned < page and last < len(strip):
        first, last, turned = last, _forward(strip, last), turned + 1
    while turned > page and first > 0:
        first, last, turned = _back(strip, first), first, turned - 1
    return first, last, turned


def _centre(strip: Sequence[_Piece], number: int, mark: int) -> tuple[int, int]:
    """The quote with as much around as fits, evenly, a few paragraphs at most."""
    near = [i for i, piece in enumerate(strip) if abs(piece.number - number) <= _NEIGHBOURS]
    quoted = [i for i in near if strip[i].number == number]
    first = next((i for i in quoted if strip[i].end > mark), quoted[-1])
    last = first + 1
    grown = True
    while grown:
        grown = False
        if last in near and _fits(strip[first : last + 1]):
            last, grown = last + 1, True
        if first - 1 in near and _fits(strip[first - 1 : last]):
            first, grown = first - 1, True
    return first, last


def _forward(strip: Sequence[_Piece], first: int) -> int:
    last = first + 1
    while last < len(strip) and _fits(strip[first : last + 1]):
        last += 1
    return last


def _back(strip: Sequence[_Piece], last: int) -> int:
    first = last - 1
    while first > 0 and _fits(strip[first - 1 : last]):
        first -= 1
    return first


def _fits(page: Sequence[_Piece]) -> bool:
    return len(page) <= _MOST and sum(piece.units for piece in page) <= _PAGE
