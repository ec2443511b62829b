"""In how many passages terms are: read when questions ask for them, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from index.cluster.reading.engines import Engines
from index.store.bm25 import MAX_TYPOS, may_be_typo
from index.store.corpus_columns import encode
from index.text.tokenize import is_similar_term

_MAX_CACHED = 50_000  # terms
_AFTER_ANY_BYTE = b"\xff"  # does not occur in UTF-8
_MAX_CHAR_BYTES = 4  # in UTF-8

# The terms that are asked for and, of those that no passage has, the ones that begin or end alike.
_READ = """
SELECT term, NULL::bytea, number, in_text, in_title FROM quoth_index.terms
WHERE snapshot = %(snapshot)s AND term = ANY(%(terms)s)
UNION ALL
SELECT terms.term, typos.typo, number, in_text, in_title
FROM unnest(
    %(typos)s::bytea[], %(first)s::bytea[], %(behind)s::bytea[],
    %(first_reversed)s::bytea[], %(behind_reversed)s::bytea[]
) AS typos (typo, first, behind, first_reversed, behind_reversed)
JOIN quoth_index.terms ON terms.snapshot = %(snapshot)s AND (
    terms.term >= typos.first AND terms.term < typos.behind
    OR terms.reversed >= typos.first_reversed AND terms.reversed < typos.behind_reversed
)
WHERE terms.in_text > 0
AND abs(octet_length(terms.term) - octet_length(typos.typo)) <= %(bytes)s
AND NOT EXISTS (
    SELECT FROM quoth_index.terms AS known
    WHERE known.snapshot = %(snapshot)s AND known.term = typos.typo
)
"""


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """The number of a term, and of the passages that have it in the text and in the title."""

    number: int
    in_text: int
    in_title: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A term as read: its statistics, or else those of the terms that one typo turns into it."""

    statistics: TermStatistics | None
    near: Mapping[str, TermStatistics]


class Statistics:
    """The terms of a snapshot. Safe to use from several threads."""

    def __init__(self, engines: Engines, snapshot: str) -> None:
        self._engines = engines
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, _Known] = OrderedDict()

    def load(self, terms: Iterable[str]) -> Mapping[str, TermStatistics]:
        """Return the statistics of those of ``terms`` that occur; takes one round trip at most."""
        known = self._known(terms)
        return {term: each.statistics for term, each in known.items() if each.statistics}

    def typos(self, terms: Sequence[str]) -> dict[str, Mapping[str, TermStatistics]]:
        """Return the terms that no passage has and that no other of ``terms`` resembles.

        With each come the terms that one typo turns into it.
        """
        known = self._known(terms)
        present = [term for term, each in known.items() if each.statistics]
        return {
            term: each.near
            for term, each in known.items()
            if not each.statistics and may_be_typo(term)
            if not any(is_similar_term(term, other, allow_typos=True) for other in present)
        }

    def _known(self, terms: Iterable[str]) -> dict[str, _Known]:
        with self._lock:
            known = {term: self._cache.get(term) for term in terms}
        missing = [term for term, each in known.items() if each is None]
        read = self._read(missing) if missing else {}
        with self._lock:
            self._cache.update(read)
            for term in known:
                if term in self._cache:
                    self._cache.move_to_end(term)
            while len(self._cache) > _MAX_CACHED:
                self._cache.popitem(last=False)
        return {term: each or read[term] for term, each in known.items()}

    def _read(self, terms: Sequence[str]) -> dict[str, _Known]:
        rows = self._engines.query(_READ, _values(self._snapshot, terms))
        found = {
            _decode(term): TermStatistics(*numbers) for term, typo, *numbers in rows if typo is None
        }
        near: dict[str, dict[str, TermStatistics]] = {}
        for term, typo, *numbers in rows:
            if typo is not None and _is_typo(_decode(typo), _decode(term)):
                near.setdefault(_decode(typo), {})[_decode(term)] = TermStatistics(*numbers)
        return {term: _Known(found.get(term), near.get(term, {})) for term in terms}


def _values(snapshot: str, terms: Sequence[str]) -> dict[str, object]:
    """Return the values of ``_READ``.

    One typo leaves the first half of a term as it is or the last; a swap of neighbours does, too,
    if the halves leave out a letter between them.
    """
    typos = [term for term in terms if may_be_typo(term)]
    prefixes = [encode(term[: len(term) // 2]) for term in typos]
    suffixes = [encode(term[::-1][: (len(term) - 1) // 2]) for term in typos]
    return {
        "snapshot": snapshot,
        "terms": [*map(encode, terms)],
        "typos": [*map(encode, typos)],
        "first": prefixes,
        "behind": [prefix + _AFTER_ANY_BYTE for prefix in prefixes],
        "first_reversed": suffixes,
        "behind_reversed": [suffix + _AFTER_ANY_BYTE for suffix in suffixes],
        "bytes": MAX_TYPOS * _MAX_CHAR_BYTES,
    }


def _is_typo(term: str, other: str) -> bool:
    return OSA.distance(term, other, score_cutoff=MAX_TYPOS) <= MAX_TYPOS


def _decode(stored: bytes) -> str:
    return bytes(stored).decode("utf-8", "surrogatepass")
