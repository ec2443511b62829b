"""Add files, web pages and feeds to seeds, and remove articles: ``quoth add``, ``quoth remove``."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from index.errors import QuothError, ReadError
from index.ingest.convert import (
    IncomingArticle,
    convert,
    convert_entry,
    detect_suffix,
    feed_folder,
)
from index.ingest.folder import walk
from index.ingest.formats import is_supported
from index.ingest.parsing.guard import error_line
from index.ingest.parsing.normalize import printable
from index.ingest.readers.feed import FeedEntry, parse_feed
from index.ingest.readers.json_feed import is_json_feed
from index.ingest.seeds import SeedExists, SeedRefused, delete_article, safe_name, save_article
from index.ingest.web.fetch import MAX_BYTES, Fetched, FetchLimits, fetch
from index.types import slug

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_FEED_SUFFIXES = {".rss", ".atom", ".xml"}


@dataclass(frozen=True, slots=True)
class AddOptions:
    """Options of ``add``.

    ``folder`` is a folder directly inside seeds. At most ``max_entries`` of a feed are added, with
    a pause before each one that has to be fetched.
    """

    folder: str | None = None
    replace: bool = False
    allow_private: bool = False
    respect_robots: bool = True
    max_entries: int = 20
    pause_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class AddResult:
    """Result for one file, page or entry: its path in seeds, or the reason it was not saved.

    ``already_exists`` marks a source that was added before, which is not a failure.
    """

    source: str
    path: str | None = None
    reason: str | None = None
    already_exists: bool = False


def add(
    sources: Sequence[str], seeds: Path, options: AddOptions | None = None
) -> Iterator[AddResult]:
    """Save each file, URL or feed in ``seeds`` and yield the results; no index is built.

    A feed yields one result for each entry. A source that fails does not stop the others.
    """
    adding = _Adding(seeds, options or AddOptions())
    for source in sources:
        add_source = adding.add_url if _URL.match(source) else adding.add_file
        yield from _add_or_say_why(add_source, source)


def add_link(url: str, seeds: Path, options: AddOptions) -> Iterator[AddResult]:
    """Save the page, document or feed at a URL, and never a file of this machine; see ``add``."""
    return _add_or_say_why(_Adding(seeds, options).add_url, url)


def _add_or_say_why(
    add_source: Callable[[str], Iterator[AddResult]], source: str
) -> Iterator[AddResult]:
    try:
        yield from add_source(source)
    except (QuothError, OSError, ValueError) as error:
        yield AddResult(source, reason=_reason(source, error))


def remove(article: str, seeds: Path) -> str:
    """Delete an article, given by path or slug, from ``seeds`` and return its path.

    Raises SeedRefused if there is no such article.
    """
    path = _find_article(article, seeds)
    delete_article(seeds, path)
    return path


@dataclass(frozen=True, slots=True)
class _Adding:
    """Saves files, pages and the entries of feeds in ``seeds``. Methods raise ReadError."""

    seeds: Path
    options: AddOptions

    def add_file(self, source: str) -> Iterator[AddResult]:
        if not source.strip():
            raise ReadError("nothing is named here; give a file, or a link with https://")
        content = _read_outside_seeds(Path(source), self.seeds)
        if Path(source).suffix.lower() in _FEED_SUFFIXES or is_json_feed(content):
            yield from self._add_feed(Fetched(source, "", content), remote=False)
            return
        article = IncomingArticle(Path(source).name, content)
        result = self._save(source, article, self.options.folder)
        path = self.seeds / (self.options.folder or "") / safe_name(article.name)
        is_same_file = path.is_file() and path.read_bytes() == content
        yield replace(result, already_exists=result.already_exists and is_same_file)

    def add_url(self, source: str) -> Iterator[AddResult]:
        fetched = self._fetch(source)
        if detect_suffix(fetched) == ".rss":
            yield from self._add_feed(fetched, remote=True)
        else:
            yield self._save(source, convert(fetched), self.options.folder)

    def _fetch(self, url: str) -> Fetched:
        limits = FetchLimits(
            allow_private=self.options.allow_private, respect_robots=self.options.respect_robots
        )
        return fetch(url, limits)

    def _add_feed(self, fetched: Fetched, *, remote: bool) -> Iterator[AddResult]:
        """Save each entry as an article of its own, in a folder named after the feed."""
        metadata, entries = parse_feed(fetched.data)
        if not entries:
            raise ReadError(f"the feed {fetched.url} has no entries")
        folder = self.options.folder or feed_folder(metadata.title, fetched.url)
        for entry in entries[: self.options.max_entries]:
            source = entry.metadata.url or entry.metadata.title or fetched.url
            try:
                yield self._save(source, self._convert_entry(entry, remote=remote), folder)
            except (QuothError, OSError, ValueError) as error:
                yield AddResult(source, reason=_reason(source, error))

    def _convert_entry(self, entry: FeedEntry, *, remote: bool) -> IncomingArticle:
        """Convert an entry's full content; without that its page, and failing that its summary."""
        if entry.has_full_text or not remote or entry.metadata.url is None:
            return convert_entry(entry)
        time.sleep(self.options.pause_seconds)
        try:
            return convert(self._fetch(entry.metadata.url), entry.metadata)
        except ReadError as page_error:
            try:
                return convert_entry(entry)
            except ReadError:
                raise page_error from None

    def _save(self, source: str, article: IncomingArticle, folder: str | None) -> AddResult:
        name, content, sidecar = article.name, article.content, article.sidecar
        overwrite = self.options.replace
        try:
            path = save_article(self.seeds, folder, name, content, sidecar, replace=overwrite)
        except SeedExists as error:
            replaceable = error.name == safe_name(name)
            hint = "use --replace to overwrite it" if replaceable else "remove it first"
            return AddResult(source, reason=f"{error}; {hint}", already_exists=True)
        return AddResult(source, path)


def _read_outside_seeds(path: Path, seeds: Path) -> bytes:
    if path.is_dir():
        raise ReadError("a folder; name the files in it, or move the folder into seeds")
    if not path.is_file():
        raise ReadError("there is no such file; give a file, or a link with https://")
    if path.resolve().is_relative_to(seeds.resolve()):
        raise ReadError("the file is in seeds already; run `quoth build` to index it")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ReadError(f"{size:,} bytes; the limit is {MAX_BYTES:,}, so split the file")
    return path.read_bytes()


def _reason(source: str, error: Exception) -> str:
    return error_line(error).removeprefix(f"{source}: ")


def _find_article(article: str, seeds: Path) -> str:
    """Return the path inside seeds of an article given by path or slug."""
    if not article.strip():
        raise SeedRefused("no article is named; `quoth sources` lists all of them")
    given = PurePosixPath(article.removeprefix(f"{seeds}/")).as_posix()
    paths = sorted(filter(is_supported, walk(seeds)))
    if given in paths:
        return given
    same_slug = [path for path in paths if slug(path) == given]
    if len(same_slug) == 1:
        return same_slug[0]
    similar = same_slug or get_close_matches(given, paths, n=3)
    names = ", ".join(map(printable, similar))
    hint = f"did you mean {names}?" if similar else "`quoth sources` lists all of them"
    raise SeedRefused(
        f"there is no article '{printable(article)}' in {printable(str(seeds))}; {hint}"
    )
