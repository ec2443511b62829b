"""Open the collapsed parts of a page: what a click shows is content like any other."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.elements import HEADING_TAGS, is_hidden

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_STYLE = re.compile(r"(?:display|visibility|height|max-height|overflow)\s*:[^;]*;?", re.IGNORECASE)
_HIDDEN_CLASS = re.compile(
    r"(?:^|(?<=\s))(?:\S*hidden|hide|collapse|collapsed)(?=\s|$)", re.IGNORECASE
)
_TOGGLE_NAME = re.compile(r"accordion|toggle|faq|collaps|expand|question|akkordeon", re.IGNORECASE)
_TOGGLE_TAGS = ("button", "summary", "h2", "h3", "h4", "h5", "h6", "dt")
_TARGETS = ("aria-controls", "data-target", "data-bs-target", "href")
_DIALOG = re.compile(
    r"modal|dialog|popup|overlay|cookie|consent|menu|nav|tooltip|newsletter|login|search|share"
    r"|lightbox|comment",
    re.IGNORECASE,
)
_MIN_PANEL_CHARS = 20
_MAX_HIDDEN_SHARE = 0.3
_MAX_LINKED_SHARE = 0.4
_MAX_QUESTION_CHARS = 250
_MAX_PANELS = 1_000


def open_collapsed(tree: "HtmlElement") -> None:
    """Show the panels of accordions in ``tree``, and make their buttons headings."""
    for questions in [*tree.iter("dl")]:
        _open_list_of_questions(questions)
    for question in [*_questions(tree)]:
        _make_heading(question)
    hidden = [element for element in tree.iter("div", "section", "dd", "p") if is_hidden(element)]
    controlled = {
        target for each in (tree.iter("*") if hidden else ()) for target in _targets(each)
    }
    for panel in hidden[:_MAX_PANELS]:
        if (_follows_toggle(panel) or panel.get("id") in controlled) and _is_content(panel):
            _show(panel)
            _make_headings(panel.getprevious())
        elif "hidden" in panel.attrib and panel.getparent() is not None and _is_small(panel, tree):
            panel.drop_tree()


def _targets(element: "HtmlElement") -> list[str]:
    """Return the ids of the elements that a click on this one shows."""
    if not (element.get("aria-expanded") or element.get("data-toggle") or element.tag == "button"):
        return []
    values = (element.get(name) or "" for name in _TARGETS)
    return [value.removeprefix("#") for value in values if value]


def _follows_toggle(panel: "HtmlElement") -> bool:
    """Return whether a click on the element right before a panel shows the panel."""
    before = panel.getprevious()
    if before is None or not isinstance(before.tag, str):
        return False
    if next(before.iter(*_TOGGLE_TAGS), None) is not None:
        return True
    names = f"{before.get('class') or ''} {before.get('id') or ''}"
    has_role = before.get("aria-expanded") or before.get("role") == "button"
    return bool(has_role or _TOGGLE_NAME.search(names))


def _is_small(panel: "HtmlElement", tree: "HtmlElement") -> bool:
    """Return whether a hidden element holds little of the page's text: some scripts show it all."""
    return len(text_content(panel)) < _MAX_HIDDEN_SHARE * len(text_content(tree.find("body")))


def _is_content(panel: "HtmlElement") -> bool:
    names = f"{panel.get('class') or ''} {panel.get('id') or ''} {panel.get('role') or ''}"
    text = " ".join(text_content(panel).split())
    if len(text) < _MIN_PANEL_CHARS or _DIALOG.search(names):
        return False
    if next(panel.iter("form", "input", "iframe"), None) is not None:
        return False
    linked = sum(len(" ".join(text_content(link).split())) for link in panel.iter("a"))
    return linked <= _MAX_LINKED_SHARE * len(text)


def _show(panel: "HtmlElement") -> None:
    for name in ("hidden", "aria-hidden"):
        panel.attrib.pop(name, None)
    panel.set("style", _STYLE.sub("", panel.get("style") or ""))
    panel.set("class", _HIDDEN_CLASS.sub("", panel.get("class") or "").strip())


def _make_headings(toggle: "HtmlElement | None") -> None:
    """Make a toggle, or the buttons in it, headings; in a heading only their text stays."""
    if toggle is None:
        return
    for button in [*toggle.iter("button")]:
        ancestors = (ancestor.tag for ancestor in button.iterancestors())
        if any(tag in _TOGGLE_TAGS for tag in ancestors):
            button.drop_tag()
        else:
            _make_heading(button)
    if next(toggle.iter(*_TOGGLE_TAGS), None) is None:
        _make_heading(toggle)


def _questions(tree: "HtmlElement") -> "Iterator[HtmlElement]":
    """Yield the questions that no heading marks: of <details>, of tabs in CSS, of microdata."""
    yield from tree.iter("summary")
    for label in tree.iter("label"):
        before, panel = label.getprevious(), label.getnext()
        is_switch = before is not None and before.get("type") in {"checkbox", "radio"}
        if is_switch and panel is not None and len(text_content(panel)) >= _MIN_PANEL_CHARS:
            yield label
    for part in tree.iter("div", "section", "article", "li"):
        if "schema.org/Question" in (part.get("itemtype") or ""):
            yield from (child for child in part if child.get("itemprop") == "name")


def _open_list_of_questions(element: "HtmlElement") -> None:
    """Make the terms of a <dl> headings if they are questions or buttons."""
    terms = [*element.iter("dt")]
    if not terms or not all(map(_is_question, terms)):
        return
    element.tag = "div"
    for answer in element.iter("dd"):
        answer.tag = "div"
    for term in terms:
        term.tag = "h3"


def _is_question(term: "HtmlElement") -> bool:
    text = text_content(term).strip()
    is_short = len(text) <= _MAX_QUESTION_CHARS
    return is_short and (text.endswith(("?", "？", "؟")) or term.find("button") is not None)


def _make_heading(element: "HtmlElement") -> None:
    """Make a short element a heading, unless it is in one or holds one."""
    if len(" ".join(text_content(element).split())) > _MAX_QUESTION_CHARS:
        return
    around = {ancestor.tag for ancestor in element.iterancestors()}
    if next(element.iter(*HEADING_TAGS), None) is None and around.isdisjoint(HEADING_TAGS):
        element.tag = "h3"
