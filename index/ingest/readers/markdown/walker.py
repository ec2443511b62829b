"""Walk the syntax tree of a Markdown file and group its nodes into blocks.

In documentation, what belongs together is one block: an introduction with its code, the content of
an admonition or a tab.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from operator import attrgetter

from markdown_it.tree import SyntaxTreeNode

from index.ingest.parsing.builder import MAX_RUN_CHARS, MAX_SHORT_ITEM_CHARS
from index.ingest.parsing.passages import MAX_GROUP_CHARS, Part, PartKind, group_parts, make_block
from index.ingest.parsing.section_names import naming_headings
from index.ingest.readers.markdown.containers import (
    CONTAINER_INDENT,
    NO_CONTAINER,
    Container,
    block_parser,
)
from index.ingest.readers.markdown.masking import Region
from index.ingest.readers.markdown.sections import SectionWriter, heading_paths, heading_text
from index.ingest.readers.markdown.spans import (
    MarkdownSource,
    inline_source,
    is_cut,
    is_navigation,
    item_runs,
)
from index.ingest.readers.markdown.tables import cut_row, is_long_row
from index.text.markdown.containers import (
    CONTAINER_END,
    CONTAINER_START,
    FENCED_CONTAINER,
    TAB,
    TAB_LABEL,
    title_span,
)
from index.text.spans import Span, trim
from index.text.words.answer_labels import ANSWER_LABELS
from index.types import Context, ContextKind

_MAX_CONTAINER_DEPTH = 6
_MAX_TITLES = 12  # around a part: containers that never end would have ever more
_FENCE_CHARS = 50  # of the lines around code, about
_MIN_ROOM_CHARS = 300  # of code, rows or items that stay with a long introduction
_MAX_STUB_CHARS = 300  # of an introduction to sections that goes with the first of them
_MAX_SHARED_QUESTIONS = 5  # with one answer
_MAX_HEADING_ITEM_CHARS = 100  # of a list's only item that the paragraph below it explains
_LABEL = re.compile(r"(?:\*\*|__)[^\n]{1,300}(?<![?\uff1f])(?:\*\*|__)\Z")
_ANSWER_LABEL = re.compile(
    rf"(?:\*\*|__)\s*(?:{ANSWER_LABELS})(?:\s\d{{1,2}})?\s*[:\uff1a.]?\s*(?:\*\*|__)\Z",
    re.IGNORECASE | re.VERBOSE,
)
_BOLD = r"(?:\*\*|__)?"
_ASKS = (  # Q: (F: in German, P: in Spanish), on lines before that of its answer
    rf"{_BOLD}(?:Q\d{{0,3}}[:.)]|[FP]\d{{0,3}}:){_BOLD}\s"
    rf"[^\n]{{1,300}}(?:\n(?!\s*{_BOLD}[AR]\d{{0,3}}[:.)])[^\n]{{1,300}}){{0,5}}"
)
_ASKED_BY_NAME = r"\*\*[^\n*]{1,50}:\*\*[\s\S]{1,350}"  # in an interview
_QUESTION = re.compile(rf"{_ASKS}\Z|(?:{_ASKED_BY_NAME}|[\s\S]{{1,150}})[?\uff1f][*_]{{0,3}}\Z")
_ANSWER = re.compile(
    r"(?:\*\*|__)[^\n*]{1,200}(?:[?\uff1f](?:\*\*|__)|(?:\*\*|__)[?\uff1f])\s+\S"
    rf"|{_ASKS}\n+\s*{_BOLD}[AR]\d{{0,3}}[:.)]"
)
_EMOJI = re.compile(r"(?<![\w:]):[a-z][\w+-]*:\Z")
_TAB_LABEL = re.compile(r"[ \t]*===[!+]?[ \t]+\"[^\"]*\"[ \t]*\Z")
_DEFINITION = re.compile(r"^:[ \t]+\S", re.MULTILINE)  # below its term
_OPENING = re.compile(rf"\A{CONTAINER_START.pattern}|{_DEFINITION.pattern}", re.MULTILINE)
_ANNOUNCED_TYPES = {"fence", "code_block", "table"}
_LIST_TYPES = {"bullet_list", "ordered_list"}
_BLOCK_TYPES = _ANNOUNCED_TYPES | _LIST_TYPES


@dataclass(slots=True)
class MarkdownWalker:
    """Walks the syntax tree and collects blocks; holds the parts of the current section.

    ``questions`` are headings that share the answer below a later one. ``open_regions`` are those
    around the current node; ``next_region`` counts those begun.
    """

    source: MarkdownSource
    sections: SectionWriter
    regions: Sequence[Region]
    is_technical: bool
    parts: list[Part] = field(default_factory=list)
    questions: list[Part] = field(default_factory=list)
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
        headings = [node for node in nodes if node.type == "heading" and node is not title]
        self.sections.naming = naming_headings(heading_paths(headings))
        first = 0
        for index, node in enumerate(nodes):
            if node.type == "heading":
                self.add_nodes(nodes[first:index])
                first = index + 1
                if node is title:
                    self.end_section()
                    self.sections.unique_slug(heading_text(node))
                else:
                    self._start_section(nodes, index)
        self.add_nodes(nodes[first:])
        self.end_section()

    def _start_section(self, nodes: Sequence[SyntaxTreeNode], index: int) -> None:
        """End the current section, except for what goes with the one that begins.

        This is an introduction to it, or other questions with the same answer.
        """
        heading, next_node = nodes[index], next(iter(nodes[index + 1 : index + 2]), None)
        announced = self._take_announcement(heading, next_node)
        self.end_section()
        shares_answer = _shares_answer(nodes, index)
        self.sections.start(heading, next_node, shares_answer=shares_answer)
        if shares_answer:
            self.questions.append(self._heading_part(heading))
        elif self.questions:
            announced = [*self.questions, self._heading_part(heading)]
            self.questions.clear()
        self.parts += announced

    def _heading_part(self, heading: SyntaxTreeNode) -> Part:
        span, text = self.source.node_span(heading), self.sections.heading_span(heading)
        return Part(PartKind.INTRODUCTION, *span, text)

    def _take_announcement(
        self, heading: SyntaxTreeNode, next_node: SyntaxTreeNode | None
    ) -> list[Part]:
        """Remove and return an introduction to the sections below, with the heading of the first.

        "There are two ways:" says nothing without them.
        """
        taken = [*takewhile(_is_introduction, reversed(self.parts))][::-1]
        if not taken or not self.sections.is_announced(heading, next_node):
            return []
        start = self.source.node_span(heading)[0]
        announces_markup = self.source.written[taken[-1].end : start].strip() != ""
        if announces_markup or taken[-1].end - taken[0].start > _MAX_STUB_CHARS:
            return []
        del self.parts[-len(taken) :]
        return [*taken, self._heading_part(heading)]

    def end_section(self) -> None:
        """Turn the parts that were added since the last call into blocks."""
        parts = [*self._introduced_parts()]
        for group in group_parts(parts, self.sections.section, is_technical=self.is_technical):
            self.sections.add_block(make_block(group, self.sections.heading_context()))
        self.parts.clear()

    def _introduced_parts(self) -> Iterator[Part]:
        """Yield the parts; those of tabs have the introduction before the first tab as context."""
        introduction: Part | None = None
        for part in self.parts:
            if introduction and introduction.titles < part.titles:
                yield part.introduced_by(introduction)
                continue
            introduction = part if self._is_shown_introduction(part) else None
            yield part

    def _is_shown_introduction(self, part: Part) -> bool:
        """Return whether a part is an introduction of its own, no heading or item."""
        announces = part.kind is PartKind.INTRODUCTION and not self.sections.is_heading(part.alone)
        return announces and _announces(self.source.text[slice(*part.alone)])

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
                around[1:] = around[1 : -2 if around[-1].is_labelled else -1]
            elif label := self._tab_label(node, around):
                group = around[-2] if around[-1].is_labelled else around[-1]
                around[1:] = [*around[1 : around.index(group) + 1], self._labelled(label, group)]
            elif depth < _MAX_CONTAINER_DEPTH and self._opens(node, next_node):
                previous, is_open = self._enter(node, around, previous, depth), True
            elif self._is_empty_tab(node):
                previous, is_open = NO_CONTAINER, False
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
        """Mark the last part if the next node defines it, or belongs to it as to a heading."""
        if not self.parts or next_node is None:
            return
        if next_node.type in _ANNOUNCED_TYPES and node.type in _LIST_TYPES:
            self._mark_last_item(node)
        if next_node.type != "paragraph":
            return
        part = self.parts[-1]
        if _DEFINITION.match(inline_source(next_node)):
            self.parts[-1] = replace(part, kind=PartKind.QUESTION)
        elif self._is_heading_item(node, part) and _part_kind(next_node) is PartKind.TEXT:
            item = self.source.text[slice(*self.source.without_markers(part.alone))]
            kind = PartKind.LABEL if _LABEL.match(item) else PartKind.INTRODUCTION
            self.parts[-1] = replace(part, kind=kind)

    def _mark_last_item(self, node: SyntaxTreeNode) -> None:
        """Make the last item of a list a part of its own if it announces what stands below."""
        part = self.parts[-1]
        item = self.source.node_span(node.children[-1])
        text = self.source.text[slice(*item)]
        is_introduction = len(text) <= MAX_SHORT_ITEM_CHARS and _announces(text)
        if not is_introduction or item[1] != part.end or item[0] < part.start:
            return
        self.parts.pop()
        before = self.source.trim((part.start, item[0]))
        if before[0] < before[1]:
            self.parts.append(replace(part, end=before[1], alone=before))
        last = replace(part, kind=PartKind.INTRODUCTION, start=item[0], end=item[1], alone=item)
        self.parts.append(last)

    def _is_heading_item(self, node: SyntaxTreeNode, part: Part) -> bool:
        """Return whether a part is a list's only item, short, and announced by no other part."""
        is_alone = node.type == "bullet_list" and len(node.children) == 1
        is_announced = len(self.parts) > 1 and self.parts[-2].announces
        return is_alone and not is_announced and part.end - part.start <= _MAX_HEADING_ITEM_CHARS

    def _open(self, line: int, enclosing: Container) -> Container:
        """Return the container that a line opens, with its title."""
        title = title_span(self.source.written, *self.source.lines[line])
        return self._titled(title, enclosing)

    def _titled(self, title: Span | None, enclosing: Container) -> Container:
        own = (Context(ContextKind.TITLE, *trim(self.source.text, *title)),) if title else ()
        return Container(self.container_count, (*enclosing.titles, *own)[-_MAX_TITLES:])

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

    def _tab_label(self, node: SyntaxTreeNode, around: Sequence[Container]) -> Span | None:
        """Return the label of a tab without indentation (== Windows), inside of a container."""
        if node.type != "paragraph" or len(around) == 1:
            return None
        label = TAB_LABEL.match(self.source.written, *self.source.lines[(node.map or (0, 0))[0]])
        return label.span(1) if label else None

    def _labelled(self, label: Span, group: Container) -> Container:
        """Return the tab of a group with a label."""
        title = Context(ContextKind.TITLE, *trim(self.source.text, *label))
        return replace(group, titles=(*group.titles, title), is_tab=True, is_labelled=True)

    def _is_empty_tab(self, node: SyntaxTreeNode) -> bool:
        """Return whether a paragraph is only the label of a tab, which opens nothing."""
        first, last = node.map or (0, 0)
        is_line = node.type == "paragraph" and last - first == 1
        return is_line and self._matches(_TAB_LABEL, first)

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
        elif node.type in _LIST_TYPES and self._is_contents(node):
            return
        elif depth < _MAX_CONTAINER_DEPTH and node.type in _LIST_TYPES:
            self._add_list(node, container, depth)
        elif node.type == "hr" or is_navigation(node):
            self.end_section()
        else:
            context = tuple(self._node_context(node))
            own = self.source.spans(node, self._room(node))
            spans = [*filter(self.source.has_words, own)]
            outer, kind = self._fenced(node, spans), _part_kind(node)
            for pair in zip(outer, spans, strict=True):
                if node.type == "table" and is_long_row(self.source.text, pair[1]):
                    self._add_row(node, pair[1], container, context)
                else:
                    self._add_parts(kind, [pair], container, context)

    def _add_row(
        self, table: SyntaxTreeNode, run: Span, container: Container, context: Sequence[Context]
    ) -> None:
        """Add the pieces of a table row that is too long, the last one of ``run``."""
        text, header = self.source.text, self.source.table_header(table) or (0, 0)
        row = (text.rfind("\n", *run) + 1 or run[0], run[1])
        self.container_count += 1  # the pieces of a row do not go on in the next one
        inner = replace(container, number=self.container_count)
        introductions = [each for each in context if each.kind is ContextKind.INTRODUCTION]
        for piece, around in cut_row(text, header, row):
            ordered = sorted(
                [*introductions, *around], key=lambda each: [*ContextKind].index(each.kind)
            )
            self._add_parts(PartKind.BLOCK, [(piece, piece)], inner, ordered)

    def _is_contents(self, node: SyntaxTreeNode) -> bool:
        """Return whether a list is a table of contents that no introduction needs."""
        is_announced = bool(self.parts) and self.parts[-1].announces
        return not is_announced and self.source.is_contents(node)

    def _add_list(self, node: SyntaxTreeNode, container: Container, depth: int) -> None:
        """Add runs of list items; the content of a very long item, or of answers, node by node."""
        context = tuple(self._node_context(node))
        if not context and _answers_questions(node):
            for item in node.children:
                self.add_nodes(item.children, container, depth + 1)
            return
        for items in item_runs(node, self.source, self._room(node)):
            if is_cut(items, self.source):
                inner = replace(container, titles=(*container.titles, *context))
                self.add_nodes(items[0].children, inner, depth + 1)
            else:
                spans = [*self.source.item_spans(items)]
                outer = [(self.source.node_span(items[0])[0], spans[0][1]), *spans[1:]]
                self._add_parts(PartKind.BLOCK, zip(outer, spans, strict=True), container, context)

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
        around = sorted([*titles, *container.titles], key=attrgetter("start"))
        return Container(number, tuple(around))

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
            announcing = (part.alone for part in reversed(self.parts))
            span = next(each for each in announcing if not self.sections.is_heading(each))
            yield Context(ContextKind.INTRODUCTION, *span)
        if header := self.source.table_header(node):
            yield Context(ContextKind.TABLE_HEADER, *header)
        if node.type == "fence":
            first = (node.map or (0, 0))[0]
            yield Context(ContextKind.CODE_FENCE, *self.source.lines_span(first, first + 1))

    def _matches(self, pattern: re.Pattern[str], line: int) -> bool:
        if line >= len(self.source.lines):
            return False
        return bool(pattern.match(self.source.written, *self.source.lines[line]))


