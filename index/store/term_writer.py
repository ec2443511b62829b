"""Write the terms of all articles: a BM25 index, and numbers of a sorted vocabulary."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.search.term_table import Ids
from index.store import term_file
from index.store.bm25 import BM25Index
from index.store.contents import BM25_FOLDER
from index.store.corpus_columns import encode
from index.store.term_columns import IndexedTerms, TermColumns, TitleTerms

_BLOCK_IDS = 1 << 20


def write_terms(
    folder: Path,
    articles: Sequence[TermColumns],
    known_languages: Collection[str],
    on_progress: Callable[[int], None] = lambda _passages: None,
) -> None:
    """Write the BM25 index and the terms of the articles' passages. Raises OSError.

    ``known_languages`` are those of the encoder, empty for all. ``on_progress`` is called with the
    number of passages that are indexed.
    """
    write_term_file(folder, articles)
    BM25Index.build(folder / BM25_FOLDER, _indexed(articles, known_languages, on_progress))


def _indexed(
    articles: Sequence[TermColumns],
    known_languages: Collection[str],
    on_progress: Callable[[int], None],
) -> Iterator[tuple[int, IndexedTerms]]:
    """Yield the article number and the indexed terms of each passage."""
    done = 0
    for number, article in enumerate(articles):
        for passage in article.indexed(known_languages):
            yield number, passage
        done += len(article.passages)
        on_progress(done)


def write_term_file(folder: Path, articles: Sequence[TermColumns]) -> None:
    """Write a ``TermFile`` of the articles' passages, in this order. Raises OSError."""
    numbering = _Numbering()
    headings: dict[TitleTerms, int] = {}
    passages = _passage_rows(articles, headings)
    sentences = _joined(each.sentences for each in articles)
    ids = {
        term_file.TOKENS_FILE: numbering.of_all(articles, lambda each: each.tokens),
        term_file.NAMES_FILE: numbering.of_all(articles, lambda each: each.names),
        term_file.MORE_TERMS_FILE: numbering.of_all(articles, lambda each: each.more_terms),
        term_file.HEADING_TERMS_FILE: numbering.of_terms(
            chain.from_iterable(each.content_terms for each in headings)
        ),
        term_file.TITLE_TERMS_FILE: numbering.of_terms(
            chain.from_iterable(each.all_terms for each in headings)
        ),
    }
    final = _write_vocabulary(folder, numbering.terms, ids.values())
    for name, values in ids.items():
        for block in _blocks(values):
            block[:] = final[block]
        (folder / name).write_bytes(values.data)
    np.save(folder / term_file.PASSAGES_FILE, passages)
    np.save(folder / term_file.SENTENCES_FILE, sentences)
    _write_headings(folder, [*headings])


class _Numbering:
    """Provisional numbers of the terms of several vocabularies."""

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self._own: dict[int, Ids] = {}  # by the identity of a vocabulary; many articles share one

    def of_all(self, articles: Sequence[TermColumns], column: Callable[[TermColumns], Ids]) -> Ids:
        """Return the numbers of all ids in a column of the articles."""
        numbers = np.empty(sum(len(column(each)) for each in articles), term_file.ID)
        start = 0
        for each in articles:  # one by one: a list of millions of numbers would exist twice
            own = column(each)
            numbers[start : start + len(own)] = self._of(each, own)
            start += len(own)
        return numbers

    def _of(self, article: TermColumns, ids: Ids) -> Ids:
        """Return the numbers of ids in an article's vocabulary."""
        key = id(article.vocabulary)
        if key not in self._own:
            self._own[key] = self.of_terms(article.vocabulary)
        return self._own[key][ids]

    def of_terms(self, terms: Iterable[str]) -> Ids:
        numbers = self.terms
        return np.array([numbers.setdefault(term, len(numbers)) for term in terms], term_file.ID)


def _passage_rows(
    articles: Sequence[TermColumns], headings: dict[TitleTerms, int]
) -> NDArray[np.uint64]:
    """Return the columns of passages and where the last one ends; add their headings."""
    counts = _joined(each.passages for each in articles).astype(np.uint64)
    numbers = [
        np.array([headings.setdefault(own, len(headings)) for own in each.headings], np.uint64)[
            each.passages[:, 3]
        ]
        for each in articles
    ]
    rows = np.zeros((len(counts) + 1, len(term_file.PASSAGE_COLUMNS)), np.uint64)
    rows[1:] = np.cumsum(counts, axis=0)
    rows[:-1, 3] = np.concatenate(numbers) if numbers else 0
    rows[:-1, 4] = counts[:, 4]
    rows[-1, 3:5] = 0
    return rows


def _joined(columns: Iterable[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([*columns])


def _blocks(ids: Ids) -> Iterator[Ids]:
    """Yield slices of many ids, which NumPy copies in 64 bits to look them up."""
    return (ids[start : start + _BLOCK_IDS] for start in range(0, len(ids), _BLOCK_IDS))


def _write_vocabulary(folder: Path, numbers: dict[str, int], used: Iterable[Ids]) -> Ids:
    """Write the sorted terms that occur; return the final id of each provisional one."""
    occurs = np.zeros(len(numbers), np.bool_)
    for block in chain.from_iterable(map(_blocks, used)):
        occurs[block] = True
    ordered = sorted(term for term, number in numbers.items() if occurs[number])
    encoded = [encode(term) for term in ordered]
    (folder / term_file.VOCABULARY_FILE).write_bytes(b"".join(encoded))
    ends = np.cumsum(np.array([*map(len, encoded)], np.uint64), dtype=np.uint64)
    np.save(folder / term_file.ENDS_FILE, ends)
    final = np.zeros(len(numbers), term_file.ID)
    final[[numbers[term] for term in ordered]] = np.arange(len(ordered), dtype=term_file.ID)
    return final


def _write_headings(folder: Path, headings: Sequence[TitleTerms]) -> None:
    """Write the languages and the columns of headings, and where the last one ends."""
    languages = sorted({heading.language for heading in headings})
    numbers = [*(languages.index(heading.language) for heading in headings), 0]
    content = accumulate((len(heading.content_terms) for heading in headings), initial=0)
    title = accumulate((len(heading.all_terms) for heading in headings), initial=0)
    of_article = [*(heading.article_terms for heading in headings), 0]
    rows = zip(content, numbers, title, of_article, strict=True)
    np.save(folder / term_file.HEADINGS_FILE, np.array([*rows], np.uint32))
    (folder / term_file.LANGUAGES_FILE).write_text(json.dumps(languages), "utf-8")
