"""The kind of answer that a question wants, and what of each kind a sentence has.

Rough by intent: a pattern says only that a sentence *could* answer "when", and the weights that
were fitted say how much that is worth. After Li & Roth, "Learning Question Classifiers",
COLING 2002.
"""

import re
from enum import StrEnum
from functools import lru_cache


class AnswerType(StrEnum):
    """What a question asks for."""

    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"
    NAME = "name"
    PLACE = "place"
    REASON = "reason"


# The first that matches decides.
_WANTED = (
    (AnswerType.PERCENT, r"\bpercent|\bper cent|prozent|процент|百分"),
    (
        AnswerType.DATE,
        r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b|\bhow old\b"
        r"|\bwann\b|\bin welchem jahr|\bкогда\b|\bв каком году|什么时候|何时|哪一?年"
        r"|\bcuándo\b|\bquand\b",
    ),
    (
        AnswerType.NUMBER,
        r"\bhow (?:many|much|long|far|tall|large|big|often|high|fast|deep|wide|heavy)\b"
        r"|\bwhat (?:number|amount|size|age|population|distance|length|height)\b"
        r"|\bwie ?viel|\bсколько\b|多少|几|\bcuánt|\bcombien\b",
    ),
    (
        AnswerType.NAME,
        r"\b(?:who|whose|whom)\b|\bname of\b|\b(?:what|which) (?:person|man|woman|company|group"
        r"|team|band|organi[sz]ation|actor|singer|author)\b"
        r"|\b(?:wer|wem|wen)\b|\bкто\b|\bкого\b|\bquién|\bqui\b",
    ),
    (
        AnswerType.PLACE,
        r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|location|county|region|town|area"
        r"|continent|river)\b|\bwo\b|\bwohin\b|\bгде\b|\bdónde\b|\boù\b",
    ),
    (AnswerType.REASON, r"\bwhy\b|\bwhat (?:caused|reason)|\bwarum\b|\bпочему\b|为什么"),
)
_QUESTIONS = tuple((kind, re.compile(pattern)) for kind, pattern in _WANTED)

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_SENTENCES = {
    AnswerType.NUMBER: re.compile(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand"
        r"|million|billion|dozen|half|third|twice|once|double)\b",
        re.IGNORECASE,
    ),
    AnswerType.DATE: re.compile(
        rf"\b1\d{{3}}|\b20\d\d|\bcentur(?:y|ies)\b|\b\d{{1,4}}s\b|\b\d+ (?:bc|ad|years)\b"
        rf"|\b(?:{_MONTHS})\b|\d年",
        re.IGNORECASE,
    ),
    AnswerType.PERCENT: re.compile(r"%|percent|per cent|prozent|процент", re.IGNORECASE),
    AnswerType.PLACE: re.compile(
        r"\b(?:in|at|near|from|to|of|across|around|outside|between|on|through)"
        r"\s(?:the\s)?(?:\w+\s)?[A-Z]"
    ),
    AnswerType.REASON: re.compile(
        r"\b(?:because|due to|so that|in order to|as a result|since|therefore|caused?"
        r"|result(?:s|ed|ing)? (?:in|from)|leads? to|led to|to avoid|allow(?:s|ed|ing)?)\b",
        re.IGNORECASE,
    ),
}
_CALLED = re.compile(
    r"\b(?:call|name|term|title|nickname)(?:s|d|ed)?\b|\bknown\b|\breferred\b|\bword\b"
    r"|\bheiß(?:t|en)\b|\b(?:be|ge)nannt\b|\bназыва\w+|\bназван\w*|称为|叫做?|名称|名字",
    re.IGNORECASE,
)
_CALLS = re.compile(rf"{_CALLED.pattern}|\bdubbed\b|\bso-called\b|[\"“„«「(]", re.IGNORECASE)
_NOBODY = re.compile(  # written with a capital all the same
    r"i(?:['’](?:d|ll|m|ve))?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|january|february|march|april|may|june|july|august|september|october|november|december",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"(?<!^)(?<![.!?“\"] )\b[A-ZÄÖÜА-Я][\w'’-]*")


@lru_cache(maxsize=1024)
def expected_answer_type(question: str) -> AnswerType | None:
    """The kind of answer that ``question`` wants, where its words tell."""
    asked = question.casefold()
    return next((kind for kind, pattern in _QUESTIONS if pattern.search(asked)), None)


def answer_types_in(sentence: str) -> frozenset[AnswerType]:
    """The kinds that ``sentence`` has; names need the question and are counted by ``names``."""
    return frozenset(kind for kind in _SENTENCES if has_answer_type(kind, sentence))


@lru_cache(maxsize=4096)
def has_answer_type(kind: AnswerType, sentence: str) -> bool:
    """Whether ``sentence`` has what could answer a question for ``kind``, which is no name."""
    return bool(_SENTENCES[kind].search(sentence))


def asks_what_called(question: str) -> bool:
    """Whether ``question`` wants to know what something is called."""
    return bool(_CALLED.search(question))


@lru_cache(maxsize=4096)
def says_what_called(sentence: str) -> bool:
    """Whether ``sentence`` says of something what it is called, or has words in quotes."""
    return bool(_CALLS.search(sentence))


def names(sentence: str) -> list[str]:
    """Capitalised words that do not open the sentence, in order, but I, days and months."""
    return [word for word in _CAPITALISED.findall(sentence) if not _NOBODY.fullmatch(word)]
