"""Extract the text of PDFs in a process of its own, through PDFium.

PDFium is written in C++ and cannot be interrupted: a file that crashes it, or keeps it busy, costs
this process and not the bot. It is run as a script, so it imports nothing of the package.

A request is the length of a PDF, as eight bytes, and the PDF. The replies, one for each page and
one with the metadata, are JSON after its length.
Coordinates are in points from the lower left corner, in the direction of the text.
"""

import contextlib
import ctypes
import json
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

LENGTH_BYTES = 8  # as in process.py
MAX_PAGES = 3_000
_MAX_CHARS = 20_000_000
_MAX_MEMORY_BYTES = 4_000_000_000  # of addresses, of which PDFium reserves more than it uses
_BOLD_NAME = re.compile(  # the weight that a font claims is that of its stems, and often wrong
    rb"(?i:bold|black|heavy|demi|(?:cm|cmss|sf|ec)bx|cmb\d|medi(?:ital)?\Z)"
    rb"|(?<![A-Z])B(?:d|lk)(?![a-z])|[T.,-]B[IO]?\Z|-W[6-9]\Z"
)
_SYMBOL_NAMES = (b"wingdings", b"webdings", b"dingbats")
_SIGNS = {b"symbol": "Symbol", b"cmex": "Symbol", b"wingdings": "Wingdings"}  # by name of a font
_PRIVATE = re.compile("[\uf020-\uf0ff\uf8e5-\uf8fe]")  # characters that such fonts draw
_MIN_UPRIGHT_SHARE = 0.8  # of the characters; the others are stamps, watermarks and axis labels
_MIN_PAGE_CHARS = 100  # a page with fewer may be a scan with a stamp
_MIN_SCAN_SHARE = 0.5  # of a page's area that an image covers
_MAX_ANNOTATIONS = 1_000
_EMPTY_BYTES = 2  # of an empty text in UTF-16
_HYPHEN = 2  # PDFium's code for a hyphen that ends a line
_FIRST_SYMBOL = "\u2000"  # before it are letters, which a symbol font does not draw
_ACCENTS = {  # that old fonts draw over a letter, as combining characters
    **dict(zip("`´ˆ˜¯˘˙¨", "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308", strict=True)),
    **dict(zip("˚˝ˇ¸˛", "\u030a\u030b\u030c\u0327\u0328", strict=True)),
}
_MAX_LETTER_GAP = 0.15  # of the font size, between the letters of a word
_MAX_PIECES_BACK = 12  # between a letter and its accent
_CORK = {  # TeX's T1 encoding, for fonts that do not name these characters
    **dict(zip(range(0x10, 0x17), "“”„«»–—", strict=True)),
    **dict(zip(range(0x1B, 0x20), ("ff", "fi", "fl", "ffi", "ffl"), strict=True)),
}

Reply = dict[str, Any]
Box = tuple[float, float]  # left and right edge


@dataclass(frozen=True, slots=True)
class Font:
    """A font; a symbol font draws pictures, which PDFs may give as letters."""

    is_bold: bool
    is_symbolic: bool
    signs: str = ""  # the font, if it draws signs in the places of letters


@dataclass(frozen=True, slots=True)
class Style:
    """Appearance of a text object; ``turns`` counts the quarter turns of the text.

    Text recognition (OCR) puts invisible text over the image of a page.
    """

    size: float
    font: Font
    turns: int
    is_invisible: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of one text object on one baseline.

    ``first`` and ``last`` are the boxes of its first and last character. ``spaced`` says that a
    space is before it, ``starts_line`` that PDFium begins a line with it.
    """

    text: str
    style: Style
    first: Box
    last: Box
    y: float
    spaced: bool
    starts_line: bool
    unmapped: int = 0

    @property
    def left(self) -> float:
        """Left edge; in a text from right to left, that of the last character."""
        return min(self.first[0], self.last[0])

    @property
    def right(self) -> float:
        """Right edge."""
        return max(self.first[1], self.last[1])


def read_pieces(page: pypdfium2.PdfPage, limit: int) -> list[Piece]:
    """Return the pieces of text on a page, in PDFium's order."""
    text_page = page.get_textpage()
    text = text_page.raw  # the wrapper costs time with every character
    count = min(pdfium.FPDFText_CountChars(text), limit)
    styles = _StyleCache(text)
    pieces = [styles.piece(run) for run in _runs(text, count)]
    text_page.close()
    return pieces


