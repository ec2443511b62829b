"""A snapshot in a cluster, opened for searching.

A question takes three round trips at most: the statistics of terms that were not asked for lately,
the dense and the sparse searches side by side, and the passages that they found. Milvus only names
passages: texts and cosines come from PostgreSQL, with a checksum.
"""

import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.cluster.engines import Engines, Request
from index.cluster.files import load_files
from index.cluster.filters import member_conditions, milvus_filter, named_articles
from index.cluster.manifest import ClusterManifest, Part
from index.cluster.passages import (
    FetchedPassage,
    FetchedTexts,
    make_candidates,
    nearest_cosines,
)
from index.cluster.rows import PackedRow, PassageRow, article_key, title_terms, unpack
from index.cluster.schema import ROW, VECTOR, WORDS, WORDS_SEARCH, vector_search
from index.cluster.snapshots import Lease
from index.cluster.sparse import SparseVector, length_norm, query_weight
from index.cluster.statistics import Statistics, TermStatistics
from index.embed.encoder import Encoder, Vectors
from index.errors import SnapshotDamaged, StorageUnavailable
from index.filters import ALL_ARTICLES, Scope
from index.search.candidates import Candidates, PassageTexts, RetrievedPassage
from index.search.term_matching import UNKNOWN_TERM
from index.search.verdict import VerdictModels, read_verdict_models
from index.store.backend import RetrievalScores, mentions
from index.store.bm25 import SLIP_WEIGHT, TITLE_BOOST, phrase_terms, query_terms
from index.store.contents import ENCODER_FOLDER, VERDICT_FILE, open_encoder
from index.store.corpus import StoredPassage
from index.store.manifest import REBUILD
from index.text.tokenize import terms
from index.types import Metadata, Source

_MAX_CACHED_PASSAGES = 2_048  # about 15 kB each
_MAX_CACHED_SOURCES = 8_192
_MAX_TIES = 16  # passages that may score as the last one that is wanted
_SLIP_DEPTH = 2  # times as many passages are read if the scores of misspelled words are estimated
_PHRASE_DEPTH = 4  # times as many passages are read as may have the phrase
_ROUNDING = 1e-4  # largest error of a score in single precision
_PAGE_SOURCES = 1_000  # read at once

_SOURCE_COLUMNS = "path, version, digest, metadata, passages"
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
_SOURCES = f"""
SELECT {_SOURCE_COLUMNS} FROM quoth_index.members
WHERE snapshot = %(snapshot)s AND path = ANY(%(paths)s)
"""  # noqa: S608 - names of columns
_TEXTS = """
SELECT path, articles.text FROM quoth_index.members
JOIN quoth_index.articles USING (digest)
WHERE snapshot = %(snapshot)s AND path = ANY(%(paths)s)
"""


@dataclass(frozen=True, slots=True)
class _Member:
    """An article of the snapshot and its number in filters."""

    source: Source
    key: int


@dataclass(frozen=True, slots=True)
class _QueryTerms:
    """The terms of a query with their statistics, and the misspelled ones with those meant.

    ``slips`` has the weight of each misspelled term and the terms that it may mean.
    """

    known: Mapping[str, TermStatistics]
    slips: Sequence[tuple[float, Mapping[str, TermStatistics]]]

    def depth(self, limit: int) -> int:
        """Return how many passages to compare for the best ``limit``."""
        return _SLIP_DEPTH * limit if self.slips else limit


