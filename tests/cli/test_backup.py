import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.backup import BackupError, restore_backup, save_backup
from bot.config.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    seeds = tmp_path / "seeds"
    (seeds / "news").mkdir(parents=True)
    (seeds / "news" / "tea.md").write_text("# Tea\n\nBlack tea is fermented.\n", "utf-8")
    settings = Settings(seeds=seeds, store=tmp_path / "data" / "quoth.sqlite3")
    settings.store.parent.mkdir()
    add_vote(settings, "a vote")
    return settings


def add_vote(settings: Settings, vote: str) -> None:
    with closing(sqlite3.connect(settings.store)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("CREATE TABLE IF NOT EXISTS votes (vote)")
        store.execute("INSERT INTO votes VALUES (?)", (vote,))
        store.commit()


def votes(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.store)) as store:
        return [vote for (vote,) in store.execute("SELECT vote FROM votes")]


def test_restore_brings_data_back_and_moves_existing_aside(
    settings: Settings, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(settings.store)) as running:  # as if the bot were running
        running.execute("SELECT * FROM votes")
        save_backup(settings, tmp_path / "one.tar.gz")
    add_vote(settings, "a later vote")
    (settings.seeds / "news" / "tea.md").write_text("# Coffee\n", "utf-8")
    moved = restore_backup(settings, tmp_path / "one.tar.gz")
    assert votes(settings) == ["a vote"]
    assert (settings.seeds / "news" / "tea.md").read_text("utf-8").startswith("# Tea")
    assert sorted(path.name.partition(".before-")[0] for path in moved) == [
        "quoth.sqlite3",
        "seeds",
    ]
    assert (moved[0] / "news" / "tea.md").read_text("utf-8") == "# Coffee\n"
    assert votes(settings.model_copy(update={"store": moved[1]})) == ["a vote", "a later vote"]


def test_restore_works_on_an_empty_machine(settings: Settings, tmp_path: Path) -> None:
    save_backup(settings, tmp_path / "one.tar.gz")
    other_machine = Settings(
        seeds=tmp_path / "b" / "seeds", store=tmp_path / "b" / "data" / "q.sqlite3"
    )
    assert restore_backup(other_machine, tmp_path / "one.tar.gz") == []
    assert votes(other_machine) == ["a vote"]


def test_existing_file_is_not_overwritten(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "one.tar.gz").write_bytes(b"precious")
    with pytest.raises(BackupError, match="already exists"):
        save_backup(settings, tmp_path / "one.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == b"precious"


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00cut"])
def test_unreadable_backup_changes_nothing(
    settings: Settings, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "bad.tar.gz").write_bytes(content)
    with pytest.raises(BackupError, match=r"bad\.tar\.gz cannot be read"):
        restore_backup(settings, tmp_path / "bad.tar.gz")
    assert votes(settings) == ["a vote"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar.gz", "data", "seeds"]


def test_backup_with_outside_path_is_refused(settings: Settings, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("../outside")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"out"))
    with pytest.raises(BackupError):
        restore_backup(settings, tmp_path / "bad.tar.gz")
    assert not (tmp_path / "outside").exists()


def test_archive_without_seeds_is_refused(settings: Settings, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        archive.add(settings.store, "other")
    with pytest.raises(BackupError, match="contains no seeds"):
        restore_backup(settings, tmp_path / "bad.tar.gz")


def test_restore_into_an_unwritable_folder_is_one_error(settings: Settings, tmp_path: Path) -> None:
    save_backup(settings, tmp_path / "one.tar.gz")
    (tmp_path / "file").touch()
    elsewhere = settings.model_copy(update={"seeds": tmp_path / "file" / "seeds"})
    with pytest.raises(BackupError, match=r"cannot be written .*choose another folder"):
        restore_backup(elsewhere, tmp_path / "one.tar.gz")
