"""Mend the ends of an excerpt that was cut from code, a table, or a container."""

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import takewhile

from bot.text.markdown.highlight import MARKS
from bot.text.markdown.lines import opens_container
from index.text.markdown.fences import FENCE, closes, opening_below

_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)]|:)[ \t]")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*\Z")
_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*\Z")
_CELL_END = re.compile(r"(?<!\\)\|")


def open_fence(text: str, fence: str) -> str:
    """Return the fence of the code that ``text`` ends in, with its language only.

    ``fence`` is that of the code that ``text`` begins in, if it does.
    """
    lines = text.split("\n")[:-1]
    opening = reduce(opening_below, map(FENCE.match, lines), FENCE.match(fence))
    return opening[1] + code_language(opening[2]) if opening else ""


def code_language(info: str) -> str:
    """Return the language that stands behind the fence of code; "" if none does."""
    return re.split(r"[\s{,:\[]", info, maxsplit=1)[0]


def without_indent(lines: Sequence[str]) -> list[str]:
    """Remove the indentation that lines have in a tab or an item whose start is cut off.

    Below code at the start, it is that of the end of the code.
    """
    first, rest = MARKS.sub("", lines[0]), lines[1:]
    if (fence := FENCE.match(first)) and not fence.start(1):
        return [lines[0], *_without_code_indent(rest, fence[1])]
    if _ITEM.match(first) or opens_container(first):
        return [*lines]
    inner = [*takewhile(lambda line: not line.strip() or line[0] == " ", rest)]
    if len(inner) < len(rest) and not _is_content(inner):
        return [*lines]
    indent = min((len(line) - len(line.lstrip(" ")) for line in inner if line.strip()), default=0)
    return [lines[0], *(line[indent:] for line in inner), *rest[len(inner) :]]


def _without_code_indent(lines: Sequence[str], opening: str) -> Iterator[str]:
    """Yield lines without the indentation of the fence that closes ``opening``."""
    fences = filter(None, map(FENCE.match, lines))
    closing = next((fence for fence in fences if closes(fence, opening)), None)
    indent = closing.start(1) if closing else 0
    for line in lines:
        yield line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _is_content(lines: Sequence[str]) -> bool:
    """Return whether indented lines go on in a paragraph or have fences: they are not code."""
    return any(line.strip() for line in lines[:1]) or any(map(FENCE.match, lines))


def with_table_header(lines: Sequence[str], *, is_cut: bool) -> list[str]:
    """Return lines with an empty header before rows that have lost theirs, so that they are parsed.

    ``is_cut`` says that the lines were cut from a table, whose rows may have no outer bars.
    """
    is_table = is_cut or all(map(_ROW.match, lines[:1]))
    if not is_table or "|" not in lines[0] or any(map(_DELIMITER.match, lines[1:2])):
        return [*lines]
    row = lines[0].strip().removeprefix("|").removesuffix("|")
    count = len(_CELL_END.findall(row)) + 1
    return ["|" + " |" * count, "|" + " --- |" * count, *lines]
