"""Rewrite a follow-up question so that it can be understood without the question before it.

Members wrote every word of the result: either a part of the follow-up replaces a part of the
previous question, or the two are joined. The rules, in order:

1. *Substitution*: "what about Iraq?", "and in Iraq?", "and Iraq?", "in 2019?". The new term
   replaces its counterpart in the previous question: the term after the same preposition, be it a
   name or in lower case; a month for a month, likewise for days, seasons and operating systems; a
   number for a number, an abbreviation for an abbreviation, a name for a name (the last of them);
   a term that ends in the same word ("green tea" for "black tea"); with an article the only one
   that has an article, at the end ("the host" for "the port"); or without one the last term ("for
   forge", "how do I craft swords"). Without a counterpart, the questions are joined. "I use Linux"
   and "does that work on Linux, too?" are understood as "and on Linux?".
2. *Bare question*: "why?", "since when?", "how many?", "why is that?", "any example?". It is
   appended to the previous question.
3. *Leading pronoun*: "When did they leave?", "Is it dangerous?". The names in the previous
   question are appended in brackets; without names, the questions are joined.
4. *Another verb*: "and remove one?" after "how do I add a dependency?". It replaces the verb.
5. Anything else stands alone, as do two questions in one.

If the joined questions are two that can be told apart, only the second is asked, with the subject
of the first in brackets. Small talk before a question ("hi", "ok, thanks", "no, I meant") is left
out.
"""

import re

from bot.questions.follow_up_terms import (
    NUMBER,
    WORD,
    counterpart,
    find_names,
    is_german,
    is_of_class,
    last_object,
    match_names,
    names_class,
    noun_with_article,
    object_of,
    only_object,
    possessive,
    term_of_same_class,
    without_article,
)
from index.search.question.parts import QuestionPart, opens_question, split_question
from index.search.question.phrases import PLEASANTRY
from index.text.spans import Span
from index.text.words.courtesy import ADJECTIVES
from index.text.words.follow_up import (
    ADVERBS,
    DEMONSTRATIVES,
    NON_TERMS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    VERBS,
)
from index.text.words.question_words import GERMAN_PRONOUNS

_MAX_PREVIOUS_CHARS = 300  # anything longer was a text, not a question
_MAX_TERM_WORDS = 6
_PUNCTUATION = "?!.… ¿¡"
_BARE_WORDS = frozenset("ab an um nicht".split())  # "ab wann?", "an wen?", "warum nicht?"

