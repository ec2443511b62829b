"""Document frequencies of a snapshot: those of the previous one, corrected by what has changed."""

from collections import Counter
from collections.abc import Iterator

from index.cluster.connections import Connection
from index.cluster.rows import unpack_counts
from index.store.corpus_columns import encode

_MAX_COUNTED = 500_000  # distinct terms in memory
_FETCHED = 100  # versions

_CREATE_COUNTED = """
CREATE TEMPORARY TABLE counted (term bytea, reversed bytea, in_text bigint, in_title bigint)
ON COMMIT DROP
"""
_CHANGED = """
SELECT version, {sign} FROM quoth_index.members own WHERE snapshot = %(own)s AND NOT EXISTS
    (SELECT FROM quoth_index.members other
     WHERE other.snapshot = %(other)s AND other.version = own.version)
"""
_NUMBER_TERMS = """
INSERT INTO quoth_index.vocabulary (term)
SELECT DISTINCT term FROM counted
WHERE NOT EXISTS (SELECT FROM quoth_index.vocabulary known WHERE known.term = counted.term)
"""
_ADD_UP = """
INSERT INTO quoth_index.terms (snapshot, term, reversed, number, in_text, in_title)
SELECT %(snapshot)s, term, reversed, number, in_text, in_title
FROM (
    SELECT term, reversed, sum(in_text) AS in_text, sum(in_title) AS in_title
    FROM (
        SELECT term, reversed, in_text, in_title FROM counted
        UNION ALL
        SELECT term, reversed, in_text, in_title FROM quoth_index.terms
        WHERE snapshot = %(previous)s
    ) AS every
    GROUP BY term, reversed
) AS total JOIN quoth_index.vocabulary USING (term)
WHERE in_text <> 0 OR in_title <> 0
"""


def write_terms(connection: Connection, snapshot: str, previous: str) -> None:
    """Count the terms of a snapshot, whose members are known; ``previous`` is "" without one."""
    with connection.transaction():
        connection.execute(_CREATE_COUNTED)
        for counted in _count_changes(connection, snapshot, previous):
            statement = "COPY counted FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for term, (in_text, in_title) in counted.items():
                    copy.write_row((encode(term), encode(term[::-1]), in_text, in_title))
        connection.execute(_NUMBER_TERMS)
        connection.execute(_ADD_UP, {"snapshot": snapshot, "previous": previous})


def _count_changes(
    connection: Connection, snapshot: str, previous: str
) -> Iterator[dict[str, tuple[int, int]]]:
    """Yield by how much the frequencies of terms have changed, in the text and in the title."""
    in_text: Counter[str] = Counter()
    in_title: Counter[str] = Counter()
    for packed, sign in _changed_counts(connection, snapshot, previous):
        for term, (text, title) in unpack_counts(packed).items():
            in_text[term] += sign * text
            in_title[term] += sign * title
        if len(in_text) > _MAX_COUNTED:
            yield {term: (count, in_title[term]) for term, count in in_text.items()}
            in_text.clear()
            in_title.clear()
    yield {term: (count, in_title[term]) for term, count in in_text.items()}


def _changed_counts(
    connection: Connection, snapshot: str, previous: str
) -> Iterator[tuple[bytes, int]]:
    """Yield the counts of each version that was added, 1, or removed, -1."""
    for own, other, sign in ((snapshot, previous, 1), (previous, snapshot, -1)):
        values = {"own": own, "other": other}
        changed = connection.execute(_CHANGED.format(sign=sign).encode(), values).fetchall()
        for first in range(0, len(changed), _FETCHED):
            versions = [version for version, _ in changed[first : first + _FETCHED]]
            found = connection.execute(
                "SELECT term_counts FROM quoth_index.versions WHERE version = ANY(%s)", (versions,)
            )
            yield from ((packed, sign) for (packed,) in found.fetchall())
