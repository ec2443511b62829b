"""What a snapshot is and what must be in it: written last, held against all files on opening."""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import xxhash

from index.errors import SnapshotDamaged, SnapshotMismatch

SCHEMA = 4  # of everything in the folder, passages and sentences included
MANIFEST = "manifest.json"
REBUILD = "run `quoth build` to make it anew"

_BLOCK_BYTES = 1 << 20


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


def seal(folder: Path, **values: Any) -> Manifest:
    """Measure every file in ``folder``, write the manifest and put all of it on disk."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {str(path.relative_to(folder)): _measure(path) for path in paths}
    manifest = Manifest(schema=SCHEMA, name=folder.name, files=files, **values)
    values = asdict(manifest)
    stored = {"xxh3": _digest(values), "manifest": values}
    write(folder / MANIFEST, json.dumps(stored, indent=1) + "\n")
    for path in (*paths, *(path for path in folder.rglob("*") if path.is_dir()), folder):
        sync(path)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a snapshot. Raises SnapshotDamaged or SnapshotMismatch."""
    values = _read_values(folder / MANIFEST)
    if values.get("schema") != SCHEMA:
        found = values.get("schema")
        raise SnapshotMismatch(f"{folder} has schema {found}, wanted {SCHEMA}: {REBUILD}")
    if values["name"] != folder.name:
        found = values["name"]
        raise SnapshotDamaged(f"{folder / MANIFEST} is that of another snapshot, {found}")
    files = {name: File(**file) for name, file in values["files"].items()}
    return Manifest(**{**values, "counts": Counts(**values["counts"]), "files": files})


def _read_values(path: Path) -> dict[str, Any]:
    """What the manifest says, once it is known to be what was written."""
    try:
        stored = json.loads(path.read_text("utf-8"))
        values: dict[str, Any] = stored["manifest"]
        if stored["xxh3"] == _digest(values):
            return values
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SnapshotDamaged(f"{path} is no readable manifest; {REBUILD}") from error
    raise SnapshotDamaged(f"{path} has changed since it was built; {REBUILD}")


def _digest(values: dict[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(values, sort_keys=True).encode())


def verify(folder: Path, manifest: Manifest) -> None:
    """Hold every file against the manifest. Raises SnapshotDamaged, which names the file.

    A file that the manifest does not name is damage, too: some are read wherever they are there.
    """
    for name, expected in manifest.files.items():
        _verify_file(folder / name, expected)
    for name in _names_in(folder):
        if name not in manifest.files:
            raise SnapshotDamaged(f"{folder / name} is no part of the snapshot: remove it")


def _verify_file(path: Path, expected: File) -> None:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would keep the reader waiting for ever
            raise SnapshotDamaged(f"{path} is no file; {REBUILD}")
        if found.st_size != expected.size:
            raise SnapshotDamaged(
                f"{path} has {found.st_size} bytes, wanted {expected.size}; {REBUILD}"
            )
        same = _measure(path) == expected
    except OSError as error:
        raise SnapshotDamaged(f"{path} cannot be read ({error.strerror}); {REBUILD}") from error
    if not same:
        raise SnapshotDamaged(f"{path} has changed since it was built; {REBUILD}")


def _names_in(folder: Path) -> Iterator[str]:
    """Names of all that is no folder, but the manifest."""
    for path in sorted(folder.rglob("*")):
        if path != folder / MANIFEST and (path.is_symlink() or not path.is_dir()):
            yield str(path.relative_to(folder))


def _measure(path: Path) -> File:
    digest = xxhash.xxh3_128()
    size = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            size += len(block)
            digest.update(block)
    return File(size, digest.hexdigest())


def write(path: Path, text: str) -> None:
    """Write a small file and put it on disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
