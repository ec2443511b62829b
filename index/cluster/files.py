"""Files of a snapshot in PostgreSQL, such as the encoder's, cut into pieces."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from index.cluster.connections import Connection
from index.errors import SnapshotDamaged
from index.store.manifest import REBUILD

_PIECE_BYTES = 8_000_000  # PostgreSQL holds several copies of a value while it is sent


def save_files(connection: Connection, folder: Path) -> dict[str, str]:
    """Save every file in ``folder`` that is not there yet; return their digests by name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): _save(connection, path) for path in paths}


def _save(connection: Connection, path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        file.seek(0)
        with connection.transaction():
            known = connection.execute(
                "SELECT FROM quoth_index.files WHERE digest = %s LIMIT 1", (digest,)
            ).fetchone()
            part = 0
            while known is None and ((piece := file.read(_PIECE_BYTES)) or part == 0):
                connection.execute(
                    "INSERT INTO quoth_index.files VALUES (%s, %s, %s)", (digest, part, piece)
                )
                part += 1
    return digest.hex()


def load_files(connection: Connection, files: Mapping[str, str], folder: Path) -> None:
    """Write the files of a snapshot, by name and digest, into ``folder``.

    A file that is there already is not loaded again. Raises SnapshotDamaged and OSError.
    """
    for name, digest in files.items():
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            path.parent.mkdir(parents=True, exist_ok=True)
            _load(connection, name, digest, path)


def _load(connection: Connection, name: str, digest: str, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.part")
    pieces = connection.execute(
        "SELECT part FROM quoth_index.files WHERE digest = %s ORDER BY part",
        (bytes.fromhex(digest),),
    ).fetchall()
    with temporary.open("wb") as file:
        for part in pieces:
            found = connection.execute(
                "SELECT content FROM quoth_index.files WHERE digest = %s AND part = %s",
                (bytes.fromhex(digest), *part),
            ).fetchone()
            file.write(found[0] if found else b"")
    if _digest(temporary) != digest:
        temporary.unlink()
        raise SnapshotDamaged(f"{name} is missing or damaged in PostgreSQL; {REBUILD}")
    temporary.replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
