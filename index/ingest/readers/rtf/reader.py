"""Read rich text (RTF), as WordPad, TextEdit and old versions of Word save it.

Pictures, headers, footers and comments are left out; footnotes follow the text.
"""

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.code_marks import inline_code
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.normalize import author_names, clean_value, remove_controls
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.parsing.symbol_fonts import is_symbol_font, symbol_text
from index.ingest.readers.docx.formulas import UNREAD_FORMULA, formula_text
from index.ingest.readers.rtf.formulas import add_part, add_text, new_formula
from index.ingest.readers.rtf.head import RtfHead
from index.ingest.readers.rtf.lines import RtfLine, write_lines

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
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ",
    "page": "\f", "column": "\f", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"-": "", b"\n": "\n", b"\r": "\n"}
_UNREAD_FORMULA = {  # older ways to write formulas
    "fldinst": re.compile(r"\s*EQ\b"),
    "objclass": re.compile("Equation"),
}
_NOT_SHOWN = {"v", "deleted", "strike", "striked"}
_POSITIONS = {"super": "super", "up": "super", "sub": "sub", "dn": "sub", "nosupersub": ""}
_AROUND_PAGE_BREAK = re.compile(r" *\f *")  # a sentence goes on behind it
_TAB = "\ue000"  # stands for a tab where controls are removed
_NUMBERS = {  # control words whose number is part of the state
    "ilvl": "depth", "li": "indent", "fi": "first_indent", "s": "style",
    "outlinelevel": "outline_level", "fs": "size",
}  # fmt: skip


