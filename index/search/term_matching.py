"""A question and passages as words: which of them each sentence and title holds, and how near."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.search.answer_types import (
    AnswerType,
    asks_what_called,
    expected_answer_type,
    names,
)
from index.text.tokenize import SHARED, alike, content_terms, stop_terms, terms

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Idf = Callable[[str], float]

NEVER = "\0"  # a term that no passage holds
_WINDOW = 3  # terms within which two neighbouring words of the question still stand together
_PRONOUN = re.compile(
    r"\W*(?:it|its|he|his|she|her|they|their|this|these|those|such|both"
    r"|er|sie|es|ihr|ihre|sein|seine|dies\w*|он|она|оно|они|его|ее|её|их|это|эти|它|他|她|这|其)\b",
    re.IGNORECASE,
)
_RULE = re.compile(r"\n[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|[ \t:|-]*\Z")  # under a table's header
_QUOTED = re.compile('["“„«「]([^"“”„»」]+)["”“»」]')
_HEAD = re.compile(r"\b(?:what|which)\s+(?:(?:type|types|kind|kinds) of )?(\w+)")


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """A question in one language; ``idfs`` are of ``words``, ``pairs`` are positions in them.

    ``telling`` are its terms but the stop words, each once; ``names`` those of words with a capital
    inside it; ``called`` is whether it wants to know what something is called.
    """

    terms: tuple[str, ...]
    telling: frozenset[str]
    names: frozenset[str]
    words: dict[str, int]
    idfs: Floats
    pairs: tuple[tuple[int, int], ...]
    kind: AnswerType | None
    called: bool
    head: int | None
    unseen: frozenset[str]


@dataclass(frozen=True, slots=True)
class PassageTerms:
    """Where a passage has its terms, terms of its title, and of each sentence what it has.

    ``places`` count on from sentence to sentence with ``_WINDOW`` empty ones behind each,
    ``starts`` are the terms by their first ``SHARED`` letters, ``lengths`` are in terms,
    ``telling`` the number of different ones that are no stop words, ``named`` all ``names``,
    ``headers`` whether it is the header of a table.
    """

    places: dict[str, list[int]]
    starts: dict[str, list[str]]
    lengths: tuple[int, ...]
    telling: tuple[int, ...]
    title: frozenset[str]
    names: tuple[frozenset[str], ...]
    named: frozenset[str]
    pronouns: tuple[bool, ...]
    headers: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class TermMatches:
    """Which words each sentence and title holds: 0 or 1, shape (sentences or candidates, words).

    ``runs`` and ``met`` have shape (sentences,): the longest run of the question's terms as a share
    of them, and how many of its telling terms are there.
    """

    sentences: Floats
    relatives: Floats
    pairs: Floats
    runs: Floats
    met: Floats
    titles: Floats


def quoted(question: str) -> list[str]:
    """What the question puts in double quotation marks, of two words at least."""
    return [phrase for phrase in _QUOTED.findall(question) if len(phrase.split()) > 1]


def contains_phrases(question: str, passages: Sequence[tuple[str, str]]) -> Flags:
    """Which passages, by title and text, hold every quoted phrase word for word."""
    phrases = [_spelled(phrase) for phrase in quoted(question)]
    if not phrases:
        return np.ones(len(passages), np.bool_)
    texts = [_spelled(f"{title}\n{text}") for title, text in passages]
    return np.array([all(phrase in text for phrase in phrases) for text in texts], np.bool_)


def _spelled(text: str) -> str:
    """Words in one spelling between single spaces, unstemmed: "said" is not "says"."""
    return f" {' '.join(terms(text, ''))} "


def parse_query(question: str, language: str, idf: Idf) -> QueryTerms:
    """The question's words in one language, with their rarity in the index."""
    all_terms = tuple(terms(question, language))
    words = {word: i for i, word in enumerate(content_terms(question, language))}
    idfs = np.array([idf(word) for word in words], np.float64)
    never = idf(NEVER)
    return QueryTerms(
        terms=all_terms,
        telling=frozenset(all_terms) - stop_terms(language),
        names=_names(question, language),
        words=words,
        idfs=idfs,
        pairs=tuple(_neighbours(all_terms, words)),
        kind=expected_answer_type(question),
        called=asks_what_called(question),
        head=_head(question, language, words),
        unseen=frozenset(word for word, i in words.items() if idfs[i] >= never),
    )


def _neighbours(all_terms: Sequence[str], words: dict[str, int]) -> list[tuple[int, int]]:
    """Positions of words that follow each other with at most one other term between."""
    places = [(place, words[term]) for place, term in enumerate(all_terms) if term in words]
    steps = pairwise(places)
    return [(a, b) for (i, a), (j, b) in steps if j - i <= 2 and a != b]


def _head(question: str, language: str, words: dict[str, int]) -> int | None:
    found = _HEAD.search(question.casefold())
    stems = terms(found[1], language) if found else []
    return words.get(stems[0]) if stems else None


