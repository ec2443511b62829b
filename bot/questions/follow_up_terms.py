"""Find the terms of a question that a follow-up may replace: names, numbers, identifiers."""

import re

from index.text.spans import Span
from index.text.words.follow_up import (
    AMBIGUOUS_TERMS,
    ARTICLES,
    DEMONSTRATIVES,
    NON_TERMS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    TERM_CLASSES,
    VERBS,
)
from index.text.words.question_words import GERMAN_AUXILIARIES
from index.text.words.stop_words import STOP_WORDS

_MAX_CLASS_WORDS = 2  # "mac users", "windows 11"
_MIN_ABBREVIATION_CAPITALS = 2  # ISIS, DoD

WORD = re.compile(r"\w[\w'’.-]*\w|\w")
ARTICLE = re.compile(rf"(?:{'|'.join(ARTICLES)})\s+", re.IGNORECASE)
_NAME = re.compile(
    r"\b[^\W\d_a-zß-öø-ÿ][\w'’&.-]*\w(?:[ ](?:(?:of|the|de|del|von|der|al)[ ])*"
    r"[^\W\d_a-zß-öø-ÿ][\w'’&.-]*\w)*"
)
NUMBER = re.compile(r"\bv?\d[\d.,]*\b")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{2,80})[\"”“»]")
# --frozen, /kick, uv.lock, UV_CACHE_DIR, `anything`.
_IDENTIFIER = re.compile(
    r"(?<![\w-])--?[A-Za-z][\w-]*|(?<!\S)[/!][A-Za-z][\w-]*|`[^`\n]+`|\b\w+(?:_\w+)+\b"
    r"|\b[\w-]{2,}\.[A-Za-z]\w+\b"
)
_MINE = r"(?:my|our|your|mein\w*|unser\w*|mis?|nuestr[oa]s?)\s+"
_LAST_TERM = r"[\w'’.-]+(?: [\w'’.-]+){0,2}"
_INFINITIVE_LEAD = (
    r"\b(?:how|what|where|when|want|need|have|able|try|possible|ok|okay|allowed|easy|way|safe)"
)
_INFINITIVE = re.compile(f"{_INFINITIVE_LEAD} $", re.IGNORECASE)
_ACTIONS = (  # "plugins" in "where do I put plugins?", "memes" in "is it ok to post memes?"
    rf"(?:{_INFINITIVE_LEAD}\s+to|\b(?:do|can|could|may|should|would|must)\s+(?:i|you|we|one))"
    r"\s+[a-z-]+",
    r"(?:wie|wo|wann)\s+(?!kann|könn|muss|müss|soll|darf|dürf|will)\w+\s+(?:ich|man|wir)",
    r"(?:cómo|como|dónde|donde)\s+(?:puedo\s+)?\w+",
)
_LAST_OBJECTS = tuple(
    re.compile(rf"{lead}\s+(?:{_MINE})?(?P<term>{term})(?=\W*\Z)", re.IGNORECASE)
    for lead, term in (
        (rf"\b(?:{'|'.join(PREPOSITIONS)})", rf"(?!{ARTICLE.pattern}){_LAST_TERM}"),  # "for forge"
        *((action, rf"(?:{ARTICLE.pattern})?{_LAST_TERM}") for action in _ACTIONS),
    )
)
_STATE = re.compile(r"(?:is|are|was|were|ist|sind|war|es|está|son) ", re.IGNORECASE)
_VERB_WITH_PRONOUN = re.compile(r"[aeií]rl[aeo]s?\Z")  # "borrarla", delete it
_POSSESSOR = re.compile(_MINE, re.IGNORECASE)
_VERSION = re.compile(r"\s+v?\d[\d.]*\b")  # in "windows 11"
_POSSESSIVE = re.compile(r"['’]s?$")
# "zahlen" in "kann ich mit karte zahlen".
_GERMAN_VERB = re.compile(rf"\b{GERMAN_AUXILIARIES}\b.*(?P<verb>\s[\w-]+)\W*\Z", re.IGNORECASE)
_GERMAN_NOUN = re.compile(rf"\b(?i:{ARTICLE.pattern}|{_MINE})[A-ZÄÖÜ][\w-]+")
_FUNCTION_WORDS = {language: frozenset(STOP_WORDS[language].split()) for language in ("de", "en")}


