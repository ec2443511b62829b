"""Back up and restore what a build cannot recreate: the articles and the bot's database."""

import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.config.settings import Settings
from index.errors import QuothError

_SEEDS_ENTRY = "seeds"
_STORE_ENTRY = "quoth.sqlite3"


class BackupError(QuothError):
    """A backup cannot be written or read, or would overwrite a file."""


def save_backup(settings: Settings, path: Path) -> None:
    """Write articles and database into a ``.tar.gz`` file; the bot may be running.

    Raises BackupError if the file exists or cannot be written.
    """
    if path.exists():
        raise BackupError(f"{path} already exists: choose another name, or move that file")
    partial = path.with_name(f"{path.name}.part")
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(partial, "x:gz") as archive:
            archive.add(settings.seeds, _SEEDS_ENTRY)
            if settings.store.exists():
                copy = Path(folder, _STORE_ENTRY)
                _copy_database(settings.store, copy)
                archive.add(copy, _STORE_ENTRY)
        partial.rename(path)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise BackupError(f"{path} cannot be written ({error}); nothing was saved") from error


def restore_backup(settings: Settings, path: Path) -> list[Path]:
    """Restore articles and database while the bot is stopped.

    Returns the paths to which existing files were moved. Raises BackupError.
    """
    parent = settings.seeds.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            return _restore(settings, path, Path(folder))
    except OSError as error:
        raise BackupError(
            f"{parent} cannot be written ({error}); choose another folder with --seeds"
        ) from error


def _restore(settings: Settings, path: Path, folder: Path) -> list[Path]:
    _extract(path, folder)
    seeds, store = folder / _SEEDS_ENTRY, folder / _STORE_ENTRY
    if not seeds.is_dir():
        raise BackupError(f"{path} contains no seeds: choose a file that `quoth backup` wrote")
    moved = [_replace(settings.seeds, seeds)]
    if store.exists():
        moved.append(_replace(settings.store, store))
    return [path for path in moved if path]


def _copy_database(store: Path, copy: Path) -> None:
    """Copy a consistent state of the database, even while the bot writes to it."""
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _extract(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path, "r:gz") as archive:
            archive.extractall(folder, filter="data")  # no outside paths, links or devices
    except (OSError, EOFError, tarfile.TarError) as error:
        raise BackupError(f"{path} cannot be read as a backup ({error})") from error


def _replace(target: Path, source: Path) -> Path | None:
    """Move ``source`` to ``target``; return the path to which an existing target was moved."""
    previous = None
    if target.exists():
        previous = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        target.rename(previous)
        for suffix in ("-wal", "-shm"):  # SQLite's files beside a database that was in use
            if Path(f"{target}{suffix}").exists():
                Path(f"{target}{suffix}").rename(f"{previous}{suffix}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)
    return previous
