"""Correct the spelling of a question by the passages that were found with it.

Passages are found despite a misspelled word, by the other words, but the word counts as one that no
passage contains: others come first, and the answer looks doubtful. So the question is corrected,
and passages are searched for again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import regex
from rapidfuzz import process
from rapidfuzz.distance import OSA, Prefix

from index.search.candidates import Candidates
from index.search.question.required_content import quoted_phrases
from index.search.term_matching import UNKNOWN_TERM, Idf
from index.text.tokenize import MIN_TYPO_CHARS, question_terms, vague_terms, word_terms
from index.text.words.stop_words import STOP_WORDS

_LETTER = r"[\p{L}\p{M}]"
_REST = rf"{_LETTER}*(?:['’]t\b)?"  # of a word
_WORD = regex.compile(_LETTER + _REST)
_APOSTROPHE = regex.compile("['’]")
_MIN_CHARS = 3  # of a stop word with two letters swapped
_MAX_TYPOS = 1  # letters inserted, dropped, changed or swapped with their neighbour


def correct_spelling(
    question: str, candidates: Candidates, idf: Idf, is_word: Callable[[str], bool]
) -> str:
    """Replace misspelled words of ``question`` by stop words or by words of the candidates.

    A word is misspelled if no passage contains it and it is no word by ``is_word``: the encoder has
    tokens for the more common words of its languages, and in another language, passages have
    another form of most words, or a compound. A phrase in quotation marks is meant as it is.
    """
    language = candidates.language
    unknown_terms = _unknown_terms(question, language, candidates, idf)
    if not unknown_terms or quoted_phrases(question):
        return question
    unknown = [
        word
        for word in _WORD.findall(question)
        if len(word) >= _MIN_CHARS
        if unknown_terms.issuperset(word_terms(word, language)) and not is_word(word)
    ]
    if not unknown:
        return question
    text = "\n".join(_texts(candidates))
    stop_words = STOP_WORDS.get(language, "").split()
    corrected = {word: _corrected(word, stop_words, text) for word in unknown}
    return _WORD.sub(lambda match: corrected.get(match[0], match[0]), question)


def may_be_word(word: str, question: str, candidates: Candidates) -> bool:
    """Return whether a word that no passage contains may be one, in a language without tokens.

    It is short or frequent, or passages have another form of it, a compound, or the whole of a verb
    that is separated in ``question``.
    """
    if len(word) < MIN_TYPO_CHARS:
        return True
    language, vocabulary = candidates.language, candidates.terms.vocabulary
    related = vocabulary.related_to(question, language)
    terms = word_terms(word, language)
    return any(term in vague_terms(language) or term in related for term in terms)


def is_same_apart_from_apostrophes(question: str, other: str) -> bool:
    """Return whether only apostrophes tell two questions apart, which nobody misses in a chat."""
    return _APOSTROPHE.sub("", question) == _APOSTROPHE.sub("", other)


def _unknown_terms(question: str, language: str, candidates: Candidates, idf: Idf) -> set[str]:
    """Return the terms of ``question`` that neither a passage nor a title contains."""
    max_idf, vocabulary = idf(UNKNOWN_TERM), candidates.terms.vocabulary
    unknown = {term for term in question_terms(question, language)[0] if idf(term) >= max_idf}
    return {term for term in unknown if term not in vocabulary}


def _texts(candidates: Candidates) -> list[str]:
    read = candidates.texts
    return [text for row in candidates.rows for text in (read.heading(row), read.passage_text(row))]


def _corrected(word: str, stop_words: Sequence[str], text: str) -> str:
    """Return the stop word with the same letters, or the most frequent word one typo away."""
    letters = sorted(word.casefold())
    near = _one_typo_away(word, stop_words)
    if swapped := [each for each in near if sorted(_APOSTROPHE.sub("", each)) == letters]:
        return swapped[0]
    if len(word) < MIN_TYPO_CHARS:
        return word
    known = Counter(_words_from(word[0], text))
    return max(_one_typo_away(word, known), key=lambda other: (known[other], other), default=word)


def _words_from(letter: str, text: str) -> list[str]:
    """Return the words of ``text`` that begin with ``letter``, in either case."""
    return regex.findall(rf"(?<!{_LETTER})(?i:{letter}){_REST}", text)


def _one_typo_away(word: str, known: Iterable[str]) -> list[str]:
    """Return the ``known`` words that one typo turns into ``word``.

    Their first letters are the same, as in most typos, and they do not only differ in the last, as
    forms of a word do.
    """
    spelled, choices = word.casefold(), {other: other.casefold() for other in known}
    found = process.extract(
        spelled, choices, scorer=OSA.distance, score_cutoff=_MAX_TYPOS, limit=None
    )
    return [
        other
        for spelling, _, other in found
        if spelling[0] == spelled[0]
        and Prefix.similarity(spelling, spelled) < max(len(spelling), len(spelled)) - 1
    ]
