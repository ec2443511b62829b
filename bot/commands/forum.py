"""A new post in a forum that curators chose is a question: its title, which the bot may read."""

import asyncio
import logging

import discord
from discord import ui

from bot.commands.base_client import QuothClient
from bot.text.context import AskContext
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.answer_view import AnswerFrame, answer_view
from bot.ui.discord_compat import UNSENT
from index.errors import QuothError
from index.types import Verdict

log = logging.getLogger(__name__)

_TOO_EARLY = 40058  # Discord: the post's author has not sent its first message yet
_ATTEMPTS = 5
_REMEMBERED = 200  # posts
_LONGEST = 300  # characters beside a title; more says enough by itself


class Posts:
    """The newest posts and whether they were answered, so that a mention in one is not again."""

    def __init__(self) -> None:
        self._answering: dict[int, asyncio.Task[bool]] = {}

    async def answer(self, client: QuothClient, thread: discord.Thread) -> None:
        """Answer a new post where the server wants it."""
        while len(self._answering) >= _REMEMBERED:
            del self._answering[next(iter(self._answering))]
        self._answering[thread.id] = asyncio.ensure_future(answer_post(client, thread))
        await self._answering[thread.id]

    async def answered(self, message: discord.Message) -> bool:
        """Whether ``message`` is the first of a post that is answered by its title."""
        task = self._answering.get(message.id)  # a post has the id of its first message
        if task is None:
            return False
        await asyncio.wait((task,))
        return not task.cancelled() and task.exception() is None and task.result()


def with_title(message: discord.Message, question: str) -> str:
    """What the first message of a post asks: a mention in it, which is read, after its title."""
    thread = message.channel
    if not isinstance(thread, discord.Thread) or message.id != thread.id:
        return question
    return question if len(question) > _LONGEST else f"{thread.name} {question}".strip()


async def answer_post(client: QuothClient, thread: discord.Thread) -> bool:
    """Answer a post where the server wants it; be quiet when nothing is found. Whether it did.

    Nobody asked the bot, so nobody is told of an error either.
    """
    settings = await client.answers.servers.of(thread.guild.id)
    ours = client.user is not None and thread.owner_id == client.user.id
    if ours or thread.parent_id not in settings.forums:
        return False
    words = messages_for(thread.guild.preferred_locale)
    where = AskContext(thread.guild.id, thread.id)
    try:
        page = await client.answers.ask(Question(thread.name), words, where)
        if page.answer.verdict is Verdict.NOTHING:
            return False
        await _post(thread, answer_view(page, words, AnswerFrame(heading=False)))
    except (*UNSENT, QuothError) as error:
        log.info("a forum post could not be answered: %s", error)
        return False
    return True


async def _post(thread: discord.Thread, view: ui.LayoutView) -> None:
    """Send it, as soon as the post is there to be answered."""
    for attempt in range(_ATTEMPTS):
        try:
            await thread.send(view=view)
        except discord.HTTPException as error:
            if error.code != _TOO_EARLY or attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(1)
        else:
            return
