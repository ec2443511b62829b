"""EPUB: chapters in the order of the spine, their headings as sections."""

import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import author_names, clean_value, http_link, language_code
from index.ingest.parsing.safe_xml import local_name, parse_xml, text_content
from index.ingest.parsing.safe_zip import open_archive, read_part, resolve_part
from index.ingest.readers.html import decode_html, parse_html
from index.ingest.readers.html_blocks import write_blocks

if TYPE_CHECKING:
    from lxml.etree import _Element

_WANTED = "wanted an EPUB without copy protection"
_CONTAINER = "META-INF/container.xml"
_PROTECTION = "META-INF/rights.xml"
_CHAPTERS = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}
_TYPE = "{http://www.idpf.org/2007/ops}type"
# What stands around the chapters of a book, who published it and lists of what is where; and the
# numbers of notes.
_SURROUNDING = set(
    "cover titlepage halftitlepage copyright-page toc landmarks loi lot index noteref".split()
)
_MAX_CHAPTERS = 2_000
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)(10\.\d{4,9}/\S+)", re.IGNORECASE)


def read_epub(data: bytes) -> ParsedDocument:
    """The draft of a book. Raises ReadError when it is none, protected, or a bomb."""
    archive = open_archive(data, "an EPUB")
    with guard_parser("an EPUB", _WANTED), archive:
        return _book(archive)


def _book(archive: zipfile.ZipFile) -> ParsedDocument:
    name = _package_name(archive)
    package = parse_xml(_wanted(archive, name), recover=True)
    found = _found(package)
    builder = DocumentBuilder()
    for chapter in _spine(package, name):
        source = read_part(archive, chapter)
        if source is not None:
            builder.section = None
            write_blocks(_body(source), builder, found.title)
    if not builder.blocks and read_part(archive, _PROTECTION) is not None:
        raise ReadError(f"a copy-protected EPUB; {_WANTED}")
    return builder.build(found)


def _wanted(archive: zipfile.ZipFile, name: str) -> bytes:
    source = read_part(archive, name)
    if source is None:
        raise ReadError(f"no {name!a} in it; {_WANTED}")
    return source


def _package_name(archive: zipfile.ZipFile) -> str:
    container = parse_xml(_wanted(archive, _CONTAINER), recover=True)
    for element in container.iter("{*}rootfile"):
        return resolve_part("", element.get("full-path") or "")
    raise ReadError(f"no rootfile named in {_CONTAINER}; {_WANTED}")


def _spine(package: "_Element", name: str) -> Iterator[str]:
    """Names of the chapters in reading order, each once; the table of contents is none."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    seen: set[str] = set()
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or not _is_chapter(item):
            continue
        chapter = resolve_part(name, item.get("href") or "")
        if chapter not in seen and len(seen) < _MAX_CHAPTERS:
            seen.add(chapter)
            yield chapter


def _is_chapter(item: "_Element") -> bool:
    navigation = "nav" in (item.get("properties") or "").split()
    return item.get("media-type") in _CHAPTERS and not navigation


def _body(source: bytes) -> "_Element":
    """The body of a chapter: XHTML as it should be, or what a browser makes of it."""
    try:
        tree = parse_xml(source)
    except ReadError:
        tree = parse_html(decode_html(source))
    body = next((element for element in tree.iter("{*}body", "body")), tree)
    for element in list(body.iter("*")):
        if not _SURROUNDING.isdisjoint(_types(element)):
            element.tag = "nav"  # which is not read
    return body


def _types(element: "_Element") -> list[str]:
    """What EPUB's vocabulary calls it; the name is another where HTML was read, not XML."""
    return (element.get(_TYPE) or element.get("epub:type") or "").split()


def _found(package: "_Element") -> ParsedMetadata:
    told: dict[str, list[str]] = {}
    for element in package.iter("{http://purl.org/dc/elements/1.1/}*"):
        if text := clean_value(text_content(element)):
            told.setdefault(local_name(element), []).append(text)
    identifiers = told.get("identifier", []) + told.get("source", [])
    return ParsedMetadata(
        title=_first(told, "title"),
        publisher=_first(told, "publisher"),
        author=author_names("; ".join(dict.fromkeys(told.get("creator", [])))),
        published=iso_date(_first(told, "date") or "") or _first(told, "date"),
        url=next(filter(None, map(_link, identifiers)), None),
        language=language_code(_first(told, "language")),
    )


def _first(told: dict[str, list[str]], name: str) -> str | None:
    return next(iter(told.get(name, [])), None)


def _link(identifier: str) -> str | None:
    doi = _DOI.match(identifier)
    return f"https://doi.org/{doi[1]}" if doi else http_link(identifier)
