"""What handlers ask for: an answer with an id its buttons can use, its next page, its context."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.config.metrics import Metrics
from bot.services.context_pages import ContextPage, read_around, read_through
from bot.services.hot_swap import SearcherProtocol
from bot.services.rate_limit import RateLimiter
from bot.services.restore_quotes import offered, requote, shown_of
from bot.services.search_pool import QueueFull, SearchPool
from bot.storage.database import Store, StoredAnswer, StoredQuote, if_possible, new_id
from bot.storage.deletion import DeletionCounts, forget_member
from bot.storage.guilds import GuildStore
from bot.storage.misses import UnansweredLog
from bot.storage.pseudonyms import Pseudonyms
from bot.storage.retention import purge
from bot.storage.usage import note_asked
from bot.storage.votes import Vote, Votes
from bot.text.context import AskContext
from bot.text.follow_up import rewrite_follow_up
from bot.text.messages import Messages
from bot.text.question import Question, checked
from index.errors import QuothError
from index.types import Answer, Source, Verdict, digest

log = logging.getLogger(__name__)

_ELSEWHERE = AskContext()  # a direct message: sees what no server has to itself
_CLOSEST = 3  # articles offered where nothing was found


class AnswerGone(QuothError):
    """What a button refers to is no longer there; the message says what."""


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """At most ``limit`` quotes of an answer, kept under ``id``.

    ``skip`` passages came before it; ``more`` says whether there are passages after it;
    ``updated`` that the snapshot is another than the one the first page came from. ``closest``
    are articles to offer where nothing was found.
    """

    id: str
    question: Question
    answer: Answer
    limit: int
    skip: int = 0
    more: bool = False
    updated: bool = False
    closest: tuple[Source, ...] = ()


class AnswerService:
    """The service and the store behind one counter."""

    def __init__(
        self, service: SearchPool, store: Store, servers: GuildStore, metrics: Metrics | None = None
    ) -> None:
        self.metrics = metrics or Metrics()
        self._service = service
        self._store = store
        self.servers = servers
        self.people = Pseudonyms(store)
        self.votes = Votes(store, self.people)
        self.misses = UnansweredLog(store)
        self._cooldown = RateLimiter()

    async def start(self) -> None:
        """Open the index and the store. Raises QuothError."""
        await self._service.start()
        await self._store.open()

    async def close(self) -> None:
        """Let go of the index."""
        await self._service.close()

    @property
    def snapshot(self) -> str:
        """The name of the snapshot in service."""
        return self._service.snapshot

    @property
    def waiting(self) -> int:
        """Questions being answered or waiting for that."""
        return self._service.waiting

    @property
    def leaving(self) -> bool:
        """Whether the bot is being stopped."""
        return self._service.leaving

    def close_door(self) -> None:
        """Take no new questions; those inside are answered."""
        self._service.close_door()

    def sources_for(self, guild: int | None) -> tuple[Source, ...]:
        """The articles that a server, or a direct message, may see, newest first."""
        return tuple(filter(self.servers.scope(guild).allows, self._service.sources))

    async def refresh(self) -> None:
        """Take a newer snapshot into service, if there is one."""
        await self._service.refresh()

    async def purge(self) -> None:
        """Delete what was kept long enough."""
        await purge(self._store, self.servers)

    async def admit(self, where: AskContext, words: Messages) -> None:
        """Let a member ask now. Raises TooSoon while the server's cooldown lasts."""
        seconds = (await self.servers.of(where.guild)).cooldown_seconds
        self._cooldown.take(where.guild, where.member or 0, seconds, words)

    async def ask(
        self,
        question: Question,
        words: Messages,
        where: AskContext = _ELSEWHERE,
        *,
        counted: bool = True,
    ) -> AnswerPage:
        """A first page; the filters as members chose or typed them. Raises QuothError.

        ``counted`` is False when no member asked it.
        """
        found = self.checked(question, words, where)
        try:
            page = await self._page(found, 0, None, where)
        except QueueFull:  # told to come back in a moment
            self._cooldown.forgive(where.guild, where.member or 0)
            raise
        if counted:
            with if_possible("count of a question"):
                await note_asked(self._store, page.answer, where)
        return page

    def checked(self, question: Question, words: Messages, where: AskContext) -> Question:
        """With filters that name something there; nothing is asked. Raises QuestionError."""
        today = datetime.now(UTC).date()
        return checked(question, self.sources_for(where.guild), words, today)

    async def look(self, question: str, where: AskContext) -> Answer:
        """What a question gets there; nothing is kept or counted. Raises QuothError."""
        chosen = await self.servers.of(where.guild)
        scope = self.servers.scope(where.guild)
        return await self._service.ask(
            question, limit=chosen.quotes, scope=scope, strictness=chosen.strictness
        )

    async def follow(
        self, identity: str, text: str, words: Messages, where: AskContext = _ELSEWHERE
    ) -> AnswerPage:
        """A first page for ``text`` asked after a kept answer; by itself where that is gone."""
        kept = await self._store.answer(identity)
        if kept is None or kept.guild != where.guild:
            return await self.ask(Question(text), words, where)
        understood = rewrite_follow_up(text, kept.question.text)
        wrote = text if understood.combined else None
        question = replace(kept.question, text=understood.text, wrote=wrote, target=None)
        return await self.ask(question, words, where)

    async def turn(
        self, identity: str, skip: int, words: Messages, where: AskContext = _ELSEWHERE
    ) -> AnswerPage:
        """Another page of a kept answer. Raises AnswerGone."""
        kept = await self.kept(identity, words, where)
        return await self._page(kept.question, skip, kept.snapshot, where)

    async def again(self, identity: str, words: Messages, where: AskContext) -> AnswerPage:
        """A kept answer with the very same quotes, checked again, under an id of its own.

        Raises AnswerGone, QuoteMismatch.
        """
        kept = await self.kept(identity, words, where)
        sources = {source.path: source for source in self.sources_for(where.guild)}
        quotes = await self._service.run(lambda searcher: requote(kept, sources, searcher))
        if quotes is None:
            raise AnswerGone(words.changed)
        answer = Answer(kept.question.text, kept.verdict, quotes, (), kept.snapshot, 0.0)
        limit = (await self.servers.of(where.guild)).quotes
        skip = quotes[0].citation.number - 1 if quotes else 0
        copy = await self._keep(kept.question, answer, kept.shown, where)
        return AnswerPage(copy, kept.question, answer, limit, skip, more=len(quotes) == limit)

    async def read(
        self, identity: str, number: int, page: int, words: Messages, where: AskContext = _ELSEWHERE
    ) -> ContextPage:
        """The paragraphs around quote ``number`` of a kept answer. Raises AnswerGone."""
        kept = await self.kept(identity, words, where)
        shown, source = self._article(kept, number, words, where)

        def job(searcher: SearcherProtocol) -> ContextPage | None:
            passages = searcher.passages(source.path)
            if kept.verdict is Verdict.NOTHING:
                return read_through(source, passages, page)
            return read_around(source, passages, shown, page)

        reading = await self._service.run(job)
        if reading is None:
            raise AnswerGone(words.changed)
        return reading

    async def text(
        self, identity: str, number: int, words: Messages, where: AskContext = _ELSEWHERE
    ) -> tuple[Source, str]:
        """The article of quote ``number`` of a kept answer, whole. Raises AnswerGone."""
        kept = await self.kept(identity, words, where)
        _, source = self._article(kept, number, words, where)
        text = await self._service.run(lambda searcher: searcher.text(source.path))
        if digest(text) != source.digest:
            raise AnswerGone(words.changed)
        return source, text

    async def vote(
        self, identity: str, up: bool, where: AskContext, message: int | None, words: Messages
    ) -> Vote:
        """Count a press of 👍 or 👎 under ``message``; what is kept of it. Raises AnswerGone."""
        kept = await self.kept(identity, words, where)
        vote = await self.votes.cast(identity, up, where)
        await self.misses.voted(identity, kept.question.text, where, message)
        return vote

    async def wanted(self, identity: str, text: str, where: AskContext, words: Messages) -> bool:
        """Keep what a member wanted with their 👎; False when that is gone. Raises AnswerGone."""
        kept = await self.kept(identity, words, where)
        noted = await self.votes.wanted(identity, text, where)
        await self.misses.voted(identity, kept.question.text, where, None)
        return noted

    async def claim_share(self, identity: str, *, shared: bool = True) -> bool:
        """Whether an answer may be shared now: once."""
        return await self._store.claim_share(identity, shared=shared)

    async def forget_member(self, member: int) -> DeletionCounts:
        """Delete what is kept of a member."""
        return await forget_member(self._store, self.people, member)

    async def kept(self, identity: str, words: Messages, where: AskContext) -> StoredAnswer:
        """What is kept of an answer, in the server where it was given. Raises AnswerGone."""
        kept = await self._store.answer(identity)
        if kept is None or kept.guild != where.guild:
            raise AnswerGone(words.gone)
        return kept

    async def forget(self, identity: str) -> None:
        """Delete a kept answer."""
        await self._store.forget(identity)

    async def _page(
        self, question: Question, skip: int, first: str | None, where: AskContext
    ) -> AnswerPage:
        chosen = await self.servers.of(where.guild)
        with self.metrics.seconds.time():
            answer = await self._service.ask(
                question.text,
                limit=chosen.quotes,
                skip=skip,
                scope=question.narrowed(self.servers.scope(where.guild)),
                strictness=chosen.strictness,
            )
        self.metrics.questions.labels(answer.verdict).inc()
        log.info("%s, %d quotes, %.2f s", answer.verdict, len(answer.quotes), answer.seconds)
        closest = self._closest(answer, where)
        shown = tuple(map(shown_of, answer.quotes)) or tuple(offered(closest))
        identity = await self._keep(question, answer, shown, where)
        updated = first not in {None, answer.snapshot}
        return AnswerPage(
            identity, question, answer, chosen.quotes, skip, answer.has_more, updated, closest
        )

    async def _keep(
        self, question: Question, answer: Answer, shown: tuple[StoredQuote, ...], where: AskContext
    ) -> str:
        """An id for its buttons. They say that the answer is gone where it cannot be kept."""
        identity = new_id()
        with if_possible("answer for its buttons"):
            asker = await self.people.code(where.member, identity) if where.member else None
            kept = StoredAnswer(
                identity, answer.snapshot, question, shown, answer.verdict, where.guild, asker
            )
            await self._store.keep(kept)
        return identity

    def _closest(self, answer: Answer, where: AskContext) -> tuple[Source, ...]:
        """The articles of the passages that came nearest, where nothing was found."""
        if answer.verdict is not Verdict.NOTHING or not _asked(answer):
            return ()
        seen = {source.path: source for source in self.sources_for(where.guild)}
        paths = dict.fromkeys(hit.article for hit in answer.ranking)
        return tuple(seen[path] for path in paths if path in seen)[:_CLOSEST]

    def _article(
        self, kept: StoredAnswer, number: int, words: Messages, where: AskContext
    ) -> tuple[StoredQuote, Source]:
        """What was shown under ``number``, and its article, if this server may see it."""
        shown = next((one for one in kept.shown if one.number == number), None)
        if shown is None:
            raise AnswerGone(words.gone)
        for source in self.sources_for(where.guild):
            if source.path == shown.article:
                return shown, source
        raise AnswerGone(words.article_gone)


def _asked(answer: Answer) -> bool:
    return answer.input_kind is None or answer.input_kind.is_question
