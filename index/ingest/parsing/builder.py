"""Build the text of an article from a format that has no plain text of its own.

A reader adds what it extracts in reading order; the builder joins it with blank lines. The result
is the article's text, and its blocks are exact slices of it, as in any other article.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.metadata.bylines import leading_bylines
from index.ingest.parsing.normalize import clean_line, clean_lines, remove_controls
from index.ingest.parsing.passages import Part, PartKind, group_parts, join_introductions
from index.ingest.parsing.section_names import naming_headings, section_name
from index.text.spans import Span, has_words, lines
from index.types import Block, Context, ContextKind, Metadata

MAX_BLOCKS = 200_000
MAX_BYLINE_PARAGRAPHS = 8
MAX_SHORT_ITEM_CHARS = 300  # a longer list item is a passage of its own
MAX_ANCHOR_CHARS = 200
MAX_RUN_CHARS = 1_000  # short list items or table rows that are quoted together
_MAX_LIST_DEPTH = 10
_INTRODUCTION = re.compile(r"[:：]\Z")
_CODE_PIECE = re.compile(r"[^\n]+(?:\n[^\n]+)*")  # between blank lines
_IN_CELL = re.compile(r"\s+\|\s*|\|\s+")  # only borders of cells have spaces around them
_BACKTICKS = re.compile(r"`{3,}")
_QUESTION = re.compile(r"\A[^\n]{1,150}[?？]\Z")
_NO_METADATA = ParsedMetadata()


@dataclass(slots=True)
class DocumentBuilder:
    """Collect the text, its blocks and the current section while a reader walks a file.

    ``run`` holds the list items or table rows that will become one block. With ``joins_parts``,
    blocks that need each other become one passage, as in Markdown: an introduction and its list,
    a question and its answer, code and the paragraph that explains it. With
    ``joins_introductions``, only introductions are joined, as in books.
    """

    parts: list[str] = field(default_factory=list)
    length: int = 0
    blocks: list[Block] = field(default_factory=list)
    section: str | None = None
    anchor: str | None = None
    headings: list[tuple[int, Context]] = field(default_factory=list)
    origin: Metadata | None = None
    title: Block | None = None
    first_heading: Block | None = None
    levels: list[int | None] = field(default_factory=list)  # of the headings
    run: list[str] = field(default_factory=list)
    run_page: int | None = None
    joins_parts: bool = False
    joins_introductions: bool = False
    kinds: list[PartKind] = field(default_factory=list)  # of the blocks
    has_code: bool = False

    def add_paragraph(self, text: str, page: int | None = None) -> None:
        """Add a paragraph; its line breaks are kept."""
        self.end_list()
        text = clean_lines(text)
        self._add_block(text, page, _paragraph_kind(text))

    def add_code(self, text: str, language: str = "") -> None:
        """Add preformatted text between fences; its indentation and spaces are kept."""
        self.end_list()
        code = remove_controls(text.replace("\r\n", "\n")).strip("\n").rstrip()
        if not has_words(code):
            return
        self.has_code = True
        fence = "`" * max(3, 1 + max(map(len, _BACKTICKS.findall(code)), default=0))
        opening, closing = f"{fence}{language}\n", f"\n{fence}"
        start = self.length + 2 * bool(self.parts)
        end = start + len(opening) + len(code)
        markup = ((start, start + len(opening)), (end, end + len(closing)))
        self._add_block(f"{opening}{code}{closing}", None, PartKind.BLOCK, markup)
        if len(code) > MAX_RUN_CHARS:
            self._cut_code(start + len(opening), code)

    def _cut_code(self, start: int, code: str) -> None:
        """Cut the block of code that was added last, which begins at ``start``, between lines."""
        whole = self.blocks.pop()
        fence = Context(ContextKind.CODE_FENCE, whole.start, start - 1)
        for first, last in _code_runs(code):
            is_first, is_last = first == 0, last == len(code)
            block = replace(
                whole,
                start=whole.start if is_first else start + first,
                end=whole.end if is_last else start + last,
                context=whole.context if is_first else (*whole.context, fence),
                markup=whole.markup[: 1 * is_first] + whole.markup[2 - is_last :],
            )
            self.blocks.append(block)
        self.kinds += [PartKind.BLOCK] * (len(self.blocks) - len(self.kinds))

    def add_heading(self, text: str, anchor: str | None = None, level: int | None = None) -> None:
        """Add a heading, which names the section of everything after it.

        ``anchor`` is its id on the page. The headings above it are those of a smaller ``level``.
        Without another title, a heading that opens the text and is the only one of its level or
        above is the title.
        """
        self.end_list()
        line = clean_line(text)
        if has_words(line):
            self.section, self.anchor = line, anchor
            span = self._append(line)
            above = [heading for heading in self.headings if heading[0] < (level or 1)]
            self.headings = [*above, (level or 1, Context(ContextKind.HEADING, *span))]
            self.levels.append(level)
            if self.first_heading is None and level is not None and not self.blocks:
                self.first_heading = Block(*span)

    def leave_sections(self) -> None:
        """Return to the top level, where a new chapter or entry begins."""
        self.end_list()
        self.section, self.anchor, self.headings = None, None, []

    def set_title(self, text: str) -> None:
        """Add the article's title: a heading that starts no section. Only the first one counts."""
        self.end_list()
        line = clean_line(text)
        if has_words(line) and self.title is None:
            self.title = Block(*self._append(line))

    def add_list_item(
        self, text: str, mark: str = "- ", depth: int = 0, page: int | None = None
    ) -> None:
        """Add a list item; short ones share a block, a long one gets its own without its mark.

        ``depth`` is 0 unless its list is inside the item of another one.
        """
        text = clean_lines(text)
        if len(text) > MAX_SHORT_ITEM_CHARS:
            self.add_paragraph(text, page)
        elif has_words(text):
            self._add_to_run("  " * min(depth, _MAX_LIST_DEPTH) + mark + text, page)

    def add_table_row(self, cells: Iterable[str], page: int | None = None) -> None:
        """Add a table row; rows share a block of up to a thousand characters."""
        line = " | ".join(_IN_CELL.sub("|", clean_line(cell)) for cell in cells)
        if has_words(line):
            self._add_to_run(f"| {line} |", page)

    def end_list(self) -> None:
        """End the current list or table."""
        if self.run:
            text, self.run = "\n".join(self.run).lstrip(), []
            announces = _INTRODUCTION.search(text) is not None
            kind = PartKind.INTRODUCTION if announces else PartKind.BLOCK
            self._add_block(text, self.run_page, kind)

    def build(
        self, content_metadata: ParsedMetadata, file_metadata: ParsedMetadata = _NO_METADATA
    ) -> ParsedDocument:
        """Return the document, without the bylines at its head.

        ``content_metadata`` describes the text and overrides the byline; ``file_metadata`` says
        who made the file and when, and only fills what the byline leaves open.
        """
        self.end_list()
        text = "".join(self.parts)
        opening = [text[block.start : block.end] for block in self.blocks[:MAX_BYLINE_PARAGRAPHS]]
        count, byline = leading_bylines(opening, content_metadata, file_metadata)
        heading = self.title or self._opening_title(content_metadata)
        named = ParsedMetadata(title=text[heading.start : heading.end] if heading else None)
        metadata = content_metadata.over(byline).over(file_metadata).over(named)
        first = count if count < len(self.blocks) else 0
        joins = self.joins_parts or self.joins_introductions
        blocks = self._passages(first) if joins else self.blocks[first:]
        untitled = [without_title(block, text, metadata.title) for block in blocks]
        return ParsedDocument(text, tuple(_named_sections(untitled, text)), metadata, heading)

    def _passages(self, first: int) -> Iterator[Block]:
        """Yield the blocks from number ``first`` on, joined where they need each other."""
        pairs = zip(self.blocks[first:], self.kinds[first:], strict=True)
        for _, same_place in groupby(pairs, key=lambda pair: _place(pair[0])):
            blocks = {}
            parts = []
            for block, kind in same_place:
                span = (block.start, block.end)
                blocks[block.start] = block
                parts.append(Part(kind, *span, span))
            section = blocks[parts[0].start].section
            groups = (
                group_parts(parts, section, is_technical=self.has_code)
                if self.joins_parts
                else join_introductions(parts)
            )
            for group in groups:
                markup = tuple(span for part in group for span in blocks[part.start].markup)
                yield replace(blocks[group[0].start], end=group[-1].end, markup=markup)

    def _opening_title(self, metadata: ParsedMetadata) -> Block | None:
        """Return the heading that is the title, if the metadata gives none."""
        first, *others = self.levels or [None]
        if metadata.title or self.first_heading is None or first is None:
            return None
        is_unique = all(level is None or level > first for level in others)
        return self.first_heading if is_unique else None

    def _add_to_run(self, line: str, page: int | None = None) -> None:
        if sum(map(len, self.run)) + len(self.run) + len(line) > MAX_RUN_CHARS:
            self.end_list()
        if not self.run:
            self.run_page = page
        self.run.append(line)

    def _add_block(
        self, text: str, page: int | None, kind: PartKind, markup: tuple[Span, ...] = ()
    ) -> None:
        if not has_words(text):
            return
        if len(self.blocks) >= MAX_BLOCKS:
            raise ReadError(f"more than {MAX_BLOCKS:,} paragraphs; split the file")
        context = tuple(heading for _, heading in self.headings)
        block = Block(*self._append(text), self.section, page, self.anchor, context, markup)
        self.blocks.append(replace(block, origin=self.origin) if self.origin else block)
        self.kinds.append(kind)

    def _append(self, text: str) -> tuple[int, int]:
        """Append ``text`` after a blank line and return its span."""
        if self.parts:
            self.parts.append("\n\n")
            self.length += 2
        start = self.length
        self.parts.append(text)
        self.length += len(text)
        return (start, self.length)


