"""PDF: paragraphs put together from the lines on the pages, each with the page it begins on.

pypdf says what stands where; the reading order is the order in which the file draws it.
"""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.heuristics import is_page_number
from index.ingest.parsing.normalize import author_names, clean_value, language_code
from index.ingest.readers.pdf_lines import Fragment, Line, lines_of, without_furniture
from index.ingest.readers.pdf_paragraphs import Paragraph, is_item, paragraphs
from index.text.spans import has_words

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_WANTED = "wanted a PDF with text: print it to a new PDF"
_MAX_PAGES = 3_000
_MAX_OPERATIONS = 800_000  # drawing steps; a page of a book takes 400, a second passes 30,000
_MAX_CONTENT = 40_000_000  # bytes of drawing steps, unpacked
_MAX_STREAM = 20_000_000  # bytes of any one stream, unpacked
_MAX_SECONDS = 60  # the last resort against files made to be slow
_HEADING = 1.12  # times the size of the body text
_TITLE = 1.3
_LONGEST_HEADING = 200
_LONGEST_BOLD = 120
_BOLD = re.compile(r"bold|black|heavy|medi\b|cmbx", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|indd|qxd|tex|dvi|pdf|pages|odt|html?)\Z|\AMicrosoft \w+ - |\Auntitled"
    r"|\Aslide 1\Z|\A[\W\d_]*\Z",
    re.IGNORECASE,
)
_LOST = re.compile("[\ufffd\ue000-\uf8ff]")  # letters of which a font does not say what they are
_MAX_LOST = 0.3
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)")


def read_pdf(data: bytes) -> ParsedDocument:
    """The draft of a PDF. Raises ReadError when it is encrypted, scanned, broken or too large."""
    if b"%PDF-" not in data[:1024]:
        raise ReadError(f"no %PDF- in its first kilobyte; {_WANTED}")
    with guard_parser("a PDF", _WANTED):
        from pypdf import PdfReader, apply_configuration  # noqa: PLC0415 - a tenth of a second

        with apply_configuration(
            zlib_maximum_output_length=_MAX_STREAM,
            lzw_maximum_output_length=_MAX_STREAM,
            run_length_maximum_output_length=_MAX_STREAM,
            array_based_stream_maximum_output_length=_MAX_STREAM,
            stream_parsing_work_maximum_count=_MAX_OPERATIONS,
            jbig2dec_binary=None,
        ):
            return _draft(PdfReader(io.BytesIO(data), strict=False))


@dataclass(slots=True)
class _Budget:
    """What may still be spent on a file."""

    operations: int = _MAX_OPERATIONS
    content: int = _MAX_CONTENT
    until: float = 0

    def page(self, content: int) -> None:
        """Spend the content of a page."""
        self.content -= content
        self.check()

    def operation(self, *_: object) -> None:
        """Spend a drawing step."""
        self.operations -= 1
        if self.operations < 0 or self.operations % 1000 == 0:
            self.check()

    def check(self) -> None:
        """Raises ReadError when one of them is spent."""
        if min(self.operations, self.content) < 0 or time.monotonic() > self.until:
            raise ReadError(
                f"takes more than {_MAX_OPERATIONS:,} drawing steps, {_MAX_CONTENT:,} bytes of "
                f"them, or {_MAX_SECONDS} seconds; wanted a simpler PDF: split it"
            )


def _draft(reader: "PdfReader") -> ParsedDocument:
    _unlock(reader)
    count = len(reader.pages)
    if count > _MAX_PAGES:
        raise ReadError(f"{count:,} pages, wanted {_MAX_PAGES:,} at most; split the file")
    pages = list(_pages(reader))
    _refuse_pictures(pages)
    found, body = paragraphs(without_furniture(pages))
    return _written(found, body, _said(reader), _made(reader))


def _unlock(reader: "PdfReader") -> None:
    """Open a file that anybody may read; many are encrypted with an empty password."""
    if not reader.is_encrypted:
        return
    from pypdf.errors import DependencyError  # noqa: PLC0415 - loaded by now

    try:
        opened = bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):
        opened = False
    if not opened:
        raise ReadError("encrypted; wanted a PDF without a password: print it to a new PDF")


