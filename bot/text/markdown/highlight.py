"""Mark the highlight in the source of an excerpt, so that it is found again behind the parser."""

import re

from bot.text.marked_excerpt import MarkedExcerpt
from index.text.markdown.fences import FENCE
from index.text.spans import Span, trim

MARK_START, MARK_END = "\ue0f0", "\ue0f1"  # of a private use area
MARKS = re.compile(f"[{MARK_START}{MARK_END}]")
_BLOCK_MARKS = re.compile(
    r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])|#{1,6}(?=[ \t])|\|))*[ \t]*"
)


def mark_highlight(excerpt: MarkedExcerpt) -> str:
    """Return an excerpt with marks around its highlight, behind the marks of its block."""
    text, (start, end), mark = excerpt.text, excerpt.span, excerpt.mark
    if MARKS.search(text, start, end):
        return excerpt.source
    first, last = _inside_fences(text, max(start, mark[0]), min(end, mark[1]))
    line_start = max(start, text.rfind("\n", start, first) + 1)
    markers = _BLOCK_MARKS.match(text, line_start, last)
    first = max(first, markers.end()) if markers else first
    first, last = _inside_underscores(text, first, last)
    if first >= last:
        return excerpt.source
    return f"{text[start:first]}{MARK_START}{text[first:last]}{MARK_END}{text[last:end]}"


def _inside_underscores(text: str, start: int, end: int) -> Span:
    """Move the ends of a span inside the emphasis that underscores begin or end there.

    Beside a mark the parser would take them for text, as those inside a word.
    """
    span = text[start:end]
    opened, closed = (len(span) - len(rest) for rest in (span.lstrip("_"), span.rstrip("_")))
    return (start + opened, end - closed)


def _inside_fences(text: str, start: int, end: int) -> Span:
    """Move the ends of a span from the fences of code to the code, without white space.

    The parser would take a fence with a mark for text.
    """
    while start < end:
        start, end = trim(text, start, end)
        first_line, last_line = (text.rfind("\n", 0, each) + 1 for each in (start, end))
        if fence := FENCE.match(text, first_line):
            start = fence.end()
        elif FENCE.match(text, last_line):
            end = last_line
        else:
            break
    return start, end
