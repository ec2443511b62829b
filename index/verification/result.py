"""Result of a verification: places in articles, each with a word diff."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from index.types import Quote
from index.verification.alignment import Step, TokenSpan, WordChange
from index.verification.tokens import Token


class Match(StrEnum):
    """How much of a text is in the articles."""

    EXACT = "exact"
    NEAR = "near"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A part of a word diff: what the text says, and what the article says instead.

    All parts of a place, joined, are the text and the article's own words.
    """

    change: WordChange
    quoted: str
    stored: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an article that a text quotes: ``text`` equals ``article.text[start:end]``.

    ``quote`` cites the paragraph in which it begins. ``similarity`` is the share of equal words.
    """

    quote: Quote
    start: int
    end: int
    text: str
    similarity: float
    parts: tuple[DiffPart, ...]

    @property
    def is_literal(self) -> bool:
        """True if not even marks, spaces or capitals differ."""
        return all(part.quoted == part.stored for part in self.parts)


@dataclass(frozen=True, slots=True)
class Verification:
    """The places of a text in the articles, best first; ``has_more`` if not all are listed."""

    text: str
    match: Match
    places: tuple[Place, ...]
    snapshot: str
    seconds: float
    has_more: bool = False


def word_diff(
    steps: Sequence[Step], text: str, quoted: Sequence[Token], article: str, stored: Sequence[Token]
) -> tuple[DiffPart, ...]:
    """Cut both texts at the steps of an alignment, with the spaces and marks between words."""
    quoted_cuts = _cuts([(step.change, step.quoted) for step in steps], quoted)
    stored_cuts = _cuts([(step.change, step.stored) for step in steps], stored)
    quoted_texts = [text[start:end] for start, end in pairwise(quoted_cuts)]
    stored_texts = [article[start:end] for start, end in pairwise(stored_cuts)]
    changes = [step.change for step in steps]
    return tuple(map(DiffPart, changes, quoted_texts, stored_texts))


def _cuts(spans: Sequence[tuple[WordChange, TokenSpan]], tokens: Sequence[Token]) -> list[int]:
    """Return where each span of tokens starts in its text, and where the last one ends.

    An omission starts behind the word before it, so that it includes the ellipsis.
    """
    last = tokens[spans[-1][1][1] - 1].end
    starts = [
        tokens[start - 1].end
        if change is WordChange.OMITTED or start == spans[-1][1][1]
        else tokens[start].start
        for change, (start, _) in spans
    ]
    return [*starts, last]
