"""Rewrite what AsciiDoc spreads over lines: underlined titles, and values that go on below."""

import re
from collections.abc import Iterable, Iterator, Sequence

DELIMITER = re.compile(
    r"(?:-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|`{3,}[\w+-]*|[|,:!]={3,})[ \t]*"
)
ATTRIBUTE_ENTRY = re.compile(r":(!?[\w-]+!?):(?:[ \t]+(.*))?")
_UNDERLINE = re.compile(r"([=\-~^+])\1{2,}")
_UNDERLINE_LEVELS = "=-~^+"  # the first one is that of the document's title
_UNDERLINED = re.compile(r"(?!\.)\S.*")
_ABOVE_TITLE = re.compile(r"\[.*\]|//(?!/).*")
_CONTINUES = " \\"


def one_line_titles(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines with ``== Title`` for titles that are underlined, as those of Git are."""
    closing = above = ""
    pairs = iter(zip(lines, [*lines[1:], ""], strict=True))
    for line, next_line in pairs:
        level = 0 if closing else _title_level(line, next_line, above)
        closing = _closing_below(line, closing)
        above = line
        if level:
            next(pairs)
        yield f"{'=' * level} {line}" if level else line


def one_line_values(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines with each value of an attribute on one line; a backslash says that it goes on."""
    closing = ""
    parts: list[str] = []
    for line in lines:
        is_entry = bool(parts) or (not closing and ATTRIBUTE_ENTRY.fullmatch(line) is not None)
        goes_on = is_entry and line.endswith(_CONTINUES)
        if parts or goes_on:
            parts.append(line.removesuffix(_CONTINUES).strip())
        else:
            closing = _closing_below(line, closing)
        if not goes_on:
            yield " ".join(parts) or line
            parts.clear()


def _closing_below(line: str, closing: str) -> str:
    """Return the line that ends the block which is open below a line, "" if none is."""
    if closing:
        return "" if line == closing else closing
    return closing_delimiter(line) if DELIMITER.fullmatch(line) else ""


def closing_delimiter(delimiter: str) -> str:
    """Return the line that ends the block which a delimiter begins."""
    return "```" if delimiter.startswith("```") else delimiter.rstrip()


def _title_level(line: str, next_line: str, above: str) -> int:
    """Return the level of a title with a line of its length below it, 0 for another line."""
    underline = _UNDERLINE.fullmatch(next_line)
    if not underline or abs(len(line) - len(next_line)) > 1 or not re.search(r"\w", line):
        return 0
    begins = not above or _ABOVE_TITLE.fullmatch(above)
    is_text = _UNDERLINED.fullmatch(line) and not _ABOVE_TITLE.fullmatch(line)
    return _UNDERLINE_LEVELS.index(underline[1]) + 1 if begins and is_text else 0
