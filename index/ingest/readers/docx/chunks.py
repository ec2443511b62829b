"""Read the files that a Word document holds in place of text (altChunk), as converters write it.

Programs that make Word files of web pages put the page into the archive; Word reads it on opening.
"""

import email
import zipfile
from collections.abc import Callable
from itertools import islice
from pathlib import PurePosixPath

from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.normalize import clean_line
from index.ingest.parsing.safe_xml import parse_xml, text_content
from index.ingest.parsing.safe_zip import read_part, resolve_part
from index.ingest.readers.docx.styles import strip_namespaces
from index.ingest.readers.html.blocks import write_blocks
from index.ingest.readers.html.cleanup.formulas import write_formulas
from index.ingest.readers.html.cleanup.inline_marks import clean_marks
from index.ingest.readers.html.cleanup.list_numbers import list_marks
from index.ingest.readers.html.source import decode_html, parse_html
from index.ingest.readers.mhtml import find_page
from index.text.spans import paragraphs


def chunk_parts(archive: zipfile.ZipFile, document: str) -> dict[str, str]:
    """Return the names of the parts that a document refers to, by the id of the relation."""
    path = PurePosixPath(document)
    source = read_part(archive, f"{path.parent}/_rels/{path.name}.rels")
    relations = () if source is None else strip_namespaces(parse_xml(source))
    return {
        relation.get("Id", ""): resolve_part(document, relation.get("Target", ""))
        for relation in relations
        if relation.get("Type", "").endswith("/aFChunk")
    }


def write_chunk(name: str, data: bytes, builder: DocumentBuilder) -> bool:
    """Add the content of a file; return False if its format is not read."""
    suffix = PurePosixPath(name).suffix.lower()
    if write := _WRITERS.get(suffix):
        write(data, builder)
    return write is not None


def _write_html(data: bytes, builder: DocumentBuilder) -> None:
    tree = parse_html(decode_html(data))
    clean_marks(tree)
    write_formulas(tree)
    titles = [clean_line(text_content(heading)) for heading in islice(tree.iter("h1"), 2)]
    title = titles[0] if len(titles) == 1 else None
    write_blocks(tree, builder, title, marks=list_marks(tree))


def _write_web_archive(data: bytes, builder: DocumentBuilder) -> None:
    page = find_page(email.message_from_bytes(data))
    if page is not None:
        _write_html(page, builder)


def _write_text(data: bytes, builder: DocumentBuilder) -> None:
    text = decode(data)
    for start, end in paragraphs(text):
        builder.add_paragraph(text[start:end])


_WRITERS: dict[str, Callable[[bytes, DocumentBuilder], None]] = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), _write_html),
    **dict.fromkeys((".mht", ".mhtml"), _write_web_archive),
    ".txt": _write_text,
}
