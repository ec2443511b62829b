"""Convert an element tree to paragraphs, lists, tables and headings in one iterative pass.

It knows the elements of HTML and the elements that trafilatura makes of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.code_marks import inline_code
from index.ingest.parsing.normalize import clean_line
from index.ingest.parsing.safe_xml import local_name, text_content
from index.ingest.readers.html.cleanup.list_numbers import item_key
from index.ingest.readers.html.cleanup.numbered_paragraphs import MARK
from index.ingest.readers.html.elements import is_hidden

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
_HEADINGS = {*_HEADING_LEVELS, "head"}  # trafilatura writes <head rend="h2">
_ITEMS = {"li", "item"}
_TERMS = {"dt", "dd"}
_LISTS = {"ul", "ol", "dl", "list", "table"}
_INDENTED = {"ul", "ol", "list"}  # inside one another
_ROWS = {"tr", "row"}
_CELLS = {"td", "th", "cell"}
_LINE_BREAKS = {"br", "lb"}
_INLINE_CODE = {"code", "tt", "samp"}
_SKIPPED = frozenset(
    "script style noscript template nav button select option textarea iframe object embed audio"
    " video canvas svg math input rp rt title comment graphic".split()
)
_CONTAINERS = frozenset(
    "p div section article main body header footer aside address blockquote quote pre figure"
    " figcaption caption details summary fieldset hr center doc html".split()
)
_BLOCKS = _CONTAINERS | _HEADINGS | _ITEMS | _TERMS | _LISTS | _ROWS
_SPACES = re.compile(r"[^\S\u2028]+")
_SPACES_IN_CODE = str.maketrans({"\u00a0": " ", "\u200b": ""})  # for how lines are broken
_SEVERAL_SPACES = re.compile(" {2,}")  # where elements meet
_BREAK = "\u2028"  # stands for <br> until the paragraph ends; in HTML itself it is only a space
_SOFT_HYPHEN = "\u00ad"
_PARAGRAPH_BREAK = re.compile(rf"{_BREAK}\s*{_BREAK}[{_BREAK}\s]*")


def write_blocks(
    tree: "_Element",
    builder: DocumentBuilder,
    title: str | None = None,
    anchors: Mapping[str, str] = MappingProxyType({}),
    languages: Mapping[str, str] = MappingProxyType({}),
    marks: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Add the visible text of ``tree`` to a document, in document order.

    A first heading equal to ``title`` is the article's title, not a section. ``anchors`` maps the
    text of headings to their ids, ``languages`` that of code, without white space, to the names of
    its language, ``marks`` that of list items to marks that are not 1., 2., 3. (``list_marks``).
    """
    from lxml import etree  # noqa: PLC0415 - only marked-up files need it

    walker = _HtmlWalker(builder, title, anchors, languages, marks)
    events = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in events:
        name = "pre" if _is_preformatted(element) else local_name(element)
        if event in {"start", "end"} and _is_skipped(element):
            if event == "start":
                events.skip_subtree()
        elif event == "start":
            walker.start(element, name)
        elif event == "end":
            walker.end(name)
        if event != "start" and element is not tree:
            walker.add_text(element.tail)
    walker.end_paragraph()
    builder.end_list()