@dataclass(slots=True)
class _Run:
    """Characters that one text object draws side by side, and the first and last index of them."""

    text_object: int  # its address
    first: int
    spaced: bool
    starts_line: bool
    chars: str = ""
    last: int = 0
    unmapped: int = 0


def _runs(text: Any, count: int) -> Iterator[_Run]:
    """Yield the runs of the first ``count`` characters of a page; an accent is one of its own."""
    run: _Run | None = None
    spaced = starts_line = False
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in {10, 13}:
            starts_line = True
            continue
        pointer = pdfium.FPDFText_GetTextObject(text, index)
        if code in {0, 32, 160} or not pointer:
            spaced = True
            continue
        address = ctypes.addressof(pointer.contents)
        is_unmapped = pdfium.FPDFText_HasUnicodeMapError(text, index) == 1
        char = _character(code, is_unmapped=is_unmapped)
        is_accent = char in _ACCENTS or (run is not None and run.chars[-1] in _ACCENTS)
        if run is None or address != run.text_object or spaced or starts_line or is_accent:
            if run is not None:
                yield run
            run = _Run(address, index, spaced, starts_line or index == 0)
        run.chars += char
        run.last = index
        run.unmapped += is_unmapped
        spaced = starts_line = False
    if run is not None:
        yield run


def _character(code: int, *, is_unmapped: bool) -> str:
    if code == _HYPHEN and not is_unmapped:
        return "-"
    if is_unmapped and code in _CORK:
        return _CORK[code]
    return chr(code) if code < 0x110000 else "\ufffd"


