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
import json
import logging
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import xxhash

from index.errors import (
    BuildBusy,
    IndexMissing,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMismatch,
)

log = logging.getLogger(__name__)

SCHEMA = 3  # of everything in the folder, passages and sentences included
KEEP = 2  # snapshots kept beside the current one

_MANIFEST = "manifest.json"
_CURRENT = "current"
_NAME = "%Y%m%d-%H%M%S-%f"
_LOCK = "lock"
_REBUILD = "run `quoth build` to make it anew"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a snapshot holds."""

    articles: int
    passages: int
    sentences: int
    vectors: int


@dataclass(frozen=True, slots=True)
class File:
    """Size in bytes and XXH3-128 of one file."""

    size: int
    xxh3: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot is and what must be in it; ``fingerprint`` hashes the articles as split."""

    schema: int
    name: str
    created: str
    encoder: str
    dim: int
    counts: Counts
    fingerprint: str
    files: dict[str, File]


class Snapshot:
    """A published snapshot that this process reads; while open, no builder removes it."""

    def __init__(self, folder: Path, manifest: Manifest, held: Any) -> None:
        self.folder = folder
        self.manifest = manifest
        self._held = held

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open and verify. Raises SnapshotDamaged or SnapshotMismatch."""
        held = _hold(folder / _MANIFEST)
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
    try:
        return (index / _CURRENT).read_text("utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(f"{index / _CURRENT} cannot be read ({error}); {_REBUILD}") from error


def names(index: Path) -> list[str]:
    """Every published snapshot, oldest first."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(entry.name for entry in (index / "snapshots").iterdir())
    return []


def open_current(index: Path) -> Snapshot:
    """Open the snapshot in service; when it is damaged, the one before, with a loud warning.

    Raises IndexMissing, SnapshotMismatch, or SnapshotDamaged when none is whole.
    """
    name = current(index)
    if name is None:
        raise IndexMissing(f"there is no index in {index} yet: run `quoth build`")
    try:
        return Snapshot.open(index / "snapshots" / name)
    except SnapshotDamaged as damage:
        return _open_earlier(index, name, damage)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a snapshot. Raises SnapshotDamaged or SnapshotMismatch."""
    values = _read_values(folder / _MANIFEST)
    if values.get("schema") != SCHEMA:
        found = values.get("schema")
        raise SnapshotMismatch(f"{folder} has schema {found}, wanted {SCHEMA}: {_REBUILD}")
    files = {name: File(**file) for name, file in values["files"].items()}
    return Manifest(**{**values, "counts": Counts(**values["counts"]), "files": files})


def _read_values(path: Path) -> dict[str, Any]:
    """What the manifest says, once it is known to be what was written."""
    try:
        stored = json.loads(path.read_text("utf-8"))
        values: dict[str, Any] = stored["manifest"]
        if stored["xxh3"] == _digest(values):
            return values
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SnapshotDamaged(f"{path} is no readable manifest; {_REBUILD}") from error
    raise SnapshotDamaged(f"{path} has changed since it was built; {_REBUILD}")


def _digest(values: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(values, sort_keys=True).encode())


def verify(folder: Path, manifest: Manifest) -> None:
    """Hold every file against the manifest. Raises SnapshotDamaged, which names the file."""
    for name, expected in manifest.files.items():
        try:
            found = _measure(folder / name)
        except OSError as error:
            raise SnapshotDamaged(
                f"{folder / name} cannot be read ({error.strerror}); {_REBUILD}"
            ) from error
        if found.size != expected.size:
            raise SnapshotDamaged(
                f"{folder / name} has {found.size} bytes, wanted {expected.size}; {_REBUILD}"
            )
        if found.xxh3 != expected.xxh3:
            raise SnapshotDamaged(f"{folder / name} has changed since it was built; {_REBUILD}")


@contextlib.contextmanager
def building(index: Path, name: str) -> Iterator[Path]:
    """A folder to write a snapshot into, alone; what a dead build left is swept first.

    Raises BuildBusy while another process builds here.
    """
    with _alone(index):
        shutil.rmtree(index / "building", ignore_errors=True)
        folder = index / "building" / name
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(index / "building", ignore_errors=True)


@contextlib.contextmanager
def _alone(index: Path) -> Iterator[None]:
    """Hold the lock of the index. Raises BuildBusy while another process does."""
    index.mkdir(parents=True, exist_ok=True)
    with (index / _LOCK).open("a+", encoding="utf-8") as lock:
        _take(lock, index)
        yield


def seal(folder: Path, **values: Any) -> Manifest:
    """Measure every file in ``folder``, write the manifest and put all of it on disk."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {str(path.relative_to(folder)): _measure(path) for path in paths}
    manifest = Manifest(schema=SCHEMA, name=folder.name, files=files, **values)
    values = asdict(manifest)
    stored = {"xxh3": _digest(values), "manifest": values}
    _write(folder / _MANIFEST, json.dumps(stored, indent=1) + "\n")
    for path in (*paths, *(path for path in folder.rglob("*") if path.is_dir()), folder):
        _sync(path)
    return manifest


def publish(index: Path, folder: Path) -> Path:
    """Move a sealed ``folder`` among the snapshots and put it in service; remove old ones."""
    snapshots = index / "snapshots"
    snapshots.mkdir(exist_ok=True)
    published = snapshots / folder.name
    folder.rename(published)
    _sync(snapshots)
    abandoned = [name for name in names(index) if (current(index) or name) < name < folder.name]
    point(index, published.name)
    for name in abandoned:  # rolled back from: a later rollback must not lead there
        _remove_unread(snapshots / name)
    collect(index)
    return published


def point(index: Path, name: str) -> None:
    """Put the snapshot ``name`` in service: one atomic rename."""
    aside = index / f"{_CURRENT}.new"
    _write(aside, name + "\n")
    aside.replace(index / _CURRENT)
    _sync(index)


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
                f"there is no snapshot before {name} to roll back to; "
                f"{KEEP} are kept, and fewer until there were as many builds"
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
    published = names(index)
    name = current(index)
    older = published[: published.index(name)] if name in published else []
    for old in older[:-KEEP]:
        _remove_unread(index / "snapshots" / old)


def _open_earlier(index: Path, name: str, damage: SnapshotDamaged) -> Snapshot:
    for earlier in reversed([other for other in names(index) if other < name]):
        with contextlib.suppress(SnapshotDamaged, SnapshotMismatch):
            snapshot = Snapshot.open(index / "snapshots" / earlier)
            log.error("%s. The snapshot before it, %s, serves until then.", damage, earlier)
            return snapshot
    raise damage


def _hold(manifest: Path) -> Any:
    try:
        held = manifest.open("rb")
    except OSError as error:
        raise SnapshotDamaged(
            f"{manifest} cannot be read ({error.strerror}); {_REBUILD}"
        ) from error
    with contextlib.suppress(OSError):  # a disk without locks: then no builder is here either
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return held


def _remove_unread(folder: Path) -> None:
    try:
        with (folder / _MANIFEST).open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    except OSError:
        log.debug("%s has no manifest to hold; removing it", folder)
    shutil.rmtree(folder, ignore_errors=True)


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


def _measure(path: Path) -> File:
    digest = xxhash.xxh3_128()
    size = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            size += len(block)
            digest.update(block)
    return File(size, digest.hexdigest())


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
