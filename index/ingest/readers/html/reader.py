"""Read HTML pages: trafilatura finds the article, and its element tree is written out as text.

Navigation, cookie banners, advertisements, comments and footers are left out.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.builder import MAX_ANCHOR_CHARS, DocumentBuilder
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import author_names, clean_line
from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.article import (
    is_only_words,
    join_parts,
    mark_article,
    short_article,
    wider_page,
)
from index.ingest.readers.html.blocks import write_blocks
from index.ingest.readers.html.cleanup.boilerplate import (
    count_prose,
    forget_heading_ids,
    is_bare_article,
    remove_boilerplate,
    remove_hidden_labels,
    unwrap_bare_article,
)
from index.ingest.readers.html.cleanup.code import mark_code
from index.ingest.readers.html.cleanup.figures import open_figures
from index.ingest.readers.html.cleanup.list_numbers import list_marks
from index.ingest.readers.html.cleanup.lists_in_cells import write_lists_in_cells
from index.ingest.readers.html.cleanup.nested_lists import unlink_announced_lists
from index.ingest.readers.html.cleanup.page import clean_page
from index.ingest.readers.html.documentation import documentation_body
from index.ingest.readers.html.elements import HEADING_TAGS
from index.ingest.readers.html.lead import find_leaves, insert_leads
from index.ingest.readers.html.metadata.author import copyright_notices, signature
from index.ingest.readers.html.metadata.bylines import find_bylines
from index.ingest.readers.html.metadata.head import host, read_head
from index.ingest.readers.html.metadata.page import page_metadata
from index.ingest.readers.html.metadata.teasers import mark_teasers
from index.ingest.readers.html.metadata.title import mark_title
from index.ingest.readers.html.posts import name_posts, thread_body
from index.ingest.readers.html.source import EXPECTED_PAGE, decode_html, parse_html
from index.text.spans import count_characters

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_SECTION_ELEMENTS = {"section", "div", "article", "header"}
_MAX_HEADINGS = 2_000
_MIN_GROWTH = 2  # of the text, or an article is not read anew from a wider element
_UNSAFE_IN_LINKS = re.compile(r"[\s{}\"<>]")


def read_html(data: bytes, *, joins_parts: bool = True) -> ParsedDocument:
    """Parse a saved page. Raises ReadError when it is not a page, or too large.

    Without ``joins_parts``, every paragraph, list and block of code is a block of its own.
    """
    text = decode_html(data)
    with guard_parser("HTML", EXPECTED_PAGE):
        tree = parse_html(text)
        elements = [*tree.iter()]  # lxml makes a Python object of an element anew otherwise
        file_chars = count_prose(tree)
        clean_page(tree, text)
        document = _parse_page(tree, joins_parts=joins_parts)
        del elements
        return replace(document, file_chars=file_chars)


def _parse_page(tree: "HtmlElement", *, joins_parts: bool) -> ParsedDocument:
    """Write the article on the page, or the whole body where there is nothing else on it."""
    head = read_head(tree)
    mark_title(tree)
    mark_teasers(tree, head.titles())
    bylines = find_bylines(tree, host(head.url()))  # some stand among the links for sharing
    has_posts = name_posts(tree)
    thread = thread_body(tree)
    remove_boilerplate(tree)
    notices = copyright_notices(tree)
    anchors = _heading_anchors(tree)  # trafilatura drops the ids and the classes
    languages = mark_code(tree)
    forget_heading_ids(tree)
    markup = {"anchors": anchors, "languages": languages, "marks": list_marks(tree)}
    write = partial(_write, markup=markup, joins_parts=joins_parts)
    metadata = page_metadata(tree, head, bylines, notices)
    if has_posts:
        metadata = replace(metadata, author=None)
    remove_hidden_labels(tree)  # some name what a byline or a date is
    content = documentation_body(tree)
    open_figures(tree)
    write_lists_in_cells(tree)
    for found in (thread, content):
        if found is not None and (document := write(found, metadata)).blocks:
            return document
    if is_bare_article(tree):
        authors = author_names("; ".join(head.meta("author", "dc.creator")))
        metadata = metadata.over(ParsedMetadata(author=authors))  # a document is its author's
        return write(tree.find("body"), metadata)
    if unwrap_bare_article(tree):
        return write(tree.find("body"), metadata)
    return _write_article(tree, metadata, write)


def _write_article(
    tree: "HtmlElement", metadata: ParsedMetadata, write: Callable[..., ParsedDocument]
) -> ParsedDocument:
    """Write the article that trafilatura finds on a page."""
    unlink_announced_lists(tree)
    leaves = find_leaves(tree)
    wider = wider_page(tree)
    mark_article(tree)
    join_parts(tree)
    short = short_article(tree)
    body = _extract_body(tree)
    if body is not None and wider is not None:
        body = _longer(body, _extract_body(wider))
    if body is not None and short is not None and is_only_words(body):
        return write(short, metadata)
    if body is not None:
        insert_leads(body, leaves)
        document = write(body, metadata)
        if document.blocks:
            return document
    return write(tree.find("body"), metadata)


def _longer(body: "_Element", wider: "_Element | None") -> "_Element":
    """Return ``wider`` if it holds far more text."""
    chars, wider_chars = (
        count_characters(text_content(each)) if each is not None else 0 for each in (body, wider)
    )
    return wider if wider is not None and wider_chars >= _MIN_GROWTH * chars else body


def _heading_anchors(tree: "HtmlElement") -> dict[str, str]:
    """Map the text of headings to their ids, except for text that several headings share."""
    anchors: dict[str, list[str | None]] = defaultdict(list)
    for heading in islice(tree.iter(*HEADING_TAGS), _MAX_HEADINGS):
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
    tree: "_Element | None",
    metadata: ParsedMetadata,
    *,
    markup: Mapping[str, Mapping[str, str]],
    joins_parts: bool,
) -> ParsedDocument:
    builder = DocumentBuilder(joins_parts=joins_parts)
    if tree is not None:
        write_blocks(tree, builder, metadata.title, **markup)
    document = builder.build(metadata)
    signed = ParsedMetadata(author=signature(document))
    return replace(document, metadata=document.metadata.over(signed))


def _extract_body(tree: "HtmlElement") -> "_Element | None":
    """Let trafilatura find the article on a page; None where it finds none."""
    import trafilatura  # noqa: PLC0415 - importing it takes a third of a second

    page = trafilatura.bare_extraction(
        tree,
        include_comments=False,
        prune_xpath="//sup[a]",  # references to notes
    )
    return None if page is None or isinstance(page, dict) else page.body
