"""Read Markdown: headings become sections, paragraphs, lists, tables and code become blocks.

In documentation, what belongs together is one block: an introduction with its code, the content of
an admonition or a tab. Only the block rules of markdown-it run, so the time is bounded by the
length of the text. Blocks are slices of the source, not of a rendering.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice, takewhile

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from index.errors import ReadError
from index.ingest.parsing.builder import MAX_ANCHOR_CHARS, MAX_RUN_CHARS
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.front_matter import parse_front_matter
from index.ingest.parsing.passages import MAX_GROUP_CHARS, Part, PartKind, group_parts, make_block
from index.ingest.readers.markdown_containers import (
    CONTAINER_END,
    CONTAINER_INDENT,
    CONTAINER_START,
    CONTAINER_TITLE,
    FENCED_CONTAINER,
    NO_CONTAINER,
    TAB,
    Container,
    block_parser,
)
from index.ingest.readers.markdown_masking import MaskedMarkdown, Region, mask_markup
from index.ingest.readers.markdown_spans import (
    MarkdownSource,
    end_of_markers,
    inline_source,
    is_cut,
    is_navigation,
    item_runs,
)
from index.text.markdown_directives import write_directives
from index.text.markdown_headings import write_headings
from index.text.spans import Span, lines, trim
from index.types import Block, Context, ContextKind

MAX_MARKS = 200_000  # lines and table cells; the parser needs a kilobyte for each
_MAX_INLINE_CHARS = 1_000  # of a heading whose inline markup is parsed
_HTML_TAG = re.compile(r"<[^<>]*>")
_SHORTCODE = re.compile(r"\{\{[<%][^{}\n]*[>%]\}\}")
_HEADING_ID = re.compile(r"[ \t]\{:?[^{}\n]{0,200}?#([^\s{}\"]{1,200})[^{}\n]{0,200}\}[ \t#]*\Z")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_TRAILING_TAGS = re.compile(r"(?:\s*<[^<>]{0,300}>)+\Z")  # <a name="x"></a> in headings
_MAX_CONTAINER_DEPTH = 6
_CODE_FENCE = "`" * 8  # longer than those in code
_FENCE_CHARS = 50  # of the lines around code, about
_MIN_ROOM_CHARS = 300  # of code, rows or items that stay with a long introduction
_MAX_HEADING_ITEM_CHARS = 100  # of a list's only item that the paragraph below it explains
_QUESTION = re.compile(
    r"(?:\*\*|__)[^\n]{1,150}(?:\*\*|__)\Z|(?:\*\*)?Q\d{0,3}[:.)]\s[^\n]{1,300}\Z|[^\n]{1,150}\?\Z"
)
_ANSWER = re.compile(
    r"(?:\*\*|__)[^\n*]{1,200}[?\uff1f](?:\*\*|__)\s+\S|Q\d{0,3}[:.)]\s[^\n]{1,300}\n+\s*A\d{0,3}[:.)]"
)
_DEFINITION = re.compile(r"^:[ \t]+\S", re.MULTILINE)  # below its term
_OPENING = re.compile(rf"\A{CONTAINER_START.pattern}|{_DEFINITION.pattern}", re.MULTILINE)
_BLOCK_TYPES = {"fence", "code_block", "bullet_list", "ordered_list", "table"}
_INLINE_CODE = re.compile(r"(?<![`\\])`[^`\n]{1,100}`(?!`)")
_COPYRIGHT = re.compile(r"\W*(?:©|&copy;|copyright\b|\(c\) )[^\n]{0,200}\Z", re.IGNORECASE)


def read_markdown(text: str) -> ParsedDocument:
    """Parse decoded Markdown. Raises ReadError when it has too many lines or table cells."""
    front_matter = parse_front_matter(text)
    source_lines = list(islice(lines(text, front_matter.body), MAX_MARKS + 1))
    if len(source_lines) + text.count("|") > MAX_MARKS:
        raise ReadError(f"more than {MAX_MARKS:,} lines and table cells; split the file")
    body = front_matter.body
    written = write_headings(write_directives(text, body), body)
    masked = mask_markup(written, front_matter.body, text)
    to_parse = _lines_to_parse(written, masked, source_lines)
    source = MarkdownSource(masked.visible, masked.text, written, source_lines, to_parse)
    walker = _MarkdownWalker(source, masked.regions, is_technical=_is_technical(masked))
    nodes = walker.parse("\n".join(to_parse), 0)
    title = _title(nodes, front_matter.metadata)
    walker.add_article(nodes, title)
    return replace(_document(walker, title, front_matter.metadata), notes=front_matter.notes)


def _is_technical(masked: MaskedMarkdown) -> bool:
    """Return whether an article has code inside its paragraphs, or includes some."""
    return masked.includes_code or _INLINE_CODE.search(masked.text) is not None


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _lines_to_parse(text: str, masked: MaskedMarkdown, source_lines: Sequence[Span]) -> list[str]:
    """Return the lines to parse, without the indentation that markup gives them.

    Tags are indented with their content, and a comment before a text leaves spaces.
    """
    to_parse = [
        _without_mask(text[start:end], masked.text[start:end].rstrip("\r\n"))
        for start, end in source_lines
    ]
    starts = [start for start, _ in source_lines]
    for region in masked.regions:
        first, last = bisect_left(starts, region.start), bisect_left(starts, region.end)
        content = [line for line in to_parse[first:last] if line.strip()]
        indent = min((len(line) - len(line.lstrip(" \t")) for line in content), default=0)
        if indent:
            to_parse[first:last] = [line[indent:] for line in to_parse[first:last]]
        if region.language and 0 < first < last:
            to_parse[first - 1], to_parse[last - 1] = f"{_CODE_FENCE}{region.language}", _CODE_FENCE
    return to_parse


def _without_mask(line: str, masked: str) -> str:
    """Return a masked line without the spaces that masking put between its marks and its text."""
    text_start = end_of_markers(masked)
    marks_end = len(masked[:text_start].rstrip())
    indent = len(line[marks_end:]) - len(line[marks_end:].lstrip(" \t"))
    return masked[: marks_end + indent] + masked[max(text_start, marks_end + indent) :]


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
class _Heading:
    """A heading around the current section."""

    tag: str
    text: str
    context: Context


@dataclass(slots=True)
class _BareHeadings:
    """Headings of one level in a row without content; ``section`` is the heading above them."""

    tag: str
    start: int
    section: str | None
    block: Block

    def continues(
        self, tag: str, above: tuple[Context, ...], blocks: Sequence[Block], end: int
    ) -> bool:
        """Return whether a heading that ends at ``end`` is the next one in the row."""
        is_next = blocks[-1] is self.block and self.block.context == above
        return is_next and self.tag == tag and end - self.start <= MAX_GROUP_CHARS


@dataclass(slots=True)
class _MarkdownWalker:
    """Walks the syntax tree and collects blocks; holds the current section and its parts.

    ``open_regions`` are those around the current node; ``next_region`` counts those begun.
    """

    source: MarkdownSource
    regions: Sequence[Region]
    is_technical: bool
    section: str | None = None
    anchor: str | None = None
    headings: list[_Heading] = field(default_factory=list)
    bare_headings: _BareHeadings | None = None
    parts: list[Part] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    slug_counts: Counter[str] = field(default_factory=Counter)
    container_count: int = 0
    open_regions: list[Region] = field(default_factory=list)
    next_region: int = 0

    def parse(self, markdown: str, first_line: int) -> list[SyntaxTreeNode]:
        """Parse Markdown that starts at a line of the file; nodes get the file's line numbers."""
        tokens = block_parser().parse(markdown)
        opens = False
        for token in tokens:
            if token.map:
                token.map = [line + first_line for line in token.map]
            # Indented lines below the start of an admonition, a tab or a definition continue it.
            opens = opens if token.type != "inline" else bool(_OPENING.search(token.content))
            is_code = token.type == "code_block" and (not opens or "```" in token.content)
            self.is_technical |= is_code or token.type == "fence"
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
            line = self.source.lines[(heading.map or (0, 0))[0]]
            given_id = _HEADING_ID.search(self.source.text, *line)
            self.section = text
            self.anchor = given_id[1] if given_id else self.unique_slug(text)
        self.headings = [above for above in self.headings if above.tag < heading.tag]
        if next_node is None or (next_node.type == "heading" and next_node.tag <= heading.tag):
            self._add_bare_heading(heading)
        if text:
            context = Context(ContextKind.HEADING, *self.heading_span(heading))
            self.headings.append(_Heading(heading.tag, text, context))

    def _add_bare_heading(self, heading: SyntaxTreeNode) -> None:
        """Add a heading without content below it.

        Several in a row, such as rules, are one block; a question is one by itself.
        """
        span, above = self.heading_span(heading), self._heading_context()
        line_start, line_end = self.source.node_span(heading)
        run = None if "?" in inline_source(heading) else self.bare_headings
        if run and run.continues(heading.tag, above, self.blocks, line_end):
            run.block = replace(run.block, start=run.start, end=line_end, section=run.section)
            self.blocks[-1] = run.block
        elif self.add_block(Block(*span, context=above)):
            section = self.headings[-1].text if self.headings else None
            self.bare_headings = _BareHeadings(heading.tag, line_start, section, self.blocks[-1])

    def end_section(self) -> None:
        """Turn the parts that were added since the last call into blocks."""
        for group in group_parts(self.parts, self.section, is_technical=self.is_technical):
            self.add_block(make_block(group, self._heading_context()))
        self.parts.clear()

    def _heading_context(self) -> tuple[Context, ...]:
        return tuple(heading.context for heading in self.headings)

    def add_nodes(
        self, nodes: Iterable[SyntaxTreeNode], container: Container = NO_CONTAINER, depth: int = 0
    ) -> None:
        """Add the nodes of a section, or of an admonition or a tab in it."""
        around, previous = [container], NO_CONTAINER
        is_open = False  # indented lines would belong to ``previous``
        nodes = list(nodes)
        for node, next_node in zip(nodes, [*nodes[1:], None], strict=False):
            if is_open and node.type == "code_block":
                self._add_content(*(node.map or (0, 0)), previous, depth)
            elif self._ends_container(node):
                previous, is_open = around[-1], False
                around[1:] = around[1:-1]
            elif depth < _MAX_CONTAINER_DEPTH and self._opens(node, next_node):
                previous, is_open = self._enter(node, around, previous, depth), True
            else:
                self._add_node(node, around[-1], depth)
                self._mark_announcement(node, next_node)
                is_open = _defines(node) and depth < _MAX_CONTAINER_DEPTH
                previous = around[-1] if is_open else NO_CONTAINER

    def _enter(
        self, node: SyntaxTreeNode, around: list[Container], previous: Container, depth: int
    ) -> Container:
        """Enter the container that a node opens; tabs are of one with those before or around."""
        first, last = node.map or (0, 0)
        is_tab = self._matches(TAB, first)
        shared = previous.number if previous.is_tab else around[-1].number
        if not is_tab or shared is None:
            self.container_count += 1
            shared = self.container_count
        opened = replace(self._open(first, around[-1]), number=shared, is_tab=is_tab)
        if self._matches(FENCED_CONTAINER, first):
            around.append(opened)
        self._add_content(first + 1, last, opened, depth)
        return opened

    def _mark_announcement(self, node: SyntaxTreeNode, next_node: SyntaxTreeNode | None) -> None:
        """Mark the last part if the next paragraph defines it, or belongs to it as to a heading."""
        if not self.parts or next_node is None or next_node.type != "paragraph":
            return
        part = self.parts[-1]
        is_heading = node.type == "bullet_list" and len(node.children) == 1
        if _DEFINITION.match(inline_source(next_node)):
            self.parts[-1] = replace(part, kind=PartKind.QUESTION)
        elif is_heading and part.end - part.start <= _MAX_HEADING_ITEM_CHARS:
            self.parts[-1] = replace(part, kind=PartKind.INTRODUCTION)

    def _open(self, line: int, enclosing: Container) -> Container:
        """Return the container that a line opens, with its title."""
        title = CONTAINER_TITLE.search(self.source.written, *self.source.lines[line])
        spans = [title.span(group) for group in (1, 2, 3, 4)] if title else []
        return self._titled(next((span for span in spans if span[0] >= 0), None), enclosing)

    def _titled(self, title: Span | None, enclosing: Container) -> Container:
        own = (Context(ContextKind.TITLE, *trim(self.source.text, *title)),) if title else ()
        return Container(self.container_count, (*enclosing.titles, *own))

    def _add_content(self, first: int, last: int, container: Container, depth: int) -> None:
        """Add the lines of a container as Markdown of their own, without their indentation."""
        content = self.source.to_parse[first:last]
        markdown = "\n".join(CONTAINER_INDENT.sub("", line, count=1) for line in content)
        self.add_nodes(self.parse(markdown, first), container, depth + 1)

    def _opens(self, node: SyntaxTreeNode, next_node: SyntaxTreeNode | None) -> bool:
        """Return whether a paragraph opens a container with content: text must not be lost."""
        first, last = node.map or (0, 0)
        if node.type != "paragraph" or not self._matches(CONTAINER_START, first):
            return False
        if last - first > 1 or next_node is None:
            return last - first > 1
        return self._matches(FENCED_CONTAINER, first) or next_node.type == "code_block"

    def _ends_container(self, node: SyntaxTreeNode) -> bool:
        """Return whether a node is the closing mark of a container."""
        first, last = node.map or (0, 0)
        is_line = node.type == "paragraph" and last - first == 1
        return is_line and self._matches(CONTAINER_END, first)

    def _add_node(self, node: SyntaxTreeNode, container: Container, depth: int) -> None:
        """Add a node as one part, or as several; the content of a callout node by node."""
        if depth < _MAX_CONTAINER_DEPTH and (alert := self.source.alert(node)):
            self.container_count += 1
            title = alert.span(2) if alert[2].strip() else None
            self.add_nodes(node.children, self._titled(title, container), depth + 1)
        elif depth < _MAX_CONTAINER_DEPTH and node.type in {"bullet_list", "ordered_list"}:
            self._add_list(node, container, depth)
        elif node.type == "hr" or (node.type == "paragraph" and is_navigation(node)):
            self.end_section()
        else:
            context = tuple(self._node_context(node))
            own = self.source.spans(node, self._room(node))
            spans = [*filter(self.source.has_words, own)]
            outer = self._fenced(node, spans)
            self._add_parts(_part_kind(node), zip(outer, spans, strict=True), container, context)

    def _add_list(self, node: SyntaxTreeNode, container: Container, depth: int) -> None:
        """Add runs of list items; the content of a very long item node by node."""
        context = tuple(self._node_context(node))
        for items in item_runs(node, self.source, self._room(node)):
            if is_cut(items, self.source):
                inner = replace(container, titles=(*container.titles, *context))
                self.add_nodes(items[0].children, inner, depth + 1)
            else:
                spans = [*self.source.item_spans(items)]
                self._add_parts(PartKind.BLOCK, zip(spans, spans, strict=True), container, context)

    def _room(self, node: SyntaxTreeNode) -> int:
        """Return the length of what may follow the introductions before a node in their passage."""
        introductions = [*takewhile(lambda part: part.announces, reversed(self.parts))]
        if not introductions:
            return MAX_RUN_CHARS
        start = self.source.node_span(node)[0] + (_FENCE_CHARS if node.type == "fence" else 0)
        room = MAX_GROUP_CHARS - (start - introductions[-1].start)
        return room if room >= _MIN_ROOM_CHARS else MAX_RUN_CHARS

    def _add_parts(
        self,
        kind: PartKind,
        spans: Iterable[tuple[Span, Span]],
        container: Container,
        context: Sequence[Context],
    ) -> None:
        """Add parts, each with its span and its span as a passage of its own."""
        for outer, alone in spans:
            start, end = self.source.trim(outer)
            around = self._around(start, container)
            own = self.source.trim((max(start, alone[0]), min(end, alone[1])))
            titles = (*around.titles, *context)
            self.parts.append(Part(kind, start, end, own, around.number, titles))

    def _around(self, offset: int, container: Container) -> Container:
        """Add the regions around an offset to a container; offsets must ascend."""
        while self.next_region < len(self.regions):
            if self.regions[self.next_region].start > offset:
                break
            self.open_regions.append(self.regions[self.next_region])
            self.next_region += 1
        self.open_regions = [region for region in self.open_regions if region.end > offset]
        numbers = [container.number, *(each.number for each in reversed(self.open_regions))]
        titles = [
            Context(ContextKind.TITLE, *trim(self.source.text, *each.title))
            for each in self.open_regions
            if each.title
        ]
        number = next((each for each in numbers if each is not None), None)
        return Container(number, tuple(sorted([*titles, *container.titles], key=_start)))

    def _fenced(self, node: SyntaxTreeNode, spans: Sequence[Span]) -> Sequence[Span]:
        """Return the spans of code with the fences at both ends, and other spans unchanged."""
        if node.type != "fence" or not spans:
            return spans
        start, end = self.source.node_span(node)
        edges = [start, *[edge for span in spans for edge in span][1:-1], end]
        return [*zip(edges[::2], edges[1::2], strict=True)]

    def _node_context(self, node: SyntaxTreeNode) -> Iterator[Context]:
        """Yield the introduction before a node, and its table header or code fence."""
        if self.parts and self.parts[-1].announces:
            yield Context(ContextKind.INTRODUCTION, *self.parts[-1].alone)
        if header := self.source.table_header(node):
            yield Context(ContextKind.TABLE_HEADER, *header)
        if node.type == "fence":
            first = (node.map or (0, 0))[0]
            yield Context(ContextKind.CODE_FENCE, *self.source.lines_span(first, first + 1))

    def _matches(self, pattern: re.Pattern[str], line: int) -> bool:
        if line >= len(self.source.lines):
            return False
        return bool(pattern.match(self.source.written, *self.source.lines[line]))

    def add_block(self, block: Block) -> bool:
        """Add a block to the current section, if it has any words; return whether it has."""
        start, end = self.source.trim((block.start, block.end))
        if not self.source.has_words((start, end)):
            return False
        self.blocks.append(
            replace(block, start=start, end=end, section=self.section, anchor=self.anchor)
        )
        return True

    def heading_span(self, heading: SyntaxTreeNode) -> Span:
        """Return the span of a heading's text, without # or underline."""
        start, end = self.source.node_span(heading)
        content = inline_source(heading).strip()
        if len(content) <= _MAX_INLINE_CHARS:
            content = _TRAILING_TAGS.sub("", content) or content
        content_start = self.source.masked.find(content, start, end) if content else -1
        return (start, end) if content_start < 0 else (content_start, content_start + len(content))

    def unique_slug(self, heading: str) -> str | None:
        """Return the id that GitHub and most site generators give to a heading."""
        slug = _NOT_IN_SLUG.sub("", heading.strip().lower()).replace(" ", "-")[:MAX_ANCHOR_CHARS]
        count = self.slug_counts[slug]
        self.slug_counts[slug] += 1
        return f"{slug}-{count}" if count else slug or None