def _shares_answer(nodes: Sequence[SyntaxTreeNode], index: int) -> bool:
    """Return whether a heading is a question right above others, the last of which has an answer.

    All are of one level.
    """
    tag, following = nodes[index].tag, nodes[index : index + _MAX_SHARED_QUESTIONS + 1]
    count = sum(1 for _ in takewhile(lambda node: node.tag == tag and _asks(node), following))
    return 1 < count < len(following) and following[count].type != "heading"


def _answers_questions(node: SyntaxTreeNode) -> bool:
    """Return whether all items of a list are questions with their answers."""
    return len(node.children) > 1 and all(map(_answers, node.children))


def _answers(item: SyntaxTreeNode) -> bool:
    kind = _part_kind(item.children[0]) if item.children else PartKind.TEXT
    has_answer = len(item.children) > 1
    return kind is PartKind.ANSWER or (kind is PartKind.QUESTION and has_answer)


def _asks(heading: SyntaxTreeNode) -> bool:
    return inline_source(heading).rstrip(" #*_").endswith(("?", "\uff1f"))


def _is_introduction(part: Part) -> bool:
    return part.kind is PartKind.INTRODUCTION and part.container is None


def _defines(node: SyntaxTreeNode) -> bool:
    """Return whether a paragraph has a definition, which indented lines may continue."""
    return node.type == "paragraph" and bool(_DEFINITION.search(inline_source(node)))


def _announces(text: str) -> bool:
    """Return whether a text ends in a colon, other than that of an emoji such as ``:grin:``."""
    return text.rstrip("*_").endswith((":", "\uff1a")) and not _EMOJI.search(text)


def _part_kind(node: SyntaxTreeNode) -> PartKind:
    if node.type in _BLOCK_TYPES:
        return PartKind.BLOCK
    if node.type == "blockquote" and len(node.children) == 1:
        is_question = _part_kind(node.children[0]) is PartKind.QUESTION
        return PartKind.QUESTION if is_question else PartKind.TEXT
    source = inline_source(node).strip() if node.type == "paragraph" else ""
    if _LABEL.match(source):
        return PartKind.INTRODUCTION if _ANSWER_LABEL.match(source) else PartKind.LABEL
    if _QUESTION.match(source):
        return PartKind.QUESTION
    if _ANSWER.match(source):
        return PartKind.ANSWER
    return PartKind.INTRODUCTION if _announces(source) else PartKind.TEXT
