"""Render quotes from articles as block quotes of Discord.

Every line starts with the quote mark, so the text cannot end the quote.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from bot.text.converted_text import INLINE_CODE, TABLE_ROWS, table_rows
from bot.text.discord_markdown import OMITTED, code_block, escape, show_hidden
from bot.text.element_rendering import render_element, render_table
from bot.text.markdown.elements import BLANK, Element, Table, TextLine, element_text
from bot.text.markdown.parse import AS_WRITTEN, MarkdownOrigin, parse_markdown
from bot.text.marked_excerpt import MarkedExcerpt
from index.text.article_formats import format_of
from index.text.spans import trim
from index.types import ContextSlice, Quote, TextFormat

# Fenced code: indentation, language, code, and the closing fence unless it is cut off.
_CODE_BLOCK = re.compile(
    r"^([ \t]*)```([^`\r\n]*)\r?\n((?:(?!```)[\s\S])*?)(?:^[ \t]*```[ \t]*(?=\r?$)|\Z)",
    re.MULTILINE,
)
# A list item, which Discord shows as such if only its bullet is not escaped; it may be in bold.
_BULLET = re.compile(r"^([ \t]*)(\*\*)?\\([-*]) (?=\S)", re.MULTILINE)
_LINE_END = re.compile(r"(\r?\n)")

QuoteRenderer = Callable[[MarkedExcerpt], str]


def quote_renderer(text_format: TextFormat, context: Iterable[ContextSlice] = ()) -> QuoteRenderer:
    """Return the function that renders quotes from articles that are written in ``text_format``.

    ``context`` tells whether the passage was cut from code or a table.
    """
    if text_format is TextFormat.PLAIN:
        return block_quote
    if text_format is TextFormat.DOCUMENT:
        return document_quote
    return partial(markdown_quote, origin=MarkdownOrigin.of(text_format, context))


def renderer_of(quote: Quote) -> QuoteRenderer:
    """Return the function that renders a quote."""
    text_format = format_of(quote.citation.article, quote.citation.metadata)
    return quote_renderer(text_format, quote.context)


def block_quote(excerpt: MarkedExcerpt) -> str:
    """Render an excerpt as a block quote with its highlight in bold.

    Fenced code is shown as a code block, without bold and without its indentation, lines with a
    bullet as a list. Every line starts with the quote mark, so the text cannot end the quote. […]
    stands for omitted text before and after.
    """
    before = f"{OMITTED} " if excerpt.omits_before else ""
    after = f" {OMITTED}" if excerpt.omits_after else ""
    return _quoted(f"{_literal(excerpt, before)}{after}")


def document_quote(excerpt: MarkedExcerpt) -> str:
    """Render an excerpt of a web page or a document as ``block_quote`` does, with its tables."""
    text, (start, end) = excerpt.text, excerpt.span
    parts: list[str] = []
    position = start
    for table in [*TABLE_ROWS.finditer(text, start, end), None]:
        text_end = table.start() if table else end
        is_first = excerpt.omits_before and not parts
        before = f"{OMITTED} " if is_first and position < text_end else ""
        if literal := text[position:text_end].strip("\n"):
            first = text.index(literal, position)
            between = replace(excerpt, span=(first, first + len(literal)))
            parts.append(_literal(between, before, _with_inline_code))
        if table:
            parts += [OMITTED] * bool(is_first and not before)
            parts.append(render_table(Table(table_rows(table[0]), has_header=False)))
            position = table.end()
    if excerpt.omits_after and parts and position < end:
        parts[-1] += f" {OMITTED}"
    elif excerpt.omits_after:
        parts.append(OMITTED)
    return _quoted("\n".join(parts))


def markdown_quote(excerpt: MarkedExcerpt, origin: MarkdownOrigin = AS_WRITTEN) -> str:
    """Render an excerpt of a Markdown article as ``block_quote`` does, but as people read it.

    Code, inline code, bold, italics and lists are shown as such, links as their text and domain,
    small tables as aligned text in a code block. Falls back on the source if a word would be added.
    """
    elements = parse_markdown(excerpt, origin)
    if not elements or not _is_in_order(map(element_text, elements), excerpt.source):
        return block_quote(excerpt)
    elements = [*_with_ends_of_lists(elements)]
    parts = [*map(render_element, elements)]
    if excerpt.omits_before:
        parts[0] = _join_omitted(OMITTED, parts[0], elements[0])
    if excerpt.omits_after:
        parts[-1] = _join_omitted(parts[-1], OMITTED, elements[-1])
    return _quoted("\n".join(parts))


def _literal(excerpt: MarkedExcerpt, before: str, show: Callable[[str], str] = escape) -> str:
    """Render an excerpt literally, but for code and bullets; ``before`` comes first.

    ``show`` renders a piece of text.
    """
    text, (start, end) = excerpt.text, excerpt.span
    body, position = "", start
    for code in [*_CODE_BLOCK.finditer(text, start, end), None]:
        text_end, next_position = code.span() if code else (end, end)
        first, last = (min(max(position, mark), text_end) for mark in excerpt.mark)
        last = max(first, last)
        bold = "".join(_bold_line(each, show) for each in _LINE_END.split(text[first:last]))
        shown = show(text[position:first]) + bold + show(text[last:text_end])
        body += _BULLET.sub(_bullet, before + shown)
        body += _code_block(*code.groups()) if code else ""
        position, before = next_position, ""
    return body


def _code_block(indent: str, language: str, code: str) -> str:
    lines = (line.removeprefix(indent) for line in code.split("\n"))
    return code_block(language.strip(), "\n".join(lines))


def _bullet(match: re.Match[str]) -> str:
    return f"{match[1]}{match[3]} {match[2] or ''}"


def _with_inline_code(text: str) -> str:
    """Escape text, but show its inline code as such."""
    pieces = INLINE_CODE.split(text)
    return "".join(
        show_hidden(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )


def _bold_line(line: str, show: Callable[[str], str]) -> str:
    """Put a line in bold, leaving out the white space at its ends, which would break the bold."""
    start, end = trim(line, 0, len(line))
    if start == end:
        return show(line)
    return f"{show(line[:start])}**{show(line[start:end])}**{show(line[end:])}"


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
