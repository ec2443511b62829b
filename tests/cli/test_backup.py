import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import backup
from bot.config.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    seeds = tmp_path / "seeds"
    (seeds / "news").mkdir(parents=True)
    (seeds / "news" / "tea.md").write_text("# Tea\n\nBlack tea is fermented.\n", "utf-8")
    made = Settings(seeds=seeds, store=tmp_path / "data" / "quoth.sqlite3")
    made.store.parent.mkdir()
    write(made, "a vote")
    return made


def write(settings: Settings, what: str) -> None:
    with closing(sqlite3.connect(settings.store)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("CREATE TABLE IF NOT EXISTS kept (what)")
        store.execute("INSERT INTO kept VALUES (?)", (what,))
        store.commit()


def kept(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.store)) as store:
        return [what for (what,) in store.execute("SELECT what FROM kept")]


def test_what_was_saved_comes_back_and_what_was_there_is_moved_aside(
    settings: Settings, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(settings.store)) as running:  # the bot holds it open
        running.execute("SELECT * FROM kept")
        backup.save(settings, tmp_path / "one.tar.gz")
    write(settings, "a later vote")
    (settings.seeds / "news" / "tea.md").write_text("# Coffee\n", "utf-8")
    moved = backup.restore(settings, tmp_path / "one.tar.gz")
    assert kept(settings) == ["a vote"]
    assert (settings.seeds / "news" / "tea.md").read_text("utf-8").startswith("# Tea")
    assert sorted(path.name.partition(".before-")[0] for path in moved) == [
        "quoth.sqlite3",
        "seeds",
    ]
    assert (moved[0] / "news" / "tea.md").read_text("utf-8") == "# Coffee\n"
    assert kept(settings.model_copy(update={"store": moved[1]})) == ["a vote", "a later vote"]


def test_it_comes_back_to_an_empty_machine(settings: Settings, tmp_path: Path) -> None:
    backup.save(settings, tmp_path / "one.tar.gz")
    elsewhere = Settings(
        seeds=tmp_path / "b" / "seeds", store=tmp_path / "b" / "data" / "q.sqlite3"
    )
    assert backup.restore(elsewhere, tmp_path / "one.tar.gz") == []
    assert kept(elsewhere) == ["a vote"]


def test_a_backup_is_never_written_over(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "one.tar.gz").write_bytes(b"precious")
    with pytest.raises(backup.BackupRefused, match="there already"):
        backup.save(settings, tmp_path / "one.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == b"precious"


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00cut"])
def test_what_is_no_backup_changes_nothing(
    settings: Settings, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "bad.tar.gz").write_bytes(content)
    with pytest.raises(backup.BackupRefused, match=r"bad\.tar\.gz cannot be read"):
        backup.restore(settings, tmp_path / "bad.tar.gz")
    assert kept(settings) == ["a vote"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar.gz", "data", "seeds"]


def test_a_backup_that_leads_outside_is_refused(settings: Settings, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("../outside")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"out"))
    with pytest.raises(backup.BackupRefused):
        backup.restore(settings, tmp_path / "bad.tar.gz")
    assert not (tmp_path / "outside").exists()


def test_an_archive_without_articles_is_refused(settings: Settings, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as archive:
        archive.add(settings.store, "other")
    with pytest.raises(backup.BackupRefused, match="holds no seeds"):
        backup.restore(settings, tmp_path / "bad.tar.gz")
