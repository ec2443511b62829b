"""Mend exports of Google Docs: nested lists stand beside each other, comments below the text."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_LIST_NAME = re.compile(r"(?:^|\s)lst-\w+-(\d)(?=\s|$)")
_COMMENT = re.compile(r"cmnt\d+")


def mend_google_docs(tree: "_Element") -> None:
    """Put lists into the items of those they belong to, and drop comments."""
    for link in [*tree.iter("a")]:
        if _COMMENT.fullmatch(link.get("id") or ""):
            box = next(link.iterancestors("div"), None)
            if box is not None:
                _remove(box)
    for listed in [*tree.iter("ul", "ol")]:
        if (depth := _depth(listed)) is not None:
            _join(listed, depth)


def _depth(listed: "_Element | None") -> int | None:
    """Return the depth in the name of a list; None if it has none."""
    name = None if listed is None else _LIST_NAME.search(listed.get("class") or "")
    return int(name[1]) if name else None


def _join(listed: "_Element", depth: int) -> None:
    """Move a list into the last item of the one before it, or its items behind that list's."""
    above = listed.getprevious()
    while above is not None and len(above) and (above_depth := _depth(above)) is not None:
        last = above[-1]
        nested = last[-1] if len(last) else None
        if above_depth == depth:
            if "start" not in (listed.get("class") or "").split():
                above.extend([*listed])
                _remove(listed)
            return
        if above_depth > depth:
            return
        if (nested_depth := _depth(nested)) is None or nested_depth > depth:
            last.append(listed)
            return
        above = nested


def _remove(element: "_Element") -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
