import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index import manifest, snapshot
from index.errors import (
    BuildBusy,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
)
from index.manifest import Counts, seal
from index.snapshot import Snapshot

PROJECT = Path(__file__).parent.parent


def publish(index: Path, name: str, content: str = "text") -> Path:
    with snapshot.building(index, name) as folder:
        (folder / "words").mkdir()
        (folder / "words" / "terms").write_text("terms", "utf-8")
        (folder / "text.bin").write_text(content, "utf-8")
        seal(
            folder,
            created="2026-01-01",
            encoder="e",
            dim=2,
            counts=Counts(1, 1, 1, 1),
            fingerprint="f",
        )
        return snapshot.publish(index, folder)


def test_an_index_that_was_never_built_says_how_to_build_it(tmp_path: Path) -> None:
    assert snapshot.current(tmp_path) is None
    with pytest.raises(IndexMissing, match="quoth build"):
        snapshot.open_current(tmp_path)


def test_what_is_published_is_opened(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == snapshot.current(tmp_path) == "1"
        assert (opened.folder / "text.bin").read_text("utf-8") == "text"
        assert sorted(opened.manifest.files) == ["text.bin", "words/terms"]


def test_a_build_that_fails_leaves_the_snapshot_in_service(tmp_path: Path) -> None:
    publish(tmp_path, "1")

    def fail() -> None:
        with snapshot.building(tmp_path, "2") as folder:
            (folder / "text.bin").write_text("half", "utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert snapshot.current(tmp_path) == "1"
    assert not (tmp_path / "building").exists()


def test_what_a_killed_build_left_is_swept_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "building" / "dead").mkdir(parents=True)
    publish(tmp_path, "1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "lock", "snapshots"]


@pytest.mark.parametrize("name", ["text.bin", "words/terms", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "remove"])
def test_damage_is_named_and_the_snapshot_before_serves(
    tmp_path: Path, name: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, "1")
    file = publish(tmp_path, "2") / name
    content = file.read_bytes()
    file.unlink()
    if damage == "cut":
        file.write_bytes(content[:-2])
    elif damage == "flip":
        file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(SnapshotDamaged, match=name):
        Snapshot.open(tmp_path / "snapshots" / "2")
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "1"
    assert name in caplog.text


def test_damage_without_a_snapshot_before_says_to_rebuild(tmp_path: Path) -> None:
    (publish(tmp_path, "1") / "text.bin").write_text("TEXT", "utf-8")
    with pytest.raises(SnapshotDamaged, match=r"text\.bin has changed .*`quoth build`"):
        snapshot.open_current(tmp_path)


def test_a_pointer_to_nowhere_is_damage_not_a_traceback(tmp_path: Path) -> None:
    shutil.rmtree(publish(tmp_path, "1"))
    with pytest.raises(
        SnapshotDamaged, match="current names '1', which is not there; run `quoth build`"
    ):
        snapshot.open_current(tmp_path)


def test_another_schema_is_refused_with_the_command_that_rebuilds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, "1")
    monkeypatch.setattr(manifest, "SCHEMA", 99)  # as a later version would have it
    with pytest.raises(SnapshotMismatch, match="schema 3, wanted 99: run `quoth build`"):
        snapshot.open_current(tmp_path)


def test_a_changed_word_in_the_manifest_is_damage(tmp_path: Path) -> None:
    manifest = publish(tmp_path, "1") / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("2026", "2025"), "utf-8")
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json has changed"):
        snapshot.open_current(tmp_path)


def test_two_snapshots_are_kept_beside_the_current_one(tmp_path: Path) -> None:
    for name in "12345":
        publish(tmp_path, name)
    assert snapshot.names(tmp_path) == ["3", "4", "5"]


def test_a_snapshot_that_somebody_reads_is_not_removed(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    reader = snapshot.open_current(tmp_path)
    for name in "2345":
        publish(tmp_path, name)
    assert snapshot.names(tmp_path) == ["1", "3", "4", "5"]
    reader.close()
    publish(tmp_path, "6")
    assert snapshot.names(tmp_path) == ["4", "5", "6"]


def test_a_rollback_puts_the_snapshot_before_in_service_and_keeps_the_other(
    tmp_path: Path,
) -> None:
    publish(tmp_path, "1")
    publish(tmp_path, "2")
    assert snapshot.rollback(tmp_path) == "1"
    assert snapshot.current(tmp_path) == "1"
    assert snapshot.names(tmp_path) == ["1", "2"]


def test_a_rollback_can_be_repeated_until_there_is_none_before(tmp_path: Path) -> None:
    for name in "123":
        publish(tmp_path, name)
    assert [snapshot.rollback(tmp_path) for _ in range(2)] == ["2", "1"]
    with pytest.raises(SnapshotError, match="no snapshot before 1"):
        snapshot.rollback(tmp_path)
    assert snapshot.current(tmp_path) == "1"


def test_a_rollback_passes_over_a_damaged_snapshot(tmp_path: Path) -> None:
    for name in "123":
        publish(tmp_path, name)
    (tmp_path / "snapshots" / "2" / "text.bin").write_text("TEXT", "utf-8")
    assert snapshot.rollback(tmp_path) == "1"


def test_without_an_index_there_is_nothing_to_roll_back(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="quoth build"):
        snapshot.rollback(tmp_path)


def test_during_a_build_nothing_is_rolled_back(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    publish(tmp_path, "2")
    with snapshot.building(tmp_path, "3"), pytest.raises(BuildBusy):
        snapshot.rollback(tmp_path)
    assert snapshot.current(tmp_path) == "2"


def test_what_was_rolled_back_from_is_not_what_a_later_rollback_leads_to(tmp_path: Path) -> None:
    for name in "123":
        publish(tmp_path, name)
    snapshot.rollback(tmp_path)
    publish(tmp_path, "4")
    assert snapshot.names(tmp_path) == ["1", "2", "4"]
    assert snapshot.rollback(tmp_path) == "2"


_BUILD_FOREVER = """
import sys, time
from pathlib import Path
from index import snapshot
with snapshot.building(Path(sys.argv[1]), "other"):
    print("building", flush=True)
    time.sleep(600)
"""


def test_a_second_build_is_told_who_builds_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BUILD_FOREVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "building\n"
        with (
            pytest.raises(BuildBusy, match=f"process {other.pid} is building"),
            snapshot.building(tmp_path, "1"),
        ):
            pass
        other.kill()
    publish(tmp_path, "1")
    assert snapshot.current(tmp_path) == "1"
