"""Compute what ranking needs to know of a passage, once, when the index is built.

Nothing here depends on a question: terms, names and the kinds of answer that a sentence may give.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from itertools import chain

from index.search.question.answer_types import AnswerType, answer_types_in, gives_name, proper_names
from index.text.spans import introduces
from index.text.tokenize import (
    content_terms,
    identifier_terms,
    question_terms,
    stop_terms,
    terms,
    word_terms,
)

_PRONOUN = re.compile(
    r"\W*(?:it|its|he|his|she|her|they|their|this|these|those|such|both"
    r"|er|sie|es|ihr|ihre|sein|seine|dies\w*|он|она|оно|они|его|ее|её|их|это|эти|它|他|她|这|其)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(  # a table's header, or a question
    r"\n[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|[ \t:|-]*\Z|[?\uff1f\u061f\u2e2e][*_\s]*\Z"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*?)[ \t#]*$", re.MULTILINE)
_BLOCKS = re.compile(  # code, list items, or a blank line between blocks
    r"```|~~~|`[^`\n]+`|^(?: {4}|\t)\S|^[ \t>]*(?:[-*+]|\d+[.)])[ \t]|\n[ \t>]*\n", re.MULTILINE
)

_QUESTION_MARKS = ("?", "？", "؟", "⸮")  # Chinese and Japanese; Arabic
_LINK = re.compile(r"\[[^\]\n]+\]|`[^`\n]+ <[^<>\n]+>`_|:(?:doc|ref):`|https?://")
_LINK_TARGET = re.compile(r"(?<=\])(?:\([^()\n]*\)|\[[^\]\n]*\])|https?://\S+")
# Of a link to another page or section: it repeats the title of what answers, but is not shown.
_INNER_TARGET = re.compile(r"(?<=\])\((?!https?:|\w*\))[^()\s]*+\)")
_REFERENCE = re.compile(
    r"\b(?:see|read|check|refer to|learn more|find out more|look at|visit|consult"
    r"|(?:more|further|full) (?:information|details|documentation))\b",
    re.IGNORECASE,
)
_OPENS_WITH_REFERENCE = re.compile(  # "For more on tags, see the manual."
    r"\W*(?:(?:please|also|for|to)\b[^.,]{0,80},? )?"
    r"(?:see|refer to|learn more|find out more|consult)\b",
    re.IGNORECASE,
)
_MIN_REFERRING_SHARE = 1 / 2  # of the words of a passage that points elsewhere
_RELEASE_NOTES = re.compile(  # titles of articles
    r"\bchange ?log\b|\b(?:patch|release) ?notes\b|\brelease history\b|\bversion history\b"
    r"|\bwhat['’]?s new\b|\b(?:änderungs(?:protokoll|verlauf)|versionshinweise|versionshistorie)\b"
    r"|\bnotas de (?:la )?versi[oó]n\b|\bregistro de cambios\b|\bnotes? de version\b"
    r"|\bjournal des modifications\b|\bnote di rilascio\b|\bсписок изменений\b"
    r"|更新日志|变更日志|發行說明|发行说明|リリースノート|変更履歴",
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])[ \t]", re.MULTILINE)


class PassageTrait(IntFlag):
    """Properties of a passage, stored in one number."""

    HAS_BLOCKS = 1  # code, lists or several blocks, as documentation has them
    HAS_LIST = 2
    ENDS_WITH_QUESTION = 4  # a quiz, a survey: it asks, and another passage answers
    POINTS_ELSEWHERE = 8  # "To learn more, see …": it says where to read on, and no more
    IS_RELEASE_NOTE = 16  # "Added icons": it says what has changed, not how something is done


class SentenceTrait(IntFlag):
    """Properties of a sentence, stored in one number."""

    HAS_NUMBER = 1
    HAS_DATE = 2
    HAS_PERCENT = 4
    HAS_PLACE = 8
    HAS_REASON = 16
    GIVES_NAME = 32
    OPENS_WITH_PRONOUN = 64
    IS_TITLE = 128  # of what follows: a table's header, a question before its answer
    IS_INTRODUCTION = 256  # announces the next: "Run this:"


TRAIT_BY_TYPE = {
    AnswerType.NUMBER: SentenceTrait.HAS_NUMBER,
    AnswerType.DATE: SentenceTrait.HAS_DATE,
    AnswerType.PERCENT: SentenceTrait.HAS_PERCENT,
    AnswerType.PLACE: SentenceTrait.HAS_PLACE,
    AnswerType.REASON: SentenceTrait.HAS_REASON,
}
_TRAIT_VALUES = {kind: trait.value for kind, trait in TRAIT_BY_TYPE.items()}
_GIVES_NAME = SentenceTrait.GIVES_NAME.value
_OPENS_WITH_PRONOUN = SentenceTrait.OPENS_WITH_PRONOUN.value
_IS_TITLE = SentenceTrait.IS_TITLE.value
_IS_INTRODUCTION = SentenceTrait.IS_INTRODUCTION.value


@dataclass(frozen=True, slots=True)
class SentenceTerms:
    """The words of a sentence in order, its identifiers, and the distinct terms of its names.

    ``non_stop_count`` is the number of distinct terms other than stop words.
    """

    words: list[str]
    identifiers: list[str]
    names: tuple[str, ...]
    non_stop_count: int
    traits: SentenceTrait

    @property
    def terms(self) -> list[str]:
        """The terms of the words, then of the identifiers."""
        return self.words + self.identifiers


@dataclass(frozen=True, slots=True)
class Heading:
    """The titles above a passage, in one language, and their distinct content terms.

    The first ``article_terms`` of these are in the title of its article, the others in those of
    its section and so on.
    """

    text: str
    language: str
    terms: tuple[str, ...]
    article_terms: int = 0


@dataclass(frozen=True, slots=True)
class PassageTerms:
    """The terms of a passage, in all and by sentence, and its heading."""

    terms: list[str]
    sentences: tuple[SentenceTerms, ...]
    heading: Heading
    traits: PassageTrait


def parse_passage(
    text: str, sentences: Sequence[str], heading: str, language: str, title: str = ""
) -> PassageTerms:
    """Return the terms of a passage, its ``sentences`` and its ``heading``.

    ``heading`` begins with ``title``, that of the article.
    """
    headings = frozenset(_HEADING.findall(text)) if "#" in text else frozenset()
    parsed = tuple(
        _parse_sentence(sentence, language, is_heading=sentence in headings)
        for sentence in sentences
    )
    if "".join(text.split()) == "".join("".join(sentences).split()):
        own = [word for sentence in parsed for word in sentence.words]
        own += [each for sentence in parsed for each in sentence.identifiers]
    else:  # more than sentences, such as fences
        own = terms(_INNER_TARGET.sub("", text), language)
    titles = _parse_heading(heading, language, title)
    return PassageTerms(own, parsed, titles, _passage_traits(text, sentences, title))


def _passage_traits(text: str, sentences: Sequence[str], title: str) -> PassageTrait:
    traits = PassageTrait.HAS_BLOCKS if _find_in_lines(_BLOCKS, text) else PassageTrait(0)
    if _find_in_lines(_LIST_ITEM, text):
        traits |= PassageTrait.HAS_LIST
    if text.rstrip().endswith(_QUESTION_MARKS):
        traits |= PassageTrait.ENDS_WITH_QUESTION
    if _points_elsewhere(sentences):
        traits |= PassageTrait.POINTS_ELSEWHERE
    if _RELEASE_NOTES.search(title):
        traits |= PassageTrait.IS_RELEASE_NOTE
    return traits


def _points_elsewhere(sentences: Sequence[str]) -> bool:
    """Return whether most of a passage only refers to other pages."""
    refers = [*map(_refers, sentences)]
    if not any(refers):
        return False
    sizes = [len(_LINK_TARGET.sub("", sentence).split()) for sentence in sentences]
    referring = sum(size for size, each in zip(sizes, refers, strict=True) if each)
    return referring >= _MIN_REFERRING_SHARE * sum(sizes)


def _refers(sentence: str) -> bool:
    has_link = _LINK.search(sentence) and _REFERENCE.search(sentence)
    return bool(has_link or _OPENS_WITH_REFERENCE.match(sentence))


def _find_in_lines(pattern: re.Pattern[str], text: str) -> bool:
    """Search for blocks, which begin with a line unless they are code."""
    is_plain_line = "\n" not in text and "`" not in text and "~" not in text
    return bool(pattern.match(text) if is_plain_line else pattern.search(text))


def _parse_sentence(sentence: str, language: str, *, is_heading: bool) -> SentenceTerms:
    shown = _INNER_TARGET.sub("", sentence) if "](" in sentence else sentence
    words, identifiers = word_terms(shown, language), identifier_terms(shown, language)
    return SentenceTerms(
        words=words,
        identifiers=identifiers,
        names=tuple(sorted(name_terms(sentence, language))),
        non_stop_count=len({*words, *identifiers} - stop_terms(language)),
        traits=_traits(sentence) | (SentenceTrait.IS_TITLE if is_heading else SentenceTrait(0)),
    )


@lru_cache(maxsize=64)  # an article's passages are in a row, with the same headings
def _parse_heading(text: str, language: str, title: str) -> Heading:
    of_article = frozenset(chain.from_iterable(question_terms(title, language)))
    ordered = sorted(content_terms(text, language), key=lambda term: term not in of_article)
    count = sum(term in of_article for term in ordered)
    return Heading(text, language, tuple(ordered), count)


def _traits(sentence: str) -> SentenceTrait:
    traits = sum(_TRAIT_VALUES[kind] for kind in answer_types_in(sentence))
    if gives_name(sentence):
        traits |= _GIVES_NAME
    if _PRONOUN.match(sentence):
        traits |= _OPENS_WITH_PRONOUN
    if _TITLE.search(sentence):
        traits |= _IS_TITLE
    if introduces(sentence):
        traits |= _IS_INTRODUCTION
    return SentenceTrait(traits)  # joined as numbers, several times as fast


def name_terms(sentence: str, language: str) -> frozenset[str]:
    """Return the terms of the capitalized words inside ``sentence``."""
    names = proper_names(sentence)
    return frozenset(term for name in names for term in _terms_of_name(name, language))


@lru_cache(maxsize=5_000)
def _terms_of_name(name: str, language: str) -> tuple[str, ...]:
    return tuple(word_terms(name, language))
