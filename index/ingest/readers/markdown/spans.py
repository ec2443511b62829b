"""Find the spans to quote from the nodes of a parsed Markdown file."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from markdown_it.tree import SyntaxTreeNode

from index.ingest.parsing.builder import MAX_RUN_CHARS, MAX_SHORT_ITEM_CHARS
from index.ingest.parsing.passages import MAX_GROUP_CHARS
from index.ingest.readers.markdown.long_code import cut_lines
from index.ingest.readers.markdown.long_paragraphs import cut_paragraph
from index.text.spans import Span, has_words, lines, trim

_MAX_IMAGES_CHARS = 50_000
_MAX_TAG_CHARS = 300
_MAX_LINK_BAR_CHARS = 2_000
_BLOCK_MARKERS = re.compile(r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*")
_IMAGE = re.compile(
    rf"!\[[^\]\[]*\]\([^()]*\)|!\[\[[^\]\[]*\]\]|<img\s[^<>]{{0,{_MAX_TAG_CHARS}}}>", re.IGNORECASE
)
_EMPTY_LINK = re.compile(  # or the target of one
    rf"\[\s*\]\([^()]*\)|<a\s[^<>]{{0,{_MAX_TAG_CHARS}}}(?:/>|>\s*</a\s*>)", re.IGNORECASE
)
_WORDLESS = re.compile(r"!\[|<(?:a|img)\s", re.IGNORECASE)
_HTML_TAG = re.compile(r"<[^<>]*>")
_WRAPPER_TAGS = (
    "div|p|details|summary|section|article|aside|center|figure|figcaption|header|footer|main"
    "|blockquote|table|thead|tbody|tr|td|th|ul|ol|li|dl|dt|dd|br|hr"
)
_OPENING_WRAPPER = re.compile(
    rf"\s*<(?:{_WRAPPER_TAGS})\b[^<>]{{0,{_MAX_TAG_CHARS}}}>\s*", re.IGNORECASE
)
_CLOSING_WRAPPER = re.compile(rf"\s*</(?:{_WRAPPER_TAGS})\s*>\s*\Z", re.IGNORECASE)
_ELEMENT_END = re.compile(r"</[\w-]{1,20}>[ \t]*\n(?=[ \t]*<[^/])")
_HTML_ROW = re.compile(r"<tr\b(?:(?!<tr\b)[\s\S])*?</tr\s*>", re.IGNORECASE)
_TEMPLATE_OR_JUMP = re.compile(  # Jekyll tags, "Back to top", "« Previous", tags of notes
    r"\W{0,3}[Tt]ags?:?\W{0,3}(?:\s*#[^\W\d][\w/-]*,?)+\s*\Z|"
    r"(?:\{\{(?:[<%][^{}]*[>%]|[ \t]*[\w.]+[ \t]*)\}\}\s*|\{[%*!][^{}]*[%*!]\}\s*)+\Z"
    r"|[*_]{0,3}\[[^\[\]]{1,300}\]\(#[^()\s]*\)[*_]{0,3}\Z"
    r"|[*_]{0,3}\[(?:&laquo;|[«←⬅⇐↑⬆👈])[^\[\]]{1,100}\]\([^()\s]*\)[*_]{0,3}\Z"
)
_MIN_CONTENTS_ITEMS = 3
_MIN_CONTENTS_SHARE = 4 / 5  # of the lines of a table of contents; others lead elsewhere by mistake
_CONTENTS_ITEM = re.compile(
    r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+[*_]{0,3}\[[^\n]{1,300}\]\(#[^()\s]*\)[*_]{0,3}[ \t]*"
)
_SHORT_ITEM = re.compile(
    r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:[*_]{0,3}\[[^\n]{1,300}\]\([^()\s]*\)[*_]{0,3}"
    r"|[^\n\[\]]{1,60})[ \t]*"
)
_LINK_BAR = re.compile(r"\[[^\[\]\n]*\]\([^()\n]*\)(?:\s*[|·•/»–—-]\s*\[[^\[\]\n]*\]\([^()\n]*\))+")
ALERT = re.compile(r"\[!([A-Za-z][\w-]*)\][+-]?[ \t]*([^\r\n]*)(?:\r\n|\r|\n|\Z)")  # > [!TIP]


@dataclass(frozen=True, slots=True)
class MarkdownSource:
    """A Markdown file: its text, the same with its markup masked, and the spans of its lines.

    ``written`` is the text with MyST's directives as containers. ``to_parse`` are the lines that
    the parser reads; only their number is that of the file.
    """

    text: str
    masked: str
    written: str
    lines: list[Span]
    to_parse: list[str]

    def trim(self, span: Span) -> Span:
        """Return a span without white space and masked markup at its ends."""
        return trim(self.masked, *span)

    def has_words(self, span: Span) -> bool:
        """Return whether a span has words outside markup."""
        return has_words(self.masked[slice(*span)])

    def lines_span(self, first: int, last: int) -> Span:
        """Return the trimmed span of whole lines."""
        lines_inside = self.lines[first:last]
        if not lines_inside:
            return (0, 0)
        return self.trim((lines_inside[0][0], lines_inside[-1][1]))

    def node_span(self, node: SyntaxTreeNode) -> Span:
        """Return the trimmed span of the whole lines of a node."""
        return self.lines_span(*(node.map or (0, 0)))

    def without_markers(self, span: Span) -> Span:
        """Return a span without the marks of quotations and lists before it."""
        return (end_of_markers(self.text, *span), span[1])

    def is_contents(self, node: SyntaxTreeNode) -> bool:
        """Return whether a list is a table of contents: links to headings of its page.

        A few items may be other links, or names of parts.
        """
        text = self.text[slice(*self.node_span(node))]
        lines = [line for line in text.splitlines() if line.strip()]
        others = [line for line in lines if not _CONTENTS_ITEM.fullmatch(line)]
        items = len(lines) - len(others)
        is_most = items >= max(_MIN_CONTENTS_ITEMS, _MIN_CONTENTS_SHARE * len(lines))
        return is_most and all(map(_SHORT_ITEM.fullmatch, others))

    def alert(self, node: SyntaxTreeNode) -> re.Match[str] | None:
        """Return the opening of a callout, ``[!TIP] Title``, if a node is one with content."""
        if node.type != "blockquote" or not node.children:
            return None
        start, end = self.node_span(node)
        return ALERT.match(self.text, self.without_markers((start, end))[0], end)

    def spans(self, node: SyntaxTreeNode, room: int = MAX_RUN_CHARS) -> Iterator[Span]:
        """Yield the spans to quote from a node.

        ``room`` is the length of the first run of table rows or lines of code.
        """
        first, last = node.map or (0, 0)
        if node.type in {"bullet_list", "ordered_list"}:
            for items in item_runs(node, self):
                yield from self.item_spans(items)
        elif node.type == "blockquote":
            yield from self._child_spans(node)
        elif node.type == "paragraph":
            yield from self._paragraph_spans(node, first, last)
        elif node.type == "html_block":
            yield from self._html_spans(node)
        elif node.type in {"fence", "table"}:
            yield from self._line_spans(node, first, last, room)
        elif node.type != "hr":
            yield self.node_span(node)

    def _line_spans(self, node: SyntaxTreeNode, first: int, last: int, room: int) -> Iterator[Span]:
        """Yield runs of table rows, or of the lines between the fences of code."""
        if node.type == "table":  # a header stays with its first row
            head = (self.lines[first][0], self.lines[min(first + 2, last - 1)][1])
            return _runs([head, *self.lines[first + 3 : last]], room)
        return self._code_spans(first + 1, first + 1 + len([*lines(node.content)]), room)

    def _child_spans(self, node: SyntaxTreeNode) -> Iterator[Span]:
        """Yield the spans of the children, or of the node where the parser's nesting ends."""
        if not node.children:
            yield self.node_span(node)
        for child in node.children:
            yield from self.spans(child)

    def item_spans(self, items: Sequence[SyntaxTreeNode]) -> Iterator[Span]:
        """Yield the span of a run of items, or the spans inside a very long one."""
        start, end = self.node_span(items[0])[0], self.node_span(items[-1])[1]
        if is_cut(items, self):
            yield from self._child_spans(items[0])
        elif len(items) == 1 and end - start > MAX_SHORT_ITEM_CHARS:
            span = self.without_markers((start, end))
            is_text = [child.type for child in items[0].children] == ["paragraph"]
            yield from cut_paragraph(self.text, span) if is_text else [span]
        else:
            yield (start, end)

    def _paragraph_spans(self, node: SyntaxTreeNode, first: int, last: int) -> Iterator[Span]:
        """Yield the span of a paragraph; only multi-line quotations keep their markers."""
        if is_navigation(node) or _is_wordless(node):
            return
        start, end = self.lines_span(first, last)
        is_quoted = "\n" in inline_source(node) and _is_in_blockquote(node)
        if alert := ALERT.match(self.text, self.without_markers((start, end))[0], end):
            title, start = alert.span(2), alert.end()
            if start >= end and _is_only_child(node):
                start, end = title
            is_quoted = "\n" in self.text[start:end].strip()
        span = (start, end)
        if node.level > 0 and not is_quoted:
            span = self.without_markers(span)
        yield from cut_paragraph(self.text, span)

    def _code_spans(self, first: int, last: int, room: int) -> Iterator[Span]:
        """Yield lines of code, cut at blank lines if they are many, else at outer lines."""
        chunks: list[Span] = []
        for is_blank, group in groupby(self.lines[first:last], self._is_blank):
            if not is_blank:
                chunks += cut_lines(self.text, [*group], MAX_RUN_CHARS if chunks else room)
        return _runs(chunks, room)

    def _is_blank(self, line: Span) -> bool:
        return not self.text[slice(*line)].strip()

    def _html_spans(self, node: SyntaxTreeNode) -> Iterator[Span]:
        """Yield the rows of a table, or the span inside comments and wrapper tags."""
        start, end = self.node_span(node)
        if rows := [row.span() for row in _HTML_ROW.finditer(self.text, start, end)]:
            yield from _runs(rows)
            return
        while wrapper := _OPENING_WRAPPER.match(self.text, start, end):
            start = wrapper.end()
        while wrapper := _CLOSING_WRAPPER.search(self.text, max(start, end - _MAX_TAG_CHARS), end):
            end = wrapper.start()
        if has_words(_HTML_TAG.sub("", self.masked[start:end])):
            yield from self._html_runs(start, end)

    def _html_runs(self, start: int, end: int) -> Iterator[Span]:
        """Yield HTML; if it is long, cut it between elements, preferably the least indented."""
        starts = [match.end() for match in _ELEMENT_END.finditer(self.text, start, end)]
        elements = [*pairwise([start, *starts, end])]
        for run in cut_lines(self.text, elements, MAX_GROUP_CHARS):
            if has_words(_HTML_TAG.sub("", self.masked[slice(*run)])):
                yield self.trim(run)

    def table_header(self, node: SyntaxTreeNode) -> Span | None:
        """Return the header of a table, if a node is a table."""
        if node.type == "table":
            first = (node.map or (0, 0))[0]
            return self.lines_span(first, first + 1)
        row = None
        if node.type == "html_block":
            row = _HTML_ROW.search(self.text, *self.node_span(node))
        return row.span() if row and "<th" in row[0].lower() else None