_CONJUNCTION = (
    r"(?:(?:(?:and|n|but|or|also|und|aber|oder|auch|y|pero|o|también|et|mais|ou|e|ma)\b|[&+])"
    r"[\s,]*)+"
)
_WHAT_ABOUT = re.compile(
    rf"(?:{_CONJUNCTION}|(?:so|ok|okay)\b[\s,]*)?"
    r"(?:(?:what|how) (?:about|abt)|how bout|wbu|hbu|what of"
    r"|same(?: question| thing)?(?: but)?(?= for\b)"
    r"|what if (?:i|you|we)(?:['’ ]?(?:m|am|re|are))? ?(?:using|use|have|had)?(?= )"
    r"|was ist mit|wie (?:ist|war) (?:es|das) (?:mit|bei)|wie sieht(?: es|['’]?s) (?:mit|bei)"
    r"|qu[ée] tal|qué (?:hay|pasa) (?:de|del|con)|que (?:hay|pasa) (?:de|del|con))\s+(?P<rest>.+)",
    re.IGNORECASE,
)
# "does that work on linux too?", "gilt das auch für linux?"
_LIKEWISE = re.compile(
    r"(?:does|do|will|would|is|are|can|geht|gilt|klappt|funktioniert|ist)\s+"
    r"(?:that|it|this|they|the same|das|es)\s+(?:\w+\s+){0,3}?"
    rf"(?P<rest>(?:{'|'.join(PREPOSITIONS)})\s+.+)",
    re.IGNORECASE,
)
_ALSO = re.compile(r"\b(?:too|also|as well|same|auch|genauso)\b", re.IGNORECASE)
# "i'm on linux", "ich nutze linux"
_MY_SYSTEM = re.compile(
    rf"(?:{_CONJUNCTION})?(?:(?:i ?['’]?a?m|we ?['’]?a?re|(?:ich )?bin|wir sind) (?:on|auf|unter)"
    r"|(?:(?:i ?['’]?a?m|we ?['’]?a?re|i|we|ich|wir) )?"
    r"(?:using|use|have|got|running|run|nutzen?|benutzen?|verwenden?|haben?|hab)) (?P<rest>.+)",
    re.IGNORECASE,
)
_AND = re.compile(rf"{_CONJUNCTION}(?P<rest>.+)", re.IGNORECASE)
_PREPOSITIONAL = re.compile(
    rf"(?P<preposition>{'|'.join(PREPOSITIONS)})\s+(?P<term>.+)", re.IGNORECASE
)
# At the end of a follow-up: "in july too?".
_PARTICLES = re.compile(
    r"(?:[\s,]+(?:too|then|also|as well|please|pls|though|instead|now|auch|denn|dann|bitte|aus"
    r"|también|entonces|por favor))+[\s?!.]*$",
    re.IGNORECASE,
)
_INDEFINITE = re.compile(r"(?<=\s)(?:an?|ein(?:e[mnrs]?)?|una?)\s+\Z", re.IGNORECASE)
_EXPLETIVE_IT = re.compile(
    r"\bit(?:'s| is| was)? (?:true|possible|likely|clear|known|said) that\b", re.IGNORECASE
)
_THAT_IS = re.compile(  # "is that free?"
    r"(?:is|are|was|ist|sind|war|es)\s+(?:that|this|these|those|das|dies|eso|esto)\s+\w+\W*",
    re.IGNORECASE,
)
# "wozu brauche ich den", "warum geht das nicht", "kannst du das genauer erklären"
_GERMAN_REFERENCE = re.compile(
    rf"\b(?:{GERMAN_PRONOUNS}|(?:das|de[mnr]|die)\s+(?:auch|bitte|dann|denn|eigentlich|genau(?:er)?"
    r"|näher|nicht|noch(?:mal)?|schon|überhaupt))\b",
    re.IGNORECASE,
)
_AND_IF = re.compile(rf"{_CONJUNCTION}(?:if|wenn|falls|si)\s[^,]*", re.IGNORECASE)
# "any example?", "anything else?", "why so expensive?"
_MORE_OF_IT = re.compile(
    r"(?:(?:any|an?|some|more|got|have|do you have|is there|gibt es|hast du|ein|mehr|hay|un)\s+)*"
    r"(?:examples?|details?|info|infos|links?|tutorials?|guides?|beispiele?|anleitung|ejemplos?)\W*"
    r"|(?:any|some)thing else\W*|(?:sonst )?noch (?:etwas|mehr|was)\W*|mehr (?:davon|dazu)\W*"
    r"|(?:why|warum|wieso) so \w+\W*",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?:(?:no|nope|sorry|actually|nein|doch|perdón)\b(?:,|(?= i me| ich mein))\s*)*"
    r"(?:(?:i (?:meant|mean)|ich mein(?:t)?e|quise decir|quiero decir)\b[\s,:]*)?",
    re.IGNORECASE,
)
# "and remove one?" after "how do I add a dependency?"
_VERB_OF_IT = re.compile(
    r"(?:(?:and|or|but|also)\s+)*(?:to\s+)?(?P<verb>[a-z-]{3,})\s+(?:it|one|them|that|this)"
    r"(?:\s+(?:again|then|too|instead|later))?[\s?!.]*",
    re.IGNORECASE,
)
_VERB_OF_ME = re.compile(
    r"(?:how|where|when)\s+(?:to|(?:do|can|could|should|would|must)\s+(?:i|you|we|one))\s+"
    r"(?P<verb>[a-z-]+)(?=\s+\w)",
    re.IGNORECASE,
)
_ONES = re.compile(r"(?<=\w )ones?\Z", re.IGNORECASE)
_GOES_ON = re.compile(rf"^[¿¡\s]*{_CONJUNCTION}|\bones?\b", re.IGNORECASE)
_PLEASANTRIES = re.compile(rf"(?:(?:{PLEASANTRY}|so\b)[\s,.!]*)+", re.IGNORECASE)
_ADJECTIVE = re.compile(rf"\b(?:{ADJECTIVES})\s*\Z", re.IGNORECASE)  # "great barrier reef"


