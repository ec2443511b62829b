"""Build the text of an article from a format that has no plain text of its own.

A reader adds what it extracts in reading order; the builder joins it with blank lines. The result
is the article's text, and its blocks are exact slices of it, as in any other article.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from index.errors import ReadError
from index.ingest.parsing.bylines import leading_bylines
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.normalize import clean_line, clean_lines, remove_controls
from index.text.spans import has_words
from index.types import Block, Context, ContextKind, Metadata

MAX_BLOCKS = 200_000
MAX_BYLINE_PARAGRAPHS = 8
MAX_SHORT_ITEM_CHARS = 300  # a longer list item is a passage of its own
MAX_ANCHOR_CHARS = 200
MAX_RUN_CHARS = 1_000  # short list items or table rows that are quoted together
_NO_METADATA = ParsedMetadata()


@dataclass(slots=True)
class DocumentBuilder:
    """Collect the text, its blocks and the current section while a reader walks a file.

    ``run`` holds the list items or table rows that will become one block.
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

    def add_paragraph(self, text: str, page: int | None = None) -> None:
        """Add a paragraph; its line breaks are kept."""
        self.end_list()
        self._add_block(clean_lines(text), page)

    def add_code(self, text: str) -> None:
        """Add preformatted text; its indentation and spaces are kept."""
        self.end_list()
        self._add_block(remove_controls(text.replace("\r\n", "\n")).strip(), None)

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

    def add_list_item(self, text: str, mark: str = "- ", page: int | None = None) -> None:
        """Add a list item; short ones share a block, a long one gets its own without its mark."""
        text = clean_lines(text)
        if len(text) > MAX_SHORT_ITEM_CHARS:
            self.add_paragraph(text, page)
        elif has_words(text):
            self._add_to_run(mark + text, page)

    def add_table_row(self, cells: Iterable[str]) -> None:
        """Add a table row; rows share a block of up to a thousand characters."""
        line = " | ".join(clean_line(cell) for cell in cells)
        if has_words(line):
            self._add_to_run(f"| {line} |")

    def end_list(self) -> None:
        """End the current list or table."""
        if self.run:
            text, self.run = "\n".join(self.run), []
            self._add_block(text, self.run_page)

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
        blocks = (
            without_title(block, text, metadata.title)
            for block in self.blocks[count:] or self.blocks
        )
        return ParsedDocument(text, tuple(blocks), metadata, heading)

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

    def _add_block(self, text: str, page: int | None) -> None:
        if not has_words(text):
            return
        if len(self.blocks) >= MAX_BLOCKS:
            raise ReadError(f"more than {MAX_BLOCKS:,} paragraphs; split the file")
        context = tuple(heading for _, heading in self.headings)
        block = Block(*self._append(text), self.section, page, self.anchor, context)
        self.blocks.append(replace(block, origin=self.origin) if self.origin else block)

    def _append(self, text: str) -> tuple[int, int]:
        """Append ``text`` after a blank line and return its span."""
        if self.parts:
            self.parts.append("\n\n")
            self.length += 2
        start = self.length
        self.parts.append(text)
        self.length += len(text)
        return (start, self.length)


def without_title(block: Block, text: str, title: str | None) -> Block:
    """Remove headings that repeat the article's title from the section and the context."""
    return replace(
        block,
        section=None if block.section == title else block.section,
        context=tuple(each for each in block.context if text[each.start : each.end] != title),
    )
