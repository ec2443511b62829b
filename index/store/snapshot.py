"""Snapshots: built aside, published by an atomic rename, verified when opened, rolled back.

    index/
    ├── current                    name of the current snapshot
    ├── lock                       locked by the process that builds
    ├── checkpoint/                vectors of an interrupted build, for the next one
    ├── building/NAME/             a snapshot under construction; removed by the next build
    └── snapshots/NAME/            a published snapshot, immutable
        └── manifest.json          schema, encoder, counts, and the size and hash of each file

This module does not depend on the contents of a snapshot.
"""

import contextlib
import fcntl
import logging
import math
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

from index.errors import (
    BuildFailed,
    BuildInProgress,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
)
from index.store.manifest import (
    MANIFEST,
    REBUILD,
    Manifest,
    fsync_path,
    read_manifest,
    verify,
    write_durably,
)

log = logging.getLogger(__name__)

KEPT_PREVIOUS = 2  # snapshots before the current one, to roll back to

_CURRENT_FILE = "current"
_LOCK_FILE = "lock"
_SNAPSHOTS_FOLDER = "snapshots"
_BUILD_FOLDER = "building"
_NAME_FORMAT = "%Y%m%d-%H%M%S-%f"


class Snapshot(contextlib.AbstractContextManager["Snapshot"]):
    """A published snapshot, pinned while it is open: no build removes it."""

    def __init__(self, folder: Path, manifest: Manifest, pin: IO[bytes]) -> None:
        self.folder = folder
        self.manifest = manifest
        self._pin = pin

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open and verify a snapshot. Raises SnapshotDamaged or SnapshotMismatch."""
        pin = _pin(folder / MANIFEST)
        try:
            manifest = read_manifest(folder)
            verify(folder, manifest)
        except BaseException:
            pin.close()
            raise
        return cls(folder, manifest, pin)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Allow builds to remove the snapshot."""
        self._pin.close()


def new_name() -> str:
    """Name a new snapshot by the current time; names sort chronologically."""
    return datetime.now(UTC).strftime(_NAME_FORMAT)


