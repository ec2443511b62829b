"""Read Markdown: paragraphs, lists, tables and code become blocks, headings become sections.

Only the block rules of markdown-it run, so the time is bounded by the length of the text. Blocks
are slices of the source, not of a rendering.
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
from index.ingest.parsing.builder import MAX_ANCHOR_CHARS, MAX_RUN_CHARS, MAX_SHORT_ITEM_CHARS
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.front_matter import parse_front_matter
from index.text.spans import Span, has_words, lines, trim
from index.types import Block

MAX_MARKS = 200_000  # lines and table cells; the parser needs a kilobyte for each
_MAX_IMAGES_CHARS = 5_000
_MAX_INLINE_CHARS = 1_000  # of a heading whose inline markup is parsed
_MAX_TAG_CHARS = 300
_BLOCK_MARKERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_IMAGE = re.compile(r"!\[[^\]\[]*\]\([^()]*\)")
_EMPTY_LINK = re.compile(r"\[\s*\]\([^()]*\)")
_HTML_TAG = re.compile(r"<[^<>]*>")
_WRAPPER_TAGS = (
    "div|p|details|summary|section|article|aside|center|figure|figcaption|header|footer|main"
    "|blockquote|table|thead|tbody|tr|td|th|ul|ol|li|dl|dt|dd|br|hr"
)
_OPENING_WRAPPER = re.compile(
    rf"\s*<(?:{_WRAPPER_TAGS})\b[^<>]{{0,{_MAX_TAG_CHARS}}}>\s*", re.IGNORECASE
)
_CLOSING_WRAPPER = re.compile(rf"\s*</(?:{_WRAPPER_TAGS})\s*>\s*\Z", re.IGNORECASE)
_TEMPLATE_OR_JUMP = re.compile(  # Hugo shortcodes, Jekyll tags, "Back to top"
    r"(?:\{\{[<%][^{}]*[>%]\}\}\s*|\{%[^{}]*%\}\s*)+\Z|\[[^\[\]]{1,100}\]\(#[^()\s]*\)\Z"
)
_HEADING_ID = re.compile(r"[ \t]+\{#([^\s{}\"]{1,200})\}[ \t]*\Z")  # ## Winter {#winter}
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def read_markdown(text: str) -> ParsedDocument:
    """Parse decoded Markdown. Raises ReadError when it has too many lines or table cells."""
    front_matter, body = parse_front_matter(text)
    source_lines = list(islice(lines(text, body), MAX_MARKS + 1))
    if len(source_lines) + text.count("|") > MAX_MARKS:
        raise ReadError(f"more than {MAX_MARKS:,} lines and table cells; split the file")
    walker = _MarkdownWalker(text, source_lines)
    nodes = SyntaxTreeNode(_block_parser().parse(text[body:])).children
    title = _title(nodes, front_matter)
    for node, next_node in zip(nodes, [*nodes[1:], None], strict=False):
        if node is title:
            walker.unique_slug(_heading_text(node))
        else:
            walker.add_node(node, next_node)
    return _document(walker, title, front_matter)


@cache
def _block_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable("inline")


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _title(nodes: list[SyntaxTreeNode], front_matter: ParsedMetadata) -> SyntaxTreeNode | None:
    """Return the first h1, unless the front matter gives the article another title."""
    for node in nodes:
        if node.type == "heading" and node.tag == "h1" and (text := _heading_text(node)):
            return node if front_matter.title in {None, text} else None
    return None


@dataclass(slots=True)
class _MarkdownWalker:
    """Walks the syntax tree and collects blocks; holds the current section."""

    text: str
    lines: list[Span]
    section: str | None = None
    anchor: str | None = None
    blocks: list[Block] = field(default_factory=list)
    slug_counts: Counter[str] = field(default_factory=Counter)

    def add_node(self, node: SyntaxTreeNode, next_node: SyntaxTreeNode | None) -> None:
        """Add a top-level node. A heading without content below it is a block itself."""
        if node.type != "heading":
            for span in self._spans(node):
                self.add_block(span)
            return
        if text := _heading_text(node):
            given_id = _HEADING_ID.search(_source(node))
            self.section = text
            self.anchor = given_id[1] if given_id else self.unique_slug(text)
        if next_node is None or (next_node.type == "heading" and next_node.tag <= node.tag):
            self.add_block(self.heading_span(node))

    def add_block(self, span: Span) -> None:
        """Add a span as a block of the current section, if it has any words."""
        start, end = trim(self.text, *span)
        if has_words(self.text[start:end]):
            self.blocks.append(Block(start, end, self.section, None, self.anchor))

    def heading_span(self, heading: SyntaxTreeNode) -> Span:
        """Return the span of a heading's text, without # or underline."""
        start, end = self._node_span(heading)
        content = _HEADING_ID.sub("", _source(heading))
        content_start = self.text.find(content, start, end) if content else -1
        return (start, end) if content_start < 0 else (content_start, content_start + len(content))

    def unique_slug(self, heading: str) -> str | None:
        """Return the id that GitHub and most site generators give to a heading."""
        slug = _NOT_IN_SLUG.sub("", heading.strip().lower()).replace(" ", "-")[:MAX_ANCHOR_CHARS]
        count = self.slug_counts[slug]
        self.slug_counts[slug] += 1
        return f"{slug}-{count}" if count else slug or None

    def _node_span(self, node: SyntaxTreeNode) -> Span:
        """Return the trimmed span of the whole lines of a node."""
        return self._lines_span(*(node.map or (0, 0)))

    def _lines_span(self, first: int, last: int) -> Span:
        lines_inside = self.lines[first:last]
        if not lines_inside:
            return (0, 0)
        return trim(self.text, lines_inside[0][0], lines_inside[-1][1])

    def _spans(self, node: SyntaxTreeNode) -> Iterator[Span]:
        """Yield the spans to quote from a node."""
        if node.type in {"bullet_list", "ordered_list"}:
            yield from self._list_spans(node)
        elif node.type == "blockquote":
            yield from self._child_spans(node)
        elif node.type == "paragraph":
            if not _is_only_images(node) and not _TEMPLATE_OR_JUMP.match(_source(node)):
                yield self._paragraph_span(node)
        elif node.type == "fence":
            yield self._code_span(node)
        elif node.type == "html_block":
            yield self._html_span(node)
        elif node.type != "hr":
            yield self._node_span(node)

    def _child_spans(self, node: SyntaxTreeNode) -> Iterator[Span]:
        """Yield the spans of the children, or of the node where the parser's nesting ends."""
        if not node.children:
            yield self._node_span(node)
        for child in node.children:
            yield from self._spans(child)

    def _list_spans(self, node: SyntaxTreeNode) -> Iterator[Span]:
        """Yield runs of short items, up to a thousand characters, and long items alone."""
        run: Span | None = None
        for item in node.children:
            start, end = self._node_span(item)
            is_long = end - start > MAX_SHORT_ITEM_CHARS
            if run and (is_long or end - run[0] > MAX_RUN_CHARS):
                yield run
                run = None
            if is_long:
                yield from self._long_item_spans(item)
            elif start < end:
                run = (run[0] if run else start, end)
        if run:
            yield run

    def _long_item_spans(self, item: SyntaxTreeNode) -> Iterator[Span]:
        """Yield a long item without its marker, or part by part if it is very long."""
        start, end = self._node_span(item)
        if end - start > MAX_RUN_CHARS and len(item.children) > 1:
            yield from self._child_spans(item)
        else:
            yield self._without_markers(start, end)

    def _paragraph_span(self, node: SyntaxTreeNode) -> Span:
        """Return the span of a paragraph; only multi-line quotations keep their markers."""
        start, end = self._node_span(node)
        if node.level == 0 or ("\n" in _source(node) and _is_in_blockquote(node)):
            return (start, end)
        return self._without_markers(start, end)

    def _without_markers(self, start: int, end: int) -> Span:
        markers = _BLOCK_MARKERS.match(self.text, start, end)
        return (markers.end() if markers else start, end)

    def _code_span(self, node: SyntaxTreeNode) -> Span:
        """Return the span between the fences of a code block."""
        first = (node.map or (0, 0))[0] + 1
        return self._lines_span(first, first + len([*lines(node.content)]))

    def _html_span(self, node: SyntaxTreeNode) -> Span:
        """Return the span inside the comments and wrapper tags of an HTML block."""
        start, end = self._node_span(node)
        while self.text.startswith("<!--", start):
            close = self.text.find("-->", start, end)
            start = trim(self.text, close + 3, end)[0] if close >= 0 else end
        while wrapper := _OPENING_WRAPPER.match(self.text, start, end):
            start = wrapper.end()
        while wrapper := _CLOSING_WRAPPER.search(self.text, max(start, end - _MAX_TAG_CHARS), end):
            end = wrapper.start()
        return (start, end) if has_words(_HTML_TAG.sub("", self.text[start:end])) else (0, 0)


