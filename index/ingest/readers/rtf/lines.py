"""Write the paragraphs of a rich text file to a document: headings, lists, tables, code."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.heuristics import byline_author, date_part
from index.ingest.parsing.list_marks import BULLET, shown_mark, split_typed_mark
from index.ingest.parsing.metadata.author_names import is_full_name

_MIN_TITLE_SIZE = 1.3  # times the font size of the body text
_MAX_TITLE_CHARS = 200
_MAX_BYLINES = 4


@dataclass(frozen=True, slots=True)
class RtfLine:
    """A paragraph: its text, the level of a heading, the mark of a list item, or table cells.

    ``depth`` is that of a list in others, if the file tells it; ``indent`` is in twips, with
    ``hangs`` the first line begins before it. ``size`` is in half points.
    """

    text: str
    level: int | None = None
    mark: str = ""
    depth: int | None = None
    indent: int = 0
    hangs: bool = False
    size: int = 0
    is_centered: bool = False
    is_code: bool = False
    cells: tuple[str, ...] = ()


def write_lines(lines: Sequence[RtfLine], builder: DocumentBuilder) -> ParsedMetadata:
    """Add paragraphs to a document; return the title, author and date that it shows."""
    title = _title(lines)
    byline, metadata = _byline(lines) if title else ((), ParsedMetadata())
    writer = _LineWriter(builder, has_code=_has_code(lines))
    if title is not None:
        builder.set_title(title.text)
        metadata = ParsedMetadata(title=title.text).over(metadata)
    for line in lines[len(byline) + (title is not None) :]:
        writer.add(line)
    writer.end_code()
    return metadata


@dataclass(slots=True)
class _LineWriter:
    """Adds one line after the other; holds the lists around an item, and lines of code."""

    builder: DocumentBuilder
    has_code: bool
    indents: list[int] = field(default_factory=list)  # of the lists around an item
    has_bullets: bool = False  # in the list outside others
    code: list[str] = field(default_factory=list)

    def add(self, line: RtfLine) -> None:
        """Add a line."""
        if line.is_code and self.has_code:
            self.code.append(line.text)
            return
        self.end_code()
        mark, text = (line.mark, line.text) if line.mark else _typed_mark(line)
        text = text.replace("\t", " ")
        if mark:
            self._add_item(line, shown_mark(mark), text)
            return
        self.indents.clear()
        if line.cells:
            self.builder.add_table_row(line.cells)
        elif line.level is not None:
            self.builder.add_heading(text, level=line.level)
        else:
            self.builder.add_paragraph(text)

    def end_code(self) -> None:
        """Add the lines of code that follow each other as one block."""
        if self.code:
            self.builder.add_code("\n".join(self.code))
            self.code.clear()

    def _add_item(self, line: RtfLine, mark: str, text: str) -> None:
        depth = self._depth(line)
        if depth == 0 and self.has_bullets != (mark == BULLET):
            self.builder.end_list()
            self.has_bullets = mark == BULLET
        self.builder.add_list_item(text, mark, depth)

    def _depth(self, line: RtfLine) -> int:
        """Return how many lists are around the one of an item."""
        if line.depth is not None:
            return line.depth
        while self.indents and self.indents[-1] >= line.indent:
            self.indents.pop()
        self.indents.append(line.indent)
        return len(self.indents) - 1


def _byline(lines: Sequence[RtfLine]) -> tuple[Sequence[RtfLine], ParsedMetadata]:
    """Return the lines in the middle below the title that are a name or a date."""
    metadata = ParsedMetadata()
    for number, line in enumerate(lines[1 : _MAX_BYLINES + 1], 1):
        date = date_part(line.text)
        author = line.text if is_full_name(line.text) else byline_author(line.text)
        if not line.is_centered or not (date or author):
            return lines[1:number], metadata
        metadata = metadata.over(ParsedMetadata(author=author, published=iso_date(date or "")))
    return lines[1 : _MAX_BYLINES + 1], metadata


def _title(lines: Sequence[RtfLine]) -> RtfLine | None:
    """Return the title: a line of its style, or a large one in the middle that opens the text."""
    first = next(iter(lines), None)
    if first is None or first.level == 0:
        return first
    sizes = Counter[int]()
    for line in lines:
        sizes[line.size] += len(line.text)
    is_large = first.size >= _MIN_TITLE_SIZE * sizes.most_common(1)[0][0]
    is_title = is_large and first.is_centered and 0 < len(first.text) <= _MAX_TITLE_CHARS
    return first if is_title and first.level is None and not first.mark else None


def _has_code(lines: Sequence[RtfLine]) -> bool:
    """Return whether a font for code means code: not if most of the text is in one."""
    coded = sum(len(line.text) for line in lines if line.is_code)
    return coded < sum(len(line.text) for line in lines) / 2


def _typed_mark(line: RtfLine) -> tuple[str, str]:
    return split_typed_mark(line.text) if line.hangs else ("", line.text)
