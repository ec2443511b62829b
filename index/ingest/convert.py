"""What came from a link, a feed or a file, made into the files that are saved in the seeds."""

import codecs
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.front_matter import front_matter
from index.ingest.parsing.markdown_writer import as_markdown, front_lines, key_lines
from index.ingest.parsing.names import title_of
from index.ingest.parsing.normalize import link
from index.ingest.parsing.safe_zip import open_archive
from index.ingest.readers.feed import Entry, write_markup
from index.ingest.readers.html import read_html
from index.ingest.web.fetch import Fetched

_MEDIA = {
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
}
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_HTML = re.compile(
    rb"(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN = {".txt", ".text", ".md", ".markdown"}
_HEAD = 2_000  # bytes in which a file shows what it is
_LONGEST_NAME = 70  # characters


@dataclass(frozen=True, slots=True)
class IncomingArticle:
    """A file for the seeds; ``beside`` is what the file next to it says, when there is one."""

    name: str
    content: bytes
    beside: bytes | None = None


def kind_of(fetched: Fetched) -> str:
    """The suffix that a fetched document should have. Raises ReadError when it is no article."""
    head = fetched.data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"PK\x03\x04"):
        names = open_archive(fetched.data, "a document").namelist()
        return ".epub" if "META-INF/container.xml" in names else ".docx"
    if _HTML.match(head):
        return ".html"
    if _FEED.search(head):
        return ".rss"
    suffix = PurePosixPath(urlsplit(fetched.url).path).suffix.lower()
    found = _MEDIA.get(fetched.media_type) or (suffix if suffix in _PLAIN else None)
    if found is None and fetched.media_type.startswith("text/"):
        return ".txt"
    if found is None:
        raise ReadError(f"{fetched.url}: {fetched.media_type}; wanted a page, a text or a document")
    return found


def page(fetched: Fetched, told: ParsedMetadata) -> IncomingArticle:
    """An HTML page as Markdown: its article, with front matter that says where it is from."""
    draft = read_html(_in_utf8(fetched))
    if not draft.blocks:
        raise ReadError(f"{fetched.url}: no paragraph found on the page; wanted an article")
    return _markdown(draft, told.over(_from(fetched.url, draft.found)))


def text(fetched: Fetched, suffix: str, told: ParsedMetadata) -> IncomingArticle:
    """A plain text or Markdown file with front matter that says where it is from."""
    written = decode(_in_utf8(fetched))
    found, body = front_matter(written)
    said = told.over(_from(fetched.url, found))
    content = f"{front_lines(said)}\n{written[body:]}".encode("utf-8", "replace")
    name = _slug(said.title or _last(fetched.url))
    return IncomingArticle(f"{name}{suffix}", content)


def document(fetched: Fetched, suffix: str, told: ParsedMetadata) -> IncomingArticle:
    """A PDF, Word or EPUB file as it is; where it is from stands in the file beside it."""
    said = told.over(ParsedMetadata(url=link(fetched.url)))
    name = _slug(told.title or _last(fetched.url))
    return IncomingArticle(f"{name}{suffix}", fetched.data, lines(said))


def entry(of: Entry, told: ParsedMetadata) -> IncomingArticle:
    """An entry of a feed as Markdown. Raises ReadError when there is no paragraph in it."""
    composer = DocumentBuilder()
    write_markup(of.markup, composer)
    draft = composer.draft(of.found)
    if not draft.blocks:
        raise ReadError(f"{of.found.title or 'an entry'}: nothing in it; wanted a paragraph")
    return _markdown(draft, told.over(of.found))


def file(name: str, content: bytes, told: ParsedMetadata) -> IncomingArticle:
    """A file from this machine: as it is, what is ``told`` of it in front of it or beside it."""
    if told == ParsedMetadata():
        return IncomingArticle(name, content)
    if PurePosixPath(name).suffix.lower() not in _PLAIN:
        return IncomingArticle(name, content, lines(told))
    written = decode(content)
    found, body = front_matter(written)
    front = front_lines(told.over(found))
    return IncomingArticle(name, f"{front}\n{written[body:]}".encode("utf-8", "replace"))


def folder_name(title: str | None, url: str) -> str:
    """The folder in which the entries of a feed are saved."""
    return _slug(title or urlsplit(url).hostname or "feed")


def lines(told: ParsedMetadata) -> bytes:
    """The file beside another: what front matter would say."""
    return ("\n".join(key_lines(told)) + "\n").encode("utf-8", "replace")


def _markdown(draft: ParsedDocument, told: ParsedMetadata) -> IncomingArticle:
    title = told.title or title_of(_last(told.url or ""))
    told = told.over(ParsedMetadata(title=title))
    content = as_markdown(draft, told).encode("utf-8", "replace")
    return IncomingArticle(f"{_slug(title)}.md", content)


def _from(url: str, found: ParsedMetadata) -> ParsedMetadata:
    """What a document says of itself; its link only when it leads to the host it came from."""
    host = _host(url)
    own = found.url if found.url and _host(found.url) == host else None
    said = ParsedMetadata(url=own or link(url)).over(found)
    return said.over(ParsedMetadata(publisher=host or None))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _last(url: str) -> str:
    """The last part of a link's path without its suffix; the host where there is none."""
    parts = urlsplit(url)
    return PurePosixPath(unquote(parts.path)).stem or parts.hostname or "article"


def _in_utf8(fetched: Fetched) -> bytes:
    """The bytes in UTF-8, when the server says how they are encoded; else as they are."""
    try:
        codec = codecs.lookup(fetched.charset or "utf-8")
        return fetched.data.decode("cp1252" if codec.name == "iso8859-1" else codec.name).encode()
    except (LookupError, UnicodeError, ValueError):
        return fetched.data


def _slug(title: str) -> str:
    words = re.sub(r"[\W_]+", "-", title.casefold()).strip("-")
    return words[:_LONGEST_NAME].rstrip("-") or "article"
