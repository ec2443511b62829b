"""Read AsciiDoc: its blocks are written as Markdown, without emphasis, and read as that.

So code, admonitions, tables and lists are grouped like those of Markdown documentation. Nothing is
read from other files; comments, pictures and conditions around text are left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from index.errors import ReadError
from index.ingest.parsing import markdown_writer as markdown
from index.ingest.parsing.document import ParsedDocument
from index.ingest.readers.asciidoc.attributes import Attributes
from index.ingest.readers.asciidoc.inline import plain_text
from index.ingest.readers.asciidoc.lines import (
    ATTRIBUTE_ENTRY,
    DELIMITER,
    closing_delimiter,
    one_line_titles,
    one_line_values,
)
from index.ingest.readers.asciidoc.lists import ITEM, Item, item_depths, kind_of, write_items
from index.ingest.readers.asciidoc.tables import read_separated, read_table, separator_of
from index.ingest.readers.markdown.reader import read_markdown

_MAX_LINES = 200_000
_MAX_DEPTH = 20  # of blocks in blocks
_SECTION = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)")
_DIRECTIVE = re.compile(r"(?:include|ifdef|ifndef|ifeval|endif)::[^\[]*\[.*\]")
_COMMENT = re.compile(r"//(?!/).*|<<<")
_MACRO = re.compile(r"(?:image|video|audio|toc|icon|plantuml|diagram)::[^\s\[]*\[.*\]")
_BLOCK_ATTRIBUTES = re.compile(r"\[(?!\[)(.*)\]|\[\[.*\]\]")
_BLOCK_TITLE = re.compile(r"\.([^\s.].*)")
_RULE = re.compile(r"'{3,}|-{3}|\*{3}")
_MARK_IN_CELL = re.compile(rf"{DELIMITER.pattern}|\[.*\]|\+|//(?!/).*")  # of blocks in a cell
_ADMONITION = re.compile(r"(NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]+(?=\S)")
_ADMONITIONS = {"note", "tip", "important", "warning", "caution"}
_LITERAL_STYLES = {"source", "listing", "literal", "console"}
_NOT_SHOWN_STYLES = {"plantuml", "mermaid", "ditaa", "graphviz", "pass", "stem", "comment"}
_LANGUAGE = re.compile(  # of [source,bash], [,bash] or [language=bash]
    r"\A[^,=]*,[ \t]*\"?([A-Za-z][\w+#-]*+)\"?+(?!=)|\blanguage=\"?([\w+#-]+)"
)
_STYLE = re.compile(r"\s*([\w-]*)")


@dataclass(slots=True)
class _Pending:
    """The attributes and the title above a block."""

    attributes: list[str] = field(default_factory=list)
    title: str = ""

    @property
    def style(self) -> str:
        """The first word of the last attributes, such as ``source`` or ``NOTE``."""
        styles = [match[1] for each in self.attributes if (match := _STYLE.match(each))]
        return next((style.lower() for style in reversed(styles) if style), "")

    @property
    def language(self) -> str:
        """The language of code: the second of the attributes."""
        for attributes in self.attributes:
            if language := _LANGUAGE.search(attributes):
                return language[1] or language[2]
        return ""


def read_asciidoc(text: str, titles: Mapping[str, str] = {}) -> ParsedDocument:
    """Parse decoded AsciiDoc. Raises ReadError when it has too many lines.

    ``titles`` are those that references without a text stand for.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > _MAX_LINES:
        raise ReadError(f"more than {_MAX_LINES:,} lines; split the file")
    return read_markdown("\n\n".join(_Reader(Attributes(titles=titles)).read(lines)) + "\n")


