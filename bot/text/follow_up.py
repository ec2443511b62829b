"""Rewrite a follow-up question so that it can be understood without the question before it.

Members wrote every word of the result: either a part of the follow-up replaces a part of the
previous question, or the two are joined. The rules, in order:

1. *Substitution*: "what about Iraq?", "and in Iraq?", "and Iraq?", "in 2019?". The new term
   replaces its counterpart in the previous question: the term after the same preposition, be it a
   name or in lower case; a month for a month, likewise for days, seasons and operating systems; a
   number for a number, an abbreviation for an abbreviation, a name for a name (the last of them);
   or a term that ends in the same word ("green tea" for "black tea"). Without a counterpart, the
   questions are joined.
2. *Bare question*: "why?", "since when?", "how many?", "why is that?". It is appended to the
   previous question.
3. *Leading pronoun*: "When did they leave?", "Is it dangerous?". The names in the previous
   question are appended in brackets; without names, the questions are joined.
4. Anything else stands alone.

Small talk before a question ("hi", "ok, thanks") is left out.
"""

import re

from bot.text.follow_up_words import (
    AMBIGUOUS_TERMS,
    ARTICLES,
    DEMONSTRATIVES,
    INTERJECTIONS,
    NON_TERMS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    TERM_CLASSES,
    VERBS,
)
from index.text.spans import Span

_MAX_PREVIOUS_CHARS = 300  # anything longer was a text, not a question
_MAX_TERM_WORDS = 6
_MIN_ABBREVIATION_CAPITALS = 2  # ISIS, DoD
_PUNCTUATION = "?!.… ¿¡"

_CONJUNCTION = r"(?:and|but|or|und|aber|oder|y|pero|o)\b[\s,]*"
_WHAT_ABOUT = re.compile(
    rf"(?:{_CONJUNCTION}|(?:so|ok|okay)\b[\s,]*)?"
    r"(?:(?:what|how) about|what of|same (?:question )?for"
    r"|was ist mit|wie (?:ist|war) (?:es|das) (?:mit|bei)|wie sieht es (?:mit|in|bei) ?(?:aus)?"
    r"|qué (?:hay|pasa) (?:de|del|con)|que (?:hay|pasa) (?:de|del|con))\s+(?P<rest>.+)",
    re.IGNORECASE,
)
_AND = re.compile(rf"{_CONJUNCTION}(?P<rest>.+)", re.IGNORECASE)
_PREPOSITIONAL = re.compile(
    rf"(?P<preposition>{'|'.join(PREPOSITIONS)})\s+(?P<term>.+)", re.IGNORECASE
)
_ARTICLE = re.compile(rf"(?:{'|'.join(ARTICLES)})\s+", re.IGNORECASE)
_EXPLETIVE_IT = re.compile(
    r"\bit(?:'s| is| was)? (?:true|possible|likely|clear|known|said) that\b", re.IGNORECASE
)
_WORD = re.compile(r"\w[\w'’.-]*\w|\w")
_NAME = re.compile(
    r"\b[^\W\d_a-zß-öø-ÿ][\w'’&.-]*\w(?:[ ](?:(?:of|the|de|del|von|der|al)[ ])*"
    r"[^\W\d_a-zß-öø-ÿ][\w'’&.-]*\w)*"
)
_NUMBER = re.compile(r"\b\d[\d.,]*\b")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{2,80})[\"”“»]")
_POSSESSIVE = re.compile(r"['’]s?$")
_SMALL_TALK = re.compile(rf"(?:(?:{'|'.join(INTERJECTIONS)})\b[\s,.!]*)+", re.IGNORECASE)
_INFINITIVE = re.compile(
    r"\b(?:how|what|where|when|want|need|have|able|try|possible) $", re.IGNORECASE
)


def rewrite_follow_up(follow_up: str, previous: str) -> str | None:
    """Rewrite ``follow_up``, asked after ``previous``; None if it already stands alone."""
    follow_up, previous = map(_without_small_talk, (follow_up, previous))
    if not previous or not follow_up.strip(_PUNCTUATION) or len(previous) > _MAX_PREVIOUS_CHARS:
        return None
    if query := _substitute(follow_up, previous):
        return query
    if _is_bare_question(follow_up):
        return _join(previous, follow_up)
    return _append_names(follow_up, previous) if _has_leading_pronoun(follow_up) else None


def is_fragment(text: str) -> bool:
    """Return whether a text can only be understood after another question: "and in July?"."""
    text = _without_small_talk(text)
    return _substitution_phrase(text) is not None or _is_bare_question(text)


def _without_small_talk(text: str) -> str:
    """Collapse white space, and cut "hi" or "thanks," before a question."""
    text = " ".join(text.split())
    small_talk = _SMALL_TALK.match(text)
    return text[small_talk.end() :] if small_talk else text


def find_names(question: str) -> list[str]:
    """Return the distinct names, numbers and quotations in a question, in order."""
    return list(dict.fromkeys(_POSSESSIVE.sub("", name[0]) for name in _match_names(question)))


def _substitute(follow_up: str, previous: str) -> str | None:
    """Apply rule 1; None if the follow-up is not a substitution."""
    rest = _substitution_phrase(follow_up)
    if rest is None:
        return None
    if _is_bare_question(rest):
        return _join(previous, follow_up)
    prepositional = _PREPOSITIONAL.fullmatch(rest)
    term = prepositional["term"] if prepositional else rest
    term = _ARTICLE.sub("", term, count=1).strip(_PUNCTUATION)
    if not term or len(term.split()) > _MAX_TERM_WORDS:
        return None
    span = _term_of_same_class(term, previous)
    if span is None and prepositional:
        span = _object_of(prepositional["preposition"], previous)
    span = span or _possessive(term, previous) or _counterpart(term, previous)
    if span is None:
        return _join(previous, follow_up)
    return previous[: span[0]] + term + previous[span[1] :]