def read_rtf(data: bytes) -> ParsedDocument:
    """Parse a rich text file. Raises ReadError for other files."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ReadError("its first bytes are not those of rich text; save it as RTF again")
    head = RtfHead.read(data)
    reader = _RtfReader(head, _State(encoding=head.encoding))
    reader.read(data)
    builder = DocumentBuilder(joins_parts=True)
    shown = write_lines(reader.lines, builder)
    builder.leave_sections()
    write_lines(reader.notes, builder)
    named = ParsedMetadata(title=clean_value(reader.info.get("title")))
    file_metadata = ParsedMetadata(author=author_names(reader.info.get("author")))
    return builder.build(shown.over(named), file_metadata)


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
    is_centered: bool = False
    depth: int | None = None  # of a list in others
    indent: int = 0  # of a paragraph, and of its first line from there
    first_indent: int = 0
    size: int = 24  # in half points
    is_code: bool = False  # the font is one for code
    formula: "_Element | None" = None  # or the part of it that the group writes
    fallback_chars: int = 1  # that stand for a Unicode character in old programs


_DEFAULTS = _State()
_PARAGRAPH_DEFAULTS: dict[str, Any] = {
    name: getattr(_DEFAULTS, name)
    for name in (
        *("style", "outline_level", "is_in_table", "is_drop_cap", "is_centered"),
        *("depth", "indent", "first_indent"),
    )
}


@dataclass(slots=True)
class _RtfReader:
    """Walks the groups of a file and collects its lines and notes."""

    head: RtfHead
    state: _State
    stack: list[_State] = field(default_factory=list)
    lines: list[RtfLine] = field(default_factory=list)
    notes: list[RtfLine] = field(default_factory=list)
    text: str = ""
    kept_text: str = ""  # of the paragraph around a note
    mark: str = ""
    size: int = 0  # of the first text of a paragraph
    code_start: int | None = None  # where its inline code begins
    cells: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)  # bytes of the current code page
    info: dict[str, str] = field(default_factory=dict)
    skipped_chars: int = 0
    starts_group: bool = False

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
            if self.starts_group:
                self.state = replace(self.state, destination="skipped")
        else:
            self._add(_SYMBOLS.get(symbol, symbol.decode("latin-1")))
        self.starts_group = False

    def _control(self, word: str, number: int | None) -> None:
        starts_group, self.starts_group = self.starts_group, False
        if self._opens_marked(word):
            return
        if word in _CHARACTERS:
            self._add(_CHARACTERS[word])
        elif word == "u" and number is not None:
            self._flush()
            self._add(symbol_text(self.state.encoding, chr(number % 65_536)))
            self.skipped_chars = self.state.fallback_chars
        elif word in {"par", "sect", "row", "cell", "nestcell"}:
            self._flush()
            if self.state.destination in {"", "footnote"}:
                self._end(word)
        elif not (starts_group and self._open_destination(word)):
            self._flush()
            self.state = self._formatted(word, number)

    def _opens_marked(self, word: str) -> bool:
        """Enter a group that may be marked as unknown to older programs, but is read."""
        if word in {"moMath", "moMathPara"}:
            return self._open_formula(word)
        if word in {"fldinst", "objclass"}:
            self.state = replace(self.state, destination=word)
            return True
        return word == "footnote" and self._open_note()

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
        else:
            return False
        self.state = replace(self.state, destination=name)
        return True

    def _open_note(self) -> bool:
        around = self.stack[-1] if self.stack else self.state
        if around.destination:
            return False
        self._flush()
        self._end_inline_code()
        self.kept_text, self.text = self.text, ""
        self.state = replace(self.state, destination="footnote")
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
            encoding = self.head.fonts.get(number, state.encoding)
            return replace(state, encoding=encoding, is_code=number in self.head.code_fonts)
        if word in _POSITIONS:
            return replace(state, position="" if number == 0 else _POSITIONS[word])
        if word in _NOT_SHOWN:
            return replace(state, is_hidden=number != 0)
        if word == "plain":
            return replace(state, position="", is_hidden=False, size=_DEFAULTS.size, is_code=False)
        if word == "pard":
            return replace(state, **_PARAGRAPH_DEFAULTS)
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
        elif name in _UNREAD_FORMULA:
            self.text += UNREAD_FORMULA if _UNREAD_FORMULA[name].match(text) else ""
        elif name in {"", "footnote"} and not self.state.is_hidden:
            self._write(text)

    def _write(self, text: str) -> None:
        """Add text to the paragraph; raised text is collected until it ends."""
        if self.size != self.state.size and not self.text.strip():
            self.size = self.state.size
        if not self.state.is_code:
            self._end_inline_code()
        elif self.code_start is None:
            self.code_start = len(self.text)
        if self.state.position == "super":
            self.text = append_superscript(self.text, text)
        elif self.state.position == "sub":
            self.text = append_subscript(self.text, text)
        else:
            self.text += text

    def _end_inline_code(self) -> None:
        if self.code_start is not None:
            start, self.code_start = self.code_start, None
            self.text = self.text[:start] + inline_code(self.text[start:])

    def _end(self, word: str) -> None:
        """End a paragraph, a cell or a row."""
        if word in {"cell", "nestcell"}:
            self.cells.append(" ".join(self.text.split()))
            self.text, self.mark, self.code_start = "", "", None
        elif word == "row":
            self.lines.append(RtfLine("", cells=tuple(self.cells)))
            self.cells, self.text, self.mark = [], "", ""
        elif self.state.is_in_table and self.state.destination != "footnote":
            self.text += " "
        elif not self.state.is_drop_cap:  # its word goes on in the next paragraph
            self._end_paragraph()

    def _end_paragraph(self, state: _State | None = None) -> None:
        self._flush()
        state = state or self.state
        is_code = self.code_start is not None and not self.text[: self.code_start].strip()
        if is_code:
            self.code_start = None
        self._end_inline_code()
        joined = _AROUND_PAGE_BREAK.sub(" ", _joined_surrogates(self.text))
        text, self.text = remove_controls(joined.replace("\t", _TAB)).replace(_TAB, "\t"), ""
        text = text.rstrip() if is_code else text.strip()
        mark, self.mark = self.mark.strip(), ""
        if state.style in self.head.contents_styles:
            return
        if text and state.destination == "footnote":
            self.notes.append(RtfLine(text))
        elif text:
            level = self.head.headings.get(
                state.style, state.outline_level and state.outline_level + 1
            )
            self.lines.append(
                RtfLine(
                    text,
                    level,
                    mark,
                    depth=state.depth,
                    indent=state.indent,
                    hangs=state.first_indent < 0,
                    size=self.size,
                    is_centered=state.is_centered,
                    is_code=is_code,
                )
            )


def _with_paragraph_format(state: _State, word: str, number: int) -> _State:
    if word == "uc":
        return replace(state, fallback_chars=max(0, number))
    if word in _NUMBERS:
        values: dict[str, Any] = {_NUMBERS[word]: number}
        return replace(state, **values)
    if word == "qc":
        return replace(state, is_centered=True)
    if word == "dropcapli":
        return replace(state, is_drop_cap=number > 0)
    return replace(state, is_in_table=True) if word == "intbl" else state


def _joined_surrogates(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
