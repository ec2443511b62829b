import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import (
    BuildFailed,
    BuildInProgress,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
)
from index.store import manifest, snapshot
from index.store.manifest import Counts, write_manifest
from index.store.snapshot import Snapshot

PROJECT = Path(__file__).parents[2]


def publish(index: Path, name: str, content: str = "text") -> Path:
    with snapshot.create(index, name) as folder:
        (folder / "bm25").mkdir()
        (folder / "bm25" / "terms").write_text("terms", "utf-8")
        (folder / "text.bin").write_text(content, "utf-8")
        write_manifest(folder, "encoder", 2, Counts(1, 1, 1, 1), "fingerprint")
        return snapshot.publish(index, folder)


def test_error_without_index_names_the_build_command(tmp_path: Path) -> None:
    assert snapshot.current(tmp_path) is None
    with pytest.raises(IndexMissing, match="quoth build"):
        snapshot.open_current(tmp_path)


def test_published_snapshot_can_be_opened(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == snapshot.current(tmp_path) == "1"
        assert (opened.folder / "text.bin").read_text("utf-8") == "text"
        assert sorted(opened.manifest.files) == ["bm25/terms", "text.bin"]


def test_failed_build_keeps_the_current_snapshot(tmp_path: Path) -> None:
    publish(tmp_path, "1")

    def fail() -> None:
        with snapshot.create(tmp_path, "2") as folder:
            (folder / "text.bin").write_text("half", "utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert snapshot.current(tmp_path) == "1"
    assert not (tmp_path / "building").exists()


def test_build_removes_the_remains_of_a_killed_build(tmp_path: Path) -> None:
    (tmp_path / "building" / "dead").mkdir(parents=True)
    publish(tmp_path, "1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "lock", "snapshots"]


@pytest.mark.parametrize("name", ["text.bin", "bm25/terms", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "remove"])
def test_damage_is_logged_and_previous_snapshot_is_used(
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


def test_damage_without_previous_snapshot_says_to_rebuild(tmp_path: Path) -> None:
    (publish(tmp_path, "1") / "text.bin").write_text("TEXT", "utf-8")
    with pytest.raises(SnapshotDamaged, match=r"text\.bin has changed .*`quoth build`"):
        snapshot.open_current(tmp_path)


def test_current_file_naming_a_missing_snapshot_is_damage(tmp_path: Path) -> None:
    shutil.rmtree(publish(tmp_path, "1"))
    with pytest.raises(
        SnapshotDamaged, match="current names '1', which does not exist; run `quoth build`"
    ):
        snapshot.open_current(tmp_path)


@pytest.mark.parametrize("content", [None, "", "\0\0", "../../etc", "20990101", "\ud800"])
def test_damaged_current_file_falls_back_to_newest_snapshot(
    tmp_path: Path, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    for name in "12":
        publish(tmp_path, name)
    (tmp_path / "current").unlink()
    if content is not None:
        (tmp_path / "current").write_bytes(content.encode("utf-8", "surrogatepass"))
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "2"
    assert str(tmp_path / "current") in caplog.text
    assert "Using snapshot 2, which is intact" in caplog.text


def test_build_repairs_a_damaged_current_file(tmp_path: Path) -> None:
    for name in "12":
        publish(tmp_path, name)
    (tmp_path / "current").write_bytes(b"\xff\xff")
    publish(tmp_path, "3")
    assert snapshot.current(tmp_path) == "3"
    assert snapshot.rollback(tmp_path) == "2"


@pytest.mark.parametrize("name", ["verdict.json", "bm25/notes"])
def test_file_that_is_not_in_the_manifest_is_damage(tmp_path: Path, name: str) -> None:
    (publish(tmp_path, "1") / name).write_text("{}", "utf-8")
    with pytest.raises(SnapshotDamaged, match=f"{name} does not belong to the snapshot; remove it"):
        snapshot.open_current(tmp_path)


def test_manifest_of_another_snapshot_is_damage(tmp_path: Path) -> None:
    first, second = (publish(tmp_path, name) for name in "12")
    shutil.copyfile(first / "manifest.json", second / "manifest.json")
    with pytest.raises(SnapshotDamaged, match=r"2/manifest\.json belongs to another snapshot, 1"):
        Snapshot.open(second)


@pytest.mark.parametrize("name", ["text.bin", "manifest.json"])
def test_pipe_in_place_of_a_file_does_not_block(tmp_path: Path, name: str) -> None:
    file = publish(tmp_path, "1") / name
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(SnapshotDamaged, match=f"{name} is not a regular file"):
        snapshot.open_current(tmp_path)


def test_snapshot_of_a_later_version_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, "1")
    with monkeypatch.context() as context:
        context.setattr(manifest, "SCHEMA", 99)
        publish(tmp_path, "2")
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "1"
    message = f"snapshots/2 has schema 99, but this version of Quoth needs schema {manifest.SCHEMA}"
    assert f"{message}; run `quoth build`" in caplog.text


def test_snapshot_that_cannot_become_current_is_removed(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    (tmp_path / "current.new").mkdir()  # blocks the new file
    for name in "234":
        with pytest.raises(BuildFailed, match=r"current\.new"):
            publish(tmp_path, name)
    assert snapshot.list_snapshots(tmp_path) == ["1"]
    assert snapshot.current(tmp_path) == "1"


def test_snapshot_replaced_while_opening_is_opened_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = publish(tmp_path, "1")
    real_open = Snapshot.open

    def open_slowly(folder: Path) -> Snapshot:
        if folder == removed:  # a build finishes first
            shutil.rmtree(folder)
            publish(tmp_path, "2")
        return real_open(folder)

    monkeypatch.setattr(Snapshot, "open", open_slowly)
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "2"


def test_error_for_another_schema_names_the_build_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, "1")
    monkeypatch.setattr(manifest, "SCHEMA", 99)
    with pytest.raises(
        SnapshotMismatch, match=r"schema \d+, .* needs schema 99; run `quoth build`"
    ):
        snapshot.open_current(tmp_path)


def test_edited_manifest_is_damage(tmp_path: Path) -> None:
    manifest = publish(tmp_path, "1") / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("2026", "2025"), "utf-8")
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json has changed"):
        snapshot.open_current(tmp_path)


def test_two_previous_snapshots_are_kept(tmp_path: Path) -> None:
    for name in "12345":
        publish(tmp_path, name)
    assert snapshot.list_snapshots(tmp_path) == ["3", "4", "5"]


def test_open_snapshot_is_not_removed(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    reader = snapshot.open_current(tmp_path)
    for name in "2345":
        publish(tmp_path, name)
    assert snapshot.list_snapshots(tmp_path) == ["1", "3", "4", "5"]
    reader.close()
    publish(tmp_path, "6")
    assert snapshot.list_snapshots(tmp_path) == ["4", "5", "6"]


def test_rollback_makes_the_previous_snapshot_current(
    tmp_path: Path,
) -> None:
    publish(tmp_path, "1")
    publish(tmp_path, "2")
    assert snapshot.rollback(tmp_path) == "1"
    assert snapshot.current(tmp_path) == "1"
    assert snapshot.list_snapshots(tmp_path) == ["1", "2"]


def test_rollback_can_be_repeated_until_the_oldest(tmp_path: Path) -> None:
    for name in "123":
        publish(tmp_path, name)
    assert [snapshot.rollback(tmp_path) for _ in range(2)] == ["2", "1"]
    with pytest.raises(SnapshotError, match="no snapshot before 1 to roll back to"):
        snapshot.rollback(tmp_path)
    assert snapshot.current(tmp_path) == "1"


def test_rollback_skips_a_damaged_snapshot(tmp_path: Path) -> None:
    for name in "123":
        publish(tmp_path, name)
    (tmp_path / "snapshots" / "2" / "text.bin").write_text("TEXT", "utf-8")
    assert snapshot.rollback(tmp_path) == "1"


def test_rollback_without_index_names_the_build_command(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="quoth build"):
        snapshot.rollback(tmp_path)


def test_rollback_during_a_build_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    publish(tmp_path, "2")
    with snapshot.create(tmp_path, "3"), pytest.raises(BuildInProgress):
        snapshot.rollback(tmp_path)
    assert snapshot.current(tmp_path) == "2"


def test_rollback_never_returns_to_a_rolled_back_snapshot(tmp_path: Path) -> None:
    for name in "123":
        publish(tmp_path, name)
    snapshot.rollback(tmp_path)
    publish(tmp_path, "4")
    assert snapshot.list_snapshots(tmp_path) == ["1", "2", "4"]
    assert snapshot.rollback(tmp_path) == "2"


_BUILD_FOREVER = """
import sys, time
from pathlib import Path
from index.store import snapshot
with snapshot.create(Path(sys.argv[1]), "other"):
    print("building", flush=True)
    time.sleep(600)
"""


def test_second_build_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BUILD_FOREVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "building\n"
        with (
            pytest.raises(BuildInProgress, match=f"process {process.pid} is already building"),
            snapshot.create(tmp_path, "1"),
        ):
            pass
        process.kill()
    publish(tmp_path, "1")
    assert snapshot.current(tmp_path) == "1"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_current_that_is_not_a_file_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, make: Callable[[Path], None]
) -> None:
    publish(tmp_path, "1")
    (tmp_path / "current").unlink()
    make(tmp_path / "current")
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "1"
    assert "current is not a regular file" in caplog.text
    publish(tmp_path, "2")
    assert snapshot.current(tmp_path) == "2"


def test_error_for_a_failed_copy_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "encoder"
    broken.mkdir()
    for name in ("model", "tokenizer"):
        (broken / name).symlink_to(tmp_path / "nowhere")
    with (
        pytest.raises(BuildFailed) as failed,
        snapshot.create(tmp_path / "index", "one") as folder,
    ):
        shutil.copytree(broken, folder / "encoder")
    assert str(failed.value).count("No such file") == 1
    assert "[(" not in str(failed.value)
