"""Near-duplicates among the passages found: the same story in two papers is quoted once.

Passages resemble each other by their shingles, runs of words (Broder, "On the resemblance and
containment of documents", 1997). That alone would also put "50 were hurt" and "60 were hurt"
together: a copy must hold the answering sentence word for word, so that every source that is
named does say what is quoted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from index.search.ranker import Candidate, RankedPassage

# Between punctuation; a minus or a currency is part of a word, for it matters.
_WORD = re.compile(r"""[^\s"'“”„‘’«».,;:!?()\[\]…–—。、，；：！？「」『』（）]+""")
_LEAST = 40  # characters; shorter paragraphs are the same by chance ("He was born there.")
_SHINGLE = 3  # words
_CONTAINED = 0.8  # of the shingles of the shorter passage, in the other


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """A passage to quote; ``copies`` of it, best first, have the same sentence marked."""

    ranked: RankedPassage
    copies: tuple[RankedPassage, ...] = ()


def group_duplicates(
    ranked: Sequence[RankedPassage], candidates: Mapping[int, Candidate]
) -> tuple[DuplicateGroup, ...]:
    """The ranking with each copy put to the best of its like; ``candidates`` are by row."""
    texts = {one.row: candidates[one.row].text.casefold() for one in ranked}
    found: list[DuplicateGroup] = []
    rest = list(ranked)
    while rest:
        best, *rest = rest
        words = _words(candidates[best.row].sentences[best.sentence])
        longest = max(words, key=len, default="")  # most passages lack it
        copies = [
            replace(one, sentence=place)
            for one in rest
            if longest in texts[one.row]
            if all(word in texts[one.row] for word in words)
            if (place := _place(words, candidates[one.row].sentences)) is not None
            if _alike(texts[best.row], texts[one.row])
        ]
        found.append(DuplicateGroup(best, tuple(copies)))
        gone = {copy.row for copy in copies}
        rest = [one for one in rest if one.row not in gone]
    return tuple(found)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _alike(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _LEAST:
        return False
    mine, yours = _shingles(_words(one)), _shingles(_words(other))
    return len(mine & yours) >= _CONTAINED * min(len(mine), len(yours))


def _shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}


def _place(words: Sequence[str], sentences: Sequence[str]) -> int | None:
    """Which of ``sentences`` has those words and no other, or None."""
    return next((i for i, one in enumerate(sentences) if _words(one) == words), None)
