"""Back up and restore what a build cannot recreate: the articles and the bot's database."""

import errno
import os
import shutil
import sqlite3
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.config.settings import Settings
from bot.config.store_location import PostgresUrl
from bot.storage.databases.sqlite import FULL_DISK_ERRORS
from bot.storage.lock import StoreInUse, lock_store
from index.errors import QuothError
from index.sources.file_names import STATE_FOLDER
from index.sources.ledger import TEMPORARY_FOLDERS

_SEEDS_ENTRY = "seeds"
_STORE_ENTRY = "quoth.sqlite3"
_CHUNK_BYTES = 1 << 20
_EXPECTED = "choose a file that `quoth backup` wrote"
_SPOOL_BYTES = 20_000_000  # larger files are copied to the disk before they are archived


class BackupError(QuothError):
    """A backup cannot be written or read, or would overwrite a file."""


class _Unreadable(Exception):
    """A file is left out of a backup; the message says why."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that was written: ``left_out`` has a line for each file that could not be read."""

    left_out: tuple[str, ...]
    has_database: bool


def save_backup(settings: Settings, path: Path) -> BackupReport:
    """Write articles and database into a ``.tar.gz`` file; the bot may be running.

    A file that cannot be read is left out. Raises BackupError if there are no seeds, or if the file
    exists or cannot be written.
    """
    if path.exists():
        raise BackupError(f"{path} already exists: choose another name, or move that file")
    if not settings.seeds.is_dir():
        raise BackupError(f"there is no folder {settings.seeds}; choose one with --seeds")
    partial = path.with_name(f"{path.name}.part")
    try:
        with tarfile.open(partial, "x:gz", dereference=True) as archive, ExitStack() as stack:
            stack.callback(partial.unlink, missing_ok=True)
            report = _write(settings, archive, partial)
            archive.close()
            partial.rename(path)
    except FileExistsError as error:
        raise BackupError(
            f"{partial} exists: another backup is writing it, or was killed; if so, delete it"
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise BackupError(
            f"{path} cannot be written ({reason}); nothing was saved; choose another place"
        ) from error
    return report


def _write(settings: Settings, archive: tarfile.TarFile, partial: Path) -> BackupReport:
    left_out: list[str] = []
    root = settings.seeds.resolve()
    for file in _walk(root, left_out):
        if file == partial.resolve():
            continue
        try:
            _add(archive, root, file)
        except _Unreadable as error:
            left_out.append(f"{file}: {error}")
    store = settings.store
    if isinstance(store, PostgresUrl):
        return BackupReport(tuple(left_out), has_database=False)
    has_database = store.exists()
    if has_database:
        try:
            _add_database(archive, store)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:  # of the copy
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            left_out.append(f"{store}: {error}; run `quoth doctor`")
            has_database = False
    return BackupReport(tuple(left_out), has_database)


def _walk(root: Path, left_out: list[str]) -> Iterator[Path]:
    """Yield a folder, and everything in it, in order; links are not followed.

    What a running refresh has fetched is left out: it comes and goes, and is fetched again.
    """
    temporary = {root / STATE_FOLDER / name for name in TEMPORARY_FOLDERS}

    def on_error(error: OSError) -> None:
        left_out.append(f"{error.filename}: {error.strerror}")

    yield root
    for folder, subfolders, names in os.walk(root, onerror=on_error):
        subfolders[:] = sorted(name for name in subfolders if Path(folder, name) not in temporary)
        yield from (Path(folder, name) for name in sorted([*subfolders, *names]))


def _add(archive: tarfile.TarFile, root: Path, path: Path) -> None:
    """Add a file, a folder or a link within ``root``. Raises _Unreadable."""
    entry = str(_SEEDS_ENTRY / path.relative_to(root))
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            archive.addfile(_link(root, path, entry))
            return
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise _Unreadable("not a regular file (a pipe, socket or device)")
        info = archive.gettarinfo(path, entry)
    except OSError as error:
        raise _Unreadable(error.strerror) from error
    if info.isdir():
        archive.addfile(info)
        return
    with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as content:
        for chunk in _chunks(path):  # before its header is written: reading may fail
            content.write(chunk)
        info.size = content.tell()
        content.seek(0)
        archive.addfile(info, content)


def _is_loop(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:  # a link may also lead to a file that does not exist yet
        return error.errno == errno.ELOOP
    return False


def _link(root: Path, path: Path, entry: str) -> tarfile.TarInfo:
    """Describe a link that will lead to the same file wherever it is restored."""
    if _is_loop(path):
        raise _Unreadable("a symbolic link that leads to itself")
    target = path.resolve()
    if not target.is_relative_to(root):
        raise _Unreadable("a symbolic link that leads out of the folder; copy the file here")
    info = tarfile.TarInfo(entry)
    info.type, info.linkname = tarfile.SYMTYPE, os.path.relpath(target, path.parent.resolve())
    return info


def _chunks(path: Path) -> Iterator[bytes]:
    """Read a file. Raises _Unreadable."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise _Unreadable(error.strerror) from error


def _add_database(archive: tarfile.TarFile, store: Path) -> None:
    """Add a consistent state of the database, even while the bot writes to it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, _STORE_ENTRY)
        uri = f"{store.resolve().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(uri, uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        archive.add(copy, _STORE_ENTRY)


def restore_backup(settings: Settings, path: Path) -> list[Path]:
    """Restore articles and database while the bot is stopped, both or neither.

    Returns the paths to which existing files were moved. Raises BackupError.
    """
    if isinstance(settings.store, PostgresUrl):
        raise BackupError(
            f"the bot's store is the database {settings.store}, which `quoth restore` leaves "
            "alone: set QUOTH_STORE to a file for this command, then use pg_restore or "
            "`quoth store copy FILE`; nothing was changed"
        )
    seeds, store = settings.seeds.absolute(), settings.store.absolute()
    try:
        with lock_store(store), ExitStack() as stack:
            staged = _staging_folder(stack, seeds.parent), _staging_folder(stack, store.parent)
            return _restore(path, {_SEEDS_ENTRY: seeds, _STORE_ENTRY: store}, staged)
    except StoreInUse as error:
        raise BackupError(
            f"the bot is running (process {error.process}); stop it before restoring"
        ) from error
    except OSError as error:
        raise BackupError(
            f"{seeds} or {store} cannot be written ({error.strerror}); nothing was changed; "
            "choose another folder with --seeds or QUOTH_STORE"
        ) from error


def _staging_folder(stack: ExitStack, parent: Path) -> Path:
    """Create a folder on the file system of ``parent``, so that moving out of it is a rename."""
    parent.mkdir(parents=True, exist_ok=True)
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".quoth-", dir=parent)))


