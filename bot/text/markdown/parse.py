"""Parse an excerpt of a Markdown article into what a reader sees of it, line by line.

The words stay those of the article, in order: markup becomes styles, a link becomes its text and
the domain it leads to, tags and attribute lists disappear.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from markdown_it import MarkdownIt

from bot.text.markdown.block_reader import read_elements
from bot.text.markdown.cut_ends import (
    open_fence,
    with_table_header,
    without_indent,
)
from bot.text.markdown.elements import Element, element_text
from bot.text.markdown.highlight import mark_highlight
from bot.text.markdown.lines import plain_lines
from bot.text.markdown.source import without_comments, without_generated
from bot.text.marked_excerpt import MarkedExcerpt
from index.text.markdown.code_tags import code_fence
from index.text.markdown.directives import write_directives
from index.text.markdown.fences import FENCE
from index.types import ContextKind, ContextSlice, TextFormat

_MAX_NESTING = 60


@dataclass(frozen=True, slots=True)
class MarkdownOrigin:
    """The article, code or table that the text of an excerpt was cut from.

    ``opening`` is the fence of the code, or the header of the table, that the text was cut from,
    if it was. ``is_converted`` says that a reader wrote the Markdown: it has blocks and code, but a
    star or a tag in it is text.
    """

    opening: str = ""
    is_converted: bool = False

    @classmethod
    def of(cls, text_format: TextFormat, context: Iterable[ContextSlice] = ()) -> Self:
        """Return the origin of a passage of an article that is written in ``text_format``."""
        around = {each.kind: each.text for each in context}
        opening = around.get(ContextKind.CODE_FENCE) or around.get(ContextKind.TABLE_HEADER) or ""
        return cls(opening, text_format is TextFormat.CONVERTED)


AS_WRITTEN = MarkdownOrigin()  # a whole text that its author wrote as Markdown


def parse_markdown(excerpt: MarkedExcerpt, origin: MarkdownOrigin = AS_WRITTEN) -> list[Element]:
    """Parse an excerpt; the runs of its highlight are marked as such."""
    above = f"{origin.opening}\n" if origin.opening else ""
    text = write_directives(above + excerpt.text, is_excerpt=True)[len(above) :]
    opening = code_fence(origin.opening)
    opened = open_fence(text[: excerpt.span[0]], opening)
    source = mark_highlight(replace(excerpt, text=text))
    source = f"{opened}\n{source}" if opened else source
    lines = without_indent(without_generated(without_comments(source)).split("\n"))
    lines = [*plain_lines(lines)]
    is_table = bool(opening) and not FENCE.match(opening)
    lines = with_table_header(lines, is_cut=is_table and not excerpt.omits_before)
    parser = _converted_parser() if origin.is_converted else _parser()
    return read_elements(parser.parse("\n".join(lines)), lines)


def plain_text(text: str) -> str:
    """Return the text of a line of Markdown without its markup."""
    texts = map(element_text, parse_markdown(MarkedExcerpt.whole(text)))
    return " ".join(filter(None, texts))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])


@cache
def _converted_parser() -> MarkdownIt:
    authors_rules = "emphasis link image autolink html_inline html_block entity reference lheading"
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    return parser.disable(authors_rules.split())
