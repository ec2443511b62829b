"""Read PDF files: paragraphs joined from the lines on the pages, with their page numbers.

PDFium reports the text and its position; the reading order is the order in which the file draws it,
but for columns that it draws row by row.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.heuristics import is_page_number
from index.ingest.parsing.normalize import author_names, clean_value, language_code
from index.ingest.parsing.symbol_fonts import symbol_text
from index.ingest.readers.pdf.columns import remove_line_numbers, split_columns
from index.ingest.readers.pdf.contents import without_contents
from index.ingest.readers.pdf.legibility import check_text, no_text
from index.ingest.readers.pdf.lines import (
    TextLine,
    TextPiece,
    join_rows,
    level_sizes,
    remove_page_furniture,
    to_lines,
)
from index.ingest.readers.pdf.paragraphs import PdfParagraph, is_list_item, join_lines
from index.ingest.readers.pdf.process import PdfProcess
from index.ingest.readers.pdf.tables import find_table_rows
from index.text.spans import has_words

_EXPECTED = "expected a PDF with text: print the document to a new PDF"
_MIN_HEADING_SIZE = 1.12  # times the font size of the body text
_MIN_TITLE_SIZE = 1.3
_MAX_HEADING_CHARS = 200
_MAX_BOLD_HEADING_CHARS = 120
_NOT_A_TITLE = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|indd|qxd|tex|dvi|pdf|pages|odt|html?)\Z|\AMicrosoft \w+ - "
    r"|\A\(?(?:untitled|anonymous|unspecified)\b"
    r"|\Aslide 1\Z|\A(?:presentation|document|layout)\W?\d*\Z"
    r"|\APowerPoint Presentation\Z|\A[\W\d_]*\Z",
    re.IGNORECASE,
)
_MAX_STAMP_WORDS = 8  # that programs put on scanned pages
_SCANNED = "are images without text, as from a scanner; run the file through text recognition (OCR)"
_FIELDS = "is not read; print the document to a new PDF to include it"
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)")
_REFUSALS = {  # by the worker's word for it
    "encrypted": "encrypted; expected a PDF without a password: print it to a new PDF",
    "malformed": f"cannot be read as a PDF (PDFium finds no pages in it); {_EXPECTED}",
    "too many pages": "{page_count:,} pages; the limit is {max_pages:,}: split the file",
    "too large": "too large when uncompressed; split the file",
}
_PRIVATE = re.compile("[\uf020-\uf8fe]")
_PROCESS = PdfProcess()


def read_pdf(data: bytes) -> ParsedDocument:
    """Parse a PDF. Raises ReadError when it is encrypted, scanned, malformed or too large."""
    if b"%PDF-" not in data[:1024]:
        raise ReadError(f"no %PDF- in the first kilobyte; {_EXPECTED}")
    reader = _PageReader()
    content = _PROCESS.read(data, reader.add_page)
    if error := content.get("error"):
        raise ReadError(_REFUSALS[error].format_map(content))
    reader.check()
    pages = level_sizes(reader.pages, reader.recognized)
    paragraphs, body_size = join_lines(without_contents(remove_page_furniture(pages)))
    return replace(_build(paragraphs, body_size, content), notes=tuple(reader.notes()))


@dataclass(slots=True)
class _PageReader:
    """Turns pages into lines as they come, so that a long book need not be in memory twice."""

    pages: list[list[TextLine]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    unmapped: int = 0
    images: int = 0  # on pages with little text
    scans: list[bool] = field(default_factory=list)  # by page: an image covers it
    fields: int = 0  # of forms, with text
    comments: int = 0
    recognized: list[bool] = field(default_factory=list)  # by page: its text is that of OCR

    def add_page(self, page: dict[str, Any]) -> None:
        """Add a page that the worker reports."""
        pieces = [_text_piece(*piece) for piece in page["pieces"]]
        rows = split_columns(remove_line_numbers(join_rows(pieces)))
        found = ((each.row, each.cells) for each in find_table_rows(rows))
        lines = to_lines(found, len(self.pages) + 1, page["bottom"], page["top"])
        self.pages.append(lines)
        self.texts.append(_plain_text(pieces))
        self.unmapped += sum(piece.unmapped for piece in pieces)
        self.images += page["images"]
        self.scans.append(page["is_scan"])
        self.fields += page["fields"]
        self.comments += page["comments"]
        self.recognized.append(page["is_recognized"])

    def check(self) -> None:
        """Raise ReadError if the pages have no text, or one that is not what they show."""
        text = " ".join(self.texts)
        has_stamps_only = all(self.scans) and len({*text.split()}) <= _MAX_STAMP_WORDS
        if not has_words(text) or has_stamps_only:
            raise no_text(
                len(self.pages),
                has_images=self.images > 0,
                has_fields=self.fields + self.comments > 0 and not all(self.scans),
            )
        check_text(text, self.unmapped)

    def notes(self) -> Iterator[str]:
        """Yield what a curator should know about text that is not read."""
        pages = zip(self.scans, self.texts, strict=True)
        scans = sum(is_scan and not has_words(text) for is_scan, text in pages)
        if scans:
            yield f"{scans} of {len(self.pages)} pages {_SCANNED}"
        if self.fields:
            yield f"text in form fields ({self.fields:,}) {_FIELDS}"


def _text_piece(text: str, *values: Any) -> TextPiece:
    """Return a piece of text; its last value is the font, if that draws signs for letters."""
    *rest, signs = values
    if signs:
        text = _PRIVATE.sub(lambda sign: symbol_text(signs, sign[0]) or sign[0], text)
    return TextPiece(text, *rest)


def _plain_text(pieces: Iterable[TextPiece]) -> str:
    spaced = (f" {p.text}" if p.spaced or p.starts_line else p.text for p in pieces)
    return "".join(spaced)


def _build(
    paragraphs: list[PdfParagraph], body_size: float, content: dict[str, Any]
) -> ParsedDocument:
    builder = DocumentBuilder(joins_parts=True)
    content_metadata = _content_metadata(content)
    title = _title(paragraphs, body_size)
    for paragraph in paragraphs:
        if is_page_number(paragraph.text):  # also the number of a slide or a figure
            continue
        if paragraph.cells:
            builder.add_table_row(paragraph.cells, paragraph.page)
        elif paragraph is title and content_metadata.title is None:
            builder.set_title(paragraph.text)
        elif _is_heading(paragraph, body_size):
            builder.add_heading(paragraph.text)
        elif is_list_item(paragraph.text):
            builder.add_list_item(paragraph.text, "", page=paragraph.page)
        else:
            builder.add_paragraph(paragraph.text, page=paragraph.page)
    visible = ParsedMetadata(title=clean_value(title.text) if title else None)
    return builder.build(content_metadata.over(visible), _file_metadata(content))


def _title(paragraphs: list[PdfParagraph], body_size: float) -> PdfParagraph | None:
    """Return the largest text on the first page, if it is much larger than the body text."""
    candidates = [
        paragraph
        for paragraph in paragraphs
        if paragraph.page == 1
        and not paragraph.cells
        and paragraph.size >= _MIN_TITLE_SIZE * body_size
        and 3 < len(paragraph.text) <= _MAX_HEADING_CHARS
        and has_words(paragraph.text)
    ]
    return max(candidates, key=lambda paragraph: paragraph.size, default=None)


def _is_heading(paragraph: PdfParagraph, body_size: float) -> bool:
    text = paragraph.text
    if len(text) > _MAX_HEADING_CHARS or text.endswith((".", ",", ";")) or "@" in text:
        return False
    if paragraph.size >= _MIN_HEADING_SIZE * body_size:
        return True
    return paragraph.is_bold and len(text) <= _MAX_BOLD_HEADING_CHARS


def _content_metadata(content: dict[str, Any]) -> ParsedMetadata:
    """Describe the text; a title that is the name of a source file does not count."""
    title = clean_value(content["Title"])
    return ParsedMetadata(
        title=None if title is None or _NOT_A_TITLE.search(title) else title,
        language=language_code(content["Lang"]),
    )


def _file_metadata(content: dict[str, Any]) -> ParsedMetadata:
    """Return who created the file, and when."""
    created = _DATE.match(content["CreationDate"])
    return ParsedMetadata(
        author=author_names(content["Author"]),
        published=iso_date("-".join(created.groups())) if created else None,
    )
