"""Escape text for Discord markdown, so that the text can be read back.

Characters that could be markup get a backslash; invisible characters that affect the display,
such as bidirectional overrides and control characters, are written as ``⟦U+202E⟧``.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import PurePosixPath

from bot.text.markdown.elements import (
    BLANK,
    CodeBlock,
    Element,
    Run,
    Table,
    TextLine,
    element_text,
    wide_row,
)
from bot.text.markdown.parse import parse_markdown
from index.text.spans import trim
from index.types import ContextKind, ContextSlice

# Control characters except tab and newline, line separators, bidirectional embeddings, overrides
# and isolates, characters that UTF-8 cannot encode, and the bracket of the notation itself.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff\u27e6]"
    "|\r(?!\n)"
)
# Emphasis, code, spoilers, mentions, links, headings; a colon that starts an emoji or the slashes
# of a URL; an ampersand that starts an entity.
_MARKUP = re.compile(r"[\\*_~|`<>\[\]@#]|:(?=\S)|&(?=[#\w])")
_LIST = re.compile(r"^[ \t]*(?:(?=[-+=])|\d+(?=[.)]))", re.MULTILINE)
# Fenced code: indentation, opening fence, code, and the closing fence unless it is cut off.
_CODE_BLOCK = re.compile(
    r"^([ \t]*)(```[^`\r\n]*)\r?\n((?:(?!```)[\s\S])*?)(?:^[ \t]*```[ \t]*(?=\r?$)|\Z)",
    re.MULTILINE,
)

# A list item, which Discord shows as such if only its bullet is not escaped; it may be in bold.
_BULLET = re.compile(r"^([ \t]*)(\*\*)?\\([-*]) (?=\S)", re.MULTILINE)
TABLE_ROWS = re.compile(r"^(?:\|[^\n]*\|[ \t]*(?:\n|\Z)){2,}", re.MULTILINE)
_CELL_BORDER = re.compile(r"(?<=\s)\|(?=\s)")

_MARKDOWN_SUFFIXES = {".md", ".markdown", ".mdx"}
_CONVERTED_SUFFIXES = {
    ".rst",
    ".rest",
    ".adoc",
    ".asciidoc",
}  # read as Markdown that a reader wrote
_PLAIN_SUFFIXES = {".txt", ".text", ""}
_MAX_TABLE_COLUMNS = 50  # a wider line would wrap in a code block

# Inline code, which the readers of web pages and documents write as in Markdown.
INLINE_CODE = re.compile(r"(?<![`\\])(`[^`\n]{1,100}`)(?!`)")

QuoteRenderer = Callable[[str, int, int, int, int], str]
_LANGUAGE = re.compile(r"[\w+#.-]{0,30}")

OMITTED = "[…]"  # not escaped, so quoted text cannot be mistaken for it


def escape(text: str) -> str:
    """Escape ``text`` so that Discord shows it literally: no mentions, links or formatting."""
    return _LIST.sub(r"\g<0>\\", _MARKUP.sub(r"\\\g<0>", _show_hidden(text)))


def _show_hidden(text: str) -> str:
    return _HIDDEN.sub(lambda match: f"⟦U+{ord(match[0]):04X}⟧", text)


def size(text: str) -> int:
    """Return the length in UTF-16 code units, the most that Discord counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def block_quote(text: str, start: int, end: int, mark_start: int, mark_end: int) -> str:
    """Render ``text[start:end]`` as a block quote with ``text[mark_start:mark_end]`` in bold.

    Fenced code is shown as a code block, without bold and without its indentation, lines with a
    bullet as a list. Every line starts with the quote mark, so the text cannot end the quote. […]
    stands for omitted text before and after.
    """
    before = f"{OMITTED} " if text[:start].strip() else ""
    after = f" {OMITTED}" if text[end:].strip() else ""
    return _quoted(f"{_literal(text, start, end, mark_start, mark_end, before)}{after}")


def _literal(
    text: str,
    start: int,
    end: int,
    mark_start: int,
    mark_end: int,
    before: str = "",
    show: Callable[[str], str] = escape,
) -> str:
    """Render ``text[start:end]`` literally, but for code and bullets; ``before`` comes first.

    ``show`` renders a piece of text.
    """
    body, position = "", start
    for code in [*_CODE_BLOCK.finditer(text, start, end), None]:
        text_end, next_position = code.span() if code else (end, end)
        first, last = (min(max(position, mark), text_end) for mark in (mark_start, mark_end))
        last = max(first, last)
        bold = "\n".join(_bold_line(line, show) for line in text[first:last].split("\n"))
        shown = show(text[position:first]) + bold + show(text[last:text_end])
        body += _BULLET.sub(_bullet, before + shown)
        body += _code_block(*code.groups()) if code else ""
        position, before = next_position, ""
    return body


