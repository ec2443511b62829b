"""The values that go through the house. Offsets are characters in the article's text."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath


class Verdict(StrEnum):
    """What the judge says of the passages found for a question."""

    ANSWERED = "answered"
    CLOSEST = "closest"
    NOTHING = "nothing"


class InputKind(StrEnum):
    """What a text is that is no plain question; it wants a reply of its own."""

    NO_WORDS = "no words"
    GREETING = "greeting"
    OTHER_SCRIPT = "other script"
    ONE_WORD = "one word"
    TEXT = "text"

    @property
    def is_question(self) -> bool:
        """Whether it can be searched for at all."""
        return self in {InputKind.ONE_WORD, InputKind.TEXT}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as its format marks it: ``text[start:end]`` may be quoted.

    ``section`` is the nearest heading above it, ``page`` the 1-based page, where there are such;
    ``anchor`` the id under which the section can be linked on the article's page.
    """

    start: int
    end: int
    section: str | None = None
    page: int | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where an article comes from; ``published`` is an ISO date where one could be read."""

    title: str
    publisher: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One source document: its path inside seeds, its text exactly as decoded, its quotable blocks.

    ``heading`` is where the title stands in the text, when it stands there.
    """

    path: str
    text: str
    metadata: Metadata
    blocks: tuple[Block, ...]
    heading: Block | None = None

    @property
    def slug(self) -> str:
        """The stable id: the path without its suffix."""
        return slug(self.path)

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, hexadecimal; what promise 1 is checked against."""
        return digest(self.text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """An exact slice of its passage, in offsets of the article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph: ``article.text[start:end]``, with its sentences; ``paragraph`` counts from 1."""

    start: int
    end: int
    paragraph: int
    sentences: tuple[Sentence, ...]
    section: str | None = None
    page: int | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands: everything a reader needs to check it."""

    number: int
    article: str
    metadata: Metadata
    paragraph: int
    section: str | None = None
    page: int | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """``text`` is exactly ``article.text[start:end]``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage as shown, the sentence in it that answers, and its citation.

    ``also`` are near-duplicates elsewhere that hold the same sentence, each with a citation.
    """

    citation: Citation
    passage: Slice
    highlight: Slice
    score: float
    row: int
    also: tuple["Quote", ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in a ranking, by row; ``score`` is comparable within one search."""

    row: int
    article: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got: the verdict, the quotes in reading order, the ranking behind them.

    ``note`` says what the text is when it is no plain question; ``more`` that there are passages
    after these.
    """

    question: str
    verdict: Verdict
    quotes: tuple[Quote, ...]
    ranking: tuple[Hit, ...]
    snapshot: str
    seconds: float
    note: InputKind | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """An article as listed: its path and origin, and how many passages it has."""

    path: str
    metadata: Metadata
    passages: int
    digest: str


def slug(path: str) -> str:
    """The stable id of an article: its path inside seeds without the suffix."""
    return str(PurePosixPath(path).with_suffix(""))


def digest(text: str) -> str:
    """SHA-256 of ``text`` in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
