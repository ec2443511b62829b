"""Put the label of each tab on a page above its content.

Documentation shows the same step for several systems in tabs; without their labels nobody could
tell them apart. Material for MkDocs, Docusaurus and other sites with ARIA roles, and Sphinx.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_GROUPS = 500
_MAX_LABEL_CHARS = 80
_HIDING = ("hidden", "aria-hidden", "style")  # of the tabs that a click would show
_GROUPS = (  # the labels below a list of them, and the panels beside the list
    ("//*[@role='tablist']", ".//*[@role='tab']", "..//*[@role='tabpanel']"),
    (
        "//*[contains(@class, 'tabbed-labels')]",
        "./label",
        "..//*[contains(@class, 'tabbed-block')]",
    ),
    (
        "//*[contains(@class, 'sd-tab-set')]",
        "./label",
        "./*[contains(@class, 'sd-tab-content')]",
    ),
)


def label_tabs(tree: "HtmlElement") -> None:
    """Move the labels of tabs into their panels, if there are as many."""
    for listed, labels, panels in _GROUPS:
        for group in islice(_elements(tree, listed), _MAX_GROUPS):
            _label(list(_elements(group, labels)), list(_elements(group, panels)))


def _elements(element: "HtmlElement", path: str) -> "Iterator[HtmlElement]":
    yield from element.xpath(path)


def _label(labels: "list[HtmlElement]", panels: "list[HtmlElement]") -> None:
    if len(labels) != len(panels):
        return
    for label, panel in zip(labels, panels, strict=True):
        text = " ".join(text_content(label).split())
        if text and len(text) <= _MAX_LABEL_CHARS:
            paragraph = panel.makeelement("p", {})
            paragraph.text, panel.text, paragraph.tail = f"{text}:", None, panel.text
            panel.insert(0, paragraph)
            for name in _HIDING:
                panel.attrib.pop(name, None)
        label.drop_tree()
