"""Terms of all passages on disk, numbered by a sorted vocabulary and memory-mapped."""

import json
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from index.search.passage_terms import SentenceTerms, SentenceTrait
from index.search.term_table import TermTable, Vocabulary
from index.store.corpus import plain

VOCABULARY_FILE = "vocabulary.bin"  # terms in UTF-8, end to end
ENDS_FILE = "vocabulary_ends.npy"  # where each ends, in bytes
TOKENS_FILE = "terms.bin"  # ids of the terms of all sentences
NAMES_FILE = "names.bin"  # ids of the terms of their names
HEADING_TERMS_FILE = "heading_terms.npy"
LANGUAGES_FILE = "languages.json"

# Passages and headings have one row more, where the last one ends.
PASSAGES_FILE = "term_passages.npy"
PASSAGE_COLUMNS = (
    "first_sentence", "first_token", "first_name", "heading", "traits", "has_more_terms",
)  # fmt: skip
SENTENCES_FILE = "term_sentences.npy"
SENTENCE_COLUMNS = ("tokens", "names", "non_stop_terms", "traits", "words")
HEADINGS_FILE = "term_headings.npy"
HEADING_COLUMNS = ("first_term", "language")

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
        self._heading_terms = plain(np.load(folder / HEADING_TERMS_FILE, mmap_mode="r"))
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
            languages=tuple(self.languages[i] for i in self._headings[headings, 1].tolist()),
        )

    def read_sentences(self, rows: range) -> list[tuple[SentenceTerms, ...] | None]:
        """Read the terms of all sentences of some passages; None if they do not cover a passage."""
        table = self.read(rows)
        tokens = map(self._all_terms.__getitem__, table.tokens.tolist())
        names = map(self._all_terms.__getitem__, table.names.tolist())
        columns = self._sentences[slice(*self._passages[[rows.start, rows.stop], 0].tolist())]
        sentences = iter(
            [
                SentenceTerms(
                    words=list(islice(tokens, words)),
                    identifiers=list(islice(tokens, count - words)),
                    names=tuple(islice(names, name_count)),
                    non_stop_count=non_stop_count,
                    traits=SentenceTrait(traits),
                )
                for count, name_count, non_stop_count, traits, words in columns.tolist()
            ]
        )
        has_more = self._passages[rows.start : rows.stop, 5].tolist()
        by_passage = [tuple(islice(sentences, count)) for count in table.sentence_counts.tolist()]
        return [None if more else own for own, more in zip(by_passage, has_more, strict=True)]

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