def end_of_markers(text: str, start: int = 0, end: int | None = None) -> int:
    """Return where the marks of quotations and lists at ``start`` end."""
    markers = _BLOCK_MARKERS.match(text, start, len(text) if end is None else end)
    return markers.end() if markers else start


def item_runs(
    node: SyntaxTreeNode, source: MarkdownSource, room: int = MAX_RUN_CHARS
) -> Iterator[list[SyntaxTreeNode]]:
    """Yield runs of list items, up to a thousand characters: steps, or short items.

    A long item without a number is a run of its own. ``room`` is the length of the first run.
    """
    run: list[SyntaxTreeNode] = []
    for item in node.children:
        start, end = source.node_span(item)
        is_long = node.type == "bullet_list" and end - start > MAX_SHORT_ITEM_CHARS
        if run and (is_long or end - source.node_span(run[0])[0] > room):
            yield run
            run, room = [], MAX_RUN_CHARS
        if is_long:
            yield [item]
        elif start < end:
            run.append(item)
    if run:
        yield run


def is_cut(items: Sequence[SyntaxTreeNode], source: MarkdownSource) -> bool:
    """Return whether a run is a list item so long that it is cut into its parts."""
    start, end = source.node_span(items[0])
    return len(items) == 1 and end - start > MAX_RUN_CHARS and len(items[0].children) > 1


