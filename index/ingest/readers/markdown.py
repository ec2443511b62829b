"""Read Markdown: headings become sections, paragraphs, lists, tables and code become blocks.

In documentation, what belongs together is one block: an introduction with its code, the content of
an admonition or a tab. Only the block rules of markdown-it run, so the time is bounded by the
length of the text. Blocks are slices of the source, not of a rendering.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from index.errors import ReadError
from index.ingest.parsing.builder import MAX_ANCHOR_CHARS, MAX_RUN_CHARS, MAX_SHORT_ITEM_CHARS
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.front_matter import parse_front_matter
from index.ingest.parsing.passages import Part, PartKind, group_parts, make_block
from index.text.spans import Span, has_words, lines, trim
from index.types import Block, Context, ContextKind

MAX_MARKS = 200_000  # lines and table cells; the parser needs a kilobyte for each
_MAX_IMAGES_CHARS = 5_000
_MAX_INLINE_CHARS = 1_000  # of a heading whose inline markup is parsed
_MAX_TAG_CHARS = 300
_BLOCK_MARKERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_IMAGE = re.compile(r"!\[[^\]\[]*\]\([^()]*\)")
_EMPTY_LINK = re.compile(r"\[\s*\]\([^()]*\)")
_HTML_TAG = re.compile(r"<[^<>]*>")
_ELEMENT_TAG = re.compile(r"</?[A-Za-z][^<>]*>")  # not a comment
_WRAPPER_TAGS = (
    "div|p|details|summary|section|article|aside|center|figure|figcaption|header|footer|main"
    "|blockquote|table|thead|tbody|tr|td|th|ul|ol|li|dl|dt|dd|br|hr"
)
_OPENING_WRAPPER = re.compile(
    rf"\s*<(?:{_WRAPPER_TAGS})\b[^<>]{{0,{_MAX_TAG_CHARS}}}>\s*", re.IGNORECASE
)
_CLOSING_WRAPPER = re.compile(rf"\s*</(?:{_WRAPPER_TAGS})\s*>\s*\Z", re.IGNORECASE)
_TEMPLATE_OR_JUMP = re.compile(  # Hugo shortcodes, Jekyll tags, includes, "Back to top"
    r"(?:\{\{[<%][^{}]*[>%]\}\}\s*|\{[%*!][^{}]*[%*!]\}\s*)+\Z|\[[^\[\]]{1,100}\]\(#[^()\s]*\)\Z"
)
_HEADING_ID = re.compile(r"[ \t]+\{#([^\s{}\"]{1,200})\}[ \t]*\Z")  # ## Winter {#winter}
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
# Admonitions and tabs: indented below !!! note, ??? tip or === "Windows" (Python-Markdown), or
# between /// note or ::: tip and its closing mark (PyMdown, VitePress, Docusaurus).
_CONTAINER_START = re.compile(
    r"[ \t]*(?:(?:!!!|\?\?\?\+?)(?:[ \t]+[\w-]+){1,3}(?:[ \t]+\"[^\"]*\")?|===[!+]?[ \t]+\"[^\"]*\""
    r"|/{3,}[ \t]*[\w-]+(?:[ \t]*\|.*)?|:{3,}[ \t]*\w.*)[ \t]*\Z"
)
_CONTAINER_TITLE = re.compile(  # "Title", | Title, [Title], or the words behind :::note
    r"\"([^\"]+)\"[ \t]*\Z|\|[ \t]*(\S.*)|:{3,}[ \t]*\w+[ \t]*\[?([^\[\]{}]+)\]?"
)
_TAB = re.compile(r"[ \t]*===|[ \t]*/{3,}[ \t]*tab\b")
_FENCED_CONTAINER = re.compile(r"[ \t]*[/:]")
_CONTAINER_END = re.compile(r"[ \t]*(?:/{3,}|:{3,})[ \t]*\Z")
_CONTAINER_INDENT = re.compile(r" {1,4}|\t")
_MAX_CONTAINER_DEPTH = 6
_ALERT = re.compile(r"\[![A-Za-z]+\][+-]?[ \t]*(?:\r\n|\r|\n)")  # > [!TIP] (GitHub, Obsidian)
_QUESTION = re.compile(r"(?:\*\*|__)[^\n]{1,150}(?:\*\*|__)\Z|(?:Q:\s)?[^\n]{1,150}\?\Z")
_BLOCK_TYPES = {"fence", "code_block", "bullet_list", "ordered_list", "table"}


def read_markdown(text: str) -> ParsedDocument:
    """Parse decoded Markdown. Raises ReadError when it has too many lines or table cells."""
    front_matter = parse_front_matter(text)
    source_lines = list(islice(lines(text, front_matter.body), MAX_MARKS + 1))
    if len(source_lines) + text.count("|") > MAX_MARKS:
        raise ReadError(f"more than {MAX_MARKS:,} lines and table cells; split the file")
    walker = _MarkdownWalker(text, source_lines)
    nodes = walker.parse(text[front_matter.body :], 0)
    title = _title(nodes, front_matter.metadata)
    walker.add_article(nodes, title)
    return replace(_document(walker, title, front_matter.metadata), notes=front_matter.notes)


@cache
def _block_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable("inline")


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _title(nodes: list[SyntaxTreeNode], front_matter: ParsedMetadata) -> SyntaxTreeNode | None:
    """Return the first h1, unless the front matter gives the article another title.

    Without any h1, a heading of another level that opens the article and is the only one of its
    level or above (mdBook begins so) is the title.
    """
    headings = [node for node in nodes if node.type == "heading" and _heading_text(node)]
    title = next((node for node in headings if node.tag == "h1"), None)
    if title is None and headings and nodes[0] is headings[0]:
        is_unique = all(node.tag > headings[0].tag for node in headings[1:])
        title = headings[0] if is_unique else None
    if title is None or front_matter.title not in {None, _heading_text(title)}:
        return None
    return title


@dataclass(frozen=True, slots=True)
class _Container:
    """An admonition or a group of tabs: its number, and the titles around its content."""

    number: int | None = None
    titles: tuple[Context, ...] = ()


_NO_CONTAINER = _Container()


@dataclass(slots=True)
class _MarkdownWalker:
    """Walks the syntax tree and collects blocks; holds the current section and its parts."""

    text: str
    lines: list[Span]
    section: str | None = None
    anchor: str | None = None
    headings: list[tuple[str, Context]] = field(default_factory=list)  # with their tags
    parts: list[Part] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    slug_counts: Counter[str] = field(default_factory=Counter)
    container_count: int = 0
    has_code: bool = False

    def parse(self, source: str, first_line: int) -> list[SyntaxTreeNode]:
        """Parse Markdown that starts at a line of the file; nodes get the file's line numbers."""
        tokens = _block_parser().parse(source)
        opens = False
        for token in tokens:
            if token.map:
                token.map = [line + first_line for line in token.map]
            # Indented lines below the start of an admonition or a tab are its content.
            opens = opens if token.type != "inline" else bool(_CONTAINER_START.match(token.content))
            is_code = token.type == "code_block" and (not opens or "```" in token.content)
            self.has_code |= is_code or token.type == "fence"
        return SyntaxTreeNode(tokens).children

    def add_article(self, nodes: list[SyntaxTreeNode], title: SyntaxTreeNode | None) -> None:
        """Add the top-level nodes, section by section."""
        first = 0
        for index, node in enumerate(nodes):
            if node.type == "heading":
                self.add_nodes(nodes[first:index])
                self.end_section()
                first = index + 1
                next_node = nodes[first] if first < len(nodes) else None
                if node is title:
                    self.unique_slug(_heading_text(node))
                else:
                    self._start_section(node, next_node)
        self.add_nodes(nodes[first:])
        self.end_section()

    def _start_section(self, heading: SyntaxTreeNode, next_node: SyntaxTreeNode | None) -> None:
        """Enter the section of a heading. A heading without content below it is a block."""
        if text := _heading_text(heading):
            given_id = _HEADING_ID.search(_source(heading))
            self.section = text
            self.anchor = given_id[1] if given_id else self.unique_slug(text)
        span = self.heading_span(heading)
        self.headings = [above for above in self.headings if above[0] < heading.tag]
        if next_node is None or (next_node.type == "heading" and next_node.tag <= heading.tag):
            self.add_block(Block(*span, context=self._heading_context()))
        if text:
            self.headings.append((heading.tag, Context(ContextKind.HEADING, *span)))

    def end_section(self) -> None:
        """Turn the parts that were added since the last call into blocks."""
        for group in group_parts(self.parts, has_code=self.has_code):
            self.add_block(make_block(group, self._heading_context()))
        self.parts.clear()

    def _heading_context(self) -> tuple[Context, ...]:
        return tuple(context for _, context in self.headings)

    def add_nodes(
        self, nodes: Iterable[SyntaxTreeNode], container: _Container = _NO_CONTAINER, depth: int = 0
    ) -> None:
        """Add the nodes of a section, or of an admonition or a tab in it."""
        opened, enclosing, was_tab = None, container, False
        nodes = list(nodes)
        for node, next_node in zip(nodes, [*nodes[1:], None], strict=False):
            first, last = node.map or (0, 0)
            if node.type == "code_block" and opened is not None:
                self._add_content(first, last, opened, depth)
                continue
            opened = None
            closes = node.type == "paragraph" and self._matches(_CONTAINER_END, last - 1)
            if closes:
                container, last = enclosing, last - 1
            if depth < _MAX_CONTAINER_DEPTH and self._opens(node, next_node, last, closes=closes):
                if not (is_tab := self._matches(_TAB, first)) or not was_tab:
                    self.container_count += 1
                opened, was_tab = self._open(first, enclosing), is_tab
                if self._matches(_FENCED_CONTAINER, first) and not closes:
                    container = opened
                self._add_content(first + 1, last, opened, depth)
            elif first < last:
                was_tab = False
                self._add_node(node, (first, last), container)

    def _open(self, line: int, enclosing: _Container) -> _Container:
        """Return the container that a line opens, with its title."""
        title = _CONTAINER_TITLE.search(self.text, *self.lines[line])
        span = (
            next((title.span(group) for group in (1, 2, 3) if title[group]), None)
            if title
            else None
        )
        own = (Context(ContextKind.TITLE, *trim(self.text, *span)),) if span else ()
        return _Container(self.container_count, (*enclosing.titles, *own))

    def _add_content(self, first: int, last: int, container: _Container, depth: int) -> None:
        """Add the lines of a container as Markdown of their own, without their indentation."""
        lines = (self.text[start:end] for start, end in self.lines[first:last])
        source = "\n".join(_CONTAINER_INDENT.sub("", line, count=1) for line in lines)
        self.add_nodes(self.parse(source, first), container, depth + 1)

    def _opens(
        self, node: SyntaxTreeNode, next_node: SyntaxTreeNode | None, last: int, *, closes: bool
    ) -> bool:
        """Return whether a paragraph opens a container with content: text must not be lost."""
        first = node.map[0] if node.map else 0
        if node.type != "paragraph" or not self._matches(_CONTAINER_START, first):
            return False
        if last - first > 1:
            return True
        if next_node is None or closes:
            return False
        return self._matches(_FENCED_CONTAINER, first) or next_node.type == "code_block"

    def _add_node(self, node: SyntaxTreeNode, node_lines: Span, container: _Container) -> None:
        """Add a node as one part, or as several if it is long."""
        kind = _part_kind(node)
        context = (*container.titles, *self._node_context(node))
        trimmed = (trim(self.text, *span) for span in self._spans(node, node_lines))
        spans = [span for span in trimmed if has_words(self.text[slice(*span)])]
        for (start, end), alone in zip(self._fenced(node, node_lines, spans), spans, strict=True):
            if self.parts and self._has_unquotable_text(self.parts[-1].end, start):
                self.end_section()
            self.parts.append(Part(kind, start, end, alone, container.number, context))

    def _fenced(
        self, node: SyntaxTreeNode, node_lines: Span, spans: Sequence[Span]
    ) -> Sequence[Span]:
        """Return the spans of code with the fences at both ends, and other spans unchanged."""
        if node.type != "fence" or not spans:
            return spans
        start, end = self._lines_span(*node_lines)
        edges = [start, *[edge for span in spans for edge in span][1:-1], end]
        return [*zip(edges[::2], edges[1::2], strict=True)]

    def _node_context(self, node: SyntaxTreeNode) -> Iterator[Context]:
        """Yield the introduction before a node, and its table header or code fence."""
        if self.parts and self.parts[-1].kind is PartKind.INTRODUCTION:
            yield Context(ContextKind.INTRODUCTION, *self.parts[-1].alone)
        first = (node.map or (0, 0))[0]
        if node.type == "table":
            yield Context(ContextKind.TABLE_HEADER, *self._lines_span(first, first + 1))
        if node.type == "fence":
            yield Context(ContextKind.CODE_FENCE, *self._lines_span(first, first + 1))

    def _has_unquotable_text(self, start: int, end: int) -> bool:
        """Return whether a gap holds comments, includes or images, not just tags and marks."""
        return any(
            has_words(_ELEMENT_TAG.sub("", self.text[slice(*line)]))
            and not _CONTAINER_START.match(self.text, *line)
            for line in lines(self.text, start, end)
        )

    def _matches(self, pattern: re.Pattern[str], line: int) -> bool:
        return line < len(self.lines) and bool(pattern.match(self.text, *self.lines[line]))

    def add_block(self, block: Block) -> None:
        """Add a block to the current section, if it has any words."""
        start, end = trim(self.text, block.start, block.end)
        if has_words(self.text[start:end]):
            self.blocks.append(
                replace(block, start=start, end=end, section=self.section, anchor=self.anchor)
            )

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

    def _spans(self, node: SyntaxTreeNode, node_lines: Span | None = None) -> Iterator[Span]:
        """Yield the spans to quote from a node, or from ``node_lines`` of a paragraph."""
        if node.type in {"bullet_list", "ordered_list"}:
            yield from self._list_spans(node)
        elif node.type == "blockquote":
            yield from self._child_spans(node)
        elif node.type == "paragraph":
            yield from self._paragraph_spans(node, *(node_lines or node.map or (0, 0)))
        elif node.type == "fence":
            yield from self._code_spans(node)
        elif node.type == "html_block":
            yield self._html_span(node)
        elif node.type == "table":
            yield from self._line_runs(*(node_lines or node.map or (0, 0)))
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

    def _paragraph_spans(self, node: SyntaxTreeNode, first: int, last: int) -> Iterator[Span]:
        """Yield the span of a paragraph; only multi-line quotations keep their markers."""
        if _is_only_images(node) or _TEMPLATE_OR_JUMP.match(_source(node)):
            return
        start, end = self._lines_span(first, last)
        if alert := _ALERT.match(self.text, self._without_markers(start, end)[0], end):
            start = alert.end()
        if node.level == 0 or ("\n" in _source(node) and _is_in_blockquote(node)):
            yield (start, end)
        else:
            yield self._without_markers(start, end)

    def _without_markers(self, start: int, end: int) -> Span:
        markers = _BLOCK_MARKERS.match(self.text, start, end)
        return (markers.end() if markers else start, end)

    def _code_spans(self, node: SyntaxTreeNode) -> Iterator[Span]:
        """Yield the code between fences, in runs of lines if it is long."""
        first = (node.map or (0, 0))[0] + 1
        return self._line_runs(first, first + len([*lines(node.content)]))

    def _line_runs(self, first: int, last: int) -> Iterator[Span]:
        """Yield runs of lines, such as table rows, up to a thousand characters."""
        run: Span | None = None
        for start, end in self.lines[first:last]:
            if run and end - run[0] > MAX_RUN_CHARS:
                yield run
                run = None
            run = (run[0] if run else start, end)
        if run:
            yield run

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
            walker.add_block(Block(*span))
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


def _part_kind(node: SyntaxTreeNode) -> PartKind:
    if node.type in _BLOCK_TYPES:
        return PartKind.BLOCK
    source = _source(node).strip() if node.type == "paragraph" else ""
    if source.rstrip("*_").endswith((":", "\uff1a")) or _QUESTION.match(source):
        return PartKind.INTRODUCTION
    return PartKind.TEXT


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
