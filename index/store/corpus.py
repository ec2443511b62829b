"""Articles, passages and sentences as a snapshot stores them: text in one file, offsets in columns.

Everything is memory-mapped: a corpus of a million passages opens at once and costs what is read.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache
from index.types import Article, Metadata, Passage, Slice, Source

_TEXT_FILE = "text.bin"
_ARTICLES_FILE = "articles.jsonl"
_COLUMNS = ("articles", "passages", "sentences")
_SECTIONS_FILE = "sections.json"
_NO_SECTION = -1

_ARTICLE = np.dtype([("line", "u8"), ("start", "u8"), ("end", "u8"), ("first_row", "u8")])
_PASSAGE = np.dtype(
    [
        ("article", "u4"), ("start", "u4"), ("end", "u4"), ("byte_start", "u8"), ("byte_end", "u8"),
        ("paragraph", "u4"), ("section", "i4"), ("page", "u4"), ("first_sentence", "u8"),
    ]
)  # fmt: skip
_SENTENCE = np.dtype([("start", "u4"), ("end", "u4")])

Columns = NDArray[Any]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage read back: its slice, where it stands, its sentences."""

    row: int
    article: int
    passage: Slice
    paragraph: int
    section: str | None
    anchor: str | None
    page: int | None
    sentences: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class CorpusFilter:
    """Articles to look in, and the rows of their passages, both ascending."""

    articles: tuple[int, ...]
    rows: NDArray[np.int32]


class Corpus:
    """The stored articles of a snapshot, read by row or by number."""

    def __init__(self, folder: Path, columns: Sequence[Columns], text: NDArray[np.uint8]) -> None:
        self._folder = folder
        self._articles, self._passages, self._sentences = columns
        self._text = text
        self._sources = weak_lru_cache(self._source, 2048)
        self._some = weak_lru_cache(self._passage, 512)

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """Open what ``write_corpus`` wrote."""
        columns = [_mapped(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _COLUMNS]
        return cls(folder, columns, _mapped(np.memmap(folder / _TEXT_FILE, np.uint8, "r")))

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self._passages)

    @property
    def articles(self) -> int:
        """How many articles there are."""
        return len(self._articles)

    @property
    def sentences(self) -> int:
        """How many sentences there are."""
        return len(self._sentences)

    def passage(self, row: int) -> StoredPassage:
        """The passage of a row."""
        return self._some(row)

    def source(self, article: int) -> Source:
        """The article of a number, as listed."""
        return self._sources(article)

    def _passage(self, row: int) -> StoredPassage:
        article, start, end, first, last, paragraph, section, page, _ = self._passages[row].item()
        text = _decoded(self._text[first:last].tobytes())
        heading, anchor = (None, None) if section == _NO_SECTION else self._sections[section]
        return StoredPassage(
            row=row,
            article=article,
            passage=Slice(start, end, text),
            paragraph=paragraph,
            section=heading,
            anchor=anchor,
            page=page or None,
            sentences=tuple(
                Slice(a, b, text[a - start : b - start])
                for a, b in self._sentences[self.sentence_rows(row)].tolist()
            ),
        )

    def sentence_rows(self, row: int) -> slice:
        """Where the sentences of a passage stand among all sentences."""
        after = row + 1
        last = self._passages[after].item()[-1] if after < len(self) else self.sentences
        return slice(self._passages[row].item()[-1], last)

    def place(self, row: int) -> tuple[int, int, int]:
        """Article, start and end of the passage of a row."""
        article, start, end, *_ = self._passages[row].item()
        return article, start, end

    def rows(self, article: int) -> range:
        """Rows of an article's passages."""
        first = int(self._articles["first_row"][article])
        last = article + 1
        after = self._articles["first_row"][last] if last < self.articles else len(self)
        return range(first, int(after))

    def inside(self, articles: tuple[int, ...]) -> CorpusFilter:
        """Those articles and their rows."""
        ascending = tuple(sorted(articles))
        rows = [np.arange(0), *(np.asarray(self.rows(number)) for number in ascending)]
        return CorpusFilter(ascending, np.concatenate(rows).astype(np.int32))

    def text(self, article: int) -> str:
        """The whole text of an article."""
        return _decoded(self.raw(article))

    def raw(self, article: int) -> bytes:
        """The same in UTF-8, of which the article's digest is taken."""
        stored = self._articles[article]
        return self._text[int(stored["start"]) : int(stored["end"])].tobytes()

    def all_sources(self) -> Iterator[Source]:
        """Every article as listed, in the order of their paths."""
        return (self.source(number) for number in range(self.articles))

    def number(self, path: str) -> int | None:
        """The number of the article at ``path`` inside seeds."""
        return self._numbers.get(path)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages of the articles, sorted."""
        return tuple(sorted({source.metadata.language or "en" for source in self.all_sources()}))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {source.path: number for number, source in enumerate(self.all_sources())}

    @cached_property
    def _sections(self) -> list[tuple[str, str | None]]:
        """Headings, each with the id that it can be linked by."""
        sections: list[tuple[str, str | None]] = json.loads(
            (self._folder / _SECTIONS_FILE).read_text("utf-8")
        )
        return sections

    @cached_property
    def _lines(self) -> NDArray[np.uint8]:
        return _mapped(np.memmap(self._folder / _ARTICLES_FILE, np.uint8, "r"))

    def _source(self, number: int) -> Source:
        last = number + 1
        start = int(self._articles["line"][number])
        end = int(self._articles["line"][last]) if last < self.articles else len(self._lines)
        values = json.loads(self._lines[start:end].tobytes())
        metadata = Metadata(**values["metadata"])
        return Source(values["path"], metadata, len(self.rows(number)), values["digest"])


def _decoded(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")


def _mapped(array: Columns) -> Columns:
    """The same memory without numpy's memmap class, whose every slice costs a microsecond."""
    return array.view(np.ndarray)


