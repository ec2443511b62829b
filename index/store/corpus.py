"""Articles, passages and sentences of a snapshot: text in one file, offsets in columns.

Everything is memory-mapped: opening takes the same time for a million passages, and only what is
read uses memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache
from index.embed.chunking import passage_heading
from index.text.spans import Span
from index.types import (
    Article,
    Context,
    ContextKind,
    ContextSlice,
    Metadata,
    Passage,
    Slice,
    Source,
    digest,
)

_TEXT_FILE = "text.bin"  # texts of all articles in UTF-8
_ARTICLES_FILE = "articles.jsonl"  # path, digest and metadata of an article per line
_SECTIONS_FILE = "sections.json"
_NO_SECTION = -1
_Section = tuple[str | None, str | None, Metadata | None]  # heading, anchor, feed entry
_NOWHERE: _Section = (None, None, None)

_DTYPES = {
    "articles": np.dtype([("line", "u8"), ("start", "u8"), ("end", "u8"), ("first_row", "u8")]),
    "passages": np.dtype(
        [
            ("article", "u4"), ("start", "u4"), ("end", "u4"),
            ("byte_start", "u8"), ("byte_end", "u8"), ("paragraph", "u4"),
            ("section", "i4"), ("page", "u4"), ("first_sentence", "u8"),
            ("first_context", "u8"), ("last_context", "u8"),
        ]
    ),
    "sentences": np.dtype([("start", "u4"), ("end", "u4"), ("label_chars", "u2")]),
    "contexts": np.dtype(
        [("kind", "u1"), ("start", "u4"), ("end", "u4"), ("byte_start", "u8"), ("byte_end", "u8")]
    ),
}  # fmt: skip

_CONTEXT_KINDS = tuple(ContextKind)  # by their stored number

Column = NDArray[Any]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage read from a snapshot, and its article; ``label_chars`` are of each sentence."""

    row: int
    source: Source
    passage: Slice
    paragraph: int
    section: str | None
    anchor: str | None
    page: int | None
    sentences: tuple[Slice, ...]
    context: tuple[ContextSlice, ...] = ()
    label_chars: tuple[int, ...] = ()
    origin: Metadata | None = None

    def highlight(self, sentence_index: int) -> Slice:
        """Return a sentence to highlight, without its label."""
        sentence, label = self.sentences[sentence_index], self.label_chars[sentence_index]
        return Slice(sentence.start + label, sentence.end, sentence.text[label:])

    @property
    def metadata(self) -> Metadata:
        """The metadata to cite the passage with: its feed entry's, or else its article's."""
        own = self.source.metadata
        if self.origin is None:
            return own
        return replace(self.origin, language=self.origin.language or own.language)

    @property
    def heading(self) -> str:
        """The titles above the passage: of its article, its section, its admonition or tab."""
        return passage_heading(self.metadata.title, self.section, self.context)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Articles to search, and the rows of their passages, both ascending."""

    articles: tuple[int, ...]
    rows: NDArray[np.int32]


class Corpus:
    """The stored articles of a snapshot, by article number, and their passages, by row."""

    def __init__(self, folder: Path, columns: Sequence[Column], text: NDArray[np.uint8]) -> None:
        self._folder = folder
        self._articles, self._passages, self._sentences, self._contexts = columns
        self._text = text.data  # slicing an array takes longer
        self._byte_starts = self._passages["byte_start"]
        self._byte_ends = self._passages["byte_end"]
        self.article_count = len(self._articles)
        self.sentence_count = len(self._sentences)
        self.source = weak_lru_cache(self._source, 2048)  # by number of the article
        self.passage = weak_lru_cache(self._passage, 512)  # by row

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a corpus that ``write_corpus`` wrote."""
        columns = [plain(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _DTYPES]
        return cls(folder, columns, plain(np.memmap(folder / _TEXT_FILE, np.uint8, "r")))

    def __len__(self) -> int:
        """Count the passages."""
        return len(self._passages)

    def _passage(self, row: int) -> StoredPassage:
        article, start, end, first, last, paragraph, section, page, _, *contexts = self._passages[
            row
        ].item()
        text = self._text_between(first, last)
        sentences = self._sentences[self.sentence_rows(row)].tolist()
        heading, anchor, origin = self._sections[section] if section != _NO_SECTION else _NOWHERE
        return StoredPassage(
            row=row,
            source=self.source(article),
            passage=Slice(start, end, text),
            paragraph=paragraph,
            section=heading,
            anchor=anchor,
            page=page or None,
            sentences=tuple(Slice(a, b, text[a - start : b - start]) for a, b, _ in sentences),
            label_chars=tuple(label for _, _, label in sentences),
            context=tuple(
                ContextSlice(_CONTEXT_KINDS[kind], a, b, self._text_between(first, last))
                for kind, a, b, first, last in self._contexts[slice(*contexts)].tolist()
            ),
            origin=origin,
        )

    def passage_text(self, row: int) -> str:
        """Read the text of a passage."""
        return self._text_between(int(self._byte_starts[row]), int(self._byte_ends[row]))

    def sentence_texts(self, row: int) -> list[str]:
        """Read the sentences of a passage."""
        text, first = self.passage_text(row), int(self._passages["start"][row])
        spans = self._sentences[self.sentence_rows(row)].tolist()
        return [text[start - first : end - first] for start, end, _ in spans]

    def heading(self, row: int) -> str:
        """Read the titles above a passage: of its article, its section, its admonition or tab."""
        return self.passage(row).heading

    def paragraphs(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the positions of passages in their articles, from 1, shape (len(rows),)."""
        return self._passages["paragraph"][list(rows)].astype(np.int64)

    def _text_between(self, first: int, last: int) -> str:
        return str(self._text[first:last], "utf-8", "surrogatepass")

    def sentence_rows(self, row: int) -> slice:
        """Return the positions of a passage's sentences among all sentences."""
        first, *following = self._passages["first_sentence"][row : row + 2].tolist()
        return slice(first, following[0] if following else self.sentence_count)

    def sentence_ranges(self, rows: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the positions of the first sentence of passages, and those after the last."""
        firsts, own = self._passages["first_sentence"], np.array(rows, np.int64)
        following = firsts[np.minimum(own + 1, len(self) - 1)].astype(np.int64)
        lasts = np.where(own + 1 < len(self), following, self.sentence_count)
        return firsts[own].astype(np.int64), lasts

    def lengths(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the lengths of passages in characters, shape (len(rows),)."""
        own = np.array(rows, np.int64)
        starts, ends = self._passages["start"], self._passages["end"]
        lengths: NDArray[np.int64] = ends[own].astype(np.int64) - starts[own]
        return lengths

    def rows(self, article: int) -> range:
        """Return the rows of an article's passages."""
        first, *following = self._articles["first_row"][article : article + 2].tolist()
        return range(first, following[0] if following else len(self))

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

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages of the articles, sorted."""
        return tuple(sorted({source.metadata.language or "en" for source in self.all_sources()}))

    @cached_property
    def article_numbers(self) -> dict[str, int]:
        """Number of each article by its path inside seeds."""
        return {source.path: number for number, source in enumerate(self.all_sources())}

    @cached_property
    def _sections(self) -> list[_Section]:
        """Headings, each with the anchor that links to it, and the feed entry it is in."""
        stored = json.loads((self._folder / _SECTIONS_FILE).read_text("utf-8"))
        return [
            (heading, anchor, Metadata(**origin[0]) if origin else None)
            for heading, anchor, *origin in stored
        ]

    @cached_property
    def _metadata_lines(self) -> NDArray[np.uint8]:
        return plain(np.memmap(self._folder / _ARTICLES_FILE, np.uint8, "r"))

    def _source(self, article: int) -> Source:
        start, *following = self._articles["line"][article : article + 2].tolist()
        end = following[0] if following else len(self._metadata_lines)
        values = json.loads(self._metadata_lines[start:end].tobytes())
        metadata = Metadata(**values["metadata"])
        return Source(values["path"], metadata, len(self.rows(article)), values["digest"])


def _decode(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")


def encode(text: str) -> bytes:
    """Encode text in UTF-8, with lone surrogates as they are."""
    return text.encode("utf-8", "surrogatepass")


def plain(array: Column) -> Column:
    """View a memory map as a plain array: slicing numpy's memmap class costs a microsecond."""
    return array.view(np.ndarray)


def write_corpus(
    folder: Path, articles: Sequence[Article], passages: Sequence[Sequence[Passage]]
) -> None:
    """Write articles and the passages of each, in the same order, into ``folder``."""
    columns: dict[str, list[tuple[int, ...]]] = {name: [] for name in _DTYPES}
    sections: dict[_Section, int] = {}
    with (folder / _TEXT_FILE).open("wb") as text, (folder / _ARTICLES_FILE).open("wb") as lines:
        for article, own_passages in zip(articles, passages, strict=True):
            start, first_row = text.tell(), len(columns["passages"])
            _add_passages(columns, sections, article.text, own_passages, start)
            text.write(encode(article.text))
            columns["articles"].append((lines.tell(), start, text.tell(), first_row))
            lines.write(_metadata_line(article))
    for name, dtype in _DTYPES.items():
        np.save(folder / f"{name}.npy", np.array(columns[name], dtype))
    rows = [
        [heading, anchor, *([asdict(origin)] if origin else [])]
        for heading, anchor, origin in sections
    ]
    (folder / _SECTIONS_FILE).write_text(json.dumps(rows, ensure_ascii=False), "utf-8")


def _add_passages(
    columns: dict[str, list[tuple[int, ...]]],
    sections: dict[_Section, int],
    text: str,
    passages: Sequence[Passage],
    start: int,
) -> None:
    """Add the passages of the next article, whose text begins at byte ``start``."""
    spans = [
        *((passage.start, passage.end) for passage in passages),
        *((each.start, each.end) for passage in passages for each in passage.context),
    ]
    byte = _byte_offsets(text, spans, start)
    context_rows: dict[tuple[Context, ...], Span] = {}  # passages of a section share them
    for passage in passages:
        section = _NO_SECTION
        if passage.section is not None or passage.origin is not None:
            place = (passage.section, passage.anchor, passage.origin)
            section = sections.setdefault(place, len(sections))
        if passage.context not in context_rows:
            first = len(columns["contexts"])
            columns["contexts"] += [_context_row(each, byte) for each in passage.context]
            context_rows[passage.context] = (first, len(columns["contexts"]))
        row = (
            len(columns["articles"]), passage.start, passage.end, byte[passage.start],
            byte[passage.end], passage.paragraph, section, passage.page or 0,
            len(columns["sentences"]), *context_rows[passage.context],
        )  # fmt: skip
        columns["passages"].append(row)
        columns["sentences"] += [
            (each.start, each.end, each.label_chars) for each in passage.sentences
        ]


def _context_row(context: Context, byte: Mapping[int, int]) -> tuple[int, ...]:
    start, end = context.start, context.end
    return (_CONTEXT_KINDS.index(context.kind), start, end, byte[start], byte[end])


def _byte_offsets(text: str, spans: Iterable[Span], start: int) -> dict[int, int]:
    """Return the byte of each edge of the spans, where ``text`` begins at byte ``start``."""
    offsets: dict[int, int] = {}
    char = 0
    for edge in sorted({edge for span in spans for edge in span}):
        start += len(encode(text[char:edge]))
        offsets[edge], char = start, edge
    return offsets


def _metadata_line(article: Article) -> bytes:
    metadata = asdict(article.metadata)
    values = {"path": article.path, "digest": digest(article.text), "metadata": metadata}
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
