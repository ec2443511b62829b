"""Recognize input that is not a question: greetings, emoji, scripts that no article uses.

Such input gets a fitting reply instead of the nearest passage.
"""

from collections.abc import Iterable

from index.text.language import has_letter_of
from index.text.tokenize import content_terms, terms
from index.types import InputKind

MAX_QUESTION_TERMS = 64  # content terms; longer input is a text, not a question

_GREETINGS = frozenset(
    (
        "hello hi hey hiya howdy yo greetings bye goodbye cheers thanks thank thx ty ok okay cool"
        " nice great lol morning evening night afternoon hallo moin servus tag abend danke tschüss"
        " hola buenos buenas gracias adiós adios bonjour bonsoir salut merci привет здравствуйте"
        " спасибо 你好 谢谢 再见 help hilfe ayuda помощь"
    ).split()
)
_GREETING_FILLERS = frozenset(
    (
        "welcome good day you please sorry there all everyone everybody bot quoth how are is it me"
        " going doing what's whats up guten morgen bitte días dias tardes noches"
    ).split()
)
_PUNCTUATION = '!?.,;:¡¿…()"“”„«»*_~。！？，'


def classify_input(question: str, languages: Iterable[str] | None) -> InputKind | None:
    """Return the kind of input, or None for a plain question.

    ``languages`` are those of the articles (ISO 639-1), None if the encoder is multilingual.
    """
    if not any(character.isalpha() for character in question):
        return InputKind.NO_WORDS
    words = {word.strip(_PUNCTUATION) for word in question.casefold().split()} - {""}
    if words & _GREETINGS and words <= _GREETINGS | _GREETING_FILLERS:
        return InputKind.GREETING
    if languages is not None and not has_letter_of(question, languages):
        return InputKind.OTHER_SCRIPT
    if len(content_terms(question, "en")) > MAX_QUESTION_TERMS:
        return InputKind.TEXT
    return InputKind.ONE_WORD if len(terms(question, "en")) == 1 else None
