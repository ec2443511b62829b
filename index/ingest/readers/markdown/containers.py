"""Admonitions and tabs in Markdown, and the parser that keeps their marks apart from text."""

import re
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

from index.text.markdown.containers import CONTAINER_START
from index.types import Context

CONTAINER_INDENT = re.compile(r" {1,4}|\t")
_MAX_NESTING = 100  # each level of a list takes two
_FENCED_MARK = re.compile(
    r"(?:/{3,}(?:[ \t]*[\w-]+(?:[ \t]*\|.*)?)?|:{3,}(?:[ \t]*\w.*)?|==[ \t]+[^=]+)[ \t]*\Z"
)


@dataclass(frozen=True, slots=True)
class Container:
    """An admonition or a group of tabs: its number, and the titles around its content.

    ``is_labelled`` is True for a tab that begins with ``== Windows`` and ends at the next one.
    """

    number: int | None = None
    titles: tuple[Context, ...] = ()
    is_tab: bool = False
    is_labelled: bool = False


NO_CONTAINER = Container()


@cache
def block_parser() -> MarkdownIt:
    """Return the parser of blocks; marks between lines of a paragraph are one of their own."""
    parser = (
        MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").disable("inline")
    )
    options: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote"]}
    parser.block.ruler.before("paragraph", "container_mark", _parse_mark, options)
    return parser


def _parse_mark(state: StateBlock, line: int, _last_line: int, silent: bool) -> bool:
    """Parse a line that opens or closes a container as a paragraph (a rule of markdown-it).

    One that indents its content ends the paragraph or the list item above it, too.
    """
    start, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    mark = state.src[start:end]
    if state.is_code_block(line):
        return False
    if not _FENCED_MARK.match(mark):
        return silent and CONTAINER_START.match(mark) is not None
    if not silent:
        state.line = line + 1
        state.push("paragraph_open", "p", 1).map = [line, line + 1]
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = mark, [line, line + 1], []
        state.push("paragraph_close", "p", -1)
    return True
