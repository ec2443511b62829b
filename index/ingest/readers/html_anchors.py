"""Ids of sections, by which a page can be linked where a section begins."""

import re
from typing import TYPE_CHECKING

from index.ingest.parsing.normalize import clean_line
from index.ingest.parsing.safe_xml import local_name, text_content

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_AROUND = {"section", "div", "article", "header"}
_NO_SLUG = re.compile(r"[^\w\- ]")
_LONGEST = 200  # characters of an id
_MOST = 2_000  # headings of a page


def slug(heading: str) -> str:
    """The id that GitHub, and most makers of pages from Markdown, give to a heading."""
    return _NO_SLUG.sub("", heading.strip().lower()).replace(" ", "-")[:_LONGEST]


def anchors_of(tree: "_Element") -> dict[str, str]:
    """Ids of a page's headings by their words; none for words that stand over several sections."""
    found: dict[str, list[str]] = {}
    for number, heading in enumerate(tree.iter(*_HEADINGS)):
        if number == _MOST:
            break
        found.setdefault(clean_line(text_content(heading)), []).append(_id(heading) or "")
    return {words: ids[0] for words, ids in found.items() if len(ids) == 1 and ids[0]}


def _id(heading: "_Element") -> str | None:
    """Its own, that of a mark inside it, or of what it is the first in."""
    own = _fit(heading.get("id")) or next(filter(None, map(_mark, heading.iter("a", "span"))), None)
    around = heading.getparent()
    if own or around is None or local_name(around) not in _AROUND or around[0] is not heading:
        return own
    return _fit(around.get("id"))


def _mark(element: "_Element") -> str | None:
    return _fit(element.get("id") or element.get("name"))


def _fit(anchor: str | None) -> str | None:
    """An id that can stand in a link."""
    if not anchor or len(anchor) > _LONGEST or re.search(r"[\s{}\"<>]", anchor):
        return None
    return anchor
