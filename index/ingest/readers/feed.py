"""Saved feeds, RSS and Atom: one article, an entry's title as the section of its paragraphs.

A file is an article, here as everywhere; ``quoth add`` saves the entries of a feed one by one, so
that each is cited with its own link.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import language_code, link, short
from index.ingest.parsing.safe_xml import all_text, name_of, parse_xml
from index.ingest.readers.html import parse_html
from index.ingest.readers.html_blocks import write
from index.ingest.readers.html_boilerplate import prune

if TYPE_CHECKING:
    from lxml.etree import _Element

_WANTED = "wanted an RSS or Atom feed"
_MAX_ENTRIES = 2_000
_ROOTS = {"rss", "feed", "rdf"}
_ENTRIES = ("item", "entry")  # below the channel, in RSS 1.0 beside it
_BODIES = ("encoded", "content", "description", "summary")  # the fullest first


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed; ``markup`` is its content or summary in HTML."""

    found: ParsedMetadata
    markup: str
    whole: bool


def read_feed(data: bytes) -> ParsedDocument:
    """The draft of a feed. Raises ReadError when it is none."""
    found, entries = feed(data)
    composer = DocumentBuilder()
    with guard_parser("a feed", _WANTED):
        for entry in entries:
            composer.section = None
            composer.heading(_headline(entry.found))
            write_markup(entry.markup, composer)
    return composer.draft(found)


def _headline(told: ParsedMetadata) -> str:
    """An entry's title with its date, which the citation of the whole file cannot give."""
    return told.title + f" ({told.published})" * bool(told.published) if told.title else ""


def feed(data: bytes) -> tuple[ParsedMetadata, list[Entry]]:
    """What a feed says of itself, and its entries in its order. Raises ReadError."""
    with guard_parser("a feed", _WANTED):
        root = parse_xml(data, mend=True)
        if name_of(root) not in _ROOTS:
            raise ReadError(f"XML whose root is <{name_of(root)}>; {_WANTED}")
        channel = next(_children(root, "channel"), root)
        found = _found(channel)
        inside = (*_children(root, *_ENTRIES), *_children(channel, *_ENTRIES))
        unique = dict.fromkeys(inside)  # Atom's channel is its root
        entries = [_entry(element, found) for element in islice(unique, _MAX_ENTRIES + 1)]
    if len(entries) > _MAX_ENTRIES:
        raise ReadError(f"more than {_MAX_ENTRIES:,} entries; split the file")
    return found, entries


def write_markup(markup: str, composer: DocumentBuilder) -> None:
    """Write the content of an entry: HTML, or plain words."""
    if markup.strip():
        tree = parse_html(f"<div>{markup}</div>")
        prune(tree)
        write(tree, composer)


def _children(element: "_Element", *names: str) -> Iterator["_Element"]:
    return (child for child in element if name_of(child) in names)


def _text(element: "_Element", *names: str) -> str | None:
    """The first of the named children that says something."""
    said = (short(all_text(child)) for name in names for child in _children(element, name))
    return next(filter(None, said), None)


def _found(element: "_Element") -> ParsedMetadata:
    return ParsedMetadata(
        title=_plain(_text(element, "title")),
        author=_author(element),
        published=_published(element),
        url=_url(element),
        language=language_code(_text(element, "language") or _xml_language(element)),
    )


def _entry(element: "_Element", of: ParsedMetadata) -> Entry:
    told = ParsedMetadata(publisher=of.title, language=of.language)
    for number, name in enumerate(_BODIES):
        for child in _children(element, name):
            if markup := _markup(child):
                return Entry(_found(element).over(told), markup, whole=number < 2)
    return Entry(_found(element).over(told), "", whole=False)


def _markup(element: "_Element") -> str:
    """The content as HTML, be it escaped, CDATA, or elements (Atom's XHTML)."""
    from lxml import etree  # noqa: PLC0415 - loaded by the parser already

    if element.get("type") == "xhtml" or len(element):
        inner = "".join(etree.tostring(child, encoding="unicode") for child in element)
        return (element.text or "") + inner
    return all_text(element)


def _plain(title: str | None) -> str | None:
    """A title without markup: many feeds escape theirs twice."""
    if title is None or not ("<" in title or "&" in title):
        return title
    return short(all_text(parse_html(f"<div>{title}</div>")))


def _author(element: "_Element") -> str | None:
    for author in _children(element, "author", "creator"):
        name = _text(author, "name") or short(all_text(author))
        if name:
            return name
    return None


def _published(element: "_Element") -> str | None:
    written = _text(element, "published", "pubdate", "date", "issued", "updated", "lastbuilddate")
    if written is None:
        return None
    try:
        return parsedate_to_datetime(written).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return iso_date(written)


def _url(element: "_Element") -> str | None:
    """The page of the entry: Atom's alternate link, RSS's link, a guid that is one."""
    for child in _children(element, "link"):
        found = link(child.get("href") or all_text(child))
        if found and child.get("rel", "alternate") == "alternate":
            return found
    return next(filter(None, (link(all_text(child)) for child in _children(element, "guid"))), None)


def _xml_language(element: "_Element") -> str | None:
    return element.get("{http://www.w3.org/XML/1998/namespace}lang")
