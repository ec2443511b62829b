"""Read Markdown: headings become sections, paragraphs, lists, tables and code become blocks.

In documentation, what belongs together is one block: an introduction with its code, the content of
an admonition or a tab. Only the block rules of markdown-it run, so the time is bounded by the
length of the text. Blocks are slices of the source, not of a rendering.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from markdown_it.tree import SyntaxTreeNode

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.metadata.front_matter import parse_front_matter
from index.ingest.readers.markdown.masking import MaskedMarkdown, Region, mask_markup
from index.ingest.readers.markdown.sections import SectionWriter, heading_text
from index.ingest.readers.markdown.spans import (
    MarkdownSource,
    end_of_markers,
    is_text,
)
from index.ingest.readers.markdown.walker import MarkdownWalker
from index.text.markdown.directives import write_directives
from index.text.markdown.headings import write_headings
from index.text.spans import Span, lines
from index.types import Block

MAX_MARKS = 200_000  # lines and table cells; the parser needs a kilobyte for each
_CODE_FENCE = "`" * 8  # longer than those in code
_RULE = "***"  # which underlines nothing
_LIST_END = "<!-- -->"  # lists on both sides of it are two
_DASHES = re.compile(r"-{2,}[ \t]*")
_NO_HEADING = re.compile(  # indented content, or only pictures
    r"(?: {4}| {0,3}\t)[ \t]*\S|[ \t]*(?:!\[[^\]\[]*\]\([^()]*\)[ \t]*)+\Z"
)
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
    sections = SectionWriter(source)
    is_technical = _is_technical(masked)
    walker = MarkdownWalker(source, sections, masked.regions, is_technical=is_technical)
    nodes = walker.parse("\n".join(to_parse), 0)
    title = _title(nodes, front_matter.metadata)
    walker.add_article(nodes, title)
    return replace(_document(sections, title, front_matter.metadata), notes=front_matter.notes)


def _is_technical(masked: MaskedMarkdown) -> bool:
    """Return whether an article has code inside its paragraphs, or includes some."""
    return masked.includes_code or _INLINE_CODE.search(masked.text) is not None


def _lines_to_parse(text: str, masked: MaskedMarkdown, source_lines: Sequence[Span]) -> list[str]:
    """Return the lines to parse, without the indentation that markup gives them.

    Tags are indented with their content, and a comment before a text leaves spaces. Dashes below
    the content of an admonition or a picture are a rule; they do not make it a heading.
    """
    to_parse = [
        _without_mask(text[start:end], masked.text[start:end].rstrip("\r\n"))
        for start, end in source_lines
    ]
    to_parse = [
        _RULE if _DASHES.fullmatch(line) and _NO_HEADING.match(above) else line
        for above, line in pairwise(["", *to_parse])
    ]
    starts = [start for start, _ in source_lines]
    for line, column in _ends_of_lists(to_parse, starts, masked.regions):
        to_parse[line] = " " * column + _LIST_END
    for region in masked.regions:
        first, last = bisect_left(starts, region.start), bisect_right(starts, region.end) - 1
        content = [line for line in to_parse[first:last] if line.strip()]
        indent = min((len(line) - len(line.lstrip(" \t")) for line in content), default=0)
        if indent:
            to_parse[first:last] = [line[indent:] for line in to_parse[first:last]]
        if region.language and 0 < first < last:
            to_parse[first - 1], to_parse[last] = f"{_CODE_FENCE}{region.language}", _CODE_FENCE
    return to_parse


def _ends_of_lists(
    to_parse: Sequence[str], starts: Sequence[int], regions: Sequence[Region]
) -> Iterator[tuple[int, int]]:
    """Yield line and column of the tags after which another region begins without text between.

    A list must not go on from one to the other.
    """
    columns: dict[int, int] = {}  # of the tags that close regions, by their lines
    for region in regions:
        line = bisect_right(starts, region.end) - 1
        columns[line] = region.end - starts[line]
    for region in regions:
        line = bisect_left(starts, region.start) - 1
        while line >= 0 and not to_parse[line].strip():
            if line in columns:
                yield line, columns[line]
            line -= 1


def _without_mask(line: str, masked: str) -> str:
    """Return a masked line without the spaces that masking put between its marks and its text."""
    text_start = end_of_markers(masked)
    marks_end = len(masked[:text_start].rstrip())
    indent = len(line[marks_end:]) - len(line[marks_end:].lstrip(" \t"))
    return masked[: marks_end + indent] + masked[max(text_start, marks_end + indent) :]


def _title(nodes: list[SyntaxTreeNode], front_matter: ParsedMetadata) -> SyntaxTreeNode | None:
    """Return the first h1, unless the front matter gives the article another title.

    One of several that stands below text is a section. Without any h1, a heading that opens the
    article and is the only one of its level or above (mdBook begins so) is the title.
    """
    headings = [node for node in nodes if node.type == "heading" and heading_text(node)]
    titles = [node for node in headings if node.tag == "h1"]
    if len(titles) > 1 and any(map(is_text, nodes[: nodes.index(titles[0])])):
        return None
    title = titles[0] if titles else None
    if title is None and headings and nodes[0] is headings[0]:
        is_unique = all(node.tag > headings[0].tag for node in headings[1:])
        title = headings[0] if is_unique else None
    if title is None or front_matter.title not in {None, heading_text(title)}:
        return None
    return title


def _document(
    sections: SectionWriter, title: SyntaxTreeNode | None, metadata: ParsedMetadata
) -> ParsedDocument:
    """Build the document; a title without content below it is a block itself."""
    heading, text = None, sections.source.text
    blocks = sections.blocks
    if len(blocks) > 1 and _COPYRIGHT.match(text[blocks[-1].start : blocks[-1].end]):
        blocks.pop()
    if title is not None:
        metadata = metadata.over(ParsedMetadata(title=heading_text(title)))
        span = sections.heading_span(title)
        if sections.blocks:
            heading = Block(*span)
        else:
            sections.add_block(Block(*span))
    return ParsedDocument(text, tuple(sections.blocks), metadata, heading)