@dataclass(slots=True)
class _Reader:
    """Writes block by block; holds the attributes that the document has set so far."""

    attributes: Attributes = field(default_factory=Attributes)
    depth: int = 0
    open_kinds: frozenset[str] = frozenset()  # of the items that blocks are attached to

    def read(self, lines: Sequence[str]) -> list[str]:
        """Return the blocks of a document, whose header ends at a blank line."""
        shown = [line.rstrip() for line in lines if not _DIRECTIVE.match(line)]
        lines = [*one_line_values(one_line_titles(shown))]
        first = _first_content(lines)
        title = _SECTION.fullmatch(lines[first]) if lines else None
        if not title or len(title[1]) > 1:
            return self.blocks(lines)
        end = next((n for n in range(first, len(lines)) if not lines[n]), len(lines))
        entries = [line for line in lines[:end] if ATTRIBUTE_ENTRY.fullmatch(line)]
        self.blocks(entries)
        return [markdown.heading(1, self.plain(title[2])), *self.blocks(lines[end:])]

    def plain(self, text: str) -> str:
        """Return text without markup."""
        return plain_text(text, self.attributes)

    def blocks(self, lines: Sequence[str]) -> list[str]:
        """Return the blocks of lines, which may be those of another block."""
        if self.depth >= _MAX_DEPTH:
            return []
        return [*replace(self, depth=self.depth + 1, open_kinds=frozenset())._blocks(lines)]

    def _blocks(self, lines: Sequence[str]) -> Iterator[str]:
        pending = _Pending()
        position = 0
        while position < len(lines):
            line = lines[position]
            if self._is_passed_over(line, pending):
                position += 1
                continue
            blocks, position = self._block(lines, position, pending)
            yield from blocks
            pending = _Pending()

    def _is_passed_over(self, line: str, pending: _Pending) -> bool:
        """Return whether a line is no text; note what it says about the next block."""
        if entry := ATTRIBUTE_ENTRY.fullmatch(line):
            self.attributes.values[entry[1].strip("!").lower()] = self.plain(entry[2] or "")
        elif title := _BLOCK_TITLE.fullmatch(line):
            if ITEM.match(line):
                return False
            pending.title = self.plain(title[1])
        elif attributes := _BLOCK_ATTRIBUTES.fullmatch(line):
            pending.attributes.append(attributes[1] or "")
        else:
            is_other = _COMMENT.fullmatch(line) or _MACRO.fullmatch(line) or line == "+"
            return not line or bool(is_other)
        return True

    def _block(
        self, lines: Sequence[str], position: int, pending: _Pending, *, in_list: bool = False
    ) -> tuple[list[str], int]:
        """Return the blocks that begin at a position, and where the next one begins."""
        line = lines[position]
        if section := _SECTION.fullmatch(line):
            return [markdown.heading(len(section[1]), self.plain(section[2]))], position + 1
        if DELIMITER.fullmatch(line):
            end = next(
                (n for n in range(position + 1, len(lines)) if lines[n] == closing_delimiter(line)),
                len(lines),
            )
            return self._delimited(line, lines[position + 1 : end], pending), end + 1
        if _RULE.fullmatch(line):
            return ["***"], position + 1
        if ITEM.match(line):
            return self._list(lines, position, pending)
        end = _paragraph_end(lines, position, in_list=in_list)
        return self._paragraph(lines[position:end], pending), end

    def _delimited(self, delimiter: str, lines: Sequence[str], pending: _Pending) -> list[str]:
        mark, style = delimiter[:2], pending.style
        if mark in {"//", "++"} or style in _NOT_SHOWN_STYLES:
            return []
        if delimiter.rstrip().endswith("===") and delimiter[0] in "|,:!":
            return [*_titled(pending), *self._table(delimiter[0], lines, pending)]
        is_literal = mark in {"..", "``"} or (mark == "--" and len(delimiter) > len(mark))
        if is_literal or style in _LITERAL_STYLES:
            language = delimiter.strip("`- .") or pending.language
            code = "\n".join(lines)
            return [
                *_titled(pending),
                *([markdown.code_block(code, language)] if code.strip() else []),
            ]
        blocks = self.blocks(lines)
        if style in _ADMONITIONS and blocks:
            return [_admonition(style, pending.title, blocks)]
        return [*_titled(pending), *blocks] if blocks else []

    def _table(self, mark: str, lines: Sequence[str], pending: _Pending) -> list[str]:
        attributes = ",".join(pending.attributes)
        text = [line for line in lines if not _MARK_IN_CELL.fullmatch(line)]
        if separator := separator_of(mark, attributes):
            rows = read_separated(text, separator)
        else:
            rows = read_table(text, attributes)
        cells = [[" ".join(self.plain(cell).split()) for cell in row] for row in rows]
        return [markdown.table(cells)] if cells else []

    def _paragraph(self, lines: Sequence[str], pending: _Pending) -> list[str]:
        if lines[0][0] in " \t" or pending.style in _LITERAL_STYLES:
            indent = min(len(line) - len(line.lstrip()) for line in lines)
            code = "\n".join(line[indent:] for line in lines)
            return [*_titled(pending), markdown.code_block(code, pending.language)]
        text = "\n".join(line for line in lines if not _COMMENT.fullmatch(line))
        admonition = _ADMONITION.match(text)
        style = admonition[1].lower() if admonition else pending.style
        block = markdown.paragraph(self.plain(text[admonition.end() if admonition else 0 :]))
        if not block:
            return []
        if style in _ADMONITIONS:
            return [_admonition(style, pending.title, [block])]
        return [*_titled(pending), block]

    def _list(
        self, lines: Sequence[str], position: int, pending: _Pending
    ) -> tuple[list[str], int]:
        """Return a list with what is attached to its items.

        It ends where a list goes on that it is attached to.
        """
        items: list[Item] = []
        while position < len(lines):
            if marker := ITEM.match(lines[position]):
                if kind_of(marker) in self.open_kinds:
                    break
                position = self._item(lines, position, marker, items)
            elif lines[position] == "+":
                position = self._attach(lines, position + 1, items)
            elif following := _next_item(lines, position):
                position = following
            elif literal := _indented_below(lines, position):
                position = self._attach(lines, literal, items)
            else:
                break
        return [*_titled(pending), write_items(items, item_depths(items))], position

    def _item(
        self, lines: Sequence[str], position: int, marker: re.Match[str], items: list[Item]
    ) -> int:
        """Add the item that begins at a position; return where it ends.

        Terms in a row share the meaning behind the last one, which may be below a blank line.
        """
        item = Item(
            kind_of(marker),
            self.plain(marker["term"] or ""),
            self.plain(marker["text"] or marker["meaning"] or ""),
        )
        if items and items[-1].is_term and items[-1].kind == item.kind:
            item.term = f"{items.pop().term}, {item.term}"
        items.append(item)
        begin = position + 1
        if item.is_term:
            begin = next((n for n in range(begin, len(lines)) if lines[n]), begin)
        end = _paragraph_end(lines, begin, in_list=True)
        if end == begin or _SECTION.fullmatch(lines[begin]):
            return position + 1
        text = [line for line in lines[begin:end] if not _COMMENT.fullmatch(line)]
        item.add_text(self.plain("\n".join(text)))
        return end

    def _attach(self, lines: Sequence[str], position: int, items: Sequence[Item]) -> int:
        """Add the block behind a ``+`` to the last item; return where the next one begins."""
        kinds = self.open_kinds.union(item.kind for item in items)
        attached, pending = replace(self, open_kinds=kinds), _Pending()
        while position < len(lines) and lines[position]:
            if not self._is_passed_over(lines[position], pending):
                blocks, position = attached._block(lines, position, pending, in_list=True)
                items[-1].blocks += blocks
                return position
            position += 1
        return position


