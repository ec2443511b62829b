"""Texts that are no questions: a greeting, a smiley, a script that no article is written in.

They get a fitting reply instead of the passage that happens to be nearest.
"""

import unicodedata
from collections.abc import Iterable

from index.text.tokenize import content_terms, terms
from index.types import InputKind

_TEXT_WORDS = 64  # content words; what has more is a text, not a question

_SALUTES = frozenset(
    (
        "hello hi hey hiya howdy yo greetings bye goodbye cheers thanks thank thx ty ok okay cool"
        " nice great lol morning evening night afternoon hallo moin servus tag abend danke tschüss"
        " hola buenos buenas gracias adiós adios bonjour bonsoir salut merci привет здравствуйте"
        " спасибо 你好 谢谢 再见 help hilfe ayuda помощь"
    ).split()
)
_BESIDE_SALUTES = frozenset(
    (
        "welcome good day you please sorry there all everyone everybody bot quoth how are is it me"
        " going doing what's whats up guten morgen bitte días dias tardes noches"
    ).split()
)

# The script of each language that is not written in Latin letters, as Unicode names letters.
_SCRIPTS = {
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "be", "kk", "mn"), ("CYRILLIC",)),
    **dict.fromkeys(("ar", "fa", "ur", "ps"), ("ARABIC",)),
    **dict.fromkeys(("hi", "mr", "ne"), ("DEVANAGARI",)),
    **dict.fromkeys(("he", "yi"), ("HEBREW",)),
    "zh": ("CJK",),
    "ja": ("CJK", "HIRAGANA", "KATAKANA"),
    "ko": ("HANGUL", "CJK"),
    "el": ("GREEK",),
    "th": ("THAI",),
    "hy": ("ARMENIAN",),
    "ka": ("GEORGIAN",),
    "ta": ("TAMIL",),
    "te": ("TELUGU",),
    "bn": ("BENGALI",),
}
_LATIN = "LATIN"
_PUNCTUATION = '!?.,;:¡¿…()"“”„«»*_~。！？，'


def classify_input(question: str, languages: Iterable[str] | None) -> InputKind | None:
    """What kind of text this is, when it is no plain question.

    ``languages`` are those of the articles (ISO 639-1), None when the encoder crosses languages.
    """
    letters = [character for character in question if character.isalpha()]
    if not letters:
        return InputKind.NO_WORDS
    words = {word.strip(_PUNCTUATION) for word in question.casefold().split()} - {""}
    if words & _SALUTES and words <= _SALUTES | _BESIDE_SALUTES:
        return InputKind.GREETING
    if languages is not None and not _readable(letters, languages):
        return InputKind.OTHER_SCRIPT
    if len(content_terms(question, "en")) > _TEXT_WORDS:
        return InputKind.TEXT
    return InputKind.ONE_WORD if len(terms(question, "en")) == 1 else None


def _readable(letters: list[str], languages: Iterable[str]) -> bool:
    """Whether some letter is of a script that an article is written in, or of Latin names in it."""
    scripts = {script for language in languages for script in _SCRIPTS.get(language, (_LATIN,))}
    return any(_script(letter) in scripts for letter in letters)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]
