"""Spans of text: trimmed spans, lines, paragraphs. A span is ``(start, end)`` in characters."""

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]

_LINE_END = re.compile(r"\r\n|\r|\n")
# A line end and one or more blank lines. "\r(?!\n)" keeps a CRLF from counting as two line ends.
# Possessive quantifiers keep millions of blank lines from backtracking.
_BLANK_LINES = re.compile(r"(?:\r\n|\r(?!\n)|\n)(?:[^\S\r\n]*+(?:\r\n|\r(?!\n)|\n))++")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def trim(text: str, start: int, end: int) -> Span:
    """Return the span without white space at its ends, empty if it holds nothing else."""
    part = text[start:end]
    leading = len(part) - len(part.lstrip())
    return (start + leading, start + max(leading, len(part.rstrip())))


def has_words(text: str) -> bool:
    """Return whether ``text`` has a letter or a digit of any script."""
    return _LETTER_OR_DIGIT.search(text) is not None


def introduces(text: str) -> bool:
    """Return whether ``text`` announces what follows, as "Run **this:**" does."""
    return text.rstrip("*_ \t\r\n").endswith((":", "\uff1a"))


def count_characters(text: str, start: int = 0, end: int | None = None) -> int:
    """Count the characters of ``text[start:end]`` that are not white space."""
    return sum(map(len, text[start:end].split()))


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Yield the lines of ``text[start:end]`` without their line ends (LF, CRLF or CR)."""
    end = len(text) if end is None else end
    for match in _LINE_END.finditer(text, start, end):
        yield (start, match.start())
        start = match.end()
    if start < end:
        yield (start, end)


def paragraphs(text: str, start: int = 0) -> Iterator[Span]:
    """Yield the trimmed text between blank lines, leaving out empty spans."""
    blank_lines = (match.span() for match in _BLANK_LINES.finditer(text, start))
    for between in gaps(blank_lines, start, len(text)):
        span = trim(text, *between)
        if span[0] < span[1]:
            yield span


def gaps(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """Yield the spans from ``start`` to ``end`` before, between and after sorted ``spans``."""
    for span_start, span_end in spans:
        yield (start, span_start)
        start = span_end
    yield (start, end)
