"""Snapshots: written aside, published by one atomic rename, opened by manifest, rolled back.

    index/
    ├── current                    the name of the snapshot in service
    ├── lock                       held by the process that builds
    ├── building/NAME/             being written; swept by the next build
    └── snapshots/NAME/            immutable once it stands here
        └── manifest.json          what must be in it: schema, encoder, counts, sizes, hashes

Nothing here knows what the files hold; the builder writes them, the searcher reads them.
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
from typing import Any, Self

from index.errors import (
    BuildBusy,
    BuildFailed,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
)
from index.store.manifest import MANIFEST, REBUILD, Manifest, read_manifest, sync, verify, write

log = logging.getLogger(__name__)

KEEP = 2  # snapshots kept beside the current one

_CURRENT = "current"
_NAME = "%Y%m%d-%H%M%S-%f"
_LOCK = "lock"
_BUILDING = "building"


class Snapshot:
    """A published snapshot that this process reads; while open, no builder removes it."""

    def __init__(self, folder: Path, manifest: Manifest, held: Any) -> None:
        self.folder = folder
        self.manifest = manifest
        self._held = held

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open and verify. Raises SnapshotDamaged or SnapshotMismatch."""
        held = _hold(folder / MANIFEST)
        try:
            manifest = read_manifest(folder)
            verify(folder, manifest)
        except BaseException:
            held.close()
            raise
        return cls(folder, manifest, held)

    def __enter__(self) -> Self:
        """Closed at the end of a ``with``."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self._held.close()


def new_name() -> str:
    """A name for a snapshot made now; names sort by their time."""
    return datetime.now(UTC).strftime(_NAME)


def made(name: str) -> float:
    """When the snapshot of that name was made, in seconds since 1970; NaN when it does not say."""
    try:
        return datetime.strptime(name, _NAME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return math.nan


def current(index: Path) -> str | None:
    """The name of the snapshot in service, or None before the first build. One small read."""
    path = index / _CURRENT
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep the reader waiting for ever
            raise SnapshotDamaged(f"{path} is no file; {REBUILD}")
        return path.read_text("utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(f"{path} cannot be read ({error}); {REBUILD}") from error


def names(index: Path) -> list[str]:
    """Every published snapshot, oldest first."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(entry.name for entry in (index / "snapshots").iterdir())
    return []


def open_current(index: Path) -> Snapshot:
    """Open the snapshot in service; when it is damaged, the one before, with a loud warning.

    When what names it is damaged, the newest that is whole. Raises IndexMissing, SnapshotMismatch,
    or SnapshotDamaged when none is whole.
    """
    try:
        name = _pointed(index)
    except SnapshotDamaged as damage:
        return _open_newest(index, names(index), damage)
    try:
        return Snapshot.open(index / "snapshots" / name)
    except SnapshotError as damage:
        if current(index) != name:  # a builder published another, and removed this one
            return open_current(index)
        return _open_newest(index, [other for other in names(index) if other < name], damage)


def _pointed(index: Path) -> str:
    """The name of the snapshot in service, which is there. Raises IndexMissing, SnapshotDamaged."""
    name, published = current(index), names(index)
    if name is None and not published:
        raise IndexMissing(f"there is no index in {index} yet: run `quoth build`")
    if name is None or name not in published:
        found = (
            "is missing or empty" if name is None else f"names {name[:40]!r}, which is not there"
        )
        raise SnapshotDamaged(f"{index / _CURRENT} {found}; {REBUILD}")
    return name


@contextlib.contextmanager
def building(index: Path, name: str) -> Iterator[Path]:
    """A folder to write a snapshot into, alone; what a dead build left is swept first.

    Raises BuildBusy while another process builds here.
    """
    with _alone(index):
        shutil.rmtree(index / _BUILDING, ignore_errors=True)
        collect(index)
        folder = index / _BUILDING / name
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(index / _BUILDING, ignore_errors=True)


@contextlib.contextmanager
def _alone(index: Path) -> Iterator[None]:
    """Hold the lock of the index. Raises BuildBusy while another process does.

    What the disk or the memory refuses meanwhile is BuildFailed.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        with (index / _LOCK).open("a+", encoding="utf-8") as lock:
            _take(lock, index)
            yield
    except OSError as error:
        raise BuildFailed(
            f"the index in {index} cannot be written ({_why(error)}): "
            "look at the disk and at who may write there, then try again"
        ) from error
    except MemoryError as error:
        raise BuildFailed(
            f"there is not enough memory to build in {index}: a first build needs 1.3 GB"
        ) from error


def _why(error: OSError) -> str:
    """The reason in one line; copying a folder gives a list of them, one a file."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return str(error.args[0][0][-1])
    return str(error)


