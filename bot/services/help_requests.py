"""Hand questions to people, and find out when an article answers them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.questions.context import AskContext
from bot.services.answers import AnswerService
from bot.services.search_pool import QueueFull
from bot.storage import help_requests as storage
from bot.storage.help_requests import HelpRequest
from bot.text.errors import MemberError

_MAX_PER_MEMBER = 3  # an hour
_MAX_PER_SERVER = 10  # an hour


class RequestRefused(MemberError):
    """The question cannot be handed to people; the message says why."""


class HelpRequests:
    """The questions that members handed to people."""

    def __init__(self, answers: AnswerService) -> None:
        self._answers = answers
        self._store = answers.store
        self._checked_snapshot = ""

    async def claim(self, answer_id: str, context: AskContext) -> tuple[str, HelpRequest | None]:
        """Return the question of an answer to hand over, and the request if it already was.

        Raises AnswerGone, and RequestRefused if the member or the server handed over too many.
        """
        question = (await self._answers.load(answer_id, context)).question.display_text
        request = await storage.get_request(self._store, answer_id)
        if request is not None and request.thread is not None:
            return question, request
        own, all_of_server = await storage.count_recent(self._store, context)
        if own >= _MAX_PER_MEMBER:
            raise RequestRefused(lambda messages: messages.too_many_own_requests(_MAX_PER_MEMBER))
        if all_of_server >= _MAX_PER_SERVER:
            raise RequestRefused(lambda messages: messages.too_many_requests(_MAX_PER_SERVER))
        claimed = await storage.claim_request(self._store, answer_id, question, context)
        return question, None if claimed else await storage.get_request(self._store, answer_id)

    async def posted(self, answer_id: str, thread: int) -> None:
        """Record where a question was handed over."""
        await storage.set_thread(self._store, answer_id, thread)

    async def close(self, answer_id: str) -> None:
        """Delete a request that is over, or that could not be posted."""
        await storage.delete_request(self._store, answer_id)

    async def toggle_subscriber(self, answer_id: str, context: AskContext) -> HelpRequest | None:
        """Subscribe a member to an open request, or unsubscribe.

        Returns the request, or None if the member is no longer subscribed.
        Raises RequestRefused if it is over.
        """
        request = await storage.get_request(self._store, answer_id)
        if request is None or request.guild != context.guild or context.member is None:
            raise RequestRefused(lambda messages: messages.request_over)
        subscribed = await storage.toggle_subscriber(
            self._store, answer_id, request.guild, context.member
        )
        return request if subscribed else None

    async def subscribers(self, request: HelpRequest) -> list[int]:
        """Return the ids of the members who asked to be told."""
        return await storage.get_subscribers(self._store, request.answer)

    async def newly_answered(self) -> list[HelpRequest]:
        """Ask the open questions again, once per snapshot, and return those now answered."""
        snapshot = self._answers.pool.snapshot
        if self._checked_snapshot == snapshot:
            return []
        requests = await storage.open_requests(self._store, self._answers.guilds.shards)
        try:
            answered = [each for each in requests if await self._is_answered(each)]
        except QueueFull:  # members come first; the next call asks all of them
            return []
        self._checked_snapshot = snapshot
        return answered

    @asynccontextmanager
    async def claim_answered(self, request: HelpRequest) -> AsyncIterator[bool]:
        """Yield True to one process at a time, which then tells that a request is answered.

        It is False, too, once another process has told it. Raises DatabaseError.
        """
        lock = f"answered {request.answer}"
        if not await self._store.locks.try_lock(lock):
            yield False
            return
        try:
            yield await storage.get_request(self._store, request.answer) is not None
        finally:
            await self._store.locks.unlock(lock)

    def check_again(self) -> None:
        """Ask the open questions again although the snapshot is the same."""
        self._checked_snapshot = ""

    async def _is_answered(self, request: HelpRequest) -> bool:
        context = AskContext(request.guild, place=request.place)
        return await self._answers.is_answered(request.question, context)
