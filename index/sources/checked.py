"""A source that is checked, with what a check of it needs."""

from dataclasses import dataclass

from index.sources.client import WebClient
from index.sources.followed import FollowedSource
from index.sources.ledger import PageState, SourceState
from index.sources.staging import Staging, options_digest
from index.types import OnStepProgress


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """A followed source, its pages as they were, and where to fetch and stage them."""

    source: FollowedSource
    state: SourceState
    client: WebClient
    staging: Staging
    on_progress: OnStepProgress | None = None

    @property
    def options(self) -> str:
        """The digest of the options that the source is followed with."""
        return options_digest(self.source)

    @property
    def is_forced(self) -> bool:
        """True after a change of the options: all pages are read again."""
        return self.state.options not in {"", self.options}

    def page(self, url: str) -> PageState:
        """Return a page as it was."""
        return self.state.pages.get(url, PageState())

    def report(self, done: int) -> None:
        """Report how many pages have been checked."""
        if self.on_progress:
            self.on_progress(self.source.name, done, max(done, len(self.state.pages)))
