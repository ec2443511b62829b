"""Read OpenDocument texts (LibreOffice, OpenOffice) as they look with all changes accepted.

Headers, footers, comments, deleted text and tables of contents are left out; notes follow the text.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.code_marks import inline_code
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import author_names, clean_line, clean_value, language_code
from index.ingest.parsing.safe_xml import local_name, parse_xml, text_content, visible_chars
from index.ingest.parsing.safe_zip import open_archive, read_part
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.readers.mathml import mathml_text
from index.ingest.readers.odt.styles import TEXT, OdtCounters, OdtStyles, to_int

if TYPE_CHECKING:
    from lxml.etree import _Element

_EXPECTED = "expected an OpenDocument text (.odt): open it in LibreOffice and save it again"
_LINK = "{http://www.w3.org/1999/xlink}href"
_SKIPPED = set(
    "tracked-changes table-of-content alphabetical-index illustration-index table-index annotation"
    " annotation-end soft-page-break ruby-text bookmark-start title desc object script forms"
    " sequence-decls change change-start change-end hidden-text note-citation".split()
)
_CHARACTERS = {"tab": " ", "line-break": "\n"}
_MAX_SPACES = 100
_MAX_COLUMNS = 50
_BYLINE_STYLES = {"author", "date"}  # pandoc's
_CODE = "code"  # instead of a vertical position
_SPACES = re.compile(r"[ \t\r\n]+")  # those that count are elements of their own
_RAISED = re.compile(r"super|(?!0)\d+(?:\.\d+)?%")
_LOWERED = re.compile(r"sub|-\d+(?:\.\d+)?%")


def read_odt(data: bytes) -> ParsedDocument:
    """Parse an OpenDocument text.

    Raises ReadError for other files, encrypted documents and zip bombs.
    """
    archive = open_archive(data, "an OpenDocument text")
    with guard_parser("an OpenDocument text", _EXPECTED), archive:
        if b"encryption-data" in (read_part(archive, "META-INF/manifest.xml") or b""):
            raise ReadError("encrypted with a password; save it without one")
        content = _parse_part(archive, "content.xml")
        if content is None:
            raise ReadError(f"the archive has no 'content.xml'; {_EXPECTED}")
        body = next(content.iter("{*}text"), None)
        if body is None:
            raise ReadError(f"the document holds no text but a table or a drawing; {_EXPECTED}")
        styles = OdtStyles.parse(content, _parse_part(archive, "styles.xml"))
        styles = styles.without_code_fonts(body)
        walker = _OdtWalker(styles, OdtCounters(styles), archive)
        walker.walk(body)
        walker.add_notes()
        meta = _parse_part(archive, "meta.xml")
        document = walker.builder.build(*_metadata(meta, walker.title))
        return replace(document, file_chars=visible_chars(body))


@dataclass(slots=True)
class _OdtWalker:
    """Walks the elements of a text and adds its blocks to the builder; collects its notes."""

    styles: OdtStyles
    counters: OdtCounters
    archive: zipfile.ZipFile
    builder: DocumentBuilder = field(default_factory=lambda: DocumentBuilder(joins_parts=True))
    notes: "list[_Element]" = field(default_factory=list)
    title: str | None = None
    code: list[str] = field(default_factory=list)  # lines that are one block
    mark: str | None = None  # of the item that begins
    depth: int = 0  # of open lists

    def walk(self, parent: "_Element") -> None:
        """Add the blocks in an element, joined where lines of code follow each other."""
        for element in parent.iterchildren("*"):
            if self._is_code(element):
                self.code.append(self.text(element))
            else:
                self._end_code()
                self._walk_block(element)
        self._end_code()

    def add_notes(self) -> None:
        """Add the notes below the text; in its sentences only their numbers stood."""
        self.builder.leave_sections()
        for body in self.notes:
            self.walk(body)

    def _walk_block(self, element: "_Element") -> None:
        name = local_name(element)
        if name in _SKIPPED or element.get(f"{TEXT}display") == "none" or _is_hidden(element):
            return
        if name in {"p", "h"}:
            self._add_paragraph(element, name)
            for box in _text_boxes(element):
                self.walk(box)
        elif name == "list":
            self._walk_list(element, "")
        elif name == "table":
            self._add_table(element)
        else:
            self.walk(element)

    def _add_paragraph(self, element: "_Element", name: str) -> None:
        text = self.text(element, marks_code=name == "p").strip()
        if not text:
            return
        styles = self.styles.names(element.get(f"{TEXT}style-name"))
        if name == "h":
            level = to_int(element.get(f"{TEXT}outline-level"), 1)
            self.builder.add_heading(self.counters.heading_mark(level) + text, level=level)
        elif "title" in styles and not _BYLINE_STYLES.intersection(styles):
            self._add_title(text)
        elif self.mark is not None:
            self.builder.add_list_item(text, self.mark, max(0, self.depth - 1))
            self.mark = None
        else:
            self.builder.add_paragraph(text)

    def _add_title(self, text: str) -> None:
        if self.title is None and not self.builder.blocks:
            self.title = clean_line(text)
            self.builder.set_title(text)
        else:
            self.builder.add_heading(text)

    def _walk_list(self, element: "_Element", around: str) -> None:
        """Add the items of a list; without a style of its own it has that of the list around."""
        style = element.get(f"{TEXT}style-name") or around
        continues = element.get(f"{TEXT}continue-numbering") == "true"
        if not continues and element.get(f"{TEXT}continue-list") is None:
            self.counters.start_list(style, self.depth + 1)
            self._end_list()
        self.depth += 1
        for item in element.iterchildren(f"{TEXT}list-item", f"{TEXT}list-header"):
            self._walk_item(item, style)
        self.depth -= 1

    def _end_list(self) -> None:
        if self.depth == 0:
            self.builder.end_list()

    def _walk_item(self, item: "_Element", style: str) -> None:
        """Add an item: its first paragraph has the mark, unless it holds just another list."""
        children = [child for child in item.iterchildren("*") if local_name(child) != "number"]
        opens_text = bool(children) and local_name(children[0]) == "p"
        if opens_text and local_name(item) == "list-item":
            start = item.get(f"{TEXT}start-value")
            self.mark = self.counters.next_mark(style, self.depth, start)
        for child in children:
            if local_name(child) == "list":
                self._end_code()
                self._walk_list(child, style)
            elif self._is_code(child) and self.mark is None:
                self.code.append(self.text(child))
            else:
                self._end_code()
                self._walk_block(child)
        self._end_code()
        self.mark = None

    def _add_table(self, table: "_Element") -> None:
        """Add a table row by row; a table inside a cell is text of that cell."""
        rows = [row for row in table.iter("{*}table-row") if _table_of(row) is table]
        cells = [[*_cells(row)] for row in rows]
        if len(cells) == 1 and len(cells[0]) == 1:  # a frame around text
            self.walk(cells[0][0])
            return
        self.builder.end_list()
        for row in cells:
            self.builder.add_table_row([*map(self._cell, row)])
        self.builder.end_list()

    def _cell(self, cell: "_Element") -> str:
        if local_name(cell) == "covered-table-cell":
            return ""
        return " ".join(filter(None, map(self.text, cell.iter(f"{TEXT}p", f"{TEXT}h"))))

    def _is_code(self, element: "_Element") -> bool:
        if local_name(element) != "p":
            return False
        return self.styles.is_code_block(element.get(f"{TEXT}style-name"))

    def _end_code(self) -> None:
        lines, self.code = self.code, []
        if lines:
            self.builder.add_code("\n".join(lines))

    def text(self, element: "_Element", *, marks_code: bool = False) -> str:
        """Return the visible text of a paragraph, without text boxes.

        With ``marks_code``, inline code stands between backticks.
        """
        written = ""
        for position, pieces in groupby(self._pieces(element, ""), key=lambda piece: piece[0]):
            text = "".join(piece for _, piece in pieces)
            if _RAISED.match(position):
                written = append_superscript(written, text)
            elif _LOWERED.match(position):
                written = append_subscript(written, text)
            elif position == _CODE and marks_code:
                written += inline_code(text)
            else:
                written += text
        return written

    def _pieces(self, element: "_Element", position: str) -> Iterator[tuple[str, str]]:
        """Yield the texts in an element, each with its vertical position."""
        yield position, _SPACES.sub(" ", element.text or "")
        for child in element:
            name = local_name(child)
            if name == "s":
                count = child.get(f"{TEXT}c") or "1"
                yield position, " " * min(int(count) if count.isdecimal() else 1, _MAX_SPACES)
            elif name in _CHARACTERS:
                yield position, _CHARACTERS[name]
            elif name == "note":
                self.notes += child.iterchildren(f"{TEXT}note-body")
            elif name == "frame":
                yield position, self._formula(child)
            elif name and name not in _SKIPPED and not self._is_struck(child):
                style = child.get(f"{TEXT}style-name") if name == "span" else None
                own = self.styles.position(style) or _CODE * self.styles.is_code(style)
                yield from self._pieces(child, own or position)
            yield position, _SPACES.sub(" ", child.tail or "")

    def _is_struck(self, element: "_Element") -> bool:
        style = element.get(f"{TEXT}style-name") if local_name(element) == "span" else None
        return self.styles.is_struck(style)

    def _formula(self, frame: "_Element") -> str:
        """Return the formula in a frame; it is a document of its own in the archive."""
        inner = next(frame.iter("{*}object"), None)
        name = "" if inner is None else inner.get(_LINK, "").removeprefix("./").rstrip("/")
        formula = _parse_part(self.archive, f"{name}/content.xml") if name else None
        if formula is None or local_name(formula) != "math":
            return ""
        return mathml_text(formula)


def _is_hidden(element: "_Element") -> bool:
    """Return whether a paragraph is hidden by a field in it."""
    mark = element.find(f"{TEXT}hidden-paragraph")
    return mark is not None and mark.get(f"{TEXT}is-hidden") == "true"


def _text_boxes(element: "_Element") -> Iterator["_Element"]:
    for box in element.iter("{*}text-box"):
        if next(box.iterancestors("{*}p", "{*}h"), None) is element:
            yield box


def _table_of(row: "_Element") -> "_Element":
    return next(row.iterancestors("{*}table"))


def _cells(row: "_Element") -> Iterator["_Element"]:
    """Yield the cells of a row, those that others cover included, without empty ones at its end."""
    cells = [*row.iterchildren("{*}table-cell", "{*}covered-table-cell")][:_MAX_COLUMNS]
    while cells and not visible_chars(cells[-1]):
        cells.pop()
    yield from cells


def _parse_part(archive: zipfile.ZipFile, name: str) -> "_Element | None":
    source = read_part(archive, name)
    return None if source is None else parse_xml(source)


def _metadata(
    meta: "_Element | None", visible_title: str | None
) -> tuple[ParsedMetadata, ParsedMetadata]:
    """Return the metadata of the text, and of the file: who created it, and when."""
    values: dict[str, str] = {}
    for element in () if meta is None else meta.iter("*"):
        if text := clean_value(text_content(element)):
            values.setdefault(local_name(element), text)
    dates = (values.get("creation-date"), values.get("date"))
    content_metadata = ParsedMetadata(
        title=clean_value(visible_title) or values.get("title"),
        language=language_code(values.get("language")),
    )
    file_metadata = ParsedMetadata(
        author=author_names(values.get("initial-creator") or values.get("creator")),
        published=next(filter(None, (iso_date(date) for date in dates if date)), None),
    )
    return content_metadata, file_metadata
