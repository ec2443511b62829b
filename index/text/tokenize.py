"""Tokenize text into the terms that the BM25 index and the ranking compare.

A term is a casefolded, stemmed word. Scripts written without spaces are split into character
bigrams, which need no dictionary and match about as well as words.
"""

import re
import threading
import unicodedata
from functools import cache, lru_cache

import Stemmer
from rapidfuzz.distance import OSA, Prefix

from index.text.stopwords import STOP_WORDS

# ISO 639-1 codes of the languages that Snowball stems.
_STEMMED_LANGUAGES = frozenset(
    "ar ca da de el en es et eu fi fr ga hi hu hy id it lt ne nl no pt ro ru sr sv ta tr yi".split()
)
_NORWEGIAN = frozenset({"nb", "nn"})  # written standards that Snowball stems as "no"

# Han, kana, Thai, Lao, Khmer and Burmese are written without spaces between words.
_UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\U00020000-\U0003ffff"
)
_WORD = re.compile(
    rf"[{_UNSPACED}]+"
    r"|\d+(?:st|nd|rd|th)\b|\d+(?:[.,]\d+)*"  # 3rd, 3.14 and 38,907 are single words
    rf"|(?:(?![{_UNSPACED}\d_])\w)+(?:'(?![{_UNSPACED}\d_])\w+)?"
)
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")  # u.s. and p.m. become us and pm
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # 38,907 becomes 38907
_APOSTROPHES = str.maketrans("’ʼ＇‘", "''''")
_ELIDED_ARTICLE = re.compile(
    r"^(?:[ldjmtscn]|qu|jusqu|lorsqu|puisqu|quelqu|dell|nell|sull|all|dall|un)'"
)
_LANGUAGES_WITH_ELISION = frozenset({"fr", "it", "ca"})
_UNSPACED_CHARACTER = re.compile(rf"[{_UNSPACED}]")
_MAX_TERM_CHARS = 60  # longer strings are not words, and tantivy rejects terms above 64 KiB

MIN_SHARED_PREFIX = 4  # letters; shorter common prefixes do not make two terms similar
_MIN_SHARED_PREFIX_RATIO = 0.6  # of the longer term
_MIN_TYPO_CHARS = 5  # in shorter terms, one changed letter often makes another word

# English number words and the figures they equal, so that "World War 2" matches "World War II".
# "One" is left out as a pronoun, and so are Roman numerals that are also words or letters.
_NUMBER_WORDS = """
    two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12
    first 1st second 2nd third 3rd fourth 4th fifth 5th sixth 6th seventh 7th eighth 8th ninth 9th
    tenth 10th eleventh 11th twelfth 12th ii 2 iii 3 iv 4 vii 7 viii 8 ix 9 xii 12
""".split()


def terms(text: str, language: str) -> list[str]:
    """Return the terms of ``text`` in order, with repetitions and stop words."""
    result: list[str] = []
    for word in _WORD.findall(_normalize(text, language)):
        if _UNSPACED_CHARACTER.match(word):
            result.extend(word[i : i + 2] for i in range(max(1, len(word) - 1)))  # bigrams
        else:
            result.append(_stem(word, language))
    return result


@lru_cache(maxsize=1024)  # several stages ask for the terms of the same question
def content_terms(text: str, language: str) -> tuple[str, ...]:
    """Return the distinct terms of a question without its stop words, in order.

    A question of nothing but stop words keeps them: "To be or not to be" can be found.
    """
    all_terms = tuple(dict.fromkeys(terms(text, language)))
    return tuple(term for term in all_terms if term not in stop_terms(language)) or all_terms


def is_similar_term(term: str, other: str, *, allow_typos: bool) -> bool:
    """Return whether two terms probably belong to one word family, such as resurg and resurgen.

    They must share a prefix of at least four letters and six tenths of the longer term, or, with
    ``allow_typos``, differ by one typo (two from eight letters on): a letter inserted, dropped,
    changed or swapped with its neighbour (optimal string alignment distance).
    """
    longer = max(len(term), len(other))
    shared_prefix = Prefix.similarity(term, other)
    if shared_prefix >= max(MIN_SHARED_PREFIX, _MIN_SHARED_PREFIX_RATIO * longer):
        return True
    max_typos = 1 if longer < 8 else 2
    return (
        allow_typos
        and longer >= _MIN_TYPO_CHARS
        and OSA.distance(term, other, score_cutoff=max_typos) <= max_typos
    )


@cache
def stop_terms(language: str) -> frozenset[str]:
    """Return the stems of the stop words of ``language``, empty if there is no list for it."""
    return frozenset(_stem(word, language) for word in STOP_WORDS.get(language, "").split())


def _normalize(text: str, language: str) -> str:
    """Unify spellings that differ in Unicode form, case, apostrophes, dots or digit grouping."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    if language == "en" and not text.isascii():  # many people type Rontgen for Röntgen
        text = "".join(
            c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)
        )
    text = _ABBREVIATION.sub(lambda match: match[0].replace(".", ""), text)
    return _THOUSANDS.sub("", text)


_local = threading.local()  # a Snowball stemmer must not be shared between threads


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    word = word[:_MAX_TERM_CHARS]
    if language == "en":
        word = re.sub(r"'s?$", "", word)
    elif language in _LANGUAGES_WITH_ELISION:
        word = _ELIDED_ARTICLE.sub("", word) or word
    code = "no" if language in _NORWEGIAN else language
    is_stemmed = code in _STEMMED_LANGUAGES and not word[0].isdigit()
    stem = _stemmer(code).stemWord(word) if is_stemmed else word
    return _figures().get(stem, stem) if language == "en" else stem


@cache
def _figures() -> dict[str, str]:
    """Map the stems of English number words to figures."""
    stems = _stemmer("en").stemWords(_NUMBER_WORDS[::2])
    return dict(zip(stems, _NUMBER_WORDS[1::2], strict=True))


def _stemmer(language: str) -> Stemmer.Stemmer:
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(language, 0)
    return stemmers[language]