def _first_content(lines: Sequence[str]) -> int:
    """Return the number of the first line behind comments and attributes, 0 if there is none."""
    comment = ""
    for number, line in enumerate(lines):
        if comment or line.startswith("////"):
            comment = "" if line == comment else comment or line
        elif line and not (ATTRIBUTE_ENTRY.fullmatch(line) or _COMMENT.fullmatch(line)):
            return number
    return 0


def _paragraph_end(lines: Sequence[str], position: int, *, in_list: bool = False) -> int:
    """Return where a paragraph ends: at a blank line, a delimiter, attributes or a ``+``.

    One in a list ends at the next item, too.
    """
    for end in range(position, len(lines)):
        if not lines[end] or lines[end] == "+":
            return end
        is_item = in_list and ITEM.match(lines[end])
        if (end > position or in_list) and (is_item or _begins_block(lines[end])):
            return end
    return len(lines)


def _begins_block(line: str) -> bool:
    return bool(DELIMITER.fullmatch(line) or _BLOCK_ATTRIBUTES.fullmatch(line))


def _next_item(lines: Sequence[str], position: int) -> int | None:
    """Return where a list goes on behind blank lines and comments, if it does."""
    for number in range(position, len(lines)):
        if lines[number] and not _COMMENT.fullmatch(lines[number]):
            return number if number > position and ITEM.match(lines[number]) else None
    return None


def _indented_below(lines: Sequence[str], position: int) -> int | None:
    """Return where the text behind blank lines begins if it is indented, as literal text is."""
    begin = next((n for n in range(position, len(lines)) if lines[n]), position)
    return begin if begin > position and lines[begin][0] in " \t" else None


def _titled(pending: _Pending) -> list[str]:
    """Return the title of a block as an introduction to it."""
    return [markdown.paragraph(f"{pending.title.rstrip(':')}:")] if pending.title else []


def _admonition(kind: str, title: str, blocks: Sequence[str]) -> str:
    heading = " ".join(title.replace('"', "'").split())
    opening = f'!!! {kind} "{heading}"' if heading else f"!!! {kind}"
    content = "\n\n".join(blocks)
    return f"{opening}\n\n{markdown.indented(content, '    ')}"
