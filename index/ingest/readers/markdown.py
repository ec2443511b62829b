"""Markdown: paragraphs, lists, tables and code as blocks of the source, headings as sections.

Only markdown-it's block rules run, so time is bounded by the length of the text; the source's own
lines are quoted, not a rendering of them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.front_matter import parse_front_matter
from index.ingest.readers.html_anchors import slug
from index.text.spans import Span, has_words, lines, trim
from index.types import Block

MAX_MARKS = 200_000  # lines and cells; each costs the parser a kilobyte
_LONG_ITEM = 300  # characters: a list item that is a passage of its own
_LONG_RUN = 1_000  # characters of short items quoted together
_MARKERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_IMAGE = re.compile(r"!\[[^\]\[]*\]\([^()]*\)")
_LINK_AROUND = re.compile(r"\[\s*\]\([^()]*\)")
_TAG = re.compile(r"<[^<>]*>")
_LONGEST_TAG = 300  # characters
_BOXES = (
    "div|p|details|summary|section|article|aside|center|figure|figcaption|header|footer|main"
    "|blockquote|table|thead|tbody|tr|td|th|ul|ol|li|dl|dt|dd|br|hr"
)
_BOX = re.compile(rf"\s*<(?:{_BOXES})\b[^<>]{{0,{_LONGEST_TAG}}}>\s*", re.IGNORECASE)
_BOX_END = re.compile(rf"\s*</(?:{_BOXES})\s*>\s*\Z", re.IGNORECASE)
# Shortcodes of Hugo, tags of Jekyll, "Back to top".
_MACHINERY = re.compile(
    r"(?:\{\{[<%][^{}]*[>%]\}\}\s*|\{%[^{}]*%\}\s*)+\Z|\[[^\[\]]{1,100}\]\(#[^()\s]*\)\Z"
)
_ID = re.compile(r"[ \t]+\{#([^\s{}\"]{1,200})\}[ \t]*\Z")
_Node = SyntaxTreeNode


@dataclass(slots=True)
class _Page:
    """The text, where its lines are, and the section that the reading has come to."""

    text: str
    lines: list[Span]
    section: str | None = None
    anchor: str | None = None
    blocks: list[Block] = field(default_factory=list)
    slugs: Counter[str] = field(default_factory=Counter)

    def span(self, node: _Node) -> Span:
        """The node's whole lines, trimmed."""
        first, last = node.map or (0, 0)
        if first >= min(last, len(self.lines)):
            return (0, 0)
        return trim(self.text, self.lines[first][0], self.lines[min(last, len(self.lines)) - 1][1])

    def add(self, span: Span) -> None:
        """Keep a span as a block of this section, when there are words in it."""
        start, end = trim(self.text, *span)
        if has_words(self.text[start:end]):
            self.blocks.append(Block(start, end, self.section, None, self.anchor))

    def enter(self, heading: _Node) -> None:
        """Come to the section of a heading."""
        if words := _plain(heading):
            self.section, self.anchor = words, _anchor(heading) or self.numbered(slug(words))

    def numbered(self, slug: str) -> str | None:
        """``slug`` as it is told from the same one before."""
        count, self.slugs[slug] = self.slugs[slug], self.slugs[slug] + 1
        return f"{slug}-{count}" if count else slug or None


def read_markdown(text: str) -> ParsedDocument:
    """The draft of a decoded Markdown text."""
    front, body = parse_front_matter(text)
    page = _Page(text, list(islice(lines(text, body), MAX_MARKS + 1)))
    if len(page.lines) + text.count("|") > MAX_MARKS:
        raise ReadError(f"more than {MAX_MARKS:,} lines and table cells; split the file")
    nodes = SyntaxTreeNode(_parser().parse(text[body:])).children
    title = _title(nodes, front)
    for number, node in enumerate(nodes):
        following = nodes[number + 1] if number + 1 < len(nodes) else None
        if node is title:
            page.numbered(slug(_plain(node)))
        else:
            _add(page, node, following)
    return _draft(page, title, front)


def _draft(page: _Page, title: _Node | None, front: ParsedMetadata) -> ParsedDocument:
    """The draft; a title with nothing under it is a block itself."""
    if title is None:
        return ParsedDocument(page.text, tuple(page.blocks), front)
    heading = _heading_span(page, title)
    if not page.blocks:
        page.add(heading)
        return ParsedDocument(
            page.text, tuple(page.blocks), front.over(ParsedMetadata(title=_plain(title)))
        )
    found = front.over(ParsedMetadata(title=_plain(title)))
    return ParsedDocument(page.text, tuple(page.blocks), found, Block(*heading))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable("inline")


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _title(nodes: list[_Node], front: ParsedMetadata) -> _Node | None:
    """The first heading of the first level, unless front matter calls the article otherwise."""
    for node in nodes:
        if node.type == "heading" and node.tag == "h1" and _plain(node):
            return node if front.title in {None, _plain(node)} else None
    return None


def _add(page: _Page, node: _Node, following: _Node | None) -> None:
    if node.type == "heading":
        page.enter(node)
        if _is_leaf(node, following):
            page.add(_heading_span(page, node))
    else:
        for span in _spans(page, node):
            page.add(span)


