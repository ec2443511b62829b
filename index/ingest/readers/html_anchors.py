"""Find the ids of a page's sections, so that citations can link to a section."""

import re
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.normalize import clean_line
from index.ingest.parsing.safe_xml import local_name, text_content

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SECTION_ELEMENTS = {"section", "div", "article", "header"}
_UNSAFE_IN_LINKS = re.compile(r"[\s{}\"<>]")
_MAX_HEADINGS = 2_000
MAX_ANCHOR_CHARS = 200


def heading_anchors(tree: "_Element") -> dict[str, str]:
    """Map the text of headings to their ids, except for text that several headings share."""
    anchors: dict[str, list[str | None]] = defaultdict(list)
    for heading in islice(tree.iter(*_HEADINGS), _MAX_HEADINGS):
        anchors[clean_line(text_content(heading))].append(_anchor(heading))
    return {text: ids[0] for text, ids in anchors.items() if len(ids) == 1 and ids[0]}


def _anchor(heading: "_Element") -> str | None:
    """Return the id of a heading, of an anchor inside it, or of the section it starts."""
    inner = (mark.get("id") or mark.get("name") for mark in heading.iter("a", "span"))
    for anchor in (heading.get("id"), *inner):
        if _is_safe(anchor):
            return anchor
    section = heading.getparent()
    if section is None or local_name(section) not in _SECTION_ELEMENTS or section[0] is not heading:
        return None
    return section.get("id") if _is_safe(section.get("id")) else None


def _is_safe(anchor: str | None) -> bool:
    if not anchor or len(anchor) > MAX_ANCHOR_CHARS:
        return False
    return _UNSAFE_IN_LINKS.search(anchor) is None
