"""Remember the newest messages and replies, to understand corrections and follow-ups."""

import asyncio
import math
import time
from dataclasses import dataclass, field
from datetime import timedelta

import discord

from bot.commands.messages.forum import ForumPosts
from bot.commands.messages.mention import answer_id_in, answer_message, question_in
from bot.ui.base_client import QuothClient
from index.caching import NewestEntries

_MAX_EDIT_AGE = timedelta(minutes=1)  # after the message was sent
_MAX_RECENT_SECONDS = 300.0  # a later fragment hardly refers to the answer
_MAX_REMEMBERED = 2_000


@dataclass(slots=True)
class _Reply:
    """The reply to a message, as the message was worded; the lock is held while it is answered.

    ``recent`` is the answer that its author got before in this channel.
    """

    recent: str | None
    content: str = ""
    message: discord.Message | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class MessageReplies:
    """Answer messages with regard to those before them.

    A message that is corrected within a minute gets a new answer in the same reply. A fragment,
    such as "and in July?", builds on the answer that its author got some minutes before.
    """

    def __init__(self) -> None:
        # By the message that was answered, and by channel and author.
        self._replies = NewestEntries[int, _Reply](_MAX_REMEMBERED)
        self._recent = NewestEntries[tuple[int, int], tuple[float, str]](_MAX_REMEMBERED)

    async def answer(
        self, client: QuothClient, posts: ForumPosts, message: discord.Message
    ) -> None:
        """Answer a message if it is addressed to the bot."""
        self._replies[message.id] = reply = _Reply(self._recent_answer(message))
        await self._answer(client, posts, message, reply)

    async def answer_edited(
        self, client: QuothClient, posts: ForumPosts, message: discord.Message
    ) -> None:
        """Answer a message anew if its author has just corrected it.

        An earlier process may have answered a message whose creation this one did not see.
        """
        edited_at, reply = message.edited_at, self._replies.get(message.id)
        if edited_at and reply and edited_at - message.created_at <= _MAX_EDIT_AGE:
            await self._answer(client, posts, message, reply)

    async def _answer(
        self, client: QuothClient, posts: ForumPosts, message: discord.Message, reply: _Reply
    ) -> None:
        if question_in(message, client.user) is None:
            return
        async with reply.lock:
            if reply.content and reply.content == message.content:
                return  # Discord added a preview of a link
            reply.content = message.content
            reply.message = await answer_message(
                client, posts, message, earlier=reply.message, recent=reply.recent
            )
        if answer_id := answer_id_in(reply.message, client.user):
            self._recent[_place(message)] = time.monotonic(), answer_id
            if reply.message is not None:  # it may be in a thread of its own
                in_reply = (reply.message.channel.id, message.author.id)
                self._recent[in_reply] = time.monotonic(), answer_id

    def _recent_answer(self, message: discord.Message) -> str | None:
        answered_at, answer_id = self._recent.get(_place(message), (-math.inf, ""))
        return answer_id if time.monotonic() - answered_at < _MAX_RECENT_SECONDS else None


def _place(message: discord.Message) -> tuple[int, int]:
    return message.channel.id, message.author.id
