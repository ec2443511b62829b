"""Articles, passages and sentences of a snapshot: text in one file, offsets in columns.

Opening takes the same time for a million passages, because columns are memory-mapped and texts are
read on demand.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache
from index.embed.chunking import passage_heading
from index.file_ranges import FileRanges
from index.filters import ALL_ARTICLES, Scope
from index.store.corpus_columns import (
    ARTICLES_FILE,
    CONTEXT_KINDS,
    DTYPES,
    NO_SECTION,
    SECTIONS_FILE,
    TEXT_FILE,
    CorpusColumns,
    Section,
    TextInMemory,
)
from index.types import ContextSlice, Metadata, Slice, Source

_NOWHERE: Section = (None, None, None)

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
        language = self.origin.language or own.language
        return replace(self.origin, language=language, text_format=own.text_format)

    @property
    def heading(self) -> str:
        """The titles above the passage: of its article, its section, its admonition or tab."""
        return passage_heading(self.metadata.title, self.section, self.context)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Articles to search, and the rows of their passages, both ascending.

    With ``is_partial``, some passages of these articles are left out.
    """

    articles: tuple[int, ...]
    rows: NDArray[np.int32]
    is_partial: bool = False


class Corpus:
    """The stored articles of a snapshot, by article number, and their passages, by row."""

    def __init__(self, folder: Path, columns: Sequence[Column], text: FileRanges) -> None:
        self._folder = folder
        self._articles, self._passages, self._sentences, self._contexts = columns
        self._text = text
        self._byte_starts = self._passages["byte_start"]
        self._byte_ends = self._passages["byte_end"]
        self.article_count = len(self._articles)
        self.sentence_count = len(self._sentences)
        self.source = weak_lru_cache(self._source, 2048)  # by number of the article
        self.passage = weak_lru_cache(self._passage, 512)  # by row

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a corpus that ``write_corpus`` wrote."""
        columns = [plain(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in DTYPES]
        return cls(folder, columns, FileRanges(folder / TEXT_FILE))

    def __len__(self) -> int:
        """Count the passages."""
        return len(self._passages)

    def _passage(self, row: int) -> StoredPassage:
        article, start, end, first, last, paragraph, section, page, _, *contexts = self._passages[
            row
        ].item()
        text = self._text_between(first, last)
        sentences = self._sentences[self.sentence_rows(row)].tolist()
        heading, anchor, origin = self._sections[section] if section != NO_SECTION else _NOWHERE
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
                ContextSlice(CONTEXT_KINDS[kind], a, b, self._text_between(first, last))
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

    def articles(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the numbers of the articles of passages, shape (len(rows),)."""
        return self._passages["article"][list(rows)].astype(np.int64)

    def _text_between(self, first: int, last: int) -> str:
        return self._text.read(first, last).decode("utf-8", "surrogatepass")

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

    def spans(self, rows: Sequence[int]) -> list[tuple[str, int, int]]:
        """Return the path of each passage's article, and where in it the passage is."""
        stored = self._passages[list(rows)]
        columns = (stored[name].tolist() for name in ("article", "start", "end"))
        return [(self.source(n).path, start, end) for n, start, end in zip(*columns, strict=True)]

    def rows(self, article: int) -> range:
        """Return the rows of an article's passages."""
        first, *following = self._articles["first_row"][article : article + 2].tolist()
        return range(first, following[0] if following else len(self))

    def row_filter(self, articles: tuple[int, ...], scope: Scope = ALL_ARTICLES) -> RowFilter:
        """Return a filter for the passages of these articles, by date also of feeds' entries."""
        ascending = tuple(sorted(articles))
        ranges = [np.arange(0), *(np.asarray(self.rows(article)) for article in ascending)]
        rows = np.concatenate(ranges).astype(np.int32)
        allowed = rows[self._allows_dates(rows, scope)] if scope.has_dates else rows
        return RowFilter(ascending, allowed, is_partial=len(allowed) < len(rows))

    def _allows_dates(self, rows: NDArray[np.int32], scope: Scope) -> NDArray[np.bool_]:
        """Tell for passages whether the entries of feeds that they are from may be quoted."""
        origins = (origin for *_, origin in self._sections)
        allowed = [origin is None or scope.allows_date(origin.published) for origin in origins]
        # NO_SECTION is the last one.
        result: NDArray[np.bool_] = np.array([*allowed, True])[self._passages["section"][rows]]
        return result

    def text(self, article: int) -> str:
        """Read the text of an article."""
        return self.text_bytes(article).decode("utf-8", "surrogatepass")

    def text_bytes(self, article: int) -> bytes:
        """Read the text of an article in UTF-8, from which its digest is computed."""
        stored = self._articles[article]
        return self._text.read(int(stored["start"]), int(stored["end"]))

    def columns(self, article: int) -> CorpusColumns:
        """Read an article as it was written, to write it again into another snapshot."""
        rows, stored = self.rows(article), self._articles[article]
        sentences = self.sentence_range(rows)
        own_contexts = self._range("first_context", rows, self._contexts)
        passages = self._passages[rows.start : rows.stop].copy()
        contexts = self._contexts[own_contexts].copy()
        text_start = int(stored["start"])
        for columns in (passages, contexts):
            columns["byte_start"] -= text_start
            columns["byte_end"] -= text_start
        passages["first_sentence"] -= sentences.start
        passages["first_context"] -= own_contexts.start
        passages["last_context"] -= own_contexts.start
        sections = passages["section"].tolist()
        numbers = dict.fromkeys(number for number in sections if number != NO_SECTION)
        own = {NO_SECTION: NO_SECTION} | {number: n for n, number in enumerate(numbers)}
        passages["section"] = [own[number] for number in sections]
        return CorpusColumns(
            text=TextInMemory(self.text_bytes(article)),
            line=self._line(article),
            passages=passages,
            sentences=self._sentences[sentences],
            contexts=contexts,
            sections=tuple(self._sections[number] for number in numbers),
        )

    def sentence_range(self, rows: range) -> slice:
        """Return the positions of the sentences of consecutive passages."""
        return self._range("first_sentence", rows, self._sentences)

    def _range(self, column: str, rows: range, values: Column) -> slice:
        """Return where the values of passages begin and end, by the column of their first."""
        firsts = self._passages[column]
        return slice(
            *(int(firsts[n]) if n < len(self) else len(values) for n in (rows.start, rows.stop))
        )

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
    def _sections(self) -> list[Section]:
        """Headings, each with the anchor that links to it, and the feed entry it is in."""
        stored = json.loads((self._folder / SECTIONS_FILE).read_text("utf-8"))
        return [
            (heading, anchor, Metadata(**origin[0]) if origin else None)
            for heading, anchor, *origin in stored
        ]

    @cached_property
    def _metadata_lines(self) -> NDArray[np.uint8]:
        return plain(np.memmap(self._folder / ARTICLES_FILE, np.uint8, "r"))

    def _line(self, article: int) -> bytes:
        start, *following = self._articles["line"][article : article + 2].tolist()
        end = following[0] if following else len(self._metadata_lines)
        return self._metadata_lines[start:end].tobytes()

    def _source(self, article: int) -> Source:
        values = json.loads(self._line(article))
        metadata = Metadata(**values["metadata"])
        return Source(values["path"], metadata, len(self.rows(article)), values["digest"])


def plain(array: Column) -> Column:
    """View a memory map as a plain array: slicing numpy's memmap class costs a microsecond."""
    return array.view(np.ndarray)
