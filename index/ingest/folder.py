"""Find the files in the folder of articles, and read them, but none outside of it."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from index.errors import ReadError, SeedsError
from index.ingest.parsing.normalize import printable

MAX_BYTES = 20_000_000
_MAX_DEPTH = 50  # folders inside folders
_BACKUP_SUFFIXES = ("~", ".swp", ".swo", ".bak", ".tmp", ".orig")
_SYSTEM_FILES = {
    *("thumbs.db", "desktop.ini", "__macosx", "__pycache__", "node_modules"),
    "sources.toml",  # lists what Quoth follows
}


def resolve_seeds(seeds: Path) -> Path:
    """Return the folder of articles without symbolic links. Raises SeedsError if it is missing."""
    if not seeds.is_dir():
        name = printable(str(seeds))
        if seeds.exists():
            raise SeedsError(f"{name} is a file; choose the folder of the articles with --seeds")
        raise SeedsError(f"there is no folder {name}; create it and put articles in it")
    return seeds.resolve()


def walk(root: Path, skip: Callable[[str, str], None] | None = None) -> Iterator[str]:
    """Yield the paths of the files below ``root``, except hidden files and backups.

    ``skip`` is given path and reason of folders that cannot be read, and of links to folders.
    """
    skip = skip or (lambda path, reason: None)

    def skip_unreadable(error: OSError) -> None:
        path = Path(error.filename).relative_to(root).as_posix()
        skip(path if path == "." else f"{path}/", _unreadable(error))

    for folder, subfolders, names in os.walk(root, onerror=skip_unreadable):
        inside = PurePosixPath(Path(folder).relative_to(root))
        if len(inside.parts) >= _MAX_DEPTH:  # os.walk is recursive before Python 3.12
            skip(f"{inside}/", f"over {_MAX_DEPTH} folders deep; move the articles further up")
            subfolders.clear()
            continue
        subfolders[:] = filter(_is_visible, subfolders)
        for name in subfolders:
            if os.path.islink(root / inside / name):  # noqa: PTH114 - False if access is denied
                reason = "a symbolic link to a folder, which is not followed; copy the folder here"
                skip(str(inside / name), reason)
        prefix = f"{inside}/" if inside.parts else ""
        yield from (f"{prefix}{name}" for name in names if _is_visible(name))


def _is_visible(name: str) -> bool:
    name = name.lower()
    is_autosave = name.startswith("#") and name.endswith("#")
    is_backup = is_autosave or name.endswith(_BACKUP_SUFFIXES)
    return not (is_backup or name.startswith(".") or name in _SYSTEM_FILES)


def read_inside(root: Path, path: str) -> bytes:
    """Return the content of a file below ``root``. Raises ReadError as ``read_bytes`` does."""
    return read_bytes(root, path, os.path.realpath(root / path))


def read_bytes(root: Path, path: str, real_path: str) -> bytes:
    """Return the content of a file; ``real_path`` is its path without symbolic links.

    Raises ReadError for a file that is larger than MAX_BYTES, special, or outside of ``root``.
    """
    try:
        # Without pathlib, which takes longer than the file: a rebuild reads every file.
        status = os.stat(real_path)  # noqa: PTH116
        if not real_path.startswith(os.path.join(root, "")):  # noqa: PTH118
            raise ReadError("a symbolic link that leads out of the folder; copy the file here")
        if not stat.S_ISREG(status.st_mode):
            raise ReadError("not a regular file (a folder, pipe, socket or device); remove it")
        if status.st_size > MAX_BYTES:
            raise ReadError(
                f"{status.st_size:,} bytes; the limit is {MAX_BYTES:,}, so split the file"
            )
        with open(real_path, "rb") as file:  # noqa: PTH123
            return file.read()
    except (OSError, ValueError, RuntimeError) as error:
        if (root / path).is_symlink() and not (root / path).exists():
            reason = "a symbolic link that leads nowhere; delete it, or copy the file here"
            raise ReadError(reason) from error
        raise ReadError(_unreadable(error)) from error


def _unreadable(error: Exception) -> str:
    """Return the reason the system gives, without the path in its message."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "invalid path"
    return f"cannot be read ({reason}); check its permissions"
