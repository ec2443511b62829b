"""A tree of marked-up text to paragraphs, lists, tables and headings, in one flat pass.

It knows the elements of HTML and those that trafilatura makes of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.normalize import clean_line
from index.ingest.parsing.safe_xml import local_name, text_content

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "head"}
_ITEMS = {"li", "item"}
_TERMS = {"dt", "dd"}
_LISTS = {"ul", "ol", "dl", "list", "table"}
_CELLS = {"td", "th", "cell"}
_UNREAD = (
    "script style noscript template nav button select option textarea iframe object embed audio"
    " video canvas svg math input rp rt title comment graphic"
)
_SKIPPED = set(_UNREAD.split())
_CONTAINERS = (
    "p div section article main body header footer aside address blockquote quote pre figure"
    " figcaption caption details summary fieldset hr center tr row doc html"
)
_BLOCKS = {*_CONTAINERS.split(), *_HEADINGS, *_ITEMS, *_TERMS, *_LISTS}
_BREAKS = {"br", "lb"}
_SPACES = re.compile(r"[^\S\u2028]+")
_BREAK = "\u2028"  # stands for <br> until the paragraph is whole; HTML takes its own for a space
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


@dataclass(slots=True)
class _Walk:
    """What is open: the words of a paragraph, the item's mark, the row's cells, counters."""

    builder: DocumentBuilder
    title: str | None
    anchors: Mapping[str, str]
    words: list[str] = field(default_factory=list)
    mark: str | None = None
    cells: list[str] | None = None
    in_cell: int = 0
    counters: list[int | None] = field(default_factory=list)
    verbatim: int = 0

    def say(self, text: str | None) -> None:
        """Words of the open paragraph."""
        if text:
            self.words.append(
                text if self.verbatim else _SPACES.sub(" ", text.replace(_BREAK, " "))
            )

    def flush(self, heading: bool = False) -> None:
        """The end of a paragraph, be it an item's or a heading's."""
        if self.in_cell:
            self.words.append(" ")
            return
        text, self.words = "".join(self.words), []
        if heading:
            self._heading(text)
            return
        if self.verbatim:
            self.builder.add_code(text)
            return
        for paragraph in re.split(rf"{_BREAK}\s*{_BREAK}[{_BREAK}\s]*", text):
            self._paragraph(paragraph.replace(_BREAK, "\n"))

    def _heading(self, text: str) -> None:
        line = clean_line(text)
        if self.title and line == self.title and not self.builder.blocks:
            self.builder.set_title(line)
        else:
            self.builder.add_heading(line, self.anchors.get(line))

    def _paragraph(self, text: str) -> None:
        if self.mark is not None and text.strip():
            self.builder.add_list_item(text, self.mark)
            self.mark = None
        elif text.strip():
            self.builder.add_paragraph(text)


def write_blocks(
    tree: "_Element",
    builder: DocumentBuilder,
    title: str | None = None,
    anchors: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write what a reader of the page would read, in the order it stands there.

    A first heading equal to ``title`` is the article's title, not a section. ``anchors`` are the
    ids of headings, by their words.
    """
    from lxml import etree  # noqa: PLC0415 - only marked-up files need it

    walk = _Walk(builder, title, anchors)
    events = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in events:
        name = local_name(element)
        if event == "start":
            if _is_skipped(element, name):
                events.skip_subtree()
            else:
                _start(walk, element, "pre" if _is_verbatim(element, name) else name)
        elif event == "end" and not _is_skipped(element, name):
            _end(walk, "pre" if _is_verbatim(element, name) else name)
        if event != "start" and element is not tree:
            walk.say(element.tail)
    walk.flush()
    builder.end_list()


def _is_verbatim(element: "_Element", name: str) -> bool:
    """Whether its lines are to be kept: <pre>, and what trafilatura calls code over several."""
    if name != "code" or "\n" not in text_content(element):
        return name == "pre"
    parent = element.getparent()
    return parent is not None and local_name(parent) in {"body", "quote", "code"}


def _is_skipped(element: "_Element", name: str) -> bool:
    if name in _SKIPPED or (name == "head" and element.find("{*}title") is not None):
        return True
    return (name == "sup" and _is_reference(element)) or _is_hidden(element)


def _is_reference(sup: "_Element") -> bool:
    """Whether a superscript is a link to a note: its number is no word of the sentence."""
    return any(local_name(child) in {"a", "ref"} for child in sup)


def _is_hidden(element: "_Element") -> bool:
    attributes = element.attrib
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return _HIDDEN.search(attributes.get("style") or "") is not None


def _start(walk: _Walk, element: "_Element", name: str) -> None:
    if name in _BREAKS:
        walk.words.append("\n" if walk.verbatim else _BREAK)
    elif name in _BLOCKS:
        walk.flush()
    if opens := _OPENING.get(name):
        opens(walk, element)
    walk.say(element.text)


def _end(walk: _Walk, name: str) -> None:
    if name in _HEADINGS:
        walk.flush(heading=True)
    elif name in _BLOCKS:
        walk.flush()
    if closes := _CLOSING.get(name):
        closes(walk)


def _open_list(walk: _Walk, element: "_Element") -> None:
    ordered = local_name(element) == "ol" or element.get("rend") == "ol"
    start = element.get("start") or "1"
    walk.counters.append(int(start) if ordered and re.fullmatch(r"\d{1,6}", start) else None)
    if len(walk.counters) == 1:
        walk.builder.end_list()


def _close_list(walk: _Walk) -> None:
    walk.counters[-1:] = []
    if not walk.counters:
        walk.builder.end_list()


def _open_item(walk: _Walk, _element: "_Element") -> None:
    count = walk.counters[-1] if walk.counters else None
    walk.mark = "- " if count is None else f"{count}. "
    if count is not None:
        walk.counters[-1] = count + 1


def _close_item(walk: _Walk) -> None:
    walk.mark = None


def _open_term(walk: _Walk, _element: "_Element") -> None:
    walk.mark = ""


def _open_row(walk: _Walk, _element: "_Element") -> None:
    if not walk.in_cell:
        walk.cells = []


def _close_row(walk: _Walk) -> None:
    if walk.cells is not None and not walk.in_cell:
        walk.builder.add_table_row(walk.cells)
        walk.cells = None


def _open_cell(walk: _Walk, _element: "_Element") -> None:
    walk.in_cell += 1


def _close_cell(walk: _Walk) -> None:
    walk.in_cell -= 1
    if walk.in_cell == 0:
        text, walk.words = "".join(walk.words), []
        walk.cells = [*(walk.cells or []), text.replace(_BREAK, " ")]


def _open_verbatim(walk: _Walk, _element: "_Element") -> None:
    walk.verbatim += 1


def _close_verbatim(walk: _Walk) -> None:
    walk.verbatim -= 1


def _each(names: set[str], do: Callable[..., None]) -> Iterator[tuple[str, Callable[..., None]]]:
    return ((name, do) for name in names)


_OPENING = dict(
    [
        *_each(_LISTS, _open_list),
        *_each(_ITEMS, _open_item),
        *_each(_TERMS, _open_term),
        *_each({"tr", "row"}, _open_row),
        *_each(_CELLS, _open_cell),
        *_each({"pre"}, _open_verbatim),
    ]
)
_CLOSING = dict(
    [
        *_each(_LISTS, _close_list),
        *_each(_ITEMS | _TERMS, _close_item),
        *_each({"tr", "row"}, _close_row),
        *_each(_CELLS, _close_cell),
        *_each({"pre"}, _close_verbatim),
    ]
)