def created_at(name: str) -> float:
    """Parse a snapshot's name into a Unix timestamp; NaN for a name of another format."""
    try:
        return datetime.strptime(name, _NAME_FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return math.nan


def current(index: Path) -> str | None:
    """Read the name of the current snapshot, None before the first build.

    Raises SnapshotDamaged.
    """
    path = index / _CURRENT_FILE
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe would block forever
            raise SnapshotDamaged(f"{path} is not a regular file; {REBUILD}")
        return path.read_text("utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(f"{path} cannot be read ({error}); {REBUILD}") from error


def folder_of(index: Path, name: str) -> Path:
    """Return the folder of a published snapshot."""
    return index / _SNAPSHOTS_FOLDER / name


def list_snapshots(index: Path) -> list[str]:
    """Name every published snapshot, oldest first.

    Raises SnapshotDamaged if the folder cannot be read.
    """
    try:
        return sorted(entry.name for entry in (index / _SNAPSHOTS_FOLDER).iterdir())
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SnapshotDamaged(
            f"the index folder {index} cannot be read ({error.strerror}); choose another"
        ) from error
    return []


def open_current(index: Path) -> Snapshot:
    """Open the current snapshot, or an older one when it is damaged, which is logged as an error.

    Without a readable ``current`` file, open the newest intact snapshot. Raises IndexMissing, or
    SnapshotMismatch or SnapshotDamaged when none is intact.
    """
    try:
        name = _require_current(index)
    except SnapshotDamaged as damage:
        return _open_fallback(index, list_snapshots(index), damage)
    try:
        return Snapshot.open(folder_of(index, name))
    except SnapshotError as damage:
        if current(index) != name:  # a build published another snapshot and removed this one
            return open_current(index)
        return _open_fallback(index, _older_than(index, name), damage)


def _require_current(index: Path) -> str:
    """Read the name of the current snapshot, which exists. Raises IndexMissing, SnapshotDamaged."""
    name, published = current(index), list_snapshots(index)
    if name is None and not published:
        raise IndexMissing(f"there is no index in {index} yet; run `quoth build`")
    if name is None:
        raise SnapshotDamaged(f"{index / _CURRENT_FILE} is missing or empty; {REBUILD}")
    if name not in published:
        raise SnapshotDamaged(
            f"{index / _CURRENT_FILE} names {name[:40]!r}, which does not exist; {REBUILD}"
        )
    return name


def _older_than(index: Path, name: str) -> list[str]:
    return [other for other in list_snapshots(index) if other < name]


def _open_fallback(index: Path, names: list[str], damage: SnapshotError) -> Snapshot:
    """Open the newest intact snapshot of ``names`` and log ``damage``; raise it without one."""
    if snapshot := _newest_intact(index, names):
        name = snapshot.manifest.name
        log.error("%s. Using snapshot %s, which is intact, until then.", damage, name)
        return snapshot
    raise damage


def _newest_intact(index: Path, names: list[str]) -> Snapshot | None:
    for name in reversed(names):
        with contextlib.suppress(SnapshotDamaged, SnapshotMismatch):
            return Snapshot.open(folder_of(index, name))
    return None


@contextlib.contextmanager
def create(index: Path, name: str) -> Iterator[Path]:
    """Lock the index and create a folder to build a snapshot in; remove it afterwards.

    Raises BuildInProgress while another process is building, and BuildFailed for an OSError or
    MemoryError.
    """
    with _lock(index):
        shutil.rmtree(index / _BUILD_FOLDER, ignore_errors=True)
        _remove_old(index)
        folder = index / _BUILD_FOLDER / name
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(index / _BUILD_FOLDER, ignore_errors=True)


@contextlib.contextmanager
def _lock(index: Path) -> Iterator[None]:
    """Lock the index; raises as ``create`` does."""
    try:
        index.mkdir(parents=True, exist_ok=True)
        with (index / _LOCK_FILE).open("a+", encoding="utf-8") as lock:
            _acquire(lock, index)
            yield
    except OSError as error:
        if index.is_file():
            raise BuildFailed(
                f"the index folder {index} is a file; choose another with --index"
            ) from error
        reason: object = error
        if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
            reason = error.args[0][0][-1]  # copying a folder collects an error per file
        raise BuildFailed(
            f"the index in {index} cannot be written ({reason}); "
            "check free disk space and permissions, then try again"
        ) from error
    except MemoryError as error:
        raise BuildFailed(
            f"not enough memory to build the index in {index}; free at least 400 MB"
        ) from error


def _acquire(lock: IO[str], index: Path) -> None:
    """Lock a file until it is closed; the kernel unlocks it when the process dies."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        raise BuildInProgress(
            f"{holder} is already building in {index}; try again when it is done"
        ) from error
    lock.truncate(0)
    lock.write(f"process {os.getpid()}\n")
    lock.flush()


def publish(index: Path, folder: Path) -> Path:
    """Publish a finished build as the current snapshot and remove old snapshots."""
    snapshots = index / _SNAPSHOTS_FOLDER
    snapshots.mkdir(exist_ok=True)
    rolled_back = _newer_than_current(index, folder.name)
    published = snapshots / folder.name
    folder.rename(published)
    try:
        fsync_path(snapshots)
        _set_current(index, published.name)
    except BaseException:
        # Each failing build would leave a snapshot. In doubt keep it; the next build removes it.
        with contextlib.suppress(SnapshotDamaged):
            if current(index) != published.name:
                shutil.rmtree(published, ignore_errors=True)
        raise
    for name in rolled_back:  # a later rollback must not return to them
        _remove_unless_pinned(index, name)
    _remove_old(index)
    return published


def _set_current(index: Path, name: str) -> None:
    """Make a snapshot the current one by an atomic rename."""
    path = index / _CURRENT_FILE
    temporary = path.with_suffix(".new")
    write_durably(temporary, name + "\n")
    if path.is_dir() and not path.is_symlink():  # a file cannot replace a folder
        shutil.rmtree(path)
    temporary.replace(path)
    fsync_path(index)


def rollback(index: Path) -> str:
    """Make the previous intact snapshot the current one and return its name.

    The next build removes the snapshot that was rolled back from. Raises IndexMissing,
    BuildInProgress, and SnapshotError when there is no previous snapshot or none is intact.
    """
    with _lock(index):
        name = current(index)
        if name is None:
            raise IndexMissing(f"there is no index in {index} yet; run `quoth build`")
        previous = _newest_intact(index, _older_than(index, name))
        if previous is None:
            raise SnapshotError(
                f"there is no snapshot before {name} to roll back to; "
                f"only the last {KEPT_PREVIOUS} are kept"
            )
        with previous:
            _set_current(index, previous.manifest.name)
        return previous.manifest.name


def _newer_than_current(index: Path, name: str) -> list[str]:
    """Name the snapshots before ``name`` that were rolled back from, or never became current."""
    with contextlib.suppress(SnapshotDamaged, IndexMissing):
        current_name = _require_current(index)
        return [other for other in list_snapshots(index) if current_name < other < name]
    return []


def _remove_old(index: Path) -> None:
    """Remove all but ``KEPT_PREVIOUS`` snapshots before the current one, unless pinned."""
    with contextlib.suppress(SnapshotDamaged, IndexMissing):
        for name in _older_than(index, _require_current(index))[:-KEPT_PREVIOUS]:
            _remove_unless_pinned(index, name)


def _pin(manifest: Path) -> IO[bytes]:
    """Open a manifest with a shared lock, which keeps the snapshot from being removed."""
    try:
        if not stat.S_ISREG(manifest.stat().st_mode):
            raise SnapshotDamaged(f"{manifest} is not a regular file; {REBUILD}")
        pin = manifest.open("rb")
    except OSError as error:
        raise SnapshotDamaged(f"{manifest} cannot be read ({error.strerror}); {REBUILD}") from error
    try:
        fcntl.flock(pin, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pin.close()
        raise SnapshotDamaged(f"{manifest.parent} is being removed; {REBUILD}") from error
    except OSError:
        log.debug("no file locks for %s; without them, builds cannot run here either", manifest)
    return pin


def _remove_unless_pinned(index: Path, name: str) -> None:
    """Remove a snapshot that no process has open; the next build completes the removal."""
    folder = folder_of(index, name)
    removed = index / _BUILD_FOLDER / f"{name}.old"
    with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
        try:
            manifest: Any = stack.enter_context((folder / MANIFEST).open("r+b"))  # NFS needs "+"
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return
        except OSError:
            log.debug("%s has no manifest to lock; removing it", folder)
        removed.parent.mkdir(exist_ok=True)
        folder.rename(removed)  # atomic: a partial snapshot must not be listed
        shutil.rmtree(removed, ignore_errors=True)


def link_current(index: Path, other: Path) -> None:
    """Publish the current snapshot of ``index`` in an empty folder, too; its files are linked.

    A build there reuses its texts and vectors. Raises IndexMissing, SnapshotError and OSError.
    """
    with open_current(index) as opened:
        target = other / _SNAPSHOTS_FOLDER / opened.manifest.name
        shutil.copytree(opened.folder, target, copy_function=_link_or_copy)
        _set_current(other, opened.manifest.name)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, target)
