"""Read OpenDocument texts (LibreOffice, OpenOffice) as they look with all changes accepted.

The text is written as Markdown and read like it, so that an introduction keeps its list or table.
Headers, footers, comments, deleted text and tables of contents are left out; notes follow the text.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing import markdown_writer as markdown
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import author_names, clean_line, clean_value, language_code
from index.ingest.parsing.safe_xml import local_name, parse_xml, text_content, visible_chars
from index.ingest.parsing.safe_zip import open_archive, read_part
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.readers.mathml import mathml_text
from index.ingest.readers.written_markdown import read_with_notes

if TYPE_CHECKING:
    from lxml.etree import _Element

_EXPECTED = "expected an OpenDocument text (.odt): open it in LibreOffice and save it again"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_SKIPPED = set(
    "tracked-changes table-of-content alphabetical-index illustration-index table-index annotation"
    " annotation-end soft-page-break ruby-text bookmark-start title desc object script forms"
    " sequence-decls change change-start change-end hidden-text note-citation".split()
)
_CHARACTERS = {"tab": " ", "line-break": "\n"}
_MAX_SPACES = 100
_MAX_COLUMNS_REPEATED = 50
_MAX_STYLE_CHAIN = 20
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
        styles = _Styles.parse(content, _parse_part(archive, "styles.xml"))
        writer = _OdtWriter(styles, archive)
        blocks = writer.blocks(body)
        document = read_with_notes(blocks, writer.notes)
        meta = _metadata(_parse_part(archive, "meta.xml"))
        metadata = document.metadata.over(meta)
        return replace(document, metadata=metadata, file_chars=visible_chars(body))


@dataclass(frozen=True, slots=True)
class _Styles:
    """Styles by name, and list styles that number their items on the first level."""

    styles: "dict[str, _Element]"
    numbered: frozenset[str]

    @classmethod
    def parse(cls, *parts: "_Element | None") -> "_Styles":
        """Read the styles of both parts that have some; a document's own come first."""
        styles: dict[str, _Element] = {}
        numbered = set()
        for part in parts:
            if part is None:
                continue
            for style in part.iter(f"{_STYLE}style"):
                styles.setdefault(style.get(f"{_STYLE}name", ""), style)
            for style in part.iter(f"{_TEXT}list-style"):
                first = next(iter(style.iterchildren("*")), None)
                if first is not None and local_name(first) == "list-level-style-number":
                    numbered.add(style.get(f"{_STYLE}name", ""))
        return cls(styles, frozenset(numbered))

    def names(self, name: str | None) -> list[str]:
        """Return the name of a style and of those it is based on, in lower case."""
        names: list[str] = []
        while name in self.styles and len(names) < _MAX_STYLE_CHAIN:
            names.append(name.replace("_20_", " ").lower())
            name = self.styles[name].get(f"{_STYLE}parent-style-name")
        return [*names, *([name.replace("_20_", " ").lower()] if name else [])]

    def position(self, name: str | None) -> str:
        """Return the vertical position of a style's text, such as ``super 58%``; "" if plain."""
        key = f"{_STYLE}text-position"
        for _ in range(_MAX_STYLE_CHAIN):
            style = self.styles.get(name or "")
            if style is None:
                break
            properties = style.find(f"{_STYLE}text-properties")
            if properties is not None and (position := properties.get(key)):
                return position
            name = style.get(f"{_STYLE}parent-style-name")
        return ""