def rewrite_follow_up(follow_up: str, previous: str) -> str | None:
    """Rewrite ``follow_up``, asked after ``previous``; None if it already stands alone."""
    follow_up, previous = map(_without_pleasantries, (follow_up, previous))
    if not previous or not follow_up.strip(_PUNCTUATION) or len(previous) > _MAX_PREVIOUS_CHARS:
        return None
    follow_up = _CORRECTION.sub("", follow_up)
    if query := _replace_verb(follow_up, previous) or _substitute(follow_up, previous):
        return query
    goes_on = _MORE_OF_IT.fullmatch(follow_up) or _AND_IF.fullmatch(follow_up)
    if goes_on or _is_bare_question(follow_up):
        return _join(previous, follow_up)
    if split_question(follow_up):
        return None  # its pronouns refer to its own first part
    if _has_leading_pronoun(follow_up):
        return _append_names(follow_up, previous)
    return _second_question(follow_up, previous) if _GOES_ON.search(follow_up) else None


def _replace_verb(follow_up: str, previous: str) -> str | None:
    """Apply rule 4."""
    other, verb = _VERB_OF_IT.fullmatch(follow_up), _VERB_OF_ME.match(previous)
    if other is None or verb is None or other["verb"].casefold() in PREPOSITIONS:
        return None
    return previous[: verb.start("verb")] + other["verb"] + previous[verb.end("verb") :]


def _second_question(follow_up: str, previous: str) -> str | None:
    """Return the follow-up with the subject of the previous question, if it refers to that."""
    parts = _parts(follow_up, previous)
    return parts[-1].query if parts and parts[-1].query != parts[-1].text else None


def _parts(follow_up: str, previous: str) -> tuple[QuestionPart, ...]:
    return split_question(f"{previous.rstrip(_PUNCTUATION)}? {follow_up}")


def is_fragment(text: str) -> bool:
    """Return whether a text can only be understood after another question: "and in July?"."""
    text = _without_pleasantries(text)
    return _substitution_phrase(text) is not None or _is_bare_question(text)


def _without_pleasantries(text: str) -> str:
    """Collapse white space, and cut "hi" or "thanks," before a question."""
    text = " ".join(text.split())
    pleasantries = _PLEASANTRIES.match(text)
    if pleasantries is None:
        return text
    rest = text[pleasantries.end() :]
    goes_on = opens_question(rest) or _AND.match(rest)
    return text if _ADJECTIVE.search(pleasantries[0]) and not goes_on else rest


def _substitute(follow_up: str, previous: str) -> str | None:
    """Apply rule 1; None if the follow-up is not a substitution."""
    rest = _substitution_phrase(follow_up)
    if rest is None:
        return None
    if _is_bare_question(rest):
        return _join(previous, follow_up)
    prepositional = _PREPOSITIONAL.fullmatch(rest)
    preposition, phrase = prepositional.groups() if prepositional else (None, rest)
    phrase = phrase.lstrip("¿¡ ").rstrip(_PUNCTUATION)
    term = without_article(phrase)
    if not term or len(term.split()) > _MAX_TERM_WORDS:
        return None
    refers = term.casefold() in PRONOUNS | DEMONSTRATIVES | ADVERBS  # "and after that?"
    replaced = None if refers else _replaced(phrase, preposition, previous)
    if replaced is None:
        return _join(previous, follow_up)
    span, keeps_article = replaced
    before = previous[: span[0]]
    if preposition and term == phrase:  # "on Linux" for "on a Mac"
        before = _INDEFINITE.sub("", before)
    new = _with_noun(phrase if keeps_article else term, previous[slice(*span)])
    return before + new + previous[span[1] :]