@dataclass(slots=True)
class _HtmlWalker:
    """Tracks the open elements: the paragraph's text, the item's mark, the row's cells."""

    builder: DocumentBuilder
    title: str | None
    anchors: Mapping[str, str]
    languages: Mapping[str, str]
    marks: Mapping[str, str]
    text: list[str] = field(default_factory=list)
    mark: str | None = None
    cells: list[str] = field(default_factory=list)
    cell_depth: int = 0
    counters: list[int | None] = field(default_factory=list)  # of open lists; None if unordered
    depth: int = 0  # of open lists with items
    pre_depth: int = 0
    code_start: int | None = None  # where the open inline code begins in the text
    level: int | None = None  # of the last heading
    is_plain: bool = False  # in a heading, which is compared with others

    def start(self, element: "_Element", name: str) -> None:
        """Open an element."""
        if name in _LINE_BREAKS:
            self.text.append("\n" if self.pre_depth else _BREAK)
        elif name in _BLOCKS:
            self.end_paragraph()
        if name in _HEADINGS:
            self.level = _HEADING_LEVELS.get(element.get("rend") or name)
        if name in _LISTS:
            self._open_list(element, name)
        elif name in _ITEMS | _TERMS:
            self.mark = "" if _is_term(element, name) else self._next_mark(element)
        elif name in _ROWS and not self.cell_depth:
            self.cells = []
        elif name in _CELLS:
            self.cell_depth += 1
        else:
            self._open_text(name)
        self.add_text(element.text)

    def _open_text(self, name: str) -> None:
        """Open preformatted text, inline code or a heading."""
        if name == "pre":
            self.pre_depth += 1
        elif name in _INLINE_CODE and not (self.is_plain or self.cell_depth):
            self.code_start = len(self.text)
        elif name in _HEADINGS:
            self.is_plain = True

    def end(self, name: str) -> None:
        """Close an element."""
        if name in _BLOCKS:
            self.end_paragraph(is_heading=name in _HEADINGS)
        if name in _LISTS:
            self._close_list(name)
        elif name in _ITEMS | _TERMS:
            self.mark = None
        elif name in _ROWS and not self.cell_depth:
            cells, self.cells = self.cells, []
            self.builder.add_table_row(cells)
        elif name in _CELLS:
            self._close_cell()
        elif name == "pre":
            self.pre_depth -= 1
        elif name in _INLINE_CODE:
            self._end_code()

    def add_text(self, text: str | None) -> None:
        """Add text to the open paragraph."""
        if text and self.pre_depth:
            text = text.translate(_SPACES_IN_CODE)
        elif text:
            text = _SPACES.sub(" ", text.replace(_BREAK, " "))
        self.text.append((text or "").replace(_SOFT_HYPHEN, ""))

    def _end_code(self) -> None:
        """Put inline code between backticks, as in Markdown, unless it has some."""
        start, self.code_start = self.code_start, None
        if start is None or self.pre_depth:
            return
        code = inline_code("".join(self.text[start:]))
        while start and not self.text[start - 1]:
            start -= 1
        before = self.text[start - 1] if start else ""
        if before[-1:] == code[:1] == "`":  # a name in parts, as Sphinx writes it
            start, code = start - 1, before[:-1] + code[1:]
        self.text[start:] = [code]

    def end_paragraph(self, *, is_heading: bool = False) -> None:
        """Add the open paragraph, list item or heading to the document."""
        if self.cell_depth:
            self.text.append(" ")
            return
        text, self.text, self.code_start = "".join(self.text), [], None
        self.is_plain = self.is_plain and not is_heading
        if is_heading:
            self._add_heading(clean_line(text), self.level)
        elif self.pre_depth:
            self.builder.add_code(text, self.languages.get("".join(text.split()), ""))
        else:
            for paragraph in _PARAGRAPH_BREAK.split(_SEVERAL_SPACES.sub(" ", text)):
                self._add_paragraph(paragraph.replace(_BREAK, "\n"))

    def _add_heading(self, line: str, level: int | None) -> None:
        if self.title and line == self.title and not self.builder.blocks:
            self.builder.set_title(line)
        else:
            self.builder.add_heading(line, self.anchors.get(line), level)

    def _add_paragraph(self, text: str) -> None:
        if not text.strip():
            return
        if self.mark is None:
            self.builder.add_paragraph(text)
        else:
            depth = max(0, self.depth - 1) if self.mark else 0
            self.builder.add_list_item(text, self.mark, depth)
            self.mark = None

    def _open_list(self, element: "_Element", name: str) -> None:
        is_ordered = name == "ol" or element.get("rend") == "ol"
        self.counters.append(1 if is_ordered else None)
        self.depth += name in _INDENTED
        if len(self.counters) == 1:
            self.builder.end_list()

    def _close_list(self, name: str) -> None:
        self.counters[-1:] = []
        self.depth -= name in _INDENTED
        if not self.counters:
            self.builder.end_list()

    def _next_mark(self, element: "_Element") -> str:
        count = self.counters[-1] if self.counters else None
        if count is None:
            return "- "
        self.counters[-1] = count + 1
        if mark := element.get(MARK):
            return f"{mark} "
        return (self.marks and self.marks.get(item_key(element))) or f"{count}. "

    def _close_cell(self) -> None:
        self.cell_depth -= 1
        if self.cell_depth == 0:
            text, self.text = "".join(self.text), []
            self.cells.append(text.replace(_BREAK, " "))


def _is_term(element: "_Element", name: str) -> bool:
    """Return whether this is a term or a definition: dt, dd, or what trafilatura makes of them."""
    return name in _TERMS or (element.get("rend") or "").startswith(("dt-", "dd-"))


def _is_preformatted(element: "_Element") -> bool:
    """Return whether to keep line breaks: in <pre>, and in <code> that trafilatura made of it."""
    name = local_name(element)
    parent = element.getparent()
    if name != "code" or parent is None or local_name(parent) not in {"body", "quote", "code"}:
        return name == "pre"
    return "\n" in text_content(element) or _is_alone(element, parent)


def _is_alone(element: "_Element", parent: "_Element") -> bool:
    """Return whether no text stands beside an element."""
    previous = element.getprevious()
    before = parent.text if previous is None else previous.tail
    is_inside_code = local_name(parent) == "code"
    return not is_inside_code and not (before or "").strip() and not (element.tail or "").strip()


def _is_skipped(element: "_Element") -> bool:
    name = local_name(element)
    if name in _SKIPPED or (name == "head" and element.find("{*}title") is not None):
        return True
    # A superscript link leads to a note; its number does not belong to the sentence.
    is_reference = name == "sup" and any(local_name(child) in {"a", "ref"} for child in element)
    return is_reference or is_hidden(element)
