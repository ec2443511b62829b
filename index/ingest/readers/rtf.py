"""Read rich text (RTF), as WordPad, TextEdit and old versions of Word save it.

The text is written as Markdown and read like it, so that an introduction keeps its list or table.
Pictures, headers, footers and comments are left out; footnotes follow the text.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing import markdown_writer as markdown
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.normalize import author_names, clean_value, remove_controls
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.parsing.symbol_fonts import is_symbol_font, symbol_text
from index.ingest.readers.docx_formulas import UNREAD_FORMULA, formula_text
from index.ingest.readers.rtf_formulas import add_part, add_text, new_formula
from index.ingest.readers.written_markdown import read_with_notes
from index.text.spans import count_characters

if TYPE_CHECKING:
    from lxml.etree import _Element

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+"
    rb"|([^\\{}\r\n]+)|\\'?"
)
_MAX_DEPTH = 1_000  # of groups
_SKIPPED_DESTINATIONS = set(
    "fonttbl colortbl pict object header headerl headerr headerf footer footerl footerr footerf"
    " listtable listoverridetable themedata datastore xmlnstbl generator bkmkstart bkmkend"
    " annotation atnid atnauthor atndate atnref filetbl revtbl rsidtbl mmathPr mmathPict"
    " latentstyles stylesheet ftnsep"
    " ftnsepc aftnsep aftnsepc pgdsctbl nonshppict shppict sp sv sn tc xe template private".split()
)
_INFO_DESTINATIONS = {"title", "author", "operator", "creatim", "revtim"}
_CHARACTERS = {
    "tab": " ", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ",
    "page": "\f", "column": "\f", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"-": "", b"\n": "\n", b"\r": "\n"}
_CODE_PAGES = {  # by the number of a font's character set
    0: "cp1252", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 77: "mac_roman",
}  # fmt: skip
_UNREAD_FORMULA = {"fldinst": "EQ ", "objclass": "Equation"}  # older ways to write formulas
_POSITIONS = {"super": "super", "up": "super", "sub": "sub", "dn": "sub", "nosupersub": ""}
_FONT = re.compile(
    rb"\\f(\d{1,5})[^{};]{0,80}?\\fcharset(\d{1,3})((?:[^{};]|\{[^{}]{0,80}\}){0,80})"
)
_SYMBOL_CHARACTER_SET = 2
_STYLE = re.compile(rb"\{\\s(\d{1,4})([^{}]*?)\s([^{}\\;]+);?\}")
_OUTLINE_LEVEL = re.compile(rb"\\outlinelevel(\d)")
_HEADING_NAME = re.compile(rb"(?:heading|\w*berschrift|titre|t\S+tulo)\s(\d)", re.IGNORECASE)
_AROUND_PAGE_BREAK = re.compile(r" *\f *")  # a sentence goes on behind it
_CONTENTS_NAME = re.compile(rb"(?:toc|verzeichnis|tm|tdc)\s\d|contents \d", re.IGNORECASE)
_ANSI_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_LIST_NUMBER = re.compile(r"(\d{1,4})[.)]?\Z")


def read_rtf(data: bytes) -> ParsedDocument:
    """Parse a rich text file. Raises ReadError for other files."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ReadError("its first bytes are not those of rich text; save it as RTF again")
    reader = _RtfReader.open(data)
    reader.read(data)
    blocks, notes = [*_to_blocks(reader.lines)], [*_to_blocks(reader.notes)]
    document = read_with_notes(blocks, notes)
    metadata = document.metadata.over(reader.metadata())
    file_chars = count_characters("".join([*blocks, *notes]))
    return replace(document, metadata=metadata, file_chars=file_chars)


