"""Read EPUB books: chapters in the order of the spine, with their headings as sections."""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import author_names, clean_value, http_link, language_code
from index.ingest.parsing.safe_xml import local_name, parse_xml, text_content, visible_chars
from index.ingest.parsing.safe_zip import open_archive, read_part, resolve_part
from index.ingest.readers.epub.chapters import clean_chapter, is_back_matter, join_chapters
from index.ingest.readers.html.blocks import write_blocks
from index.ingest.readers.html.cleanup.formulas import write_formulas
from index.ingest.readers.html.cleanup.inline_marks import clean_marks
from index.ingest.readers.html.cleanup.list_numbers import list_marks
from index.ingest.readers.html.cleanup.row_spans import repeat_spanning_cells
from index.ingest.readers.html.source import decode_html, parse_html

if TYPE_CHECKING:
    from lxml.etree import _Element

_EXPECTED = "expected an EPUB without copy protection"
_CONTAINER = "META-INF/container.xml"
_COPY_PROTECTION = "META-INF/rights.xml"
_CHAPTER_TYPES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)(10\.\d{4,9}/\S+)", re.IGNORECASE)


def read_epub(data: bytes) -> ParsedDocument:
    """Parse a book. Raises ReadError for other files, copy-protected books and zip bombs."""
    archive = open_archive(data, "an EPUB")
    with guard_parser("an EPUB", _EXPECTED), archive:
        package_name = _package_name(archive)
        package = parse_xml(_required_part(archive, package_name), recover=True)
        metadata = _metadata(package)
        builder, file_chars = DocumentBuilder(joins_introductions=True), 0
        for bodies, chars in _joined_chapters(archive, _chapter_names(package, package_name)):
            file_chars += chars
            builder.leave_sections()
            for body in bodies:
                write_blocks(body, builder, metadata.title, marks=list_marks(body))
        if not builder.blocks and read_part(archive, _COPY_PROTECTION) is not None:
            raise ReadError(f"the EPUB is copy-protected; {_EXPECTED}")
        return replace(builder.build(metadata), file_chars=file_chars)


def _joined_chapters(
    archive: zipfile.ZipFile, names: Iterable[str]
) -> "Iterator[tuple[list[_Element], int]]":
    """Yield the files of each chapter and the number of characters that were in them.

    A chapter is one file, or several if the end of a file cuts a sentence.
    """
    waiting: list[_Element] = []
    chars = 0
    for name in names:
        source = read_part(archive, name)
        if source is None:
            continue
        body = _chapter_body(source)
        body_chars = visible_chars(body)
        if is_back_matter(body):
            chars += body_chars
            continue
        clean_chapter(body)
        if waiting and not join_chapters(waiting[-1], body):
            yield waiting, chars
            waiting, chars = [], 0
        waiting.append(body)
        chars += body_chars
    yield waiting, chars


def _required_part(archive: zipfile.ZipFile, name: str) -> bytes:
    source = read_part(archive, name)
    if source is None:
        raise ReadError(f"the archive has no {name!a}; {_EXPECTED}")
    return source


def _package_name(archive: zipfile.ZipFile) -> str:
    container = parse_xml(_required_part(archive, _CONTAINER), recover=True)
    for element in container.iter("{*}rootfile"):
        return resolve_part("", element.get("full-path") or "")
    raise ReadError(f"{_CONTAINER} names no rootfile; {_EXPECTED}")


def _chapter_names(package: "_Element", package_name: str) -> Iterator[str]:
    """Yield the chapters' names in reading order, each once, without the table of contents."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    spine = (items.get(reference.get("idref")) for reference in package.iter("{*}itemref"))
    names = (
        resolve_part(package_name, item.get("href") or "")
        for item in spine
        if item is not None
        and item.get("media-type") in _CHAPTER_TYPES
        and "nav" not in (item.get("properties") or "").split()
    )
    yield from dict.fromkeys(names)


def _chapter_body(source: bytes) -> "_Element":
    """Parse a chapter as XHTML or, if it is not well-formed, as HTML; return its body."""
    try:
        tree = parse_xml(source)
    except ReadError:
        tree = parse_html(decode_html(source))
    body = next(tree.iter("{*}body", "body"), tree)
    clean_marks(body)
    repeat_spanning_cells(body)
    write_formulas(body)
    return body


def _metadata(package: "_Element") -> ParsedMetadata:
    values: dict[str, list[str]] = defaultdict(list)
    for element in package.iter("{http://purl.org/dc/elements/1.1/}*"):
        if text := clean_value(text_content(element)):
            values[local_name(element)].append(text)
    first = {name: texts[0] for name, texts in values.items()}
    links = map(_to_link, values["identifier"] + values["source"])
    return ParsedMetadata(
        title=first.get("title"),
        publisher=first.get("publisher"),
        author=author_names("; ".join(dict.fromkeys(values["creator"]))),
        published=iso_date(first.get("date", "")) or first.get("date"),
        url=next(filter(None, links), None),
        language=language_code(first.get("language")),
    )


def _to_link(identifier: str) -> str | None:
    doi = _DOI.match(identifier)
    return f"https://doi.org/{doi[1]}" if doi else http_link(identifier)
