"""Remove what was altered or lost, so that the build that is beginning writes it again."""

import logging

from index.cluster.connections import Connection, Connections
from index.cluster.manifest import ClusterManifest
from index.cluster.rows import CHECKSUM
from index.cluster.writing.probes import verify_count
from index.errors import SnapshotError

log = logging.getLogger(__name__)

_DAMAGED = f"""
SELECT version FROM quoth_index.versions LEFT JOIN (
    SELECT version, count(*) AS stored, bool_and(checksum = {CHECKSUM}) AS intact
    FROM quoth_index.passages GROUP BY version
) AS own USING (version) LEFT JOIN quoth_index.articles USING (digest)
WHERE stored IS DISTINCT FROM passages OR NOT intact
    OR sha256(articles.text) IS DISTINCT FROM digest
"""  # noqa: S608 - of a constant


def remove_damaged(connection: Connection) -> bool:
    """Remove versions of articles that are not as they were stored; tell whether there were any."""
    damaged = [version for (version,) in connection.execute(_DAMAGED).fetchall()]
    if damaged:
        log.warning("%d articles have changed in PostgreSQL; building them again", len(damaged))
        with connection.transaction():
            connection.execute(
                "DELETE FROM quoth_index.articles USING quoth_index.versions "
                "WHERE version = ANY(%s) AND articles.digest = versions.digest",
                (damaged,),
            )
            for table in ("passages", "versions"):
                statement = f"DELETE FROM quoth_index.{table} WHERE version = ANY(%s)"  # noqa: S608
                connection.execute(statement.encode(), (damaged,))
    return bool(damaged)


def is_in_milvus(connections: Connections, manifest: ClusterManifest) -> bool:
    """Tell whether the collections of a snapshot have all their rows."""
    try:
        for part in manifest.parts:
            verify_count(connections, part.collection, part.chunks)
    except SnapshotError as error:
        log.warning("%s", error)
        return False
    return True
