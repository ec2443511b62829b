"""Interface between searching and storage: a snapshot opened for searching, and where they are.

Two implementations: files in a folder (``local.py``), and Milvus with PostgreSQL
(``index.cluster``). Searching, ranking, verdicts and quoting do not know which one it is.

Everything blocks, and may be called from several threads. Rows are signed 63-bit numbers of
passages: 0 to n - 1 in a folder, hashes in a cluster. Every method of an opened snapshot may raise
StorageUnavailable in a cluster, and SnapshotDamaged for a passage that is not what was built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embed.encoder import Encoder, Vectors
from index.errors import QuestionError
from index.filters import ALL_ARTICLES, Scope
from index.search.candidates import Candidates, PassageTexts, RetrievedPassage
from index.search.verdict import VerdictModels
from index.store.corpus import StoredPassage
from index.store.origin import Origin
from index.turns import Turns
from index.types import Source


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """Scores by row of the passages that the dense or the BM25 index retrieved.

    ``cosines`` has every row, in the order of articles, which decides ties; ``bm25`` has only those
    that share terms with the question.
    """

    cosines: Mapping[int, float]
    bm25: Mapping[int, float]


class SearchableSnapshot(Protocol):
    """An immutable snapshot, opened for searching."""

    @property
    def turns(self) -> Turns:
        """The turns in which threads search it."""

    @property
    def name(self) -> str:
        """Name of the snapshot."""

    @property
    def passage_count(self) -> int:
        """The number of its passages."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the articles, sorted."""

    @property
    def encoder(self) -> Encoder:
        """Model that made the vectors. Raises EncoderError."""

    @property
    def verdict_models(self) -> VerdictModels | None:
        """Verdict models fitted to this corpus; None to use the packaged ones."""

    def idf(self, term: str) -> float:
        """Compute the inverse document frequency of a term, that of its passages' texts."""

    def retrieve(self, question: str, query: Vectors, limit: int, scope: Scope) -> RetrievalScores:
        """Retrieve ``limit`` passages by ``query``, shape (1, dim), and by the question's terms."""

    def bm25_search(self, text: str, limit: int, scope: Scope) -> list[tuple[int, float]]:
        """Return rows that share terms with ``text`` and their scores, best first, ties by row."""

    def phrase_search(
        self, phrases: Sequence[str], limit: int, scope: Scope
    ) -> list[tuple[int, float]]:
        """Return rows that have all terms of a phrase side by side, scored as by BM25."""

    def lengths(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """Return the lengths of passages in characters, shape (len(rows),)."""

    def passage_languages(self, rows: Sequence[int]) -> Sequence[str]:
        """Return the languages in which passages were stemmed."""

    def passage_traits(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Return the ``PassageTrait`` flags of passages, shape (len(rows),)."""

    def candidates(self, query: Vectors, retrieved: Sequence[RetrievedPassage]) -> Candidates:
        """Read what ranking needs of retrieved passages; ``query`` has shape (1, dim)."""

    def texts(self, rows: Sequence[int]) -> PassageTexts:
        """Return a reader of the texts of these passages; a cluster reads all of them at once."""

    def passage(self, row: int) -> StoredPassage:
        """Read a passage."""

    def spans(self, rows: Sequence[int]) -> list[tuple[str, int, int]]:
        """Return the path of each passage's article, and where in it the passage is."""

    def source(self, path: str) -> Source | None:
        """Return an article's metadata; None if it does not exist."""

    def sources(
        self,
        scope: Scope = ALL_ARTICLES,
        *,
        after: str = "",
        limit: int | None = None,
        like: str = "",
    ) -> list[Source]:
        """List articles in ``scope``, newest first, then by path.

        ``after`` is the path of the last article of the page before, and ``like`` has words that
        title, publisher and path contain between them.
        """

    def count(self, scope: Scope = ALL_ARTICLES) -> tuple[int, int]:
        """Count the articles in ``scope`` and their passages."""

    def collections(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the collections of the articles in ``scope``, sorted; "" for those outside."""

    def publishers(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the distinct publishers of the articles in ``scope``, sorted."""

    def article_languages(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        """List the languages of the articles in ``scope``, sorted."""

    def article_passages(
        self, path: str, first: int = 1, last: int | None = None
    ) -> Sequence[StoredPassage]:
        """Read passages of an existing article in order, from ``first`` to ``last``, from 1."""

    def passage_at(self, path: str, position: int) -> StoredPassage:
        """Read the first passage of an existing article that ends after a position, or the last."""

    def article_bytes(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read the texts of existing articles in UTF-8, from which their digests are computed."""

    def close(self) -> None:
        """Allow builds to remove the snapshot."""


def mentions(source: Source, words: Sequence[str]) -> bool:
    """Return whether title, publisher and path of an article contain every word, in any case."""
    metadata = source.metadata
    text = f"{metadata.title} {metadata.publisher or ''} {source.path}".casefold()
    return all(word in text for word in words)


def existing_source(snapshot: SearchableSnapshot, path: str) -> Source:
    """Return an article's metadata. Raises QuestionError if it does not exist."""
    source = snapshot.source(path)
    if source is None:
        raise QuestionError(f"there is no article {path!r} in the index")
    return source


class SnapshotStore(Protocol):
    """A place where snapshots are: a folder or a cluster."""

    def current(self) -> str | None:
        """Return the name of the current snapshot, None before the first build.

        In a cluster it is known from notifications, without a round trip.
        Raises SnapshotDamaged, StorageUnavailable.
        """

    def refresh(self) -> None:
        """Read again which snapshot is current, rather than wait for a notification."""

    def names(self) -> list[str]:
        """Name every published snapshot, oldest first. Raises StorageUnavailable."""

    def origin(self) -> Origin | None:
        """Return what is known of the folder that the current snapshot was built from."""

    def open_current(self) -> SearchableSnapshot:
        """Open the current snapshot. Raises IndexMissing, SnapshotError, StorageUnavailable."""

    def why_unavailable(self) -> str:
        """Return why articles cannot be read at the moment; empty if they can."""

    def rollback(self) -> str:
        """Make the previous intact snapshot the current one and return its name.

        Raises IndexMissing, BuildInProgress, SnapshotError, StorageUnavailable.
        """

    def close(self) -> None:
        """Close connections; a folder has none."""


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Addresses of Milvus and PostgreSQL, and the token to log in to Milvus."""

    milvus: str = field(repr=False)  # it may hold a password, too
    postgres: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
