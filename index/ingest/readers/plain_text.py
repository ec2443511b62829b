"""Plain text: paragraphs between blank lines; the first ones may say title and origin."""

import re
from collections.abc import Sequence
from itertools import islice

from index.errors import ReadError
from index.ingest.parsing.bylines import Byline, guess_byline, match_byline
from index.ingest.parsing.document import ParsedDocument
from index.ingest.parsing.front_matter import parse_front_matter
from index.ingest.parsing.heuristics import (
    ends_sentence,
    is_caption,
    is_page_furniture,
    is_page_number,
    is_underline,
)
from index.text.spans import Span, has_words, lines, paragraphs, trim
from index.types import Block

MAX_PARAGRAPHS = 200_000
_HEAD = 8  # paragraphs that may belong to the head
_UNWRAPPED_CHARACTERS = 120  # longer than a line that an editor wraps
_UNWRAPPED_BYTES = 200  # the same for scripts of two and three bytes a character


def read_text(text: str) -> ParsedDocument:
    """The draft of a decoded plain text."""
    front, body = parse_front_matter(text)
    spans = _spans(text, body)
    opening = [text[start:end] for start, end in spans[:_HEAD]]
    head = match_byline(opening, front) if front.title else guess_byline(opening)
    blocks = _blocks(text, spans, head)
    if not blocks:  # what would be left out is all there is
        head, blocks = Byline(), _blocks(text, spans, Byline(), everything=True)
    title = None if head.title is None else Block(*spans[head.title])
    return ParsedDocument(text, blocks, front.over(head.metadata), title)


def _spans(text: str, body: int) -> list[Span]:
    spans = list(islice(paragraphs(text, body), MAX_PARAGRAPHS + 1))
    if len(spans) == 1:
        spans = _by_line(text, spans[0])
    if len(spans) > MAX_PARAGRAPHS:
        raise ReadError(f"more than {MAX_PARAGRAPHS:,} paragraphs; split the file")
    if not spans:
        return []
    return [*_first(text, spans[0]), *spans[1:]]


def _by_line(text: str, span: Span) -> list[Span]:
    """Without a single blank line, lines too long to be wrapped ones are paragraphs."""
    trimmed = (trim(text, *line) for line in lines(text, *span))
    parts = list(islice((part for part in trimmed if part[0] < part[1]), MAX_PARAGRAPHS + 1))
    unwrapped = sum(_is_unwrapped(text[start:end]) for start, end in parts)
    return parts if 2 * unwrapped >= len(parts) and len(parts) > 1 else [span]


def _is_unwrapped(line: str) -> bool:
    return len(line) > _UNWRAPPED_CHARACTERS or len(line.encode()) > _UNWRAPPED_BYTES


def _first(text: str, span: Span) -> list[Span]:
    """The first paragraph, a title underlined with === or --- taken from what follows it."""
    first, second = (*islice(lines(text, *span), 2), None, None)[:2]
    if first is None or second is None or not is_underline(text[second[0] : second[1]]):
        return [span]
    rest = trim(text, second[1], span[1])
    return [trim(text, *first), rest] if rest[0] < rest[1] else [trim(text, *first)]


def _blocks(
    text: str, spans: Sequence[Span], head: Byline, *, everything: bool = False
) -> tuple[Block, ...]:
    kept = [span for number, span in enumerate(spans) if number not in head.numbers]
    kept = [span for span in kept if has_words(text[span[0] : span[1]])]
    if not everything:
        kept = _prose(text, kept)
    return tuple(Block(start, end) for start, end in kept)


def _prose(text: str, spans: list[Span]) -> list[Span]:
    """Without photo captions, and without coordinates, dates, links, page numbers at the end."""
    kept = [span for span in spans if not is_caption(text[slice(*span)])]
    while kept and _is_tail(*(text[slice(*span)] for span in (kept[-2:] * 2)[-2:])):
        kept.pop()
    return kept


def _is_tail(before: str, last: str) -> bool:
    """Whether the last paragraph is no prose, and not what the one before it asks for."""
    return (
        is_page_furniture(last)
        and not _asks(before)
        and (not is_page_number(last) or ends_sentence(before))
    )


def _asks(paragraph: str) -> bool:
    """Whether a paragraph calls for the bare number or link that follows it."""
    return re.search(r"[:?：？]\s*\Z", paragraph[-20:]) is not None