def publish(index: Path, folder: Path) -> Path:
    """Move a sealed ``folder`` among the snapshots and put it in service; remove old ones."""
    snapshots = index / "snapshots"
    snapshots.mkdir(exist_ok=True)
    abandoned = _abandoned(index, folder.name)
    published = snapshots / folder.name
    folder.rename(published)
    try:
        sync(snapshots)
        point(index, published.name)
    except BaseException:
        _withdraw(index, published)
        raise
    for name in abandoned:
        _remove_unread(index, name)
    collect(index)
    return published


def _abandoned(index: Path, before: str) -> list[str]:
    """Snapshots after the current one: rolled back from, or never put in service.

    A later rollback must not lead there. What comes after ``before`` is none of ours.
    """
    with contextlib.suppress(SnapshotDamaged, IndexMissing):
        name = _pointed(index)
        return [other for other in names(index) if name < other < before]
    return []


def _withdraw(index: Path, published: Path) -> None:
    """Remove what could not be put in service: each next failing build would leave one more."""
    with contextlib.suppress(SnapshotDamaged):  # in doubt it stays; the next build removes it
        if current(index) != published.name:
            shutil.rmtree(published, ignore_errors=True)


def point(index: Path, name: str) -> None:
    """Put the snapshot ``name`` in service: one atomic rename."""
    aside = index / f"{_CURRENT}.new"
    write(aside, name + "\n")
    pointer = index / _CURRENT
    if pointer.is_dir() and not pointer.is_symlink():  # not ours, and no file can take its place
        shutil.rmtree(pointer)
    aside.replace(pointer)
    sync(index)


def rollback(index: Path) -> str:
    """Put the snapshot before the current one in service; its name.

    The one that was current stays until the next build publishes, and is then removed, so that
    a later rollback cannot lead to it. Raises IndexMissing, BuildBusy, and SnapshotError when
    there is none before, or none before that is whole.
    """
    with _alone(index):
        name = current(index)
        if name is None:
            raise IndexMissing(f"there is no index in {index} yet: run `quoth build`")
        before = _whole_before(index, name)
        if before is None:
            raise SnapshotError(
                f"there is no snapshot before {name} to roll back to: "
                f"the {KEEP} before the newest are kept"
            )
        point(index, before)
        return before


def _whole_before(index: Path, name: str) -> str | None:
    """The newest snapshot before ``name`` that opens."""
    for earlier in reversed([other for other in names(index) if other < name]):
        with (
            contextlib.suppress(SnapshotDamaged, SnapshotMismatch),
            Snapshot.open(index / "snapshots" / earlier),
        ):
            return earlier
    return None


def collect(index: Path) -> None:
    """Remove snapshots beyond the ``KEEP`` before the current one, unless somebody reads them."""
    with contextlib.suppress(SnapshotDamaged, IndexMissing):
        name = _pointed(index)
        older = [other for other in names(index) if other < name]
        for old in older[:-KEEP]:
            _remove_unread(index, old)


def _open_newest(index: Path, among: list[str], damage: SnapshotError) -> Snapshot:
    """The last of ``among`` that is whole, which makes up for ``damage``; else raises it."""
    for other in reversed(among):
        with contextlib.suppress(SnapshotDamaged, SnapshotMismatch):
            snapshot = Snapshot.open(index / "snapshots" / other)
            log.error("%s. Snapshot %s, which is whole, serves until then.", damage, other)
            return snapshot
    raise damage


def _hold(manifest: Path) -> Any:
    try:
        if not stat.S_ISREG(manifest.stat().st_mode):
            raise SnapshotDamaged(f"{manifest} is no file; {REBUILD}")
        held = manifest.open("rb")
    except OSError as error:
        raise SnapshotDamaged(f"{manifest} cannot be read ({error.strerror}); {REBUILD}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise SnapshotDamaged(f"{manifest.parent} is being removed; {REBUILD}") from error
    except OSError:
        log.debug("%s is on a disk without locks: then no builder is here either", manifest)
    return held


def _remove_unread(index: Path, name: str) -> None:
    """Remove a snapshot, unless somebody reads it; what is interrupted, the next build sweeps."""
    folder = index / "snapshots" / name
    aside = index / _BUILDING / f"{name}.old"
    with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
        try:
            held = stack.enter_context((folder / MANIFEST).open("r+b"))  # as NFS wants it for _EX
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return
        except OSError:
            log.debug("%s has no manifest to hold; removing it", folder)
        aside.parent.mkdir(exist_ok=True)
        folder.rename(aside)  # at once: half a snapshot must not count as one that is kept
        shutil.rmtree(aside, ignore_errors=True)


def _take(lock: Any, index: Path) -> None:
    """Hold the lock until it is closed; the kernel lets go of it when a process dies."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        raise BuildBusy(f"{holder} is building in {index}; try again when it is done") from error
    lock.truncate(0)
    lock.write(f"process {os.getpid()}\n")
    lock.flush()
