"""Read PDF files: paragraphs joined from the lines on the pages, with their page numbers.

PDFium reports the text and its position; the reading order is the order in which the file draws it,
but for columns that it draws row by row.
"""

import re
from typing import Any

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.heuristics import is_page_number
from index.ingest.parsing.normalize import author_names, clean_value, language_code
from index.ingest.readers.pdf_columns import remove_line_numbers, split_columns
from index.ingest.readers.pdf_legibility import check_text, no_text
from index.ingest.readers.pdf_lines import (
    Row,
    TextPiece,
    join_rows,
    remove_page_furniture,
    to_lines,
)
from index.ingest.readers.pdf_paragraphs import PdfParagraph, is_list_item, join_lines
from index.ingest.readers.pdf_process import PdfProcess
from index.text.spans import has_words

_EXPECTED = "expected a PDF with text: print the document to a new PDF"
_MIN_HEADING_SIZE = 1.12  # times the font size of the body text
_MIN_TITLE_SIZE = 1.3
_MAX_HEADING_CHARS = 200
_MAX_BOLD_HEADING_CHARS = 120
_NOT_A_TITLE = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|indd|qxd|tex|dvi|pdf|pages|odt|html?)\Z|\AMicrosoft \w+ - |\Auntitled"
    r"|\Aslide 1\Z|\A(?:presentation|document|layout)\W?\d*\Z"
    r"|\APowerPoint Presentation\Z|\A[\W\d_]*\Z",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)")
_REFUSALS = {  # by the worker's word for it
    "encrypted": "encrypted; expected a PDF without a password: print it to a new PDF",
    "malformed": f"cannot be read as a PDF (PDFium finds no pages in it); {_EXPECTED}",
    "too many pages": "{page_count:,} pages; the limit is {max_pages:,}: split the file",
    "too large": "too large when uncompressed; split the file",
}
_PROCESS = PdfProcess()


def read_pdf(data: bytes) -> ParsedDocument:
    """Parse a PDF. Raises ReadError when it is encrypted, scanned, malformed or too large."""
    if b"%PDF-" not in data[:1024]:
        raise ReadError(f"no %PDF- in the first kilobyte; {_EXPECTED}")
    content = _PROCESS.read(data)
    if error := content.get("error"):
        raise ReadError(_REFUSALS[error].format_map(content))
    pages = [[TextPiece(*piece) for piece in page["pieces"]] for page in content["pages"]]
    pieces = [piece for page in pages for piece in page]
    if not any(has_words(piece.text) for piece in pieces):
        raise no_text(len(pages), has_images=any(page["has_images"] for page in content["pages"]))
    check_text(pieces)
    edges = ((page["bottom"], page["top"]) for page in content["pages"])
    lines = [
        to_lines(_rows(page), number, bottom, top)
        for number, (page, (bottom, top)) in enumerate(zip(pages, edges, strict=True), 1)
    ]
    paragraphs, body_size = join_lines(remove_page_furniture(lines))
    return _build(paragraphs, body_size, content)


def _rows(pieces: list[TextPiece]) -> list[Row]:
    return split_columns(remove_line_numbers(join_rows(pieces)))


def _build(
    paragraphs: list[PdfParagraph], body_size: float, content: dict[str, Any]
) -> ParsedDocument:
    builder = DocumentBuilder()
    content_metadata = _content_metadata(content)
    title = _title(paragraphs, body_size)
    for paragraph in paragraphs:
        if is_page_number(paragraph.text):  # also the number of a slide or a figure
            continue
        if paragraph is title and content_metadata.title is None:
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
