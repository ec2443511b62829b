"""Decode the bytes of a file into text, exactly, or reject them with a reason.

A byte order mark names the encoding and is not part of the text. A file without one is UTF-8, or
else in a legacy encoding that charset-normalizer detects with confidence. Line ends are kept.
"""

import codecs
import re
from typing import TYPE_CHECKING

from index.errors import ReadError

if TYPE_CHECKING:
    from charset_normalizer.models import CharsetMatch

_BYTE_ORDER_MARKS = (  # UTF-32 first, because its little-endian mark starts like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive (as are Word and EPUB files)"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
)
_EXPECTED = "expected text in UTF-8"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_NON_ASCII_BYTE = re.compile(rb"[\x80-\xff]")
_ISO_2022_JP_ESCAPE = b"\x1b$B"  # switches to kanji in Japanese mail, which is 7-bit
_BYTE_BY_BYTE = "quoth.windows-1252"  # the name of an error handler
_MAX_DAMAGED_SHARE = 0.01
_MIN_NULS = 5
_MIN_NUL_SHARE = 0.05  # of the characters in UTF-16: spaces and line ends
_MAX_NUL_SHARE = 0.25  # of the NULs, in the other half: 一 has one there
_SAMPLE_BYTES = 65_536
_LEGACY_ENCODINGS = (  # of real text files; EBCDIC and others only ever match by accident
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 koi8_r koi8_u iso8859_2 iso8859_5 iso8859_7"
    " iso8859_15 cp850 cp866 mac_roman cp932 euc_jp cp949 gb18030 big5"
)
_MAX_CHAOS = 0.1  # charset-normalizer's measure of noise, 0 to 1; its own threshold is 0.2
_DOUBLE_BYTE = {"cp932", "euc_jp", "cp949", "gb18030", "big5"}  # byte pairs rarely fit by chance
_MIN_PAIRS = 20
_MIN_COHERENCE = 0.25  # its measure of similarity to a language, 0 to 1
_MIN_COHERENCE_GAIN = 0.1  # over Windows-1252, which is by far the most common
# Symbols inside words, capitals after lower case: letters decoded with the wrong code page.
_MOJIBAKE = re.compile(
    r"[^\W\d_][¡¢£¤¥¦¨©«¬®¯°±²³¶¸¹»¼½¾¿×÷ˇ˘˙˛˝‚„†‡‰‹›€•™][^\W\d_]|[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŒŸ]"
)
_NOT_WESTERN = re.compile(r"[ðþÐÞýÝ¤¦]")
_NOT_ASCII_LETTER = re.compile(r"[^\W\d_a-zA-Z]")
_MAX_ACCENTED_SHARE = 0.3  # of all letters, in a Western language


def decode(data: bytes, *, repair: bool = False) -> str:
    """Decode the bytes of a file. Raises ReadError if they are not text.

    With ``repair``, a few bytes that do not fit are read as Windows-1252, and a few NULs left out.
    """
    if not data.strip(b"\x00 \t\r\n\v\f"):
        raise ReadError(f"the file is empty ({len(data)} bytes); {_EXPECTED}, or delete the file")
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise ReadError(f"its first bytes are those of {name}; {_EXPECTED}: save it as text")
    text = _decode_by_mark(data, repair=repair)
    if text is None:
        text = _decode_utf16(data) or _decode_by_content(data, repair=repair)
    _check_printable(text)
    return text.lstrip("\ufeff")  # some programs write the mark again


def decode_as(data: bytes, label: str) -> str | None:
    """Decode bytes by the name of an encoding; None if it is unknown or does not fit."""
    try:
        codec = codecs.lookup(label).name
        # Browsers read Latin-1 as Windows-1252: https://encoding.spec.whatwg.org/#names-and-labels
        return data.decode("cp1252" if codec in {"iso8859-1", "ascii"} else codec)
    except (LookupError, UnicodeError, ValueError):
        return None


def _decode_by_mark(data: bytes, *, repair: bool) -> str | None:
    found = next((pair for pair in _BYTE_ORDER_MARKS if data.startswith(pair[0])), None)
    if found is None:
        return None
    mark, encoding = found
    try:
        is_repairable = repair and encoding == "utf-8" and _is_repairable(data)
        return data[len(mark) :].decode(encoding, _BYTE_BY_BYTE if is_repairable else "strict")
    except UnicodeDecodeError as error:
        raise ReadError(
            f"its byte order mark says {encoding.upper()}, but byte {error.start} is invalid "
            f"({error.reason}); {_EXPECTED}: save it again"
        ) from error


def _decode_utf16(data: bytes) -> str | None:
    """Decode UTF-16 without a byte order mark: the NULs of its ASCII are all in the same half."""
    low, high = data[::2].count(0), data[1::2].count(0)
    if len(data) % 2 or max(low, high) < max(_MIN_NULS, _MIN_NUL_SHARE * len(data) / 2):
        return None
    if min(low, high) > _MAX_NUL_SHARE * max(low, high):
        return None
    return _decode_readable(data, "utf-16-le" if high > low else "utf-16-be")


