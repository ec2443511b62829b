"""Prepare the source of an excerpt of Markdown for the parser, and read what stands in tags.

Table rows that were cut from their header get an empty one, so that they are parsed as a table.
A link to a page that a site generator looks up keeps its text. The end of an admonition in
backticks whose beginning was cut off is no code.
"""

import html
import re
from collections.abc import Sequence

from index.text.markdown.fences import FENCE, closes
from index.text.markdown.keys import key_names
from index.text.markdown.links import without_generated_targets

_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*\Z")
_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*\Z")
_CELL_END = re.compile(r"(?<!\\)\|")
_CODE_REFERENCE = re.compile(r"(?<!\\)\[([^\[\]`\n]*`[^`\n\[\]]+`[^\[\]\n]*)\]\[[^\[\]\n]*\]")
_WIKI_LINK = re.compile(r"!?\[\[[^\[\]\n]*\|(?P<shown>[^\[\]|\n]*`[^\[\]|\n]*)\]\]")
_TEXT_ATTRIBUTE = re.compile(
    r"\b(?:text|label|title|name|path|keys|value|to|href)=(?:\"([^\"]+)\"|'([^']+)')"
)
_COMPONENT = re.compile(r"<[A-Z]")
_TARGET_END = re.compile(r"[^/:#]+(?:#.*)?\Z")


def without_generated(source: str) -> str:
    """Return Markdown without the targets of links that only a site generator can follow."""
    source = without_generated_targets(source)
    return _WIKI_LINK.sub(lambda link: link["shown"], source) if "|" in source else source


def without_references(line: str) -> str:
    """Return a line with only the text of references to links with code ("[`code`][]").

    Their targets stand elsewhere, and the parser would take the brackets for text.
    """
    return _CODE_REFERENCE.sub(r"\1", line) if "`" in line and "][" in line else line


def with_table_header(lines: Sequence[str], *, is_cut: bool) -> list[str]:
    """Return lines with an empty header before rows that have lost theirs.

    ``is_cut`` says that the lines were cut from a table, whose rows may have no outer bars.
    """
    is_table = is_cut or all(map(_ROW.match, lines[:1]))
    if not is_table or "|" not in lines[0] or any(map(_DELIMITER.match, lines[1:2])):
        return [*lines]
    row = lines[0].strip().removeprefix("|").removesuffix("|")
    count = len(_CELL_END.findall(row)) + 1
    return ["|" + " |" * count, "|" + " --- |" * count, *lines]


def without_dangling_fences(lines: Sequence[str]) -> list[str]:
    """Return lines without the ends of admonitions that began before them.

    Such an end is directly below a line of text and above a blank one; code never begins so.
    """
    kept: list[str] = []
    opened = ""
    for line, next_line in zip(lines, [*lines[1:], ""], strict=True):
        fence = FENCE.match(line)
        if fence and opened:
            opened = "" if closes(fence, opened) else opened
        elif fence:
            is_end = not fence[2].strip() and kept and kept[-1].strip() and not next_line.strip()
            opened = "" if is_end else fence[1]
            line = "" if is_end else line  # noqa: PLW2901
        kept.append(line)
    return kept


def component_text(tag: str) -> str:
    """Return the words that a component shows, as far as its tag has them."""
    if not (_COMPONENT.match(tag) and tag.endswith("/>")):
        return ""
    attribute = _TEXT_ATTRIBUTE.search(tag)
    text = key_names(tag) or (attribute[1] or attribute[2] if attribute else "")
    return html.unescape(text)


def target_text(target: str) -> str:
    """Return what a link without a text is about: the end of its target."""
    end = _TARGET_END.search(target)
    return end[0] if end else target
