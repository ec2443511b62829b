"""Read Word files as they look with all tracked changes accepted.

The reader works on the XML itself, because the libraries for it lose text that has to be quoted:
mammoth drops the formats of list numbers, python-docx tracked insertions. Headers, footers,
comments, deleted and hidden text are left out; footnotes and endnotes follow the text.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.list_marks import BULLET
from index.ingest.parsing.normalize import (
    author_names,
    clean_line,
    clean_value,
    language_code,
    printable,
)
from index.ingest.parsing.safe_xml import parse_xml, text_content
from index.ingest.parsing.safe_zip import open_archive, read_part, resolve_part
from index.ingest.readers.docx.chunks import chunk_parts, write_chunk
from index.ingest.readers.docx.styles import Numbering, Styles, strip_namespaces, val
from index.ingest.readers.docx.text import SKIPPED, TEXT_BOX, code_text, paragraph_text

if TYPE_CHECKING:
    from lxml.etree import _Element

_EXPECTED = "expected a Word document (.docx): open it in Word and save it again"
_MIN_TITLE_SIZE = 28  # half points
_BULLET_IN_CELL = "• "  # a dash would look like one between words
_NOTE_ON_CHUNK = "a file inside the document is not read"
_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins"}  # may stand around rows and cells
_TEMPLATE_DATE = "2013-12-23T23:15:00Z"  # python-docx copies it from its template
_FILE_NAME_TITLE = re.compile(
    r"\.(?:docx?|dotx?|rtf|odt)\Z|\ADocument\d+\Z|\AMicrosoft Word - ", re.IGNORECASE
)


def read_docx(data: bytes) -> ParsedDocument:
    """Parse a Word document.

    Raises ReadError for other files, encrypted documents and zip bombs.
    """
    archive = open_archive(data, "a Word document")
    with guard_parser("a Word document", _EXPECTED), archive:
        builder = DocumentBuilder(joins_parts=True)
        walker = _walk_document(archive, builder)
        notes = (f"{_NOTE_ON_CHUNK}: {name}" for name in walker.unread)
        core = _parse_part(archive, "docProps/core.xml")
        document = builder.build(*_metadata(core, walker.title))
        return replace(document, notes=(*document.notes, *notes))


def _walk_document(
    archive: zipfile.ZipFile, builder: DocumentBuilder, *, reads_chunks: bool = True
) -> "_DocxWalker":
    """Add the text of a document, its footnotes and its endnotes."""
    name = _document_part(archive)
    tree = _parse_part(archive, name)
    if tree is None:
        raise ReadError(f"the archive has no {name!a}; {_EXPECTED}")
    body = tree.find("body")
    walker = _DocxWalker(
        Styles.parse(_parse_part(archive, resolve_part(name, "styles.xml")), body),
        Numbering.parse(_parse_part(archive, resolve_part(name, "numbering.xml"))),
        builder,
        archive,
        chunk_parts(archive, name) if reads_chunks else {},
    )
    walker.bold_headings = body is not None and walker.styles.has_bold_headings(body)
    walker.walk(body)
    builder.add_paragraph(walker.pending)
    for part in ("footnotes.xml", "endnotes.xml"):
        walker.add_notes(_parse_part(archive, resolve_part(name, part)))
    return walker


@dataclass(slots=True)
class _DocxWalker:
    """Walks the body of a document and adds its blocks to the builder.

    ``pending`` is the text of paragraphs whose mark was deleted: it belongs to the next one.
    """

    styles: Styles
    numbering: Numbering
    builder: DocumentBuilder
    archive: zipfile.ZipFile
    chunks: dict[str, str]  # names of embedded files by the id of their relation
    bold_headings: bool = False  # no paragraph has the style of a heading
    unread: list[str] = field(default_factory=list)
    title: str | None = None
    pending: str = ""
    list_ids: dict[int, str | None] = field(default_factory=dict)  # by depth
    code: list[str] = field(default_factory=list)  # lines that are one block

    def walk(self, parent: "_Element | None") -> None:
        """Add the paragraphs and tables in ``parent``, also those in content controls."""
        for element in () if parent is None else parent:
            if element.tag == "p" and self.styles.is_code_block(element):
                self.code.append(code_text(element, self.styles))
                continue
            self.end_code()
            if element.tag == "p":
                self._walk_paragraph(element)
            elif element.tag == "tbl":
                self._add_table(element)
            elif element.tag == "altChunk":
                self._add_chunk(self.chunks.get(element.get("id", ""), ""))
            elif element.tag not in SKIPPED and not _is_contents(element):
                self.walk(element)
        self.end_code()

    def end_code(self) -> None:
        """Add the lines of code that follow each other as one block."""
        lines, self.code = self.code, []
        if lines:
            self.builder.add_code("\n".join(lines))

    def _walk_paragraph(self, paragraph: "_Element") -> None:
        if _is_contents_entry(paragraph):
            return
        properties = paragraph.find("pPr")
        role = self.styles.role(val(properties, "pStyle"), properties)
        marks_code = role == "text"  # headings are compared with others
        self.pending += paragraph_text(paragraph, self.styles, marks_code=marks_code)
        if properties is None or not _continues_below(properties):
            text, self.pending = self.pending, ""
            if role == "text" and self._is_bold_heading(paragraph, text):
                self._add_bold_heading(text, self.styles.size(paragraph))
            else:
                self._add_paragraph(text, properties)
        for box in _text_boxes(paragraph):
            self.walk(box)

    def _add_paragraph(self, text: str, properties: "_Element | None") -> None:
        style_id = val(properties, "pStyle")
        role = self.styles.role(style_id, properties)
        if not text.strip() or role == "toc":
            return
        numbering = self.styles.numbering(style_id, properties)
        if role == "title" and self.title is None and not self.builder.blocks:
            self.title = clean_line(text)
            self.builder.set_title(text)
        elif role in {"heading", "title"}:
            number = (self.numbering.next_mark(numbering) or "").removeprefix(BULLET)
            level = self.styles.heading_level(style_id, properties)
            self.builder.add_heading(number + text, level=level)
        elif mark := self.numbering.next_mark(numbering):
            self._add_list_item(text, mark, numbering)
        else:
            self.builder.add_paragraph(text)

    def _is_bold_heading(self, paragraph: "_Element", text: str) -> bool:
        """Return whether a paragraph is a heading that is only made to look like one."""
        if not self.bold_headings or not text.strip():
            return False
        style_id, properties = val(paragraph, "pPr/pStyle"), paragraph.find("pPr")
        is_item = self.styles.numbering(style_id, properties) is not None
        return not is_item and self.styles.looks_like_heading(paragraph)

    def _add_bold_heading(self, text: str, size: int) -> None:
        """Add a heading; a large one that opens the text is the title."""
        if size >= _MIN_TITLE_SIZE and self.title is None and not self.builder.parts:
            self.title = clean_line(text)
            self.builder.set_title(text)
        else:
            self.builder.add_heading(text)

    def _add_list_item(self, text: str, mark: str, numbering: "_Element | None") -> None:
        list_id, level = val(numbering, "numId"), val(numbering, "ilvl") or ""
        depth = int(level) if level.isdecimal() else 0
        if not depth and self.list_ids.get(0, list_id) != list_id:
            self.builder.end_list()
        self.list_ids[depth] = list_id
        self.builder.add_list_item(text, mark, depth)

    def _add_table(self, table: "_Element") -> None:
        """Add a table row by row; a table inside a cell is text of that cell."""
        rows = [row for row in _children(table, "tr") if row.find("trPr/del") is None]
        cells = [[*_children(row, "tc")] for row in rows]
        if len(cells) == 1 and len(cells[0]) == 1:  # a frame around text
            self.walk(cells[0][0])
            return
        self.builder.end_list()
        for row in cells:
            self.builder.add_table_row(map(self._cell, row))
        self.builder.end_list()

    def _add_chunk(self, name: str) -> None:
        """Add the text of a file in the archive; a document in a document is read once."""
        data = read_part(self.archive, name)
        if data is not None and name.lower().endswith(".docx"):
            with open_archive(data, "a Word document") as archive:
                inner = _walk_document(archive, self.builder, reads_chunks=False)
                self.title = self.title or inner.title
        elif data is not None and not write_chunk(name, data, self.builder):
            self.unread.append(printable(name))

    def _cell(self, cell: "_Element") -> str:
        copies = {each for copy in cell.iter("Fallback") for each in copy.iter("p")}
        paragraphs = [each for each in cell.iter("p") if each not in copies]
        texts = [text for each in paragraphs if (text := self._in_cell(each))]
        return " ".join(texts) if len(texts) > 1 else "".join(texts).removeprefix(_BULLET_IN_CELL)

    def _in_cell(self, paragraph: "_Element") -> str:
        """Return the text of a paragraph in a cell, with its mark if it is an item of a list."""
        text = paragraph_text(paragraph, self.styles)
        style_id, properties = val(paragraph, "pPr/pStyle"), paragraph.find("pPr")
        numbering = self.styles.numbering(style_id, properties) if text.strip() else None
        mark = self.numbering.next_mark(numbering) or ""
        return f"{_BULLET_IN_CELL if mark == BULLET else mark}{text}"

    def add_notes(self, notes: "_Element | None") -> None:
        """Add footnotes or endnotes below the text; in its sentences only their numbers stood."""
        self.builder.leave_sections()
        for note in () if notes is None else notes:
            if note.get("type", "normal") == "normal":
                self.walk(note)


def _is_contents(element: "_Element") -> bool:
    """Return whether a content control holds the table of contents."""
    gallery = val(element, "sdtPr/docPartObj/docPartGallery")
    return gallery is not None and gallery.lower().startswith("table of")


def _is_contents_entry(paragraph: "_Element") -> bool:
    """Return whether a paragraph is nothing but a link to a heading, with its page number."""
    links = [link for link in paragraph.iter("hyperlink") if _is_heading_link(link)]
    linked = "".join(map(_visible_text, links)).split()
    return bool(linked) and linked == _visible_text(paragraph).split()


def _visible_text(element: "_Element") -> str:
    return "".join(text.text or "" for text in element.iter("t"))


def _is_heading_link(link: "_Element") -> bool:
    return (link.get("anchor") or "").startswith(("_Toc", "_heading=h.", "__RefHeading"))


def _continues_below(properties: "_Element") -> bool:
    """Return whether a paragraph runs into the next: its mark was deleted, or it is a drop cap."""
    frame = properties.find("framePr")
    is_drop_cap = frame is not None and frame.get("dropCap") in {"drop", "margin"}
    return is_drop_cap or properties.find("rPr/del") is not None


def _document_part(archive: zipfile.ZipFile) -> str:
    """Return the name of the part that holds the document."""
    relations = _parse_part(archive, "_rels/.rels")
    for relation in () if relations is None else relations:
        if relation.get("Type", "").lower().endswith("/officedocument"):
            return resolve_part("", relation.get("Target", ""))
    return "word/document.xml"


def _parse_part(archive: zipfile.ZipFile, name: str) -> "_Element | None":
    source = read_part(archive, name)
    return None if source is None else strip_namespaces(parse_xml(source))


def _text_boxes(element: "_Element") -> Iterator["_Element"]:
    """Yield the text boxes anchored in a paragraph, not those nested in other boxes."""
    for child in element:
        if child.tag == TEXT_BOX:
            yield child
        elif child.tag not in SKIPPED:
            yield from _text_boxes(child)


def _children(parent: "_Element", name: str) -> Iterator["_Element"]:
    """Yield the children with that name, also those in content controls."""
    for child in parent:
        if child.tag == name:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _children(child, name)


def _metadata(
    core: "_Element | None", visible_title: str | None
) -> tuple[ParsedMetadata, ParsedMetadata]:
    """Return the metadata of the text, and of the file: who created it, and when."""
    elements = () if core is None else core.iterchildren("*")
    properties = {str(element.tag): clean_value(text_content(element)) for element in elements}
    title = properties.get("title")
    dates = (properties.get("created"), properties.get("modified"))
    published = (iso_date(date) for date in dates if date and date != _TEMPLATE_DATE)
    content_metadata = ParsedMetadata(
        title=clean_value(visible_title)
        or (None if title is None or _FILE_NAME_TITLE.search(title) else title),
        language=language_code(properties.get("language")),
    )
    file_metadata = ParsedMetadata(
        author=author_names(properties.get("creator")),
        published=next(filter(None, published), None),
    )
    return content_metadata, file_metadata
