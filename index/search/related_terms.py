"""Relate terms by their letters: forms of one word, and compounds with their parts.

An encoder relates "reset" to "resetting" by meaning. In a language that it does not know, terms
have to match, and a stemmer leaves "einrichten" and "eingerichtet" apart, or "Passwort" and
"Standardpasswort". A term is only related to terms that passages contain.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rapidfuzz.distance import Prefix

# What a match counts, compared with one by the term itself.
VERB_WEIGHT = 1.0  # by another form of the same verb
ENDING_WEIGHT = 0.7  # by a term with another ending, mostly of the same word
COMPOUND_WEIGHT = 0.4  # by a compound that contains the term, or by a part of it

_MIN_CHARS = 4  # of a term, and of each part of a compound
_MIN_ENDING_OVERLAP = 2 / 3  # shared prefix, of the longer term: "speich" and "speichert"
_MAX_SCANNED = 100  # terms with the same beginning, to look for other endings
_MIN_EMBEDDED_CHARS = 5  # shorter words are in many others by chance
_MIN_OTHER_CHARS = 3  # of what a compound has besides a word
_MAX_COMPOUNDS = 24  # a word that is in more of them tells little about each
_MIN_VERB_CHARS = 3  # of a stem without its separable prefix
_LINKS = ("", "s", "n", "en", "es", "er", "e")  # between the parts of a compound
# "ge" stands before a verb or behind its separable prefix, "zu" only there: "eingerichtet".
_GE = {"de": "ge", "nl": "ge"}
_ZU = {"de": "zu", "nl": "te"}
SEPARABLE_PREFIXES = {
    "de": """
        ab an auf aus bei bereit dar dazu durch ein fest fort frei her heran heraus herein herum
        herunter hin hinaus hinein hinzu hoch los mit nach ran raus rein rum runter statt teil um
        unter vor voraus weg weiter wieder zu zuruck zusammen uber""".split(),
    "nl": "aan achter af bij door in mee na om onder op over terug toe uit voor weg".split(),
}
# As people say and type them: "runterladen" is "herunterladen".
_FULL_PREFIXES = {
    "ran": ["heran"],
    "raus": ["heraus", "hinaus"],
    "rein": ["herein", "hinein"],
    "rum": ["herum"],
    "runter": ["herunter"],
}


class SearchableTerms(Protocol):
    """The terms that passages contain."""

    def __contains__(self, term: str) -> bool:
        """Return whether a passage contains a term."""

    def terms_with_prefix(self, prefix: str, limit: int) -> Sequence[str]:
        """Return the terms that begin with ``prefix``, none if there are more than ``limit``."""

    def terms_with_suffix(self, suffix: str, limit: int) -> Sequence[str]:
        """Return the terms that end with ``suffix``, none if there are more than ``limit``."""


def related_terms(term: str, language: str, known: SearchableTerms) -> Mapping[str, float]:
    """Return the ``known`` terms that are related to ``term``, and what a match by each counts."""
    if len(term) < _MIN_CHARS or not term.isalpha():
        return {}
    weights = dict.fromkeys(_compounds(term, known), COMPOUND_WEIGHT)
    if term not in known:
        weights |= dict.fromkeys(_parts(term, known), COMPOUND_WEIGHT)
    weights |= dict.fromkeys(_with_other_endings(term, known), ENDING_WEIGHT)
    same_verb = (form for form in verb_forms(term, language) if form in known)
    weights |= dict.fromkeys(same_verb, VERB_WEIGHT)
    weights.pop(term, None)
    return weights


def _with_other_endings(term: str, known: SearchableTerms) -> Iterator[str]:
    """Yield terms that begin as ``term`` does and differ in a few letters at the end."""
    begin = max(_MIN_CHARS, math.ceil(_MIN_ENDING_OVERLAP * len(term)))
    for other in known.terms_with_prefix(term[:begin], _MAX_SCANNED):
        least = _MIN_ENDING_OVERLAP * max(len(term), len(other))
        if other.isalpha() and Prefix.similarity(term, other) >= least:
            yield other


def verb_forms(term: str, language: str) -> Iterator[str]:
    """Yield the stems of a verb's participles and infinitive, if ``term`` is one of them."""
    if language in _GE:
        yield from _infixed(term, 0, _GE[language])
        for prefix in filter(term.startswith, SEPARABLE_PREFIXES[language]):
            for spelled in (prefix, *_FULL_PREFIXES.get(prefix, ())):
                verb = spelled + term.removeprefix(prefix)
                yield verb
                yield from _infixed(verb, len(spelled), _GE[language])
                yield from _infixed(verb, len(spelled), _ZU[language])


def _infixed(term: str, place: int, infix: str) -> Iterator[str]:
    """Yield ``term`` with an infix, or without the one that it has, and with or without a "t"."""
    before, after = term[:place], term[place:]
    if len(after) >= _MIN_VERB_CHARS:
        rest = after.removeprefix(infix) if after.startswith(infix) else infix + after
        yield from (before + rest, before + rest.removesuffix("t"), f"{before}{rest}t")


def _compounds(term: str, known: SearchableTerms) -> Iterator[str]:
    """Yield terms that begin or end with ``term``."""
    if len(term) >= _MIN_EMBEDDED_CHARS:
        for find in (known.terms_with_prefix, known.terms_with_suffix):
            for other in find(term, _MAX_COMPOUNDS):
                if len(other) >= len(term) + _MIN_OTHER_CHARS and other.isalpha():
                    yield other


def _parts(term: str, known: SearchableTerms) -> Iterator[str]:
    """Yield the two words that ``term`` is composed of."""
    for place in range(_MIN_CHARS, len(term) - _MIN_CHARS + 1):
        first, second = term[:place], term[place:]
        if second in known:
            stems = (first.removesuffix(link) for link in _LINKS if first.endswith(link))
            found = [stem for stem in stems if len(stem) >= _MIN_CHARS and stem in known]
            yield from (*found, second) if found else ()
