"""Answer the questions that a process left unanswered when it was killed."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import discord

from bot.commands.messages.forum import ForumPosts
from bot.commands.messages.mention import answer_message
from bot.storage.pending_questions import PendingQuestion
from bot.text.messages import messages_for
from bot.ui.base_client import QuothClient
from bot.ui.transport.discord_compat import SEND_ERRORS, Reference, send_reply

log = logging.getLogger(__name__)

_MAX_ANSWER_AGE_SECONDS = 5 * 60.0  # a later answer would surprise its asker
_TOKEN_SECONDS = 15 * 60.0  # how long a response to an interaction can be edited


async def resume(
    client: QuothClient, posts: ForumPosts, questions: Sequence[PendingQuestion]
) -> None:
    """Answer mentions, and tell members who used a command to ask again."""
    await asyncio.gather(*(_resume_and_forget(client, posts, each) for each in questions))
    if questions:
        log.info("resumed %d questions that were pending at the last stop", len(questions))


async def _resume_and_forget(
    client: QuothClient, posts: ForumPosts, question: PendingQuestion
) -> None:
    try:
        await _resume(client, posts, question)
    except SEND_ERRORS as error:
        log.info("could not resume a question: %s", error)
    client.pending_questions.forget(question)


async def _resume(client: QuothClient, posts: ForumPosts, question: PendingQuestion) -> None:
    if question.token is None:
        await _resume_message(client, posts, question)
    elif question.age_seconds < _TOKEN_SECONDS:
        await _tell_restarted(client, question, question.token)


async def _resume_message(
    client: QuothClient, posts: ForumPosts, question: PendingQuestion
) -> None:
    """Answer a message, or tell its author to ask again if it is too old for an answer."""
    channel: Any = client.get_channel(question.channel)
    channel = channel or await client.fetch_channel(question.channel)
    message: discord.Message = await channel.fetch_message(question.id)
    if question.age_seconds < _MAX_ANSWER_AGE_SECONDS:
        await answer_message(client, posts, message)
        return
    locale = message.guild.preferred_locale if message.guild else None
    await send_reply(message.channel, Reference.to(message), messages_for(locale).restarted)


async def _tell_restarted(client: QuothClient, question: PendingQuestion, token: str) -> None:
    """Replace a response that still says that the bot is thinking."""
    webhook = discord.Webhook.partial(client.application_id or 0, token, client=client)
    original: Any = "@original"
    response = await webhook.fetch_message(original)
    if response.content or response.components:  # it was answered just before the stop
        return
    locale = discord.Locale(question.locale) if question.locale else None
    await webhook.edit_message(original, content=messages_for(locale).restarted)