def write_corpus(
    folder: Path, articles: Sequence[Article], split: Sequence[Sequence[Passage]]
) -> None:
    """Write articles and their passages (``split``, in the same order) into ``folder``."""
    writer = _Writer()
    with (folder / _TEXT_FILE).open("wb") as text, (folder / _ARTICLES_FILE).open("wb") as lines:
        for article, passages in zip(articles, split, strict=True):
            start = text.tell()
            writer.add(article, passages, lines.tell(), start)
            text.write(article.text.encode("utf-8", "surrogatepass"))
            lines.write(_line(article))
            writer.end(text.tell())
    writer.save(folder)


def _line(article: Article) -> bytes:
    values = {
        "path": article.path,
        "digest": article.digest,
        "metadata": asdict(article.metadata),
    }
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


class _Writer:
    """Rows of the three columns while they are collected."""

    def __init__(self) -> None:
        self._articles: list[list[int]] = []
        self._passages: list[tuple[int, ...]] = []
        self._sentences: list[tuple[int, int]] = []
        self._sections: dict[tuple[str, str | None], int] = {}

    def add(self, article: Article, passages: Sequence[Passage], line: int, start: int) -> None:
        self._articles.append([line, start, start, len(self._passages)])
        char, byte = 0, start  # passages come in order: each character is measured once
        for passage in passages:
            byte_start = byte + _bytes(article.text[char : passage.start])
            byte = byte_start + _bytes(article.text[passage.start : passage.end])
            char = passage.end
            self._passages.append(self._row(passage, byte_start, byte))
            self._sentences.extend((s.start, s.end) for s in passage.sentences)

    def end(self, end: int) -> None:
        self._articles[-1][2] = end

    def save(self, folder: Path) -> None:
        rows = ([tuple(row) for row in self._articles], self._passages, self._sentences)
        for name, dtype, column in zip(
            _COLUMNS, (_ARTICLE, _PASSAGE, _SENTENCE), rows, strict=True
        ):
            np.save(folder / f"{name}.npy", np.array(column, dtype=dtype))
        sections = json.dumps(list(self._sections), ensure_ascii=False)
        (folder / _SECTIONS_FILE).write_text(sections, "utf-8")

    def _row(self, passage: Passage, byte_start: int, byte_end: int) -> tuple[int, ...]:
        section = _NO_SECTION
        if passage.section is not None:
            named = (passage.section, passage.anchor)
            section = self._sections.setdefault(named, len(self._sections))
        return (
            len(self._articles) - 1, passage.start, passage.end, byte_start, byte_end,
            passage.paragraph, section, passage.page or 0, len(self._sentences),
        )  # fmt: skip


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
