"""Answer questions, and store answers so that their buttons can show pages and context."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.config.metrics import Metrics
from bot.questions.articles import VisibleArticles
from bot.questions.context import AskContext
from bot.questions.follow_up import rewrite_follow_up
from bot.questions.question import Question, check_length, resolve_filters
from bot.services.context_pages import ContextPage, page_around_quote, page_from_start
from bot.services.coordination import Coordination
from bot.services.rate_limit import RateLimiter
from bot.services.restore_quotes import restore_quotes, to_stored_quote, whole_article_quotes
from bot.services.search_pool import QueueFull, SearchPool
from bot.storage.guilds import GuildStore
from bot.storage.store import Store, StoredAnswer, StoredQuote, ignore_storage_errors, new_id
from bot.storage.unanswered import update_downvoted
from bot.storage.usage import record_question, today
from bot.storage.votes import Vote, cast_vote, comment_on_vote
from bot.text.errors import MemberError
from index.caching import NewestEntries
from index.errors import QuothError
from index.searcher import Searcher, SearchOptions
from index.types import Answer, Source, Verdict, digest
from index.verification.result import Verification
from index.verification.verify import verify

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_MAX_UNSAVED = 500  # answers that the store did not take
_MAX_CLOSEST = 3  # articles offered when nothing was found


class AnswerGone(MemberError):
    """The answer or article behind a button is no longer available; the message says which."""


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """At most ``limit`` quotes of an answer, stored under ``id``.

    ``skip`` is the number of passages on earlier pages. ``updated`` says that the first page came
    from another snapshot. ``closest`` are articles to offer when nothing was found;
    ``has_articles`` is False if there are none to search. ``asks_people`` offers to hand the
    question to a person.
    """

    id: str
    question: Question
    answer: Answer
    limit: int
    skip: int = 0
    updated: bool = False
    closest: tuple[Source, ...] = ()
    has_articles: bool = True
    asks_people: bool = False


class AnswerService:
    """Answer questions with the search pool, and store the answers."""

    def __init__(
        self, pool: SearchPool, store: Store, guilds: GuildStore, metrics: Metrics | None = None
    ) -> None:
        self.metrics = metrics or Metrics()
        self.pool = pool
        self.store = store
        self.guilds = guilds
        self.coordination = Coordination(store)
        self._rate_limiter = RateLimiter()
        self._languages: dict[int | None, frozenset[str]] = {}
        self._languages_snapshot = ""
        self._unsaved = NewestEntries[str, StoredAnswer](_MAX_UNSAVED)

    async def start(self) -> None:
        """Open the index and the store. Raises QuothError."""
        await self.pool.start()
        await self.store.open()

    async def read(self, guild: int | None, job: Callable[[VisibleArticles], Result]) -> Result:
        """Read, in a worker, the articles that a server or a direct message may see."""
        return await self.pool.read(self.guilds.scope(guild), job)

    async def read_in(
        self, context: AskContext, job: Callable[[VisibleArticles], Result]
    ) -> Result:
        """Read, in a worker, the articles that answer in a channel."""
        return await self.pool.read(await self.guilds.scope_in(context), job)

    async def languages(self, guild: int | None) -> frozenset[str]:
        """Return the languages of the articles that a server may see, read once a snapshot."""
        snapshot = self.pool.snapshot
        if self._languages_snapshot != snapshot:
            self._languages, self._languages_snapshot = {}, snapshot
        if guild not in self._languages:
            read = await self.read(
                guild, lambda each: each.searcher.opened.article_languages(each.scope)
            )
            self._languages[guild] = frozenset(read)
        return self._languages[guild]

    @asynccontextmanager
    async def admit(self, context: AskContext) -> AsyncIterator[None]:
        """Count a member's question, and keep its place in the queue inside the block.

        Raises RateLimited during the server's cooldown, QueueFull and ShuttingDown.
        """
        seconds = (await self.guilds.get(context.guild)).cooldown_seconds
        self._rate_limiter.acquire(context.guild, context.member or 0, seconds)
        with ExitStack() as stack:
            try:
                stack.enter_context(self.pool.place())
            except QueueFull:  # the member is asked to come back in a moment
                self._rate_limiter.refund(context.guild, context.member or 0)
                raise
            yield

    async def validate(self, question: Question, context: AskContext) -> Question:
        """Resolve the filters as members typed them. Raises InvalidQuestion."""
        check_length(question)
        if not question.has_filters:
            return question
        return await self.read_in(
            context, lambda articles: resolve_filters(question, articles, today())
        )

    async def ask(
        self, question: Question, context: AskContext, *, counted: bool = True
    ) -> AnswerPage:
        """Validate a question and return the first page of its answer. Raises QuothError.

        ``counted`` is False for questions that no member asked.
        """
        validated = await self.validate(question, context)
        page = await self._search_page(validated, 0, None, context)
        if counted:
            with ignore_storage_errors("usage figures"):
                await record_question(self.store, page.answer, context)
        return page

    async def search(self, question: Question, context: AskContext, skip: int = 0) -> Answer:
        """Search with the server's settings, without storing the answer. Raises QuothError."""
        options = await self._search_options(question, context, skip)
        return await self.pool.ask(question.text, **options)

    async def is_answered(self, question: str, context: AskContext) -> bool:
        """Tell whether the articles now answer an open question. Raises QueueFull."""
        try:
            answer = await self.search(Question(question), context)
        except QueueFull:  # members come first, and the question can be asked later
            raise
        except QuothError as error:
            log.warning("could not ask an open question again: %s", error)
            return False
        return answer.verdict is Verdict.ANSWERED

    async def search_in(
        self, searcher: Searcher, question: Question, context: AskContext
    ) -> Answer:
        """Search another index than the one in service in the same way. Raises QuothError."""
        options = await self._search_options(question, context)
        return await asyncio.to_thread(searcher.ask, question.text, **options)

    async def _search_options(
        self, question: Question, context: AskContext, skip: int = 0
    ) -> SearchOptions:
        settings = await self.guilds.get(context.guild)
        return {
            "limit": settings.quotes,
            "skip": skip,
            "scope": question.narrow_scope(await self.guilds.scope_in(context)),
            "strictness": settings.strictness,
        }

    async def verify(self, texts: Sequence[str], context: AskContext) -> list[Verification]:
        """Check whether texts are in the articles that a server sees. Raises QuothError."""
        scope = await self.guilds.scope_in(context)
        return await self.pool.run(
            lambda searcher: [verify(searcher, text, scope) for text in texts]
        )

    async def ask_follow_up(self, answer_id: str, text: str, context: AskContext) -> AnswerPage:
        """Ask ``text`` as a follow-up to a stored answer, or on its own if that is gone."""
        stored = await self._get_stored(answer_id)
        if stored is None or stored.guild != context.guild:
            return await self.ask(Question(text), context)
        query = rewrite_follow_up(text, stored.question.text)
        question = replace(
            stored.question,
            text=query or text,
            original_text=text if query else None,
            reply_to_id=None,
        )
        return await self.ask(question, context)

    async def load(self, answer_id: str, context: AskContext) -> StoredAnswer:
        """Load an answer that was given in this server. Raises AnswerGone."""
        stored = await self._get_stored(answer_id)
        if stored is None or stored.guild != context.guild:
            raise AnswerGone(lambda messages: messages.answer_expired)
        return stored

    async def get_page(self, answer_id: str, skip: int, context: AskContext) -> AnswerPage:
        """Return another page of a stored answer. Raises AnswerGone."""
        stored = await self.load(answer_id, context)
        return await self._search_page(stored.question, skip, stored.snapshot, context)

    async def restore(self, answer_id: str, context: AskContext) -> AnswerPage:
        """Return a stored answer with the same quotes, verified again, under a new id.

        Raises AnswerGone, QuoteMismatch.
        """
        stored = await self.load(answer_id, context)
        paths = [quote.article for first in stored.quotes for quote in (first, *first.duplicates)]
        quotes = await self.read_in(
            context,
            lambda articles: restore_quotes(stored, articles.by_path(paths), articles.searcher),
        )
        if quotes is None:
            raise AnswerGone(lambda messages: messages.article_changed)
        limit = (await self.guilds.get(context.guild)).quotes
        last = max((quote.citation.number for quote in quotes), default=0)
        following = await self.search(stored.question, context, last)
        answer = Answer(
            question=stored.question.text,
            verdict=stored.verdict,
            quotes=quotes,
            ranking=(),
            snapshot=stored.snapshot,
            seconds=0.0,
            has_more=bool(quotes) and bool(following.quotes),
            parts=following.parts,
            corrected=following.corrected,
        )
        skip = quotes[0].citation.number - 1 if quotes else 0
        copy_id = await self._save(stored.question, answer, stored.quotes, context)
        return AnswerPage(
            id=copy_id,
            question=stored.question,
            answer=answer,
            limit=limit,
            skip=skip,
            asks_people=not skip and await self._asks_people(answer, context),
        )

    async def get_context(
        self, answer_id: str, number: int, page: int, context: AskContext
    ) -> ContextPage:
        """Return a page of paragraphs around quote ``number``. Raises AnswerGone."""
        stored = await self.load(answer_id, context)
        quote, source = await self._quoted_article(stored, number, context)

        def read_page(searcher: Searcher) -> ContextPage | None:
            stored_passages = searcher.passages(source.path)
            passages = [each.passage for each in stored_passages]
            contexts = [each.context for each in stored_passages]
            if stored.verdict is Verdict.NOTHING:
                return page_from_start(source, passages, page, contexts)
            return page_around_quote(source, passages, quote, page, contexts)

        context_page = await self.pool.run(read_page)
        if context_page is None:
            raise AnswerGone(lambda messages: messages.article_changed)
        return context_page

    async def get_article(
        self, answer_id: str, number: int, context: AskContext
    ) -> tuple[Source, str]:
        """Return the article of quote ``number`` with its text. Raises AnswerGone."""
        stored = await self.load(answer_id, context)
        _, source = await self._quoted_article(stored, number, context)
        text = await self.pool.run(lambda searcher: searcher.text(source.path))
        if digest(text) != source.digest:
            raise AnswerGone(lambda messages: messages.article_changed)
        return source, text

    async def vote(
        self, answer_id: str, up: bool, context: AskContext, message: int | None
    ) -> Vote:
        """Count a press of 👍 or 👎 under ``message``. Raises AnswerGone."""
        stored = await self.load(answer_id, context)
        vote = await cast_vote(self.store, answer_id, up, context)
        text = stored.question.text
        await update_downvoted(self.store, answer_id, text, context, message)
        return vote

    async def add_vote_comment(self, answer_id: str, comment: str, context: AskContext) -> bool:
        """Add a comment to a member's 👎; False if that was taken back. Raises AnswerGone."""
        stored = await self.load(answer_id, context)
        added = await comment_on_vote(self.store, answer_id, comment, context)
        await update_downvoted(self.store, answer_id, stored.question.text, context, None)
        return added

    async def _search_page(
        self, question: Question, skip: int, first_snapshot: str | None, context: AskContext
    ) -> AnswerPage:
        limit = (await self.guilds.get(context.guild)).quotes
        with self.metrics.seconds.time():
            answer = await self.search(question, context, skip)
        self.metrics.questions.labels(answer.verdict).inc()
        log.info("%s, quotes: %d, %.2f s", answer.verdict, len(answer.quotes), answer.seconds)
        closest = await self._closest_articles(answer, context)
        quotes = tuple(map(to_stored_quote, answer.quotes)) or whole_article_quotes(closest)
        answer_id = await self._save(question, answer, quotes, context)
        return AnswerPage(
            id=answer_id,
            question=question,
            answer=answer,
            limit=limit,
            skip=skip,
            updated=first_snapshot not in {None, answer.snapshot},
            closest=closest,
            has_articles=bool(answer.ranking) or await self._has_articles(context),
            asks_people=not skip and await self._asks_people(answer, context),
        )

    async def _asks_people(self, answer: Answer, context: AskContext) -> bool:
        """Tell whether a question that the articles do not answer can be handed to people."""
        is_open = answer.verdict is not Verdict.ANSWERED and answer.is_question
        settings = await self.guilds.get(context.guild)
        return is_open and context.guild is not None and settings.has_helpers

    async def _save(
        self,
        question: Question,
        answer: Answer,
        quotes: tuple[StoredQuote, ...],
        context: AskContext,
    ) -> str:
        """Store an answer and return its id; keep it in memory if it cannot be stored."""
        stored = StoredAnswer(
            id=new_id(),
            snapshot=answer.snapshot,
            question=question,
            quotes=quotes,
            verdict=answer.verdict,
            guild=context.guild,
        )
        self._unsaved[stored.id] = stored
        with ignore_storage_errors("an answer for its buttons"):
            member = context.member
            asker = await self.store.pseudonymize(member, stored.id) if member else None
            public = context.channel is not None and context.guild is not None
            await self.store.save_answer(replace(stored, asker=asker), public=public)
            self._unsaved.pop(stored.id, None)
        return stored.id

    async def _get_stored(self, answer_id: str) -> StoredAnswer | None:
        unsaved = self._unsaved.get(answer_id)
        return unsaved or await self.store.get_answer(answer_id)

    def forget_unsaved(self) -> None:
        """Forget the answers in memory; they do not say who asked."""
        self._unsaved.clear()

    async def _closest_articles(self, answer: Answer, context: AskContext) -> tuple[Source, ...]:
        """Return the articles of the best-ranked passages if nothing was found."""
        if answer.verdict is not Verdict.NOTHING or not answer.is_question:
            return ()
        paths = dict.fromkeys(hit.article for hit in answer.ranking)
        sources = await self.read_in(context, lambda articles: articles.by_path(paths))
        return tuple(sources.values())[:_MAX_CLOSEST]

    async def _has_articles(self, context: AskContext) -> bool:
        return await self.read_in(context, lambda articles: articles.has_any(articles.scope))

    async def _quoted_article(
        self, stored: StoredAnswer, number: int, context: AskContext
    ) -> tuple[StoredQuote, Source]:
        """Return quote ``number`` and its article, if this server may see it."""
        quote = next((quote for quote in stored.quotes if quote.number == number), None)
        if quote is None:
            raise AnswerGone(lambda messages: messages.answer_expired)
        path = quote.article
        source = await self.read_in(context, lambda articles: articles.get(path))
        if source is None:
            raise AnswerGone(lambda messages: messages.article_removed)
        return quote, source
