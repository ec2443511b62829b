"""Read RSS and Atom feeds and JSON Feed: the whole feed as one article, or entry by entry.

``read_feed`` makes one article of a saved feed, with a section for each entry. ``quoth add`` uses
``parse_feed`` to save each entry as an article of its own, cited with its own link.
"""

import io
import re
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from index.errors import NotAnArticle, ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date, local_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import author_names, clean_value, http_link, language_code
from index.ingest.parsing.safe_xml import local_name, parse_xml, text_content
from index.ingest.readers.html.blocks import write_blocks
from index.ingest.readers.html.cleanup.boilerplate import remove_boilerplate
from index.ingest.readers.html.cleanup.formulas import write_formulas
from index.ingest.readers.html.cleanup.inline_marks import clean_marks
from index.ingest.readers.html.cleanup.list_numbers import list_marks
from index.ingest.readers.html.source import parse_html
from index.ingest.readers.json_feed import is_json, load_json_feed
from index.types import Metadata

_EXPECTED = "expected an RSS or Atom feed or a JSON Feed"
_EPOCH = "1970-01-01"  # stands for no date, as do years before
_MAX_ENTRIES = 2_000
_TOO_MANY = f"more than {_MAX_ENTRIES:,} entries; split the file"
_ENTRY_TAG = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s/>]")
_ROOT_NAMES = {"rss", "feed", "rdf"}


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry of a feed; ``html`` is its full text or, failing that, its summary."""

    metadata: ParsedMetadata
    html: str
    has_full_text: bool


def read_feed(data: bytes) -> ParsedDocument:
    """Parse a feed into one document. Raises ReadError for anything but a feed.

    Every entry's passages are cited with its own title, author, date and link. The feed's date is
    that of its newest entry.
    """
    metadata, entries = parse_feed(data)
    dates = (entry.metadata.published for entry in entries)
    newest = ParsedMetadata(published=max(filter(None, dates), default=None))
    builder = DocumentBuilder()
    with guard_parser("a feed", _EXPECTED):
        for entry in entries:
            builder.add_heading(entry.metadata.title or "")
            builder.leave_sections()
            builder.origin = _origin(entry.metadata, metadata)
            write_html(entry.html, builder)
    return builder.build(newest.over(metadata))


def parse_feed(data: bytes) -> tuple[ParsedMetadata, list[FeedEntry]]:
    """Return the metadata of a feed and its entries in the feed's order.

    Raises ReadError for anything but a feed, and for XML that declares entities.
    """
    with guard_parser("a feed", _EXPECTED):
        if is_json(data):
            return _parse_json_feed(data)
        import feedparser  # noqa: PLC0415 - only feeds need it

        root = local_name(parse_xml(data, recover=True))
        if root not in _ROOT_NAMES:
            raise NotAnArticle(f"the XML root is <{root}>; {_EXPECTED}")
        if len(_ENTRY_TAG.findall(data)) > _MAX_ENTRIES:
            raise ReadError(_TOO_MANY)
        # A stream, because feedparser takes a string or bytes for a URL or a file name first.
        feed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
        metadata = _metadata(feed.feed)
        is_inherited = (feed.version or "").startswith("atom")
        defaults = _defaults(metadata, is_inherited=is_inherited)
        return metadata, [_feed_entry(entry, defaults) for entry in feed.entries]


def _parse_json_feed(data: bytes) -> tuple[ParsedMetadata, list[FeedEntry]]:
    feed = load_json_feed(data)
    if len(feed.entries) > _MAX_ENTRIES:
        raise ReadError(_TOO_MANY)
    metadata = _metadata(feed.feed)
    defaults = _defaults(metadata, is_inherited=True)
    return metadata, [_feed_entry(entry, defaults) for entry in feed.entries]


def _defaults(feed: ParsedMetadata, *, is_inherited: bool) -> ParsedMetadata:
    """Return what holds for all entries; in Atom and JSON Feed also the author."""
    author = feed.author if is_inherited else None
    return ParsedMetadata(publisher=feed.title, language=feed.language, author=author)


def write_html(html: str, builder: DocumentBuilder) -> None:
    """Add the content of an entry, HTML or plain text, to a document."""
    if html.strip():
        tree = parse_html(f"<div>{html}</div>")
        clean_marks(tree)
        write_formulas(tree)
        remove_boilerplate(tree)
        write_blocks(tree, builder, marks=list_marks(tree))


def _origin(entry: ParsedMetadata, feed: ParsedMetadata) -> Metadata | None:
    """Return what an entry is cited with; None if it has neither a title nor a feed to name."""
    title = entry.title or feed.title
    return Metadata(**{**asdict(entry), "title": title}) if title else None


def _feed_entry(entry: dict[str, Any], defaults: ParsedMetadata) -> FeedEntry:
    contents = (content.get("value", "") for content in entry.get("content", []))
    full_text = next(filter(str.strip, contents), "")
    # The content of a podcast's entry may be shorter than its description.
    html = max(full_text, entry.get("summary", ""), key=lambda text: len(text.strip()))
    return FeedEntry(_metadata(entry, defaults.language).over(defaults), html, bool(full_text))


def _metadata(element: dict[str, Any], feed_language: str | None = None) -> ParsedMetadata:
    """Return the metadata of a feed or of an entry, both as feedparser returns them."""
    raw = element.get("author") or ""
    # feedparser cuts an address short that stands alone.
    names = [] if "@" in raw else [author.get("name") for author in element.get("authors", [])]
    language = element.get("language") or element.get("title_detail", {}).get("language")
    day = element.get("published") or element.get("updated")
    return ParsedMetadata(
        title=_plain_title(element.get("title")),
        author=author_names("; ".join(filter(None, names))) or author_names(raw),
        published=_date(day, language or feed_language),
        url=http_link(element.get("link")),
        language=language_code(language),
    )


def _plain_title(title: str | None) -> str | None:
    """Return a title without markup and without entities, which many feeds escape twice."""
    if title and ("<" in title or "&" in title):
        title = text_content(parse_html(f"<div>{title}</div>"))
    return clean_value(title)


def _date(text: str | None, language: str | None) -> str | None:
    """Return the date in its own time zone as YYYY-MM-DD; feedparser would convert it to UTC."""
    try:
        day = parsedate_to_datetime(text or "").date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        day = iso_date(text or "") or local_date(text or "", language_code(language)) or ""
    return day if day > _EPOCH else None
