"""Tell what a web page shows of a text from it: the words without the marks of Markdown."""

import re
from collections.abc import Iterator

from bot.text.converted_text import INLINE_CODE, TABLE_ROWS, table_rows
from bot.text.markdown.elements import CodeBlock, Element, Table
from bot.text.markdown.parse import MarkdownOrigin, parse_markdown
from bot.text.marked_excerpt import MarkedExcerpt
from index.text.markdown.fences import FENCE
from index.types import TextFormat

_LINK_TARGET = re.compile(r"\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_ITEM_MARK = re.compile(r"^[ \t]*(?:[-*•]|\d+[.)])[ \t]+")


def page_text(text_format: TextFormat, text: str) -> str:
    """Return ``text`` of an article that is written in ``text_format``, as its page shows it.

    Each line is a paragraph, an item, a line of code or a cell of a table: browsers find no text
    that goes on in the next one.
    """
    if text_format is TextFormat.PLAIN:
        return " ".join(text.split())
    lines = (
        _document_lines(text)
        if text_format is TextFormat.DOCUMENT
        else _markdown_lines(text_format, text)
    )
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def _markdown_lines(text_format: TextFormat, text: str) -> Iterator[str]:
    excerpt = MarkedExcerpt.whole(_LINK_TARGET.sub("](#)", text))
    for element in parse_markdown(excerpt, MarkdownOrigin.of(text_format)):
        yield from _element_lines(element)


def _element_lines(element: Element) -> Iterator[str]:
    if isinstance(element, CodeBlock):
        yield from element.lines
    elif isinstance(element, Table):
        yield from (cell for row in element.rows for cell in row)
    else:
        yield "".join(run.text for run in element.runs)


def _document_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text that the reader of a web page or a document wrote."""
    position = 0
    for table in TABLE_ROWS.finditer(text):
        yield from _text_lines(text[position : table.start()])
        yield from (_without_code_marks(cell) for row in table_rows(table[0]) for cell in row)
        position = table.end()
    yield from _text_lines(text[position:])


def _text_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if not FENCE.match(line):
            yield _without_code_marks(_ITEM_MARK.sub("", line))


def _without_code_marks(text: str) -> str:
    return INLINE_CODE.sub(lambda code: code[1].strip("`"), text)
