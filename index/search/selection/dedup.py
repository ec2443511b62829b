"""Group near-duplicate passages: a story that two papers print is quoted once, with both sources.

Passages are compared by their shingles, runs of words (Broder, "On the resemblance and containment
of documents", 1997). Shingles alone would also group "50 were hurt" with "60 were hurt", so a
near-duplicate must contain the answering sentence word for word: every source that is cited
does say what is quoted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from index.search.candidates import PassageTexts
from index.search.ranker import RankedPassage

# Words between punctuation. Minus and currency signs are part of a word: they change its meaning.
_WORD = re.compile(r"""[^\s"'“”„‘’«».,;:!?()\[\]…–—。、，；：！？「」『』（）]+""")
_MIN_CHARS = 40  # shorter passages are often equal by chance ("He was born there.")
_SHINGLE_WORDS = 3
_MIN_CONTAINMENT = 0.8  # share of the shorter passage's shingles that the other contains
_MIN_REPETITION = 0.6  # share of a passage's shingles that one before it contains
_MAX_COMPARED = 6  # passages; one more than are shown at once


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """A passage to quote and its near-duplicates, best first, with the same sentence marked.

    ``is_repetition`` says that most of the passage is in a better one.
    """

    best: RankedPassage
    duplicates: tuple[RankedPassage, ...] = ()
    is_repetition: bool = False


def group_duplicates(
    ranking: Sequence[RankedPassage], texts: PassageTexts
) -> Iterator[DuplicateGroup]:
    """Yield each passage, best first, with those after it that duplicate it."""
    remaining = [(texts.passage_text(passage.row).casefold(), passage) for passage in ranking]
    while remaining:
        (text, best), *remaining = remaining
        words = _words(texts.sentence_texts(best.row)[best.sentence_index])
        longest = max(words, key=len, default="")  # a cheap check that rules most passages out
        duplicates = [
            replace(passage, sentence_index=sentences.index(words))
            for folded, passage in remaining
            if longest in folded
            if all(word in folded for word in words)
            if words in (sentences := list(map(_words, texts.sentence_texts(passage.row))))
            if _are_near_duplicates(text, folded)
        ]
        yield DuplicateGroup(best, tuple(duplicates))
        if duplicates:
            rows = {passage.row for passage in duplicates}
            remaining = [each for each in remaining if each[1].row not in rows]


def move_repetitions_back(
    groups: Iterator[DuplicateGroup], texts: PassageTexts, max_gap: float
) -> Iterator[DuplicateGroup]:
    """Yield passages that mostly repeat a better one behind those that add something.

    Only the first few are compared, up to a score of ``max_gap`` below the best: no others are
    shown at once.
    """
    first = [*islice(groups, _MAX_COMPARED)]
    near = [*takewhile(lambda each: first[0].best.score - each.best.score <= max_gap, first)]
    marked: list[DuplicateGroup] = []
    seen: list[set[tuple[str, ...]]] = []
    for group in near if len(near) > 1 else ():
        shingles = _shingles(_words(texts.passage_text(group.best.row)))
        most = max((len(shingles & earlier) for earlier in seen), default=0)
        is_repetition = most >= _MIN_REPETITION * len(shingles)
        marked.append(replace(group, is_repetition=is_repetition))
        seen.append(shingles)
    yield from sorted(marked or near, key=lambda group: group.is_repetition)
    yield from first[len(near) :]
    yield from groups


def repeats(text: str, other: str) -> bool:
    """Return whether most of a passage is in another."""
    shingles = _shingles(_words(text))
    return len(shingles & _shingles(_words(other))) >= _MIN_REPETITION * len(shingles)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _are_near_duplicates(text: str, other: str) -> bool:
    if min(len(text), len(other)) < _MIN_CHARS:
        return False
    shingles, other_shingles = _shingles(_words(text)), _shingles(_words(other))
    shorter = min(len(shingles), len(other_shingles))
    return len(shingles & other_shingles) >= _MIN_CONTAINMENT * shorter


def _shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {*zip(*(words[i:] for i in range(_SHINGLE_WORDS)), strict=False)} or {tuple(words)}
