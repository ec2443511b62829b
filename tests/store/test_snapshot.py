import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import (
    BuildBusy,
    BuildFailed,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
)
from index.store import manifest, snapshot
from index.store.manifest import Counts, seal
from index.store.snapshot import Snapshot

PROJECT = Path(__file__).parents[2]


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


@pytest.mark.parametrize("pointer", [None, "", "\0\0", "../../etc", "20990101", "\ud800"])
def test_when_the_pointer_is_damaged_the_newest_snapshot_serves_with_a_loud_warning(
    tmp_path: Path, pointer: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    for name in "12":
        publish(tmp_path, name)
    (tmp_path / "current").unlink()
    if pointer is not None:
        (tmp_path / "current").write_bytes(pointer.encode("utf-8", "surrogatepass"))
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "2"
    assert str(tmp_path / "current") in caplog.text
    assert "Snapshot 2, which is whole, serves" in caplog.text


def test_a_build_mends_a_damaged_pointer_and_loses_nothing_to_roll_back_to(tmp_path: Path) -> None:
    for name in "12":
        publish(tmp_path, name)
    (tmp_path / "current").write_bytes(b"\xff\xff")
    publish(tmp_path, "3")
    assert snapshot.current(tmp_path) == "3"
    assert snapshot.rollback(tmp_path) == "2"


@pytest.mark.parametrize("name", ["judge.json", "words/notes"])
def test_a_file_that_is_no_part_of_a_snapshot_is_named(tmp_path: Path, name: str) -> None:
    (publish(tmp_path, "1") / name).write_text("{}", "utf-8")
    with pytest.raises(SnapshotDamaged, match=f"{name} is no part of the snapshot: remove it"):
        snapshot.open_current(tmp_path)


def test_the_manifest_of_another_snapshot_is_named(tmp_path: Path) -> None:
    first, second = (publish(tmp_path, name) for name in "12")
    shutil.copyfile(first / "manifest.json", second / "manifest.json")
    with pytest.raises(SnapshotDamaged, match=r"2/manifest\.json is that of another snapshot, 1"):
        Snapshot.open(second)


@pytest.mark.parametrize("name", ["text.bin", "manifest.json"])
def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(tmp_path: Path, name: str) -> None:
    file = publish(tmp_path, "1") / name
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(SnapshotDamaged, match=f"{name} is no file"):
        snapshot.open_current(tmp_path)


def test_a_snapshot_of_a_later_version_is_passed_over_for_one_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, "1")
    with monkeypatch.context() as later:
        later.setattr(manifest, "SCHEMA", 99)
        publish(tmp_path, "2")
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "1"
    wanted = f"snapshots/2 has schema 99, wanted {manifest.SCHEMA}: run `quoth build`"
    assert wanted in caplog.text


def test_what_cannot_be_put_in_service_does_not_stay(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    (tmp_path / "current.new").mkdir()  # in the way of the pointer's new text
    for name in "234":
        with pytest.raises(BuildFailed, match=r"current\.new"):
            publish(tmp_path, name)
    assert snapshot.names(tmp_path) == ["1"]
    assert snapshot.current(tmp_path) == "1"


def test_a_reader_of_a_snapshot_that_is_replaced_meanwhile_opens_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = publish(tmp_path, "1")
    opening = Snapshot.open

    def slowly(folder: Path) -> Snapshot:
        if folder == removed:  # a builder is quicker
            shutil.rmtree(folder)
            publish(tmp_path, "2")
        return opening(folder)

    monkeypatch.setattr(Snapshot, "open", slowly)
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "2"


def test_another_schema_is_refused_with_the_command_that_rebuilds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, "1")
    monkeypatch.setattr(manifest, "SCHEMA", 99)  # as a later version would have it
    with pytest.raises(SnapshotMismatch, match="schema 4, wanted 99: run `quoth build`"):
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
from index.store import snapshot
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


@pytest.mark.parametrize("other", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_in_the_pointers_place_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, other: Callable[[Path], None]
) -> None:
    publish(tmp_path, "1")
    (tmp_path / "current").unlink()
    other(tmp_path / "current")
    with snapshot.open_current(tmp_path) as opened:
        assert opened.manifest.name == "1"
    assert "current is no file" in caplog.text
    publish(tmp_path, "2")
    assert snapshot.current(tmp_path) == "2"


def test_a_folder_that_cannot_be_copied_into_a_build_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "encoder"
    broken.mkdir()
    for name in ("model", "tokenizer"):
        (broken / name).symlink_to(tmp_path / "nowhere")
    with (
        pytest.raises(BuildFailed) as failed,
        snapshot.building(tmp_path / "index", "one") as folder,
    ):
        shutil.copytree(broken, folder / "encoder")
    assert str(failed.value).count("No such file") == 1
    assert "[(" not in str(failed.value)
