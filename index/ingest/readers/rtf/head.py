"""Read the tables in the head of a rich text file: fonts and styles."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.ingest.parsing.code_marks import is_monospaced
from index.ingest.parsing.symbol_fonts import is_symbol_font

_CODE_PAGES = {  # by the number of a font's character set
    0: "cp1252", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 77: "mac_roman",
}  # fmt: skip
_FONT = re.compile(
    rb"\\f(\d{1,5})[^{};]{0,80}?\\fcharset(\d{1,3})((?:[^{};]|\{[^{}]{0,80}\}){0,80})"
)
_SYMBOL_CHARACTER_SET = 2
_STYLE = re.compile(rb"\{\\s(\d{1,4})([^{}]*?)\s([^{}\\;]+);?\}")
_OUTLINE_LEVEL = re.compile(rb"\\outlinelevel(\d)")
_HEADING_NAME = re.compile(rb"(?:heading|\w*berschrift|titre|t\S+tulo)\s(\d)", re.IGNORECASE)
_CONTENTS_NAME = re.compile(rb"(?:toc|verzeichnis|tm|tdc)\s\d|contents \d", re.IGNORECASE)
_ANSI_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_DEFAULT_FONT = re.compile(rb"\\deff(\d{1,5})")
_FONT_NAME = re.compile(
    rb"\\f(\d{1,5})\s?((?:\\[a-z]{1,32}-?\d*\s?|\{[^{}]{0,80}\}){0,10})([^{}\\;]{1,60})"
)
_FONTS_END = re.compile(rb"\}\s*\}|\{\s*\\(?:colortbl|stylesheet|\*)")
_MAX_FONTS_BYTES = 100_000
_HEAD_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class RtfHead:
    """Fonts and styles by number.

    ``fonts`` are the encodings of fonts, ``code_fonts`` those whose letters are as wide as each
    other, ``headings`` the levels of styles, 0 for the title, and ``contents_styles`` those of
    entries in a table of contents.
    """

    encoding: str
    fonts: dict[int, str]
    code_fonts: frozenset[int]
    headings: dict[int, int]
    contents_styles: frozenset[int]

    @classmethod
    def read(cls, data: bytes) -> "RtfHead":
        """Read the tables of fonts and styles in the head of a file."""
        code_page = _ANSI_CODE_PAGE.search(data[:_HEAD_BYTES])
        default = f"cp{int(code_page[1])}" if code_page else "cp1252"
        fonts = {
            int(number): _symbol_font(name)
            if int(charset) == _SYMBOL_CHARACTER_SET
            else _known(_CODE_PAGES.get(int(charset), default))
            for number, charset, name in _FONT.findall(data)
        }
        contents = (int(n) for n, _, name in _STYLE.findall(data) if _CONTENTS_NAME.match(name))
        headings = dict(_heading_styles(data))
        code_fonts = frozenset(_code_fonts(data))
        return cls(_known(default), fonts, code_fonts, headings, frozenset(contents))


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


def _code_fonts(data: bytes) -> Iterator[int]:
    """Yield the numbers of fonts for code; none if the whole text is in one."""
    start = data.find(b"\\fonttbl")
    end = _FONTS_END.search(data, start + 1) if start >= 0 else None
    table = data[start : end.start() if end else start + _MAX_FONTS_BYTES] if start >= 0 else b""
    fonts = {
        int(number)
        for number, family, name in _FONT_NAME.findall(table[:_MAX_FONTS_BYTES])
        if b"\\fmodern" in family or is_monospaced(name.decode("latin-1"))
    }
    default = _DEFAULT_FONT.search(data[:_HEAD_BYTES])
    if default is None or int(default[1]) not in fonts:
        yield from fonts


def _symbol_font(name: bytes) -> str:
    return "wingdings" if b"wingdings" in name.lower() else "symbol"


def _known(encoding: str) -> str:
    if is_symbol_font(encoding):
        return encoding
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"
