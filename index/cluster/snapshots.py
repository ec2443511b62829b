"""Snapshots in a cluster: list, publish, roll back, lease, and hear of new ones."""

import contextlib
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator

import psycopg
from psycopg.errors import ForeignKeyViolation, UndefinedTable

from index.cluster.connections import Connection, Connections, reaching
from index.cluster.manifest import ClusterManifest, parse_manifest
from index.cluster.schema import CHANNEL, create_tables
from index.cluster.writing.repair import is_in_milvus
from index.errors import (
    BuildInProgress,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    StorageUnavailable,
)
from index.store.manifest import REBUILD
from index.store.snapshot import KEPT_PREVIOUS

log = logging.getLogger(__name__)

POLL_SECONDS = 15.0  # if a notice was missed, and between checks of the engines

_LEASE_SECONDS = 120
_RENEWALS = 4  # within the time of a lease
_APPLICATION = "quoth: "  # begins the name by which PostgreSQL lists who builds
_BUILD_LOCK = 0x71756F7465  # an advisory lock, which the server frees when the process is gone

_PUBLISH = """
WITH before AS (
    SELECT coalesce((SELECT name FROM quoth_index.pointer), '') AS name
), withdrawn AS (  -- a later rollback must not return to what was rolled back from
    UPDATE quoth_index.snapshots SET state = 'withdrawn' FROM before
    WHERE state = 'sealed' AND snapshots.name > before.name AND snapshots.name < %(name)s
), moved AS (
    INSERT INTO quoth_index.pointer (name)
    SELECT name FROM quoth_index.snapshots WHERE name = %(name)s AND state = 'sealed'
    ON CONFLICT (one) DO UPDATE SET name = excluded.name
    RETURNING name
)
SELECT name, pg_notify(%(channel)s, name) FROM moved
"""


class ClusterSnapshots:
    """The snapshots of a cluster. Safe to use from several threads.

    All methods raise StorageUnavailable while PostgreSQL cannot be reached.
    """

    def __init__(self, connections: Connections) -> None:
        self.connections = connections

    def current(self) -> str | None:
        """Read the name of the current snapshot, None before the first build."""
        with contextlib.suppress(UndefinedTable), self.connections.postgres() as connection:
            found = connection.execute("SELECT name FROM quoth_index.pointer").fetchone()
            return str(found[0]) if found else None
        return None

    def names(self) -> list[str]:
        """Name every snapshot that is complete, oldest first."""
        with contextlib.suppress(UndefinedTable), self.connections.postgres() as connection:
            found = connection.execute(
                "SELECT name FROM quoth_index.snapshots WHERE state = 'sealed' ORDER BY name"
            )
            return [name for (name,) in found]
        return []

    def manifest(self, name: str) -> ClusterManifest:
        """Read the manifest of a snapshot. Raises SnapshotDamaged or SnapshotMismatch."""
        with self.connections.postgres() as connection:
            found = connection.execute(
                "SELECT manifest FROM quoth_index.snapshots "
                "WHERE name = %s AND state <> 'building'",
                (name,),
            ).fetchone()
        if found is None:
            raise SnapshotDamaged(f"there is no snapshot {name} in PostgreSQL; {REBUILD}")
        return parse_manifest(name, found[0])

    def lease(self, name: str) -> "Lease":
        """Keep a snapshot from being removed until the lease is closed.

        Raises SnapshotDamaged if it is gone.
        """
        lease = Lease(self.connections, name)
        lease.start()
        return lease

    @contextlib.contextmanager
    def locked(self) -> Iterator[Connection]:
        """Lock the cluster for a build or rollback, with the connection that holds the lock.

        What is published by this connection is published under the lock, even if the server was
        restarted meanwhile. Raises BuildInProgress.
        """
        with reaching("PostgreSQL"), self.connections.dedicated() as connection:
            create_tables(connection, f"quoth_{uuid.uuid4().hex[:8]}")
            name = f"{_APPLICATION}process {os.getpid()} on {socket.gethostname()}"[:63]
            connection.execute("SELECT set_config('application_name', %s, false)", (name,))
            got = connection.execute("SELECT pg_try_advisory_lock(%s)", (_BUILD_LOCK,)).fetchone()
            if got != (True,):
                raise BuildInProgress(
                    f"{_lock_holder(connection)} is already building; try again when it is done"
                )
            try:
                yield connection
            finally:  # the server notices a closed connection only later
                with contextlib.suppress(psycopg.Error):
                    connection.execute("SELECT pg_advisory_unlock(%s)", (_BUILD_LOCK,))

    def publish(self, name: str, connection: Connection) -> None:
        """Make a sealed snapshot the current one, with one statement, and notify everyone.

        ``connection`` holds the lock. Raises SnapshotError if the snapshot is not sealed.
        """
        values = {"name": name, "channel": CHANNEL}
        if connection.execute(_PUBLISH, values).fetchone() is None:
            raise SnapshotError(f"snapshot {name} is not complete; {REBUILD}")

    def rollback(self) -> str:
        """Make the previous intact snapshot the current one and return its name.

        The next build withdraws the snapshot that was rolled back from. Raises IndexMissing,
        BuildInProgress, and SnapshotError when there is no previous snapshot or none is intact.
        """
        with self.locked() as connection:
            name = self.current()
            if name is None:
                raise IndexMissing("there is no index in this cluster yet; run `quoth build`")
            for previous in reversed([other for other in self.names() if other < name]):
                if self._is_intact(previous):
                    self.publish(previous, connection)
                    return previous
        raise SnapshotError(
            f"there is no snapshot before {name} to roll back to; "
            f"only the last {KEPT_PREVIOUS} are kept"
        )

    def _is_intact(self, name: str) -> bool:
        try:
            return is_in_milvus(self.connections, self.manifest(name))
        except SnapshotError as error:
            log.warning("passing over %s: %s", name, error)
            return False

    def changed(self, poll_seconds: float = POLL_SECONDS) -> Iterator[str]:
        """Yield the name of the current snapshot now and whenever it has changed, forever."""
        last = None
        while True:
            with contextlib.suppress(StorageUnavailable, psycopg.Error):
                for name in self._notices(poll_seconds):
                    if name and name != last:
                        yield (last := name)
            threading.Event().wait(poll_seconds)

    def _notices(self, poll_seconds: float) -> Iterator[str | None]:
        """Yield the name of the current snapshot now, at every notice and regularly."""
        with self.connections.dedicated() as connection:
            connection.execute(f"LISTEN {CHANNEL}".encode())
            while True:
                yield self.current()
                for _ in connection.notifies(timeout=poll_seconds, stop_after=1):
                    pass


