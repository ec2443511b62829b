"""Bytes to text: exactly what the file says, or a refusal that names what was found.

A byte order mark says how the file is encoded and is no part of the text. Without one a file is
UTF-8, or else in an older encoding that charset-normalizer is sure of. Line ends stay as they are.
"""

import codecs
import re
from typing import TYPE_CHECKING

from index.errors import ReadError

if TYPE_CHECKING:
    from charset_normalizer.models import CharsetMatch

_MARKS = (  # UTF-32 before UTF-16: its little-endian mark begins with the other's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive (a Word or EPUB file is one too)"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
)
_WANTED = "wanted text in UTF-8"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")
_JIS_SHIFT = b"\x1b$B"  # Japanese mail: seven bits, shifted into kanji
_SAMPLE_BYTES = 65_536
_ENCODINGS = (  # what old text files are in; EBCDIC and the like only ever fit by accident
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 koi8_r koi8_u iso8859_2 iso8859_5 iso8859_7"
    " iso8859_15 cp850 cp866 mac_roman cp932 euc_jp cp949 gb18030 big5"
)
_MAX_CHAOS = 0.1  # charset-normalizer's measure of mess, 0 to 1; its own limit is 0.2
_EASTERN = {"cp932", "euc_jp", "cp949", "gb18030", "big5"}  # bytes in pairs: order is proof
_MIN_PAIRS = 20
_MIN_COHERENCE = 0.25  # its measure of likeness to a language, 0 to 1
_MARGIN = 0.1  # how much more coherent than Windows' Western code page another must be
# Signs inside words, capitals behind small letters: what a wrong code page makes of letters.
_MOJIBAKE = re.compile(
    r"[^\W\d_][¡¢£¤¥¦¨©«¬®¯°±²³¶¸¹»¼½¾¿×÷ˇ˘˙˛˝‚„†‡‰‹›€•™][^\W\d_]|[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]"
)
_NOT_WESTERN = re.compile(r"[ðþÐÞýÝ¤¦]")
_NOT_ASCII_LETTER = re.compile(r"[^\W\d_a-zA-Z]")
_MAX_ACCENTS = 0.3  # of all letters, in a Western language


def decode(data: bytes) -> str:
    """The text of a file's bytes. Raises ReadError when there is none to be had."""
    if not data.strip(b"\x00 \t\r\n\v\f"):
        raise ReadError(f"the file is empty ({len(data)} bytes); {_WANTED}, or delete the file")
    _refuse_signatures(data)
    text = _by_mark(data)
    if text is None:
        text = _by_content(data)
    return _printable(text)


def _refuse_signatures(data: bytes) -> None:
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise ReadError(f"this is {name} by its first bytes; {_WANTED}: save it as plain text")


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding)
    return None


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"its byte order mark says {encoding.upper()}, but byte {error.start} is none "
            f"({error.reason}); {_WANTED}: save it again"
        ) from error


def _by_content(data: bytes) -> str:
    if b"\x00" in data:
        raise ReadError(
            f"a NUL byte at byte {data.index(0)}: binary, or UTF-16 without a byte order mark; "
            f"{_WANTED}: save it again"
        )
    try:
        return data.decode("iso2022_jp" if _JIS_SHIFT in data else "utf-8")
    except UnicodeDecodeError as error:
        return _older(data, error)


def _older(data: bytes, error: UnicodeDecodeError) -> str:
    line = data.count(b"\n", 0, error.start) + 1
    encoding = None if _is_mostly_utf8(data) else _guess(data)
    if encoding is None:
        raise ReadError(
            f"not valid UTF-8 at byte {error.start}, line {line} (0x{data[error.start]:02x}), and "
            f"no other encoding fits surely; {_WANTED}: save it again"
        ) from error
    return data.decode(encoding)


def _is_mostly_utf8(data: bytes) -> bool:
    """Damaged UTF-8 must not pass as an older encoding: its letters would come out as mojibake."""
    valid = sum(len(found) for found in _MULTIBYTE.findall(data))
    return 2 * valid > len(_HIGH.findall(data))


def _guess(data: bytes) -> str | None:
    """The older encoding of ``data``, when one is sure and decodes every byte of it."""
    sample = _sample(data)
    ranked = _ranked(sample)
    western = _decoded(sample, "cp1252")
    sure = [match for match in ranked if _is_sure(match, ranked)]
    if western is not None and _is_western(western):
        rated = [m.coherence for m in ranked if m.encoding == "cp1252" or str(m) == western]
        if not sure or sure[0].coherence <= max(rated, default=0) + _MARGIN:
            return "cp1252" if _decoded(data, "cp1252") else None
    return next((m.encoding for m in sure if _decoded(data, m.encoding)), None)


def _ranked(sample: bytes) -> "list[CharsetMatch]":
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only old files need it

    matches = from_bytes(sample, cp_isolation=_ENCODINGS.split())
    return [match for match in matches if not _MOJIBAKE.search(str(match))]


def _is_sure(match: "CharsetMatch", ranked: "list[CharsetMatch]") -> bool:
    """Like a language; or pairs of bytes in good order as in no other encoding."""
    if match.chaos > _MAX_CHAOS:
        return False
    if match.coherence >= _MIN_COHERENCE:
        return True
    pairs = len(_NOT_ASCII_LETTER.findall(str(match)))
    alone = all(rival is match or rival.chaos > _MAX_CHAOS for rival in ranked)
    return match.encoding in _EASTERN and pairs >= _MIN_PAIRS and alone


def _decoded(data: bytes, encoding: str) -> str | None:
    """The text, when every byte of it means a character that one can read."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text


def _is_western(text: str) -> bool:
    """Whether text read as Western looks like it: few accents, and where accents stand.

    A few accents are too little for statistics, and this code page is by far the most used.
    """
    if _MOJIBAKE.search(text) or _NOT_WESTERN.search(text):
        return False
    accents = len(_NOT_ASCII_LETTER.findall(text))
    return accents <= _MAX_ACCENTS * sum(map(str.isalpha, text))


def _sample(data: bytes) -> bytes:
    """Lines around the first byte beyond ASCII: what tells the encodings apart."""
    first = _HIGH.search(data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    end = data.rfind(b"\n", start, start + _SAMPLE_BYTES)
    return data[start : end if end - start > _SAMPLE_BYTES // 2 else start + _SAMPLE_BYTES]


def _printable(text: str) -> str:
    if not text.replace("\ufeff", " ").replace("\x00", " ").strip():
        raise ReadError(f"the file holds only white space; {_WANTED}, or delete the file")
    controls = len(_CONTROLS.findall(text))
    if controls * 20 > len(text):
        raise ReadError(f"binary: {controls} of {len(text)} characters are controls; {_WANTED}")
    return text
