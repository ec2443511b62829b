"""Join the parts of separable verbs: "wie richte ich das ein" asks how to "einrichten" it.

German and Dutch verbs leave their prefix at the end of the clause. Passages mostly have the whole
verb, or its participle, so that neither part matches.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from index.search.related_terms import (
    SEPARABLE_PREFIXES,
    VERB_WEIGHT,
    SearchableTerms,
    verb_forms,
)
from index.text.folding import fold
from index.text.tokenize import word_terms

_WORD = re.compile(r"[^\W\d_]+")
_MIN_WORDS = 3  # of a clause: the verb, what it is about, the prefix
# Where a clause ends: people leave out commas.
_CLAUSE_END = {
    "de": re.compile(r"[,.;:?!()]|\b(?:aber|bevor|damit|nachdem|oder|ohne|sodass|und|weil|wenn)\b"),
    "nl": re.compile(r"[,.;:?!()]|\b(?:als|en|maar|nadat|of|omdat|voordat|zodat|zonder)\b"),
}


def joined_verbs(
    question: str, language: str, known: SearchableTerms
) -> dict[str, Mapping[str, float]]:
    """Return terms that match in place of a verb whose prefix is at the end of its clause.

    They are ``known``, by the term of the verb without prefix, with what a match by each counts.
    """
    if language not in _CLAUSE_END:
        return {}
    clauses = _CLAUSE_END[language].split(fold(question, language))
    return dict(match for clause in clauses for match in _joined_in(clause, language, known))


def _joined_in(
    clause: str, language: str, known: SearchableTerms
) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Yield each term of a clause to which its last word, a prefix, can be joined."""
    words = _WORD.findall(clause)
    if len(words) < _MIN_WORDS:
        return
    *others, prefix = words
    if not _prefix_terms(language).issuperset(word_terms(prefix, language)):
        return
    for word in others:
        terms, joined = word_terms(word, language), word_terms(prefix + word, language)
        if len(terms) == len(joined) == 1:  # not of several scripts
            forms = sorted({*joined, *verb_forms(joined[0], language)})
            if matching := [form for form in forms if form in known]:
                yield terms[0], dict.fromkeys(matching, VERB_WEIGHT)


@cache
def _prefix_terms(language: str) -> frozenset[str]:
    """Return the separable prefixes of ``language`` as terms, which have no umlauts."""
    return frozenset(word_terms(" ".join(SEPARABLE_PREFIXES[language]), language))
