"""Check a followed source: fetch what may have changed, and stage new texts. Seeds stay as is."""

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from index.errors import ReadError
from index.ingest.readers.feed import FeedEntry, parse_feed
from index.ingest.web.fetch import Fetched, Validators
from index.sources.checked import CheckedSource
from index.sources.client import HostBusyError
from index.sources.followed import SourceKind
from index.sources.ledger import ListingState
from index.sources.links import same_host, section_base
from index.sources.pages import PageChecker
from index.sources.sitemap import MAX_SITEMAPS, parse_sitemap
from index.sources.staging import PageOutcome, Result
from index.types import digest_bytes

T = TypeVar("T")
_NO_TEXT = {Result.FAILED, Result.GONE, Result.EMPTY, Result.OUTSIDE}


@dataclass(slots=True)
class CheckResult:
    """Results of checking a source: its pages, its feed and sitemaps, and lines for people.

    ``error`` says why the check is incomplete; ``busy_until`` is a Unix time.
    """

    outcomes: dict[str, PageOutcome] = field(default_factory=dict)
    listings: dict[str, ListingState] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    error: str | None = None
    busy_until: float = 0.0
    commit: str | None = None


class SourceCheck:
    """One check of one source over HTTP."""

    def __init__(self, checked: CheckedSource) -> None:
        source = checked.source
        base = section_base(source.url) if source.kind is SourceKind.SECTION else None
        self._source = source
        self._state = checked.state
        self._client = checked.client
        self._pages = PageChecker(checked, base)
        self._result = CheckResult(self._pages.outcomes)

    def run(self) -> CheckResult:
        """Check every page. Failures are recorded, not raised."""
        check = {
            SourceKind.PAGE: self._check_single,
            SourceKind.FEED: self._check_feed,
            SourceKind.SITEMAP: self._check_sitemap,
            SourceKind.SECTION: self._check_section,
        }[self._source.kind]
        try:
            check()
        except HostBusyError as error:
            self._result.error, self._result.busy_until = str(error), error.until
        except ReadError as error:
            self._result.error = str(error)
        if note := self._why_nothing():
            self._result.notes.append(note)
        return self._result

    def _why_nothing(self) -> str | None:
        """Return why a check found no articles, if no failure says so."""
        outcomes = self._result.outcomes.values()
        if self._result.error or any(each.result is not Result.EMPTY for each in outcomes):
            return None
        reason = next((f": {each.error}" for each in outcomes), "")
        return (
            f"none of its pages is an article{reason}"
            if outcomes
            else "it lists no pages to follow"
        )

    def _check_single(self) -> None:
        self._report_root(self._pages.check(self._source.url))

    def _report_root(self, outcome: PageOutcome) -> None:
        """Take the failure of the source's own page for that of the source."""
        is_empty_section = (
            self._source.kind is SourceKind.SECTION and outcome.result is Result.EMPTY
        )
        if outcome.result in _NO_TEXT and not is_empty_section:
            self._result.error = f"{outcome.url}: {outcome.error}"

    # Docs sections.

    def _check_section(self) -> None:
        """Check the first page, then those known, then those that they link to."""
        root, limit = self._source.url, self._source.max_pages
        queue = deque(dict.fromkeys([root, *self._state.pages]))
        seen, unread = set(queue), set[str]()
        while queue:
            url = queue.popleft()
            if url != root and not self._source.selects(url):
                self._pages.exclude(url)
                continue
            for link in self._pages.check(url).links:
                if link not in seen and self._source.selects(link):
                    (seen if len(seen) < limit else unread).add(link)
                    if link in seen:
                        queue.append(link)
        if unread:
            self._note_limit(f"{len(seen) + len(unread):,} pages or more")
        self._report_root(self._pages.outcomes[root])

    # Feeds.

    def _check_feed(self) -> None:
        url = self._source.url
        fetched = self._fetch_listing(url)
        if fetched is None:
            self._result.listings[url] = self._state.listings[url]
            for key, _ in self._state.listings[url].pages:
                self._pages.add_unchanged(key)
            return
        _, entries = parse_feed(fetched.data)
        named = {entry.metadata.url or entry.metadata.title or "": entry for entry in entries}
        chosen = [(key, each) for key, each in named.items() if key and self._source.selects(key)]
        chosen = self._limited(chosen)
        for key, entry in chosen:
            self._check_entry(key, entry)
        self._result.listings[url] = _listing(fetched, tuple((key, None) for key, _ in chosen))

    def _check_entry(self, key: str, entry: FeedEntry) -> None:
        """Check an entry: its full text or its page, failing that its summary."""
        marker = digest_bytes(json.dumps([asdict(entry.metadata), entry.html]).encode())
        if self._pages.is_current(key, marker):
            self._pages.add_unchanged(key)
        elif entry.has_full_text or entry.metadata.url is None:
            self._pages.add(self._pages.stage_entry(key, entry, marker))
        else:
            outcome = self._pages.check(key, marker=marker, metadata=entry.metadata)
            if outcome.result in _NO_TEXT and not self._pages.has_page_text(key):
                summary = self._pages.stage_entry(key, entry, marker)
                if summary.result not in _NO_TEXT:
                    self._pages.add(summary)

    # Sitemaps.

    def _check_sitemap(self) -> None:
        listed: dict[str, str | None] = dict(self._limited(self._sitemap_pages()))
        known = {url: None for url in self._state.pages if url not in listed}
        for url, lastmod in (listed | known).items():
            if not self._source.selects(url):
                self._pages.exclude(url)
            elif self._pages.is_current(url, lastmod):
                self._pages.add_unchanged(url)
            else:
                self._pages.check(url, marker=lastmod)

    def _sitemap_pages(self) -> list[tuple[str, str | None]]:
        """Return the pages in a sitemap and its child sitemaps that the patterns select."""
        queue, pages = deque([self._source.url]), dict[str, str | None]()
        seen = set(queue)
        while queue:
            url = queue.popleft()
            listing = self._read_sitemap(url)
            if listing is None:
                continue
            self._result.listings[url] = listing
            pages.update(listing.pages)
            for child in listing.children:
                if child not in seen and len(seen) < MAX_SITEMAPS and self._is_own(child):
                    seen.add(child)
                    queue.append(child)
        return [
            (url, lastmod)
            for url, lastmod in pages.items()
            if self._is_own(url) and self._source.selects(url)
        ]

    def _read_sitemap(self, url: str) -> ListingState | None:
        """Read one sitemap; the pages of a child that fails stay as they are. Raises ReadError."""
        try:
            fetched = self._fetch_listing(url)
            if fetched is None:
                return self._state.listings[url]
            sitemap = parse_sitemap(fetched)
        except ReadError as error:
            if url == self._source.url or isinstance(error, HostBusyError):
                raise
            self._result.notes.append(str(error))
            return self._state.listings.get(url)
        return _listing(fetched, sitemap.pages, sitemap.children)

    def _is_own(self, url: str) -> bool:
        """Return whether a sitemap may name this URL: only those of its own host."""
        return same_host(url, self._source.url)

    # Feeds and sitemaps.

    def _fetch_listing(self, url: str) -> Fetched | None:
        """Fetch a feed or sitemap; None if it is as before. Raises ReadError."""
        known, validators = self._state.listings.get(url), Validators()
        if known is not None and not self._pages.is_forced:
            validators = Validators(known.etag, known.last_modified)
        return self._client.fetch(url, validators, allow_private=self._source.private)

    def _limited(self, items: Iterable[tuple[str, T]]) -> list[tuple[str, T]]:
        found = list(items)
        if len(found) > self._source.max_pages:
            self._note_limit(f"{len(found):,} pages")
        return found[: self._source.max_pages]

    def _note_limit(self, count: str) -> None:
        limit = self._source.max_pages
        self._result.notes.append(f"it has {count}; only {limit:,} are followed (--limit)")


def _listing(
    fetched: Fetched, pages: tuple[tuple[str, str | None], ...], children: tuple[str, ...] = ()
) -> ListingState:
    validators = fetched.validators
    return ListingState(validators.etag, validators.last_modified, pages, children)
