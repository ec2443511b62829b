import io
import os
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.cli.backup import BackupError, restore_backup, save_backup
from bot.config.settings import Settings
from bot.config.store_location import PostgresUrl
from bot.storage.errors import StoreError
from bot.storage.lock import lock_store
from tests.support.command_line import quoth
from tests.support.stores import file_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    seeds = tmp_path / "seeds"
    (seeds / "news").mkdir(parents=True)
    (seeds / "news" / "tea.md").write_text("# Tea\n\nBlack tea is fermented.\n", "utf-8")
    settings = Settings(seeds=seeds, store=tmp_path / "data" / "quoth.sqlite3")
    file_of(settings.store).parent.mkdir()
    add_vote(settings, "a vote")
    return settings


def add_vote(settings: Settings, vote: str) -> None:
    with closing(sqlite3.connect(file_of(settings.store))) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("CREATE TABLE IF NOT EXISTS votes (vote)")
        store.execute("INSERT INTO votes VALUES (?)", (vote,))
        store.commit()


def votes(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(file_of(settings.store))) as store:
        return [vote for (vote,) in store.execute("SELECT vote FROM votes")]


def test_restore_brings_data_back_and_moves_existing_aside(
    settings: Settings, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(file_of(settings.store))) as running:  # as if the bot were running
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
        archive.add(file_of(settings.store), "other")
    with pytest.raises(
        BackupError, match="contains no seeds; choose a file that `quoth backup` wrote"
    ):
        restore_backup(settings, tmp_path / "bad.tar.gz")


def test_restore_into_an_unwritable_folder_is_one_error(settings: Settings, tmp_path: Path) -> None:
    save_backup(settings, tmp_path / "one.tar.gz")
    (tmp_path / "file").touch()
    elsewhere = settings.model_copy(update={"seeds": tmp_path / "file" / "seeds"})
    with pytest.raises(BackupError, match=r"cannot be written .*choose another folder"):
        restore_backup(elsewhere, tmp_path / "one.tar.gz")


def test_unwritable_store_leaves_the_articles_alone(settings: Settings, tmp_path: Path) -> None:
    save_backup(settings, tmp_path / "one.tar.gz")
    (settings.seeds / "news" / "tea.md").write_text("# Newer\n", "utf-8")
    (tmp_path / "file").touch()
    elsewhere = settings.model_copy(update={"store": tmp_path / "file" / "q.sqlite3"})
    with pytest.raises(StoreError, match="make its folder writable or set QUOTH_STORE"):
        restore_backup(elsewhere, tmp_path / "one.tar.gz")
    assert (settings.seeds / "news" / "tea.md").read_text("utf-8") == "# Newer\n"


def test_failed_move_of_the_database_undoes_the_articles(
    settings: Settings, tmp_path: Path
) -> None:
    save_backup(settings, tmp_path / "one.tar.gz")
    (settings.seeds / "news" / "tea.md").write_text("# Newer\n", "utf-8")
    file_of(settings.store).unlink()
    file_of(settings.store).symlink_to(
        "nowhere"
    )  # does not exist, and cannot be replaced by a folder
    with tarfile.open(tmp_path / "two.tar.gz", "w:gz") as archive:
        archive.add(settings.seeds, "seeds")
        archive.add(settings.seeds, "quoth.sqlite3")
    with pytest.raises(BackupError, match="nothing was changed"):
        restore_backup(settings, tmp_path / "two.tar.gz")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "data",
        "one.tar.gz",
        "seeds",
        "two.tar.gz",
    ]
    assert (settings.seeds / "news" / "tea.md").read_text("utf-8") == "# Newer\n"


def test_restore_refuses_while_the_bot_runs(settings: Settings, tmp_path: Path) -> None:
    save_backup(settings, tmp_path / "one.tar.gz")
    with (
        lock_store(file_of(settings.store)),
        pytest.raises(BackupError, match=r"the bot is running \(process \d+\); stop it"),
    ):
        restore_backup(settings, tmp_path / "one.tar.gz")


def test_unreadable_files_are_named_and_all_others_are_saved(
    settings: Settings, tmp_path: Path
) -> None:
    seeds = settings.seeds
    (tmp_path / "outside.md").write_text("# Not an article\n", "utf-8")
    (seeds / "outside.md").symlink_to(tmp_path / "outside.md")
    (seeds / "loop.md").symlink_to("loop.md")
    os.mkfifo(seeds / "pipe.md")
    (seeds / "empty").mkdir()
    report = save_backup(settings, tmp_path / "one.tar.gz")
    assert [line.removeprefix(f"{seeds}/").split(": ")[0] for line in report.left_out] == [
        "loop.md",
        "outside.md",
        "pipe.md",
    ]
    assert report.has_database
    assert restored(settings, tmp_path) == {"empty", "news", "news/tea.md"}


def test_file_without_read_permission_does_not_stop_a_backup(
    settings: Settings, tmp_path: Path
) -> None:
    (settings.seeds / "secret.md").touch(mode=0)
    if os.access(settings.seeds / "secret.md", os.R_OK):
        pytest.skip("this user reads everything")
    report = save_backup(settings, tmp_path / "one.tar.gz")
    assert report.left_out == (f"{settings.seeds / 'secret.md'}: Permission denied",)
    assert restored(settings, tmp_path) == {"news", "news/tea.md"}


