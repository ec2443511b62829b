"""Value types shared by all packages. Offsets are characters in the article's text."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

OnProgress = Callable[[int, int], None]  # done, total
OnStepProgress = Callable[[str, int, int], None]  # name of the step or the source, done, total


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


class ContextKind(StrEnum):
    """The role of a context slice; a block has them in this order."""

    HEADING = "heading"  # one for each level, the highest first
    TITLE = "title"  # of an admonition or a tab
    INTRODUCTION = "introduction"  # of a list, a table or code that the block was cut from
    TABLE_HEADER = "table header"  # of a table that the block was cut from
    CODE_FENCE = "code fence"  # of code that the block was cut from; it names the language


@dataclass(frozen=True, slots=True)
class Context:
    """A span outside a block that says where the block belongs: ``text[start:end]``."""

    kind: ContextKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as marked in the file: ``text[start:end]`` may be quoted.

    ``section`` is the nearest heading above it, without markup, ``page`` counts from 1, and
    ``anchor`` is the id that links to the section on the article's web page; each is None if the
    file has none. ``markup`` are spans inside the block that are no text, such as code fences and
    the lines that open tabs: they are quoted, but at most the label of a sentence. ``origin`` is
    that of an entry of a feed, which is not the article's own.
    """

    start: int
    end: int
    section: str | None = None
    page: int | None = None
    anchor: str | None = None
    context: tuple[Context, ...] = ()
    markup: tuple[tuple[int, int], ...] = ()
    origin: "Metadata | None" = None


class TextFormat(StrEnum):
    """How the text of an article is written."""

    PLAIN = "plain"
    MARKDOWN = "markdown"  # by its author
    CONVERTED = "converted"  # to Markdown by a reader: a star or a tag in it is text
    DOCUMENT = "document"  # as readers write web pages and documents: with code, lists and tables


@dataclass(frozen=True, slots=True)
class Metadata:
    """Origin of an article; ``published`` is an ISO date.

    ``text_format`` is None if it is the usual one of files with the article's suffix.
    """

    title: str
    publisher: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None
    text_format: TextFormat | None = None


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
    """A sentence of a passage: ``article.text[start:end]``.

    Its first ``label_chars`` characters name its tab or the language of its code: they are matched
    with a question, but not highlighted.
    """

    start: int
    end: int
    label_chars: int = 0


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
    context: tuple[Context, ...] = ()
    origin: Metadata | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Source of a quote: everything a reader needs to check it.

    ``checked`` is the ISO date on which a followed article was last known to be current.
    """

    number: int
    article: str
    metadata: Metadata
    paragraph: int
    section: str | None = None
    page: int | None = None
    anchor: str | None = None
    checked: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of an article: ``text`` equals ``article.text[start:end]``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ContextSlice:
    """A context slice of an article: ``text`` equals ``article.text[start:end]``."""

    kind: ContextKind
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage to show, the sentence in it that answers, its citation and its context.

    ``duplicates`` are near-duplicates with the same sentence, each with its own citation. ``part``
    is the part of the question that it answers, counted from 1, or 0 for the whole question.
    """

    citation: Citation
    passage: Slice
    highlight: Slice
    score: float
    row: int
    duplicates: tuple["Quote", ...] = ()
    context: tuple[ContextSlice, ...] = ()
    part: int = 0

    @property
    def highlight_in_passage(self) -> tuple[int, int]:
        """The span of the highlight in ``passage.text``."""
        start = self.passage.start
        return self.highlight.start - start, self.highlight.end - start


@dataclass(frozen=True, slots=True)
class AnsweredPart:
    """A question within one that asks several: its words, and the verdict on it.

    ``query`` is what was searched for, with the subject that the words may leave out.
    """

    text: str
    query: str
    verdict: Verdict


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
    ``parts`` are those of a question that asks several things at once; the verdict is then the best
    of theirs. ``corrected`` is the question that was searched for, if its spelling was corrected.
    """

    question: str
    verdict: Verdict
    quotes: tuple[Quote, ...]
    ranking: tuple[Hit, ...]
    snapshot: str
    seconds: float
    input_kind: InputKind | None = None
    has_more: bool = False
    parts: tuple[AnsweredPart, ...] = ()
    corrected: str | None = None

    @property
    def is_question(self) -> bool:
        """True if the input could be searched for."""
        return self.input_kind is None or self.input_kind.is_question


@dataclass(frozen=True, slots=True)
class Source:
    """An article in a listing; ``passages`` is their number, ``digest`` that of its text."""

    path: str
    metadata: Metadata
    passages: int
    digest: str


def context_slices(text: str, context: Iterable[Context]) -> tuple[ContextSlice, ...]:
    """Return context spans with their text in an article."""
    return tuple(
        ContextSlice(each.kind, each.start, each.end, text[each.start : each.end])
        for each in context
    )


def slug(path: str) -> str:
    """Return the stable id of an article: its path inside seeds without the suffix."""
    return str(PurePosixPath(path).with_suffix(""))


def digest(text: str) -> str:
    """Return the hexadecimal SHA-256 of ``text`` in UTF-8."""
    return digest_bytes(text.encode("utf-8", "surrogatepass"))


def digest_bytes(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()
