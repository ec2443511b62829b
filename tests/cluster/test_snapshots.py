import threading
import time
from pathlib import Path

import pytest

from index.cluster.connections import Connections
from index.cluster.files import load_files, save_files
from index.cluster.manifest import ClusterManifest, Part
from index.cluster.snapshots import ClusterSnapshots, Lease
from index.cluster.sparse import AverageLengths
from index.cluster.writing.collect import collect, collection_prefix, remove_drafts
from index.errors import (
    BuildInProgress,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
    StorageUnavailable,
)
from index.store.backend import ClusterAddress
from index.store.manifest import SCHEMA, Counts


def manifest(name: str, schema: int = SCHEMA, parts: tuple[Part, ...] = ()) -> ClusterManifest:
    counts, averages = Counts(1, 2, 3, 4), AverageLengths(10.5, 2.25)
    identity = (name, "2026-01-01", "encoder", 384, counts, "fingerprint")
    return ClusterManifest(schema, *identity, ("de", "en"), ("en",), averages, parts, {"a": "00"})


def _seal(snapshots: ClusterSnapshots, name: str, *, schema: int = SCHEMA) -> None:
    with snapshots.locked() as connection:
        connection.execute(
            "INSERT INTO quoth_index.snapshots (name, state, manifest) VALUES (%s, 'sealed', %s)",
            (name, manifest(name, schema).to_json()),
        )


def _publish(snapshots: ClusterSnapshots, *names: str) -> None:
    for name in names:
        _seal(snapshots, name)
        with snapshots.locked() as connection:
            snapshots.publish(name, connection)
            collect(snapshots.connections, connection)


def test_an_empty_database_has_no_snapshots(snapshots: ClusterSnapshots) -> None:
    assert snapshots.current() is None
    assert snapshots.names() == []
    with pytest.raises(IndexMissing):
        snapshots.rollback()


def test_a_manifest_is_read_as_it_was_written(snapshots: ClusterSnapshots) -> None:
    _seal(snapshots, "1")
    assert snapshots.manifest("1") == manifest("1")


def test_missing_and_foreign_manifests_are_refused(snapshots: ClusterSnapshots) -> None:
    _seal(snapshots, "1", schema=SCHEMA + 1)
    with pytest.raises(SnapshotMismatch):
        snapshots.manifest("1")
    with pytest.raises(SnapshotDamaged):
        snapshots.manifest("2")
    with snapshots.locked() as connection:
        connection.execute("UPDATE quoth_index.snapshots SET manifest = left(manifest, 100)")
    with pytest.raises(SnapshotDamaged):
        snapshots.manifest("1")


def test_only_sealed_snapshots_are_published(snapshots: ClusterSnapshots) -> None:
    with snapshots.locked() as connection:
        connection.execute(
            "INSERT INTO quoth_index.snapshots (name, state) VALUES ('1', 'building')"
        )
        with pytest.raises(SnapshotError, match="not complete"):
            snapshots.publish("1", connection)
    assert snapshots.current() is None


def test_two_previous_snapshots_are_kept(snapshots: ClusterSnapshots) -> None:
    _publish(snapshots, "1", "2", "3", "4")
    assert snapshots.names() == ["2", "3", "4"]
    assert snapshots.rollback() == "3"
    assert snapshots.rollback() == "2"
    with pytest.raises(SnapshotError, match="no snapshot before 2"):
        snapshots.rollback()
    assert snapshots.current() == "2"


def test_rollback_never_returns_to_what_was_rolled_back(snapshots: ClusterSnapshots) -> None:
    _publish(snapshots, "1", "2")
    snapshots.rollback()
    _publish(snapshots, "3")
    assert snapshots.names() == ["1", "3"]
    assert snapshots.rollback() == "1"


def test_a_leased_snapshot_stays_until_it_is_closed(snapshots: ClusterSnapshots) -> None:
    _publish(snapshots, "1")
    with snapshots.lease("1"):
        _publish(snapshots, "2", "3", "4")
        assert snapshots.names() == ["1", "2", "3", "4"]
    _publish(snapshots, "5")
    assert snapshots.names() == ["3", "4", "5"]
    with pytest.raises(SnapshotDamaged, match="has been removed"):
        snapshots.lease("1")