class Lease(contextlib.AbstractContextManager["Lease"]):
    """A snapshot in use: renewed by a thread until it is closed, ended by time if we die."""

    def __init__(self, connections: Connections, name: str) -> None:
        self._connections = connections
        self._name = name
        self._holder = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex}"
        self._closed = threading.Event()

    def start(self) -> None:
        """Take the lease and keep renewing it. Raises SnapshotDamaged."""
        self._renew()
        threading.Thread(target=self._keep_renewing, name="lease", daemon=True).start()

    def _keep_renewing(self) -> None:
        while not self._closed.wait(_LEASE_SECONDS / _RENEWALS):
            try:
                self._renew()
            except (StorageUnavailable, SnapshotDamaged) as error:
                log.warning("the lease of snapshot %s was not renewed: %s", self._name, error)

    def _renew(self) -> None:
        try:
            with self._connections.postgres() as connection:
                connection.execute(
                    "INSERT INTO quoth_index.leases (name, holder, until) "
                    "VALUES (%s, %s, now() + make_interval(secs => %s)) "
                    "ON CONFLICT (name, holder) DO UPDATE SET until = excluded.until",
                    (self._name, self._holder, _LEASE_SECONDS),
                )
        except (ForeignKeyViolation, UndefinedTable) as error:
            raise SnapshotDamaged(f"snapshot {self._name} has been removed; {REBUILD}") from error

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the lease back; while PostgreSQL is away, it ends by time."""
        if self._closed.is_set():
            return
        self._closed.set()
        with contextlib.suppress(StorageUnavailable), self._connections.postgres() as connection:
            connection.execute(
                "DELETE FROM quoth_index.leases WHERE name = %s AND holder = %s",
                (self._name, self._holder),
            )


def _lock_holder(connection: Connection) -> str:
    found = connection.execute(
        "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND granted AND objid = (%s & 4294967295)::oid "
        "AND classid = (%s >> 32)::oid AND pg_locks.database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())",
        (_BUILD_LOCK, _BUILD_LOCK),
    ).fetchone()
    return str(found[0]).removeprefix(_APPLICATION) if found else "another process"


def new_name(connection: Connection) -> str:
    """Name a new snapshot by the server's time, so that names sort whichever machine builds."""
    found = connection.execute(
        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD-HH24MISS-US')"
    ).fetchone()
    return str(found[0]) if found else ""