def find_names(question: str) -> list[str]:
    """Return the distinct names, numbers and quotations in a question, in order."""
    return list(dict.fromkeys(_POSSESSIVE.sub("", name[0]) for name in match_names(question)))


def match_names(question: str) -> list[re.Match[str]]:
    """Match names, numbers and quotations, in order."""
    matches = [
        match for pattern in (_QUOTED, _IDENTIFIER, NUMBER) for match in pattern.finditer(question)
    ]
    for name in _NAME.finditer(question):
        overlaps = any(match.start() <= name.start() < match.end() for match in matches)
        if not overlaps and not _is_common_word(name, question):
            matches.append(name)
    return sorted(matches, key=lambda match: match.start())


def _is_common_word(name: re.Match[str], question: str) -> bool:
    """Return whether a capitalized word is no name: a function word, or the first word."""
    if name[0].casefold() in QUESTION_WORDS | PRONOUNS | DEMONSTRATIVES | VERBS:
        return True
    is_first = not question[: name.start()].strip('¿¡"“„« ')
    return is_first and _term_type(name[0]) == "name" and " " not in name[0]


def is_german(text: str) -> bool:
    """Return whether a text has more function words of German than of English."""
    words = {word.casefold() for word in WORD.findall(text)}
    return len(words & _FUNCTION_WORDS["de"]) > len(words & _FUNCTION_WORDS["en"])


def object_of(preposition: str, previous: str) -> Span | None:
    """Return the last name that follows the preposition, or else the last other term."""
    if span := _name_after(preposition, previous):
        return span
    stop = "|".join(NON_TERMS | QUESTION_WORDS | ARTICLES)
    word = rf"(?!(?:{stop})\b)(?:{WORD.pattern})"
    lead = rf"\b{re.escape(preposition)}\s+(?:{ARTICLE.pattern})?"
    phrase = re.compile(rf"{lead}(?P<term>{word}(?:[ ]{word}){{0,3}})", re.IGNORECASE)
    for match in reversed(list(phrase.finditer(previous))):
        if not _INFINITIVE.search(previous[: match.start()]):
            return _without_verb(match.span("term"), previous)
    return None


def _without_verb(span: Span, previous: str) -> Span:
    """Leave out the verb at the end of a German question, unless it is all there is."""
    verb = _GERMAN_VERB.search(previous) if is_german(previous) else None
    return (span[0], verb.start("verb")) if verb and span[0] < verb.start("verb") else span


def noun_with_article(previous: str) -> Span | None:
    """Return the last German noun with the article or the possessive before it."""
    nouns = [*_GERMAN_NOUN.finditer(previous)]
    return nouns[-1].span() if nouns and is_german(previous) else None


def _name_after(preposition: str, previous: str) -> Span | None:
    """Return the last name that follows the preposition."""
    lead = re.compile(rf"\b{re.escape(preposition)}\s+(?:{ARTICLE.pattern})?$", re.IGNORECASE)
    for name in reversed(match_names(previous)):
        if lead.search(previous[: name.start()]):
            return _without_possessive(name)
    return None


def possessive(term: str, previous: str) -> Span | None:
    """Return the first possessive ("Trump's") if the term is one ("Obama's")."""
    if not _POSSESSIVE.search(term):
        return None
    names = match_names(previous)
    return next((name.span() for name in names if _POSSESSIVE.search(name[0])), None)


def counterpart(term: str, previous: str) -> Span | None:
    """Return the last name of the same type, or else the term that ends in the same word."""
    term_type = _term_type(term)
    names = match_names(previous)
    same_type = [name for name in names if _term_type(name[0]) == term_type]
    if same_type:
        return _without_possessive(same_type[-1])
    if term_type == "common":
        return _term_with_same_head(term, previous) or _term_with_same_start(term, previous)
    return _without_possessive(names[0]) if len(names) == 1 and term_type != "number" else None


def without_article(term: str) -> str:
    """Return a term without the article before it."""
    article = ARTICLE.match(term)
    return term[article.end() :] if article else term


def last_object(term: str, previous: str) -> Span | None:
    """Return the term at the end: after a preposition, or what "how do I …" asks about.

    Numbers, months and systems only replace their like.
    """
    if not _may_be_replaced(term) or _VERB_WITH_PRONOUN.search(term):
        return None
    for pattern in _LAST_OBJECTS:
        found = pattern.search(previous)
        if found and not _begins_infinitive(found, previous):
            return found.span("term") if _may_be_replaced(found["term"]) else None
    return None


