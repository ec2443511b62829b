"""The ledger: the files in seeds that each source owns, and the state of its pages.

It is one JSON file per source in the hidden folder ``seeds/.sources``, next to the changes that
were staged for it:

.sources/
├── lock                    locked by the process that refreshes
├── docs-example-org.json   the ledger of a source
└── staged/
    └── docs-example-org/
        ├── journal.jsonl   fetched pages, so that an interrupted check can go on
        ├── files/          their texts, by digest
        ├── plan.json       the changes, complete and ready to be applied
        └── apply.json      the same, while they are being applied; completed after a crash
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from index.errors import SourceError
from index.sources.file_names import STATE_FOLDER

_LOCK_FILE = "lock"
_STAGED_FOLDER = "staged"
PREVIEW_FOLDER = "preview"  # seeds as they would be, for a bot that asks for approval
TEMPORARY_FOLDERS = (_STAGED_FOLDER, PREVIEW_FOLDER)


@dataclass(frozen=True, slots=True)
class PageState:
    """A page, an entry of a feed or a file of a repository, as it was last seen.

    ``files`` are the paths in seeds that it owns, with the digest of what Quoth wrote. ``body`` is
    the digest of the response, ``marker`` the date in the sitemap or the digest of the entry in
    the feed. Times are Unix times: ``checked`` is when the text was last known to be current,
    ``fetched`` when the page itself was last requested.
    ``gone`` counts answers 404 or 410 in a row. ``kept`` says that the page is gone
    and its article stays, ``removed_by_hand`` that somebody deleted its file, which stays deleted.
    """

    files: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    marker: str | None = None
    body: str | None = None
    final_url: str | None = None
    checked: float | None = None
    fetched: float | None = None
    changed: float | None = None
    gone: int = 0
    kept: bool = False
    removed_by_hand: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ListingState:
    """A feed or sitemap as it was last read: URLs with their dates, and child sitemaps."""

    etag: str | None = None
    last_modified: str | None = None
    pages: tuple[tuple[str, str | None], ...] = ()
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """The ledger of one source. Times are Unix times.

    ``options`` is the digest of how it is followed; when that changes, all pages are read again.
    """

    pages: dict[str, PageState] = field(default_factory=dict)
    listings: dict[str, ListingState] = field(default_factory=dict)
    checked: float | None = None
    changed: float | None = None
    next_check: float | None = None
    failures: int = 0
    error: str | None = None
    options: str = ""
    commit: str | None = None

    @property
    def files(self) -> dict[str, str]:
        """Every owned path, with the digest of what Quoth wrote."""
        return {path: digest for page in self.pages.values() for path, digest in page.files.items()}


_STATE = TypeAdapter(SourceState)


def load_state(name: str, seeds: Path) -> SourceState:
    """Read the ledger of a source; an empty one if it was never checked. Raises SourceError."""
    path = _state_path(name, seeds)
    try:
        return _STATE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return SourceState()
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a ledger"
        raise SourceError(
            f"{path} cannot be read ({reason}); move it away, and the articles of {name} are "
            "treated as made by hand"
        ) from error


def save_state(name: str, state: SourceState, seeds: Path) -> None:
    """Write the ledger of a source in one step."""
    write_json(_state_path(name, seeds), asdict(state))


def delete_state(name: str, seeds: Path) -> None:
    """Forget a source: its files become ordinary articles."""
    _state_path(name, seeds).unlink(missing_ok=True)


def other_owned_files(name: str, names: list[str], seeds: Path) -> dict[str, str]:
    """Return the files that other sources own, with the name of the source.

    Those of an unreadable ledger count as made by hand, which protects them as well.
    """
    owned: dict[str, str] = {}
    for other in names:
        with contextlib.suppress(SourceError):
            if other != name:
                owned |= dict.fromkeys(load_state(other, seeds).files, other)
    return owned


def staged_folder(name: str, seeds: Path) -> Path:
    """Return the folder of the changes staged for a source."""
    return seeds / STATE_FOLDER / _STAGED_FOLDER / name


def staged_names(seeds: Path) -> list[str]:
    """Return the names of the sources that have a folder of staged changes."""
    with contextlib.suppress(OSError):
        return sorted(each.name for each in (seeds / STATE_FOLDER / _STAGED_FOLDER).iterdir())
    return []


@contextlib.contextmanager
def lock_sources(seeds: Path) -> Iterator[None]:
    """Lock the sources for this process. Raises SourceError while another one refreshes."""
    folder = seeds / STATE_FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK_FILE).open("a", encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{folder} cannot be written ({error.strerror})") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SourceError(
                f"another process is refreshing the sources in {seeds}; try again when it is done"
            ) from error
        yield


def write_json(path: Path, values: Any) -> None:
    """Write JSON durably and in one step."""
    write_file(path, json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file of the hidden folder durably and in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)  # it would keep a full disk full
        raise


def digest_file(path: Path) -> str | None:
    """Return the digest of a file; None if there is no regular file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _state_path(name: str, seeds: Path) -> Path:
    return seeds / STATE_FOLDER / f"{name}.json"
