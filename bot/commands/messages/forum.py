"""Answer new posts in the forums that curators chose, by their titles."""

import asyncio
import logging
from dataclasses import replace

import discord
from discord import ui

from bot.commands.answers.respond import log_unanswered
from bot.commands.answers.shown_answers import remember_shown
from bot.questions.context import AskContext, place_of
from bot.questions.question import Question
from bot.text.messages import messages_for
from bot.ui.answers.answer_view import AnswerFrame, answer_view
from bot.ui.base_client import QuothClient
from bot.ui.transport.discord_compat import SEND_ERRORS
from index.caching import NewestEntries
from index.errors import QuothError
from index.types import Verdict

log = logging.getLogger(__name__)

_FIRST_MESSAGE_MISSING = 40058  # Discord's code for a post without its first message yet
_MAX_ATTEMPTS = 5
_MAX_REMEMBERED_POSTS = 200
_MAX_PREFIXED_CHARS = 300  # a longer question is understood without the post's title


class ForumPosts:
    """The newest posts, and whether their titles were answered.

    A first message that mentions the bot is not answered again.
    """

    def __init__(self) -> None:
        self._tasks = NewestEntries[int, asyncio.Task[bool]](_MAX_REMEMBERED_POSTS)

    async def answer(self, client: QuothClient, thread: discord.Thread) -> None:
        """Answer a new post, once however often Discord announces it."""
        if thread.id in self._tasks:
            return
        self._tasks[thread.id] = asyncio.ensure_future(answer_post(client, thread))
        await self._tasks[thread.id]

    async def is_answered(self, message: discord.Message) -> bool:
        """Tell whether ``message`` is the first of a post whose title was answered."""
        task = self._tasks.get(message.id)  # a post has the id of its first message
        if task is None:
            return False
        await asyncio.wait((task,))
        return not task.cancelled() and task.exception() is None and task.result()


def prefix_title(message: discord.Message, question: str) -> str:
    """Put the title of a post before the question in its first message."""
    thread = message.channel
    if not isinstance(thread, discord.Thread) or message.id != thread.id:
        return question
    return question if len(question) > _MAX_PREFIXED_CHARS else f"{thread.name} {question}".strip()


async def answer_post(client: QuothClient, thread: discord.Thread) -> bool:
    """Answer a post in a chosen forum if something is found, and return whether it was answered.

    Errors are only logged, because nobody asked the bot.
    """
    settings = await client.answers.guilds.get(thread.guild.id)
    if thread.parent_id not in settings.forums:
        return False
    try:
        return await _is_by_a_person(client, thread) and await _answer_title(client, thread)
    except (*SEND_ERRORS, QuothError) as error:
        log.info("could not answer a forum post: %s", error)
        return False


async def _is_by_a_person(client: QuothClient, thread: discord.Thread) -> bool:
    """Tell whether a post is by a member, and not by a bot or a webhook."""
    user = client.get_user(thread.owner_id)
    if user is None:
        try:
            user = await client.fetch_user(thread.owner_id)
        except discord.NotFound:  # a webhook
            return False
    return not user.bot


async def _answer_title(client: QuothClient, thread: discord.Thread) -> bool:
    messages = messages_for(thread.guild.preferred_locale)
    context = AskContext(thread.guild.id, thread.id, thread.owner_id, place_of(thread))
    page = await client.answers.ask(Question(thread.name), context)
    if page.answer.verdict is Verdict.NOTHING:
        await log_unanswered(client, page, context, thread.id)
        return False
    # A title need not be a question, so there is nothing to remark on one that is not.
    page = replace(page, answer=replace(page.answer, input_kind=None))
    frame = AnswerFrame(heading=False, asker=thread.owner_id)
    if sent := await _post(thread, answer_view(page, messages, frame)):
        place = (thread.guild.id, thread.id, sent.id)
        await remember_shown(client, page, messages, frame, place)
    return True


async def _post(thread: discord.Thread, view: ui.LayoutView) -> discord.Message | None:
    """Send a message, retrying until the post's first message exists."""
    for attempt in range(_MAX_ATTEMPTS):
        try:
            return await thread.send(view=view, nonce=thread.id)
        except discord.HTTPException as error:
            if error.code != _FIRST_MESSAGE_MISSING or attempt == _MAX_ATTEMPTS - 1:
                raise
            await asyncio.sleep(1)
    return None
