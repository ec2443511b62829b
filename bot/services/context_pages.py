"""Split an article into pages, starting from a quote or from its beginning."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.storage.database import StoredQuote
from bot.text.discord_markdown import block_quote, size
from bot.text.truncate import split_at_sentences
from index.types import Slice, Source, digest

_MAX_PAGE_UNITS = 3000  # UTF-16 code units of text
_MAX_PIECE_UNITS = 1400  # longer paragraphs are split into pieces
_LABEL_UNITS = 40  # of the line above a paragraph
_MAX_PAGE_PIECES = 12  # Discord accepts 40 components in a message
_NEIGHBOURS = 2  # paragraphs before and after the quote on its own page


@dataclass(frozen=True, slots=True)
class NumberedParagraph:
    """A paragraph or a piece of one as displayed; ``quoted`` marks the quoted paragraph."""

    number: int
    display: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class ContextPage:
    """A page of an article; page 0 holds the quote.

    ``total`` is the article's number of paragraphs. ``earlier`` and ``later`` say whether there
    are pages before and after this one.
    """

    source: Source
    paragraphs: tuple[NumberedParagraph, ...]
    total: int
    page: int
    earlier: bool
    later: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    number: int  # of its paragraph
    display: str
    end: int  # offset in the article

    @property
    def units(self) -> int:
        return size(self.display) + _LABEL_UNITS


def page_around_quote(
    source: Source, passages: Sequence[Slice], quote: StoredQuote, page: int
) -> ContextPage | None:
    """Return page ``page``, counted from the quote's page, or None if the quote is gone.

    Numbers beyond the first or last page give the first or last page.
    """
    position = locate_passage(passages, quote)
    if position is None:
        return None
    number = position + 1
    shift = passages[position].start - quote.start  # the text before the quote may have changed
    highlight = (quote.highlight_start + shift, quote.highlight_end + shift)
    article = _split(source, passages, number, highlight)
    start, end = (0, len(article)) if _fits(article) else _quote_page(article, number, highlight[0])
    before = [each[::-1] for each in _paginate(article[:start][::-1])][::-1]
    pages = [*before, article[start:end], *_paginate(article[end:])]
    return _render_page(source, len(passages), pages, len(before), page, quoted=number)


def page_from_start(source: Source, passages: Sequence[Slice], page: int) -> ContextPage | None:
    """Return page ``page`` from the article's beginning, or None if the article is empty."""
    pages = _paginate(_split(source, passages, 0, (0, 0)))
    return _render_page(source, len(passages), pages, 0, page) if pages else None


def locate_passage(passages: Sequence[Slice], quote: StoredQuote) -> int | None:
    """Find the index of the quoted passage: the nearest one with the same text."""
    length = quote.end - quote.start
    same = (
        index
        for index, passage in enumerate(passages)
        if len(passage.text) == length and digest(passage.text) == quote.digest
    )
    return min(same, key=lambda index: abs(passages[index].start - quote.start), default=None)


def _split(
    source: Source, passages: Sequence[Slice], quoted: int, highlight: tuple[int, int]
) -> list[_Piece]:
    """Split all paragraphs into pieces, and highlight in the one numbered ``quoted``."""
    article: list[_Piece] = []
    for number, passage in enumerate(passages, 1):
        mark_start, mark_end = highlight if number == quoted else (0, 0)
        for start, end in split_at_sentences(
            passage.text, _MAX_PIECE_UNITS, source.metadata.language
        ):
            display = block_quote(
                passage.text, start, end, mark_start - passage.start, mark_end - passage.start
            )
            article.append(_Piece(number, display, passage.start + end))
    return article


def _paginate(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Fill pages one after another with as many pieces as fit."""
    pages: list[list[_Piece]] = []
    for piece in pieces:
        if pages and _fits([*pages[-1], piece]):
            pages[-1].append(piece)
        else:
            pages.append([piece])
    return pages


def _quote_page(article: Sequence[_Piece], number: int, highlight: int) -> tuple[int, int]:
    """Return the slice with the highlight and as many neighbours on both sides as fit."""
    near = [i for i, piece in enumerate(article) if abs(piece.number - number) <= _NEIGHBOURS]
    quoted = [i for i in near if article[i].number == number]
    start = next((i for i in quoted if article[i].end > highlight), quoted[-1])
    end = start + 1
    grown = True
    while grown:
        grown = False
        if end in near and _fits(article[start : end + 1]):
            end, grown = end + 1, True
        if start - 1 in near and _fits(article[start - 1 : end]):
            start, grown = start - 1, True
    return start, end


def _fits(page: Sequence[_Piece]) -> bool:
    units = sum(piece.units for piece in page)
    return len(page) <= _MAX_PAGE_PIECES and units <= _MAX_PAGE_UNITS


def _render_page(
    source: Source,
    total: int,
    pages: Sequence[Sequence[_Piece]],
    base_index: int,
    page: int,
    quoted: int = 0,
) -> ContextPage:
    """Render page ``page``, counted from that at ``base_index`` and clamped to the article."""
    index = max(0, min(base_index + page, len(pages) - 1))
    paragraphs = tuple(
        NumberedParagraph(piece.number, piece.display, piece.number == quoted)
        for piece in pages[index]
    )
    return ContextPage(
        source, paragraphs, total, index - base_index, index > 0, index + 1 < len(pages)
    )
