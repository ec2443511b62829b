"""``quoth add`` and ``quoth remove``: files, links and feeds into the seeds, and out again."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from index.errors import QuothError, ReadError
from index.ingest import FORMATS
from index.ingest import convert as incoming
from index.ingest.convert import IncomingArticle
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.names import shown
from index.ingest.parsing.sidecar import SUFFIX
from index.ingest.readers.feed import Entry, feed
from index.ingest.seeds import SeedExists, SeedRefused, put, safe_name, take
from index.ingest.web.fetch import MAX_BYTES, Fetched, FetchLimits, fetch
from index.types import slug

_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_FEEDS = {".rss", ".atom", ".xml"}


@dataclass(frozen=True, slots=True)
class AddOptions:
    """How to add; ``told`` is what the caller says of the article, and goes before all else.

    ``folder`` is one directly inside the seeds. ``entries`` is how many of a feed are taken, with
    a pause between two that have to be fetched.
    """

    folder: str | None = None
    told: ParsedMetadata = field(default_factory=ParsedMetadata)
    replace: bool = False
    private: bool = False
    robots: bool = True
    entries: int = 20
    pause_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class AddResult:
    """What became of a file, a link or an entry: its path in seeds, or one line why not.

    ``known`` is True when there was such an article already.
    """

    source: str
    path: str | None = None
    reason: str | None = None
    known: bool = False


def add(sources: Sequence[str], seeds: Path, how: AddOptions | None = None) -> Iterator[AddResult]:
    """Save each file, link or feed into ``seeds``; an outcome for each, a feed's entries each.

    Nothing raises but what stops all of it; no index is built.
    """
    how = how or AddOptions()
    for source in sources:
        adder = _add_link if _LINK.match(source) else _add_file
        try:
            yield from adder(source, seeds, how)
        except (QuothError, OSError, ValueError) as error:
            yield _failed(source, error)


def remove(article: str, seeds: Path) -> str:
    """Delete the article at that path, or of that slug, from ``seeds``; its path there.

    Raises SeedRefused when there is no such article.
    """
    path = _path_of(article, seeds)
    take(seeds, path)
    return path


def _add_file(source: str, seeds: Path, how: AddOptions) -> Iterator[AddResult]:
    content = _content(Path(source), seeds)
    if Path(source).suffix.lower() in _FEEDS:
        yield from _add_feed(Fetched(source, "", content), seeds, how, remote=False)
        return
    made = incoming.file(Path(source).name, content, how.told)
    outcome = _saved(source, made, seeds, how.folder, how)
    if outcome.known and not _holds(seeds / (how.folder or "") / safe_name(made.name), made):
        yield replace(outcome, known=False, reason=f"{outcome.reason}; wanted another name")
    else:
        yield outcome


def _holds(path: Path, made: IncomingArticle) -> bool:
    """Whether that very file was added before."""
    return path.is_file() and path.read_bytes() == made.content


def _content(path: Path, seeds: Path) -> bytes:
    """The bytes of a plain file outside the seeds."""
    if not path.is_file():
        raise ReadError(f"no file {shown(str(path))}; wanted a file, or a link with https://")
    if path.resolve().is_relative_to(seeds.resolve()):
        raise ReadError("it is in the seeds already; wanted a file from elsewhere")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ReadError(f"{size:,} bytes, wanted {MAX_BYTES:,} at most; split the file")
    return path.read_bytes()


def _add_link(source: str, seeds: Path, how: AddOptions) -> Iterator[AddResult]:
    fetched = fetch(source, _limits(how))
    if incoming.kind_of(fetched) == ".rss":
        yield from _add_feed(fetched, seeds, how, remote=True)
    else:
        yield _saved(source, _made(fetched, how.told), seeds, how.folder, how)


def _limits(how: AddOptions) -> FetchLimits:
    return FetchLimits(private=how.private, robots=how.robots)


def _made(fetched: Fetched, told: ParsedMetadata) -> IncomingArticle:
    """The file to save for a document that is no feed."""
    kind = incoming.kind_of(fetched)
    if kind == ".html":
        return incoming.page(fetched, told)
    if kind in {".txt", ".text", ".md", ".markdown"}:
        return incoming.text(fetched, kind, told)
    if kind == ".rss":
        raise ReadError(f"{fetched.url}: a feed; wanted the page of an entry")
    return incoming.document(fetched, kind, told)


def _add_feed(
    fetched: Fetched, seeds: Path, how: AddOptions, *, remote: bool
) -> Iterator[AddResult]:
    """Each entry as an article of its own, in a folder of the feed's."""
    found, entries = feed(fetched.data)
    if not entries:
        raise ReadError(f"{fetched.url}: no entries in the feed; wanted one at least")
    folder = how.folder or incoming.folder_name(found.title, fetched.url)
    for entry in entries[: how.entries]:
        source = entry.found.url or entry.found.title or fetched.url
        try:
            yield _saved(source, _entry(entry, how, remote=remote), seeds, folder, how)
        except (QuothError, OSError, ValueError) as error:
            yield _failed(source, error)


def _entry(entry: Entry, how: AddOptions, *, remote: bool) -> IncomingArticle:
    """The whole entry; else its page; else its summary."""
    if entry.whole or not remote or entry.found.url is None:
        return incoming.entry(entry, how.told)
    time.sleep(how.pause_seconds)
    try:
        return _made(fetch(entry.found.url, _limits(how)), how.told.over(entry.found))
    except ReadError as unread:
        try:
            return incoming.entry(entry, how.told)
        except ReadError:
            raise unread from None


def _saved(
    source: str, made: IncomingArticle, seeds: Path, folder: str | None, how: AddOptions
) -> AddResult:
    try:
        path = put(seeds, folder, made.name, made.content, replace=how.replace)
    except SeedExists as error:
        return AddResult(source, reason=str(error), known=True)
    if made.beside is not None:
        _write_beside(seeds / f"{path}{SUFFIX}", made.beside)
    return AddResult(source, path)


def _write_beside(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)


def _failed(source: str, error: Exception) -> AddResult:
    reason = " ".join(str(error).split()).removeprefix(f"{source}: ")
    return AddResult(source, reason=reason or type(error).__name__)


def _path_of(article: str, seeds: Path) -> str:
    """The path inside seeds that a person means by a path or a slug."""
    wanted = PurePosixPath(article.removeprefix(f"{seeds}/")).as_posix()
    paths = sorted(_articles(seeds, lambda name: not name.startswith(".")))
    if wanted in paths:
        return wanted
    same = [path for path in paths if slug(path) == wanted]
    if len(same) == 1:
        return same[0]
    near = ", ".join(map(shown, same or get_close_matches(wanted, paths, n=3)))
    hint = f"; did you mean {near}?" if near else ""
    raise SeedRefused(f"no article {shown(article)} in {shown(str(seeds))}{hint}")


def _articles(seeds: Path, is_shown: Callable[[str], bool]) -> Iterator[str]:
    for path in seeds.rglob("*"):
        inside = path.relative_to(seeds)
        fit = inside.suffix.lower() in FORMATS and all(map(is_shown, inside.parts))
        if fit and (path.is_file() or path.is_symlink()):
            yield inside.as_posix()
