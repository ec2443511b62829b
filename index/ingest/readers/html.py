"""Read HTML pages: trafilatura finds the article, and its element tree is written out as text.

Navigation, cookie banners, advertisements, comments and footers are left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import MAX_ANCHOR_CHARS, DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode, decode_as
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import (
    author_names,
    clean_line,
    clean_value,
    http_link,
    language_code,
)
from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html_blocks import write_blocks
from index.ingest.readers.html_boilerplate import is_bare_article, remove_boilerplate

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from trafilatura.settings import Document

_EXPECTED = "expected an HTML page: open it in a browser and save it again"
_MAX_ELEMENTS = 50_000  # trafilatura takes a second for ten thousand
_MAX_DEPTH = 500
_FREE_ATTRIBUTES = 10  # per element on average; above that they count as elements
_MAX_ATTRIBUTES = 300  # of one tag; libxml2's time is quadratic in them
_TAG = re.compile(
    r"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|))*+""",
)
_ATTRIBUTE_VALUE = re.compile(r"""=\s*+(?:"[^"]*+"?|'[^']*+'?)""")
_ATTRIBUTE = re.compile(r"[\s/=]++[^\s/=]")
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_PRESCAN_BYTES = 1024  # in which a page must declare its encoding (HTML standard, 13.2.3.2)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SECTION_ELEMENTS = {"section", "div", "article", "header"}
_MAX_HEADINGS = 2_000
_UNSAFE_IN_LINKS = re.compile(r"[\s{}\"<>]")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def read_html(data: bytes) -> ParsedDocument:
    """Parse a saved page. Raises ReadError when it is not a page, or too large."""
    text = decode_html(data)
    with guard_parser("HTML", _EXPECTED):
        return _parse_page(parse_html(text))


def decode_html(data: bytes) -> str:
    """Decode a page by its byte order mark, as UTF-8, as declared, or by guessing."""
    declared = _META_CHARSET.search(data[:_PRESCAN_BYTES])
    if declared is None or decode_as(data, "utf-8") is not None:
        return decode(data)
    return decode_as(data, declared[1].decode()) or decode(data)


def parse_html(text: str) -> "HtmlElement":
    """Parse a page to a tree. Raises ReadError when it is empty, too large or too deep."""
    from lxml import etree, html  # noqa: PLC0415 - only marked-up files need it

    _check_attributes(text)
    parser = html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=True)
    source = _XML_DECLARATION.sub("", text).encode("utf-8", "replace")
    try:
        tree: HtmlElement = html.document_fromstring(source, parser=parser)
    except etree.ParserError as error:
        raise ReadError(f"the page has no elements; {_EXPECTED}") from error
    _check_size(tree)
    return tree


def _check_attributes(text: str) -> None:
    """Raise ReadError for a tag with too many attributes, before libxml2 sees it."""
    for tag in _TAG.finditer(text):
        if tag.end() - tag.start() <= 2 * _MAX_ATTRIBUTES:  # an attribute takes two characters
            continue
        count = len(_ATTRIBUTE.findall(_ATTRIBUTE_VALUE.sub(" ", tag[0])))
        if count > _MAX_ATTRIBUTES:
            raise ReadError(f"a tag has {count:,} attributes; the limit is {_MAX_ATTRIBUTES}")


def _check_size(tree: "HtmlElement") -> None:
    from lxml import etree  # noqa: PLC0415 - as above

    depth = max_depth = elements = attributes = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        max_depth = max(max_depth, depth)
        if event == "start":
            elements += 1
            attributes += len(element.attrib)
    if max(elements, attributes // _FREE_ATTRIBUTES) > _MAX_ELEMENTS or max_depth > _MAX_DEPTH:
        raise ReadError(
            f"{elements:,} elements with {attributes:,} attributes, nested {max_depth} deep; the "
            f"limits are {_MAX_ELEMENTS:,} elements and a depth of {_MAX_DEPTH}: split the page"
        )


def _parse_page(tree: "HtmlElement") -> ParsedDocument:
    """Write the article on the page, or the whole body where there is nothing else on it."""
    remove_boilerplate(tree)
    anchors = _heading_anchors(tree)  # trafilatura drops the ids
    bare_article = deepcopy(tree) if is_bare_article(tree) else None  # trafilatura changes it
    page = _extract(tree)
    metadata = _metadata(tree, page)
    if bare_article is None and page is not None:
        document = _write(page.body, metadata, anchors)
        if document.blocks:
            return document
    whole_page = tree if bare_article is None else bare_article
    return _write(whole_page.find("body"), metadata, anchors)


def _heading_anchors(tree: "HtmlElement") -> dict[str, str]:
    """Map the text of headings to their ids, except for text that several headings share."""
    anchors: dict[str, list[str | None]] = defaultdict(list)
    for heading in islice(tree.iter(*_HEADINGS), _MAX_HEADINGS):
        ids = filter(_is_safe_anchor, _ids(heading))
        anchors[clean_line(text_content(heading))].append(next(ids, None))
    return {text: ids[0] for text, ids in anchors.items() if len(ids) == 1 and ids[0]}


def _ids(heading: "HtmlElement") -> "Iterator[str | None]":
    """Yield the ids of a heading, of the anchors inside it, and of the section it starts."""
    yield heading.get("id")
    for mark in heading.iter("a", "span"):
        yield mark.get("id") or mark.get("name")
    section = heading.getparent()
    if section is not None and section.tag in _SECTION_ELEMENTS and section[0] is heading:
        yield section.get("id")


def _is_safe_anchor(anchor: str | None) -> bool:
    return bool(anchor and len(anchor) <= MAX_ANCHOR_CHARS and not _UNSAFE_IN_LINKS.search(anchor))


def _write(
    tree: "HtmlElement | None", metadata: ParsedMetadata, anchors: Mapping[str, str]
) -> ParsedDocument:
    builder = DocumentBuilder()
    if tree is not None:
        write_blocks(tree, builder, metadata.title, anchors)
    return builder.build(metadata)


def _extract(tree: "HtmlElement") -> "Document | None":
    import trafilatura  # noqa: PLC0415 - importing it takes a third of a second

    page = trafilatura.bare_extraction(
        tree,
        include_comments=False,
        with_metadata=True,
        # No dates from the page's prose: a wrong date is worse than none.
        date_extraction_params={"extensive_search": False, "original_date": True},
        prune_xpath="//sup[a]",  # references to notes
    )
    return None if isinstance(page, dict) else page


def _metadata(tree: "HtmlElement", page: "Document | None") -> ParsedMetadata:
    body = tree.find("body")
    body_language = None if body is None else body.get("lang")  # set by Word
    language = language_code(tree.get("lang") or tree.get("{xml}lang") or body_language)
    title = clean_value(tree.findtext(".//title"))
    if page is None:
        return ParsedMetadata(title=title, language=language)
    return ParsedMetadata(
        title=clean_value(page.title) or title,
        publisher=clean_value(page.sitename),
        author=author_names(page.author),
        published=iso_date(page.date or ""),
        url=http_link(page.url),
        language=language or language_code(page.language),
    )