def _document(
    walker: _MarkdownWalker, title: SyntaxTreeNode | None, metadata: ParsedMetadata
) -> ParsedDocument:
    """Build the document; a title without content below it is a block itself."""
    heading = None
    if title is not None:
        metadata = metadata.over(ParsedMetadata(title=_heading_text(title)))
        span = walker.heading_span(title)
        if walker.blocks:
            heading = Block(*span)
        else:
            walker.add_block(span)
    return ParsedDocument(walker.text, tuple(walker.blocks), metadata, heading)


def _heading_text(heading: SyntaxTreeNode) -> str:
    """Return the text of a heading in one line, without markup."""
    source = _HEADING_ID.sub("", _source(heading))
    if len(source) > _MAX_INLINE_CHARS:
        return " ".join(source.split())
    tokens = _inline_parser().parseInline(source)[0].children or []
    text = "".join("\n" if token.type.endswith("break") else token.content for token in tokens)
    return " ".join(_HTML_TAG.sub("", text).split())


def _source(node: SyntaxTreeNode) -> str:
    """Return the inline source of a heading or a paragraph."""
    return node.children[0].content if node.children else ""


def _is_only_images(node: SyntaxTreeNode) -> bool:
    """Return whether a paragraph consists of images, linked or not: badges, illustrations."""
    source = _source(node)
    if len(source) > _MAX_IMAGES_CHARS or "![" not in source:
        return False
    return not has_words(_EMPTY_LINK.sub("", _IMAGE.sub("", source)))


def _is_in_blockquote(node: SyntaxTreeNode) -> bool:
    parent = node.parent
    while parent is not None and parent.type != "blockquote":
        parent = parent.parent
    return parent is not None
