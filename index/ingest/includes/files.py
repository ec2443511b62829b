"""Find and read the files of a folder that may be included in its articles."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, TypeVar

from index.errors import ReadError
from index.ingest.parsing.encoding import decode

MAX_FILE_CHARS = 200_000
_NOTE_SUFFIX = ".md"
_Value = TypeVar("_Value")


@dataclass(frozen=True)  # without slots, for the cached property
class IncludableFiles:
    """The files below a folder by their paths, and how to read one.

    ``list_paths`` yields visible files only, so that a directive cannot reach hidden ones or those
    outside; ``read_bytes`` raises ReadError for a link that leads out of the folder.
    """

    list_paths: Callable[[], Iterable[str]]
    read_bytes: Callable[[str], bytes]
    _texts: dict[str, str | None] = field(default_factory=dict)
    _computed: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    @cached_property
    def _paths_by_name(self) -> dict[str, list[str]]:
        paths: dict[str, list[str]] = {}
        for path in sorted(self.list_paths(), key=lambda path: (path.count("/"), path)):
            paths.setdefault(PurePosixPath(path).name.casefold(), []).append(path)
        return paths

    def find(self, target: str, including: str, *, is_note: bool = False) -> str | None:
        """Return the path of the file that a directive in the article ``including`` names.

        Paths start at the folder of the article, at one above it, or in a project of which only a
        part is here: then only one file may fit. A note is found in any folder.
        """
        parts = [part for part in target.replace("\\", "/").split("/") if part not in {"", "."}]
        ups = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
        if ".." in parts[ups:] or not parts[ups:]:
            return None
        inside = "/".join(parts[ups:]).casefold()
        if is_note and not inside.endswith(_NOTE_SUFFIX):
            inside += _NOTE_SUFFIX
        paths = {
            path.casefold(): path
            for path in self._paths_by_name.get(PurePosixPath(inside).name, ())
        }
        folders = [*PurePosixPath(including.casefold()).parents]
        folders = folders[::-1] if target.startswith("/") else [*folders[ups:], *folders[:ups]]
        exact = (paths.get(str(folder / inside)) for folder in folders)
        fitting = [paths[path] for path in paths if _overlap(path, inside)]
        unique = fitting[0] if len(fitting) == 1 or (fitting and is_note) else None
        return next(filter(None, exact), unique)

    def once(self, compute: Callable[..., _Value], *arguments: str) -> _Value:
        """Return what is computed from these files and arguments, the same after the first time."""
        key = (compute, arguments)
        if key not in self._computed:
            self._computed[key] = compute(self, *arguments)
        value: _Value = self._computed[key]
        return value

    def read(self, path: str) -> str | None:
        """Return the text of a file, None if it is empty, too long or no text; keep it."""
        if path not in self._texts:
            self._texts[path] = self.load(path)
        return self._texts[path]

    def load(self, path: str) -> str | None:
        """Return the text of a file as ``read`` does, without keeping it."""
        try:
            text = decode(self.read_bytes(path))
        except ReadError:
            return None
        return text if 0 < len(text) <= MAX_FILE_CHARS else None


def _overlap(path: str, inside: str) -> bool:
    """Return whether a path ends with another, or the other way round."""
    if f"/{path}".endswith(f"/{inside}"):
        return True
    return "/" in path and f"/{inside}".endswith(f"/{path}")