@dataclass(frozen=True, slots=True)
class _State:
    """Formatting of the current group."""

    destination: str = ""  # "" for the text itself
    is_hidden: bool = False
    position: str = ""
    encoding: str = "cp1252"
    style: int = 0
    outline_level: int | None = None
    is_in_table: bool = False
    is_drop_cap: bool = False
    formula: "_Element | None" = None  # or the part of it that the group writes
    fallback_chars: int = 1  # that stand for a Unicode character in old programs


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph: its text, the level of a heading, the mark of a list item, or table cells."""

    text: str
    level: int | None = None
    mark: str = ""
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class _RtfReader:
    """Walks the groups of a file and collects its lines and notes."""

    fonts: dict[int, str]
    headings: dict[int, int]  # levels by number of the style, 0 for the title
    contents_styles: frozenset[int]  # of entries in a table of contents
    state: _State
    stack: list[_State] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    notes: list[_Line] = field(default_factory=list)
    text: str = ""
    kept_text: str = ""  # of the paragraph around a note
    mark: str = ""
    cells: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)  # bytes of the current code page
    info: dict[str, str] = field(default_factory=dict)
    skipped_chars: int = 0
    starts_group: bool = False

    @classmethod
    def open(cls, data: bytes) -> "_RtfReader":
        """Read the tables of fonts and styles in the head of a file."""
        code_page = _ANSI_CODE_PAGE.search(data[:2_000])
        default = f"cp{int(code_page[1])}" if code_page else "cp1252"
        fonts = {
            int(number): _symbol_font(name)
            if int(charset) == _SYMBOL_CHARACTER_SET
            else _CODE_PAGES.get(int(charset), default)
            for number, charset, name in _FONT.findall(data)
        }
        contents = (int(n) for n, _, name in _STYLE.findall(data) if _CONTENTS_NAME.match(name))
        headings = dict(_heading_styles(data))
        return cls(fonts, headings, frozenset(contents), _State(encoding=_known(default)))

    def read(self, data: bytes) -> None:
        """Read all tokens of a file."""
        position = 0
        while match := _TOKEN.match(data, position):
            position = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if word == b"bin":
                position += max(0, int(number or 0))
            elif word:
                self._control(word.decode(), None if number is None else int(number))
            elif code:
                self._byte(int(code, 16))
            elif symbol:
                self._symbol(symbol)
            elif brace:
                self._group(opens=brace == b"{")
            elif text:
                self._plain(text)
        self._end_paragraph()

    def metadata(self) -> ParsedMetadata:
        """Return the file's own metadata."""
        return ParsedMetadata(
            title=clean_value(self.info.get("title")), author=author_names(self.info.get("author"))
        )

    def _group(self, *, opens: bool) -> None:
        self._flush()
        self.starts_group = opens
        if opens and len(self.stack) < _MAX_DEPTH:
            self.stack.append(self.state)
        elif opens:
            raise ReadError(f"groups nested over {_MAX_DEPTH:,} deep; save it again")
        elif self.stack:
            closed, self.state = self.state, self.stack.pop()
            if closed.formula is not None and self.state.formula is None:
                self._add(formula_text(closed.formula))
            if closed.destination == "footnote" != self.state.destination:
                self._end_paragraph(closed)
                self.text, self.kept_text = self.kept_text, ""

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":  # a destination that older programs do not know
            self.state = replace(self.state, destination="skipped")
        else:
            self._add(_SYMBOLS.get(symbol, symbol.decode("latin-1")))
        self.starts_group = False

    def _control(self, word: str, number: int | None) -> None:
        starts_group, self.starts_group = self.starts_group, False
        if word in {"moMath", "moMathPara"} and self._open_formula(word):
            return
        if word in {"fldinst", "objclass"}:
            self.state = replace(self.state, destination=word)
            return
        if word in _CHARACTERS:
            self._add(_CHARACTERS[word])
        elif word == "u" and number is not None:
            self._flush()
            self._add(symbol_text(self.state.encoding, chr(number % 65_536)))
            self.skipped_chars = self.state.fallback_chars
        elif word in {"par", "sect", "row", "cell", "nestcell"}:
            self._flush()
            self._end(word)
        elif starts_group and self._open_destination(word):
            return
        else:
            self._flush()
            self.state = self._formatted(word, number)

    def _open_destination(self, word: str) -> bool:
        """Enter a destination: a group that is no part of the paragraph around it."""
        name = self.state.destination
        if self.state.formula is not None and word.startswith("m"):
            self.state = replace(self.state, formula=add_part(self.state.formula, word))
            return True
        if word == "shptxt":  # of a text box
            name = ""
        elif name == "skipped" or word in _SKIPPED_DESTINATIONS:
            name = "skipped"
        elif word == "info" or (name == "info" and word in _INFO_DESTINATIONS):
            name = word
        elif word in {"listtext", "pntext"}:
            name = "mark"
        elif word == "footnote":
            name = "footnote"
            self._flush()
            self.kept_text, self.text = self.text, ""
        else:
            return False
        self.state = replace(self.state, destination=name)
        return True

    def _open_formula(self, word: str) -> bool:
        """Enter a formula, which is marked as a destination that older programs skip."""
        around = self.stack[-1] if self.stack else self.state
        if around.destination not in {"", "footnote"} or around.formula is not None:
            return False
        formula = new_formula() if word == "moMath" else None
        self.state = replace(self.state, destination=around.destination, formula=formula)
        return True

    def _formatted(self, word: str, number: int | None) -> _State:
        """Return the state after a control word that changes the format."""
        state = self.state
        if word == "f" and number is not None:
            return replace(state, encoding=_known(self.fonts.get(number, state.encoding)))
        if word in _POSITIONS:
            return replace(state, position="" if number == 0 else _POSITIONS[word])
        if word in {"v", "deleted"}:
            return replace(state, is_hidden=number != 0)
        if word == "plain":
            return replace(state, position="", is_hidden=False)
        if word == "pard":
            return replace(state, style=0, outline_level=None, is_in_table=False, is_drop_cap=False)
        return _with_paragraph_format(state, word, number or 0)

    def _byte(self, code: int) -> None:
        self.starts_group = False
        if self.skipped_chars:
            self.skipped_chars -= 1
        elif len(self.pending) < 1_000:
            self.pending.append(code)
        else:
            self._flush()
            self.pending.append(code)

    def _plain(self, text: bytes) -> None:
        self.starts_group = False
        skipped = min(self.skipped_chars, len(text))
        self.skipped_chars -= skipped
        self.pending += text[skipped:]

    def _flush(self) -> None:
        """Decode the bytes since the last token that is not text."""
        if self.pending:
            data, self.pending = self.pending, bytearray()
            font = self.state.encoding
            codec = "latin-1" if is_symbol_font(font) else font
            self._add(symbol_text(font, data.decode(codec, "replace")))
        self.skipped_chars = 0

    def _add(self, text: str) -> None:
        if self.pending:
            self._flush()
        name = self.state.destination
        if self.state.formula is not None:
            add_text(self.state.formula, text)
        elif name in _INFO_DESTINATIONS:
            self.info[name] = self.info.get(name, "") + text
        elif name == "mark":
            self.mark += text
        elif _UNREAD_FORMULA.get(name, "\0") in text:
            self.text += UNREAD_FORMULA
        elif name in {"", "footnote"} and not self.state.is_hidden:
            self._write(text)

    def _write(self, text: str) -> None:
        """Add text to the paragraph; raised text is collected until it ends."""
        if self.state.position == "super":
            self.text = append_superscript(self.text, text)
        elif self.state.position == "sub":
            self.text = append_subscript(self.text, text)
        else:
            self.text += text

    def _end(self, word: str) -> None:
        """End a paragraph, a cell or a row."""
        if word in {"cell", "nestcell"}:
            self.cells.append(self.text)
            self.text = self.mark = ""
        elif word == "row":
            self.lines.append(_Line("", cells=tuple(self.cells)))
            self.cells, self.text, self.mark = [], "", ""
        elif self.state.is_in_table and self.state.destination != "footnote":
            self.text += " "
        elif not self.state.is_drop_cap:  # its word goes on in the next paragraph
            self._end_paragraph()

    def _end_paragraph(self, state: _State | None = None) -> None:
        self._flush()
        state = state or self.state
        joined = _AROUND_PAGE_BREAK.sub(" ", _joined_surrogates(self.text))
        text, self.text = remove_controls(joined).strip(), ""
        mark, self.mark = self.mark.strip(), ""
        if state.style in self.contents_styles:
            return
        if text and state.destination == "footnote":
            self.notes.append(_Line(text))
        elif text:
            level = self.headings.get(state.style, state.outline_level and state.outline_level + 1)
            self.lines.append(_Line(text, level, mark))


