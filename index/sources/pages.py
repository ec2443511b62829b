"""Check single pages: fetch one if it may have changed, convert it, and stage its article."""

from dataclasses import replace
from urllib.parse import urlsplit

from index.errors import ReadError
from index.ingest.convert import convert, convert_entry, detect_suffix
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.guard import error_line
from index.ingest.readers.feed import FeedEntry
from index.ingest.web.fetch import Fetched, HttpStatusError, Validators
from index.sources.checked import CheckedSource
from index.sources.client import HostBusyError
from index.sources.followed import SourceKind
from index.sources.links import is_below, links_below, same_host
from index.sources.staging import PageOutcome, Result
from index.types import digest_bytes

_RECHECK_SECONDS = 7 * 86_400.0  # of a page whose date in the sitemap stays the same
_MAX_FAILURES_IN_A_ROW = 5  # of pages; then the site is taken to be down
_NO_METADATA = ParsedMetadata()


class StopCheckError(ReadError):
    """The rest of the source is not checked this time."""


class PageChecker:
    """Check the pages of one source, and collect the outcomes by URL.

    ``base`` is the URL below which the pages of a docs section are.
    """

    def __init__(self, checked: CheckedSource, base: str | None = None) -> None:
        self.outcomes: dict[str, PageOutcome] = {}
        self.is_forced = checked.is_forced
        self._checked = checked
        self._source = checked.source
        self._client = checked.client
        self._staging = checked.staging
        self._base = base
        self._resumed = checked.staging.outcomes(checked.options, checked.client.clock())
        checked.staging.start(checked.options, self._resumed)
        self._failures_in_a_row = 0
        self._seen: dict[str, str] = {}  # final URLs and digests of bodies, with the page's URL

    def check(
        self, url: str, *, marker: str | None = None, metadata: ParsedMetadata = _NO_METADATA
    ) -> PageOutcome:
        """Fetch a page if it may have changed. Raises HostBusyError, StopCheckError."""
        if url in self._resumed:
            self._remember(self._resumed[url])
            return self._resumed[url]
        return self.add(replace(self._fetch(url, metadata), marker=marker))

    def add(self, outcome: PageOutcome) -> PageOutcome:
        """Record an outcome."""
        self._remember(outcome)
        self._staging.add(outcome)
        return outcome

    def add_unchanged(self, url: str) -> None:
        """Record that a page is as before, because its feed or sitemap says so."""
        page = self._checked.state.pages.get(url)
        if page is not None and page.error is None:
            at = self._client.clock()
            outcome = PageOutcome(url, Result.SAME, at, marker=page.marker, was_fetched=False)
            self.add(outcome)

    def exclude(self, url: str) -> None:
        """Record that the patterns leave out a page that was followed before."""
        reason = "the patterns no longer include it"
        self.add(PageOutcome(url, Result.EXCLUDED, self._client.clock(), error=reason))

    def is_current(self, url: str, marker: str | None) -> bool:
        """Return whether a page was fetched lately, and its marker has not changed since."""
        page = self._checked.state.pages.get(url)
        if page is None or marker is None or self.is_forced or page.error or not page.fetched:
            return False
        is_recent = 0 <= self._client.clock() - page.fetched < _RECHECK_SECONDS
        return page.marker == marker and is_recent

    def has_page_text(self, key: str) -> bool:
        """Return whether the article of a feed's entry was made from its page, not its summary."""
        page = self._checked.page(key)
        return bool(page.files) and (page.body is None or page.body != page.marker)

    def stage_entry(self, key: str, entry: FeedEntry, marker: str) -> PageOutcome:
        """Stage the article that a feed's entry contains, without recording it."""
        page = self._checked.page(key)
        outcome = PageOutcome(key, Result.SAME, self._client.clock(), body=marker, marker=marker)
        if page.body == marker and not self.is_forced:
            return outcome
        try:
            return self._staging.stage(outcome, convert_entry(entry))
        except ReadError as error:
            return replace(outcome, result=Result.EMPTY, error=error_line(error))

    def _fetch(self, url: str, metadata: ParsedMetadata) -> PageOutcome:
        page, now = self._checked.page(url), self._client.clock()
        validators = Validators()
        if page.body is not None and not self.is_forced:
            validators = Validators(page.etag, page.last_modified)
        try:
            fetched = self._client.fetch(url, validators, allow_private=self._source.private)
        except HostBusyError:
            raise
        except ReadError as error:
            is_gone = isinstance(error, HttpStatusError) and error.is_gone
            self._count_failure(not is_gone, str(error))
            result = Result.GONE if is_gone else Result.FAILED
            return PageOutcome(url, result, now, error=str(error).removeprefix(f"{url}: "))
        self._count_failure(False, "")
        if fetched is not None:
            return self._convert(url, fetched, metadata)
        return PageOutcome(
            url,
            Result.SAME,
            now,
            final_url=page.final_url,
            etag=page.etag,
            last_modified=page.last_modified,
            body=page.body,
        )

    def _convert(self, url: str, fetched: Fetched, metadata: ParsedMetadata) -> PageOutcome:
        """Convert a fetched page to an article, and stage it if its text is new."""
        outcome = PageOutcome(
            url,
            Result.SAME,
            self._client.clock(),
            final_url=fetched.url,
            etag=fetched.validators.etag,
            last_modified=fetched.validators.last_modified,
            body=digest_bytes(fetched.data),
        )
        if problem := self._redirect_problem(url, fetched.url):
            return replace(outcome, result=Result.OUTSIDE, error=problem)
        if self._base:
            outcome = replace(outcome, links=tuple(links_below(fetched, self._base)))
        if outcome.body == self._checked.page(url).body and not self.is_forced:
            return outcome
        try:
            self._check_wanted(outcome, fetched)
            return self._staging.stage(outcome, convert(fetched, metadata))
        except ReadError as error:
            return replace(outcome, result=Result.EMPTY, error=error_line(error))

    def _check_wanted(self, outcome: PageOutcome, fetched: Fetched) -> None:
        """Raise ReadError for a page that is read for its links only, or seen already."""
        if self._source.kind is not SourceKind.FEED and self._is_duplicate(outcome):
            raise ReadError("another address of a page that is followed already")
        if self._base and not self._source.selects(outcome.url):
            raise ReadError("the patterns do not include it")
        if self._base and detect_suffix(fetched) == ".rss":
            raise ReadError("is a feed")

    def _is_duplicate(self, outcome: PageOutcome) -> bool:
        keys = filter(None, (outcome.final_url, outcome.body))
        return any(self._seen.get(key, outcome.url) != outcome.url for key in keys)

    def _redirect_problem(self, url: str, final_url: str) -> str | None:
        """Return why a redirect leads to another article: to another host, or a front page."""
        if final_url == url or self._source.kind is SourceKind.FEED:
            return None
        if self._base and not is_below(final_url, self._base):
            return f"it now leads out of the section, to {final_url}"
        is_front_page = urlsplit(final_url).path in {"", "/"} and urlsplit(url).path != "/"
        if is_front_page or not same_host(url, final_url):
            return f"it now leads to {final_url}; follow that address if it is the same article"
        return None

    def _count_failure(self, failed: bool, reason: str) -> None:
        self._failures_in_a_row = self._failures_in_a_row + 1 if failed else 0
        if self._failures_in_a_row > _MAX_FAILURES_IN_A_ROW:
            raise StopCheckError(f"{reason} (as {_MAX_FAILURES_IN_A_ROW} pages before it)")

    def _remember(self, outcome: PageOutcome) -> None:
        self.outcomes[outcome.url] = outcome
        if outcome.result in {Result.NEW, Result.SAME}:
            for key in filter(None, (outcome.final_url, outcome.body)):
                self._seen.setdefault(key, outcome.url)
        self._checked.report(len(self.outcomes))
