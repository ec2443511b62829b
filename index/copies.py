"""Near-duplicates among the passages found: the same story in two papers is quoted once.

Passages resemble each other by their shingles, runs of words (Broder, "On the resemblance and
containment of documents", 1997). That alone would also put "50 were hurt" and "60 were hurt"
together: a copy must hold the answering sentence word for word, so that every source that is
named does say what is quoted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from index.rank import Candidate, Ranked

# Between punctuation; a minus or a currency is part of a word, for it matters.
_WORD = re.compile(r"""[^\s"'“”„‘’«».,;:!?()\[\]…–—。、，；：！？「」『』（）]+""")
_LEAST = 40  # characters; shorter paragraphs are the same by chance ("He was born there.")
_SHINGLE = 3  # words
_CONTAINED = 0.8  # of the shingles of the shorter passage, in the other


@dataclass(frozen=True, slots=True)
class Gathered:
    """A passage to quote; ``copies`` of it, best first, have the same sentence marked."""

    ranked: Ranked
    copies: tuple[Ranked, ...] = ()


def gathered(ranked: Sequence[Ranked], candidates: Mapping[int, Candidate]) -> tuple[Gathered, ...]:
    """The ranking with each copy put to the best of its like; ``candidates`` are by row."""
    texts = {one.row: _folded(candidates[one.row].text) for one in ranked}
    found: list[Gathered] = []
    rest = list(ranked)
    while rest:
        best, *rest = rest
        sentence = _folded(candidates[best.row].sentences[best.sentence])
        copies = [
            replace(one, sentence=place)
            for one in rest
            if sentence in texts[one.row] and _alike(texts[best.row], texts[one.row])
            if (place := _place(sentence, candidates[one.row].sentences)) is not None
        ]
        found.append(Gathered(best, tuple(copies)))
        gone = {copy.row for copy in copies}
        rest = [one for one in rest if one.row not in gone]
    return tuple(found)


def _folded(text: str) -> str:
    """The words alone, each between two spaces."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _alike(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _LEAST:
        return False
    mine, yours = _shingles(one.split()), _shingles(other.split())
    return len(mine & yours) >= _CONTAINED * min(len(mine), len(yours))


def _shingles(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}


def _place(sentence: str, sentences: Sequence[str]) -> int | None:
    """Which of ``sentences`` has the words of ``sentence``, or None."""
    return next((i for i, one in enumerate(sentences) if _folded(one) == sentence), None)
