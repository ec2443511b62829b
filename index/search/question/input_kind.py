"""Recognize input that is not a question: small talk, texts, scripts that no article uses.

Such input gets a fitting reply instead of the nearest passage.
"""

import re
from collections.abc import Iterable

from index.search.question.small_talk import classify_small_talk
from index.text.language import has_letter_of
from index.text.tokenize import content_terms, question_terms, vague_terms
from index.text.words.stop_words import STOP_WORDS
from index.types import InputKind

MAX_QUESTION_TERMS = 64  # content terms; longer input is a text, not a question
_MAX_VAGUE_WORDS = 8  # more words say what a question is about

# "Write me a poem", in languages that are often typed: quotations cannot do it.
_ASKS_TO_WRITE = re.compile(
    r"\b(?:(?:write|draft|compose) me|schreibe? (?:mir|uns)"
    r"|(?:fasse?|übersetze?) (?:alles|das|dies|es|mir|uns)\b|escr[ií]be(?:me|nos)"
    r"|redacta(?:me|nos)|[ée]cri(?:s|vez)[- ](?:moi|nous)"
    r"|escrev[ae](?:-me| para mim)|scriv(?:imi|ici)|schrijf (?:me|mij|ons)|napisz (?:mi|nam)"
    r"|напиши(?:те)? (?:мне|нам))\b",
    re.IGNORECASE,
)


def classify_input(question: str, languages: Iterable[str] | None) -> InputKind | None:
    """Return the kind of input, or None for a plain question.

    ``languages`` are those of the articles (ISO 639-1), None if the encoder is multilingual.
    """
    if small_talk := classify_small_talk(question, languages):
        return small_talk
    if not any(character.isalpha() for character in question):
        return InputKind.NO_WORDS
    if languages is not None and not has_letter_of(question, languages):
        return InputKind.OTHER_SCRIPT
    if len(content_terms(question, "en")) > MAX_QUESTION_TERMS:
        return InputKind.TEXT
    return InputKind.ONE_WORD if len(question_terms(question, "en")[0]) == 1 else None


def names_subject(question: str) -> bool:
    """Return whether the question says what it is about: not "how is that done", "wie geht das"."""
    if len(question.split()) > _MAX_VAGUE_WORDS:
        return True
    terms = {language: question_terms(question, language)[0] for language in STOP_WORDS}
    return not any(vague_terms(language).issuperset(terms[language]) for language in terms)


def asks_to_write(question: str) -> bool:
    """Return whether the question tells the bot to write something, which no quote answers."""
    return _ASKS_TO_WRITE.search(question) is not None
