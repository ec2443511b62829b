"""A snapshot in a folder, opened for searching, and the folder as the place of snapshots."""

import contextlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache
from index.embed.encoder import Encoder, Vectors
from index.errors import SnapshotDamaged, SnapshotError
from index.filters import ALL_ARTICLES, Scope, collection
from index.search.candidates import Candidates, PassageTexts, RetrievedPassage
from index.search.verdict import VerdictModels
from index.store import snapshot
from index.store.backend import RetrievalScores, SearchableSnapshot, mentions
from index.store.contents import SnapshotContents
from index.store.corpus import RowFilter, StoredPassage
from index.store.origin import Origin
from index.store.snapshot import Snapshot
from index.turns import Turns
from index.types import Source

_CACHED_SCOPES = 16  # each takes a pass over all articles

Bm25Search = Callable[[int, Sequence[int] | None], list[tuple[int, float]]]


class LocalSnapshot:
    """A ``SearchableSnapshot`` whose files are in a folder."""

    def __init__(self, opened: Snapshot, contents: SnapshotContents) -> None:
        self._opened = opened
        self.contents = contents
        self.turns = Turns()
        self._cached_row_filter = weak_lru_cache(self._row_filter, _CACHED_SCOPES)

    @classmethod
    def open_current(cls, index: Path) -> Self:
        """Open the current snapshot of ``index``. Raises IndexMissing, SnapshotError."""
        opened = snapshot.open_current(index)
        return cls(opened, SnapshotContents(opened.folder))

    @property
    def name(self) -> str:
        """Name of the snapshot."""
        return self._opened.manifest.name

    @property
    def passage_count(self) -> int:
        """The number of its passages."""
        return len(self.contents.corpus)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the articles, sorted."""
        return self.contents.corpus.languages

    @property
    def encoder(self) -> Encoder:
        """Model that made the vectors. Raises EncoderError."""
        return self.contents.encoder

    @property
    def verdict_models(self) -> VerdictModels | None:
        """Verdict models fitted to this corpus; None to use the packaged ones."""
        return self.contents.verdict_models

    def idf(self, term: str) -> float:
        """Compute the inverse document frequency of a term."""
        return self.contents.bm25.idf(term)

    def retrieve(self, question: str, query: Vectors, limit: int, scope: Scope) -> RetrievalScores:
        """Retrieve ``limit`` passages by ``query``, shape (1, dim), and by the question's terms."""
        return self.scores(question, query, limit, self.row_filter(scope))

    def scores(
        self, question: str, query: Vectors, limit: int, row_filter: RowFilter | None
    ) -> RetrievalScores:
        """Retrieve as ``retrieve`` does; None searches everything."""
        dense = self.contents.dense
        cosines = dict(dense.search(query, limit, row_filter.rows if row_filter else None))
        search = partial(self.contents.bm25.search, question)
        bm25 = dict(_search_rows(search, limit, row_filter))
        missing = sorted(bm25.keys() - cosines.keys())
        cosines.update(zip(missing, dense.cosines(query, missing), strict=True))
        return RetrievalScores(dict(sorted(cosines.items())), bm25)

    def bm25_search(self, text: str, limit: int, scope: Scope) -> list[tuple[int, float]]:
        """Return rows that share terms with ``text`` and their scores, best first, ties by row."""
        search = partial(self.contents.bm25.search, text)
        return _search_rows(search, limit, self.row_filter(scope))

    def phrase_search(
        self, phrases: Sequence[str], limit: int, scope: Scope
    ) -> list[tuple[int, float]]:
        """Return rows that have all terms of a phrase side by side, scored as by BM25."""
        search = partial(self.contents.bm25.phrase_search, phrases)
        return _search_rows(search, limit, self.row_filter(scope))

    def row_filter(self, scope: Scope) -> RowFilter | None:
        """Return the passages that ``scope`` allows, or None for all of them."""
        return None if scope == ALL_ARTICLES else self._cached_row_filter(scope)

    def _row_filter(self, scope: Scope) -> RowFilter:
        sources = enumerate(self.contents.corpus.all_sources())
        return self.contents.corpus.row_filter(
            tuple(number for number, source in sources if scope.allows(source)), scope
        )

    def lengths(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the lengths of passages in characters, shape (len(rows),)."""
        return self.contents.corpus.lengths(rows)

    def passage_languages(self, rows: Sequence[int]) -> Sequence[str]:
        """Return the languages in which passages were stemmed."""
        return self.contents.terms.languages_of(rows)

    def passage_traits(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Return the ``PassageTrait`` flags of passages, shape (len(rows),)."""
        return self.contents.terms.traits_of(rows)

    def candidates(self, query: Vectors, retrieved: Sequence[RetrievedPassage]) -> Candidates:
        """Read what ranking needs of retrieved passages; ``query`` has shape (1, dim)."""
        contents = self.contents
        ascending = sorted(retrieved, key=lambda passage: passage.row)
        rows = [passage.row for passage in ascending]
        return Candidates(
            rows=rows,
            cosines=np.array([passage.cosine for passage in ascending], np.float64),
            bm25=np.array([passage.bm25 for passage in ascending], np.float64),
            sentence_cosines=contents.sentence_cosines(query, rows),
            lengths=contents.corpus.lengths(rows),
            paragraphs=contents.corpus.paragraphs(rows),
            articles=contents.corpus.articles(rows),
            terms=contents.terms.read(rows),
            texts=contents.corpus,
        )

    def texts(self, rows: Sequence[int]) -> PassageTexts:
        """Return a reader of the texts of these passages."""
        return self.contents.corpus

    def passage(self, row: int) -> StoredPassage:
        """Read a passage."""
        return self.contents.corpus.passage(row)

    def spans(self, rows: Sequence[int]) -> list[tuple[str, int, int]]:
        """Return the path of each passage's article, and where in it the passage is."""
        return self.contents.corpus.spans(rows)

    def source(self, path: str) -> Source | None:
        """Return an article's metadata; None if it does not exist."""
        number = self.contents.corpus.article_numbers.get(path)
        return None if number is None else self.contents.corpus.source(number)

    def sources(
        self,
        scope: Scope = ALL_ARTICLES,
        *,
        after: str = "",
        limit: int | None = None,
        like: str = "",
    ) -> list[Source]:
        """List articles in ``scope``, newest first, then by path, from behind ``after``."""
        words = like.casefold().split()
        first = self._places[after] + 1 if after in self._places else 0
        behind = islice(self._newest_first, first, None)
        found = (each for each in behind if scope.allows(each) and mentions(each, words))
        return [*islice(found, limit)]

    @cached_property
    def _newest_first(self) -> tuple[Source, ...]:
        by_path = sorted(self.contents.corpus.all_sources(), key=lambda source: source.path)
        by_date = sorted(by_path, key=lambda source: source.metadata.published or "", reverse=True)
        return tuple(by_date)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {source.path: place for place, source in enumerate(self._newest_first)}

    def count(self, scope: Scope = ALL_ARTICLES) -> tuple[int, int]:
        """Count the articles in ``scope`` and their passages."""
        passages = [source.passages for source in self._newest_first if scope.allows(source)]
        return len(passages), sum(passages)

    def collections(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the collections of the articles in ``scope``, sorted; "" for those outside."""
        return sorted({collection(source.path) or "" for source in self.sources(scope)})

    def publishers(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the distinct publishers of the articles in ``scope``, sorted."""
        return sorted({each.metadata.publisher or "" for each in self.sources(scope)} - {""})

    def article_languages(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the languages of the articles in ``scope``, sorted."""
        return sorted({each.metadata.language or "en" for each in self.sources(scope)})

    def article_passages(
        self, path: str, first: int = 1, last: int | None = None
    ) -> Sequence[StoredPassage]:
        """Read passages of an existing article in order, from ``first`` to ``last``, from 1."""
        corpus = self.contents.corpus
        rows = corpus.rows(corpus.article_numbers[path])[first - 1 : last]
        return [corpus.passage(row) for row in rows]

    def passage_at(self, path: str, position: int) -> StoredPassage:
        """Read the first passage of an existing article that ends after a position, or the last."""
        corpus = self.contents.corpus
        rows = corpus.rows(corpus.article_numbers[path])
        index = bisect_right(rows, position, key=lambda row: corpus.passage(row).passage.end)
        return corpus.passage(rows[min(index, len(rows) - 1)])

    def article_bytes(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read the texts of existing articles in UTF-8."""
        corpus = self.contents.corpus
        return {path: corpus.text_bytes(corpus.article_numbers[path]) for path in paths}

    def close(self) -> None:
        """Allow builds to remove the snapshot."""
        self._opened.close()


class LocalStore:
    """A ``SnapshotStore`` in an index folder."""

    def __init__(self, index: Path) -> None:
        self.index = index

    def current(self) -> str | None:
        """Return the name of the current snapshot, None before the first build."""
        return snapshot.current(self.index)

    def refresh(self) -> None:
        """Do nothing; a folder is read every time."""

    def names(self) -> list[str]:
        """Name every published snapshot, oldest first."""
        return snapshot.list_snapshots(self.index)

    def origin(self) -> Origin | None:
        """Return what is known of the folder that the current snapshot was built from."""
        with contextlib.suppress(SnapshotDamaged):  # opening it says so
            if name := self.current():
                return Origin.read(snapshot.folder_of(self.index, name))
        return None

    def open_current(self) -> LocalSnapshot:
        """Open the current snapshot. Raises IndexMissing, SnapshotError."""
        return LocalSnapshot.open_current(self.index)

    def why_unavailable(self) -> str:
        """Return an empty string: a snapshot that cannot be read is not opened."""
        return ""

    def rollback(self) -> str:
        """Make the previous intact snapshot the current one and return its name."""
        return snapshot.rollback(self.index)

    def close(self) -> None:
        """Do nothing; a folder has no connections."""


def _search_rows(
    search: Bm25Search, limit: int, row_filter: RowFilter | None
) -> list[tuple[int, float]]:
    """Search the passages of a filter, whose articles ``search`` knows; all without one."""
    if row_filter is None or not row_filter.is_partial:
        return search(limit, row_filter.articles if row_filter else None)
    allowed = {*row_filter.rows.tolist()}
    searched = limit
    while True:
        hits = search(searched, row_filter.articles)
        found = [(row, score) for row, score in hits if row in allowed]
        if len(found) >= limit or len(hits) < searched:
            return found[:limit]
        searched *= 2


def contents_of(opened: SearchableSnapshot) -> SnapshotContents:
    """Return the files of a snapshot in a folder. Raises SnapshotError for one in a cluster."""
    if not isinstance(opened, LocalSnapshot):
        raise SnapshotError("this needs an index in a folder; unset QUOTH_MILVUS")
    return opened.contents
