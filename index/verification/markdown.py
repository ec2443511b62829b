"""Find the text of a Markdown article as its readers see it, without the marks around it."""

import re
from collections.abc import Iterator

from index.text.spans import Span

_CODE = (  # in which every character counts
    r"^[ \t>]*+(?P<fence>`{3,}|~{3,})[^`\n]*\n(?P<block>(?:.*\n)*?)[ \t>]*(?P=fence)[`~]*[ \t]*$"
    r"|(?<!`)(?P<ticks>`++)(?P<span>(?:(?!\n[ \t]*\n)[\s\S])+?)(?<!`)(?P=ticks)(?!`)"
)
_MARKUP = re.compile(
    rf"{_CODE}|^[ \t]*+(?:`{{3,}}|~{{3,}})[^`\n]*$"  # the fence of code that is cut
    r"|^[ \t:|]*+-[ \t:|-]*+$"  # between a table's header and its rows
    r"|^[ \t]*+(?:>[ \t]?|\#{1,6}[ \t]+|[-*+][ \t]+)+(?:\[![\w-]+\][ \t]*)?"
    r"|(?<![\\\w])(?P<mark>[*_]{1,3})(?=\S)(?=(?:.|\n(?!\s)){0,300}?\S(?P=mark)(?!\w))"  # emphasis
    r"|(?<=[^\s\\])[*_]{1,3}(?!\w)|(?:\*\*|~~)(?!\s)|(?<!\s)(?:\*\*|~~)"
    r"|!?\[(?=[^\]\n]{0,300}\]\()|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"  # a link around its text
    r"|(?<!\\)(?P<border>\|)|\\(?=[!-/:-@\[-`{-~])",
    re.MULTILINE,
)
_ROW_START = re.compile(r"[ \t>]*\|")


def shown_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the spans of ``text[start:end]`` between its marks, and those of code as it is."""
    for markup in _MARKUP.finditer(text, start, end):
        if markup["border"] and not _is_in_row(text, markup.start()):
            continue
        yield start, markup.start()
        yield from (markup.span(name) for name in ("block", "span") if markup[name])
        start = markup.end()
    yield start, end


def _is_in_row(text: str, position: int) -> bool:
    """Return whether a line begins with the border of a cell: "a || b" is no row."""
    line_start = text.rfind("\n", 0, position) + 1
    return _ROW_START.match(text, line_start) is not None