def _with_paragraph_format(state: _State, word: str, number: int) -> _State:
    if word == "s":
        return replace(state, style=number)
    if word == "outlinelevel":
        return replace(state, outline_level=number)
    if word == "uc":
        return replace(state, fallback_chars=max(0, number))
    if word == "dropcapli":
        return replace(state, is_drop_cap=number > 0)
    return replace(state, is_in_table=True) if word == "intbl" else state


def _heading_styles(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the numbers of styles for titles and headings, with their levels."""
    for number, definition, name in _STYLE.findall(data):
        outline, heading = _OUTLINE_LEVEL.search(definition), _HEADING_NAME.match(name)
        if name.strip().lower() in {b"title", b"titel"}:
            yield int(number), 0
        elif heading:
            yield int(number), int(heading[1])
        elif outline and int(outline[1]) < 9:
            yield int(number), int(outline[1]) + 1


def _symbol_font(name: bytes) -> str:
    return "wingdings" if b"wingdings" in name.lower() else "symbol"


def _known(encoding: str) -> str:
    if is_symbol_font(encoding):
        return encoding
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"


def _joined_surrogates(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _to_blocks(lines: list[_Line]) -> Iterator[str]:
    """Yield the blocks of Markdown; rows and list items that follow each other are one."""
    items: list[str] = []
    rows: list[tuple[str, ...]] = []
    for line in [*lines, _Line("")]:
        if not line.mark and items:
            yield markdown.join_items(items)
            items = []
        if not line.cells and any(map(any, rows)):
            yield markdown.table(rows)
            rows = []
        if line.cells:
            rows.append(tuple(cell.strip() for cell in line.cells))
        elif line.mark:
            number = _LIST_NUMBER.match(line.mark)
            mark = f"{number[1]}." if number else "-"
            items.append(markdown.list_item(mark, [markdown.paragraph(line.text)]))
        elif line.level is not None:
            yield markdown.heading(line.level + 1, line.text)
        elif line.text:
            yield markdown.paragraph(line.text)