def test_the_lease_of_a_dead_process_ends_by_time(snapshots: ClusterSnapshots) -> None:
    _publish(snapshots, "1")
    lease = snapshots.lease("1")
    with snapshots.locked() as connection:
        connection.execute("UPDATE quoth_index.leases SET until = now() - interval '1 second'")
    _publish(snapshots, "2", "3", "4")
    assert snapshots.names() == ["2", "3", "4"]
    lease.close()


def test_leases_and_removal_never_both_succeed(snapshots: ClusterSnapshots) -> None:
    for round_ in range(10):
        names = [f"{round_}-{n}" for n in range(4)]
        _publish(snapshots, *names[:3])
        _seal(snapshots, names[3])
        leases: list[Lease | None] = []

        def take(name: str = names[0], got: list[Lease | None] = leases) -> None:
            try:
                got.append(snapshots.lease(name))
            except SnapshotDamaged:
                got.append(None)

        thread = threading.Thread(target=take)
        with snapshots.locked() as connection:
            snapshots.publish(names[3], connection)
            thread.start()
            collect(snapshots.connections, connection)
        thread.join()
        (lease,) = leases
        assert (names[0] in snapshots.names()) == (lease is not None)
        if lease is not None:
            lease.close()


def test_one_process_builds_at_a_time(snapshots: ClusterSnapshots) -> None:
    with snapshots.locked():
        with pytest.raises(BuildInProgress, match=r"process \d+ on .* is already building"):
            snapshots.rollback()
        assert snapshots.current() is None
    with snapshots.locked():
        pass


def test_everyone_hears_of_a_new_snapshot(snapshots: ClusterSnapshots) -> None:
    _publish(snapshots, "1")
    heard: list[tuple[str, float]] = []

    def listen() -> None:
        for name in snapshots.changed():
            heard.append((name, time.monotonic()))
            if name == "2":
                return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    while not heard:
        time.sleep(0.01)
    _seal(snapshots, "2")
    with snapshots.locked() as connection:
        published = time.monotonic()
        snapshots.publish("2", connection)
    thread.join(5)
    assert [name for name, _ in heard] == ["1", "2"]
    assert heard[1][1] - published < 2


def test_collections_of_nobody_are_dropped(snapshots: ClusterSnapshots) -> None:
    client = snapshots.connections.milvus
    with snapshots.locked() as connection:
        prefix = collection_prefix(connection)
    others = [f"other_{prefix}1", f"{prefix[:-1]}2"]
    created = {f"{prefix}1", f"{prefix}2", *others}
    for name in created:
        client.create_collection(name, 4)
    _seal(snapshots, "1")
    with snapshots.locked() as connection:
        connection.execute("UPDATE quoth_index.snapshots SET collections = %s", ([f"{prefix}1"],))
        remove_drafts(snapshots.connections, connection)
    left = created.intersection(client.list_collections())
    assert left == {f"{prefix}1", *others}
    for name in left:
        client.drop_collection(name)


def test_files_come_back_as_they_were(snapshots: ClusterSnapshots, tmp_path: Path) -> None:
    (tmp_path / "in" / "encoder").mkdir(parents=True)
    (tmp_path / "in" / "encoder" / "model").write_bytes(bytes(range(256)) * 70_000)
    (tmp_path / "in" / "empty").touch()
    with snapshots.locked() as connection:
        files = save_files(connection, tmp_path / "in")
        load_files(connection, files, tmp_path / "out")
        for name in files:
            assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()
        (tmp_path / "out" / "encoder" / "model").write_bytes(b"changed")
        connection.execute("DELETE FROM quoth_index.files WHERE part = 1")
        with pytest.raises(SnapshotDamaged, match="encoder/model"):
            load_files(connection, files, tmp_path / "out")


def test_an_engine_that_is_away_is_named() -> None:
    nobody = "postgresql://postgres@127.0.0.1:9/test"
    with Connections(ClusterAddress("http://127.0.0.1:9", nobody), timeout=1) as connections:
        with pytest.raises(StorageUnavailable, match="PostgreSQL does not answer"):
            ClusterSnapshots(connections).current()
        with pytest.raises(StorageUnavailable, match="Milvus does not answer"):
            _ = connections.milvus
