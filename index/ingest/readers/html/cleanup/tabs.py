"""Put the label of each tab on a page above its content.

Documentation shows the same step for several systems in tabs; without their labels nobody could
tell them apart. Material for MkDocs, Docusaurus and other sites with ARIA roles, Sphinx, Fandom.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_GROUPS = 500
_MAX_LABEL_CHARS = 80
_HIDING = ("hidden", "aria-hidden", "style")  # of the tabs that a click would show
_LABELS_AND_PANELS = {  # the labels below a list of them, and the panels beside the list
    "tablist": (".//*[@role='tab']", "..//*[@role='tabpanel']"),
    "tabbed-labels": ("./label", "..//*[contains(@class, 'tabbed-block')]"),
    "wds-tabber": ("./div/ul/li", "./div[contains(@class, 'wds-tab__content')]"),
    "sd-tab-set": ("./label", "./*[contains(@class, 'sd-tab-content')]"),
}
_GROUP = re.compile("|".join(_LABELS_AND_PANELS))


def label_tabs(tree: "HtmlElement") -> None:
    """Move the labels of tabs into their panels, if there are as many."""
    for group, kind in islice([*_groups(tree)], _MAX_GROUPS):
        labels, panels = _LABELS_AND_PANELS[kind]
        _label(list(_elements(group, labels)), list(_elements(group, panels)))


def _groups(tree: "HtmlElement") -> "Iterator[tuple[HtmlElement, str]]":
    """Yield the lists of tabs, by role or class, without XPath, which takes longer for classes."""
    for element in tree.iter():
        role, names = element.get("role"), element.get("class")
        if (role or names) and (kind := _GROUP.search(f"{role} {names}")):
            yield element, kind[0]


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
