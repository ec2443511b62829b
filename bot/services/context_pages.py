"""Split an article into pages, starting from a quote or from its beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.storage.store import StoredQuote
from bot.text.discord_markdown import size
from bot.text.marked_excerpt import MarkedExcerpt
from bot.text.quotes import quote_renderer
from bot.text.truncate import split_at_sentences
from index.text.article_formats import format_of
from index.types import ContextSlice, Slice, Source, digest

_MAX_PAGE_UNITS = 3000  # UTF-16 code units of text
_MAX_PIECE_UNITS = 1400  # longer paragraphs are split into pieces
_LABEL_UNITS = 40  # of the line above a paragraph
_MAX_PAGE_PIECES = 12  # Discord accepts 40 components in a message
_NEIGHBOURS = 2  # paragraphs before and after the quote on its own page

Context = tuple[ContextSlice, ...]  # of a passage


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph as displayed, or a piece of a long one."""

    number: int  # of the paragraph
    display: str
    end: int  # offset in the article

    @property
    def units(self) -> int:
        """UTF-16 code units of the text and its label."""
        return size(self.display) + _LABEL_UNITS


@dataclass(frozen=True, slots=True)
class ContextPage:
    """A page of an article; page 0 holds the quote.

    ``total`` is the article's number of paragraphs, ``quoted`` the number of the quoted one.
    ``earlier`` and ``later`` say whether there are pages before and after this one.
    """

    source: Source
    pieces: Sequence[Piece]
    total: int
    quoted: int
    page: int
    earlier: bool
    later: bool


def page_around_quote(
    source: Source,
    passages: Sequence[Slice],
    quote: StoredQuote,
    page: int,
    contexts: Sequence[Context] = (),
) -> ContextPage | None:
    """Return page ``page``, counted from the quote's page, or None if the quote is gone.

    Numbers beyond the first or last page give the first or last page. ``contexts`` are those of
    the passages.
    """
    position = locate_passage(passages, quote)
    if position is None:
        return None
    shift = passages[position].start - quote.start  # the text before the quote may have changed
    highlight = (quote.highlight_start + shift, quote.highlight_end + shift)
    article = _split(source, passages, highlight, contexts)
    start, end = _quote_page(article, position + 1, highlight[0])
    before = [each[::-1] for each in _paginate(article[:start][::-1])][::-1]
    pages = [*before, article[start:end], *_paginate(article[end:])]
    return _select_page(source, pages, len(before), page, quoted=position + 1)


def page_from_start(
    source: Source, passages: Sequence[Slice], page: int, contexts: Sequence[Context] = ()
) -> ContextPage | None:
    """Return page ``page`` from the article's beginning, or None if the article is empty."""
    pages = _paginate(_split(source, passages, (0, 0), contexts))
    return _select_page(source, pages, 0, page, quoted=0) if pages else None


def _select_page(
    source: Source, pages: Sequence[Sequence[Piece]], base_index: int, page: int, quoted: int
) -> ContextPage:
    """Return page ``page``, counted from that at ``base_index`` and clamped to the article."""
    index = max(0, min(base_index + page, len(pages) - 1))
    total = pages[-1][-1].number
    later = index + 1 < len(pages)
    return ContextPage(source, pages[index], total, quoted, index - base_index, index > 0, later)


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
    source: Source,
    passages: Sequence[Slice],
    highlight: tuple[int, int],
    contexts: Sequence[Context],
) -> list[Piece]:
    """Split all paragraphs into pieces, with the article's span ``highlight`` in bold."""
    text_format, language = format_of(source.path, source.metadata), source.metadata.language
    article: list[Piece] = []
    for number, (passage, context) in enumerate(zip_longest(passages, contexts), 1):
        render = quote_renderer(text_format, context or ())
        mark = (highlight[0] - passage.start, highlight[1] - passage.start)
        for start, end in split_at_sentences(passage.text, _MAX_PIECE_UNITS, language, render):
            display = render(MarkedExcerpt(passage.text, (start, end), mark))
            article.append(Piece(number, display, passage.start + end))
    return article


def _paginate(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Fill pages one after another with as many pieces as fit."""
    pages: list[list[Piece]] = []
    for piece in pieces:
        if pages and _fits([*pages[-1], piece]):
            pages[-1].append(piece)
        else:
            pages.append([piece])
    return pages


def _quote_page(article: Sequence[Piece], number: int, highlight: int) -> tuple[int, int]:
    """Return the slice with the highlight and as many neighbours on both sides as fit."""
    if _fits(article):
        return 0, len(article)
    near = [i for i, piece in enumerate(article) if abs(piece.number - number) <= _NEIGHBOURS]
    quoted = [i for i in near if article[i].number == number]
    start = next((i for i in quoted if article[i].end > highlight), quoted[-1])
    end = start + 1
    for _ in near:
        if end in near and _fits(article[start : end + 1]):
            end += 1
        if start - 1 in near and _fits(article[start - 1 : end]):
            start -= 1
    return start, end


def _fits(page: Sequence[Piece]) -> bool:
    units = sum(piece.units for piece in page)
    return len(page) <= _MAX_PAGE_PIECES and units <= _MAX_PAGE_UNITS
