"""Expected answer types of questions, and the types that a sentence contains.

The types are a coarse subset of Li & Roth, "Learning Question Classifiers", COLING 2002. A pattern
only says that a sentence *could* answer "when"; the fitted weights say how much that is worth.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from index.text.words.months import ENGLISH_MONTHS, GERMAN_MONTHS


class AnswerType(StrEnum):
    """The type of answer that a question asks for."""

    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"
    NAME = "name"
    PLACE = "place"
    REASON = "reason"


# The first match decides.
_QUESTION_PATTERNS = (
    (AnswerType.PERCENT, r"\bpercent|\bper cent|prozent|процент|百分"),
    (
        AnswerType.DATE,
        r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b|\bhow old\b"
        r"|\bwann\b|\b(?:in|an|zu) welche[mr] (?:jahr|tag|datum|monat|zeit)|\bwie ?viel uhr\b"
        r"|\bwie alt\b|\bкогда\b|\bв каком году|什么时候|何时|哪一?年"
        r"|\bcuándo\b|\bquand\b",
    ),
    (
        AnswerType.NUMBER,
        r"\bhow (?:many|much|long|far|tall|large|big|often|high|fast|deep|wide|heavy)\b"
        r"|\bwhat (?:number|amount|size|age|population|distance|length|height)\b"
        r"|\bwie ?viel|\bwie (?:lange?|weit|hoch|gro(?:ß|ss)|oft|schnell|tief|breit|schwer)\b"
        r"|\bсколько\b|多少|几|\bcuánt|\bcombien\b",
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
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GERMAN_WEEKDAYS = (
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag"
)  # fmt: skip
_ASKS_FOR_NAME = re.compile(
    r"\b(?:call|name|term|title|nickname)(?:s|d|ed)?\b|\bknown\b|\breferred\b|\bword\b"
    r"|\bheiß(?:t|en)\b|\b(?:be|ge)nannt\b|\bназыва\w+|\bназван\w*|称为|叫做?|名称|名字",
    re.IGNORECASE,
)
# "What is X", "whats the difference": the opening of an article often says.
_ASKS_FOR_OVERVIEW = re.compile(
    r"\b(?:what|wat)(?:['’]?s\b| (?:is|are|does|do)\b)|\bwho (?:makes|made|is)\b|\bdifferences?\b"
    r"|\bwas (?:ist|sind|macht|bedeutet|heißt)\b(?! (?:falls|los|mit|wenn|zu)\b)"
    r"|\bwer (?:ist|sind)\b|\bunterschiede?\b|\bqué (?:es|son|hace)\b"
    r"|\bdiferencias?\b|\bqu['’]est-ce\b|\bc['’]est quoi\b|\bque fait\b|\bdifférences?\b"
    r"|\bcos['’]è\b|\bche cos|\bo que (?:é|são|faz)\b|\bwat (?:zijn|doet)\b|\bco to\b"
    r"|\bчто такое\b|\bчто делает\b|什么是|是什么|とは",
    re.IGNORECASE,
)

# Of sentences, in lower case. Looking up words is several times as fast as matching them.
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve hundred thousand million"
    " billion dozen half third twice once double"
    " zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend million millionen"
    " milliarden dutzend halb halbe drittel einmal zweimal dreimal doppelt".split()
)
_DATE_WORDS = frozenset(
    ["century", "centuries", "jahrhundert", "jahrhunderts", *_WEEKDAYS]
    + [day + end for day in _GERMAN_WEEKDAYS for end in ("", "s")]
    + [month for full in (*ENGLISH_MONTHS, *GERMAN_MONTHS) for month in (full, full[:3])]
)
_DATE_WITH_DIGITS = re.compile(
    r"\b1\d{3}|\b20\d\d|\b\d{1,4}s\b|\b\d+ (?:bc|ad|years|jahre)\b|\d年"
    r"|\b\d{1,2}(?:[:.]\d\d)? ?(?:uhr|[ap]\.?m)\b"
)
_PERCENT = re.compile("%|per ?cent|prozent|процент")
_PLACE = re.compile(  # in the sentence's own case
    r"\b(?:in|at|near|from|to|of|across|around|outside|between|on|through)"
    r"\s(?:the\s)?(?:\w+\s)?[A-Z]"
)
_REASON_WORDS = frozenset(
    "because since therefore cause caused allow allows allowed allowing"
    " weil deshalb deswegen daher wegen aufgrund damit sodass dadurch".split()
)
_REASON_PHRASE_WORDS = frozenset(
    "due so order result results resulted resulting lead leads led avoid".split()
)
_REASON_PHRASES = re.compile(
    r"\b(?:due to|so that|in order to|as a result|result(?:s|ed|ing)? (?:in|from)"
    r"|leads? to|led to|to avoid)\b"
)
_NAMING_WORDS = frozenset(
    ["known", "referred", "word", "dubbed", "heißt", "heißen", "benannt", "genannt"]
    + [
        word + end
        for word in "call name term title nickname".split()
        for end in ("", "s", "d", "ed")
    ]
)
_NAMING_MARKS = '"“„«「('
_NOT_A_NAME = re.compile(  # capitalized in English all the same
    "|".join(["i(?:['’](?:d|ll|m|ve))?", *(f"{day}s?" for day in _WEEKDAYS), *ENGLISH_MONTHS]),
    re.IGNORECASE,
)
# It begins with the letter, for which ``re`` searches fast, and then looks back.
_CAPITALIZED = re.compile(r"[A-ZÄÖÜА-Я](?<!^.)(?<!\w.)(?<![.!?“\"] .)[\w'’-]*")


@lru_cache(maxsize=128)
def expected_answer_type(question: str) -> AnswerType | None:
    """Return the type of answer that ``question`` asks for, or None if its wording is unclear."""
    folded = question.casefold()
    return next(
        (type_ for type_, pattern in _QUESTION_PATTERNS if re.search(pattern, folded)), None
    )


def answer_types_in(sentence: str) -> frozenset[AnswerType]:
    """Return the types that ``sentence`` contains, except names: see ``proper_names``."""
    return frozenset(_answer_types(sentence.lower(), sentence))


def _answer_types(lowered: str, sentence: str) -> Iterator[AnswerType]:
    words = _words(lowered)
    has_digit = _DIGIT.search(lowered)
    if has_digit or not words.isdisjoint(_NUMBER_WORDS):
        yield AnswerType.NUMBER
    if not words.isdisjoint(_DATE_WORDS) or (has_digit and _DATE_WITH_DIGITS.search(lowered)):
        yield AnswerType.DATE
    if _PERCENT.search(lowered):
        yield AnswerType.PERCENT
    if _PLACE.search(sentence):
        yield AnswerType.PLACE
    if not words.isdisjoint(_REASON_WORDS) or (
        not words.isdisjoint(_REASON_PHRASE_WORDS) and _REASON_PHRASES.search(lowered)
    ):
        yield AnswerType.REASON


@lru_cache(maxsize=1)  # a sentence is asked for its types, then for a name
def _words(lowered: str) -> frozenset[str]:
    return frozenset(_WORD.findall(lowered))


def asks_for_name(question: str) -> bool:
    """Return whether ``question`` asks for the name of something."""
    return bool(_ASKS_FOR_NAME.search(question))


def asks_for_overview(question: str) -> bool:
    """Return whether ``question`` asks what something is or does, or how two things differ."""
    return bool(_ASKS_FOR_OVERVIEW.search(question))


def gives_name(sentence: str) -> bool:
    """Return whether ``sentence`` gives the name of something, or has words in quotation marks."""
    if any(mark in sentence for mark in _NAMING_MARKS):
        return True
    if not _NAMING_WORDS.isdisjoint(_words(sentence.lower())):
        return True
    return not sentence.isascii() and bool(_ASKS_FOR_NAME.search(sentence))


def proper_names(sentence: str) -> list[str]:
    """Return the capitalized words of ``sentence`` in order.

    The first word of a sentence, "I", weekdays and months do not count.
    """
    return [word for word in _CAPITALIZED.findall(sentence) if not _NOT_A_NAME.fullmatch(word)]
