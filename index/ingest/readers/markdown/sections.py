"""Collect the blocks of a Markdown file under their headings, with anchors as sites give them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from index.ingest.parsing.builder import MAX_ANCHOR_CHARS
from index.ingest.parsing.passages import MAX_GROUP_CHARS
from index.ingest.parsing.section_names import section_name
from index.ingest.readers.markdown.spans import MarkdownSource, inline_source
from index.text.markdown.headings import heading_slug
from index.text.markdown.links import without_generated_targets
from index.text.spans import Span
from index.types import Block, Context, ContextKind

_MAX_INLINE_CHARS = 1_000  # of a heading whose inline markup is parsed
_HTML_TAG = re.compile(r"<[^<>]*>")
_SHORTCODE = re.compile(r"\{\{[<%][^{}\n]*[>%]\}\}")
_HEADING_ID = re.compile(r"[ \t]\\?\{:?[^{}\n]{0,200}?#([^\s{}\"]{1,200})[^{}\n]{0,200}\}[ \t#]*\Z")
_TRAILING_TAGS = re.compile(r"(?:\s*<[^<>]{0,300}>)+\Z")  # <a name="x"></a> in headings
_COMMENT = re.compile(r"<!--|%%|\{/\*|\{\{[<%]/\*")
_LINK_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:[^\n]*$", re.MULTILINE)


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
class SectionWriter:
    """Holds the current section with the headings around it, and the blocks written so far.

    ``naming`` are headings that name the sections below them, such as the versions in a list of
    changes.
    """

    source: MarkdownSource
    naming: frozenset[str] = frozenset()
    section: str | None = None
    anchor: str | None = None
    headings: list[_Heading] = field(default_factory=list)
    bare_headings: _BareHeadings | None = None
    blocks: list[Block] = field(default_factory=list)
    slug_counts: Counter[str] = field(default_factory=Counter)

    def start(
        self,
        heading: SyntaxTreeNode,
        next_node: SyntaxTreeNode | None,
        *,
        shares_answer: bool = False,
    ) -> None:
        """Enter the section of a heading.

        One without content below it is a block, unless it shares the answer of a later one.
        """
        self.headings = [above for above in self.headings if above.tag < heading.tag]
        if text := heading_text(heading):
            line = self.source.lines[(heading.map or (0, 0))[0]]
            given_id = _HEADING_ID.search(self.source.text, *line)
            self.section = section_name([*self._path(), text], self.naming)
            self.anchor = given_id[1] if given_id else self.unique_slug(text)
        has_content = shares_answer or _has_content(heading, next_node)
        if not has_content and not self._has_hidden(heading, next_node):
            self._add_bare_heading(heading)
        if text:
            context = Context(ContextKind.HEADING, *self.heading_span(heading))
            self.headings.append(_Heading(heading.tag, text, context))

    def _has_hidden(self, heading: SyntaxTreeNode, next_node: SyntaxTreeNode | None) -> bool:
        """Return whether there is something below a heading that only a page shows."""
        first = (heading.map or (0, 0))[1]
        last = (next_node.map or (first, 0))[0] if next_node else len(self.source.lines)
        spans = self.source.lines[first:last]
        span = slice(spans[0][0], spans[-1][1]) if spans else slice(0)
        written, masked = (
            _LINK_DEFINITION.sub("", text[span]).strip()
            for text in (self.source.written, self.source.masked)
        )
        is_hidden = written != "" and not masked
        return is_hidden and not _COMMENT.match(written)

    def _add_bare_heading(self, heading: SyntaxTreeNode) -> None:
        """Add a heading without content below it.

        Several in a row, such as rules, are one block; a question is one by itself.
        """
        span, above = self.heading_span(heading), self.heading_context()
        line_start, line_end = self.source.node_span(heading)
        run = None if "?" in inline_source(heading) else self.bare_headings
        if run and run.continues(heading.tag, above, self.blocks, line_end):
            run.block = replace(run.block, start=run.start, end=line_end, section=run.section)
            self.blocks[-1] = run.block
        elif self.add_block(Block(*span, context=above)):
            path = self._path()
            section = section_name(path, self.naming) if path else None
            self.bare_headings = _BareHeadings(heading.tag, line_start, section, self.blocks[-1])

    def _path(self) -> list[str]:
        return [heading.text for heading in self.headings]

    def is_announced(self, heading: SyntaxTreeNode, next_node: SyntaxTreeNode | None) -> bool:
        """Return whether a heading is below the current one and has content."""
        is_below = not self.headings or self.headings[-1].tag < heading.tag
        return is_below and _has_content(heading, next_node)

    def is_heading(self, span: Span) -> bool:
        """Return whether a span is that of a heading around the current section."""
        return any((each.context.start, each.context.end) == span for each in self.headings)

    def heading_context(self) -> tuple[Context, ...]:
        """Return the headings around the current section, the outermost first."""
        return tuple(heading.context for heading in self.headings)

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
        """Return the id of a heading, with a number if others of the article have the same."""
        slug = heading_slug(heading)[:MAX_ANCHOR_CHARS]
        count = self.slug_counts[slug]
        self.slug_counts[slug] += 1
        return f"{slug}-{count}" if count else slug or None


def _has_content(heading: SyntaxTreeNode, next_node: SyntaxTreeNode | None) -> bool:
    """Return whether there is anything below a heading; ``next_node`` is the one after it."""
    if next_node is None:
        return False
    return next_node.type != "heading" or next_node.tag > heading.tag


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def heading_text(heading: SyntaxTreeNode) -> str:
    """Return the text of a heading in one line, without markup."""
    source = without_generated_targets(inline_source(heading))
    if len(source) > _MAX_INLINE_CHARS:
        return " ".join(source.split())
    tokens = _inline_parser().parseInline(source)[0].children or []
    text = "".join("\n" if token.type.endswith("break") else token.content for token in tokens)
    return " ".join(_SHORTCODE.sub("", _HTML_TAG.sub("", text)).split())


def heading_paths(headings: Iterable[SyntaxTreeNode]) -> Iterator[list[str]]:
    """Yield the text of each heading behind those above it."""
    around: list[tuple[str, str]] = []
    for heading in headings:
        around = [each for each in around if each[0] < heading.tag]
        around.append((heading.tag, heading_text(heading)))
        yield [text for _, text in around]
