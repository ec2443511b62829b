"""What cannot be built again, in one file: the articles, and what the bot remembers.

The index is left out: a build makes it from the articles.
"""

import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.config.settings import Settings
from index.errors import QuothError

_SEEDS = "seeds"
_STORE = "quoth.sqlite3"


class BackupRefused(QuothError):
    """A backup cannot be written, read, or put where something else is."""


def save(settings: Settings, path: Path) -> None:
    """Write seeds and store into ``path``, a ``.tar.gz``; the bot may run. Raises BackupRefused."""
    if path.exists():
        raise BackupRefused(f"{path} is there already: give another name, or move it away")
    part = path.with_name(f"{path.name}.part")
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(part, "x:gz") as archive:
            archive.add(settings.seeds, _SEEDS)
            if settings.store.exists():
                archive.add(_copied(settings.store, Path(folder, _STORE)), _STORE)
        part.rename(path)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise BackupRefused(f"{path} cannot be written ({error}); nothing was saved") from error


def restore(settings: Settings, path: Path) -> list[Path]:
    """Put seeds and store back; what was there before is moved beside it, and returned.

    The bot must not run. Raises BackupRefused.
    """
    with tempfile.TemporaryDirectory(dir=_beside(settings.seeds)) as folder:
        _extract(path, Path(folder))
        if not Path(folder, _SEEDS).is_dir():
            raise BackupRefused(f"{path} holds no seeds: wanted what `quoth backup` wrote")
        moved = [_put(Path(folder, _SEEDS), settings.seeds)]
        if Path(folder, _STORE).exists():
            moved.append(_put(Path(folder, _STORE), settings.store))
    return [one for one in moved if one]


def _copied(store: Path, copy: Path) -> Path:
    """A copy of the store as it stands between two writes."""
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _extract(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path, "r:gz") as archive:
            archive.extractall(folder, filter="data")  # nothing outside, no links, no devices
    except (OSError, EOFError, tarfile.TarError) as error:
        raise BackupRefused(f"{path} cannot be read as a backup ({error})") from error


def _put(source: Path, target: Path) -> Path | None:
    """Move into place; where what was there before stands now."""
    before = None
    if target.exists():
        before = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        target.rename(before)
        for log in (f"{target}-wal", f"{target}-shm"):  # SQLite's, of the store that is moved away
            if Path(log).exists():
                Path(log).rename(f"{before}{log.removeprefix(str(target))}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)
    return before


def _beside(folder: Path) -> Path:
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    return folder.absolute().parent
