"""Collect lines, code and tables from the tokens of the Markdown parser."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from markdown_it.token import Token

from bot.text.markdown.cut_ends import code_language
from bot.text.markdown.elements import BLANK, CodeBlock, Element, Run, Table, TextLine
from bot.text.markdown.highlight import MARKS
from bot.text.markdown.html_tags import block_lines, html_table, preformatted_code, tag_title
from bot.text.markdown.inline_reader import InlineReader


def read_elements(tokens: Iterable[Token], lines: Sequence[str]) -> list[Element]:
    """Return the elements in the tokens that ``lines`` were parsed into."""
    reader = _BlockReader(lines)
    for token in tokens:
        if read := _READERS.get(token.type):
            read(reader, token)
    while reader.elements and reader.elements[-1] == BLANK:
        reader.elements.pop()
    return reader.elements


class _BlockReader:
    """Collects elements; knows the list items and the table around a token."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.elements: list[Element] = []
        self._lines = lines
        self._inline = InlineReader()
        self._markers: list[str] = []  # of the items around
        self._marker = ""  # of an item that has no line yet
        self._rows: list[list[str]] = []
        self._table_source = ""

    def open_list(self, _token: Token) -> None:
        if not self._markers:
            self._add_blank()

    def open_item(self, token: Token) -> None:
        number = f"{token.info}{token.markup}" if token.info else "-"
        self._marker = "  " * len(self._markers) + number + " "
        self._markers.append(number)

    def close_item(self, _token: Token) -> None:
        self._markers.pop()
        self._marker = ""

    def open_text(self, token: Token) -> None:
        self._inline.begin_text(bold=token.type == "heading_open")
        if not token.hidden and not self._marker:
            self._add_blank()

    def read_text(self, token: Token) -> None:
        lines = self._inline.read_lines(token)
        if self._rows:
            texts = ("".join(run.text for run in line) for line in lines)
            self._rows[-1].append(" ".join(" ".join(texts).split()))
            return
        for line in lines:
            self._add_line(line)

    def read_code(self, token: Token) -> None:
        self._inline.track(token.content)
        lines = MARKS.sub("", token.content).rstrip().split("\n")
        info = MARKS.sub("", token.info).strip()
        if title := tag_title(info):
            self._add_line([Run(title, bold=True)])
        self.elements.append(CodeBlock(code_language(info), tuple(lines)))

    def read_html(self, token: Token) -> None:
        if table := html_table(token.content):
            self._inline.track(token.content)
            self._add_table(table)
        elif code := preformatted_code(token.content):
            self._inline.track(token.content)
            self.elements.append(code)
        else:
            self._add_blank()
            for line in block_lines(token.content):
                self._add_line(self._inline.text_runs(line))

    def open_table(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        self._table_source = "\n".join(self._lines[first:end])

    def open_row(self, _token: Token) -> None:
        self._rows.append([])

    def close_table(self, _token: Token) -> None:
        self._inline.track(self._table_source)  # the parser drops cells without a header
        self._add_table(Table(tuple(map(tuple, self._rows)), has_header=True))
        self._rows = []

    def _add_blank(self) -> None:
        if self.elements and self.elements[-1] != BLANK:
            self.elements.append(BLANK)

    def _add_line(self, runs: Iterable[Run]) -> None:
        visible = tuple(run for run in runs if run.text)
        if visible:
            self.elements.append(TextLine(visible, self._marker or "  " * len(self._markers)))
            self._marker = ""

    def _add_table(self, table: Table) -> None:
        rows = tuple(tuple(MARKS.sub("", cell) for cell in row) for row in table.rows)
        if any(map(any, rows)):
            self._add_blank()
            has_header = any(rows[0])
            self.elements.append(
                Table(rows if has_header else rows[1:], table.has_header and has_header)
            )


_READERS: Mapping[str, Callable[[_BlockReader, Token], None]] = {
    "bullet_list_open": _BlockReader.open_list,
    "ordered_list_open": _BlockReader.open_list,
    "list_item_open": _BlockReader.open_item,
    "list_item_close": _BlockReader.close_item,
    "paragraph_open": _BlockReader.open_text,
    "heading_open": _BlockReader.open_text,
    "inline": _BlockReader.read_text,
    "fence": _BlockReader.read_code,
    "code_block": _BlockReader.read_code,
    "html_block": _BlockReader.read_html,
    "table_open": _BlockReader.open_table,
    "tr_open": _BlockReader.open_row,
    "table_close": _BlockReader.close_table,
}
