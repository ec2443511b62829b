"""Parse an excerpt of a Markdown article into what a reader sees of it, line by line.

The words stay those of the article, in order: markup becomes styles, a link becomes its text and
the domain it leads to, tags and attribute lists disappear.
"""

from functools import cache

from markdown_it import MarkdownIt

from bot.text.markdown.block_reader import read_elements
from bot.text.markdown.cut_ends import (
    open_fence,
    with_table_header,
    without_dangling_fences,
    without_indent,
)
from bot.text.markdown.elements import Element, element_text
from bot.text.markdown.highlight import mark_highlight
from bot.text.markdown.lines import plain_lines
from bot.text.markdown.source import without_comments, without_generated
from index.text.markdown.code_tags import code_fence
from index.text.markdown.directives import write_directives
from index.text.markdown.fences import FENCE

_MAX_NESTING = 60


def parse_markdown(
    text: str,
    start: int,
    end: int,
    mark_start: int,
    mark_end: int,
    opening: str = "",
    *,
    is_converted: bool = False,
) -> list[Element]:
    """Parse ``text[start:end]``, in which ``text[mark_start:mark_end]`` is highlighted.

    ``opening`` is the fence of the code that ``text`` was cut from, or the header of the table, if
    it was. ``is_converted`` says that a reader wrote the Markdown: it has blocks and code, but a
    star or a tag in it is text.
    """
    above = f"{opening}\n" if opening else ""
    text = write_directives(above + text, is_excerpt=True)[len(above) :]
    opening = code_fence(opening)
    opened = open_fence(text, start, opening)
    source = mark_highlight(text, start, end, mark_start, mark_end)
    source = f"{opened}\n{source}" if opened else source
    lines = without_indent(without_generated(without_comments(source)).split("\n"))
    lines = [*plain_lines(without_dangling_fences(lines))]
    is_table = bool(opening) and not FENCE.match(opening)
    lines = with_table_header(lines, is_cut=is_table and not text[:start].strip())
    parser = _converted_parser() if is_converted else _parser()
    return read_elements(parser.parse("\n".join(lines)), lines)


def plain_text(text: str) -> str:
    """Return the text of a line of Markdown without its markup."""
    texts = map(element_text, parse_markdown(text, 0, len(text), 0, 0))
    return " ".join(filter(None, texts))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])


@cache
def _converted_parser() -> MarkdownIt:
    authors_rules = "emphasis link image autolink html_inline html_block entity reference lheading"
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    return parser.disable(authors_rules.split())
