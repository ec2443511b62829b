"""What handlers ask for: an answer with an id its buttons can use, its next page, its context."""

import logging
from dataclasses import dataclass

from bot.find import find
from bot.reading import Reading, read_around
from bot.service import Searching, Service
from bot.store import KeptAnswer, Shown, Store
from bot.words import Words
from index.article import Answer, Quote, Source, digest
from index.errors import QuothError

log = logging.getLogger(__name__)


class AnswerGone(QuothError):
    """What a button refers to is no longer there; the message says what."""


@dataclass(frozen=True, slots=True)
class Page:
    """At most ``limit`` quotes of an answer, kept under ``id``.

    ``skip`` passages came before it; ``more`` says whether there are passages after it;
    ``updated`` that the snapshot is another than the one the first page came from.
    """

    id: str
    answer: Answer
    limit: int
    skip: int
    more: bool
    updated: bool = False


class Desk:
    """The service and the store behind one counter."""

    def __init__(self, service: Service, store: Store, quotes: int) -> None:
        self._service = service
        self._store = store
        self.quotes = quotes

    async def start(self) -> None:
        """Open the index and the store. Raises QuothError."""
        await self._service.start()
        await self._store.open()

    async def close(self) -> None:
        """Let go of the index."""
        await self._service.close()

    @property
    def sources(self) -> tuple[Source, ...]:
        """The articles, newest first."""
        return self._service.sources

    async def refresh(self) -> None:
        """Take a newer snapshot into service, if there is one."""
        await self._service.refresh()

    async def purge(self) -> None:
        """Delete the answers that were kept long enough."""
        await self._store.purge()

    async def ask(self, question: str, source: str | None, words: Words) -> Page:
        """A first page. ``source`` is what a member chose or typed. Raises QuothError."""
        path = find(source, self.sources, words) if source else None
        return await self._page(question, path, 0, None)

    async def turn(self, identity: str, skip: int, words: Words) -> Page:
        """Another page of a kept answer. Raises AnswerGone."""
        kept = await self._kept(identity, words)
        return await self._page(kept.question, kept.source, skip, kept.snapshot)

    async def read(self, identity: str, number: int, page: int, words: Words) -> Reading:
        """The paragraphs around quote ``number`` of a kept answer. Raises AnswerGone."""
        kept = await self._kept(identity, words)
        shown = next((one for one in kept.shown if one.number == number), None)
        if shown is None:
            raise AnswerGone(words.gone)
        source = self._source(shown.article)
        if source is None:
            raise AnswerGone(words.article_gone)

        def job(searcher: Searching) -> Reading | None:
            return read_around(source, searcher.passages(source.path), shown, page)

        reading = await self._service.run(job)
        if reading is None:
            raise AnswerGone(words.changed)
        return reading

    async def forget(self, identity: str) -> None:
        """Delete a kept answer."""
        await self._store.forget(identity)

    async def _page(self, question: str, source: str | None, skip: int, first: str | None) -> Page:
        answer = await self._service.ask(question, limit=self.quotes, skip=skip, source=source)
        shown = [_shown(quote) for quote in answer.quotes]
        identity = await self._store.keep(answer.snapshot, question, source, shown)
        log.info("%s, %d quotes, %.2f s", answer.verdict, len(shown), answer.seconds)
        more = bool(answer.quotes) and len(answer.ranking) > skip + len(answer.quotes)
        return Page(identity, answer, self.quotes, skip, more, first not in {None, answer.snapshot})

    async def _kept(self, identity: str, words: Words) -> KeptAnswer:
        kept = await self._store.answer(identity)
        if kept is None:
            raise AnswerGone(words.gone)
        return kept

    def _source(self, path: str) -> Source | None:
        return next((one for one in self.sources if one.path == path), None)


def _shown(quote: Quote) -> Shown:
    return Shown(
        number=quote.citation.number,
        article=quote.citation.article,
        start=quote.passage.start,
        end=quote.passage.end,
        highlight_start=quote.highlight.start,
        highlight_end=quote.highlight.end,
        digest=digest(quote.passage.text),
    )
