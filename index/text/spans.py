"""Spans of text: trimming, lines, paragraphs. A span is ``(start, end)`` in characters."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_LINE_END = re.compile(r"\r\n|\r|\n")
# A line end and one blank line or more. "\r(?!\n)" keeps a CRLF from counting as two line ends.
# Possessive quantifiers: ten million blank lines need no way back.
_BLANK_LINES = re.compile(r"(?:\r\n|\r(?!\n)|\n)(?:[^\S\r\n]*+(?:\r\n|\r(?!\n)|\n))++")
_WORD = re.compile(r"[^\W_]")


def trim(text: str, start: int, end: int) -> Span:
    """The span without the white space at both its ends; empty where there is nothing else."""
    part = text[start:end]
    lead = len(part) - len(part.lstrip())
    return (start + lead, start + max(lead, len(part.rstrip())))


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit of any script."""
    return _WORD.search(text) is not None


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """The lines of ``text[start:end]`` without their line ends: LF, CRLF and CR count as one."""
    end = len(text) if end is None else end
    for match in _LINE_END.finditer(text, start, end):
        yield (start, match.start())
        start = match.end()
    if start < end:
        yield (start, end)


def paragraphs(text: str, start: int = 0) -> Iterator[Span]:
    """The trimmed stretches between blank lines that hold more than white space."""
    for match in _BLANK_LINES.finditer(text, start):
        span = trim(text, start, match.start())
        if span[0] < span[1]:
            yield span
        start = match.end()
    span = trim(text, start, len(text))
    if span[0] < span[1]:
        yield span