def test_links_between_articles_survive_a_move(settings: Settings, tmp_path: Path) -> None:
    (settings.seeds / "tea.md").symlink_to(settings.seeds / "news" / "tea.md")  # absolute
    os.link(settings.seeds / "news" / "tea.md", settings.seeds / "hard.md")
    assert save_backup(settings, tmp_path / "one.tar.gz").left_out == ()
    assert restored(settings, tmp_path) == {"hard.md", "news", "news/tea.md", "tea.md"}
    link = tmp_path / "b" / "seeds" / "tea.md"
    assert link.resolve() == (tmp_path / "b" / "seeds" / "news" / "tea.md").resolve()


def test_seeds_that_are_a_link_are_saved(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(settings.seeds)
    linked = settings.model_copy(update={"seeds": tmp_path / "link"})
    save_backup(linked, tmp_path / "one.tar.gz")
    assert restored(settings, tmp_path) == {"news", "news/tea.md"}


def test_backup_inside_seeds_does_not_contain_itself(settings: Settings, tmp_path: Path) -> None:
    save_backup(settings, settings.seeds / "one.tar.gz")
    (settings.seeds / "one.tar.gz").rename(tmp_path / "one.tar.gz")
    assert restored(settings, tmp_path) == {"news", "news/tea.md"}


def test_damaged_database_is_named_and_articles_are_saved(
    settings: Settings, tmp_path: Path
) -> None:
    file_of(settings.store).write_bytes(b"no database" * 1000)
    report = save_backup(settings, tmp_path / "one.tar.gz")
    assert report.left_out == (f"{settings.store}: file is not a database; run `quoth doctor`",)
    assert restored(settings, tmp_path) == {"news", "news/tea.md"}


def test_backup_command_names_what_it_left_out(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = str(settings.seeds)
    assert quoth("backup", "one.tar.gz", "--seeds", seeds) == 0
    assert "Saved the articles and the database." in capsys.readouterr().err
    os.mkfifo(settings.seeds / "pipe.md")
    assert quoth("backup", "two.tar.gz", "--seeds", seeds) == 3
    assert capsys.readouterr().err == (
        f"Left out: 1\n  {seeds}/pipe.md: not a regular file (a pipe, socket or device)\n"
        "Saved everything else. `quoth restore two.tar.gz` restores the backup.\n"
    )


def test_backup_without_a_database_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUOTH_STORE", "mistyped")
    assert quoth("backup", "one.tar.gz", "--seeds", str(settings.seeds)) == 0
    assert "Saved the articles (no database: there is none at mistyped)." in capsys.readouterr().err


def test_missing_seeds_are_not_blamed_on_the_target(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"seeds": tmp_path / "mistyped"})
    with pytest.raises(BackupError, match=r"there is no folder .*mistyped; choose one"):
        save_backup(elsewhere, tmp_path / "one.tar.gz")
    assert not (tmp_path / "one.tar.gz").exists()


def restored(settings: Settings, tmp_path: Path) -> set[str]:
    """Restore ``one.tar.gz`` elsewhere, and return the paths in its seeds."""
    seeds = tmp_path / "b" / "seeds"
    restore_backup(Settings(seeds=seeds, store=tmp_path / "b" / "q"), tmp_path / "one.tar.gz")
    return {str(path.relative_to(seeds)) for path in seeds.rglob("*")}


def test_backup_says_that_a_postgresql_store_is_not_in_it(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("QUOTH_STORE", "postgresql://bot:secret@db/quoth")
    file = str(tmp_path / "one.tar.gz")
    assert quoth("backup", file, "--seeds", str(settings.seeds)) == 0
    printed = "".join(capsys.readouterr()).replace("\n", " ")
    assert "Saved the articles." in printed
    assert "postgresql://bot@db/quoth" in printed
    assert "pg_dump" in printed
    assert "secret" not in printed
    assert quoth("restore", file, "--seeds", str(settings.seeds)) == 1
    assert "`quoth restore` leaves alone" in capsys.readouterr().err


def test_a_bad_address_of_a_store_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUOTH_STORE", "mysql://bot:secret@db/quoth")
    assert quoth("doctor") == 1
    error = capsys.readouterr().err
    assert "QUOTH_STORE is not valid: expected a file, or an address that starts with" in error
    assert "secret" not in error


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("postgresql://quoth@db.example.org:five/quoth", "the port of its host is no number"),
        ("postgresql://one:5432,two:99999/quoth", "the port of its host is no number"),
        ("postgres:/db.example.org/quoth", "expected a file, or an address that starts with"),
    ],
)
def test_wrong_address_of_a_store_gets_one_line(address: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings(store=address)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    ["postgresql:///quoth?host=/run/pg", "postgresql://u:p@[::1]:5432/q", "postgresql://a:1,b/q"],
)
def test_addresses_of_several_hosts_are_taken(address: str) -> None:
    assert isinstance(Settings(store=address).store, PostgresUrl)  # type: ignore[arg-type]
