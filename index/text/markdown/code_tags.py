"""Write tags of Hugo and Jekyll around code as fences: ``{{< highlight go >}}``."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from index.text.markdown.fences import FENCE, opening_below
from index.text.spans import Span, lines

_NAMES = "highlight|code(?:-?(?:toggle|block))?|console|terminal"
_OPENING = re.compile(
    rf"(?P<indent>[ \t]*)\{{(?:\{{<|%)-?[ \t]*(?P<name>{_NAMES})(?P<options>[ \t][^{{}}\n]*?)?"
    r"(?<!/)(?:>\}|%)\}[ \t]*"
)
_CLOSING = re.compile(
    rf"^[ \t]*\{{(?:\{{<[ \t]*/[ \t]*(?P<hugo>{_NAMES})[ \t]*>\}}"
    rf"|%-?[ \t]*end(?P<jekyll>{_NAMES})[ \t]*-?%)\}}[ \t]*(?=\r?$)",
    re.MULTILINE,
)
_FENCED = re.compile(r"\s*(?:`{3,}|~{3,}|\Z)")
_LANGUAGE = re.compile(r"\blang(?:uage)?=[\"']?([\w+-]+)|\A[ \t]*[\"']?([\w+-]+)(?![\w+-]*=)")
_WRITTEN_FENCE = "~" * 6
_NO_LANGUAGE = "text"


def write_code_tags(text: str, start: int = 0, *, is_excerpt: bool = False) -> str:
    """Return a text of the same length, in which tags around code are fences.

    In an excerpt, the closing one may have been cut off.
    """
    if not any(each in text for each in ("highlight", "code", "console", "terminal")):
        return text
    parts, position = [text[:start]], start
    for opening, end, closing_end in _tagged(text, start, is_excerpt=is_excerpt):
        parts += [text[position : opening.start()], code_fence(opening[0])]
        parts.append(text[opening.end() : end])
        parts.append(f"{opening['indent']}{'~' * (closing_end - end)}"[: closing_end - end])
        position = closing_end
    return "".join([*parts, text[position:]])


def code_fence(line: str) -> str:
    """Return a line; if it is a tag that opens code, as a fence of its length with its language.

    The language is at its end: white space there would not belong to the passage.
    """
    opening = _OPENING.fullmatch(line)
    if not opening:
        return line
    language = _LANGUAGE.search(opening["options"] or "")
    name = (language[1] or language[2]) if language else _NO_LANGUAGE
    fence = f"{opening['indent']}{_WRITTEN_FENCE}"
    return fence + name.rjust(len(line) - len(fence))


def _tagged(text: str, start: int, *, is_excerpt: bool) -> Iterator[tuple[re.Match[str], int, int]]:
    """Yield tags that open code, each with the start and the end of the line that closes it."""
    closings = [*_CLOSING.finditer(text, start)]
    position = start
    fence: re.Match[str] | None = None
    for first, last in lines(text, start):
        if first < position:
            continue
        fence = opening_below(fence, FENCE.match(text, first, last))
        opening = None if fence else _OPENING.fullmatch(text, first, last)
        if opening and (span := _closing(text, opening, closings, is_excerpt=is_excerpt)):
            yield opening, *span
            position = span[1]


def _closing(
    text: str, opening: re.Match[str], closings: Sequence[re.Match[str]], *, is_excerpt: bool
) -> Span | None:
    """Return the span of the next closing tag; None if it does not close code of its own."""
    following = bisect_left(closings, opening.end(), key=lambda each: each.start())
    closing = closings[following] if following < len(closings) else None
    if closing is None and not is_excerpt:
        return None
    if closing and (closing["hugo"] or closing["jekyll"]) != opening["name"]:
        return None
    span = closing.span() if closing else (len(text), len(text))
    is_fenced = (
        _FENCED.match(text, opening.end()) or text.find(_WRITTEN_FENCE, opening.end(), span[0]) >= 0
    )
    return None if is_fenced else span