def _restore(path: Path, targets: dict[str, Path], staged: tuple[Path, Path]) -> list[Path]:
    extracted, beside_store = staged
    _extract(path, extracted)
    if not (extracted / _SEEDS_ENTRY).is_dir():
        raise BackupError(f"{path} contains no seeds; {_EXPECTED}")
    moves = [(extracted / _SEEDS_ENTRY, targets[_SEEDS_ENTRY])]
    if (extracted / _STORE_ENTRY).exists():
        copy = shutil.move(extracted / _STORE_ENTRY, beside_store)
        moves.append((Path(copy), targets[_STORE_ENTRY]))
    with ExitStack() as undo:
        moved = [previous for move in moves for previous in _replace(*move, undo)]
        undo.pop_all()
    return moved


def _extract(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path, "r:gz") as archive:
            archive.extractall(folder, filter="data")  # no outside paths, links or devices
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        if isinstance(error, OSError) and error.errno in FULL_DISK_ERRORS:
            raise
        reason = getattr(error, "strerror", None) or error
        raise BackupError(f"{path} cannot be read as a backup ({reason}); {_EXPECTED}") from error


def _replace(source: Path, target: Path, undo: ExitStack) -> list[Path]:
    """Move ``source`` to ``target``; return the path to which an existing target was moved."""
    previous = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    for suffix in ("", "-wal", "-shm"):  # SQLite has files beside a database that was in use
        existing = Path(f"{target}{suffix}")
        if existing.exists():
            _rename(existing, Path(f"{previous}{suffix}"), undo)
    _rename(source, target, undo)
    return [previous] if previous.exists() else []


def _rename(source: Path, target: Path, undo: ExitStack) -> None:
    source.rename(target)
    undo.callback(target.rename, source)
