"""Write the lists of AsciiDoc, whose depth is told by the marks of their items."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.ingest.parsing import markdown_writer as markdown

ITEM = re.compile(
    r"[ \t]*(?:(?P<mark>\*{1,6}|-|\.{1,6}|\d{1,4}\.|[a-z]\.|<(?:\d{1,3}|\.)>)[ \t]+"
    r"(?:\[[ x*]\][ \t]+)?(?P<text>\S.*)"
    r"|(?P<term>[^\s:|/][^\n]{0,300}?)(?P<colons>:{2,4}|;;)(?:[ \t]+(?P<meaning>\S.*)|[ \t]*\Z))"
)
_MAX_DEPTH = 8
_INDENT = 4


@dataclass(slots=True)
class Item:
    """An item of a list: its term if it is a definition, its text, and further blocks.

    ``kind`` is its mark, with 1 for numbers and letters, or the colons behind its term: items of
    the same kind belong to the same list.
    """

    kind: str
    term: str
    text: str
    blocks: list[str] = field(default_factory=list)

    @property
    def is_term(self) -> bool:
        """True for a term alone, whose meaning follows."""
        return bool(self.term) and not self.text and not self.blocks

    def add_text(self, text: str) -> None:
        """Add lines to the text."""
        self.text = f"{self.text} {text}".strip()


def item_depths(items: Sequence[Item]) -> list[int]:
    """Return the depth of each item: a new kind of mark opens a list inside the item above."""
    opened: list[str] = []
    depths = []
    for item in items:
        if item.kind in opened:
            del opened[opened.index(item.kind) + 1 :]
        else:
            opened.append(item.kind)
        depths.append(min(len(opened) - 1, _MAX_DEPTH))
    return depths


def write_items(items: Sequence[Item], depths: Sequence[int]) -> str:
    """Return items as Markdown, numbered at each depth."""
    numbers: dict[int, int] = {}
    written = []
    for item, depth in zip(items, depths, strict=True):
        numbers = {each: count for each, count in numbers.items() if each <= depth}
        numbers[depth] = numbers.get(depth, 0) + 1
        is_numbered = item.kind[0] not in "*-:;"
        mark = f"{numbers[depth]}." if is_numbered else "-"
        written.append(
            markdown.indented(markdown.list_item(mark, _blocks(item)), " " * _INDENT * depth)
        )
    return markdown.join_items(written)


def kind_of(marker: re.Match[str]) -> str:
    """Return the kind of the item that ``ITEM`` matches."""
    return marker["colons"] or re.sub(r"\w+", "1", marker["mark"])


def _blocks(item: Item) -> list[str]:
    text = " ".join(item.text.split())
    if item.term:
        has_more = bool(text or item.blocks)
        text = f"{item.term}: {text}".rstrip() if has_more else item.term
    return [text, *item.blocks]