def _document(
    walker: _MarkdownWalker, title: SyntaxTreeNode | None, metadata: ParsedMetadata
) -> ParsedDocument:
    """Build the document; a title without content below it is a block itself."""
    heading, text = None, walker.source.text
    if len(walker.blocks) > 1 and _COPYRIGHT.match(text[slice(*_span(walker.blocks[-1]))]):
        walker.blocks.pop()
    if title is not None:
        metadata = metadata.over(ParsedMetadata(title=_heading_text(title)))
        span = walker.heading_span(title)
        if walker.blocks:
            heading = Block(*span)
        else:
            walker.add_block(Block(*span))
    return ParsedDocument(text, tuple(walker.blocks), metadata, heading)


def _defines(node: SyntaxTreeNode) -> bool:
    """Return whether a paragraph has a definition, which indented lines may continue."""
    return node.type == "paragraph" and bool(_DEFINITION.search(inline_source(node)))


def _span(block: Block) -> Span:
    return (block.start, block.end)


def _start(context: Context) -> int:
    return context.start


def _heading_text(heading: SyntaxTreeNode) -> str:
    """Return the text of a heading in one line, without markup."""
    source = inline_source(heading)
    if len(source) > _MAX_INLINE_CHARS:
        return " ".join(source.split())
    tokens = _inline_parser().parseInline(source)[0].children or []
    text = "".join("\n" if token.type.endswith("break") else token.content for token in tokens)
    return " ".join(_SHORTCODE.sub("", _HTML_TAG.sub("", text)).split())


def _part_kind(node: SyntaxTreeNode) -> PartKind:
    if node.type in _BLOCK_TYPES:
        return PartKind.BLOCK
    source = inline_source(node).strip() if node.type == "paragraph" else ""
    if _QUESTION.match(source):
        return PartKind.QUESTION
    if _ANSWER.match(source):
        return PartKind.ANSWER
    is_introduction = source.rstrip("*_").endswith((":", "\uff1a"))
    return PartKind.INTRODUCTION if is_introduction else PartKind.TEXT