def inline_source(node: SyntaxTreeNode) -> str:
    """Return the inline source of a heading or a paragraph."""
    return node.children[0].content if node.children else ""


def is_navigation(node: SyntaxTreeNode) -> bool:
    """Return whether a node is a link bar or template tags."""
    if node.type != "paragraph":
        return False
    source = inline_source(node)
    if _TEMPLATE_OR_JUMP.match(source):
        return True
    return len(source) <= _MAX_LINK_BAR_CHARS and bool(_LINK_BAR.fullmatch(source.strip()))


def is_text(node: SyntaxTreeNode) -> bool:
    """Return whether a node is a list, a table, or a paragraph of more than links and pictures."""
    is_paragraph = node.type == "paragraph" and not (is_navigation(node) or _is_wordless(node))
    return is_paragraph or node.type in {"bullet_list", "ordered_list", "table", "fence"}


def _is_wordless(node: SyntaxTreeNode) -> bool:
    """Return whether a paragraph has nothing but badges, illustrations or targets of links."""
    source = inline_source(node)
    if len(source) > _MAX_IMAGES_CHARS or not _WORDLESS.search(source):
        return False
    return not has_words(_HTML_TAG.sub("", _EMPTY_LINK.sub("", _IMAGE.sub("", source))))


def _runs(spans: Iterable[Span], room: int = MAX_RUN_CHARS) -> Iterator[Span]:
    """Join neighbours, such as table rows, up to a thousand characters, at first up to ``room``."""
    run: Span | None = None
    for start, end in spans:
        if run and end - run[0] > room:
            yield run
            run, room = None, MAX_RUN_CHARS
        run = (run[0] if run else start, end)
    if run:
        yield run


def _is_in_blockquote(node: SyntaxTreeNode) -> bool:
    parent = node.parent
    while parent is not None and parent.type != "blockquote":
        parent = parent.parent
    return parent is not None


def _is_only_child(node: SyntaxTreeNode) -> bool:
    return node.parent is not None and len(node.parent.children) == 1
