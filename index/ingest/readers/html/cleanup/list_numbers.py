"""Read the numbers of list items as browsers show them, before trafilatura drops the attributes."""

import re
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.list_marks import format_number
from index.ingest.parsing.safe_xml import local_name, text_content
from index.ingest.readers.html.cleanup.numbered_paragraphs import MARK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z]+-[a-z]+)", re.IGNORECASE)
_KINDS = {
    **dict.fromkeys(("lower-alpha", "lower-latin"), "a"),
    **dict.fromkeys(("upper-alpha", "upper-latin"), "A"),
    "lower-roman": "i",
    "upper-roman": "I",
}
_INTEGER = re.compile(r"\s*(-?\d{1,6})\s*")
_MAX_LISTS = 2_000
_KEY_CHARS = 80


def list_marks(tree: "_Element") -> dict[str, str]:
    """Map the texts of items, as ``item_key`` gives them, to marks that are not 1., 2., 3."""
    marks: dict[str, str] = {}
    ambiguous: set[str] = set()
    for listed in islice(tree.iter("{*}ol", "ol"), _MAX_LISTS):
        for item, mark in _marks(listed):
            key = item_key(item)
            if marks.setdefault(key, mark) != mark:
                ambiguous.add(key)
    return {key: mark for key, mark in marks.items() if key not in ambiguous}


def item_key(item: "_Element") -> str:
    """Return the opening of an item's text without white space."""
    return "".join(text_content(item).split())[:_KEY_CHARS]


def _marks(listed: "_Element") -> "Iterator[tuple[_Element, str]]":
    """Yield the items of a list with their marks, from the first unusual one on."""
    items = [child for child in listed.iterchildren("*") if local_name(child) == "li"]
    is_reversed = listed.get("reversed") is not None
    kind = _kind(listed)
    number = _integer(listed.get("start"), len(items) if is_reversed else 1)
    for place, item in enumerate(items, 1):
        number = _integer(item.get("value"), number)
        if mark := item.get(MARK):
            yield item, f"{mark} "
        elif kind != "1" or number != place:
            yield item, f"{format_number(number, kind)}. "
        number += -1 if is_reversed else 1


def _kind(listed: "_Element") -> str:
    style = _STYLE.search(listed.get("style") or "")
    kind = _KINDS.get(style[1].lower(), "1") if style else listed.get("type") or "1"
    return kind if kind in {"a", "A", "i", "I"} else "1"


def _integer(text: str | None, default: int) -> int:
    match = _INTEGER.fullmatch(text or "")
    return int(match[1]) if match else default