class ClusterSnapshot:
    """A ``SearchableSnapshot`` in Milvus and PostgreSQL."""

    def __init__(
        self, engines: Engines, manifest: ClusterManifest, lease: Lease, cache: Path
    ) -> None:
        self._engines = engines
        self.manifest = manifest
        self._lease = lease
        self._cache = cache  # folder for the encoder
        self._statistics = Statistics(engines, manifest.name)
        self._lock = threading.Lock()
        self._passages: OrderedDict[int, FetchedPassage] = OrderedDict()
        self._members: OrderedDict[str, _Member] = OrderedDict()

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
        asked = self._query_terms(question)
        keys = self._keys(scope)
        nearest = [
            self._search(part, VECTOR, query[0].tolist(), limit, scope, keys)
            for part in self.manifest.parts
        ]
        worded = self._worded(asked, limit, scope, keys)
        answers = self._engines.ask([*nearest, *worded])
        by_vector = _best(answers[: len(nearest)], limit)
        by_words = _best(answers[len(nearest) :], asked.depth(limit), with_ties=True)
        fetched = self._allowed([*by_vector, *by_words], scope)
        bm25 = dict(self._scored(asked, fetched, by_words)[:limit])
        found = {row: each for row, each in fetched.items() if row in bm25 or row in by_vector}
        cosines = nearest_cosines([*found.values()], query)
        return RetrievalScores(dict(zip(found, cosines, strict=True)), bm25)

    def bm25_search(self, text: str, limit: int, scope: Scope) -> list[tuple[int, float]]:
        """Return rows that share terms with ``text`` and their scores, best first."""
        asked = self._query_terms(text)
        answers = self._engines.ask(self._worded(asked, limit, scope, self._keys(scope)))
        found = _best(answers, asked.depth(limit), with_ties=True)
        return self._scored(asked, self._allowed(found, scope), found)[:limit]

    def phrase_search(
        self, phrases: Sequence[str], limit: int, scope: Scope
    ) -> list[tuple[int, float]]:
        """Return rows that have all terms of a phrase side by side, scored as by BM25."""
        stemmed = phrase_terms(phrases, self.manifest.term_languages)
        known = self._statistics.load(term for phrase in stemmed for term in phrase)
        possible = [phrase for phrase in stemmed if all(term in known for term in phrase)]
        asked = _QueryTerms({term: known[term] for phrase in possible for term in phrase}, ())
        depth = _PHRASE_DEPTH * limit
        answers = self._engines.ask(
            self._worded(asked, depth, scope, self._keys(scope), title_boost=0.0)
        )
        fetched = self._allowed(_best(answers, depth), scope)
        scores = {row: self._phrase_score(possible, known, each) for row, each in fetched.items()}
        return _ranked({row: score for row, score in scores.items() if score}, fetched)[:limit]

    def _query_terms(self, text: str) -> _QueryTerms:
        """Look up the terms of a question, with all those that ranking will ask for."""
        asked = query_terms(text, self.manifest.term_languages)
        ranked = {term for each in self.manifest.term_languages for term in terms(text, each)}
        statistics = self._statistics.load([*asked, *sorted(ranked - {*asked})])
        known = {term: statistics[term] for term in asked if term in statistics}
        slips = self._statistics.slips(asked)
        return _QueryTerms(
            known,
            [(SLIP_WEIGHT * self.idf(term), near) for term, near in slips.items() if near],
        )

    def _worded(
        self,
        asked: _QueryTerms,
        limit: int,
        scope: Scope,
        keys: Mapping[str, int],
        title_boost: float = TITLE_BOOST,
    ) -> list[Request[list[tuple[int, float]]]]:
        """Return the searches for the terms of a question, none if no passage has any."""
        weights: SparseVector = {}
        for each in asked.known.values():
            if each.in_text:
                weights[2 * each.number] = query_weight(self.passage_count, each.in_text)
            if each.in_title and title_boost:
                weight = query_weight(self.passage_count, each.in_title)
                weights[2 * each.number + 1] = title_boost * weight
        for weight, near in asked.slips:
            for each in near.values():  # a term that is there once has about half its full weight
                weights[2 * each.number] = 2 * weight
        parts = self.manifest.parts if weights else ()
        depth = asked.depth(limit) + _MAX_TIES
        return [self._search(part, WORDS, weights, depth, scope, keys) for part in parts]

    def _search(
        self,
        part: Part,
        field: str,
        vector: Any,
        limit: int,
        scope: Scope,
        keys: Mapping[str, int],
    ) -> Request[list[tuple[int, float]]]:
        """Return a search of one collection: rows and scores, best first."""
        is_dense = field == VECTOR
        wanted = milvus_filter(scope, keys, part.withdrawn)
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

        def search(client: Any, timeout: float) -> list[tuple[int, float]]:
            (hits,) = client.search(**options, timeout=timeout)
            if len(hits) < least:
                raise StorageUnavailable(
                    f"Milvus returned {len(hits)} of {least} passages of {part.collection}; "
                    "check that all its nodes run"
                )
            return [(int(hit["entity"][ROW]), float(hit["distance"])) for hit in hits]

        return self._engines.milvus(search)

    def _keys(self, scope: Scope) -> dict[str, int]:
        members = self._find_members(named_articles(scope))
        return {path: member.key for path, member in members.items()}

    def _scored(
        self, asked: _QueryTerms, passages: Mapping[int, FetchedPassage], rows: Container[int]
    ) -> list[tuple[int, float]]:
        """Return the BM25 scores of those of ``passages`` in ``rows``, best first.

        They are computed anew: Milvus has single precision, and can only estimate those of
        misspelled words.
        """
        scores = {row: self._score(asked, each) for row, each in passages.items() if row in rows}
        return _ranked(scores, passages)

    def _score(self, asked: _QueryTerms, passage: FetchedPassage) -> float:
        own = passage.row.terms
        titles, averages, count = (
            title_terms(own.heading),
            self.manifest.averages,
            self.passage_count,
        )
        text_norm = length_norm(len(own.terms), averages.text)
        title_norm = length_norm(len(titles), averages.title)
        score = 0.0
        for term, each in asked.known.items():
            found, in_title = own.terms.count(term), titles.count(term)
            score += query_weight(count, each.in_text) * found / (found + text_norm)
            weight = TITLE_BOOST * query_weight(count, each.in_title)
            score += weight * in_title / (in_title + title_norm)
        return score + sum(
            weight for weight, near in asked.slips if not near.keys().isdisjoint(own.terms)
        )

    def _phrase_score(
        self,
        phrases: Iterable[Sequence[str]],
        known: Mapping[str, TermStatistics],
        passage: FetchedPassage,
    ) -> float:
        own = passage.row.terms.terms
        runs = Counter(
            phrase
            for phrase in phrases
            for start in range(len(own) - len(phrase) + 1)
            if own[start : start + len(phrase)] == [*phrase]
        )
        norm = length_norm(len(own), self.manifest.averages.text)
        weight, count = query_weight, self.passage_count
        return sum(
            sum(weight(count, known[term].in_text) for term in phrase) * found / (found + norm)
            for phrase, found in runs.items()
        )

    def _allowed(self, rows: Iterable[int], scope: Scope) -> dict[int, FetchedPassage]:
        """Fetch passages and return those that ``scope`` allows, in the order of articles."""
        fetched = self._fetch(rows)
        ordered = sorted(fetched.items(), key=lambda item: item[1].place)
        if scope == ALL_ARTICLES:
            return dict(ordered)
        return {row: each for row, each in ordered if scope.allows(each.stored.source)}

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
        self._remember(self._passages, read, _MAX_CACHED_PASSAGES)
        return {row: each or read[row] for row, each in wanted.items()}

    def _remember(self, cache: OrderedDict[Any, Any], read: Mapping[Any, Any], most: int) -> None:
        with self._lock:
            cache.update(read)
            while len(cache) > most:
                cache.popitem(last=False)

    def lengths(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the lengths of passages in characters, shape (len(rows),)."""
        fetched = self._fetch(rows)
        return np.array([fetched[row].row.end - fetched[row].row.start for row in rows], np.int64)

    def candidates(self, query: Vectors, retrieved: Sequence[RetrievedPassage]) -> Candidates:
        """Return what ranking needs of retrieved passages; ``query`` has shape (1, dim)."""
        return make_candidates(self._fetch(each.row for each in retrieved), query, retrieved)

    def texts(self, rows: Sequence[int]) -> PassageTexts:
        """Return a reader of the texts of these passages."""
        return FetchedTexts(self._fetch(rows))

    def passage(self, row: int) -> StoredPassage:
        """Read a passage."""
        return self._fetch([row])[row].stored

    def source(self, path: str) -> Source | None:
        """Return an article's metadata; None if it does not exist."""
        member = self._find_members([path]).get(path)
        return member.source if member else None

    def _find_members(self, paths: Sequence[str]) -> dict[str, _Member]:
        with self._lock:
            known = {path: self._members[path] for path in paths if path in self._members}
        storable = [path for path in paths if path not in known and is_storable(path)]
        if storable:
            rows = self._engines.query(_SOURCES, {"snapshot": self.name, "paths": storable})
            read = {member.source.path: member for member in map(_parse_member, rows)}
            self._remember(self._members, read, _MAX_CACHED_SOURCES)
            known |= read
        return known

    def sources(
        self, scope: Scope, *, after: str = "", limit: int | None = None, like: str = ""
    ) -> list[Source]:
        """List articles in ``scope``, newest first, then by path, from behind ``after``."""
        words = like.casefold().split()
        found: list[Source] = []
        while limit is None or len(found) < limit:
            page = self._page(scope, after)
            found += [source for source in page if mentions(source, words)]
            if len(page) < _PAGE_SOURCES:
                break
            after = page[-1].path
        return found[:limit]

    def _page(self, scope: Scope, after: str) -> list[Source]:
        conditions, values = self._conditions(scope)
        last = self.source(after)
        if last is not None:
            conditions += (
                " AND (published < %(published)s OR published = %(published)s AND path > %(after)s)"
            )
            values |= {"published": last.metadata.published or "", "after": after}
        statement = (
            f"SELECT {_SOURCE_COLUMNS} FROM quoth_index.members WHERE {conditions} "  # noqa: S608
            f"ORDER BY published DESC, path LIMIT {_PAGE_SOURCES}"
        )
        return [_parse_member(row).source for row in self._engines.query(statement, values)]

    def _conditions(self, scope: Scope) -> tuple[str, dict[str, object]]:
        folded = scope.publisher.casefold() if scope.publisher is not None else None
        spelled = [each for each in self._publishers if each.casefold() == folded]
        conditions, values = member_conditions(scope, spelled)
        return f"snapshot = %(snapshot)s AND {conditions}", values | {"snapshot": self.name}

    @cached_property
    def _publishers(self) -> list[str]:
        """Every spelling of a publisher."""
        statement = (
            "SELECT DISTINCT coalesce(publisher, '') FROM quoth_index.members "
            "WHERE snapshot = %(snapshot)s"
        )
        return [name for (name,) in self._engines.query(statement, {"snapshot": self.name})]

    def count(self, scope: Scope) -> tuple[int, int]:
        """Count the articles in ``scope`` and their passages."""
        conditions, values = self._conditions(scope)
        columns = "count(*), coalesce(sum(passages), 0)::bigint"
        statement = f"SELECT {columns} FROM quoth_index.members WHERE {conditions}"  # noqa: S608
        ((articles, passages),) = self._engines.query(statement, values)
        return articles, passages

    def collections(self, scope: Scope) -> list[str]:
        """List the collections of the articles in ``scope``, sorted; "" for those outside."""
        return self._distinct("folder", scope)

    def publishers(self, scope: Scope) -> list[str]:
        """List the distinct publishers of the articles in ``scope``, sorted."""
        return [name for name in self._distinct("coalesce(publisher, '')", scope) if name]

    def article_languages(self, scope: Scope) -> list[str]:
        """List the languages of the articles in ``scope``, sorted."""
        return self._distinct("language", scope)

    def _distinct(self, column: str, scope: Scope) -> list[str]:
        conditions, values = self._conditions(scope)
        statement = f"SELECT DISTINCT {column} FROM quoth_index.members WHERE {conditions}"  # noqa: S608
        return sorted(value for (value,) in self._engines.query(statement, values))

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

    def article_bytes(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read the texts of existing articles in UTF-8. Raises SnapshotDamaged."""
        values = {"snapshot": self.name, "paths": [*paths]}
        found = {path: bytes(text) for path, text in self._engines.query(_TEXTS, values)}
        if lost := [path for path in paths if path not in found]:
            raise SnapshotDamaged(f"the text of {lost[0]} is missing in PostgreSQL; {REBUILD}")
        return {path: found[path] for path in paths}

    def close(self) -> None:
        """Allow builds to remove the snapshot."""
        self._lease.close()


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can hold a text: it refuses NUL and lone surrogates."""
    return not any(each == "\0" or "\ud800" <= each <= "\udfff" for each in text)


def idf(passages: int, frequency: int) -> float:
    """Compute the inverse document frequency (Robertson and Sparck Jones)."""
    return float(np.log(1 + (passages - frequency + 0.5) / (frequency + 0.5)))


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


def _ranked(
    scores: Mapping[int, float], passages: Mapping[int, FetchedPassage]
) -> list[tuple[int, float]]:
    return sorted(scores.items(), key=lambda hit: (-hit[1], passages[hit[0]].place))


def _parse_passage(columns: Sequence[Any]) -> FetchedPassage:
    """Parse a passage and its article. Raises SnapshotDamaged if it has changed."""
    row: PassageRow = unpack(PackedRow(*columns[:7]))
    return FetchedPassage.of(row, _parse_member(columns[7:]).source)


def _parse_member(columns: Sequence[Any]) -> _Member:
    path, version, digest, metadata, passages = columns
    source = Source(path, Metadata(**json.loads(metadata)), passages, bytes(digest).hex())
    return _Member(source, article_key(bytes(version)))
