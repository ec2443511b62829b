"""Articles, passages and sentences of a snapshot: text in one file, offsets in columns.

Everything is memory-mapped: opening takes the same time for a million passages, and only what is
read uses memory.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache
from index.types import Article, Metadata, Passage, Slice, Source

_TEXT_FILE = "text.bin"  # texts of all articles in UTF-8
_ARTICLES_FILE = "articles.jsonl"  # path, digest and metadata of an article per line
_SECTIONS_FILE = "sections.json"
_NO_SECTION = -1

_DTYPES = {
    "articles": np.dtype([("line", "u8"), ("start", "u8"), ("end", "u8"), ("first_row", "u8")]),
    "passages": np.dtype(
        [
            ("article", "u4"), ("start", "u4"), ("end", "u4"),
            ("byte_start", "u8"), ("byte_end", "u8"), ("paragraph", "u4"),
            ("section", "i4"), ("page", "u4"), ("first_sentence", "u8"),
        ]
    ),
    "sentences": np.dtype([("start", "u4"), ("end", "u4")]),
}  # fmt: skip

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage read from a snapshot; ``article`` is the article's number."""

    row: int
    article: int
    passage: Slice
    paragraph: int
    section: str | None
    anchor: str | None
    page: int | None
    sentences: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Articles to search, and the rows of their passages, both ascending."""

    articles: tuple[int, ...]
    rows: NDArray[np.int32]


class Corpus:
    """The stored articles of a snapshot, by article number, and their passages, by row."""

    def __init__(self, folder: Path, columns: Sequence[Column], text: NDArray[np.uint8]) -> None:
        self._folder = folder
        self._articles, self._passages, self._sentences = columns
        self._text = text
        self._cached_source = weak_lru_cache(self._read_source, 2048)
        self._cached_passage = weak_lru_cache(self._read_passage, 512)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a corpus that ``write_corpus`` wrote."""
        columns = [_plain(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _DTYPES]
        return cls(folder, columns, _plain(np.memmap(folder / _TEXT_FILE, np.uint8, "r")))

    def __len__(self) -> int:
        """Count the passages."""
        return len(self._passages)

    @property
    def article_count(self) -> int:
        """Number of articles."""
        return len(self._articles)

    @property
    def sentence_count(self) -> int:
        """Number of sentences."""
        return len(self._sentences)

    def passage(self, row: int) -> StoredPassage:
        """Return the passage of a row."""
        return self._cached_passage(row)

    def source(self, article: int) -> Source:
        """Return the path and metadata of an article."""
        return self._cached_source(article)

    def _read_passage(self, row: int) -> StoredPassage:
        article, start, end, first, last, paragraph, section, page, _ = self._passages[row].item()
        text = _decode(self._text[first:last].tobytes())
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
        """Return the positions of a passage's sentences among all sentences."""
        following = row + 1
        last = len(self._sentences)
        if following < len(self):
            last = self._passages[following].item()[-1]
        return slice(self._passages[row].item()[-1], last)

    def location(self, row: int) -> tuple[int, int, int]:
        """Return article number, start and end of the passage of a row."""
        article, start, end, *_ = self._passages[row].item()
        return article, start, end

    def rows(self, article: int) -> range:
        """Return the rows of an article's passages."""
        first_rows = self._articles["first_row"][article : article + 2].tolist()
        return range(first_rows[0], first_rows[1] if len(first_rows) > 1 else len(self))

    def row_filter(self, articles: tuple[int, ...]) -> RowFilter:
        """Return a filter for the passages of these articles."""
        ascending = tuple(sorted(articles))
        rows = [np.arange(0), *(np.asarray(self.rows(article)) for article in ascending)]
        return RowFilter(ascending, np.concatenate(rows).astype(np.int32))

    def text(self, article: int) -> str:
        """Read the text of an article."""
        return _decode(self.text_bytes(article))

    def text_bytes(self, article: int) -> bytes:
        """Read the text of an article in UTF-8, from which its digest is computed."""
        stored = self._articles[article]
        return self._text[int(stored["start"]) : int(stored["end"])].tobytes()

    def all_sources(self) -> Iterator[Source]:
        """Yield every article's metadata, in the order of their paths."""
        return (self.source(article) for article in range(self.article_count))

    def article_number(self, path: str) -> int | None:
        """Look up the number of the article at ``path`` inside seeds, None when there is none."""
        return self._numbers_by_path.get(path)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages of the articles, sorted."""
        return tuple(sorted({source.metadata.language or "en" for source in self.all_sources()}))

    @cached_property
    def _numbers_by_path(self) -> dict[str, int]:
        return {source.path: number for number, source in enumerate(self.all_sources())}

    @cached_property
    def _sections(self) -> list[tuple[str, str | None]]:
        """Headings, each with the anchor that links to it."""
        sections: list[tuple[str, str | None]] = json.loads(
            (self._folder / _SECTIONS_FILE).read_text("utf-8")
        )
        return sections

    @cached_property
    def _metadata_lines(self) -> NDArray[np.uint8]:
        return _plain(np.memmap(self._folder / _ARTICLES_FILE, np.uint8, "r"))

    def _read_source(self, article: int) -> Source:
        start, *following = self._articles["line"][article : article + 2].tolist()
        end = following[0] if following else len(self._metadata_lines)
        values = json.loads(self._metadata_lines[start:end].tobytes())
        metadata = Metadata(**values["metadata"])
        return Source(values["path"], metadata, len(self.rows(article)), values["digest"])


def _decode(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _plain(array: Column) -> Column:
    """View a memory map as a plain array: slicing numpy's memmap class costs a microsecond."""
    return array.view(np.ndarray)


def write_corpus(
    folder: Path, articles: Sequence[Article], passages: Sequence[Sequence[Passage]]
) -> None:
    """Write articles and the passages of each, in the same order, into ``folder``."""
    columns = _Columns()
    with (folder / _TEXT_FILE).open("wb") as text, (folder / _ARTICLES_FILE).open("wb") as lines:
        for article, own_passages in zip(articles, passages, strict=True):
            columns.add(article, own_passages, lines.tell(), text.tell())
            text.write(_encode(article.text))
            lines.write(_metadata_line(article))
    columns.save(folder)


def _metadata_line(article: Article) -> bytes:
    values = {"path": article.path, "digest": article.digest, "metadata": asdict(article.metadata)}
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


class _Columns:
    """Rows of the three columns while they are collected."""

    def __init__(self) -> None:
        self._articles: list[tuple[int, ...]] = []
        self._passages: list[tuple[int, ...]] = []
        self._sentences: list[tuple[int, ...]] = []
        self._sections: dict[tuple[str, str | None], int] = {}

    def add(self, article: Article, passages: Sequence[Passage], line: int, start: int) -> None:
        """Add an article whose metadata line and text begin at these byte offsets."""
        size = len(_encode(article.text))
        self._articles.append((line, start, start + size, len(self._passages)))
        char, byte = 0, start  # passages are in order, so each character is encoded once
        for passage in passages:
            byte_start = byte + len(_encode(article.text[char : passage.start]))
            byte = byte_start + len(_encode(article.text[passage.start : passage.end]))
            char = passage.end
            self._passages.append(self._passage_row(passage, byte_start, byte))
            self._sentences.extend((s.start, s.end) for s in passage.sentences)

    def save(self, folder: Path) -> None:
        rows = (self._articles, self._passages, self._sentences)
        for (name, dtype), column in zip(_DTYPES.items(), rows, strict=True):
            np.save(folder / f"{name}.npy", np.array(column, dtype=dtype))
        sections = json.dumps(list(self._sections), ensure_ascii=False)
        (folder / _SECTIONS_FILE).write_text(sections, "utf-8")

    def _passage_row(self, passage: Passage, byte_start: int, byte_end: int) -> tuple[int, ...]:
        section = _NO_SECTION
        if passage.section is not None:
            heading = (passage.section, passage.anchor)
            section = self._sections.setdefault(heading, len(self._sections))
        return (
            len(self._articles) - 1, passage.start, passage.end, byte_start, byte_end,
            passage.paragraph, section, passage.page or 0, len(self._sentences),
        )  # fmt: skip