def _begins_infinitive(found: re.Match[str], previous: str) -> bool:
    """Return whether "to" before a term is that of "is it ok to post memes?"."""
    is_to = found[0].casefold().startswith("to ")
    return is_to and _INFINITIVE.search(previous[: found.start()]) is not None


def _may_be_replaced(term: str) -> bool:
    words = {word.casefold() for word in WORD.findall(without_article(term))}
    is_term = not words & (QUESTION_WORDS | NON_TERMS | ARTICLES) and not _POSSESSOR.match(term)
    return is_term and not NUMBER.search(term) and not any(map(term_class, words))


def only_object(term: str, previous: str) -> Span | None:
    """Return the object at the end with its article, if no other has one: "the port".

    In "is the port open?" it is the word before the last.
    """
    articles = list(re.finditer(rf"\b{ARTICLE.pattern}", previous, re.IGNORECASE))
    refers = {word.casefold() for word in WORD.findall(term)} & (PRONOUNS | DEMONSTRATIVES)
    if len(articles) != 1 or refers:
        return None
    end = r"(?= [\w-]+\W*\Z)" if _STATE.match(previous) else r"(?: [\w-]+)?(?=\W*\Z)"
    found = re.compile(rf"[\w-]+{end}").match(previous, articles[0].end())
    return (articles[0].start(), found.end()) if found else None


def term_of_same_class(term: str, previous: str) -> Span | None:
    """Return the last month of ``previous`` if the term is or has a month, and so on."""
    alternatives = next(filter(None, map(term_class, term.split()[:_MAX_CLASS_WORDS])), frozenset())
    words = [word for word in WORD.finditer(previous) if word[0].casefold() in alternatives]
    word = next((each for each in reversed(words) if each[0] not in AMBIGUOUS_TERMS), None)
    if word is None:
        return None
    version = _VERSION.match(previous, word.end())
    return word.start(), version.end() if version else word.end()


def is_of_class(term: str) -> bool:
    """Return whether a term is a month, a system and so on, with at most one other word."""
    words = [word for word in without_article(term).split() if word not in AMBIGUOUS_TERMS]
    return len(words) <= _MAX_CLASS_WORDS and any(map(term_class, words))


def names_class(term: str) -> bool:
    """Return whether a term is nothing but a month, a system with its version and so on."""
    version = _VERSION.search(term)
    return bool(term_class(term[: version.start()] if version else term))


def term_class(term: str) -> frozenset[str]:
    """Return the terms that can replace ``term``; none unless it is a month, a day and so on."""
    word = term.casefold()
    return next((terms for terms in TERM_CLASSES if word in terms), frozenset())


def _term_with_same_head(term: str, previous: str) -> Span | None:
    """Return "black tea" for "green tea": the same last word, and as many words before it."""
    words = term.split()
    head = re.search(rf"\b{re.escape(words[-1])}\b", previous, re.IGNORECASE)
    if head is None or len(words) < 2:
        return None
    lead = re.search(rf"(?:[\w-]+\s+){{{len(words) - 1}}}$", previous[: head.start()])
    function_words = QUESTION_WORDS | VERBS | PREPOSITIONS | ARTICLES
    if lead is None or set(lead[0].casefold().split()) & function_words:
        return None
    return lead.start(), head.end()


def _term_with_same_start(term: str, previous: str) -> Span | None:
    """Return "uv sync" for "uv lock": the same first word, and another after it."""
    words = term.split()
    if len(words) != 2:
        return None
    pair = re.search(rf"\b{re.escape(words[0])}\s+([\w-]+)", previous, re.IGNORECASE)
    if pair is None or pair[1].casefold() in QUESTION_WORDS | NON_TERMS | ARTICLES:
        return None
    return pair.span()


def _term_type(term: str) -> str:
    if NUMBER.fullmatch(term):
        return "number"
    if _IDENTIFIER.fullmatch(term):
        return "option" if term.startswith("-") else "identifier"
    capitals = sum(character.isupper() for character in term.split(maxsplit=1)[0])
    if capitals >= _MIN_ABBREVIATION_CAPITALS:
        return "abbreviation"
    return "name" if term[0].isupper() else "common"


def _without_possessive(name: re.Match[str]) -> Span:
    return name.start(), name.start() + len(_POSSESSIVE.sub("", name[0]))
