"""Questions whose best answers are computed while a collection is written, to verify it by.

The engine must then find what a comparison with every row found: nearest neighbours approximately,
shared words exactly. It has lost rows before, and its primary keys are not unique.
"""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.cluster.connections import Connections, reaching
from index.cluster.schema import FILTERED, ID, ROW, VECTOR, WORDS, WORDS_SEARCH, vector_search
from index.cluster.sparse import SparseVector
from index.embed.encoder import Vectors
from index.errors import SnapshotError

_NOW = "Strong"  # read all that was written; readers need not wait for that
_DEPTH = 10  # results compared
_MIN_RECALL = 0.99
_TOLERANCE = 1e-3  # of scores in single precision, from a sum in another order
_MAX_COMPARED = 10_000  # rows read back; of more, this many, evenly spread
_COMPARED_AT_ONCE = 250
_PAGE = 5_000  # ids


@dataclass(frozen=True, slots=True)
class Question:
    """A question by its vector, shape (dim,), and by its words."""

    vector: Vectors
    words: SparseVector


class Probes:
    """The scores that a collection must return for some questions, from the rows put into it."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        self.ids = array("q")
        self._vectors = np.array([each.vector for each in questions], np.float32)
        self._nearest = np.full((len(questions), _DEPTH), -np.inf, np.float32)
        self._worded = np.full((len(questions), _DEPTH), -np.inf)
        self._by_dimension: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for number, question in enumerate(questions):
            for dimension, weight in question.words.items():
                self._by_dimension[dimension].append((number, weight))

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Compare the questions with rows that are being written."""
        self.ids.extend(row[ID] for row in rows)
        if not self.questions or not rows:
            return
        cosines = self._vectors @ np.array([row[VECTOR] for row in rows], np.float32).T
        self._nearest = _best(self._nearest, cosines)
        scores = np.zeros((len(self.questions), len(rows)))
        for position, row in enumerate(rows):
            for dimension in row[WORDS].keys() & self._by_dimension.keys():
                for number, weight in self._by_dimension[dimension]:
                    scores[number, position] += weight * row[WORDS][dimension]
        self._worded = _best(self._worded, np.where(scores > 0, scores, -np.inf))

    def verify(self, connections: Connections, collection: str) -> None:
        """Ask a collection all questions. Raises SnapshotError if it does not know the answers."""
        dense = np.array([each.vector for each in self.questions])
        found = _search(connections, collection, VECTOR, dense, vector_search(len(self.ids)))
        missed = _shortfall(found, self._nearest)
        if missed > (1 - _MIN_RECALL) * np.isfinite(self._nearest).sum():
            raise _inconsistent(collection, f"{missed} of the nearest vectors are not found")
        worded = [number for number, each in enumerate(self.questions) if each.words]
        words = [dict(self.questions[number].words) for number in worded]
        found = _search(connections, collection, WORDS, words, dict(WORDS_SEARCH))
        if missed := _shortfall(found, self._worded[worded]):
            raise _inconsistent(collection, f"{missed} of the best rows by words are not found")


def _best(best: Any, scores: Any) -> Any:
    """Merge the best scores, shape (questions, depth), with others."""
    return -np.sort(-np.hstack([best, scores]), axis=1)[:, :_DEPTH]


def _search(
    connections: Connections, collection: str, field: str, data: Any, params: dict[str, Any]
) -> list[list[float]]:
    """Return the scores found for each question."""
    if not len(data):
        return []
    with reaching("Milvus"):
        found = connections.milvus.search(
            collection,
            data=list(data),
            anns_field=field,
            limit=_DEPTH,
            search_params=params,
            consistency_level=_NOW,
        )
    return [[hit["distance"] for hit in hits] for hits in found]


def _shortfall(found: Sequence[Sequence[float]], expected: Any) -> int:
    """Count the expected scores that have no match among those found."""
    pairs = zip(found, expected, strict=True)
    return sum(_unmatched(scores, best[np.isfinite(best)]) for scores, best in pairs)


def _unmatched(found: Sequence[float], expected: Sequence[float]) -> int:
    """Count the expected scores, highest first, without one of their own among those found."""
    rest = sorted(found)
    missed = 0
    for score in expected:
        tolerance = _TOLERANCE * max(1, abs(score))
        while rest and rest[-1] > score + tolerance:
            rest.pop()
        if rest and rest[-1] >= score - tolerance:
            rest.pop()
        else:
            missed += 1
    return missed


def verify_ids(connections: Connections, collection: str, expected: "array[int]") -> None:
    """Compare the ids of all rows with those written. Raises SnapshotError for lost or double."""
    with reaching("Milvus"):
        pages = connections.milvus.query_iterator(
            collection,
            batch_size=_PAGE,
            filter=f"{ID} >= 0",
            output_fields=[ID],
            consistency_level=_NOW,
        )
        ids = array("q")
        while page := pages.next():
            ids.extend(row[ID] for row in page)
        pages.close()
    if not np.array_equal(np.sort(ids), np.sort(expected)):
        lost, double = len(set(expected) - set(ids)), len(ids) - len(set(ids))
        unknown = len(set(ids) - set(expected))
        raise _inconsistent(
            collection, f"{lost} rows are lost, {double} double and {unknown} unknown"
        )


def verify_count(connections: Connections, collection: str, expected: int) -> None:
    """Compare the number of rows. Raises SnapshotError."""
    with reaching("Milvus"):
        exists = connections.milvus.has_collection(collection)
        counted = exists and connections.milvus.query(
            collection, filter="", output_fields=["count(*)"], consistency_level=_NOW
        )
    count = counted[0]["count(*)"] if counted else 0
    if count != expected:
        raise _inconsistent(collection, f"it has {count} rows, expected {expected}")


class Sample:
    """Rows to read back from a collection and compare with what was written."""

    def __init__(self, total: int) -> None:
        self._step = max(1, total // _MAX_COMPARED)
        self._seen = 0
        self._rows: list[Mapping[str, Any]] = []

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep some of the rows that are being written."""
        first = -self._seen % self._step
        self._rows += rows[first :: self._step]
        self._seen += len(rows)

    def verify(self, connections: Connections, collection: str) -> None:
        """Read the rows back. Raises SnapshotError if one was altered."""
        fields = [ID, ROW, VECTOR, WORDS, *FILTERED]
        for first in range(0, len(self._rows), _COMPARED_AT_ONCE):
            rows = self._rows[first : first + _COMPARED_AT_ONCE]
            with reaching("Milvus"):
                found = connections.milvus.get(
                    collection,
                    ids=[row[ID] for row in rows],
                    output_fields=fields,
                    consistency_level=_NOW,
                )
            stored = {row[ID]: row for row in found}
            altered = [row[ID] for row in rows if not _is_same(stored.get(row[ID], {}), row)]
            if altered:
                raise _inconsistent(collection, f"row {altered[0]} is not as it was written")


def _is_same(stored: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    if any(stored.get(name) != written[name] for name in (ROW, *FILTERED)):
        return False
    words, expected = dict(stored[WORDS]), written[WORDS]
    return (
        words.keys() == expected.keys()
        and np.allclose([words[d] for d in expected], list(expected.values()), atol=_TOLERANCE)
        and np.allclose(stored[VECTOR], written[VECTOR], atol=_TOLERANCE)
    )


def _inconsistent(collection: str, problem: str) -> SnapshotError:
    return SnapshotError(
        f"Milvus does not hold what was written into {collection}: {problem}; nothing was "
        "published, run `quoth build` again"
    )
