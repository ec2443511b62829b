"""Answer edited messages anew: a question that is corrected within a minute."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import discord

from bot.commands.forum import ForumPosts
from bot.commands.mention import answer_message, question_in
from bot.ui.base_client import QuothClient

_MAX_EDIT_AGE = timedelta(minutes=1)  # after the message was sent
_MAX_REMEMBERED = 2_000


@dataclass(slots=True)
class _Reply:
    """The reply to a message, as the message was worded; the lock is held while it is answered."""

    content: str = ""
    message: discord.Message | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class MessageReplies:
    """Answer messages, and remember the newest with their replies, to answer corrections."""

    def __init__(self) -> None:
        self._replies: dict[int, _Reply] = {}  # by the message that was answered

    async def answer(
        self, client: QuothClient, posts: ForumPosts, message: discord.Message
    ) -> None:
        """Answer a message if it is addressed to the bot."""
        while len(self._replies) >= _MAX_REMEMBERED:
            del self._replies[next(iter(self._replies))]
        self._replies[message.id] = reply = _Reply()
        await _answer(client, posts, message, reply)

    async def answer_edited(
        self, client: QuothClient, posts: ForumPosts, message: discord.Message
    ) -> None:
        """Answer a message anew if its author has just corrected it.

        An earlier process may have answered a message whose creation this one did not see.
        """
        edited_at, reply = message.edited_at, self._replies.get(message.id)
        if edited_at and reply and edited_at - message.created_at <= _MAX_EDIT_AGE:
            await _answer(client, posts, message, reply)


async def _answer(
    client: QuothClient, posts: ForumPosts, message: discord.Message, reply: _Reply
) -> None:
    if question_in(message, client.user) is None:
        return
    async with reply.lock:
        if reply.content and reply.content == message.content:
            return  # Discord added a preview of a link
        reply.content = message.content
        reply.message = await answer_message(client, posts, message, reply.message)
