"""The manifest of a snapshot: written last, and compared with all files when it is opened."""

import hashlib
import json
import os
import stat
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xxhash

from index.errors import SnapshotDamaged, SnapshotMismatch

SCHEMA = 14  # version of all file formats in a snapshot, and of how articles are split
MANIFEST = "manifest.json"
REBUILD = "run `quoth build` to rebuild it"


@dataclass(frozen=True, slots=True)
class Counts:
    """Sizes of a snapshot; ``vectors`` are those of passages, one or more for each."""

    articles: int
    passages: int
    sentences: int
    vectors: int


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size in bytes and XXH3-128 of a file."""

    size: int
    xxh3: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Identity and files of a snapshot; ``fingerprint`` hashes the articles and their passages."""

    schema: int
    name: str
    created: str
    encoder: str
    dim: int
    counts: Counts
    fingerprint: str
    files: dict[str, FileEntry]


def write_manifest(
    folder: Path, encoder: str, dim: int, counts: Counts, fingerprint: str
) -> Manifest:
    """Hash every file in ``folder``, write the manifest and flush everything to disk."""
    created = datetime.now(UTC).isoformat(timespec="seconds")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {str(path.relative_to(folder)): _file_entry(path) for path in paths}
    manifest = Manifest(SCHEMA, folder.name, created, encoder, dim, counts, fingerprint, files)
    stored = {"xxh3": _digest(asdict(manifest)), "manifest": asdict(manifest)}
    write_durably(folder / MANIFEST, json.dumps(stored, indent=1) + "\n")
    for path in (*folder.rglob("*"), folder):
        fsync_path(path)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a snapshot. Raises SnapshotDamaged or SnapshotMismatch."""
    values = _read_values(folder / MANIFEST)
    schema, name = values.get("schema"), values["name"]
    if schema != SCHEMA:
        raise SnapshotMismatch(
            f"{folder} has schema {schema}, but this version of Quoth needs schema {SCHEMA}; "
            f"{REBUILD}"
        )
    if name != folder.name:
        raise SnapshotDamaged(f"{folder / MANIFEST} belongs to another snapshot, {name}; {REBUILD}")
    files = {path: FileEntry(**entry) for path, entry in values["files"].items()}
    return Manifest(**{**values, "counts": Counts(**values["counts"]), "files": files})


def _read_values(path: Path) -> dict[str, Any]:
    """Read a manifest and verify its checksum."""
    try:
        stored = json.loads(path.read_text("utf-8"))
        values: dict[str, Any] = stored["manifest"]
        intact = stored["xxh3"] == _digest(values)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SnapshotDamaged(f"{path} is missing or not a manifest; {REBUILD}") from error
    if not intact:
        raise SnapshotDamaged(f"{path} has changed since it was built; {REBUILD}")
    return values


def _digest(values: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(values, sort_keys=True).encode())


def verify(folder: Path, manifest: Manifest) -> None:
    """Compare every file with the manifest. Raises SnapshotDamaged, which names the file.

    A file that is not in the manifest is damage, too: some files are optional, and would be read.
    """
    for name, expected in manifest.files.items():
        _verify_file(folder / name, expected)
    allowed = {folder / MANIFEST, *(folder / name for name in manifest.files)}
    for path in sorted(folder.rglob("*")):
        if path not in allowed and (path.is_symlink() or not path.is_dir()):
            raise SnapshotDamaged(f"{path} does not belong to the snapshot; remove it")


def _verify_file(path: Path, expected: FileEntry) -> None:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would block forever
            raise SnapshotDamaged(f"{path} is not a regular file; {REBUILD}")
        if status.st_size != expected.size:
            raise SnapshotDamaged(
                f"{path} has {status.st_size} bytes, expected {expected.size}; {REBUILD}"
            )
        intact = _file_entry(path) == expected
    except OSError as error:
        raise SnapshotDamaged(f"{path} cannot be read ({error.strerror}); {REBUILD}") from error
    if not intact:
        raise SnapshotDamaged(f"{path} has changed since it was built; {REBUILD}")


def _file_entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, xxhash.xxh3_128).hexdigest()
        return FileEntry(file.tell(), digest)


def write_durably(path: Path, text: str) -> None:
    """Write a small file and flush it to disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def fsync_path(path: Path) -> None:
    """Flush a file, or a folder's list of names, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