def _is_leaf(heading: _Node, following: _Node | None) -> bool:
    """A heading over nothing but the next of its rank: what it says would be lost otherwise."""
    if following is None:
        return True
    return following.type == "heading" and following.tag <= heading.tag


def _spans(page: _Page, node: _Node) -> Iterator[Span]:
    """The quotable spans of a node."""
    if node.type in {"bullet_list", "ordered_list"}:
        yield from _list(page, node)
    elif node.type == "blockquote":
        yield from _children(page, node)
    elif node.type == "paragraph":
        if not _is_image(node) and not _is_machinery(node):
            yield _paragraph(page, node)
    elif node.type == "fence":
        yield _code(page, node)
    elif node.type == "html_block":
        yield _html(page, node)
    elif node.type != "hr":
        yield page.span(node)


def _children(page: _Page, node: _Node) -> Iterator[Span]:
    """The spans of what is inside; the node's own where the parser went no deeper."""
    if not node.children:
        yield page.span(node)
    for child in node.children:
        yield from _spans(page, child)


def _list(page: _Page, node: _Node) -> Iterator[Span]:
    """Short items together, up to a thousand characters; a long one by itself."""
    run: Span | None = None
    for item in node.children:
        span = page.span(item)
        length = span[1] - span[0]
        if run and (length > _LONG_ITEM or span[1] - run[0] > _LONG_RUN):
            yield run
            run = None
        if length > _LONG_ITEM:
            yield from _item(page, item)
        elif span[0] < span[1]:
            run = (run[0] if run else span[0], span[1])
    if run:
        yield run


def _item(page: _Page, item: _Node) -> Iterator[Span]:
    """A long item: whole without its marker, or part by part when it is very long."""
    start, end = page.span(item)
    if end - start > _LONG_RUN and len(item.children) > 1:
        yield from _children(page, item)
    else:
        yield (_behind_markers(page.text, start, end), end)


def _paragraph(page: _Page, node: _Node) -> Span:
    """A paragraph; the marks of a quotation stay where they stand on every line of it."""
    start, end = page.span(node)
    if node.level == 0 or (_in_quotation(node) and "\n" in node.children[0].content):
        return (start, end)
    return (_behind_markers(page.text, start, end), end)


def _in_quotation(node: _Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type != "blockquote":
        parent = parent.parent
    return parent is not None


def _behind_markers(text: str, start: int, end: int) -> int:
    found = _MARKERS.match(text, start, end)
    return found.end() if found else start


def _code(page: _Page, node: _Node) -> Span:
    """What stands between the fences."""
    first, last = node.map or (0, 0)
    inside = page.lines[first + 1 : last]
    if inside and last <= len(page.lines) and _closes(page.text[slice(*inside[-1])], node.markup):
        inside = inside[:-1]
    return trim(page.text, inside[0][0], inside[-1][1]) if inside else (0, 0)


def _closes(line: str, markup: str) -> bool:
    bare = line.strip(" \t>")
    return len(bare) >= len(markup) and not bare.strip(markup[:1])


def _html(page: _Page, node: _Node) -> Span:
    """An HTML block without the comments and boxes around its words; empty when it has none."""
    start, end = page.span(node)
    while page.text.startswith("<!--", start):
        close = page.text.find("-->", start, end)
        start = trim(page.text, close + 3, end)[0] if close >= 0 else end
    while box := _BOX.match(page.text, start, end):
        start = box.end()
    while box := _BOX_END.search(page.text, max(start, end - _LONGEST_TAG), end):
        end = box.start()
    return (start, end) if has_words(_TAG.sub("", page.text[start:end])) else (0, 0)


def _is_image(node: _Node) -> bool:
    """Whether a paragraph is pictures alone, be they links: badges, illustrations."""
    source = node.children[0].content if node.children else ""
    if len(source) > 5_000 or "![" not in source:
        return False
    return not has_words(_LINK_AROUND.sub("", _IMAGE.sub("", source)))


def _is_machinery(node: _Node) -> bool:
    """Whether a paragraph is for the maker of a site alone, or a link to a place on the page."""
    return bool(node.children) and _MACHINERY.match(node.children[0].content) is not None


def _plain(heading: _Node) -> str:
    """A heading's words without their markup, in one line."""
    source = _ID.sub("", _source(heading))
    if len(source) > 1_000:
        return " ".join(source.split())
    tokens = _inline_parser().parseInline(source)[0].children or []
    words = ("\n" if token.type.endswith("break") else token.content for token in tokens)
    return " ".join(_TAG.sub("", "".join(words)).split())


def _source(heading: _Node) -> str:
    return heading.children[0].content if heading.children else ""


def _anchor(heading: _Node) -> str | None:
    """The id that an author gave it: ``## Winter {#winter}``."""
    given = _ID.search(_source(heading))
    return given[1] if given else None


def _heading_span(page: _Page, heading: _Node) -> Span:
    """Where the heading's words stand, without # and underline."""
    start, end = page.span(heading)
    content = _ID.sub("", _source(heading))
    at = page.text.find(content, start, end) if content else -1
    return (at, at + len(content)) if at >= 0 else (start, end)
