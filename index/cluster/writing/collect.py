"""Remove snapshots that are no longer kept, and what no snapshot needs."""

import logging

from index.cluster.connections import Connection, Connections, reaching
from index.store.snapshot import KEPT_PREVIOUS

log = logging.getLogger(__name__)

# A lease cannot be taken while its snapshot is locked FOR UPDATE, so the second statement sees all.
_LOCK_REMOVABLE = """
SELECT snapshots.name FROM quoth_index.snapshots, quoth_index.pointer
WHERE state IN ('building', 'withdrawn') AND snapshots.name <> pointer.name
   OR state = 'sealed' AND snapshots.name < pointer.name AND snapshots.name NOT IN (
        SELECT name FROM quoth_index.snapshots, (SELECT name AS current FROM quoth_index.pointer) p
        WHERE state = 'sealed' AND name < current ORDER BY name DESC LIMIT %s
   )
FOR UPDATE OF snapshots SKIP LOCKED
"""
_REMOVE = """
DELETE FROM quoth_index.snapshots WHERE name = ANY(%s) AND NOT EXISTS (
    SELECT FROM quoth_index.leases
    WHERE leases.name = snapshots.name AND until > clock_timestamp()
)
"""
_REMOVE_DRAFTS = "DELETE FROM quoth_index.snapshots WHERE state = 'building'"
_REMOVE_UNUSED = (
    """
WITH unused AS (
    DELETE FROM quoth_index.versions
    WHERE NOT EXISTS (SELECT FROM quoth_index.members WHERE members.version = versions.version)
    RETURNING version
)
DELETE FROM quoth_index.passages USING unused WHERE passages.version = unused.version
""",
    """
DELETE FROM quoth_index.articles
WHERE NOT EXISTS (SELECT FROM quoth_index.versions WHERE versions.digest = articles.digest)
""",
    """
DELETE FROM quoth_index.files
WHERE digest NOT IN (SELECT unnest(files) FROM quoth_index.snapshots)
""",
)


def remove_drafts(connections: Connections, connection: Connection) -> None:
    """Remove what interrupted builds left, except passages, which the next build reuses.

    ``connection`` holds the build lock.
    """
    connection.execute(_REMOVE_DRAFTS)
    _drop_collections(connections, connection)


def collect(connections: Connections, connection: Connection) -> None:
    """Remove old snapshots without a lease, and the rows, files and collections of no snapshot.

    ``connection`` holds the build lock.
    """
    with connection.transaction():
        names = [name for (name,) in connection.execute(_LOCK_REMOVABLE, (KEPT_PREVIOUS,))]
        connection.execute(_REMOVE, (names,))
    with connection.transaction():
        for statement in _REMOVE_UNUSED:
            connection.execute(statement)
    _drop_collections(connections, connection)


def _drop_collections(connections: Connections, connection: Connection) -> None:
    """Drop our collections that no snapshot searches."""
    prefix = collection_prefix(connection)
    used = connection.execute("SELECT unnest(collections) FROM quoth_index.snapshots").fetchall()
    with reaching("Milvus"):
        for name in connections.milvus.list_collections():
            if name.startswith(prefix) and (name,) not in used:
                connections.milvus.drop_collection(name)
                connection.execute("DELETE FROM quoth_index.placed WHERE collection = %s", (name,))
                log.info("dropped the collection %s", name)


def collection_prefix(connection: Connection) -> str:
    """Return what the names of all collections of this installation begin with."""
    found = connection.execute("SELECT prefix || '_' FROM quoth_index.installation").fetchone()
    return str(found[0]) if found else "quoth_"
