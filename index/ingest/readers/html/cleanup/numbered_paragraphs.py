"""Make lists of definitions and tables that only number paragraphs, as laws have them."""

import re
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MARK = "data-mark"  # of an item: the mark that the page shows
_MARK = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]{1,2}|[ivxlc]{1,6})[.)]|[•–—-]", re.IGNORECASE
)


def list_numbered_paragraphs(tree: "HtmlElement") -> None:
    """Make the numbers in terms and first cells the marks of a list's items."""
    for definitions in [*tree.iter("dl")]:
        children = [child for child in definitions if child.tag in {"dt", "dd"}]
        _make_list(definitions, children[::2], children[1::2], ("dt", "dd"))
    for table in [*tree.iter("table")]:
        rows = [[*row] for row in (*table.findall("tr"), *table.findall("tbody/tr"))]
        if all(len(cells) == 2 for cells in rows) and table.find(".//table") is None:
            _make_list(table, [row[0] for row in rows], [row[1] for row in rows], ("td", "td"))


def _make_list(
    element: "HtmlElement",
    marks: "list[HtmlElement]",
    texts: "list[HtmlElement]",
    tags: tuple[str, str],
) -> None:
    """Make ``element`` a list of ``texts``, if all of ``marks`` are marks."""
    pairs = [*zip(marks, texts, strict=False)]
    is_numbered = len(marks) == len(texts) > 0 and all(
        (mark.tag, text.tag) == tags and _MARK.fullmatch(text_content(mark).strip())
        for mark, text in pairs
    )
    if not is_numbered:
        return
    for mark, text in pairs:
        text.tag, text.tail = "li", None
        text.set(MARK, text_content(mark).strip())
    element.tag, element.text = "ol", None
    element[:] = texts
