"""Find the answers in channels whose quotations no longer stand in their articles."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.questions.articles import VisibleArticles
from bot.services.answers import AnswerService
from bot.services.search_pool import QueueFull
from bot.storage import shown_answers as storage
from bot.storage.shown_answers import QuoteChange, QuoteFate, ShownAnswer, ShownQuote
from index.filters import ALL_ARTICLES
from index.searcher import Searcher

log = logging.getLogger(__name__)

_MAX_COMPARED = 50  # messages at once
_POSTPONED_SECONDS = 600.0  # Discord allows few edits of old messages an hour


@dataclass(frozen=True, slots=True)
class CitationUpdate:
    """A message that has to be edited, and the changes that it has to say; none if all stands."""

    shown: ShownAnswer
    changes: tuple[QuoteChange, ...]
    snapshot: str


class ChangedQuotes:
    """The newest answers in channels, compared with every new snapshot.

    Progress is stored with each answer, so that a restart goes on where the last process stopped.
    """

    def __init__(self, answers: AnswerService) -> None:
        self._answers = answers
        self._store = answers.store
        self._compared_snapshot = ""
        self._postponed: dict[str, float] = {}  # until when, by answer

    async def remember(self, shown: ShownAnswer, snapshot: str) -> None:
        """Remember a message with quotes."""
        if shown.quotes:
            await storage.add_shown(self._store, shown, snapshot)
            if snapshot != self._answers.pool.snapshot:  # replaced while it was answered
                self._compared_snapshot = ""

    async def updates(self) -> list[CitationUpdate]:
        """Compare some messages with the snapshot in service, and return those to edit."""
        snapshot = self._answers.pool.snapshot
        if snapshot == self._compared_snapshot:
            return []
        shards, postponed = self._answers.guilds.shards, self._still_postponed()
        limit = _MAX_COMPARED + len(postponed)
        shown = await storage.shown_before(self._store, snapshot, limit, shards)
        if not shown:
            self._compared_snapshot = snapshot
            return []
        shown = [each for each in shown if each.answer not in postponed]
        try:
            updates = await self._answers.pool.run(lambda searcher: self._compare(shown, searcher))
        except QueueFull:  # members come first
            return []
        outdated = [each for each in updates if await self._is_outdated(each)]
        done = {each.answer for each in shown} - {each.shown.answer for each in outdated}
        await storage.mark_checked(self._store, sorted(done), snapshot)
        return outdated

    async def edited(self, update: CitationUpdate) -> None:
        """Record that a message was edited."""
        answer = update.shown.answer
        if any(change.change is QuoteFate.WITHDRAWN for change in update.changes):
            await storage.delete_shown(self._store, answer)  # it shows no quotes any more
            return
        await storage.mark_checked(self._store, [answer], update.snapshot, update.changes)

    def postpone(self, update: CitationUpdate) -> None:
        """Try a message again only later, and others in the meantime."""
        self._postponed[update.shown.answer] = time.monotonic() + _POSTPONED_SECONDS

    def _still_postponed(self) -> set[str]:
        now = time.monotonic()
        self._postponed = {key: until for key, until in self._postponed.items() if until > now}
        return set(self._postponed)

    async def forget(self, update: CitationUpdate) -> None:
        """Forget a message that cannot be edited any more."""
        await storage.delete_shown(self._store, update.shown.answer)

    async def _is_outdated(self, update: CitationUpdate) -> bool:
        """Tell whether a message has to be edited; what was withdrawn must not stay in any case."""
        if any(change.change is QuoteFate.WITHDRAWN for change in update.changes):
            return True
        said = {(change.number, change.change) for change in update.shown.changes}
        is_new = {(change.number, change.change) for change in update.changes} != said
        return is_new and (await self._answers.guilds.get(update.shown.guild)).mark_changed_quotes

    def _compare(self, shown: Sequence[ShownAnswer], searcher: Searcher) -> list[CitationUpdate]:
        """Compare messages with a snapshot. Blocks."""
        quotes = [quote for each in shown for quote in each.quotes]
        gone = {quote.digest for quote in quotes if searcher.opened.source(quote.article) is None}
        moved = _texts_among(gone, searcher)
        return [self._compare_one(each, moved, searcher) for each in shown]

    def _compare_one(
        self, shown: ShownAnswer, moved: frozenset[str], searcher: Searcher
    ) -> CitationUpdate:
        since = {(change.number, change.change): change.since for change in shown.changes}
        found = ((quote, self._change_of(quote, moved, searcher)) for quote in shown.quotes)
        changes = tuple(
            QuoteChange(quote.number, change, since.get((quote.number, change), storage.now()))
            for quote, change in found
            if change is not None
        )
        return CitationUpdate(shown, changes, searcher.snapshot)

    def _change_of(
        self, quote: ShownQuote, moved: frozenset[str], searcher: Searcher
    ) -> QuoteFate | None:
        """Return what happened to a quote, or None if it still stands word for word.

        A file that was renamed or moved, but not changed, still has it.
        """
        if quote.article in self._answers.guilds.withdrawn:
            return QuoteFate.WITHDRAWN
        source = searcher.opened.source(quote.article)
        if source is None:
            return None if quote.digest in moved else QuoteFate.REMOVED
        if source.digest == quote.digest or quote.text in searcher.text(source.path):
            return None
        return QuoteFate.CHANGED


def _texts_among(digests: set[str], searcher: Searcher) -> frozenset[str]:
    """Return the digests that articles have, wherever they are. Blocks."""
    articles = VisibleArticles(searcher, ALL_ARTICLES).iterate() if digests else ()
    return frozenset(each.digest for each in articles if each.digest in digests)