def _code_runs(code: str) -> Iterator[Span]:
    """Cut code between lines into runs of a thousand characters, at blank lines if there are any.

    A longer line stays whole.
    """
    pieces = [match.span() for match in _CODE_PIECE.finditer(code)]
    if max(end - start for start, end in pieces) > MAX_RUN_CHARS:
        pieces = [span for span in lines(code) if span[0] < span[1]]
    start, end = pieces[0]
    for next_start, next_end in pieces[1:]:
        if next_end - start > MAX_RUN_CHARS:
            yield (start, end)
            start = next_start
        end = next_end
    yield (start, len(code))


def _place(block: Block) -> tuple[object, ...]:
    """Return the section and the page of a block; parts join only inside one."""
    return (block.section, block.anchor, block.page, block.context, block.origin)


def _named_sections(blocks: Sequence[Block], text: str) -> Iterator[Block]:
    """Yield the blocks; where several sections have the same heading, each with its own name."""
    paths = [[text[each.start : each.end] for each in block.context] for block in blocks]
    naming = naming_headings(path for path in paths if path)
    for block, path in zip(blocks, paths, strict=True):
        is_named = block.section is not None and path and path[-1] == block.section
        yield replace(block, section=section_name(path, naming)) if is_named else block


def without_title(block: Block, text: str, title: str | None) -> Block:
    """Remove headings that repeat the article's title from the section and the context."""
    return replace(
        block,
        section=None if block.section == title else block.section,
        context=tuple(each for each in block.context if text[each.start : each.end] != title),
    )


def _paragraph_kind(text: str) -> PartKind:
    if _QUESTION.match(text):
        return PartKind.QUESTION
    return PartKind.INTRODUCTION if _INTRODUCTION.search(text) else PartKind.TEXT
