"""Read sitemaps (sitemaps.org): XML, a sitemap index, a list of lines; gzip or not."""

import zlib
from dataclasses import dataclass
from urllib.parse import urljoin

from index.errors import ReadError
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.safe_xml import local_name, parse_xml, text_content
from index.ingest.web.fetch import MAX_BYTES, Fetched

MAX_SITEMAPS = 200  # sitemaps of one index that are read
_EXPECTED = "expected a sitemap as sitemaps.org describes it"
_ROOTS = {"urlset", "sitemapindex"}
_GZIP = b"\x1f\x8b"
_SNIFFED_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Sitemap:
    """URLs of pages with the date of their last change, and URLs of further sitemaps."""

    pages: tuple[tuple[str, str | None], ...] = ()
    children: tuple[str, ...] = ()


def is_sitemap(fetched: Fetched) -> bool:
    """Return whether a document looks like a sitemap."""
    try:
        head = gunzip(fetched.data)[:_SNIFFED_BYTES]
    except ReadError:
        return False
    return b"<urlset" in head or b"<sitemapindex" in head


def parse_sitemap(fetched: Fetched) -> Sitemap:
    """Parse a sitemap. Raises ReadError for anything else, and for a decompression bomb."""
    data = gunzip(fetched.data)
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Sitemap(pages=tuple(_lines(data)))
    with guard_parser("a sitemap", _EXPECTED):
        root = parse_xml(data, recover=True)
        if local_name(root) not in _ROOTS:
            raise ReadError(f"the XML root is <{local_name(root)}>; {_EXPECTED}")
        entries = [_entry(element, fetched.url) for element in root]
    found = {url: date for url, date in entries if url}
    if local_name(root) == "sitemapindex":
        return Sitemap(children=tuple(found)[:MAX_SITEMAPS])
    return Sitemap(pages=tuple(found.items()))


def gunzip(data: bytes) -> bytes:
    """Decompress a ``.gz`` file; return other data as it is. Raises ReadError past the limit."""
    if not data.startswith(_GZIP):
        return data
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = decompressor.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise ReadError(f"the gzip data is damaged ({error})") from error
    if len(content) > MAX_BYTES:
        raise ReadError(f"it has more than {MAX_BYTES:,} bytes when decompressed")
    return content


def _entry(element, base: str) -> tuple[str, str | None]:  # type: ignore[no-untyped-def]
    """Return the URL of an entry, "" if it has none, and its date."""
    values = {local_name(child): text_content(child).strip() for child in element}
    url = values.get("loc", "")
    return (urljoin(base, url) if url else ""), values.get("lastmod") or None


def _lines(data: bytes) -> list[tuple[str, str | None]]:
    lines = data.decode("utf-8-sig", "replace").split()
    urls = dict.fromkeys(line for line in lines if line.startswith(("http://", "https://")))
    if not urls:
        raise ReadError(f"it lists no URLs; {_EXPECTED}")
    return [(url, None) for url in urls]
