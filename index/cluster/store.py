"""A cluster as the place of snapshots: opens them, and watches the engines meanwhile."""

import contextlib
import logging
import threading
from pathlib import Path
from typing import Any
from weakref import WeakSet

import psycopg

from index.cluster.connections import Connection, Connections
from index.cluster.files import load_files
from index.cluster.manifest import ClusterManifest
from index.cluster.reading.engines import POSTGRES, READ_TIMEOUT_SECONDS, Engines
from index.cluster.reading.reader import ClusterSnapshot
from index.cluster.schema import CHANNEL, HAS_TABLES, READ_VERSION, check_version
from index.cluster.snapshots import POLL_SECONDS, ClusterSnapshots
from index.errors import IndexMissing, SnapshotDamaged, SnapshotError, StorageUnavailable
from index.store.backend import ClusterAddress
from index.store.manifest import REBUILD
from index.store.origin import ORIGIN_FILE, Origin

log = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0  # between checks of engines that failed


class ClusterStore:
    """A ``SnapshotStore`` in Milvus and PostgreSQL. Safe to use from several threads.

    Once ``current`` has been asked for, a thread listens for new snapshots and checks the engines.
    """

    def __init__(
        self, address: ClusterAddress, cache: Path, timeout: float = READ_TIMEOUT_SECONDS
    ) -> None:
        self._connections = Connections(address, timeout)
        self._engines = Engines(self._connections, timeout)
        self._snapshots = ClusterSnapshots(self._connections)
        self._cache = cache
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._closed = threading.Event()
        self._current: str | None = None
        self._opened: WeakSet[ClusterSnapshot] = WeakSet()
        self._damage = ""

    def current(self) -> str | None:
        """Return the name of the current snapshot, as last heard; None before the first build."""
        with self._lock:
            if self._watcher is None:
                self._current = self._read_current()
                self._watcher = threading.Thread(
                    target=self._watch, name="quoth-cluster-watch", daemon=True
                )
                self._watcher.start()
        return self._current

    def refresh(self) -> None:
        """Read again which snapshot is current, rather than wait for a notification."""
        with contextlib.suppress(StorageUnavailable):  # the watcher tries again
            self._current = self._read_current()

    def names(self) -> list[str]:
        """Name every complete snapshot, oldest first."""
        return self._snapshots.names()

    def origin(self) -> Origin | None:
        """Return what is known of the folder that the current snapshot was built from."""
        try:
            name = self._read_current()
            files = self._snapshots.manifest(name).files if name else {}
            own = {file: files[file] for file in files if file == ORIGIN_FILE}
            with self._connections.postgres() as connection:
                load_files(connection, own, self._cache)
        except (SnapshotError, StorageUnavailable):  # opening it says so
            return None
        return Origin.read(self._cache) if own else None

    def why_unavailable(self) -> str:
        """Return why articles cannot be read at the moment; empty if they can."""
        return self._engines.why_unavailable() or self._damage

    def open_current(self) -> ClusterSnapshot:
        """Open the current snapshot, or an older one when it is damaged, which is logged.

        Raises IndexMissing, SnapshotError, StorageUnavailable.
        """
        self._connections.dedicated().close()  # fails at once, and says why
        self._check_version()
        name = self._read_current()
        if name is None:
            raise IndexMissing("there is no index in this cluster yet; run `quoth build`")
        try:
            return self._open(name)
        except SnapshotError as damage:
            if self._read_current() != name:  # a build published another and removed this one
                return self.open_current()
            return self._open_older(name, damage)

    def _check_version(self) -> None:
        """Raise SnapshotMismatch if another version of Quoth made the tables."""
        if self._engines.query(HAS_TABLES, ()) == [(True,)]:
            for (version,) in self._engines.query(READ_VERSION, ()):
                check_version(version)

    def _open_older(self, current: str, damage: SnapshotError) -> ClusterSnapshot:
        for name in reversed([each for each in self._snapshots.names() if each < current]):
            with contextlib.suppress(SnapshotError):
                opened = self._open(name)
                log.error("%s. Using snapshot %s, which is intact, until then.", damage, name)
                return opened
        raise damage

    def _open(self, name: str) -> ClusterSnapshot:
        manifest = self._snapshots.manifest(name)
        lease = self._snapshots.lease(name)
        try:
            self._check(manifest)
        except BaseException:
            lease.close()
            raise
        opened = ClusterSnapshot(self._engines, manifest, lease, self._cache)
        self._opened.add(opened)
        return opened

    def _check(self, manifest: ClusterManifest) -> None:
        """Compare the collections with the manifest. Raises SnapshotDamaged."""

        def count(client: Any, timeout: float) -> list[int]:
            return [_count_rows(client, part.collection, timeout) for part in manifest.parts]

        (counts,) = self._engines.ask([self._engines.milvus(count)])
        for part, found in zip(manifest.parts, counts, strict=True):
            if found != part.chunks:
                raise SnapshotDamaged(
                    f"collection {part.collection} of snapshot {manifest.name} has {found} "
                    f"vectors, expected {part.chunks}; {REBUILD}"
                )

    def rollback(self) -> str:
        """Make the previous intact snapshot the current one and return its name."""
        return self._snapshots.rollback()

    def _read_current(self) -> str | None:
        rows = self._engines.query("SELECT to_regclass('quoth_index.pointer') IS NOT NULL", ())
        if rows != [(True,)]:
            return None
        found = self._engines.query("SELECT name FROM quoth_index.pointer", ())
        return str(found[0][0]) if found else None

    def _watch(self) -> None:
        """Learn of new snapshots, and check the engines, until the store is closed."""
        while not self._closed.is_set():
            try:
                connection = self._connections.dedicated()
            except StorageUnavailable as error:
                self._engines.breakers[POSTGRES].failed(error)
            else:
                with connection, contextlib.suppress(StorageUnavailable, psycopg.Error):
                    self._listen(connection)
            self._closed.wait(_RETRY_SECONDS)

    def _listen(self, connection: Connection) -> None:
        connection.execute(f"LISTEN {CHANNEL}".encode())
        while not self._closed.is_set():
            self._current = self._read_current()
            self._check_opened()
            self._wait(connection)

    def _wait(self, connection: Connection) -> None:
        """Wait for a notice, or until it is time to check again."""
        seconds = _RETRY_SECONDS if self.why_unavailable() else POLL_SECONDS
        for _ in connection.notifies(timeout=seconds, stop_after=1):
            pass

    def _check_opened(self) -> None:
        try:
            for opened in [*self._opened]:
                self._check(opened.manifest)
            self._damage = ""
        except SnapshotDamaged as damage:
            if str(damage) != self._damage:
                log.error("%s", damage)
            self._damage = str(damage)

    def close(self) -> None:
        """Stop watching and close the connections."""
        self._closed.set()
        self._engines.close()
        self._connections.close()


def _count_rows(client: Any, collection: str, timeout: float) -> int:
    """Count the vectors of a collection, which is loaded if a restart has unloaded it."""
    if not client.has_collection(collection, timeout=timeout):
        return 0
    client.load_collection(collection, timeout=timeout)
    (found,) = client.query(collection, filter="", output_fields=["count(*)"], timeout=timeout)
    return int(found["count(*)"])