def _join_surrogates(text: str) -> str:
    """Join the halves of characters that take two codes, such as letters of formulas."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _StyleCache:
    """Looks up the style of each text object and of each font once."""

    def __init__(self, text: Any) -> None:
        self.text = text
        self.styles: dict[int, Style] = {}
        self.fonts: dict[int, Font] = {}
        self._edges = tuple(ctypes.c_double() for _ in range(4))

    def piece(self, run: _Run) -> Piece:
        """Return the piece that a run of characters is."""
        style = self.styles.get(run.text_object)
        if style is None:
            style = self.styles[run.text_object] = self._style(run.first)
        box = self._box(run.first, style.turns)
        end = box if run.last == run.first else self._box(run.last, style.turns)
        y = self._baseline(run.first, style.turns)
        is_mark = run.chars < _FIRST_SYMBOL or (run.starts_line and _PRIVATE.match(run.chars))
        is_bullet = style.font.is_symbolic and len(run.chars) == 1 and is_mark
        chars = "•" if is_bullet else run.chars
        text = chars if chars.isascii() else _join_surrogates(chars)
        return Piece(text, style, box, end, y, run.spaced, run.starts_line, run.unmapped)

    def _style(self, index: int) -> Style:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(self.text, index, matrix)
        a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
        size = abs(pdfium.FPDFText_GetFontSize(self.text, index)) * math.hypot(c, d)
        turns = round(math.atan2(b, a) / (math.pi / 2)) % 4
        text_object = pdfium.FPDFText_GetTextObject(self.text, index)
        mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object)
        is_invisible = mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        return Style(round(min(size, 1000.0), 1), self._font(index), turns, is_invisible)

    def _font(self, index: int) -> Font:
        font = pdfium.FPDFTextObj_GetFont(pdfium.FPDFText_GetTextObject(self.text, index))
        address = ctypes.addressof(font.contents) if font else 0
        if address not in self.fonts:
            buffer = ctypes.create_string_buffer(256)
            pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
            name = buffer.value
            self.fonts[address] = Font(
                is_bold=_BOLD_NAME.search(name) is not None,
                is_symbolic=any(word in name.lower() for word in _SYMBOL_NAMES),
                signs=next((_SIGNS[word] for word in _SIGNS if word in name.lower()), ""),
            )
        return self.fonts[address]

    def _box(self, index: int, turns: int) -> Box:
        left, right, bottom, top = self._edges
        pdfium.FPDFText_GetCharBox(self.text, index, left, right, bottom, top)
        edges = (left.value, right.value), (bottom.value, top.value)
        start, end = edges[turns % 2]
        return (start, end) if turns < 2 else (-end, -start)

    def _baseline(self, index: int, turns: int) -> float:
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(self.text, index, x, y)
        return (y.value, -x.value, -y.value, x.value)[turns]


def attach_accents(pieces: Sequence[Piece]) -> list[Piece]:
    """Combine accents with the letter that they are drawn over, before or after it."""
    result: list[Piece] = []
    waiting: Piece | None = None  # an accent that may belong to the next letter
    is_behind_accent = False
    for piece in pieces:
        if waiting is not None:
            combined = _combine(waiting, piece)
            is_over = not combined.text.startswith(waiting.text)
            result.append(_without_false_space(combined, result) if is_over else combined)
            waiting = None
        elif piece.text not in _ACCENTS:
            result.append(_without_false_space(piece, result) if is_behind_accent else piece)
        elif not _attach_before(piece, result):
            waiting = piece
        is_behind_accent = piece.text in _ACCENTS and waiting is None
    return [*result, waiting] if waiting is not None else result


def _attach_before(accent: Piece, pieces: list[Piece]) -> bool:
    """Combine an accent with a letter at an edge of one of the pieces before it, if it is over it.

    Some programs draw accents behind the word, or at the end of the line.
    """
    for index in reversed(range(max(0, len(pieces) - _MAX_PIECES_BACK), len(pieces))):
        piece = pieces[index]
        text = None
        if _is_over(accent, piece.last, piece.text[-1:], piece):
            text = _dotted(piece.text) + _ACCENTS[accent.text]
        elif _is_over(accent, piece.first, piece.text[:1], piece):
            text = _over_first(accent, piece)
        if text is not None:
            pieces[index] = replace(piece, text=unicodedata.normalize("NFC", text))
            return True
    return False


def _combine(accent: Piece, piece: Piece) -> Piece:
    """Join an accent and the piece after it, whose first letter it may be drawn over."""
    text = accent.text + piece.text
    if _is_over(accent, piece.first, piece.text[:1], piece):
        text = unicodedata.normalize("NFC", _over_first(accent, piece))
    return replace(piece, text=text, spaced=accent.spaced, starts_line=accent.starts_line)


def _without_false_space(piece: Piece, pieces: Sequence[Piece]) -> Piece:
    """Return a piece without the space before it that PDFium sees only because of an accent."""
    if not pieces or not piece.spaced or piece.starts_line:
        return piece
    gap = abs(piece.left - pieces[-1].right)
    return replace(piece, spaced=gap > _MAX_LETTER_GAP * piece.style.size)


def _over_first(accent: Piece, piece: Piece) -> str:
    return _dotted(piece.text[:1]) + _ACCENTS[accent.text] + piece.text[1:]


def _dotted(text: str) -> str:
    """Give the last letter the dot that TeX leaves away under an accent."""
    return text[:-1] + text[-1:].replace("ı", "i").replace("ȷ", "j")


def _is_over(accent: Piece, box: Box, letter: str, piece: Piece) -> bool:
    """Return whether an accent is drawn over the letter in ``box``."""
    middle = (accent.left + accent.right) / 2
    tolerance = 0.1 * piece.style.size
    is_above = box[0] - tolerance <= middle <= box[1] + tolerance
    return is_above and letter.isalpha() and abs(accent.y - piece.y) < piece.style.size


def read_document(data: bytes) -> Iterator[Reply]:
    """Yield the pieces of each page, and at the end the metadata or why it cannot be read."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        refusals = {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        yield {"error": "encrypted" if pdfium.FPDF_GetLastError() in refusals else "malformed"}
        return
    if len(document) > MAX_PAGES:
        yield {"error": "too many pages", "page_count": len(document), "max_pages": MAX_PAGES}
        return
    remaining = _MAX_CHARS
    for number in range(len(document)):
        page = _page(document, number, remaining)
        yield page
        remaining -= sum(len(str(piece[0])) for piece in page["pieces"])
        if remaining <= 0:
            yield {"error": "too large"}
            return
    metadata = {key: document.get_metadata_value(key) for key in ("Title", "Author")}
    created = document.get_metadata_value("CreationDate")
    yield {**metadata, "CreationDate": created, "Lang": _language(document)}


