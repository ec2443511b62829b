"""Value types shared by all packages. Offsets are characters in the article's text."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath


class Verdict(StrEnum):
    """The decision whether the retrieved passages answer the question."""

    ANSWERED = "answered"
    CLOSEST = "closest"
    NOTHING = "nothing"


class InputKind(StrEnum):
    """Kinds of input that are not plain questions and get a special reply."""

    NO_WORDS = "no words"
    GREETING = "greeting"
    ACKNOWLEDGEMENT = "acknowledgement"  # thanks, praise, an emoji
    HELP = "help"  # asks about the bot itself
    OTHER_SCRIPT = "other script"
    ONE_WORD = "one word"
    TEXT = "text"

    @property
    def is_question(self) -> bool:
        """True if the input can be searched for."""
        return self in {InputKind.ONE_WORD, InputKind.TEXT}

    @property
    def is_small_talk(self) -> bool:
        """True if the input is addressed to the bot and has nothing to do with the articles."""
        return self in {InputKind.GREETING, InputKind.ACKNOWLEDGEMENT, InputKind.HELP}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as marked in the file: ``text[start:end]`` may be quoted.

    ``section`` is the nearest heading above it, ``page`` counts from 1, and ``anchor`` is the id
    that links to the section on the article's web page; each is None if the file has none.
    """

    start: int
    end: int
    section: str | None = None
    page: int | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """Origin of an article; ``published`` is an ISO date."""

    title: str
    publisher: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A source document: its path inside seeds, its text as decoded, and its quotable blocks.

    ``heading`` is the position of the title in the text, or None if the text does not contain it.
    """

    path: str
    text: str
    metadata: Metadata
    blocks: tuple[Block, ...]
    heading: Block | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: ``article.text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph and its sentences: ``article.text[start:end]``; ``paragraph`` counts from 1."""

    start: int
    end: int
    paragraph: int
    sentences: tuple[Sentence, ...]
    section: str | None = None
    page: int | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Source of a quote: everything a reader needs to check it."""

    number: int
    article: str
    metadata: Metadata
    paragraph: int
    section: str | None = None
    page: int | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of an article: ``text`` equals ``article.text[start:end]``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage to show, the sentence in it that answers, and its citation.

    ``duplicates`` are near-duplicates with the same sentence, each with its own citation.
    """

    citation: Citation
    passage: Slice
    highlight: Slice
    score: float
    row: int
    duplicates: tuple["Quote", ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in a ranking, by row; scores are comparable within one search."""

    row: int
    article: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: the verdict, the quotes in reading order, the ranking behind them.

    ``input_kind`` is None for a plain question; ``has_more`` says whether there are further quotes.
    """

    question: str
    verdict: Verdict
    quotes: tuple[Quote, ...]
    ranking: tuple[Hit, ...]
    snapshot: str
    seconds: float
    input_kind: InputKind | None = None
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """An article in a listing; ``passages`` is their number, ``digest`` that of its text."""

    path: str
    metadata: Metadata
    passages: int
    digest: str


def slug(path: str) -> str:
    """Return the stable id of an article: its path inside seeds without the suffix."""
    return str(PurePosixPath(path).with_suffix(""))


def digest(text: str) -> str:
    """Return the hexadecimal SHA-256 of ``text`` in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
