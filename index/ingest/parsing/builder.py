"""The text of an article whose file has none of its own: written block by block.

What a reader extracts is put down here once, in reading order with blank lines between; from then
on it is the article's text, and its blocks are exact slices of it like those of any other.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from index.errors import ReadError
from index.ingest.parsing.bylines import under_title
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.text.spans import has_words
from index.types import Block

MAX_BLOCKS = 200_000
_HEAD = 8  # paragraphs that may be bylines
_LONG_ITEM = 300  # characters: a list item that is a passage of its own
_LONG_RUN = 1_000  # characters of short items or table rows quoted together
# Controls (but tab and line feed) and lone surrogates: no text that anybody wrote.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# What turns the reading direction: a title or a heading must not turn what is shown beside it.
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069\u2028\u2029]")

_SILENT = ParsedMetadata()


@dataclass(slots=True)
class DocumentBuilder:
    """The text so far, its blocks, and the section that the reading has come to."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    blocks: list[Block] = field(default_factory=list)
    section: str | None = None
    anchor: str | None = None
    title: Block | None = None
    run: list[str] = field(default_factory=list)
    run_page: int | None = None

    def paragraph(self, text: str, page: int | None = None) -> None:
        """A paragraph; its line ends stay."""
        self._close()
        self._block(tidy(text), page)

    def code(self, text: str) -> None:
        """Lines whose indents and blanks say something."""
        self._close()
        self._block(_UNFIT.sub(" ", text.replace("\r\n", "\n")).strip(), None)

    def heading(self, text: str, anchor: str | None = None) -> None:
        """A heading: it stands in the text, and names the section of what follows.

        ``anchor`` is its id on the page.
        """
        self._close()
        line = one_line(text)
        if has_words(line):
            self.section, self.anchor = line, anchor
            self._put(line)

    def heads(self, text: str) -> None:
        """The article's title where it stands over the text: a heading without a section."""
        self._close()
        line = one_line(text)
        if has_words(line) and self.title is None:
            self.title = Block(*self._put(line))

    def item(self, text: str, mark: str = "- ", page: int | None = None) -> None:
        """A list item; short ones are quoted together, a long one by itself without its mark."""
        text = tidy(text)
        if len(text) > _LONG_ITEM:
            self.paragraph(text, page)
        elif has_words(text):
            self._add_to_run(mark + text, page)

    def row(self, cells: Iterable[str]) -> None:
        """A table row; rows are quoted together up to a thousand characters."""
        line = " | ".join(one_line(cell) for cell in cells)
        if has_words(line):
            self._add_to_run(f"| {line} |")

    def end_run(self) -> None:
        """The end of a list or a table."""
        self._close()

    def draft(self, said: ParsedMetadata, made: ParsedMetadata = _SILENT) -> ParsedDocument:
        """What was written, without bylines at its head.

        ``said`` is what the file says of its text; ``made``, who made the file and when, counts
        where the byline is silent.
        """
        self._close()
        text = "".join(self.parts)
        opening = [text[block.start : block.end] for block in self.blocks[:_HEAD]]
        count, head = under_title(opening, said, made)
        found = said.over(head).over(made)
        kept = tuple(_under(found.title, block) for block in self.blocks[count:] or self.blocks)
        return ParsedDocument(text, kept, found, self.title)

    def _add_to_run(self, line: str, page: int | None = None) -> None:
        if sum(map(len, self.run)) + len(self.run) + len(line) > _LONG_RUN:
            self._close()
        if not self.run:
            self.run_page = page
        self.run.append(line)

    def _close(self) -> None:
        if self.run:
            text, self.run = "\n".join(self.run), []
            self._block(text, self.run_page)

    def _block(self, text: str, page: int | None) -> None:
        if not has_words(text):
            return
        if len(self.blocks) >= MAX_BLOCKS:
            raise ReadError(f"more than {MAX_BLOCKS:,} paragraphs; split the file")
        self.blocks.append(Block(*self._put(text), self.section, page, self.anchor))

    def _put(self, text: str) -> tuple[int, int]:
        if self.parts:
            self.parts.append("\n\n")
            self.length += 2
        start = self.length
        self.parts.append(text)
        self.length += len(text)
        return (start, self.length)


def _under(title: str | None, block: Block) -> Block:
    """The block, in no section where the title of all stands over it as a heading."""
    return replace(block, section=None) if title and block.section == title else block


def tidy(text: str) -> str:
    """The text without controls, its lines trimmed and none of them empty."""
    return "\n".join(_lines(text))


def one_line(text: str) -> str:
    """The text in one line, without controls."""
    return " ".join(_TURNING.sub(" ", _UNFIT.sub(" ", text)).split())


def _lines(text: str) -> Iterator[str]:
    for line in _UNFIT.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n"):
        if stripped := line.strip():
            yield stripped