def _decode_by_content(data: bytes, *, repair: bool) -> str:
    if repair and data.count(0) <= _MAX_DAMAGED_SHARE * len(data):
        data = data.replace(b"\x00", b"")
    if b"\x00" in data:
        raise ReadError(
            f"a NUL byte at byte {data.index(0)}: binary, or UTF-16 without a byte order mark; "
            f"{_EXPECTED}: save it again"
        )
    try:
        return data.decode("iso2022_jp" if _ISO_2022_JP_ESCAPE in data else "utf-8")
    except UnicodeDecodeError as error:
        return _decode_legacy(data, error, repair=repair)


def _decode_legacy(data: bytes, error: UnicodeDecodeError, *, repair: bool) -> str:
    encoding = None if _is_mostly_utf8(data) else _detect(data)
    if encoding is None and repair and _is_repairable(data):
        return data.decode("utf-8", _BYTE_BY_BYTE)
    if encoding is None:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError(
            f"not valid UTF-8 at byte {error.start}, line {line} (0x{data[error.start]:02x}), and "
            f"no other encoding is certain; {_EXPECTED}: save it again"
        ) from error
    return data.decode(encoding)


def _is_mostly_utf8(data: bytes) -> bool:
    """Return whether this is damaged UTF-8, which a legacy encoding would decode into mojibake."""
    valid = sum(len(sequence) for sequence in _UTF8_SEQUENCE.findall(data))
    return 2 * valid > len(_NON_ASCII_BYTE.findall(data))


def _is_repairable(data: bytes) -> bool:
    """Return whether only a few bytes are damaged."""
    damaged = len(_NON_ASCII_BYTE.findall(_UTF8_SEQUENCE.sub(b"", data)))
    return damaged <= _MAX_DAMAGED_SHARE * len(data)


def _decode_as_western(error: UnicodeError) -> tuple[str, int]:
    """Decode the bytes at an error as Windows-1252: an error handler for codecs."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    damaged = error.object[error.start : error.end]
    return (damaged.decode("cp1252", "replace"), error.end)


codecs.register_error(_BYTE_BY_BYTE, _decode_as_western)


def _detect(data: bytes) -> str | None:
    """Return the legacy encoding of ``data`` if it is certain and decodes every byte."""
    sample = _sample(data)
    matches = _matches(sample)
    western = _decode_readable(sample, "cp1252")
    certain = [match for match in matches if _is_certain(match, matches)]
    if western is not None and _is_western(western):
        rated = [m.coherence for m in matches if m.encoding == "cp1252" or str(m) == western]
        if not certain or certain[0].coherence <= max(rated, default=0) + _MIN_COHERENCE_GAIN:
            return "cp1252" if _decode_readable(data, "cp1252") else None
    return next((m.encoding for m in certain if _decode_readable(data, m.encoding)), None)


def _matches(sample: bytes) -> "list[CharsetMatch]":
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only legacy files need it

    matches = from_bytes(sample, cp_isolation=_LEGACY_ENCODINGS.split())
    return [match for match in matches if not _MOJIBAKE.search(str(match))]


def _is_certain(match: "CharsetMatch", matches: "list[CharsetMatch]") -> bool:
    """Return whether a match resembles a language, or alone has many valid byte pairs."""
    if match.chaos > _MAX_CHAOS:
        return False
    if match.coherence >= _MIN_COHERENCE:
        return True
    pairs = len(_NOT_ASCII_LETTER.findall(str(match)))
    has_no_rival = all(rival is match or rival.chaos > _MAX_CHAOS for rival in matches)
    return match.encoding in _DOUBLE_BYTE and pairs >= _MIN_PAIRS and has_no_rival


def _decode_readable(data: bytes, encoding: str) -> str | None:
    """Return the text if every byte decodes and none to a control character; else None."""
    text = decode_as(data, encoding)
    return None if text is None or _CONTROLS.search(text) else text


def _is_western(text: str) -> bool:
    """Return whether text decoded as Windows-1252 has few accents, as in Western languages.

    A few accents are not enough for statistics, and this code page is by far the most common.
    """
    if _MOJIBAKE.search(text) or _NOT_WESTERN.search(text):
        return False
    accented = len(_NOT_ASCII_LETTER.findall(text))
    return accented <= _MAX_ACCENTED_SHARE * sum(map(str.isalpha, text))


def _sample(data: bytes) -> bytes:
    """Return whole lines from the first non-ASCII byte on, where encodings differ."""
    first = _NON_ASCII_BYTE.search(data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    end = data.rfind(b"\n", start, start + _SAMPLE_BYTES)
    return data[start : end if end - start > _SAMPLE_BYTES // 2 else start + _SAMPLE_BYTES]


def _check_printable(text: str) -> None:
    if not text.replace("\ufeff", " ").replace("\x00", " ").strip():
        raise ReadError(f"the file contains only white space; {_EXPECTED}, or delete the file")
    controls = len(_CONTROLS.findall(text))
    if controls * 20 > len(text):
        raise ReadError(
            f"binary: {controls} of {len(text)} characters are control characters; {_EXPECTED}"
        )
