"""Rewrite a follow-up question so that it can be understood without the question before it.

Members wrote every word of the result: either a part of the follow-up replaces a part of the
previous question, or the two are joined. The rules, in order:

1. *Substitution*: "what about Iraq?", "and in Iraq?", "and Iraq?", "in 2019?". The new term
   replaces its counterpart in the previous question: the term after the same preposition; a
   number for a number, an abbreviation for an abbreviation, a name for a name (the last of them);
   or a term that ends in the same word ("green tea" for "black tea"). Without a counterpart, the
   questions are joined.
2. *Bare question*: "why?", "since when?", "how many?", "why is that?". It is appended to the
   previous question.
3. *Leading pronoun*: "When did they leave?", "Is it dangerous?". The names in the previous
   question are appended in brackets; without names, the questions are joined.
4. Anything else stands alone.
"""

import re

from index.text.spans import Span

_MAX_PREVIOUS_CHARS = 300  # anything longer was a text, not a question
_MAX_TERM_WORDS = 6
_MIN_ABBREVIATION_CAPITALS = 2  # ISIS, DoD
_PUNCTUATION = "?!.… ¿¡"

# English, German and Spanish.
_PREPOSITIONS = frozenset(
    """
    in at on for from to with by near since before after during between under over against of about
    im bei mit für von nach aus seit vor auf gegen zu zum
    en de del para con desde por sobre contra entre antes
    """.split()
)
_QUESTION_WORDS = frozenset(
    """
    why how when where who whom whose which what since until till then so many much long often far
    warum wieso weshalb wie wann wo wer wen wem wessen welche was seit bis dann viel viele lange oft
    por qué porqué que cómo como cuándo cuando dónde donde quién quien cuál cual cuánto cuánta
    cuántos cuántas desde hasta entonces
    and but or says said else exactly really und aber oder genau sonst y pero exactamente
    """.split()
)
_PRONOUNS = frozenset(
    """
    it its they them their theirs he him his she her hers
    sie ihr ihre ihren ihrem ihrer er ihn ihm
    él ella ellos ellas lo los las su sus
    """.split()
)
_DEMONSTRATIVES = frozenset(
    "this that these those there das dies diese dort eso esto esos estas allí".split()
)
_VERBS = frozenset(
    """
    is was are were does did do has have had will would can could should mean means happen happens
    happened ist war sind waren hat hatte wird bedeutet es era son fue eran significa
    """.split()
)
_ARTICLES = frozenset("the a an der die das den dem ein eine einen el la los las un una".split())
_NON_TERMS = _PREPOSITIONS | _PRONOUNS | _DEMONSTRATIVES | _VERBS

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
    rf"(?P<preposition>{'|'.join(_PREPOSITIONS)})\s+(?P<term>.+)", re.IGNORECASE
)
_ARTICLE = re.compile(rf"(?:{'|'.join(_ARTICLES)})\s+", re.IGNORECASE)
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


def rewrite_follow_up(follow_up: str, previous: str) -> str | None:
    """Rewrite ``follow_up``, asked after ``previous``; None if it already stands alone."""
    follow_up, previous = " ".join(follow_up.split()), " ".join(previous.split())
    if not previous or not follow_up.strip(_PUNCTUATION) or len(previous) > _MAX_PREVIOUS_CHARS:
        return None
    if query := _substitute(follow_up, previous):
        return query
    if _is_bare_question(follow_up):
        return _join(previous, follow_up)
    return _append_names(follow_up, previous) if _has_leading_pronoun(follow_up) else None


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
    span = _name_after(prepositional["preposition"], previous) if prepositional else None
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
    return rest if _NUMBER.fullmatch(rest) else None


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
        word in _PRONOUNS
        # A demonstrative at the end or before a verb is a pronoun; before a noun it is not.
        or (word in _DEMONSTRATIVES and (not after or after in _VERBS))
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
    if name[0].casefold() in _QUESTION_WORDS | _PRONOUNS | _DEMONSTRATIVES | _VERBS:
        return True
    is_first = not question[: name.start()].strip('¿¡"“„« ')
    return is_first and _term_type(name[0]) == "name" and " " not in name[0]


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


def _term_with_same_head(term: str, previous: str) -> Span | None:
    """Return "black tea" for "green tea": the same last word, and as many words before it."""
    words = term.split()
    head = re.search(rf"\b{re.escape(words[-1])}\b", previous, re.IGNORECASE)
    if head is None or len(words) < 2:
        return None
    lead = re.search(rf"(?:[\w-]+\s+){{{len(words) - 1}}}$", previous[: head.start()])
    function_words = _QUESTION_WORDS | _VERBS | _PREPOSITIONS | _ARTICLES
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
    return bool(words & _QUESTION_WORDS) and words <= _QUESTION_WORDS | _NON_TERMS


def _has_verb(text: str) -> bool:
    words = {word.casefold() for word in _WORD.findall(text)}
    return bool(words & (_VERBS | _PRONOUNS | _QUESTION_WORDS))
