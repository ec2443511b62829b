"""Cut code or HTML without blank lines that is too long for a passage.

A cut is best before a line that is indented least, such as an option with its description below
it, a key, a function or an element.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from index.ingest.parsing.builder import MAX_RUN_CHARS
from index.text.spans import Span

_INDENT = re.compile(r"(?:[ \t]|#|;|//|--|\* )*")  # with the marks of comments
_CONTINUES = re.compile(r"[\])}]|end\b|else\b|elif\b|fi\b|done\b|then\b|do\b")
_CONTINUATION_DEPTH = 100  # more than code is indented
_MIN_SHARE = 1 / 3  # of the length of a piece, before its end is sought


def cut_lines(text: str, lines: Sequence[Span], room: int) -> Iterator[Span]:
    """Yield the spans of pieces of lines; ``room`` is the length of the first one."""
    first = 0
    while lines[-1][1] - lines[first][0] > room and first + 1 < len(lines):
        last = _best_cut(text, lines, first, room)
        yield (lines[first][0], lines[last - 1][1])
        first, room = last, MAX_RUN_CHARS
    yield (lines[first][0], lines[-1][1])


def _best_cut(text: str, lines: Sequence[Span], first: int, room: int) -> int:
    """Return the number of the line before which to cut: the last of those indented least."""
    start = lines[first][0]
    numbers = range(first + 1, len(lines))
    fitting = [*takewhile(lambda number: lines[number - 1][1] - start <= room, numbers)]
    late = [number for number in fitting if lines[number][0] - start >= _MIN_SHARE * room]
    candidates = late or fitting or numbers[:1]
    return min(candidates, key=lambda number: (_depth(text, lines[number]), -number))


def _depth(text: str, line: Span) -> int:
    """Return the width of the indentation of a line, more for one that closes what is open."""
    indent = _INDENT.match(text, *line)
    width = indent.end() - line[0] if indent else 0
    return width + (_CONTINUATION_DEPTH if _CONTINUES.match(text, line[0] + width) else 0)
