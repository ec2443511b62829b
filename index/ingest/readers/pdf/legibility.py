"""Refuse PDFs whose fonts do not say which letters they draw, or have no text at all.

A font without a mapping, or with a wrong one, shows readable letters and gives others as text. It
is recognized by PDFium's own report, and by text that cannot be words of any language.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import log2
from unicodedata import name, normalize

from index.errors import ReadError
from index.ingest.readers.pdf.paragraphs import COMMON_WORDS

_OCR = "run it through text recognition (OCR)"
_PRINT = "print the document to a new PDF"
_ILLEGIBLE = (
    "its fonts do not say which letters they draw; expected a PDF with text: print the document "
    f"to a new PDF, or {_OCR}"
)
_MAX_UNMAPPED_SHARE = 0.3  # of the characters
_PRIVATE = re.compile("[\x00-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")  # that are no letters elsewhere
_ACCENTED = re.compile("[À-ÖØ-öø-ÿ]")  # in words of another alphabet in the wrong encoding
_MAX_ACCENTED_SHARE = 0.5  # of the letters
_SIGN_IN_WORD = re.compile("[¡-©«-±´¶-¹»-¿]")
_SIGNS_IN_WORDS = re.compile(rf"(?<=[^\W\d_]){_SIGN_IN_WORD.pattern}+(?=[^\W\d_])")
_MAX_SIGNS_SHARE = 0.03  # of the characters: other alphabets in the wrong encoding have more
_GLYPH_NAMES = re.compile(r"/[a-zA-Z]{1,3}\d{1,5}(?=/|\s|\Z)")
_MOJIBAKE = re.compile("[ÂÃ][\u0080-\u00bf]|â€[\u0080-\u00bf\u2010-\u203a™œ]?|[ÐÑ][\u0080-\u00bf]")
_SYMBOL = re.compile(r"[!\"#$%&'()+,:;<>?@\[\\\]^`{}~]")
_MAX_SYMBOL_SHARE = 0.5
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIN_WORDS = 30  # to judge a text by
_MAX_BAD_WORDS = 0.3  # share of words in letters of several scripts, or of mojibake
_MIN_STOP_WORDS = 0.03  # share in running text of the languages with stop words
_MIN_STOP_WORDS_SURELY = 0.15  # more than other letters give by chance
_MAX_RARE_PAIRS = 0.38  # share of pairs of letters: languages have up to .3, other letters .44
_MIN_PAIR_WORDS = 20  # distinct ones, to judge pairs of letters by
_MAX_BITS = 5.3  # of cross-entropy a letter: abbreviations in capitals have less
_CHUNK_WORDS = 200
_MAX_BAD_CHUNKS = 0.5
# Frequency of letters, in percent, on average over European languages.
_SHARES = "13 9.5 8 7.5 7.5 6.5 6.5 6.5 4.5 4 4 4 3 2.5 2.5 2 1.6 1.6 1.5 1.3 1.3 1.3 1 .7 .5 .3"
_LETTER_SHARES = dict(zip("eaionrtslucdmphgkvbfzywjqx", map(float, _SHARES.split()), strict=True))
_COMMON_HAN = frozenset("的一是不了在人有我他這这中大来來上个個国國和地到出也之而其以為为年月日")
_MIN_COMMON_HAN = 0.01  # share of the characters in Chinese text; it is .1 mostly
_HAN = re.compile("[\u4e00-\u9fff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7a3]")
_MIN_LETTERS = 120


def no_text(page_count: int, *, has_images: bool, has_fields: bool = False) -> ReadError:
    """Return the error for pages without text; a form or comments may hold some."""
    pages = f"its {page_count:,} pages contain" if page_count > 1 else "its only page contains"
    if has_fields:
        return ReadError(f"{pages} text only in form fields or comments; {_PRINT}")
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


def _has_stop_words(words: Sequence[str], share: float = _MIN_STOP_WORDS) -> bool:
    """Return whether a text has as many stop words as running text of some language."""
    count = sum(word.casefold() in COMMON_WORDS for word in words)
    return count > share * max(1, len(words))


def _is_garbled(text: str, chars: int, words: Sequence[str]) -> bool:
    names = _GLYPH_NAMES.findall(text)
    has_names = sum(map(len, names)) > _MAX_UNMAPPED_SHARE * chars
    if has_names or _has_unusual_han(text):  # written without spaces, it has few words
        return True
    if len(words) < _MIN_WORDS:
        return False
    if _is_mojibake(text, chars, words):
        return True
    if sum(map(_is_mixed, words)) > _MAX_BAD_WORDS * len(words):
        return True
    if not _has_stop_words(words) and len(_SYMBOL.findall(text)) > _MAX_SYMBOL_SHARE * chars:
        return True
    chunks = [words[start : start + _CHUNK_WORDS] for start in range(0, len(words), _CHUNK_WORDS)]
    bad = sum(
        not _has_stop_words(chunk, _MIN_STOP_WORDS_SURELY) and _has_unusual_letters(chunk)
        for chunk in chunks
    )
    return bad > _MAX_BAD_CHUNKS * len(chunks)


def _is_mojibake(text: str, chars: int, words: Sequence[str]) -> bool:
    """Return whether a text was decoded wrongly: words of accented letters, signs in words."""
    if len(_MOJIBAKE.findall(text)) > _MAX_BAD_WORDS / 3 * len(words):
        return True
    letters = "".join(words)
    is_accented = len(_ACCENTED.findall(letters)) > _MAX_ACCENTED_SHARE * len(letters)
    return is_accented or len(_SIGNS_IN_WORDS.findall(text)) > _MAX_SIGNS_SHARE * chars


def _is_mixed(word: str) -> bool:
    """Return whether a word has letters of several alphabets."""
    return len({_script(char) for char in word} - _JOINED_SCRIPTS) > 1


_JOINED_SCRIPTS = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "MODIFIER", "IDEOGRAPHIC"}


def _script(char: str) -> str:
    return "LATIN" if char.isascii() else name(char, "UNKNOWN").split()[0]


def _has_unusual_letters(words: Sequence[str]) -> bool:
    """Return whether Latin letters follow each other as in no language."""
    distinct = {*words}
    lower = [word for word in distinct if not word.isupper() and len(word) > 2]
    if 2 * len(lower) < len(distinct):
        return _has_unusual_capitals(distinct)
    rare = [pair not in _common_pairs() for word in lower for pair in _pairs(word)]
    return len(lower) >= _MIN_PAIR_WORDS and sum(rare) > _MAX_RARE_PAIRS * max(1, len(rare))


def _has_unusual_capitals(words: Iterable[str]) -> bool:
    """Return whether letters of words in capitals are so rare or frequent as in no language."""
    letters = [letter for word in words for letter in _latin(word)]
    if len(letters) < _MIN_LETTERS:
        return False
    total = sum(_LETTER_SHARES.values())
    bits = sum(log2(total / _LETTER_SHARES[letter]) for letter in letters) / len(letters)
    return bits > _MAX_BITS


def _has_unusual_han(text: str) -> bool:
    """Return whether a Chinese text lacks the most frequent characters."""
    characters = _HAN.findall(text)
    if len(characters) < _MIN_LETTERS or 2 * len(characters) < len(text) - text.count(" "):
        return False
    common = sum(character in _COMMON_HAN for character in characters)
    return common < _MIN_COMMON_HAN * len(characters) and not _KANA_OR_HANGUL.search(text)


@cache
def _common_pairs() -> frozenset[str]:
    """Return the pairs of letters in the stop words of all languages."""
    return frozenset(pair for word in COMMON_WORDS for pair in _pairs(word))


def _pairs(word: str) -> Iterator[str]:
    letters = _latin(word)
    yield from map("".join, pairwise(letters))


def _latin(word: str) -> str:
    """Return the basic letters of a word in Latin letters."""
    return "".join(char for char in normalize("NFKD", word.casefold()) if char in _LETTER_SHARES)
