"""Recognize the fences of code in Markdown: lines of backticks or tildes, also in lists."""

import re
from collections.abc import Iterator

from index.text.spans import Span, lines

# Its marks are the first group, the text behind them is the second.
FENCE = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?![^\r\n]*`)|~{3,})[ \t]*([^\r\n]*)"
)


def closes(fence: re.Match[str], opening: str) -> bool:
    """Return whether a fence closes code that the marks ``opening`` began."""
    return bool(opening) and fence[1].startswith(opening) and not fence[2].strip()


def fenced_spans(text: str) -> Iterator[Span]:
    """Yield the spans of fenced code with their fences; the last may lack the closing one."""
    start, opening = 0, ""
    for line_start, line_end in lines(text):
        fence = FENCE.match(text, line_start, line_end)
        if fence and not opening:
            start, opening = line_start, fence[1]
        elif fence and closes(fence, opening):
            yield (start, line_end)
            opening = ""
    if opening:
        yield (start, len(text))
