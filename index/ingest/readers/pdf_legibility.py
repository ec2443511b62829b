"""Refuse PDFs whose fonts do not say which letters they draw, or have no text at all.

A font without a mapping, or with a wrong one, shows readable letters and gives others as text. It
is recognized by PDFium's own report, and by text that cannot be words of any language.
"""

import re
from collections.abc import Sequence
from math import log2
from unicodedata import name, normalize

from index.errors import ReadError
from index.ingest.readers.pdf_paragraphs import COMMON_WORDS

_OCR = "run it through text recognition (OCR)"
_ILLEGIBLE = (
    "its fonts do not say which letters they draw; expected a PDF with text: print the document "
    f"to a new PDF, or {_OCR}"
)
_MAX_UNMAPPED_SHARE = 0.3  # of the characters
_PRIVATE = re.compile("[\ufffd\ue000-\uf8ff]")  # that no font but this one knows
_GLYPH_NAMES = re.compile(r"/[a-zA-Z]{1,3}\d{1,5}(?=/|\s|\Z)")
_MOJIBAKE = re.compile("[ÂÃ][\u0080-\u00bf]|â€[\u0080-\u00bf\u2010-\u203a™œ]?|[ÐÑ][\u0080-\u00bf]")
_SYMBOL = re.compile(r"[!\"#$%&'()+,:;<>?@\[\\\]^`{}~]")
_MAX_SYMBOL_SHARE = 0.5
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIN_WORDS = 30  # to judge a text by
_MAX_BAD_WORDS = 0.3  # share of words in letters of several scripts, or of mojibake
_MIN_STOP_WORDS = 0.03  # share in running text of the languages with stop words
# Frequency of letters, in percent, on average over European languages.
_SHARES = "13 9.5 8 7.5 7.5 6.5 6.5 6.5 4.5 4 4 4 3 2.5 2.5 2 1.6 1.6 1.5 1.3 1.3 1.3 1 .7 .5 .3"
_LETTER_SHARES = dict(zip("eaionrtslucdmphgkvbfzywjqx", map(float, _SHARES.split()), strict=True))
_MAX_BITS = 4.9  # of cross-entropy a letter: languages have 4.2 to 4.8, other letters about 5.3
_MAX_CAPITAL_BITS = 5.3  # abbreviations in capitals have more
_MIN_LETTERS = 120


def no_text(page_count: int, *, has_images: bool) -> ReadError:
    """Return the error for pages without text."""
    pages = f"its {page_count:,} pages contain" if page_count > 1 else "its only page contains"
    if has_images:
        return ReadError(f"{pages} no text, only images, as from a scanner; {_OCR}")
    return ReadError(f"{pages} neither text nor images; if letters are drawn as lines, {_OCR}")


def check_text(text: str, unmapped: int = 0) -> None:
    """Raise ReadError if the text of the pages is not what they show.

    ``unmapped`` counts the characters for which PDFium found no mapping.
    """
    chars = len(text) - text.count(" ")
    words = _WORD.findall(text)
    if len(_PRIVATE.findall(text)) > _MAX_UNMAPPED_SHARE * chars:
        raise ReadError(_ILLEGIBLE)
    if unmapped > _MAX_UNMAPPED_SHARE * chars and not _has_stop_words(words):
        raise ReadError(_ILLEGIBLE)
    if _is_garbled(text, chars, words):
        raise ReadError(_ILLEGIBLE)


def _has_stop_words(words: Sequence[str]) -> bool:
    """Return whether a text has as many stop words as running text of some language."""
    count = sum(word.casefold() in COMMON_WORDS for word in words)
    return count > _MIN_STOP_WORDS * max(1, len(words))


def _is_garbled(text: str, chars: int, words: Sequence[str]) -> bool:
    names = _GLYPH_NAMES.findall(text)
    if sum(map(len, names)) > _MAX_UNMAPPED_SHARE * chars:
        return True
    if len(words) < _MIN_WORDS:
        return False
    if len(_MOJIBAKE.findall(text)) > _MAX_BAD_WORDS / 3 * len(words):
        return True
    if sum(map(_is_mixed, words)) > _MAX_BAD_WORDS * len(words):
        return True
    return not _has_stop_words(words) and (
        len(_SYMBOL.findall(text)) > _MAX_SYMBOL_SHARE * chars or _has_unusual_letters(words)
    )


def _is_mixed(word: str) -> bool:
    """Return whether a word has letters of several alphabets."""
    return len({_script(char) for char in word} - _JOINED_SCRIPTS) > 1


_JOINED_SCRIPTS = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "MODIFIER", "IDEOGRAPHIC"}


def _script(char: str) -> str:
    return "LATIN" if char.isascii() else name(char, "UNKNOWN").split()[0]


def _has_unusual_letters(words: Sequence[str]) -> bool:
    """Return whether Latin letters are so rare or frequent as in no language."""
    distinct = {*words}
    decomposed = normalize("NFKD", "".join(distinct).casefold())
    letters = [char for char in decomposed if char in _LETTER_SHARES]
    if len(distinct) < _MIN_WORDS or len(letters) < _MIN_LETTERS:
        return False
    total = sum(_LETTER_SHARES.values())
    bits = sum(log2(total / _LETTER_SHARES[letter]) for letter in letters) / len(letters)
    are_capitals = 2 * sum(map(str.isupper, distinct)) > len(distinct)
    return bits > (_MAX_CAPITAL_BITS if are_capitals else _MAX_BITS)