def _replaced(phrase: str, preposition: str | None, previous: str) -> tuple[Span, bool] | None:
    """Return what a phrase replaces, and whether it takes its article along."""
    term = without_article(phrase)
    span = term_of_same_class(term, previous)
    if span is None and preposition:
        span = object_of(preposition, previous)
    has_article = term != phrase
    if span is None and has_article and not preposition and (noun := noun_with_article(previous)):
        return noun, True
    span = span or possessive(term, previous)
    if span is None and not (preposition and is_german(previous)):  # its nouns are no names
        span = counterpart(term, previous)
    if span is None and not preposition:
        last = only_object(term, previous) if has_article else last_object(term, previous)
        return (last, True) if last else None
    return (span, False) if span else None


def _with_noun(term: str, replaced: str) -> str:
    """Return "vue components" for "vue ones" if it replaces "react components"."""
    return _ONES.sub(replaced.rsplit(maxsplit=1)[-1], term) if _ONES.search(term) else term


def _substitution_phrase(follow_up: str) -> str | None:
    """Return the phrase after "what about" or "and", or a bare "in …", system or number."""
    text = _PARTICLES.sub("", follow_up.lstrip("¿¡ ")).rstrip(_PUNCTUATION)
    if what_about := _WHAT_ABOUT.fullmatch(text):
        return what_about["rest"]
    if (likewise := _LIKEWISE.fullmatch(text)) and _ALSO.search(follow_up):
        return likewise["rest"]
    mine = _MY_SYSTEM.fullmatch(text)
    if mine and is_of_class(mine["rest"]):
        return mine["rest"]
    conjunction = _AND.fullmatch(text)
    rest = conjunction["rest"] if conjunction else text
    prepositional = _PREPOSITIONAL.fullmatch(rest)
    if prepositional and not _has_verb(prepositional["term"]):
        return rest
    if conjunction and not _has_verb(rest) and len(rest.split()) <= _MAX_TERM_WORDS:
        return rest
    is_option = rest.startswith(("--", "/", "!")) and " " not in rest
    return rest if NUMBER.fullmatch(rest) or names_class(rest) or is_option else None


def _append_names(follow_up: str, previous: str) -> str | None:
    """Apply rule 3."""
    present = {name.casefold() for name in find_names(follow_up)}
    names = [name for name in find_names(previous) if name.casefold() not in present]
    if not names and _parts(follow_up, previous):
        return _second_question(follow_up, previous)
    if not names:
        return _join(previous, follow_up)
    return f"{follow_up.rstrip(_PUNCTUATION)}? ({', '.join(names)})"


def _join(previous: str, follow_up: str) -> str:
    ending = "" if previous.endswith(("?", "!", ".", "…")) else "?"
    return f"{previous}{ending} {follow_up}"


def _has_leading_pronoun(follow_up: str) -> bool:
    """Return whether a pronoun precedes every name that it could refer to."""
    text = _EXPLETIVE_IT.sub("", follow_up)
    if _THAT_IS.fullmatch(text) or (is_german(text) and _GERMAN_REFERENCE.search(text)):
        return True
    first_name = min((name.start() for name in match_names(text)), default=len(text))
    words = [word[0].casefold() for word in WORD.finditer(text) if word.start() < first_name]
    following = [*(word.casefold() for word in WORD.findall(text)), ""][1:]
    return any(
        word in PRONOUNS
        # A demonstrative at the end or before a verb is a pronoun; before a noun it is not.
        or (word in DEMONSTRATIVES and (not after or after in VERBS | PREPOSITIONS))
        for word, after in zip(words, following, strict=False)
    )


def _is_bare_question(text: str) -> bool:
    """Return whether the text has a question word but no terms: "why?", "why is that?"."""
    words = {word.casefold() for word in WORD.findall(_PARTICLES.sub("", text))}
    return bool(words & QUESTION_WORDS) and words <= QUESTION_WORDS | NON_TERMS | _BARE_WORDS


def _has_verb(text: str) -> bool:
    words = {word.casefold() for word in WORD.findall(text)}
    return bool(words & (VERBS | PRONOUNS | QUESTION_WORDS))
