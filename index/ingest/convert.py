"""Convert fetched documents and feed entries into files to save in seeds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from index.errors import ReadError
from index.ingest.formats import TEXT_SUFFIXES
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode, decode_as
from index.ingest.parsing.metadata.front_matter import (
    format_front_matter,
    format_metadata,
    parse_front_matter,
)
from index.ingest.parsing.normalize import http_link, slugify, title_from_path
from index.ingest.parsing.safe_zip import open_archive
from index.ingest.readers.feed import FeedEntry, write_html
from index.ingest.readers.json_feed import is_json_feed
from index.ingest.web.fetch import Fetched

_SIGNATURES = {b"%PDF-": ".pdf", b"{\\rtf": ".rtf"}
_ARCHIVES = {"META-INF/container.xml": ".epub", "content.xml": ".odt"}  # by a part they have
_SUFFIXES = {  # by media type
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".rss",
    "application/rdf+xml": ".rss",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/x-rst": ".rst",
    "text/prs.fallenstein.rst": ".rst",
}
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_HTML = re.compile(
    rb"(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_SNIFFED_BYTES = 2_000
# Text at the start of a line that Markdown would read as markup.
_FENCED = re.compile(r"(`{3,}|~{3,})[^\n`]*\n(?:.*\n)?\1\Z", re.DOTALL)
_MARKUP = re.compile(
    r"^(#{1,6}(?:\s|\Z)|```|~~~|<|\[[^\]]+\]:|=+\s*\Z|-{3,}|[*_]{3,})", re.MULTILINE
)
_MAX_SLUG_CHARS = 70
_NO_METADATA = ParsedMetadata()


@dataclass(frozen=True, slots=True)
class IncomingArticle:
    """A file to save in seeds, and the content of its sidecar if it needs one."""

    name: str
    content: bytes
    sidecar: bytes | None = None


def detect_suffix(fetched: Fetched) -> str:
    """Return the file suffix for a fetched document, by its content, media type or URL.

    Raises ReadError if no reader supports it.
    """
    head = fetched.data[:_SNIFFED_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix := next(
        (each for start, each in _SIGNATURES.items() if head.startswith(start)), None
    ):
        return suffix
    if head.startswith(b"PK\x03\x04"):
        names = open_archive(fetched.data, "a document").namelist()
        return next((suffix for name, suffix in _ARCHIVES.items() if name in names), ".docx")
    if _HTML.match(head):
        return ".html"
    if _FEED.search(head) or is_json_feed(fetched.data):
        return ".rss"
    suffix = PurePosixPath(urlsplit(fetched.url).path).suffix.lower()
    if found := _SUFFIXES.get(fetched.media_type) or (suffix if suffix in TEXT_SUFFIXES else None):
        return found
    if fetched.media_type.startswith("text/"):
        return ".txt"
    raise ReadError(
        f"is {fetched.media_type}, which cannot be an article; add a web page, a text or a document"
    )


def convert(fetched: Fetched, metadata: ParsedMetadata = _NO_METADATA) -> IncomingArticle:
    """Convert a fetched document into a file that records its source.

    A web page becomes Markdown, a text gets front matter, any other document a sidecar.
    ``metadata`` takes precedence over the document's own. Raises ReadError for a feed, and for
    what cannot be an article.
    """
    suffix = detect_suffix(fetched)
    if suffix == ".rss":
        raise ReadError("is a feed; expected the page of an entry")
    if suffix == ".html":
        from index.ingest.readers.html.reader import read_html  # noqa: PLC0415 - 2 MB of the bot's memory

        document = read_html(_as_utf8(fetched), joins_parts=False)
        return _to_markdown_file(
            document, metadata.over(_with_source(fetched.url, document.metadata))
        )
    if suffix in TEXT_SUFFIXES:
        text = decode(_as_utf8(fetched))
        front_matter = parse_front_matter(text)
        metadata = metadata.over(_with_source(fetched.url, front_matter.metadata))
        body = text[front_matter.body :]
        content, sidecar = _encode(format_front_matter(metadata) + body), None
    else:
        source = metadata.over(ParsedMetadata(url=http_link(fetched.url)))
        content, sidecar = fetched.data, _encode(format_metadata(source))
    name = _short_slug(metadata.title or _url_stem(fetched.url))
    return IncomingArticle(f"{name}{suffix}", content, sidecar)


def convert_entry(entry: FeedEntry) -> IncomingArticle:
    """Convert an entry of a feed into Markdown. Raises ReadError if it has no paragraphs."""
    builder = DocumentBuilder()
    write_html(entry.html, builder)
    return _to_markdown_file(builder.build(entry.metadata), entry.metadata)


def to_markdown(document: ParsedDocument, front_matter: ParsedMetadata) -> str:
    """Return a Markdown file with ``front_matter`` and the document's blocks.

    Reading the file again gives the same paragraphs in the same sections.
    """
    parts = (f"\n{part}\n" for part in _parts(document))
    return format_front_matter(front_matter) + "".join(parts)


def feed_folder(title: str | None, url: str) -> str:
    """Return the name of the folder for the entries of a feed."""
    return _short_slug(title or urlsplit(url).hostname or "feed")


def _to_markdown_file(document: ParsedDocument, metadata: ParsedMetadata) -> IncomingArticle:
    title = metadata.title or title_from_path(_url_stem(metadata.url or ""))
    if not document.blocks:
        raise ReadError("has no paragraphs; add the page of an article")
    metadata = metadata.over(ParsedMetadata(title=title))
    return IncomingArticle(f"{_short_slug(title)}.md", _encode(to_markdown(document, metadata)))


def _parts(document: ParsedDocument) -> Iterator[str]:
    """Yield the document's headings and paragraphs as Markdown."""
    section: str | None = None
    for block in document.blocks:
        if block.section and block.section != section:
            section = block.section
            yield f"## {section}" + (f" {{#{block.anchor}}}" if block.anchor else "")
        yield _paragraph(document.text[block.start : block.end])


def _paragraph(text: str) -> str:
    """Escape a paragraph; put text with empty lines in it into a code fence, unless it has one."""
    if _FENCED.match(text):
        return text
    if "\n\n" not in text:
        return _MARKUP.sub(r"\\\1", text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _with_source(url: str, metadata: ParsedMetadata) -> ParsedMetadata:
    """Complete a document's metadata with its URL and publisher.

    The document's own URL counts only if it has the host that the document came from.
    """
    host = _host(url)
    own_url = metadata.url if metadata.url and _host(metadata.url) == host else None
    source = ParsedMetadata(url=own_url or http_link(url))
    return source.over(metadata).over(ParsedMetadata(publisher=host or None))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _url_stem(url: str) -> str:
    """Return the last part of a URL's path without its suffix; its host if the path is empty."""
    parts = urlsplit(url)
    return PurePosixPath(unquote(parts.path)).stem or parts.hostname or "article"


def _as_utf8(fetched: Fetched) -> bytes:
    """Recode the data into UTF-8 if the server names another encoding that fits.

    Many servers name Latin-1 for all pages. Text in it is hardly ever valid UTF-8 by chance.
    """
    if not fetched.data.isascii() and decode_as(fetched.data, "utf-8") is not None:
        return fetched.data
    text = decode_as(fetched.data, fetched.charset or "utf-8")
    return fetched.data if text is None else _encode(text)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _short_slug(title: str) -> str:
    return slugify(title)[:_MAX_SLUG_CHARS].rstrip("-")