@lru_cache(maxsize=512)
def parse_passage(sentences: tuple[str, ...], title: str, language: str) -> PassageTerms:
    """A passage's terms, kept for the next question that finds it."""
    read = [terms(sentence, language) for sentence in sentences]
    places = _places(read)
    found = tuple(_names(sentence, language) for sentence in sentences)
    return PassageTerms(
        places=places,
        starts=_starts(places),
        lengths=tuple(map(len, read)),
        telling=tuple(len(set(sentence) - stop_terms(language)) for sentence in read),
        title=frozenset(content_terms(title, language)),
        names=found,
        named=frozenset().union(*found),
        pronouns=tuple(bool(_PRONOUN.match(sentence)) for sentence in sentences),
        headers=tuple(bool(_RULE.search(sentence)) for sentence in sentences),
    )


def _names(sentence: str, language: str) -> frozenset[str]:
    return frozenset(term for name in names(sentence) for term in _name(name, language))


@lru_cache(maxsize=5_000)
def _name(name: str, language: str) -> tuple[str, ...]:
    return tuple(terms(name, language))


def _places(sentences: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    first = 0
    for sentence in sentences:
        for place, term in enumerate(sentence, first):
            places.setdefault(term, []).append(place)
        first += len(sentence) + _WINDOW
    return places


def _starts(found: Iterable[str]) -> dict[str, list[str]]:
    starts: dict[str, list[str]] = {}
    for term in found:
        starts.setdefault(term[:SHARED], []).append(term)
    return starts


def match_terms(asked: QueryTerms, read: Sequence[PassageTerms]) -> TermMatches:
    """Hold the question's words against every sentence and title."""
    line = TokenTimeline.of(read)
    here = {term: line.mark([term]) for term in asked.terms}
    marks = [here[word] for word in asked.words]
    words = line.gather(marks)
    related = line.gather([line.mark(near) for near in _relatives(asked, read)])
    pairs = [marks[second] & _behind(marks[first]) for first, second in asked.pairs]
    return TermMatches(
        sentences=words,
        relatives=related * (1 - words),
        pairs=line.gather(pairs),
        runs=line.gather([_runs([here[term] for term in asked.terms], line.length)])[:, 0],
        met=line.gather([here[term] for term in asked.telling]).sum(1),
        titles=np.array([[word in p.title for word in asked.words] for p in read], np.float64),
    )


@dataclass(frozen=True, slots=True)
class TokenTimeline:
    """All sentences one after another, ``_WINDOW`` empty places behind each.

    What stands together, or follows, in a sentence does so on the line, and nowhere else.
    ``firsts`` (sentences,) is where each begins, ``offsets`` where each passage does.
    """

    read: Sequence[PassageTerms]
    firsts: NDArray[np.intp]
    offsets: list[int]
    length: int

    @classmethod
    def of(cls, read: Sequence[PassageTerms]) -> "TokenTimeline":
        """Lay the passages' terms end to end, with gaps between sentences."""
        lasts = np.cumsum([length + _WINDOW for passage in read for length in passage.lengths])
        firsts = np.concatenate([[0], lasts[:-1]])
        heads = np.cumsum([0, *(len(passage.lengths) for passage in read[:-1])])
        return cls(read, firsts, firsts[heads].tolist(), int(lasts[-1]))

    def mark(self, terms: Sequence[str]) -> Flags:
        """Where any of ``terms`` stands, shape (length,)."""
        places = [
            offset + place
            for offset, passage in zip(self.offsets, self.read, strict=True)
            for term in terms
            for place in passage.places.get(term, ())
        ]
        marked = np.zeros(self.length, np.bool_)
        marked[places] = True
        return marked

    def gather(self, marks: Sequence[NDArray[Any]]) -> Floats:
        """The most of each mark in each sentence, shape (sentences, marks)."""
        if not marks:
            return np.zeros((len(self.firsts), 0))
        return np.maximum.reduceat(np.stack(marks, 1), self.firsts).astype(np.float64)


def _behind(marked: Flags) -> Flags:
    """The ``_WINDOW`` places behind each mark."""
    near = np.zeros_like(marked)
    for step in range(1, _WINDOW + 1):
        near[step:] |= marked[:-step]
    return near


def _runs(asked: Sequence[Flags], length: int) -> Floats:
    """Share of the question that follows, as there, up to each place, shape (length,).

    ``asked`` are the places of its terms, in its order.
    """
    longest = np.zeros(length, np.int16)
    ending = np.zeros(length + 1, np.int16)  # one behind: the run that ends at a place
    for marked in asked:
        ending[1:] = (ending[:-1] + 1) * marked
        np.maximum(longest, ending[1:], out=longest)
    return longest / max(1, len(asked))


def _relatives(asked: QueryTerms, read: Sequence[PassageTerms]) -> list[list[str]]:
    """Terms of the candidates that resemble each word of the question, and are none of them.

    Slips of typing are only looked for in words that no passage of the index holds.
    """
    return [
        [
            term
            for term in (_opening(word, read) if word in asked.unseen else _sharing(word, read))
            if term not in asked.words and alike(word, term, word in asked.unseen)
        ]
        for word in asked.words
    ]


def _sharing(word: str, read: Sequence[PassageTerms]) -> set[str]:
    """Terms that begin with the same letters."""
    start = word[:SHARED]
    return {term for passage in read for term in passage.starts.get(start, ())}


def _opening(word: str, read: Sequence[PassageTerms]) -> set[str]:
    """Terms that begin with the same letter."""
    letter = word[:1]
    return {term for passage in read for term in passage.places if term[:1] == letter}