def _substitution_phrase(follow_up: str) -> str | None:
    """Return the phrase after "what about" or "and", or a bare "in …" or number."""
    text = follow_up.lstrip("¿¡ ").rstrip(_PUNCTUATION)
    if what_about := _WHAT_ABOUT.fullmatch(text):
        return what_about["rest"]
    conjunction = _AND.fullmatch(text)
    rest = conjunction["rest"] if conjunction else text
    prepositional = _PREPOSITIONAL.fullmatch(rest)
    if prepositional and not _has_verb(prepositional["term"]):
        return rest
    if conjunction and not _has_verb(rest) and len(rest.split()) <= _MAX_TERM_WORDS:
        return rest
    return rest if _NUMBER.fullmatch(rest) or _term_class(rest) else None


def _append_names(follow_up: str, previous: str) -> str:
    """Apply rule 3."""
    present = {name.casefold() for name in find_names(follow_up)}
    names = [name for name in find_names(previous) if name.casefold() not in present]
    if not names:
        return _join(previous, follow_up)
    return f"{follow_up.rstrip(_PUNCTUATION)}? ({', '.join(names)})"


def _join(previous: str, follow_up: str) -> str:
    ending = "" if previous.endswith(("?", "!", ".", "…")) else "?"
    return f"{previous}{ending} {follow_up}"


def _has_leading_pronoun(follow_up: str) -> bool:
    """Return whether a pronoun precedes every name that it could refer to."""
    text = _EXPLETIVE_IT.sub("", follow_up)
    first_name = min((name.start() for name in _match_names(text)), default=len(text))
    words = [word[0].casefold() for word in _WORD.finditer(text) if word.start() < first_name]
    following = [*(word.casefold() for word in _WORD.findall(text)), ""][1:]
    return any(
        word in PRONOUNS
        # A demonstrative at the end or before a verb is a pronoun; before a noun it is not.
        or (word in DEMONSTRATIVES and (not after or after in VERBS))
        for word, after in zip(words, following, strict=False)
    )


def _match_names(question: str) -> list[re.Match[str]]:
    """Match names, numbers and quotations, in order."""
    matches = [*_QUOTED.finditer(question), *_NUMBER.finditer(question)]
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


def _object_of(preposition: str, previous: str) -> Span | None:
    """Return the last name that follows the preposition, or else the last other term."""
    if span := _name_after(preposition, previous):
        return span
    stop = "|".join(NON_TERMS | QUESTION_WORDS | ARTICLES)
    word = rf"(?!(?:{stop})\b)(?:{_WORD.pattern})"
    lead = rf"\b{re.escape(preposition)}\s+(?:{_ARTICLE.pattern})?"
    phrase = re.compile(rf"{lead}(?P<term>{word}(?:[ ]{word}){{0,3}})", re.IGNORECASE)
    for match in reversed(list(phrase.finditer(previous))):
        if not _INFINITIVE.search(previous[: match.start()]):
            return match.span("term")
    return None


def _name_after(preposition: str, previous: str) -> Span | None:
    """Return the last name that follows the preposition."""
    lead = re.compile(rf"\b{re.escape(preposition)}\s+(?:{_ARTICLE.pattern})?$", re.IGNORECASE)
    for name in reversed(_match_names(previous)):
        if lead.search(previous[: name.start()]):
            return _without_possessive(name)
    return None


def _possessive(term: str, previous: str) -> Span | None:
    """Return the first possessive ("Trump's") if the term is one ("Obama's")."""
    if not _POSSESSIVE.search(term):
        return None
    names = _match_names(previous)
    return next((name.span() for name in names if _POSSESSIVE.search(name[0])), None)


def _counterpart(term: str, previous: str) -> Span | None:
    """Return the last name of the same type, or else the term that ends in the same word."""
    term_type = _term_type(term)
    names = _match_names(previous)
    same_type = [name for name in names if _term_type(name[0]) == term_type]
    if same_type:
        return _without_possessive(same_type[-1])
    if term_type == "common":
        return _term_with_same_head(term, previous)
    return _without_possessive(names[0]) if len(names) == 1 and term_type != "number" else None


def _term_of_same_class(term: str, previous: str) -> Span | None:
    """Return the last month of ``previous`` if the term is a month, and so on."""
    alternatives = _term_class(term)
    words = [word for word in _WORD.finditer(previous) if word[0].casefold() in alternatives]
    return next((word.span() for word in reversed(words) if word[0] not in AMBIGUOUS_TERMS), None)


def _term_class(term: str) -> frozenset[str]:
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


def _term_type(term: str) -> str:
    if re.fullmatch(r"\d[\d.,]*", term):
        return "number"
    capitals = sum(character.isupper() for character in term.split(maxsplit=1)[0])
    if capitals >= _MIN_ABBREVIATION_CAPITALS:
        return "abbreviation"
    return "name" if term[0].isupper() else "common"


def _without_possessive(name: re.Match[str]) -> Span:
    return name.start(), name.start() + len(_POSSESSIVE.sub("", name[0]))


def _is_bare_question(text: str) -> bool:
    """Return whether the text has a question word but no terms: "why?", "why is that?"."""
    words = {word.casefold() for word in _WORD.findall(text)}
    return bool(words & QUESTION_WORDS) and words <= QUESTION_WORDS | NON_TERMS


def _has_verb(text: str) -> bool:
    words = {word.casefold() for word in _WORD.findall(text)}
    return bool(words & (VERBS | PRONOUNS | QUESTION_WORDS))
