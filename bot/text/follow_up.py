"""A follow-up, understood with the question before it: by rule, never by invention. Pure.

Every word of what is searched was written by a member: a piece of the follow-up takes the place
of a piece of the question before, or the two are put one after the other. The rules, in order:

1. *Another one*: "what about Iraq?", "and in Iraq?", "and Iraq?", "in 2019?". What is named takes
   the place of its like in the question before: what stands after the same preposition; a number
   for a number, an abbreviation for an abbreviation, a name for a name (the last of them);
   or what ends in the same word ("green tea" for "black tea"). Without a like, rule 2.
2. *Nothing but asking*: "why?", "since when?", "how many?", "why is that?". It is put after the
   question before.
3. *A pronoun first*: "When did they leave?", "Is it dangerous?". The names of the question before
   are put after it, in brackets; where it has no names, as in rule 2.
4. Anything else stands alone.
"""

import re
from dataclasses import dataclass

from bot.text.follow_up_words import (
    EMPTY,
    LITTLE,
    POINTING,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    VERBS,
)

_LONGEST_BEFORE = 300  # characters; what is longer was a text, not a question
_FEW = 6  # words that a thing named in a follow-up has at most

_PREPOSITION = "|".join(PREPOSITIONS)
_OPENER = re.compile(
    r"(?:(?:and|but|or|so|ok|okay|und|aber|oder|y|pero|o)\b[\s,]*)?"
    r"(?:(?:what|how) about|what of|same (?:question )?for"
    r"|was ist mit|wie (?:ist|war) (?:es|das) (?:mit|bei)|wie sieht es (?:mit|in|bei) ?(?:aus)?"
    r"|qué (?:hay|pasa) (?:de|del|con)|que (?:hay|pasa) (?:de|del|con))\s+(?P<rest>.+)",
    re.IGNORECASE,
)
_AND = re.compile(
    r"(?:and|but|or|und|aber|oder|y|pero|o)\b[\s,]*(?P<rest>.+)", re.IGNORECASE
)  # fmt: skip
_PLACED = re.compile(rf"(?P<preposition>{_PREPOSITION})\s+(?P<thing>.+)", re.IGNORECASE)
_ARTICLE = re.compile(
    r"(?:the|a|an|der|die|das|den|dem|ein|eine|einen|el|la|los|las|un|una)\s+", re.IGNORECASE
)
_DUMMY = re.compile(
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
_END = "?!.… ¿¡"
_ABBREVIATION = 2  # capitals that make a word an abbreviation: ISIS, DoD


@dataclass(frozen=True, slots=True)
class RewrittenQuestion:
    """What is searched; ``combined`` when that is more than the follow-up itself."""

    text: str
    combined: bool


def rewrite_follow_up(follow: str, before: str) -> RewrittenQuestion:
    """``follow``, asked after the question ``before``, as a question that stands alone."""
    follow, before = " ".join(follow.split()), " ".join(before.split())
    if not before or not follow.strip(_END) or len(before) > _LONGEST_BEFORE:
        return RewrittenQuestion(follow, combined=False)
    text = _another(follow, before) or _only_asking(follow, before) or _pointing(follow, before)
    return RewrittenQuestion(text or follow, combined=text is not None)


def _another(follow: str, before: str) -> str | None:
    """Rule 1."""
    rest = _named(follow)
    if rest is None:
        return None
    placed = _PLACED.fullmatch(rest)
    thing = _ARTICLE.sub("", placed["thing"] if placed else rest, count=1).strip(_END)
    if not thing or len(thing.split()) > _FEW or _is_asking(rest):
        return _joined(before, follow) if _is_asking(rest) else None
    span = _after(placed["preposition"], before) if placed else None
    span = span or _owner(thing, before) or _like(thing, before)
    if span is None:
        return _joined(before, follow)
    return before[: span[0]] + thing + before[span[1] :]


def _named(follow: str) -> str | None:
    """What "what about …", "and …" or "in …" names; None when the follow-up is none of these."""
    text = follow.lstrip("¿¡ ").rstrip(_END)
    if opened := _OPENER.fullmatch(text):
        return opened["rest"]
    joined = _AND.fullmatch(text)
    rest = joined["rest"] if joined else text
    placed = _PLACED.fullmatch(rest)
    if placed and not _has_verb(placed["thing"]):
        return rest
    if joined and not _has_verb(rest) and len(rest.split()) <= _FEW:
        return rest
    return rest if _NUMBER.fullmatch(rest) else None


def _only_asking(follow: str, before: str) -> str | None:
    """Rule 2."""
    return _joined(before, follow) if _is_asking(follow) else None


def _pointing(follow: str, before: str) -> str | None:
    """Rule 3."""
    if not _points_back(follow):
        return None
    there = {name.casefold() for name in names(follow)}
    carried = [name for name in names(before) if name.casefold() not in there]
    if not carried:
        return _joined(before, follow)
    return f"{follow.rstrip(_END)}? ({', '.join(carried)})"


def _points_back(follow: str) -> bool:
    """Whether a pronoun stands before anything is named that it could stand for."""
    plain = _DUMMY.sub("", follow)
    named = [found.start() for found in _things(plain)]
    first = min(named, default=len(plain))
    found = list(_WORD.finditer(plain))
    for place, word in enumerate(found):
        if word.start() >= first:
            return False
        if word[0].casefold() in PRONOUNS:
            return True
        if word[0].casefold() in POINTING and _alone(found, place):
            return True
    return False


def _alone(found: list[re.Match[str]], place: int) -> bool:
    """Whether "that" stands for something: beside a verb or at the end, not before a noun."""
    after = found[place + 1][0].casefold() if place + 1 < len(found) else ""
    return not after or after in VERBS


def names(question: str) -> list[str]:
    """The names, numbers and quotations in a question, in order, each once."""
    return list(dict.fromkeys(_POSSESSIVE.sub("", one[0]) for one in _things(question)))


def _things(question: str) -> list[re.Match[str]]:
    """Where they stand; a question's first word is capitalised whatever it is."""
    found = [*_QUOTED.finditer(question), *_NUMBER.finditer(question)]
    for name in _NAME.finditer(question):
        taken = any(one.start() <= name.start() < one.end() for one in found)
        if not taken and not _merely_first(name, question):
            found.append(name)
    return sorted(found, key=lambda one: one.start())


def _merely_first(name: re.Match[str], question: str) -> bool:
    begins = not question[: name.start()].strip('¿¡"“„« ')
    common = name[0].casefold() in QUESTION_WORDS | PRONOUNS | POINTING | VERBS
    return common or (begins and _kind(name[0]) == "name" and " " not in name[0])


def _after(preposition: str, before: str) -> tuple[int, int] | None:
    """Where the name is that stands after that preposition in the question before."""
    for thing in reversed(_things(before)):
        lead = rf"\b{re.escape(preposition)}\s+(?:{_ARTICLE.pattern})?$"
        if re.search(lead, before[: thing.start()], re.IGNORECASE):
            return _bare(thing)
    return None


def _owner(thing: str, before: str) -> tuple[int, int] | None:
    """Where "Trump's" is, for "Obama's"."""
    if not _POSSESSIVE.search(thing):
        return None
    return next((one.span() for one in _things(before) if _POSSESSIVE.search(one[0])), None)


def _like(thing: str, before: str) -> tuple[int, int] | None:
    """Where the last name of the same kind is; else what ends in the same word."""
    kind = _kind(thing)
    things = _things(before)
    same = [one for one in things if _kind(one[0]) == kind]
    if same:
        return _bare(same[-1])
    if kind == "words":
        return _same_head(thing, before)
    return _bare(things[0]) if len(things) == 1 and kind != "number" else None


def _same_head(thing: str, before: str) -> tuple[int, int] | None:
    """Where "black tea" is, for "green tea": the same last word, and as many words before it."""
    words = thing.split()
    head = re.search(rf"\b{re.escape(words[-1])}\b", before, re.IGNORECASE)
    if head is None or len(words) < 2:
        return None
    lead = re.search(rf"(?:[\w-]+\s+){{{len(words) - 1}}}$", before[: head.start()])
    if lead is None or set(lead[0].casefold().split()) & (QUESTION_WORDS | VERBS | LITTLE):
        return None
    return lead.start(), head.end()


def _kind(thing: str) -> str:
    if re.fullmatch(r"\d[\d.,]*", thing):
        return "number"
    if sum(character.isupper() for character in thing.split(maxsplit=1)[0]) >= _ABBREVIATION:
        return "abbreviation"
    return "name" if thing[0].isupper() else "words"


def _bare(thing: re.Match[str]) -> tuple[int, int]:
    return thing.start(), thing.start() + len(_POSSESSIVE.sub("", thing[0]))


def _is_asking(text: str) -> bool:
    """Whether it names nothing: "why?", "for how long?", "why is that?"."""
    words = {word.casefold() for word in _WORD.findall(text)}
    return bool(words & QUESTION_WORDS) and words <= QUESTION_WORDS | EMPTY


def _has_verb(text: str) -> bool:
    words = {word.casefold() for word in _WORD.findall(text)}
    return bool(words & (VERBS | PRONOUNS)) or bool(words & QUESTION_WORDS)


def _joined(before: str, follow: str) -> str:
    ended = before if before[-1:] in tuple("?!.…") else f"{before}?"
    return f"{ended} {follow}"