def _page(document: pypdfium2.PdfDocument, number: int, limit: int) -> Reply:
    try:
        page = document[number]
        left, bottom, right, top = page.get_mediabox()
        pieces, main = _upright_pieces(page, limit)
        has_little_text = sum(len(piece.text) for piece in pieces) < _MIN_PAGE_CHARS
        images = _image_areas(page) if has_little_text else []
        fields, comments = _annotations(page)
        page.close()
    except pypdfium2.PdfiumError:  # a broken page does not cost the others
        return {"pieces": [], "bottom": 0, "top": 1, "images": 0, "is_scan": False, "fields": 0,
                "comments": 0, "is_recognized": False}  # fmt: skip
    edges = ((bottom, top), (-right, -left), (-top, -bottom), (left, right))[main]
    return {
        "pieces": [_to_json(piece) for piece in pieces],
        "bottom": edges[0],
        "top": edges[1],
        "images": len(images),
        "is_scan": max(images, default=0) > _MIN_SCAN_SHARE * (right - left) * (top - bottom),
        "fields": fields,
        "comments": comments,
        "is_recognized": _is_recognized(pieces),
    }


def _upright_pieces(page: pypdfium2.PdfPage, limit: int) -> tuple[list[Piece], int]:
    """Return the pieces of a page and the quarter turns of its text; stamps along it do not count.

    PDFium orders the lines of a page as it is shown: a page on its side must be turned before.
    """
    pieces = attach_accents(read_pieces(page, limit))
    turns = Counter(turn for piece in pieces for turn in [piece.style.turns] * len(piece.text))
    main = turns.most_common(1)[0][0] if turns else 0
    if turns[main] < _MIN_UPRIGHT_SHARE * turns.total():
        return pieces, main
    if page.get_rotation() != 90 * main:
        page.set_rotation(90 * main)
        pieces = attach_accents(read_pieces(page, limit))
    return [piece for piece in pieces if piece.style.turns == main], main


def _is_recognized(pieces: Sequence[Piece]) -> bool:
    """Return whether most of the text on a page is invisible, as text recognition makes it."""
    chars = sum(len(piece.text) for piece in pieces)
    return 2 * sum(len(piece.text) for piece in pieces if piece.style.is_invisible) > chars


def _image_areas(page: pypdfium2.PdfPage) -> list[float]:
    bounds = (image.get_bounds() for image in page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE], 3))
    return [(right - left) * (top - bottom) for left, bottom, right, top in bounds]


def _annotations(page: pypdfium2.PdfPage) -> tuple[int, int]:
    """Count the form fields with text, and the comments, which are no part of a page's text."""
    fields = comments = 0
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            fields += _has_value(annotation, b"V")
        elif kind in {pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_FREETEXT}:
            comments += _has_value(annotation, b"Contents")
        pdfium.FPDFPage_CloseAnnot(annotation)
    return fields, comments


def _has_value(annotation: Any, key: bytes) -> bool:
    return bool(pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0) > _EMPTY_BYTES)


def _to_json(piece: Piece) -> list[object]:
    style = piece.style
    place = (round(value, 2) for value in (piece.left, piece.right, piece.y))
    flags = style.font.is_bold, piece.spaced, piece.starts_line
    signs = style.font.signs if style.font.signs and _PRIVATE.search(piece.text) else ""
    return [piece.text, *place, style.size, *flags, piece.unmapped, signs]


def _language(document: pypdfium2.PdfDocument) -> str:
    length = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    if not 2 < length < 200:
        return ""
    buffer = (ctypes.c_ushort * (length // 2))()
    pdfium.FPDFCatalog_GetLanguage(document, buffer, length)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _limit_memory() -> None:
    """Let a file that takes all memory end this process only."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer_requests(requests: BinaryIO, replies: BinaryIO) -> None:
    while len(header := requests.read(LENGTH_BYTES)) == LENGTH_BYTES:
        data = requests.read(int.from_bytes(header, "big"))
        try:
            for reply in read_document(data):
                _send(reply, replies)
        except (MemoryError, RecursionError):
            _send({"error": "too large"}, replies)


def _send(reply: Reply, replies: BinaryIO) -> None:
    body = json.dumps(reply).encode()
    replies.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)
    replies.flush()


if __name__ == "__main__":
    _limit_memory()
    _answer_requests(sys.stdin.buffer, sys.stdout.buffer)
