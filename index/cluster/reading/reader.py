"""A snapshot in a cluster, opened for searching.

A question takes three round trips at most: the statistics of terms that were not asked for lately,
the dense and the sparse searches side by side, and the passages that they found. Milvus only names
passages: texts and cosines come from PostgreSQL, with a checksum.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.cluster.files import load_files
from index.cluster.manifest import ClusterManifest, Part
from index.cluster.reading.articles import ArticleTable, parse_member, remember
from index.cluster.reading.engines import Engines, Request
from index.cluster.reading.filters import milvus_filter, named_articles
from index.cluster.reading.passages import (
    FetchedPassage,
    FetchedTexts,
    make_candidates,
    nearest_cosines,
)
from index.cluster.reading.scoring import SearchTerms, bm25_score, idf, phrase_score
from index.cluster.reading.statistics import Statistics
from index.cluster.rows import PackedRow, PassageRow, unpack
from index.cluster.schema import ROW, VECTOR, WORDS, WORDS_SEARCH, vector_search
from index.cluster.snapshots import Lease
from index.cluster.sparse import SparseVector, query_weight
from index.embed.encoder import Encoder, Vectors
from index.errors import SnapshotDamaged, StorageUnavailable
from index.filters import ALL_ARTICLES, Scope
from index.search.candidates import Candidates, PassageTexts, RetrievedPassage
from index.search.term_matching import UNKNOWN_TERM
from index.search.verdict import VerdictModels, read_verdict_models
from index.store.backend import RetrievalScores
from index.store.bm25 import TYPO_WEIGHT, phrase_terms, query_terms, title_boost
from index.store.contents import ENCODER_FOLDER, VERDICT_FILE, open_encoder
from index.store.corpus import StoredPassage
from index.store.manifest import REBUILD
from index.text.tokenize import terms
from index.turns import NoTurns
from index.types import Source

_MAX_CACHED_PASSAGES = 2_048  # about 15 kB each
_MAX_TIES = 16  # passages that may score as the last one that is wanted
_PHRASE_DEPTH = 4  # times as many passages are read as may have the phrase
_ROUNDING = 1e-4  # largest error of a score in single precision

RowScores = list[tuple[int, float]]  # rows and scores
MilvusFilter = Callable[[Iterable[int]], str]  # of the numbers of withdrawn articles

_PASSAGE_COLUMNS = """
passages.row, passages.version, passages.paragraph, passages.place, passages.text,
passages.vectors, passages.checksum,
members.path, members.version, members.digest, members.metadata, members.passages
"""
_FETCH = f"""
SELECT {_PASSAGE_COLUMNS} FROM quoth_index.passages
JOIN quoth_index.members ON snapshot = %(snapshot)s AND members.version = passages.version
WHERE row = ANY(%(rows)s)
"""  # noqa: S608 - names of columns
_ARTICLE = f"""
SELECT {_PASSAGE_COLUMNS} FROM quoth_index.members
JOIN quoth_index.passages USING (version)
WHERE snapshot = %(snapshot)s AND path = %(path)s
AND paragraph BETWEEN %(first)s AND %(last)s ORDER BY paragraph
"""  # noqa: S608 - names of columns


class ClusterSnapshot:
    """A ``SearchableSnapshot`` in Milvus and PostgreSQL."""

    def __init__(
        self, engines: Engines, manifest: ClusterManifest, lease: Lease, cache: Path
    ) -> None:
        self._engines = engines
        self.manifest = manifest
        self._lease = lease
        self._cache = cache  # folder for the encoder
        self.turns = NoTurns()
        self._statistics = Statistics(engines, manifest.name)
        self._lock = threading.Lock()
        self._passages: OrderedDict[int, FetchedPassage] = OrderedDict()
        self._articles = ArticleTable(engines, manifest.name)

    @property
    def name(self) -> str:
        """Name of the snapshot."""
        return self.manifest.name

    @property
    def passage_count(self) -> int:
        """The number of its passages."""
        return self.manifest.counts.passages

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the articles, sorted."""
        return self.manifest.languages

    @cached_property
    def _files(self) -> Path:
        with self._engines.connections.postgres() as connection:
            load_files(connection, self.manifest.files, self._cache)
        return self._cache

    @cached_property
    def encoder(self) -> Encoder:
        """Model that made the vectors. Raises EncoderError."""
        return open_encoder(self._files / ENCODER_FOLDER)

    @cached_property
    def verdict_models(self) -> VerdictModels | None:
        """Verdict models fitted to this corpus; None to use the packaged ones."""
        has_own = VERDICT_FILE in self.manifest.files
        return read_verdict_models(self._files / VERDICT_FILE) if has_own else None

    def idf(self, term: str) -> float:
        """Compute the inverse document frequency of a term."""
        found = {} if term == UNKNOWN_TERM else self._statistics.load([term])
        frequency = found[term].in_text if term in found else 0
        return idf(self.passage_count, frequency)

    def retrieve(self, question: str, query: Vectors, limit: int, scope: Scope) -> RetrievalScores:
        """Retrieve ``limit`` passages by ``query``, shape (1, dim), and by the question's terms."""
        search_terms = self._query_terms(question)
        allowed = self._filter(scope)
        dense_searches = self._searches(VECTOR, query[0].tolist(), limit, allowed)
        dense_hits, bm25_hits = self._hits(dense_searches, search_terms, limit, allowed)
        fetched = self._allowed([*dense_hits, *bm25_hits], scope)
        bm25 = dict(self._scored(search_terms, fetched, bm25_hits)[:limit])
        found = {row: each for row, each in fetched.items() if row in bm25 or row in dense_hits}
        cosines = nearest_cosines([*found.values()], query)
        return RetrievalScores(dict(zip(found, cosines, strict=True)), bm25)

    def bm25_search(self, text: str, limit: int, scope: Scope) -> RowScores:
        """Return rows that share terms with ``text`` and their scores, best first."""
        search_terms = self._query_terms(text)
        _, found = self._hits((), search_terms, limit, self._filter(scope))
        return self._scored(search_terms, self._allowed(found, scope), found)[:limit]

    def phrase_search(self, phrases: Sequence[str], limit: int, scope: Scope) -> RowScores:
        """Return rows that have all terms of a phrase side by side, scored as by BM25."""
        stemmed = phrase_terms(phrases, self.manifest.term_languages)
        known = self._statistics.load(term for phrase in stemmed for term in phrase)
        possible = [phrase for phrase in stemmed if all(term in known for term in phrase)]
        search_terms = SearchTerms(
            {term: known[term] for phrase in possible for term in phrase}, ()
        )
        depth = _PHRASE_DEPTH * limit
        allowed = self._filter(scope)
        answers = self._engines.ask(
            self._term_searches(search_terms, depth, allowed, in_titles=False)
        )
        fetched = self._allowed(_best(answers, depth), scope)
        scores = {
            row: phrase_score(possible, known, each, self.manifest) for row, each in fetched.items()
        }
        return _ranked({row: score for row, score in scores.items() if score}, fetched)[:limit]

    def _query_terms(self, text: str) -> SearchTerms:
        """Look up the terms of a question, with all those that ranking will ask for."""
        search_terms = query_terms(text, self.manifest.term_languages)
        ranked = {term for each in self.manifest.term_languages for term in terms(text, each)}
        statistics = self._statistics.load([*search_terms, *sorted(ranked - {*search_terms})])
        known = {term: statistics[term] for term in search_terms if term in statistics}
        typos = self._statistics.typos(search_terms)
        return SearchTerms(
            known,
            [(TYPO_WEIGHT * self.idf(term), near) for term, near in typos.items() if near],
        )

    def _hits(
        self,
        dense_searches: Sequence[Request[RowScores]],
        search_terms: SearchTerms,
        limit: int,
        allowed: MilvusFilter,
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Search by a vector and by terms side by side; return the rows that each found."""
        term_searches = self._term_searches(search_terms, limit, allowed)
        corrections = self._correction_searches(search_terms, limit, allowed)
        answers = iter(self._engines.ask([*dense_searches, *term_searches, *corrections]))
        dense_hits = _best(islice(answers, len(dense_searches)), limit)
        depth = search_terms.depth(limit)
        bm25_hits = _best(islice(answers, len(term_searches)), depth, with_ties=True)
        return dense_hits, bm25_hits | dict(chain.from_iterable(answers))

    def _term_searches(
        self,
        search_terms: SearchTerms,
        limit: int,
        allowed: MilvusFilter,
        *,
        in_titles: bool = True,
    ) -> list[Request[RowScores]]:
        """Return the searches for the terms of a question, none if no passage has any."""
        weights: SparseVector = {}
        for term, each in search_terms.known.items():
            if each.in_text:
                weights[2 * each.number] = query_weight(self.passage_count, each.in_text)
            if each.in_title and in_titles:
                weight = query_weight(self.passage_count, each.in_title)
                weights[2 * each.number + 1] = title_boost(term) * weight
        for weight, near in search_terms.typos:
            for each in near.values():  # a term that is there once has about half its full weight
                weights[2 * each.number] = 2 * weight
        return self._searches(WORDS, weights, search_terms.depth(limit) + _MAX_TIES, allowed)

    def _correction_searches(
        self, search_terms: SearchTerms, limit: int, allowed: MilvusFilter
    ) -> list[Request[RowScores]]:
        """Return the searches for all passages that have what a misspelled term means, if few.

        Milvus estimates the scores of these terms too low in long passages.
        """
        depth = search_terms.depth(limit) + _MAX_TIES
        weights = {2 * each.number: 1.0 for each in search_terms.rarest_corrections(depth)}
        return self._searches(WORDS, weights, depth, allowed)

    def _searches(
        self, field: str, vector: Any, limit: int, allowed: MilvusFilter
    ) -> list[Request[RowScores]]:
        """Return the searches of all collections for a vector, none for an empty one."""
        parts = self.manifest.parts if vector else ()
        return [self._search(part, field, vector, limit, allowed(part.withdrawn)) for part in parts]

    def _search(
        self, part: Part, field: str, vector: Any, limit: int, wanted: str
    ) -> Request[RowScores]:
        """Return a search of one collection: rows and scores, best first."""
        is_dense = field == VECTOR
        options: dict[str, Any] = {
            "collection_name": part.collection,
            "data": [vector],
            "anns_field": field,
            "limit": min(limit, part.chunks),
            "filter": wanted,
            "search_params": vector_search(part.chunks) if is_dense else WORDS_SEARCH,
            "output_fields": [ROW],
        }
        least = options["limit"] if is_dense and not wanted else 0

        def search(client: Any, timeout: float) -> RowScores:
            (hits,) = client.search(**options, timeout=timeout)
            if len(hits) < least:
                raise StorageUnavailable(
                    f"Milvus returned {len(hits)} of {least} passages of {part.collection}; "
                    "check that all its nodes run"
                )
            return [(int(hit["entity"][ROW]), float(hit["distance"])) for hit in hits]

        return self._engines.milvus(search)

    def _filter(self, scope: Scope) -> MilvusFilter:
        """Return the function that filters a collection without its withdrawn articles."""
        members = self._articles.members(named_articles(scope))
        return partial(milvus_filter, scope, {path: each.key for path, each in members.items()})

    def _scored(
        self,
        search_terms: SearchTerms,
        passages: Mapping[int, FetchedPassage],
        rows: Container[int],
    ) -> RowScores:
        """Return the BM25 scores of those of ``passages`` in ``rows``, best first.

        They are computed anew: Milvus has single precision, and can only estimate those of
        misspelled words.
        """
        scores = {
            row: bm25_score(search_terms, each, self.manifest)
            for row, each in passages.items()
            if row in rows
        }
        return _ranked(scores, passages)

    def _allowed(self, rows: Iterable[int], scope: Scope) -> dict[int, FetchedPassage]:
        """Fetch passages and return those that ``scope`` allows, in the order of articles."""
        fetched = self._fetch(rows)
        ordered = sorted(fetched.items(), key=lambda item: item[1].place)
        if scope == ALL_ARTICLES:
            return dict(ordered)
        return {row: each for row, each in ordered if _allows(scope, each.stored)}

    def _fetch(self, rows: Iterable[int]) -> dict[int, FetchedPassage]:
        """Read passages in one round trip, unless they were read lately.

        Raises SnapshotDamaged if one is missing or has changed.
        """
        with self._lock:
            wanted = {row: self._passages.get(row) for row in rows}
        missing = [row for row, each in wanted.items() if each is None]
        read: dict[int, FetchedPassage] = {}
        if missing:
            found = self._engines.query(_FETCH, {"snapshot": self.name, "rows": missing})
            read = {int(each[0]): _parse_passage(each) for each in found}
        if lost := [row for row in missing if row not in read]:
            raise SnapshotDamaged(
                f"passage {lost[0]} of snapshot {self.name} is missing in PostgreSQL; {REBUILD}"
            )
        with self._lock:
            remember(self._passages, read, _MAX_CACHED_PASSAGES)
        return {row: each or read[row] for row, each in wanted.items()}

    def lengths(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the lengths of passages in characters, shape (len(rows),)."""
        fetched = self._fetch(rows)
        return np.array([fetched[row].row.end - fetched[row].row.start for row in rows], np.int64)

    def passage_languages(self, rows: Sequence[int]) -> Sequence[str]:
        """Return the languages in which passages were stemmed."""
        fetched = self._fetch(rows)
        return [fetched[row].row.terms.heading.language for row in rows]

    def passage_traits(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Return the ``PassageTrait`` flags of passages, shape (len(rows),)."""
        fetched = self._fetch(rows)
        return np.array([int(fetched[row].row.terms.traits) for row in rows], np.uint8)

    def candidates(self, query: Vectors, retrieved: Sequence[RetrievedPassage]) -> Candidates:
        """Return what ranking needs of retrieved passages; ``query`` has shape (1, dim)."""
        return make_candidates(self._fetch(each.row for each in retrieved), query, retrieved)

    def texts(self, rows: Sequence[int]) -> PassageTexts:
        """Return a reader of the texts of these passages."""
        return FetchedTexts(self._fetch(rows))

    def passage(self, row: int) -> StoredPassage:
        """Read a passage."""
        return self._fetch([row])[row].stored

    def spans(self, rows: Sequence[int]) -> list[tuple[str, int, int]]:
        """Return the path of each passage's article, and where in it the passage is."""
        fetched = self._fetch(rows)
        stored = (fetched[row].stored for row in rows)
        return [(each.source.path, each.passage.start, each.passage.end) for each in stored]

    def source(self, path: str) -> Source | None:
        """Return an article's metadata; None if it does not exist."""
        return self._articles.source(path)

    def sources(
        self,
        scope: Scope = ALL_ARTICLES,
        *,
        after: str = "",
        limit: int | None = None,
        like: str = "",
    ) -> list[Source]:
        """List articles in ``scope``, newest first, then by path, from behind ``after``."""
        return self._articles.sources(scope, after=after, limit=limit, like=like)

    def count(self, scope: Scope = ALL_ARTICLES) -> tuple[int, int]:
        """Count the articles in ``scope`` and their passages."""
        return self._articles.count(scope)

    def collections(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the collections of the articles in ``scope``, sorted; "" for those outside."""
        return self._articles.collections(scope)

    def publishers(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the distinct publishers of the articles in ``scope``, sorted."""
        return self._articles.publishers(scope)

    def article_languages(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the languages of the articles in ``scope``, sorted."""
        return self._articles.languages(scope)

    def article_bytes(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read the texts of existing articles in UTF-8. Raises SnapshotDamaged."""
        return self._articles.article_bytes(paths)

    def article_passages(
        self, path: str, first: int = 1, last: int | None = None
    ) -> Sequence[StoredPassage]:
        """Read passages of an existing article in order, from ``first`` to ``last``, from 1.

        Raises SnapshotDamaged if one is missing or has changed.
        """
        source = self.source(path)
        count = source.passages if source else 0
        last = min(last or count, count)
        values = {"snapshot": self.name, "path": path, "first": first, "last": last}
        found = [_parse_passage(row).stored for row in self._engines.query(_ARTICLE, values)]
        if len(found) != max(0, last - first + 1):
            raise SnapshotDamaged(f"passages of {path} are missing in PostgreSQL; {REBUILD}")
        return found

    def passage_at(self, path: str, position: int) -> StoredPassage:
        """Read the first passage of an existing article that ends after a position, or the last."""
        passages = self.article_passages(path)
        return next((each for each in passages if each.passage.end > position), passages[-1])

    def close(self) -> None:
        """Allow builds to remove the snapshot."""
        self._lease.close()


def _allows(scope: Scope, passage: StoredPassage) -> bool:
    """Return whether a passage may be quoted: its article, and its entry in a feed by date."""
    return scope.allows(passage.source) and scope.allows_date(passage.metadata.published)


def _best(
    answers: Iterable[Sequence[tuple[int, float]]], limit: int, *, with_ties: bool = False
) -> dict[int, float]:
    """Merge the hits of collections: the best ``limit``, each row with its best score.

    ``with_ties`` adds those that may score as the last of them.
    """
    hits = sorted((hit for answer in answers for hit in answer), key=lambda hit: -hit[1])
    least = hits[limit - 1][1] - _ROUNDING if with_ties and len(hits) > limit else -np.inf
    best: dict[int, float] = {}
    for row, score in hits if with_ties else hits[:limit]:
        if score >= least:
            best.setdefault(row, score)
    return best


def _ranked(scores: Mapping[int, float], passages: Mapping[int, FetchedPassage]) -> RowScores:
    return sorted(scores.items(), key=lambda hit: (-hit[1], passages[hit[0]].place))


def _parse_passage(columns: Sequence[Any]) -> FetchedPassage:
    """Parse a passage and its article. Raises SnapshotDamaged if it has changed."""
    row: PassageRow = unpack(PackedRow(*columns[:7]))
    return FetchedPassage.of(row, parse_member(columns[7:]).source)
