"""Terms of all passages on disk, numbered by a sorted vocabulary and memory-mapped."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from index.search.term_table import TermTable, Vocabulary
from index.store.corpus import plain
from index.store.term_columns import TermColumns, TitleTerms

VOCABULARY_FILE = "vocabulary.bin"  # terms in UTF-8, end to end
ENDS_FILE = "vocabulary_ends.npy"  # where each ends, in bytes
TOKENS_FILE = "terms.bin"  # ids of the terms of all sentences
NAMES_FILE = "names.bin"  # ids of the terms of their names
MORE_TERMS_FILE = "more_terms.bin"  # ids of all terms of passages with more than their sentences
HEADING_TERMS_FILE = "heading_terms.bin"  # ids of the content terms of headings
TITLE_TERMS_FILE = "title_terms.bin"  # ids of all their terms, which BM25 indexes
LANGUAGES_FILE = "languages.json"

# Passages and headings have one row more, where the last one ends.
PASSAGES_FILE = "term_passages.npy"
PASSAGE_COLUMNS = (
    "first_sentence", "first_token", "first_name", "heading", "traits", "first_more",
)  # fmt: skip
SENTENCES_FILE = "term_sentences.npy"
HEADINGS_FILE = "term_headings.npy"

ID = np.dtype(np.uint32)


class _StoredTerms(Sequence[str]):
    """The sorted terms of a vocabulary on disk."""

    def __init__(self, folder: Path) -> None:
        text = _mapped(folder / VOCABULARY_FILE, np.uint8)
        ends = plain(np.load(folder / ENDS_FILE, mmap_mode="r"))
        self._text, self._ends = text.data, ends.data  # read element by element, faster so

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[str]: ...
    def __getitem__(self, number: int | slice) -> str | Sequence[str]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        start = self._ends[number - 1] if number else 0
        return str(self._text[start : self._ends[number]], "utf-8", "surrogatepass")


class TermFile:
    """The terms of a snapshot's passages, by row. Safe to read from several threads."""

    def __init__(self, folder: Path) -> None:
        self.vocabulary = Vocabulary(_StoredTerms(folder))
        self._tokens = _mapped(folder / TOKENS_FILE, ID)
        self._names = _mapped(folder / NAMES_FILE, ID)
        self._heading_terms = _mapped(folder / HEADING_TERMS_FILE, ID)
        self._title_terms = _mapped(folder / TITLE_TERMS_FILE, ID)
        self._more_terms = _mapped(folder / MORE_TERMS_FILE, ID)
        self._passages = plain(np.load(folder / PASSAGES_FILE, mmap_mode="r"))
        self._sentences = plain(np.load(folder / SENTENCES_FILE, mmap_mode="r"))
        self._headings = plain(np.load(folder / HEADINGS_FILE, mmap_mode="r"))
        self.languages = tuple(json.loads((folder / LANGUAGES_FILE).read_text("utf-8")))

    def __len__(self) -> int:
        """Count the passages."""
        return len(self._passages) - 1

    @property
    def sentence_count(self) -> int:
        """The number of sentences of all passages."""
        return len(self._sentences)

    def read(self, rows: Sequence[int]) -> TermTable:
        """Read the terms of passages by row."""
        own = self._passages[list(rows)]
        ends = self._passages[[row + 1 for row in rows]]
        sentences = _gather(self._sentences, own[:, 0], ends[:, 0])
        headings = own[:, 3].astype(np.int64)
        first_terms, last_terms = self._headings[headings, 0], self._headings[headings + 1, 0]
        return TermTable(
            vocabulary=self.vocabulary,
            tokens=_gather(self._tokens, own[:, 1], ends[:, 1]),
            token_counts=sentences[:, 0],
            non_stop_counts=sentences[:, 2],
            traits=sentences[:, 3],
            names=_gather(self._names, own[:, 2], ends[:, 2]),
            name_counts=sentences[:, 1],
            sentence_counts=(ends[:, 0] - own[:, 0]).astype(np.int64),
            passage_traits=own[:, 4].astype(np.uint8),
            headings=headings,
            heading_terms=_gather(self._heading_terms, first_terms, last_terms),
            heading_counts=(last_terms - first_terms).astype(np.int64),
            article_title_counts=self._headings[headings, 3].astype(np.int64),
            languages=self._languages_of(headings),
        )

    def languages_of(self, rows: Sequence[int]) -> tuple[str, ...]:
        """Read the languages of passages by row."""
        return self._languages_of(self._passages[list(rows), 3])

    def traits_of(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Read the ``PassageTrait`` flags of passages by row."""
        return self._passages[list(rows), 4].astype(np.uint8)

    def _languages_of(self, headings: NDArray[Any]) -> tuple[str, ...]:
        return tuple(self.languages[number] for number in self._headings[headings, 1].tolist())

    def columns(self, rows: range) -> TermColumns:
        """Read the terms of passages as they were written, to write them again."""
        stored = self._passages[rows.start : rows.stop + 1].astype(np.int64)
        counts = np.diff(stored, axis=0).astype(np.uint32)
        headings = dict.fromkeys(stored[:-1, 3].tolist())
        own = {number: local for local, number in enumerate(headings)}
        counts[:, 3] = [own[number] for number in stored[:-1, 3].tolist()]
        counts[:, 4] = stored[:-1, 4]
        sentences, tokens, names, more = (
            slice(stored[0, column], stored[-1, column]) for column in (0, 1, 2, 5)
        )
        return TermColumns(
            vocabulary=self._all_terms,
            passages=counts,
            sentences=self._sentences[sentences],
            tokens=self._tokens[tokens],
            names=self._names[names],
            more_terms=self._more_terms[more],
            headings=tuple(map(self._title_terms_of, headings)),
        )

    def _title_terms_of(self, heading: int) -> TitleTerms:
        """Read the terms of a heading."""
        own, following = self._headings[heading : heading + 2].tolist()
        first, language, first_title, article_terms = own
        last, _, last_title, _ = following
        content, title = self._heading_terms[first:last], self._title_terms[first_title:last_title]
        all_terms, content_terms = (
            tuple(map(self._all_terms.__getitem__, ids.tolist())) for ids in (title, content)
        )
        return TitleTerms(self.languages[language], all_terms, content_terms, article_terms)

    @cached_property
    def _all_terms(self) -> list[str]:
        """Every term by its id, for reading all passages."""
        return list(self.vocabulary.terms)


def _gather(values: NDArray[Any], firsts: NDArray[Any], lasts: NDArray[Any]) -> NDArray[Any]:
    """Concatenate slices of ``values``."""
    spans = zip(firsts.tolist(), lasts.tolist(), strict=True)
    return np.concatenate([values[:0], *(values[first:last] for first, last in spans)])


def _mapped(path: Path, dtype: Any) -> NDArray[Any]:
    """Map a file without a header; an empty file cannot be mapped."""
    if not path.stat().st_size:
        return np.zeros(0, dtype)
    return plain(np.memmap(path, dtype, "r"))