@dataclass(slots=True)
class _OdtWriter:
    """Writes the elements of a text as blocks of Markdown; collects its notes."""

    styles: _Styles
    archive: zipfile.ZipFile
    notes: list[str] = field(default_factory=list)
    has_title: bool = False
    counters: dict[str, int] = field(default_factory=dict)

    def blocks(self, parent: "_Element") -> list[str]:
        """Return the blocks in an element, joined where lines of code follow each other."""
        blocks: list[str] = []
        code: list[str] = []
        for element in parent.iterchildren("*"):
            if self._is_code(element):
                code.append(self.text(element))
                continue
            blocks += _code(code)
            code = []
            blocks += self._block(element)
        return [*blocks, *_code(code)]

    def _block(self, element: "_Element") -> list[str]:
        name = local_name(element)
        if name in _SKIPPED or element.get(f"{_TEXT}display") == "none" or _is_hidden(element):
            return []
        if name in {"p", "h"}:
            return [*self._paragraph(element, name), *self._text_boxes(element)]
        if name == "list":
            return self._list(element)
        if name == "table":
            return self._table(element)
        return self.blocks(element)

    def _paragraph(self, element: "_Element", name: str) -> list[str]:
        text = self.text(element).strip()
        if not text:
            return []
        styles = self.styles.names(element.get(f"{_TEXT}style-name"))
        if name == "p" and "title" in styles and not self.has_title:
            self.has_title = True
            return [markdown.heading(1, clean_line(text))]
        level = element.get(f"{_TEXT}outline-level") or "1"
        if name == "h":  # the first level is that of the title
            return [markdown.heading(1 + int(level[:2]) if level.isdecimal() else 2, text)]
        return [markdown.paragraph(text)]

    def _list(self, element: "_Element") -> list[str]:
        style = element.get(f"{_TEXT}style-name") or ""
        number = self._first_number(element, style)
        items = []
        for item in element.iterchildren(f"{_TEXT}list-item", f"{_TEXT}list-header"):
            blocks = self.blocks(item)
            if blocks and blocks[0].startswith("#"):  # a numbered heading is a list in a list
                return [block for each in element.iterchildren("*") for block in self.blocks(each)]
            mark = "-" if number is None else f"{number}."
            items += [markdown.list_item(mark, blocks)] if blocks else []
            number = None if number is None else number + 1
        if number is not None:
            self.counters[style] = number
        return [markdown.join_items(items)] if items else []

    def _first_number(self, element: "_Element", style: str) -> int | None:
        """Return the number of a list's first item; None for bullets."""
        if style not in self.styles.numbered:
            return None
        continues = element.get(f"{_TEXT}continue-numbering") == "true"
        return self.counters.get(style, 1) if continues else 1

    def _table(self, element: "_Element") -> list[str]:
        """Write a table; a table inside a cell is text of that cell."""
        rows = [
            [" ".join(self.blocks(cell)) for cell in row.iterchildren("{*}table-cell")]
            for row in element.iter("{*}table-row")
            if next(row.iterancestors("{*}table")) is element
        ]
        rows = [row[:_MAX_COLUMNS_REPEATED] for row in rows if any(cell.strip() for cell in row)]
        return [markdown.table(rows)] if rows else []

    def _text_boxes(self, element: "_Element") -> list[str]:
        boxes = (
            box
            for box in element.iter("{*}text-box")
            if next(box.iterancestors("{*}p", "{*}h"), None) is element
        )
        return [block for box in boxes for block in self.blocks(box)]

    def _is_code(self, element: "_Element") -> bool:
        if local_name(element) != "p":
            return False
        return "preformatted text" in self.styles.names(element.get(f"{_TEXT}style-name"))

    def text(self, element: "_Element") -> str:
        """Return the visible text of a paragraph, without text boxes."""
        written = ""
        for position, pieces in groupby(self._pieces(element, ""), key=lambda piece: piece[0]):
            text = "".join(piece for _, piece in pieces)
            if _RAISED.match(position):
                written = append_superscript(written, text)
            elif _LOWERED.match(position):
                written = append_subscript(written, text)
            else:
                written += text
        return written

    def _pieces(self, element: "_Element", position: str) -> Iterator[tuple[str, str]]:
        """Yield the texts in an element, each with its vertical position."""
        yield position, _SPACES.sub(" ", element.text or "")
        for child in element:
            name = local_name(child)
            if name == "s":
                count = child.get(f"{_TEXT}c") or "1"
                yield position, " " * min(int(count) if count.isdecimal() else 1, _MAX_SPACES)
            elif name in _CHARACTERS:
                yield position, _CHARACTERS[name]
            elif name == "note":
                self._add_note(child)
            elif name == "frame":
                yield position, self._formula(child)
            elif name and name not in _SKIPPED:
                own = self.styles.position(child.get(f"{_TEXT}style-name"))
                yield from self._pieces(child, own or position)
            yield position, _SPACES.sub(" ", child.tail or "")

    def _formula(self, frame: "_Element") -> str:
        """Return the formula in a frame; it is a document of its own in the archive."""
        inner = next(frame.iter("{*}object"), None)
        name = "" if inner is None else inner.get(_LINK, "").removeprefix("./")
        formula = _parse_part(self.archive, f"{name}/content.xml") if name else None
        if formula is None or local_name(formula) != "math":
            return ""
        return mathml_text(formula)

    def _add_note(self, note: "_Element") -> None:
        for body in note.iterchildren(f"{_TEXT}note-body"):
            self.notes += self.blocks(body)


def _is_hidden(element: "_Element") -> bool:
    """Return whether a paragraph is hidden by a field in it."""
    mark = element.find(f"{_TEXT}hidden-paragraph")
    return mark is not None and mark.get(f"{_TEXT}is-hidden") == "true"


def _code(lines: list[str]) -> list[str]:
    return [markdown.code_block("\n".join(lines).strip("\n"))] if any(map(str.strip, lines)) else []


def _parse_part(archive: zipfile.ZipFile, name: str) -> "_Element | None":
    source = read_part(archive, name)
    return None if source is None else parse_xml(source)


def _metadata(meta: "_Element | None") -> ParsedMetadata:
    values: dict[str, str] = {}
    for element in () if meta is None else meta.iter("*"):
        if text := clean_value(text_content(element)):
            values.setdefault(local_name(element), text)
    dates = (values.get("creation-date"), values.get("date"))
    return ParsedMetadata(
        title=values.get("title"),
        author=author_names(values.get("initial-creator") or values.get("creator")),
        published=next(filter(None, (iso_date(date) for date in dates if date)), None),
        language=language_code(values.get("language")),
    )
