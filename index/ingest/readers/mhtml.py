"""Read web pages that browsers save as a single file (MHTML): the page among its pictures."""

import email
from dataclasses import replace
from email.message import Message

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode_as
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import http_link
from index.ingest.readers.html.reader import read_html

_PAGES = {"text/html", "application/xhtml+xml"}
_EXPECTED = "expected a page saved by a browser as a single file: save it again, as HTML"


def read_mhtml(data: bytes) -> ParsedDocument:
    """Parse the first page in a web archive. Raises ReadError when it holds none."""
    with guard_parser("a web archive", _EXPECTED):
        archive = email.message_from_bytes(data)
        page = find_page(archive)
        link = http_link(archive.get("Snapshot-Content-Location"))
    if page is None:
        raise ReadError(f"contains no page; {_EXPECTED}")
    document = read_html(page)
    return replace(document, metadata=document.metadata.over(ParsedMetadata(url=link)))


def find_page(archive: Message) -> bytes | None:
    """Return the first HTML page in a web archive, in UTF-8 if its part declares an encoding."""
    for part in archive.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_type() in _PAGES and isinstance(payload, bytes):
            text = decode_as(payload, str(part.get_content_charset() or ""))
            return payload if text is None else text.encode("utf-8")
    return None
