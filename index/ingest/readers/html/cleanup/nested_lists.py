"""Keep the lists that an item of a list announces; trafilatura takes linked ones for navigation."""

from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LISTS = ("ul", "ol", "dl")
_ITEMS = {"li", "dd"}


def unlink_announced_lists(tree: "HtmlElement") -> None:
    """Turn links into text in the lists that words with a colon in their item announce.

    trafilatura drops a list with little but links, or whose few links are short.
    """
    for each in [*tree.iter(*_LISTS)]:
        if not _is_announced(each):
            continue
        for link in [*each.iter("a")]:
            if next(link.iterancestors("sup"), None) is None:  # a note's number
                link.drop_tag()


def _is_announced(element: "HtmlElement") -> bool:
    """Return whether the text before a list in its item ends with a colon: "In progress:"."""
    parent, previous = element.getparent(), element.getprevious()
    if parent is None or parent.tag not in _ITEMS:
        return False
    before = (parent.text if previous is None else previous.tail) or ""
    if previous is not None and not before.strip():
        before = text_content(previous)
    return before.rstrip().endswith((":", "："))
