"""Remember from which folder a snapshot was built, and compare it with another folder.

A folder may be moved, copied to another machine or mounted under another name, and articles change
between two builds. So the beginnings of some files are compared, not only the folder's path.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import xxhash

ORIGIN_FILE = "origin.json"

_MAX_COMPARED = 32  # files
_COMPARED_BYTES = 32_768


class Overlap(StrEnum):
    """How much of a snapshot is in a folder: the folder it was built from, some of it, nothing."""

    SAME = "same"
    SOME = "some"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Origin:
    """The absolute path of the folder, and digests of some articles by their path in it."""

    seeds: str
    digests: dict[str, str]

    @classmethod
    def of(cls, seeds: Path, paths: Sequence[str]) -> "Origin":
        """Describe a folder by some of its articles, evenly chosen."""
        step = -(-len(paths) // _MAX_COMPARED) or 1
        digests = {path: _digest(seeds / path) for path in sorted(paths)[::step]}
        found = {path: digest for path, digest in digests.items() if digest}
        return cls(str(seeds.resolve()), found)

    @classmethod
    def read(cls, snapshot: Path) -> "Origin | None":
        """Read the origin of a snapshot; None if an earlier version built it, or it is damaged."""
        try:
            return cls(**json.loads((snapshot / ORIGIN_FILE).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, snapshot: Path) -> None:
        """Write the origin into a snapshot's folder."""
        (snapshot / ORIGIN_FILE).write_text(json.dumps(asdict(self)), "utf-8")

    def overlap(self, seeds: Path) -> Overlap:
        """Compare with another folder."""
        count = len(self.digests)
        present = sum((seeds / path).is_file() for path in self.digests)
        same = sum(_digest(seeds / path) == digest for path, digest in self.digests.items())
        was_edited = str(seeds.resolve()) == self.seeds and 2 * present >= count
        if 2 * same >= count or was_edited:
            return Overlap.SAME
        return Overlap.SOME if same or 2 * present >= count else Overlap.NONE


def _digest(path: Path) -> str | None:
    """Hash the beginning of a text, whatever its line ends are; None if it cannot be read."""
    try:
        if not path.is_file():  # opening a pipe would block
            return None
        with path.open("rb") as file:
            beginning = file.read(2 * _COMPARED_BYTES)
    except OSError:
        return None
    return xxhash.xxh3_64_hexdigest(beginning.replace(b"\r\n", b"\n")[:_COMPARED_BYTES])
