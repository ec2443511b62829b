"""Read plain text: paragraphs between blank lines; the first ones may be title and byline.

A question, an introduction or a heading is quoted with the paragraph behind it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from index.errors import ReadError
from index.ingest.parsing.builder import MAX_BYLINE_PARAGRAPHS
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.heuristics import (
    ends_sentence,
    is_caption,
    is_page_furniture,
    is_page_number,
    is_underline,
)
from index.ingest.parsing.metadata.bylines import Byline, guess_byline, match_byline
from index.ingest.parsing.metadata.front_matter import parse_front_matter
from index.ingest.parsing.normalize import clean_line, clean_value
from index.ingest.readers.plain_text.announced import join_announced
from index.ingest.readers.plain_text.chat_logs import split_chat
from index.ingest.readers.plain_text.printed_pages import join_pages
from index.text.spans import Span, has_words, lines, paragraphs, trim
from index.types import Block

_MAX_PARAGRAPHS = 200_000
_MAX_WRAPPED_CHARS = 120  # of a line; an editor would have wrapped a longer one
_MAX_WRAPPED_BYTES = 200  # the same for scripts with two or three bytes per character
_BOOK_START, _BOOK_END = (  # around the text of a book, between a header and a licence
    re.compile(rf"^\*\*\* ?{edge} OF TH(?:E|IS) PROJECT GUTENBERG EBOOK[^*]*\*\*\*", re.MULTILINE)
    for edge in ("START", "END")
)
_BOOK_FIELD = re.compile(r"^(Title|Author): *(\S.*)", re.MULTILINE)
_CHAPTER = re.compile(
    r"(chapter|book|part|canto|act|kapitel|teil|chapitre|cap[ií]t[ou]lo|глава|часть"
    r"|article|section|artikel|abschnitt|art[ií]culo|secci[oó]n|статья|раздел|§(?= ?\d)) *"
    r"(?<=[ §])(?:\d{1,3}[a-z]?|[ivxlc]{1,8})\b(?:[.:)—–-]* .{1,80}(?<![.!,;…])|[.:])?",
    re.IGNORECASE,  # no sentence
)
_MIN_CHAPTERS = 2
_CONTENTS_ENTRY = re.compile(
    r"(?P<title>\S.{0,150}?)[ \t]*(?:\.{3}|(?:[ \t]\.){3})[ \t.]*(?P<page>\d{1,4})"
)
_MAX_ENTRY_CHARS = 200
_MIN_CONTENTS_ENTRIES = 3


def read_text(text: str) -> ParsedDocument:
    """Parse decoded plain text. Raises ReadError when it has too many paragraphs."""
    text = join_pages(text)
    front_matter = parse_front_matter(text)
    spans, metadata = _book(text, _paragraph_spans(text, front_matter.body))
    metadata = front_matter.metadata.over(metadata)
    opening = [text[start:end] for start, end in spans[:MAX_BYLINE_PARAGRAPHS]]
    byline = match_byline(opening, metadata) if metadata.title else guess_byline(opening)
    content = [span for number, span in enumerate(spans) if number not in byline.numbers]
    blocks = _without_page_furniture(text, [span for span in content if _has_words(text, span)])
    if not blocks:  # then the byline and the page furniture are the content
        byline, blocks = Byline(), [span for span in spans if _has_words(text, span)]
    title = None if byline.title is None else Block(*spans[byline.title])
    metadata = metadata.over(byline.metadata)
    passages = tuple(join_announced(text, [*_with_chapters(text, blocks)]))
    return ParsedDocument(text, passages, metadata, title, front_matter.notes)


def _book(text: str, spans: list[Span]) -> tuple[list[Span], ParsedMetadata]:
    """Return the paragraphs of a book of Project Gutenberg and what its header says about it."""
    start, end = _BOOK_START.search(text), _BOOK_END.search(text)
    if start is None or end is None:
        return spans, ParsedMetadata()
    fields = dict(_BOOK_FIELD.findall(text[: start.start()]))
    if not fields:  # a text about such books
        return spans, ParsedMetadata()
    inside = [span for span in spans if start.end() <= span[0] < end.start()]
    title, author = (clean_value(fields.get(name, "")) for name in ("Title", "Author"))
    metadata = ParsedMetadata(title=title, author=author)
    return (inside, metadata) if inside else (spans, ParsedMetadata())


def _with_chapters(text: str, spans: Sequence[Span]) -> Iterator[Block]:
    """Yield the paragraphs, with the chapters they are in; a chapter's heading is none itself."""
    headings = set(_chapter_headings(text, spans))
    if not _MIN_CHAPTERS <= len(headings) < len(spans):
        headings = set()
    section = None
    for span in spans:
        if span in headings:
            section = clean_line(text[slice(*span)])
        else:
            yield Block(*span, section)


