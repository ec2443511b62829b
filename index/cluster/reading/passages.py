"""Passages of a snapshot as read from PostgreSQL, and what ranking compares of them."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from index.cluster.rows import PassageRow
from index.embed.encoder import Vectors
from index.search.candidates import Candidates, RetrievedPassage
from index.search.passage_terms import PassageTerms
from index.search.term_table import Ids, TermTable, Vocabulary
from index.store.corpus import StoredPassage
from index.types import Slice, Source


@dataclass(frozen=True, slots=True)
class FetchedPassage:
    """A passage with all that ranking and quoting need, and its article."""

    row: PassageRow
    stored: StoredPassage

    @classmethod
    def of(cls, row: PassageRow, source: Source) -> "FetchedPassage":
        """Put a row and its article together."""
        text, start = row.text, row.start
        stored = StoredPassage(
            row=row.row,
            source=source,
            passage=Slice(start, row.end, text),
            paragraph=row.paragraph,
            section=row.section,
            anchor=row.anchor,
            page=row.page,
            sentences=tuple(
                Slice(each.start, each.end, text[each.start - start : each.end - start])
                for each in row.sentences
            ),
            label_chars=tuple(each.label_chars for each in row.sentences),
            context=row.context,
            origin=row.origin,
        )
        return cls(row, stored)

    @property
    def place(self) -> tuple[str, int]:
        """Path and paragraph, which decide ties."""
        return self.stored.source.path, self.row.paragraph


class FetchedTexts:
    """Texts of passages that have been read, by row."""

    def __init__(self, passages: Mapping[int, FetchedPassage]) -> None:
        self._passages = passages

    def passage_text(self, row: int) -> str:
        """Return the text of a passage."""
        return self._passages[row].row.text

    def sentence_texts(self, row: int) -> list[str]:
        """Return the sentences of a passage."""
        return [sentence.text for sentence in self._passages[row].stored.sentences]

    def heading(self, row: int) -> str:
        """Return the titles above a passage."""
        return self._passages[row].stored.heading


def nearest_cosines(passages: Sequence[FetchedPassage], query: Vectors) -> list[float]:
    """Compute the cosine of each passage's nearest chunk with ``query``, shape (1, dim)."""
    if not passages:
        return []
    counts = [len(each.row.chunks) for each in passages]
    vectors = np.concatenate([each.row.chunks for each in passages]).astype(np.float32)
    starts = list(accumulate(counts[:-1], initial=0))
    nearest: list[float] = np.maximum.reduceat(vectors @ query[0], starts).tolist()
    return nearest


def make_candidates(
    passages: Mapping[int, FetchedPassage], query: Vectors, retrieved: Sequence[RetrievedPassage]
) -> Candidates:
    """Return passages as ranking sees them, in the order of articles, which decides ties."""
    ordered = sorted(retrieved, key=lambda each: passages[each.row].place)
    fetched = [passages[each.row] for each in ordered]
    vectors = np.concatenate([query[:0], *(each.row.vectors for each in fetched)])
    return Candidates(
        rows=[each.row for each in ordered],
        cosines=np.array([each.cosine for each in ordered], np.float64),
        bm25=np.array([each.bm25 for each in ordered], np.float64),
        sentence_cosines=vectors.astype(np.float32) @ query[0],
        lengths=np.array([each.row.end - each.row.start for each in fetched], np.int64),
        paragraphs=np.array([each.row.paragraph for each in fetched], np.int64),
        articles=_numbered([each.stored.source.path for each in fetched]),
        terms=_term_table([each.row.terms for each in fetched]),
        texts=FetchedTexts(passages),
    )


def _term_table(passages: Sequence[PassageTerms]) -> TermTable:
    """Make the table of the terms of passages, numbered by a sorted vocabulary of their own."""
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    tokens = [sentence.terms for sentence in sentences]
    names = [sentence.names for sentence in sentences]
    titles = [passage.heading.terms for passage in passages]
    vocabulary = sorted(set(chain(*tokens, *names, *titles)))
    numbers = {term: number for number, term in enumerate(vocabulary)}
    return TermTable(
        vocabulary=Vocabulary(vocabulary),
        tokens=_ids(tokens, numbers),
        token_counts=_counts(map(len, tokens)),
        non_stop_counts=_counts(sentence.non_stop_count for sentence in sentences),
        traits=np.array([int(sentence.traits) for sentence in sentences], np.uint32),
        names=_ids(names, numbers),
        name_counts=_counts(map(len, names)),
        sentence_counts=np.array([len(each.sentences) for each in passages], np.int64),
        passage_traits=np.array([int(each.traits) for each in passages], np.uint8),
        headings=_numbered([each.heading for each in passages]),
        heading_terms=_ids(titles, numbers),
        heading_counts=np.array([*map(len, titles)], np.int64),
        article_title_counts=np.array([each.heading.article_terms for each in passages], np.int64),
        languages=tuple(each.heading.language for each in passages),
    )


def _numbered(values: Iterable[Hashable]) -> NDArray[np.int64]:
    """Give distinct values numbers, in the order in which they first occur."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(each, len(numbers)) for each in values], np.int64)


def _ids(groups: Sequence[Sequence[str]], numbers: Mapping[str, int]) -> Ids:
    return np.array([numbers[term] for group in groups for term in group], np.uint32)


def _counts(values: Iterable[int]) -> NDArray[np.uint32]:
    return np.fromiter(values, np.uint32)