def _bullet(match: re.Match[str]) -> str:
    return f"{match[1]}{match[3]} {match[2] or ''}"


def converted_quote(text: str, start: int, end: int, mark_start: int, mark_end: int) -> str:
    """Render an excerpt of a web page or a document as ``block_quote`` does, with its tables."""
    parts: list[str] = []
    position = start
    for table in [*TABLE_ROWS.finditer(text, start, end), None]:
        text_end = table.start() if table else end
        is_first = text[:start].strip() and not parts
        before = f"{OMITTED} " if is_first and position < text_end else ""
        if literal := text[position:text_end].strip("\n"):
            first = text.index(literal, position)
            last = first + len(literal)
            marks = (mark_start, mark_end)
            parts.append(_literal(text, first, last, *marks, before, _with_inline_code))
        if table:
            parts += [OMITTED] * bool(is_first and not before)
            parts.append(_table(Table(table_rows(table[0]), has_header=False)))
            position = table.end()
    after = OMITTED if text[end:].strip() else ""
    if after and parts and position < end:
        parts[-1] += f" {after}"
    elif after:
        parts.append(after)
    return _quoted("\n".join(parts))


def _with_inline_code(text: str) -> str:
    """Escape text, but show its inline code as such."""
    pieces = INLINE_CODE.split(text)
    return "".join(
        _show_hidden(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )


def table_rows(table: str) -> tuple[tuple[str, ...], ...]:
    """Return the cells of rows such as "| a | b |"."""
    lines = (line.strip()[1:-1] for line in table.strip().split("\n"))
    return tuple(
        tuple(" ".join(cell.split()) for cell in _CELL_BORDER.split(f" {line} ")) for line in lines
    )


def quote_renderer(article: str, context: Iterable[ContextSlice] = ()) -> QuoteRenderer:
    """Return the function that renders quotes from an article, by its path.

    ``context`` tells whether the passage was cut from code or a table.
    """
    if not is_markdown(article):
        return block_quote if is_plain(article) else converted_quote
    around = {each.kind: each.text for each in context}
    opening = around.get(ContextKind.CODE_FENCE) or around.get(ContextKind.TABLE_HEADER) or ""
    return partial(markdown_quote, opening=opening, is_converted=is_converted(article))


def is_plain(article: str) -> bool:
    """Return whether an article is plain text, by its path."""
    return _suffix(article) in _PLAIN_SUFFIXES


def is_markdown(article: str) -> bool:
    """Return whether the text of an article is Markdown, by its path."""
    return _suffix(article) in _MARKDOWN_SUFFIXES | _CONVERTED_SUFFIXES


def is_converted(article: str) -> bool:
    """Return whether a reader wrote the Markdown of an article, by its path."""
    return _suffix(article) in _CONVERTED_SUFFIXES


def _suffix(article: str) -> str:
    return PurePosixPath(article).suffix.lower()


def markdown_quote(
    text: str,
    start: int,
    end: int,
    mark_start: int,
    mark_end: int,
    opening: str = "",
    *,
    is_converted: bool = False,
) -> str:
    """Render an excerpt of a Markdown article as ``block_quote`` does, but as people read it.

    Code, inline code, bold, italics and lists are shown as such, links as their text and domain,
    small tables as aligned text in a code block. ``opening`` and ``is_converted`` are as for
    ``parse_markdown``. Falls back on the source if a word would be added.
    """
    span = (start, end, mark_start, mark_end)
    elements = parse_markdown(text, *span, opening, is_converted=is_converted)
    if not elements or not _is_in_order(map(element_text, elements), text[start:end]):
        return block_quote(text, start, end, mark_start, mark_end)
    elements = [*_with_ends_of_lists(elements)]
    parts = [*map(_render_element, elements)]
    if text[:start].strip():
        parts[0] = _join_omitted(OMITTED, parts[0], elements[0])
    if text[end:].strip():
        parts[-1] = _join_omitted(parts[-1], OMITTED, elements[-1])
    return _quoted("\n".join(parts))


def _with_ends_of_lists(elements: Sequence[Element]) -> Iterator[Element]:
    """Yield elements with a blank line where a numbered item follows bullets inside another.

    Discord would take it for a line of the last one.
    """
    bullet_depth = -1  # of the line above, if it has a bullet
    for element in elements:
        marker = element.marker if isinstance(element, TextLine) else ""
        depth = len(marker) - len(marker.lstrip())
        is_bullet = marker.endswith("- ")
        if marker.strip() and not is_bullet and depth <= bullet_depth:
            yield BLANK
        bullet_depth = depth if is_bullet else bullet_depth if marker and not marker.strip() else -1
        yield element


def _join_omitted(first: str, second: str, element: Element) -> str:
    """Put the sign of omitted text on the line of a paragraph, but not on those of others."""
    is_paragraph = isinstance(element, TextLine) and not element.marker
    return f"{first} {second}" if is_paragraph else f"{first}\n{second}"


def _is_in_order(shown: Iterator[str], text: str) -> bool:
    """Return whether the letters and digits shown are those of ``text``, in order."""
    rest = iter(text)
    return all(character in rest for part in shown for character in part if character.isalnum())


def _quoted(body: str) -> str:
    return "\n".join(f"> {line}" for line in body.split("\n"))


def _render_element(element: Element) -> str:
    if isinstance(element, CodeBlock):
        return _code(element.language, element.lines)
    if isinstance(element, Table):
        return _table(element)
    is_bullet = element.marker.endswith("- ")
    marker = element.marker if is_bullet else escape(element.marker)
    return marker + "".join(_styled(element.runs))


def _code(language: str, lines: Sequence[str]) -> str:
    """Render code, as text if it contains the fence that would end it."""
    code = "\n".join(lines)
    if "```" in code:
        return escape(code)
    name = language if _LANGUAGE.fullmatch(language) else ""
    return _code_block("", f"```{name}", code)


def _styled(runs: Sequence[Run]) -> Iterator[str]:
    """Render runs of text; bold spans code, but not italics, so that the stars stay unambiguous."""
    for is_bold, group in groupby(runs, lambda run: run.bold or run.highlighted):
        parts = [*group]
        if is_bold:
            yield _wrapped("**", "".join(_code_or_text(run) for run in parts))
        else:
            yield from (_wrapped("*" * run.italic, _code_or_text(run)) for run in parts)


def _wrapped(stars: str, content: str) -> str:
    """Put content in stars, leaving out the white space at its ends, which would break them."""
    start, end = trim(content, 0, len(content))
    if start == end or not stars:
        return content
    return f"{content[:start]}{stars}{content[start:end]}{stars}{content[end:]}"


def _code_or_text(run: Run) -> str:
    if not run.code or not run.text.strip():
        return escape(run.text)
    ticks = "``" if "`" in run.text else "`"
    inner = f" {run.text} " if "`" in run.text else run.text
    return f"{ticks}{_show_hidden(inner)}{ticks}"


def _table(table: Table) -> str:
    """Align a small table in a code block; show the rows of a wide one as lines."""
    count = max(map(len, table.rows))
    rows = [(*row, *[""] * (count - len(row))) for row in table.rows]
    widths = [max(_columns(row[index]) for row in rows) for index in range(count)]
    if sum(widths) + 2 * (count - 1) > _MAX_TABLE_COLUMNS:
        return "\n".join(map(_wide_row, rows, [table.has_header, *[False] * len(rows)]))
    padded = [
        "  ".join(
            cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    if table.has_header:
        padded.insert(1, "  ".join("─" * width for width in widths))
    return _code("", [line.rstrip() for line in padded])


def _wide_row(row: Sequence[str], is_header: bool) -> str:
    """Render a row as a line: all of a header in bold, or only the first cell of other rows."""
    cells = wide_row(row)
    line, first = escape(" | ".join(cells)), escape(cells[0])
    return _wrapped("**", line) if is_header else _wrapped("**", first) + line[len(first) :]


def _columns(text: str) -> int:
    """Return the number of columns that a text takes: wide characters take two."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def _code_block(indent: str, fence: str, code: str) -> str:
    """Render code for Discord, which takes a language only directly behind the fence."""
    lines = [line.removeprefix(indent) for line in code.rstrip().split("\n")]
    language = fence.removeprefix("```").strip()
    return "\n".join([f"```{_show_hidden(language)}", *map(_show_hidden, lines), "```"])


def _bold_line(line: str, show: Callable[[str], str]) -> str:
    """Put a line in bold, leaving out the white space at its ends, which would break the bold."""
    start, end = trim(line, 0, len(line))
    if start == end:
        return show(line)
    return f"{show(line[:start])}**{show(line[start:end])}**{show(line[end:])}"
