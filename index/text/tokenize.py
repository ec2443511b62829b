"""Tokenize text into the terms that the BM25 index and the ranking compare.

A term is a folded, stemmed word. Scripts written without spaces, and Korean, which joins words
freely, are split into pairs of neighbouring characters: they need no dictionary and match about as
well as words.
"""

import re
import threading
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise

import regex
import Stemmer
from rapidfuzz.distance import OSA, Prefix

from index.text.folding import fold
from index.text.identifiers import identifiers
from index.text.words.stop_words import STOP_WORDS, VAGUE_WORDS

# ISO 639-1 codes of the languages that Snowball stems.
_STEMMED_LANGUAGES = frozenset(
    "ar ca cs da de el en eo es et eu fa fi fr ga hi hu hy id it lt ne nl no pl pt ro ru sr st sv"
    " ta tr yi".split()
)
# Written standards that Snowball stems under another name.
_STEMMER_ALIASES = {"nb": "no", "nn": "no", "bs": "sr", "hr": "sr"}

# Scripts written without spaces between words: Han and kana, and those that Unicode's line
# breaking calls "complex context" (SA): Thai, Lao, Khmer, Burmese and their relatives.
_UNSPACED = r"[\p{Script=Han}\u3040-\u30ff\p{Line_Break=SA}&&[\p{L}\p{M}]]"
_PAIRED = rf"(?:{_UNSPACED}|\p{{Hangul}})"
_LETTER = rf"(?!{_PAIRED})[\p{{L}}\p{{Nl}}\p{{No}}]"
_LETTERS = rf"{_LETTER}(?:{_LETTER}|\p{{M}})*"
_WORD = regex.compile(
    rf"{_UNSPACED}+|\p{{Hangul}}+"
    r"|\d+(?:st|nd|rd|th)\b|\d+(?:[.,]\d+)*"  # 3rd, 3.14 and 38,907 are single words
    rf"|{_LETTERS}(?:'{_LETTERS})?",
    regex.V1,
)
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:st|nd|rd|th)\b|\d+(?:[.,]\d+)*", re.ASCII)
_PAIRED_WORD = regex.compile(_PAIRED, regex.V1)
_KOREAN_PARTICLE = regex.compile(
    r"(?<=\p{Hangul})(?:은|는|을|를|와|과|에|로|에서|에게|까지|부터|으로)$|(?<=\p{Hangul}{2})(?:이|가|의|도|만|나"
    r"|들|들은|들이|들을|들의|에는|에도|에서는|에서도|에게서|으로서|으로써|에서부터|으로부터|로는|이나|처럼|보다"
    r"|마다|조차|이라|라는|라고|이라는|이라고)$"
)
# A letter with its marks, the consonants below it, and the vowels that Thai and Lao write around
# it on the line.
_CLUSTER = regex.compile(
    r"[\u0e40-\u0e44\u0ec0-\u0ec4]?\w"
    r"(?:[\u1039\u17d2]\w|\p{M}|[\u0e30\u0e32\u0e45\u0eb0\u0eb2])*"
)
_ELIDED_ARTICLE = regex.compile(
    r"^(?:[ldjmtscn]|qu|jusqu|lorsqu|puisqu|quelqu|dell|nell|sull|all|dall|un)'"
)
_POSSESSIVE = regex.compile(r"'s?$")
_LANGUAGES_WITH_ELISION = frozenset({"fr", "it", "ca"})
_MAX_TERM_CHARS = 60  # longer strings are not words, and tantivy rejects terms above 64 KiB

MIN_SHARED_PREFIX = 4  # letters; shorter common prefixes do not make two terms similar
_MIN_SHARED_PREFIX_RATIO = 0.6  # of the longer term
MIN_TYPO_CHARS = 5  # in shorter terms, one changed letter often makes another word

# English number words and the figures they equal, so that "World War 2" matches "World War II".
# "One" is left out as a pronoun, and so are Roman numerals that are also words or letters.
_NUMBER_WORDS = """
    two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12
    first 1st second 2nd third 3rd fourth 4th fifth 5th sixth 6th seventh 7th eighth 8th ninth 9th
    tenth 10th eleventh 11th twelfth 12th ii 2 iii 3 iv 4 vii 7 viii 8 ix 9 xii 12
""".split()


def terms(text: str, language: str) -> list[str]:
    """Return the terms of ``text``: its words in order, with stop words, then its identifiers."""
    return word_terms(text, language) + identifier_terms(text, language)


def identifier_terms(text: str, language: str) -> list[str]:
    """Return the terms of the identifiers of ``text``: their humps, and their whole forms."""
    result: list[str] = []
    for whole, humps in identifiers(text):
        result.extend(_stem(hump.casefold(), language) for hump in humps)
        if whole:
            result.append(whole[:_MAX_TERM_CHARS])
    return result


def word_terms(text: str, language: str) -> list[str]:
    """Return the terms of the words of ``text`` in order, with repetitions and stop words."""
    folded = fold(text, language)
    if folded.isascii():  # most English text; the same, several times as fast
        return [_stem(word, language) for word in _ASCII_WORD.findall(folded)]
    result: list[str] = []
    for word in _WORD.findall(folded):
        if not word.isascii() and _PAIRED_WORD.match(word):
            result.extend(_pairs(_KOREAN_PARTICLE.sub("", word)))
        else:
            result.append(_stem(word, language))
    return result


@lru_cache(maxsize=128)  # several stages ask for the terms of the same question, or title
def question_terms(text: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the terms of a short text's words in order, and of its identifiers."""
    return tuple(word_terms(text, language)), tuple(identifier_terms(text, language))


@lru_cache(maxsize=128)
def content_terms(text: str, language: str) -> tuple[str, ...]:
    """Return the distinct terms of a question without its stop words, in order.

    A question of nothing but stop words keeps them: "To be or not to be" can be found.
    """
    words, of_identifiers = question_terms(text, language)
    all_terms = tuple(dict.fromkeys(words + of_identifiers))
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
        and longer >= MIN_TYPO_CHARS
        and OSA.distance(term, other, score_cutoff=max_typos) <= max_typos
    )


@cache
def stop_terms(language: str) -> frozenset[str]:
    """Return the stems of the stop words of ``language``, empty if there is no list for it."""
    return frozenset(_stem(word, language) for word in STOP_WORDS.get(language, "").split())


@cache
def vague_terms(language: str) -> frozenset[str]:
    """Return the stems of the words of ``language`` that do not say what a question is about."""
    words = VAGUE_WORDS.get(language, "").split()
    return stop_terms(language).union(_stem(word, language) for word in words)


def _pairs(word: str) -> Iterator[str]:
    """Yield the pairs of neighbouring characters of a word, or its only character."""
    clusters = _CLUSTER.findall(word)
    if len(clusters) == 1:
        return iter(clusters)
    return map("".join, pairwise(clusters))


_local = threading.local()  # a Snowball stemmer must not be shared between threads


@lru_cache(maxsize=8_000)
def _stem(word: str, language: str) -> str:
    word = word[:_MAX_TERM_CHARS]
    if language == "en":
        word = _POSSESSIVE.sub("", word)
    elif language in _LANGUAGES_WITH_ELISION:
        word = _ELIDED_ARTICLE.sub("", word) or word
    code = _STEMMER_ALIASES.get(language, language)
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