def _pages(reader: "PdfReader") -> Iterator[list[Line]]:
    budget = _Budget(until=time.monotonic() + _MAX_SECONDS)
    for number, page in enumerate(reader.pages, 1):
        contents = page.get_contents()
        budget.page(0 if contents is None else len(contents.get_data()))
        _, foot, _, head = map(float, page.mediabox)
        yield list(lines_of(_fragments(page, budget), number, foot, head))
    budget.check()


def _fragments(page: "PageObject", budget: _Budget) -> list[Fragment]:
    """What a page says, with the places in points from its lower left corner."""
    fragments: list[Fragment] = []

    def hear(text: str, user: list[float], matrix: list[float], font: Any, size: float) -> None:
        if text:
            fragments.append((text, *_place(user, matrix), *_look(user, matrix, font, size)))

    page.extract_text(visitor_operand_before=budget.operation, visitor_text=hear)
    return fragments


def _place(user: list[float], matrix: list[float]) -> tuple[float, float]:
    x = matrix[4] * user[0] + matrix[5] * user[2] + user[4]
    y = matrix[4] * user[1] + matrix[5] * user[3] + user[5]
    return (float(x), float(y))


def _look(user: list[float], matrix: list[float], font: Any, size: float) -> tuple[float, bool]:
    """The size of the letters in points, and whether they are bold."""
    scale = max(abs(matrix[3]), abs(matrix[1])) * max(abs(user[3]), abs(user[1]))
    name = str(font.get("/BaseFont", "")) if hasattr(font, "get") else ""
    return (min(abs(float(size)) * scale, 1000.0), _BOLD.search(name) is not None)


def _refuse_pictures(pages: list[list[Line]]) -> None:
    text = "".join(line.text for lines in pages for line in lines)
    if len(_LOST.findall(text)) > _MAX_LOST * len(text):
        raise ReadError(
            f"its fonts do not say which letters they draw; {_WANTED}, or recognise it (OCR)"
        )
    if not has_words(text):
        raise ReadError(
            f"no text on its pages ({len(pages)}): pictures, as a scanner makes them; "
            "wanted text: run it through character recognition (OCR)"
        )


def _written(
    found: list[Paragraph], body: float, said: ParsedMetadata, made: ParsedMetadata
) -> ParsedDocument:
    builder = DocumentBuilder()
    title = _title(found, body)
    for paragraph in found:
        if is_page_number(paragraph.text):  # of a page, a slide, a figure
            continue
        if paragraph is title and said.title is None:
            builder.set_title(paragraph.text)
        elif _is_heading(paragraph, body):
            builder.add_heading(paragraph.text)
        elif is_item(paragraph.text):
            builder.add_list_item(paragraph.text, "", page=paragraph.page)
        else:
            builder.add_paragraph(paragraph.text, page=paragraph.page)
    shown = ParsedMetadata(title=clean_value(title.text) if title else None)
    return builder.build(said.over(shown), made)


def _title(found: list[Paragraph], body: float) -> Paragraph | None:
    """The largest words on the first page, when they are much larger than the text."""
    first = [p for p in found if p.page == 1 and p.size >= _TITLE * body and has_words(p.text)]
    large = [p for p in first if 3 < len(p.text) <= _LONGEST_HEADING]
    return max(large, key=lambda paragraph: paragraph.size, default=None)


def _is_heading(paragraph: Paragraph, body: float) -> bool:
    text = paragraph.text
    if len(text) > _LONGEST_HEADING or text.endswith((".", ",", ";")) or "@" in text:
        return False
    if paragraph.size >= _HEADING * body:
        return True
    return paragraph.bold and len(text) <= _LONGEST_BOLD


def _said(reader: "PdfReader") -> ParsedMetadata:
    """What the file says of its text; the name of the file it was made from is no title."""
    title = clean_value(_told(reader.metadata, "/Title"))
    return ParsedMetadata(
        title=None if title is None or _NO_TITLE.search(title) else title,
        language=language_code(_told(reader.trailer["/Root"], "/Lang")),
    )


def _made(reader: "PdfReader") -> ParsedMetadata:
    told: Any = reader.metadata
    return ParsedMetadata(
        author=author_names(_told(told, "/Author")), published=_date(_told(told, "/CreationDate"))
    )


def _told(told: Any, key: str) -> str | None:
    value = told.get(key) if hasattr(told, "get") else None
    return value if isinstance(value, str) else None


def _date(written: str | None) -> str | None:
    date = _DATE.match(written or "")
    return iso_date("-".join(date.groups())) if date else None