def _chapter_headings(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Yield lines such as "Chapter 2", unless they are in a list of chapters."""
    kinds = [_chapter_kind(text[slice(*span)]) for span in spans]
    for number, (span, kind) in enumerate(zip(spans, kinds, strict=True)):
        neighbours = {*kinds[max(0, number - 1) : number], *kinds[number + 1 : number + 2]}
        if kind is not None and kind not in neighbours:
            yield span


def _chapter_kind(line: str) -> str | None:
    """Return the first word of a chapter's heading; None for other lines."""
    chapter = _CHAPTER.fullmatch(line)
    return chapter[1].casefold() if chapter else None


def _paragraph_spans(text: str, body: int) -> list[Span]:
    spans = list(islice(paragraphs(text, body), _MAX_PARAGRAPHS + 1))
    if len(spans) == 1:
        spans = _split_unwrapped(text, spans[0])
    spans = [part for span in spans for part in split_chat(text, span)]
    if len(spans) > _MAX_PARAGRAPHS:
        raise ReadError(f"more than {_MAX_PARAGRAPHS:,} paragraphs; split the file")
    return [*_split_underlined_title(text, spans[0]), *spans[1:]] if spans else []


def _split_unwrapped(text: str, span: Span) -> list[Span]:
    """Split text without blank lines at its line ends, if most lines are too long to be wrapped."""
    trimmed = (trim(text, *line) for line in lines(text, *span))
    parts = list(islice((part for part in trimmed if part[0] < part[1]), _MAX_PARAGRAPHS + 1))
    unwrapped_count = sum(_is_unwrapped(text[start:end]) for start, end in parts)
    return parts if 2 * unwrapped_count >= len(parts) and len(parts) > 1 else [span]


def _is_unwrapped(line: str) -> bool:
    return len(line) > _MAX_WRAPPED_CHARS or len(line.encode()) > _MAX_WRAPPED_BYTES


def _split_underlined_title(text: str, span: Span) -> list[Span]:
    """Separate a title underlined with === or --- from the text below it."""
    first_lines = list(islice(lines(text, *span), 2))
    if len(first_lines) < 2 or not is_underline(text[slice(*first_lines[1])]):
        return [span]
    title, rest = trim(text, *first_lines[0]), trim(text, first_lines[1][1], span[1])
    return [title, rest] if rest[0] < rest[1] else [title]


def _has_words(text: str, span: Span) -> bool:
    return has_words(text[slice(*span)])


def _without_page_furniture(text: str, spans: Sequence[Span]) -> list[Span]:
    """Drop captions and contents, and coordinates, dates, links and page numbers at the end."""
    remaining = [span for span in spans if not is_caption(text[slice(*span)])]
    remaining = [span for span in remaining if not _is_contents(text, span)]
    while remaining:
        last = text[slice(*remaining[-1])]
        before = text[slice(*remaining[-2])] if len(remaining) > 1 else last
        if not is_page_furniture(last) or _introduces(before):
            break
        if is_page_number(last) and not ends_sentence(before):
            break
        remaining.pop()
    return remaining


def _is_contents(text: str, span: Span) -> bool:
    """Return whether a paragraph is a table of contents: its entries are headings below it.

    The numbers of pages rise, and unlike the lines of a price list, entries stand elsewhere, too.
    """
    shown = (text[start:end].strip() for start, end in lines(text, *span))
    short = (line for line in shown if ".." in line or " . ." in line)
    matches = (_CONTENTS_ENTRY.fullmatch(line[: _MAX_ENTRY_CHARS + 1]) for line in short)
    entries = [match for match in matches if match]
    pages = [int(entry["page"]) for entry in entries]
    if len(entries) < _MIN_CONTENTS_ENTRIES or pages != sorted(pages):
        return False
    titles = {_letters(entry["title"]) for entry in entries}
    return any(_letters(text[start:end]) in titles for start, end in lines(text, span[1]))


def _letters(line: str) -> str:
    """Return the letters of a heading: contents may number it otherwise."""
    return "".join(filter(str.isalpha, line)).casefold()


def _introduces(paragraph: str) -> bool:
    """Return whether a paragraph ends in a colon or question, so that a bare number may follow."""
    return re.search(r"[:?：？]\s*\Z", paragraph[-20:]) is not None
