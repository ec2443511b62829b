"""Choose which collections a snapshot searches: reuse those there are, write only what is new."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.cluster.connections import Connection, Connections
from index.cluster.manifest import ClusterManifest, Part
from index.cluster.rows import article_key
from index.cluster.sparse import AverageLengths
from index.cluster.writing.repair import is_in_milvus

MAX_PARTS = 4  # a question searches each
MAX_WITHDRAWN = 1_000  # articles, which every search in that part excludes
MAX_CHANGED = 0.1  # of the rows of the first part, beyond which all are written anew
MAX_DRIFT = 0.01  # of the average lengths; a BM25 weight changes by less

_WITHDRAWN = """
SELECT version FROM quoth_index.placed WHERE collection = %(collection)s AND NOT EXISTS
    (SELECT FROM quoth_index.members
     WHERE snapshot = %(snapshot)s AND members.version = placed.version)
"""
_PLACE = """
INSERT INTO quoth_index.placed (collection, version)
SELECT %(collection)s, version FROM quoth_index.members
WHERE snapshot = %(snapshot)s AND NOT EXISTS
    (SELECT FROM quoth_index.placed
     WHERE collection = ANY(%(others)s) AND placed.version = members.version)
"""
_COUNT_PLACED = """
SELECT count(*), coalesce(sum(chunks), 0)::bigint
FROM quoth_index.placed JOIN quoth_index.versions USING (version) WHERE collection = %s
"""


@dataclass(frozen=True, slots=True)
class PartsPlan:
    """Collections to search as they are, and the one to write, with the lengths to write it by.

    ``new`` is None if nothing is to be written.
    """

    reused: tuple[Part, ...]
    new: Part | None
    averages: AverageLengths


def plan_parts(
    connections: Connections,
    connection: Connection,
    snapshot: str,
    averages: AverageLengths,
    previous: ClusterManifest | None,
    collection: str,
) -> PartsPlan:
    """Plan the parts of a snapshot, whose members are known; ``collection`` names a new part."""
    for reused in _reusable(connections, connection, snapshot, averages, previous):
        kept = previous.averages if reused and previous else averages
        new = _place(connection, snapshot, collection, reused)
        if not reused or _is_small(new, reused):
            return PartsPlan(reused, new if new.articles else None, kept)
    raise AssertionError("writing everything is always possible")


def _reusable(
    connections: Connections,
    connection: Connection,
    snapshot: str,
    averages: AverageLengths,
    previous: ClusterManifest | None,
) -> Sequence[tuple[Part, ...]]:
    """Return which parts could be reused, best first, and at last none."""
    if previous is None or _have_drifted(previous.averages, averages):
        return [()]
    if not is_in_milvus(connections, previous):
        return [()]
    parts = tuple(_without_removed(connection, snapshot, part) for part in previous.parts)
    if any(len(part.withdrawn) > MAX_WITHDRAWN for part in parts):
        return [()]
    return [parts, ()] if len(parts) < MAX_PARTS else [parts[:1], ()]


def _have_drifted(before: AverageLengths, now: AverageLengths) -> bool:
    pairs = ((before.text, now.text), (before.title, now.title))
    return any(abs(a - b) > MAX_DRIFT * a for a, b in pairs)


def _without_removed(connection: Connection, snapshot: str, part: Part) -> Part:
    values = {"collection": part.collection, "snapshot": snapshot}
    removed = connection.execute(_WITHDRAWN, values).fetchall()
    keys = sorted(article_key(version) for (version,) in removed)
    return replace(part, withdrawn=tuple(keys))


def _place(connection: Connection, snapshot: str, collection: str, reused: Sequence[Part]) -> Part:
    """List in ``placed`` the articles that the reused parts lack."""
    others = [part.collection for part in reused]
    with connection.transaction():
        connection.execute("DELETE FROM quoth_index.placed WHERE collection = %s", (collection,))
        values = {"collection": collection, "snapshot": snapshot, "others": others}
        connection.execute(_PLACE, values)
    found = connection.execute(_COUNT_PLACED, (collection,)).fetchone() or (0, 0)
    return Part(collection, found[0], found[1])


def _is_small(new: Part, reused: Sequence[Part]) -> bool:
    """Tell whether the parts after the first are small enough to be searched beside it."""
    changed = new.chunks + sum(part.chunks for part in reused[1:])
    return changed <= MAX_CHANGED * reused[0].chunks
