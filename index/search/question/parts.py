"""Split two questions in one: "how do I install it and which Python does it need?".

Both parts must ask: behind a conjunction, or in another sentence, a question begins again. A
pronoun in a later part brings along the subject of the first. This only reads the words; the
rankings of the parts decide whether one passage answers them better.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from index.search.question.phrases import PLEASANTRY, any_of
from index.text.tokenize import content_terms, stop_terms
from index.text.words.courtesy import DISCOURSE_MARKERS, REQUESTS
from index.text.words.question_words import LANGUAGES, QuestionWords

_MAX_PARTS = 3
_MAX_CHARS = 400  # a longer text is a story that happens to ask
_MAX_SUBJECT_WORDS = 5
_END = r"(?:[?？;；؟]+|[.!。！](?=\s|$))"
_INNER_END = re.compile(rf"{_END}\s*\S")
_WORD = re.compile(r"\w[\w'’.+-]*\w|\w")
_NAME = re.compile(r"(?<=\s)(?!I\b)(?:[\w-]*[A-Z_][\w.+-]*|--?\w[\w-]*)(?=[\s?,]|$)")
_COMMANDS = "tell|explain|show"
_PERSON_OR_TO = frozenset("i you we one to".split())  # a verb follows
_GERMAN_PERSONS = frozenset("ich du man wir ihr".split())  # behind their verb
_BARE_WORD = re.compile(r"[^\W_]+\W*")  # where a second word may be the verb: "ile kosztuje"
_BARE = re.compile(r"[^\W_]+(?:\s+[\w-]+)?\W*")  # "who", "what year": no question of its own
# "how do I uninstall": the verb has no object of its own.
_WITHOUT_OBJECT = re.compile(
    r"(?:how|where|when|why)\s+(?:to|(?:do|can|should|could|would|must)\s+(?:i|you|we|one))"
    r"\s+[\w-]+(?:\s+(?:again|then|too|later))?\W*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """A part of a question: its words, and a query that can be understood without the others."""

    text: str
    query: str


@dataclass(frozen=True)
class _Grammar:
    """Patterns for one language, compiled when they are needed: most questions have one part."""

    words: QuestionWords

    @cached_property
    def conjunctions(self) -> frozenset[str] | None:
        """The words that a seam has if it is not the end of a sentence.

        None if these are not words of their own.
        """
        has_words = self.words.is_fixed and not self.words.is_prefix
        return frozenset(self.words.conjunctions.split("|")) if has_words else None

    @cached_property
    def is_ascii(self) -> bool:
        """True if a question in ASCII may be in this language."""
        return any(map(str.isascii, self.words.openings.split("|")))

    @cached_property
    def seam(self) -> re.Pattern[str]:
        """The seam between two questions: a conjunction, or the end of a sentence."""
        words = self.words
        if not words.is_fixed:
            return _compiled(rf"{_END}\s*|\s*(?:{words.conjunctions})\s*")
        joint = rf"\s(?:{words.conjunctions})" + ("" if words.is_prefix else r"\s+")
        comma = r"|,\s+" if words.has_verbs else ""
        return _compiled(rf"{_END}?,?{joint}|{_END}\s*{comma}")

    @cached_property
    def opening(self) -> re.Pattern[str]:
        """The ``word`` that makes a clause a question, and the ``subject`` behind it."""
        words = self.words
        if not words.is_fixed:
            return _compiled(rf"(?P<word>{words.openings})")
        asked = rf"(?:{words.prepositions})\s+" if words.prepositions else r"(?!)"
        subject = rf"(?P<subject>\s+(?:{words.subjects})\b)?"
        verb = rf"\b(?:{words.verbs})\s+(?:{words.subjects})\b"
        return _compiled(rf"\b(?:{asked})?(?P<word>{words.openings})\b{subject}|{verb}")

    @cached_property
    def pronoun(self) -> re.Pattern[str]:
        """A word that refers to the subject of another question."""
        pronouns = self.words.pronouns
        return _compiled(rf"\b(?:{pronouns})\b" if self.words.is_fixed else pronouns)

    @cached_property
    def main_clause(self) -> re.Pattern[str]:
        """A question that its verb shows to be none inside another clause."""
        words = self.words
        asked = rf"(?!(?:{words.relatives})\b)(?:{words.openings})\s+(?:{words.verbs})\b"
        counted = rf"(?:how|what|which|wie|was|welche[rsnm]?)\s+\w+\s+(?:{words.verbs})\b"
        return _compiled(rf"{asked}|{counted}|\b(?:{words.verbs})\s+(?:{words.subjects})\b")

    def opening_of(self, clause: str) -> re.Match[str] | None:
        """Match the word that makes a clause a question."""
        start = _lead().match(clause)
        if self.words.is_fixed:
            return self.opening.match(clause, start.end() if start else 0)
        return self.opening.search(clause)

    def asks(self, clause: str) -> bool:
        """Return whether a clause is a question that names what it asks about."""
        opening = self.opening_of(clause)
        if opening is None:
            return False
        bare = _BARE_WORD if self.words.drops_pronouns else _BARE
        is_bare = self.words.is_fixed and bare.fullmatch(clause, opening.start("word"))
        return not is_bare and self.has_content(clause[: opening.start()] + clause[opening.end() :])

    def asks_without_conjunction(self, head: str, tail: str) -> bool:
        """Return whether the clauses around a comma are questions, and no relative clauses."""
        start = _lead().match(head)
        is_main = self.main_clause.match(head, start.end() if start else 0)
        return is_main is not None and self.main_clause.match(tail) is not None

    def names_nothing(self, clause: str) -> bool:
        """Return whether a question has no noun: "ile kosztuje?" leaves out what it is about."""
        opening = self.opening_of(clause) if self.words.drops_pronouns else None
        if opening is None:
            return False
        language = self.words.language
        rest = clause[: opening.start("word")] + clause[opening.end("word") :]
        return len({*content_terms(rest, language)} - {*stop_terms(language)}) <= 1

    def has_content(self, text: str) -> bool:
        """Return whether a text has more than function words."""
        language = self.words.language
        return not stop_terms(language).issuperset(content_terms(text, language))


def split_question(question: str) -> tuple[QuestionPart, ...]:
    """Return the parts of a question, or none if it is a single one."""
    if len(question) > _MAX_CHARS:
        return ()
    words = frozenset(question.casefold().split())
    is_one_sentence = _INNER_END.search(question) is None
    has_comma = ", " in question
    is_ascii = question.isascii()
    for grammar in _GRAMMARS:
        if is_ascii and not grammar.is_ascii:
            continue
        is_one = is_one_sentence and not (has_comma and grammar.words.has_verbs)
        if is_one and grammar.conjunctions and grammar.conjunctions.isdisjoint(words):
            continue  # most questions, at once
        clauses = _clauses(question, grammar)
        if 1 < len(clauses) <= _MAX_PARTS:
            subject = _subject(clauses[0], grammar)
            later = (QuestionPart(t, _with_subject(t, subject, grammar)) for t in clauses[1:])
            return (QuestionPart(clauses[0], clauses[0]), *later)
    return ()


def opens_question(text: str) -> bool:
    """Return whether a text begins as a question does, in a language where that is fixed."""
    return any(each.words.is_fixed and each.opening_of(text) for each in _GRAMMARS)


def _clauses(question: str, grammar: _Grammar) -> list[str]:
    clauses: list[str] = []
    start = 0
    for seam in grammar.seam.finditer(question):
        head, tail = question[start : seam.start()], question[seam.end() :]
        if tail and _is_seam(seam[0], head, tail, grammar):
            clauses.append(head)
            start = seam.end()
    return [clause.strip(" ,;:¿?？¡!.。，、؟") for clause in (*clauses, question[start:])]


def _is_seam(seam: str, head: str, tail: str, grammar: _Grammar) -> bool:
    """Return whether two questions meet here."""
    if seam.strip() == "," and not grammar.asks_without_conjunction(head, tail):
        return False
    return grammar.asks(head) and grammar.asks(tail) and not _goes_on(head, tail, grammar)


def _goes_on(head: str, tail: str, grammar: _Grammar) -> bool:
    """Return whether the tail goes on with a clause inside the head: "who led X and who won Y".

    Such a clause begins with the same word, or has its subject before its verb.
    """
    first, second = grammar.opening_of(head), grammar.opening_of(tail)
    if not grammar.words.is_fixed or first is None or second is None or not second["word"]:
        return False
    inside = {match["word"] for match in grammar.opening.finditer(head.casefold(), first.end())}
    return second["word"].casefold() in inside or bool(inside - {None} and second["subject"])


def _subject(first: str, grammar: _Grammar) -> str:
    """Return the names in the first part, or else its words without the verb of "I" and "to"."""
    if names := _NAME.findall(first):
        return " ".join(dict.fromkeys(names[:_MAX_SUBJECT_WORDS]))
    opening = grammar.opening_of(first)
    words = _WORD.findall(first[opening.end() :] if opening else first)
    content = filter(grammar.has_content, words[_verb_end(words, grammar) :])
    return " ".join([*content][:_MAX_SUBJECT_WORDS])


def _verb_end(words: Sequence[str], grammar: _Grammar) -> int:
    """Return where the verb of "I" ends: that of "do I add a user", "lösche ich einen Nutzer"."""
    is_german = grammar.words.language == "de"
    persons, length = (_GERMAN_PERSONS, 1) if is_german else (_PERSON_OR_TO, 2)
    places = (i for i, word in enumerate(words[:3]) if word.casefold() in persons)
    return next((place + length for place in places), 0)


def _with_subject(text: str, subject: str, grammar: _Grammar) -> str:
    refers = (
        grammar.pronoun.search(text) or _WITHOUT_OBJECT.match(text) or grammar.names_nothing(text)
    )
    return f"{text} ({subject})" if refers and subject else text


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _lead() -> re.Pattern[str]:
    """Return the pattern of words before a question."""
    return _compiled(
        rf"[\s¿¡]*(?:(?:{PLEASANTRY}|{any_of(DISCOURSE_MARKERS)})[\s,:.!]*)*"
        rf"(?:{any_of(REQUESTS, _COMMANDS)}[\s,:]*)?"
    )


_GRAMMARS = tuple(map(_Grammar, LANGUAGES))
