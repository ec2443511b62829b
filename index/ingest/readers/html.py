"""Read HTML pages: trafilatura finds the article, and its element tree is written out as text.

Navigation, cookie banners, advertisements, comments and footers are left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.builder import MAX_ANCHOR_CHARS, DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import (
    author_names,
    clean_line,
    clean_value,
    http_link,
    language_code,
)
from index.ingest.parsing.safe_xml import text_content, visible_chars
from index.ingest.readers.html_author import page_author
from index.ingest.readers.html_blocks import write_blocks
from index.ingest.readers.html_boilerplate import (
    forget_heading_ids,
    is_bare_article,
    remove_boilerplate,
)
from index.ingest.readers.html_collapsed import open_collapsed
from index.ingest.readers.html_date import page_date
from index.ingest.readers.html_formulas import write_formulas
from index.ingest.readers.html_lead import find_leaves, insert_leads
from index.ingest.readers.html_lines import page_lines
from index.ingest.readers.html_source import EXPECTED_PAGE, decode_html, parse_html
from index.ingest.readers.html_title import page_title

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from trafilatura.settings import Document

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SECTION_ELEMENTS = {"section", "div", "article", "header"}
_MAX_HEADINGS = 2_000
_UNSAFE_IN_LINKS = re.compile(r"[\s{}\"<>]")


def read_html(data: bytes, *, joins_parts: bool = True) -> ParsedDocument:
    """Parse a saved page. Raises ReadError when it is not a page, or too large.

    Without ``joins_parts``, every paragraph, list and block of code is a block of its own.
    """
    text = decode_html(data)
    with guard_parser("HTML", EXPECTED_PAGE):
        tree = parse_html(text)
        file_chars = visible_chars(tree.find("body"))
        write_formulas(tree)
        open_collapsed(tree)
        return replace(_parse_page(tree, joins_parts=joins_parts), file_chars=file_chars)


def _parse_page(tree: "HtmlElement", *, joins_parts: bool) -> ParsedDocument:
    """Write the article on the page, or the whole body where there is nothing else on it."""
    remove_boilerplate(tree)
    anchors = _heading_anchors(tree)  # trafilatura drops the ids
    forget_heading_ids(tree)
    bare_article = deepcopy(tree) if is_bare_article(tree) else None  # trafilatura changes it
    leaves = find_leaves(tree)
    metadata = _page_metadata(tree)
    page = _extract(tree)
    metadata = metadata.over(_extracted_metadata(page))
    if bare_article is not None and page is not None:  # a converted document is its author's
        metadata = metadata.over(ParsedMetadata(author=author_names(page.author)))
    if bare_article is None and page is not None:
        insert_leads(page.body, leaves)
        document = _write(page.body, metadata, anchors, joins_parts=joins_parts)
        if document.blocks:
            return document
    whole_page = tree if bare_article is None else bare_article
    return _write(whole_page.find("body"), metadata, anchors, joins_parts=joins_parts)


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
    tree: "HtmlElement | None",
    metadata: ParsedMetadata,
    anchors: Mapping[str, str],
    *,
    joins_parts: bool,
) -> ParsedDocument:
    builder = DocumentBuilder(joins_parts=joins_parts)
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


def _page_metadata(tree: "HtmlElement") -> ParsedMetadata:
    """Read metadata from the page itself, before trafilatura changes it."""
    body = tree.find("body")
    body_language = None if body is None else body.get("lang")  # set by Word
    language = language_code(tree.get("lang") or tree.get("{xml}lang") or body_language)
    title, lines = page_title(tree), page_lines(tree)
    return ParsedMetadata(
        title=title,
        author=page_author(tree, lines, title),
        published=page_date(tree, lines, title, language),
        language=language,
    )


def _extracted_metadata(page: "Document | None") -> ParsedMetadata:
    if page is None:
        return ParsedMetadata()
    return ParsedMetadata(
        title=clean_value(page.title),
        publisher=clean_value(page.sitename),
        published=iso_date(page.date or ""),
        url=http_link(page.url),
        language=language_code(page.language),
    )
