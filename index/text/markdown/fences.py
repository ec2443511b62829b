"""Recognize the fences of code in Markdown: lines of backticks or tildes, also in lists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.text.spans import Span, lines

# Its marks are the first group, the text behind them is the second.
FENCE = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?![^\r\n]*`)|~{3,})[ \t]*([^\r\n]*)"
)


@dataclass(frozen=True, slots=True)
class FencedCode:
    """The span of fenced code, with its fences, and the text behind the marks of the first one.

    ``is_closed`` is False if the text ends before the code does, ``is_empty`` tells that there is
    nothing but white space between the fences.
    """

    span: Span
    info: str
    is_closed: bool
    is_empty: bool


def closes(fence: re.Match[str], opening: str) -> bool:
    """Return whether a fence closes code that the marks ``opening`` began."""
    return bool(opening) and fence[1].startswith(opening) and not fence[2].strip()


def opening_below(
    opening: re.Match[str] | None, fence: re.Match[str] | None
) -> re.Match[str] | None:
    """Return the fence that opened the code that goes on below a line; None if none does.

    ``opening`` is the one above the line, ``fence`` the one on the line.
    """
    if opening and fence:
        return None if closes(fence, opening[1]) else opening
    return opening or fence


def fenced_code(text: str, start: int = 0) -> Iterator[FencedCode]:
    """Yield the fenced code of ``text[start:]``."""
    opening: re.Match[str] | None = None
    for line_start, line_end in lines(text, start):
        above = opening
        opening = opening_below(above, FENCE.match(text, line_start, line_end))
        if above and not opening:
            is_empty = not text[above.end() : line_start].strip()
            yield FencedCode((above.start(), line_end), above[2], True, is_empty)
    if opening:
        is_empty = not text[opening.end() :].strip()
        yield FencedCode((opening.start(), len(text)), opening[2], False, is_empty)
