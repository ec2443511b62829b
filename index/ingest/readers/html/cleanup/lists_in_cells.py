"""Write the lists in the cells of tables as text, because trafilatura drops lists there."""

from itertools import pairwise
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CELLS = ("td", "th")
_LISTS = ("ul", "ol", "dl")
_ITEMS = {"li", "dt", "dd"}
_BLOCKS = ("p", "ul", "ol", "dl", "table", "pre")
_ENDS = ".,;:!?。，；："


def write_lists_in_cells(tree: "HtmlElement") -> None:
    """Turn the items of lists in cells into one line: "English; Māori".

    The text of a cell becomes a paragraph: trafilatura takes other links for navigation.
    """
    for each in [*tree.iter("div")]:
        if _is_in_cell(each) and next(each.iter(*_BLOCKS), None) is None:
            each.tag = "p"
    for each in [*tree.iter(*_LISTS)]:
        if next(each.iterancestors(*_CELLS), None) is not None:
            _write_list(each)


def _is_in_cell(element: "HtmlElement") -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag in _CELLS


def _write_list(element: "HtmlElement") -> None:
    items = [item for item in element if item.tag in _ITEMS and text_content(item).strip()]
    for item, following in pairwise(items):
        separator = ":" if item.tag == "dt" and following.tag == "dd" else ";"
        has_end = text_content(item).rstrip().endswith(tuple(_ENDS))
        item.tail = " " if has_end else f"{separator} "
    for each in (element, *items):
        each.tag = "span"
    if element.getprevious() is not None or (element.getparent().text or "").strip():
        element.addprevious(element.makeelement("br", {}))
