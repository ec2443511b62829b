"""Read PDF files: paragraphs joined from the lines on the pages, with their page numbers.

pypdf reports the text and its position; the reading order is the order in which the file draws it.
"""

import io
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.heuristics import is_page_number
from index.ingest.parsing.normalize import author_names, clean_value, language_code
from index.ingest.readers.pdf_lines import (
    TextFragment,
    TextLine,
    join_fragments,
    remove_page_furniture,
)
from index.ingest.readers.pdf_paragraphs import PdfParagraph, is_list_item, join_lines
from index.text.spans import has_words

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_EXPECTED = "expected a PDF with text: print the document to a new PDF"
_MAX_PAGES = 3_000
_MAX_OPERATORS = 800_000  # drawing operators of a page; in a book it has 400
_MAX_STREAM_BYTES = 20_000_000  # any single stream, uncompressed
_MAX_SECONDS = 60  # the last resort against files made to be slow
_MIN_HEADING_SIZE = 1.12  # times the font size of the body text
_MIN_TITLE_SIZE = 1.3
_MAX_HEADING_CHARS = 200
_MAX_BOLD_HEADING_CHARS = 120
_BOLD_FONT = re.compile(r"bold|black|heavy|medi\b|cmbx", re.IGNORECASE)
_NOT_A_TITLE = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|indd|qxd|tex|dvi|pdf|pages|odt|html?)\Z|\AMicrosoft \w+ - |\Auntitled"
    r"|\Aslide 1\Z|\A[\W\d_]*\Z",
    re.IGNORECASE,
)
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")  # glyphs that the font maps to no character
_MAX_UNMAPPED_SHARE = 0.3
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)")


def read_pdf(data: bytes) -> ParsedDocument:
    """Parse a PDF. Raises ReadError when it is encrypted, scanned, malformed or too large."""
    if b"%PDF-" not in data[:1024]:
        raise ReadError(f"no %PDF- in the first kilobyte; {_EXPECTED}")
    with guard_parser("a PDF", _EXPECTED):
        from pypdf import PdfReader, apply_configuration  # noqa: PLC0415 - a tenth of a second

        with apply_configuration(
            zlib_maximum_output_length=_MAX_STREAM_BYTES,
            lzw_maximum_output_length=_MAX_STREAM_BYTES,
            run_length_maximum_output_length=_MAX_STREAM_BYTES,
            array_based_stream_maximum_output_length=_MAX_STREAM_BYTES,
            stream_parsing_work_maximum_count=_MAX_OPERATORS,
            jbig2dec_binary=None,
        ):
            return _parse(PdfReader(io.BytesIO(data), strict=False))


def _parse(reader: "PdfReader") -> ParsedDocument:
    if reader.is_encrypted and not reader.decrypt(""):  # many such files may be read by anyone
        raise ReadError("encrypted; expected a PDF without a password: print it to a new PDF")
    page_count = len(reader.pages)
    if page_count > _MAX_PAGES:
        raise ReadError(f"{page_count:,} pages; the limit is {_MAX_PAGES:,}: split the file")
    pages = list(_pages(reader))
    _check_text(pages)
    paragraphs, body_size = join_lines(remove_page_furniture(pages))
    return _build(paragraphs, body_size, reader)


def _pages(reader: "PdfReader") -> Iterator[list[TextLine]]:
    deadline = time.monotonic() + _MAX_SECONDS
    for number, page in enumerate(reader.pages, 1):
        _, bottom, _, top = map(float, page.mediabox)
        yield join_fragments(_fragments(page, deadline), number, bottom, top)


def _fragments(page: "PageObject", deadline: float) -> list[TextFragment]:
    """Return the text of a page with its position in points from the lower left corner."""
    fragments: list[TextFragment] = []

    def check_deadline(*_: object) -> None:
        if time.monotonic() > deadline:
            raise ReadError(f"reading it takes over {_MAX_SECONDS} seconds; split the file")

    def on_text(
        text: str, user: list[float], matrix: list[float], font: Any, font_size: float
    ) -> None:
        if not text:
            return
        x = matrix[4] * user[0] + matrix[5] * user[2] + user[4]
        y = matrix[4] * user[1] + matrix[5] * user[3] + user[5]
        scale = max(abs(matrix[3]), abs(matrix[1])) * max(abs(user[3]), abs(user[1]))
        size = min(abs(float(font_size)) * scale, 1000.0)
        font_name = str(font.get("/BaseFont", "")) if hasattr(font, "get") else ""
        is_bold = _BOLD_FONT.search(font_name) is not None
        fragments.append((text, float(x), float(y), size, is_bold))

    page.extract_text(visitor_operand_before=check_deadline, visitor_text=on_text)
    return fragments


def _check_text(pages: list[list[TextLine]]) -> None:
    """Raise ReadError when the pages have no text, or text in fonts without a mapping."""
    text = "".join(line.text for lines in pages for line in lines)
    if len(_UNMAPPED.findall(text)) > _MAX_UNMAPPED_SHARE * len(text):
        raise ReadError(
            "its fonts do not map their glyphs to characters; "
            f"{_EXPECTED}, or run it through text recognition (OCR)"
        )
    if not has_words(text):
        raise ReadError(
            f"its {len(pages)} pages contain no text, only images, as from a scanner; "
            "run it through text recognition (OCR)"
        )


def _build(paragraphs: list[PdfParagraph], body_size: float, reader: "PdfReader") -> ParsedDocument:
    builder = DocumentBuilder()
    content_metadata = _content_metadata(reader)
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
    return builder.build(content_metadata.over(visible), _file_metadata(reader))


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


def _content_metadata(reader: "PdfReader") -> ParsedMetadata:
    """Describe the text; a title that is the name of a source file does not count."""
    title = clean_value(_string(reader.metadata, "/Title"))
    return ParsedMetadata(
        title=None if title is None or _NOT_A_TITLE.search(title) else title,
        language=language_code(_string(reader.trailer["/Root"], "/Lang")),
    )


def _file_metadata(reader: "PdfReader") -> ParsedMetadata:
    """Return who created the file, and when."""
    created = _DATE.match(_string(reader.metadata, "/CreationDate") or "")
    return ParsedMetadata(
        author=author_names(_string(reader.metadata, "/Author")),
        published=iso_date("-".join(created.groups())) if created else None,
    )


def _string(dictionary: Any, key: str) -> str | None:
    value = dictionary.get(key) if hasattr(dictionary, "get") else None
    return value if isinstance(value, str) else None
