"""Stage fetched pages in ``seeds/.sources/staged``, so that an interrupted check can go on."""

import json
import shutil
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.errors import SourceError
from index.ingest.convert import IncomingArticle
from index.ingest.formats import parse
from index.sources.followed import FollowedSource
from index.sources.ledger import SourceState, write_file, write_json
from index.types import digest_bytes

PLAN_FILE = "plan.json"
APPLY_FILE = "apply.json"
_JOURNAL_FILE = "journal.jsonl"
_CONTENT_FOLDER = "files"
_MAX_JOURNAL_SECONDS = 6 * 3600.0  # after which an interrupted check starts again


class Result(StrEnum):
    """Results of checking one page."""

    NEW = "new"  # it has another text than before
    SAME = "same"
    GONE = "gone"  # 404 or 410
    FAILED = "failed"
    EMPTY = "empty"  # no article, such as a page that only has links
    OUTSIDE = "outside"  # redirected away from the section
    MOVED = "moved"  # the same content has another path now
    EXCLUDED = "excluded"  # by patterns that were changed later


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """The result of checking a page at the Unix time ``at``.

    ``name`` is a file name for its article, ``content`` and ``sidecar`` are digests of staged
    files. ``marker`` is the date in the sitemap, or the digest of the entry in the feed.
    ``was_fetched`` is False if the feed or sitemap alone says that the page has not changed.
    """

    url: str
    result: Result
    at: float
    final_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    marker: str | None = None
    body: str | None = None
    name: str = ""
    content: str | None = None
    sidecar: str | None = None
    links: tuple[str, ...] = ()
    error: str | None = None
    was_fetched: bool = True


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file to write or to delete in seeds.

    ``content`` is the digest of the staged content, None to delete the file. ``expected`` is the
    digest that the file must have; None if there must be no file.
    """

    path: str
    page: str
    content: str | None
    expected: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that a check proposes, and the ledger after them.

    ``removals`` are changes that somebody has to confirm. ``conflicts`` and ``failures`` are lines
    for people.
    """

    source: str
    state: SourceState
    changes: tuple[FileChange, ...] = ()
    removals: tuple[FileChange, ...] = ()
    checked: int = 0
    conflicts: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if no file would change."""
        return not self.changes and not self.removals

    @property
    def added(self) -> tuple[str, ...]:
        """Paths of new articles."""
        return tuple(each.path for each in self._articles() if each.content and not each.expected)

    @property
    def changed(self) -> tuple[str, ...]:
        """Paths of articles with another text."""
        return tuple(each.path for each in self._articles() if each.content and each.expected)

    @property
    def removed(self) -> tuple[str, ...]:
        """Paths of articles to delete."""
        return tuple(each.path for each in self._articles() if not each.content)

    @property
    def to_confirm(self) -> tuple[str, ...]:
        """Paths of articles that are deleted only if somebody confirms it."""
        return tuple(each.path for each in _articles(self.removals))

    def _articles(self) -> list[FileChange]:
        return _articles(self.changes)


def options_digest(source: FollowedSource) -> str:
    """Return a digest of the options that decide which pages are read, and where they go."""
    values = (source.kind, source.url, source.folder, source.include, source.exclude, source.limit)
    return digest_bytes(repr(values).encode())[:16]


def _articles(changes: tuple[FileChange, ...]) -> list[FileChange]:
    """Return the changes without those of sidecars whose article changes, too."""
    paths = {each.path for each in changes}
    return [each for each in changes if each.path.removesuffix(".yaml") not in paths - {each.path}]


_OUTCOME = TypeAdapter(PageOutcome)
_PLAN = TypeAdapter(Plan)


class Staging:
    """A folder of staged pages and, at the end, the plan that is made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def outcomes(self, options: str, now: float) -> dict[str, PageOutcome]:
        """Return the pages that an interrupted check has fetched, by URL; failures are retried."""
        if (self.folder / PLAN_FILE).exists():  # that check was completed
            return {}
        try:
            lines = (self.folder / _JOURNAL_FILE).read_bytes().splitlines()
        except OSError:
            return {}
        if not lines or lines[0] != self._heading(options):
            return {}
        found = [outcome for line in lines[1:] if (outcome := _parse_outcome(line))]
        return {
            each.url: each
            for each in found
            if each.result is not Result.FAILED and 0 <= now - each.at < _MAX_JOURNAL_SECONDS
        }

    def start(self, options: str, resumed: dict[str, PageOutcome]) -> None:
        """Begin a journal with the pages that are still good."""
        (self.folder / PLAN_FILE).unlink(missing_ok=True)
        lines = [self._heading(options), *map(_to_line, resumed.values())]
        write_file(self.folder / _JOURNAL_FILE, b"".join(line + b"\n" for line in lines))

    def add(self, outcome: PageOutcome) -> None:
        """Record a checked page."""
        with (self.folder / _JOURNAL_FILE).open("ab") as file:
            file.write(_to_line(outcome) + b"\n")

    def put(self, content: bytes) -> str:
        """Store content and return its digest."""
        digest = digest_bytes(content)
        path = self.content_path(digest)
        if not path.exists():
            write_file(path, content)
        return digest

    def stage(self, outcome: PageOutcome, article: IncomingArticle) -> PageOutcome:
        """Store an article's files. Raises ReadError if a build could not read it."""
        parse(article.name, article.content)
        sidecar = self.put(article.sidecar) if article.sidecar is not None else None
        content = self.put(article.content)
        return replace(
            outcome, result=Result.NEW, name=article.name, content=content, sidecar=sidecar
        )

    def content_path(self, digest: str) -> Path:
        """Return the path of stored content."""
        return self.folder / _CONTENT_FOLDER / digest

    def save_plan(self, plan: Plan) -> None:
        """Make the staged changes complete."""
        write_json(self.folder / PLAN_FILE, asdict(plan))

    def load_plan(self, name: str = PLAN_FILE) -> Plan | None:
        """Return the plan; None if the check was not completed. Raises SourceError."""
        try:
            return _PLAN.validate_json((self.folder / name).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValidationError) as error:
            raise SourceError(
                f"{self.folder / name} cannot be read; delete the folder, and refresh again"
            ) from error

    def clear(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _heading(self, options: str) -> bytes:
        return json.dumps({"options": options}).encode()


def _to_line(outcome: PageOutcome) -> bytes:
    return json.dumps(asdict(outcome)).encode()


def _parse_outcome(line: bytes) -> PageOutcome | None:
    """Parse a line of the journal; None for the last one if it is incomplete."""
    try:
        return _OUTCOME.validate_json(line)
    except ValidationError:
        return None
