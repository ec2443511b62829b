"""A question and passages as words: which of them each sentence and title holds, and how near."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.kinds import Kind, kind_wanted, kinds_in, names
from index.words import SHARED, alike, content_terms, terms

Floats = NDArray[np.float64]
Idf = Callable[[str], float]

_NOWHERE = -2  # before any place, and before none
NEVER = "\0"  # a term that no passage holds
_WINDOW = 3  # terms within which two neighbouring words of the question still stand together
_PRONOUN = re.compile(
    r"\W*(?:it|its|he|his|she|her|they|their|this|these|those|such|both"
    r"|er|sie|es|ihr|ihre|sein|seine|dies\w*|он|она|оно|они|его|ее|её|их|это|эти|它|他|她|这|其)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile('["“„«「]([^"“”„»」]+)["”“»」]')
_HEAD = re.compile(r"\b(?:what|which)\s+(?:(?:type|types|kind|kinds) of )?(\w+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in one language; ``idfs`` are of ``words``, ``pairs`` are positions in them."""

    terms: tuple[str, ...]
    words: dict[str, int]
    idfs: Floats
    pairs: tuple[tuple[int, int], ...]
    kind: Kind | None
    head: int | None
    unseen: frozenset[str]


@dataclass(frozen=True, slots=True)
class Read:
    """Terms of a passage's sentences and title, kinds and names of its sentences."""

    sentences: tuple[tuple[str, ...], ...]
    title: frozenset[str]
    kinds: tuple[frozenset[Kind], ...]
    names: tuple[frozenset[str], ...]
    pronouns: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Which words each sentence and title holds: 0 or 1, shape (sentences or candidates, words)."""

    sentences: Floats
    relatives: Floats
    pairs: Floats
    runs: Floats
    titles: Floats


def quoted(question: str) -> list[str]:
    """What the question puts in double quotation marks, of two words at least."""
    return [phrase for phrase in _QUOTED.findall(question) if len(phrase.split()) > 1]


def hold_phrases(question: str, passages: Sequence[tuple[str, str]]) -> NDArray[np.bool_]:
    """Which passages, by title and text, hold every quoted phrase word for word."""
    phrases = [_spelled(phrase) for phrase in quoted(question)]
    if not phrases:
        return np.ones(len(passages), np.bool_)
    texts = [_spelled(f"{title}\n{text}") for title, text in passages]
    return np.array([all(phrase in text for phrase in phrases) for text in texts], np.bool_)


def _spelled(text: str) -> str:
    """Words in one spelling between single spaces, unstemmed: "said" is not "says"."""
    return f" {' '.join(terms(text, ''))} "


def ask(question: str, language: str, idf: Idf) -> Asked:
    """The question's words in one language, with their rarity in the index."""
    all_terms = tuple(terms(question, language))
    words = {word: i for i, word in enumerate(content_terms(question, language))}
    idfs = np.array([idf(word) for word in words], np.float64)
    never = idf(NEVER)
    return Asked(
        terms=all_terms,
        words=words,
        idfs=idfs,
        pairs=tuple(_neighbours(all_terms, words)),
        kind=kind_wanted(question),
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


@lru_cache(maxsize=1024)
def read_passage(sentences: tuple[str, ...], title: str, language: str) -> Read:
    """A passage's terms, kept for the next question that finds it."""
    return Read(
        sentences=tuple(tuple(terms(sentence, language)) for sentence in sentences),
        title=frozenset(content_terms(title, language)),
        kinds=tuple(kinds_in(sentence) for sentence in sentences),
        names=tuple(
            frozenset(term for name in names(sentence) for term in terms(name, language))
            for sentence in sentences
        ),
        pronouns=tuple(bool(_PRONOUN.match(sentence)) for sentence in sentences),
    )


def hold(asked: Asked, read: Sequence[Read]) -> Held:
    """Hold the question's words against every sentence and title."""
    sentences = [sentence for passage in read for sentence in passage.sentences]
    relatives = _relatives(asked, frozenset().union(*sentences))
    telling = relatives.keys() | set(asked.terms)
    places = _places(asked.terms)
    found: list[_Found] = []
    runs = np.zeros(len(sentences))
    for row, sentence in enumerate(sentences):
        told = [(place, term) for place, term in enumerate(sentence) if term in telling]
        if told:
            found.append(_found(asked, told, row, relatives))
            runs[row] = _longest_run(places, told) / len(asked.terms)
    held = _marked((len(sentences), len(asked.words)), [one.words for one in found])
    related = _marked(held.shape, [one.relatives for one in found])
    return Held(
        sentences=held,
        relatives=related * (1 - held),
        pairs=_marked((len(sentences), len(asked.pairs)), [one.pairs for one in found]),
        runs=runs,
        titles=np.array([[word in p.title for word in asked.words] for p in read], np.float64),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """Cells of a sentence's row: words, relatives of words, pairs of words standing together."""

    words: list[tuple[int, int]]
    relatives: list[tuple[int, int]]
    pairs: list[tuple[int, int]]


def _found(
    asked: Asked, told: Sequence[tuple[int, str]], row: int, relatives: dict[str, list[int]]
) -> _Found:
    where: dict[int, list[int]] = {}
    related: list[tuple[int, int]] = []
    for place, term in told:
        word = asked.words.get(term)
        if word is not None:
            where.setdefault(word, []).append(place)
        else:
            related.extend((row, of) for of in relatives.get(term, ()))
    near = [
        (row, pair)
        for pair, (first, second) in enumerate(asked.pairs)
        if first in where and second in where and _together(where[first], where[second])
    ]
    return _Found([(row, word) for word in where], related, near)


def _marked(shape: tuple[int, int], cells: Sequence[list[tuple[int, int]]]) -> Floats:
    """Zeros of that shape with 1 at all of ``cells``."""
    marked = np.zeros(shape)
    every = [cell for some in cells for cell in some]
    if every:
        marked[tuple(np.array(every).T)] = 1
    return marked


def _together(first: Sequence[int], second: Sequence[int]) -> bool:
    return any(0 < b - a <= _WINDOW for a in first for b in second)


def _relatives(asked: Asked, vocabulary: frozenset[str]) -> dict[str, list[int]]:
    """Terms of the candidates that resemble a word of the question, and which words those are.

    Slips of typing are only looked for in words that no passage of the index holds.
    """
    starts = {word: word[: 1 if word in asked.unseen else SHARED] for word in asked.words}
    near: dict[str, list[str]] = {start: [] for start in starts.values()}
    for length in {len(start) for start in near}:
        for term in vocabulary:
            if (start := term[:length]) in near and term not in asked.words:
                near[start].append(term)
    found: dict[str, list[int]] = {}
    for word, i in asked.words.items():
        for term in near[starts[word]]:
            if alike(word, term, word in asked.unseen):
                found.setdefault(term, []).append(i)
    return found


def _places(all_terms: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, term in enumerate(all_terms):
        places.setdefault(term, []).append(place)
    return places


def _longest_run(places: dict[str, list[int]], told: Sequence[tuple[int, str]]) -> int:
    """The most terms of the question that follow each other in a sentence as they do there.

    ``told`` are terms of the sentence with their places, ascending.
    """
    longest, last = 0, _NOWHERE
    ending: dict[int, int] = {}  # place in the question → length of the run that ends there
    for at, term in told:
        if at != last + 1:
            ending = {}
        last = at
        ending = {place: ending.get(place - 1, 0) + 1 for place in places.get(term, ())}
        longest = max(longest, *ending.values()) if ending else longest
    return longest
