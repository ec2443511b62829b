"""Word files: paragraphs, lists and tables of the document as it reads with all changes accepted.

The XML is read as it is: python-docx leaves out what was inserted under revision, and unpacks every
picture. Headers, footers, notes, comments, deleted and hidden words are no part of the text.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder, one_line
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import language_code, names, short
from index.ingest.parsing.safe_xml import all_text, name_of, parse_xml
from index.ingest.parsing.safe_zip import beside, open_archive, part
from index.ingest.readers.docx_lists import Lists
from index.ingest.readers.docx_styles import Styles, child, path, value

if TYPE_CHECKING:
    from lxml.etree import _Element

_WANTED = "wanted a Word document (.docx): open it and save it again"
_DOCUMENT = "/officedocument"
_CORE = "docProps/core.xml"
# Deleted or moved away, hidden, instructions of fields, the other form of what Choice holds.
_UNREAD = (
    "del movefrom deltext instrtext delinstrtext ppr rpr fallback footnotereference pict"
    " endnotereference annotationref object rt sectpr"
)
_LEFT_OUT = set(_UNREAD.split())
_BESIDE = {"txbxcontent"}  # text boxes: read after the paragraph they hang on
_SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "nobreakhyphen": "\u2011", "ptab": " "}
_NOBODY = {"python-docx", "microsoft office user", "user", "administrator", "admin", "owner"}
_NO_DATE = "2013-12-23T23:15:00Z"  # python-docx writes its template's
_FILE_NAME = re.compile(
    r"\.(?:docx?|dotx?|rtf|odt)\Z|\ADocument\d+\Z|\AMicrosoft Word - ", re.IGNORECASE
)


@dataclass(slots=True)
class _Reading:
    """Where the text goes, what styles and lists mean, words that wait for their paragraph."""

    composer: DocumentBuilder
    styles: Styles
    lists: Lists
    title: str | None = None
    waiting: list[str] = field(default_factory=list)
    list_number: str | None = None


def read_docx(data: bytes) -> ParsedDocument:
    """The draft of a Word document. Raises ReadError when it is none, protected, or a bomb."""
    archive = open_archive(data, "a Word document")
    with guard_parser("a Word document", _WANTED), archive:
        return _document(archive)


def _document(archive: zipfile.ZipFile) -> ParsedDocument:
    name = _document_name(archive)
    source = part(archive, name)
    if source is None:
        raise ReadError(f"no {name!a} in it; {_WANTED}")
    tree = parse_xml(source)
    styles = Styles.read(_tree(archive, beside(name, "styles.xml")))
    lists = Lists.read(_tree(archive, beside(name, "numbering.xml")))
    reading = _Reading(DocumentBuilder(), styles, lists)
    _blocks(reading, child(tree, "body"))
    _flush(reading)
    core = _tree(archive, _CORE)
    return reading.composer.draft(_said(core, reading.title), _made(core))


def _document_name(archive: zipfile.ZipFile) -> str:
    relations = _tree(archive, "_rels/.rels")
    for relation in () if relations is None else relations:
        if (relation.get("Type") or "").lower().endswith(_DOCUMENT):
            return beside("", relation.get("Target") or "")
    return "word/document.xml"


def _tree(archive: zipfile.ZipFile, name: str) -> "_Element | None":
    source = part(archive, name)
    return None if source is None else parse_xml(source)


def _blocks(reading: _Reading, parent: "_Element | None") -> None:
    """Paragraphs and tables in their order, be they in content controls."""
    for element in () if parent is None else parent:
        name = name_of(element)
        if name == "p":
            _paragraph(reading, element)
        elif name == "tbl":
            _table(reading, element)
        elif name not in _LEFT_OUT:
            _blocks(reading, element)


def _paragraph(reading: _Reading, element: "_Element") -> None:
    properties = child(element, "ppr")
    reading.waiting.append("".join(_words(element)))
    if path(properties, "rpr", "del") is None:  # a deleted mark joins it to the next paragraph
        text, reading.waiting = "".join(reading.waiting), []
        _write(reading, text, properties)
    for box in _boxes(element):
        _blocks(reading, box)


def _boxes(element: "_Element") -> Iterator["_Element"]:
    """The text boxes that hang on a paragraph, not those inside them."""
    for inner in element:
        if name_of(inner) in _BESIDE:
            yield inner
        elif name_of(inner) not in _LEFT_OUT:
            yield from _boxes(inner)


def _write(reading: _Reading, text: str, properties: "_Element | None") -> None:
    style = value(child(properties, "pstyle"))
    kind = reading.styles.kind(style, properties)
    numbering = reading.styles.numbering(style, properties)
    if not text.strip() or kind == "toc":
        return
    if kind == "title" and reading.title is None and not reading.composer.blocks:
        reading.title = one_line(text)
        reading.composer.heads(text)
    elif kind in {"heading", "title"}:
        reading.composer.heading(text)
    elif mark := reading.lists.mark(numbering):
        _item(reading, text, mark, value(child(numbering, "numid")))
    else:
        reading.composer.paragraph(text)


def _item(reading: _Reading, text: str, mark: str, number: str | None) -> None:
    if number != reading.list_number:
        reading.list_number = number
        reading.composer.end_run()
    reading.composer.item(text, mark)


def _flush(reading: _Reading) -> None:
    if reading.waiting:
        reading.composer.paragraph("".join(reading.waiting))


def _table(reading: _Reading, table: "_Element") -> None:
    """Row by row; a table inside a cell is words of that cell."""
    reading.composer.end_run()
    for row in _inside(table, "tr"):
        if path(child(row, "trpr"), "del") is None:
            reading.composer.row(_cell(cell) for cell in _inside(row, "tc"))
    reading.composer.end_run()


def _cell(cell: "_Element") -> str:
    return " ".join("".join(_words(paragraph)) for paragraph in cell.iter("{*}p"))


def _inside(parent: "_Element", name: str) -> Iterator["_Element"]:
    """Children of that name, be they in content controls."""
    for element in parent:
        if name_of(element) == name:
            yield element
        elif name_of(element) in {"sdt", "sdtcontent", "customxml", "ins"}:
            yield from _inside(element, name)


def _words(element: "_Element") -> Iterator[str]:
    for inner in element:
        name = name_of(inner)
        if name == "t":
            yield inner.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name not in _LEFT_OUT | _BESIDE and not _is_hidden(inner, name):
            yield from _words(inner)


def _is_hidden(element: "_Element", name: str) -> bool:
    vanish = path(child(element, "rpr"), "vanish") if name == "r" else None
    return vanish is not None and value(vanish) not in {"0", "false", "off"}


def _said(core: "_Element | None", title: str | None) -> ParsedMetadata:
    told = _told(core)
    name = told.get("title")
    return ParsedMetadata(
        title=short(title) or (None if name is None or _FILE_NAME.search(name) else name),
        language=language_code(told.get("language")),
    )


def _made(core: "_Element | None") -> ParsedMetadata:
    """Whose machine saved the file first, and when."""
    told = _told(core)
    author = told.get("creator")
    return ParsedMetadata(
        author=None if author is None or author.lower() in _NOBODY else names(author),
        published=_date(told.get("created")) or _date(told.get("modified")),
    )


def _told(core: "_Element | None") -> dict[str, str | None]:
    return {} if core is None else {name_of(e): short(all_text(e)) for e in core}


def _date(written: str | None) -> str | None:
    return None if written == _NO_DATE else iso_date(written or "")
