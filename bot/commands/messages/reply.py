"""Reply to messages with answers, in a thread if the server chose that."""

from contextlib import nullcontext, suppress
from dataclasses import dataclass

import discord
from discord import ui

from bot.commands.answers.respond import ask_question, log_unanswered
from bot.commands.answers.shown_answers import remember_shown
from bot.commands.answers.threads import open_thread, opens_threads
from bot.questions.context import context_of, guild_id_of
from bot.questions.question import Question
from bot.services.answers import AnswerPage
from bot.storage.store import ignore_storage_errors
from bot.storage.unanswered import delete_question
from bot.text.messages import Messages, messages_for
from bot.ui.answers.answer_view import AnswerFrame, answer_view
from bot.ui.base_client import QuothClient
from bot.ui.transport.discord_compat import (
    SEND_ERRORS,
    Reference,
    reply_nonce,
    send_reply,
    typing,
)


def messages_for_channel(message: discord.Message) -> Messages:
    """Return the texts in the language of a message's server."""
    return messages_for(message.guild.preferred_locale if message.guild else None)


@dataclass(frozen=True, slots=True)
class EarlierReply:
    """The reply to a message before it was edited, and the id of the answer that it shows."""

    message: discord.Message
    answer_id: str | None


async def reply_to_message(
    client: QuothClient,
    message: discord.Message,
    question: Question,
    previous: str | None = None,
    earlier: EarlierReply | None = None,
) -> discord.Message:
    """Answer a message with a reply that mentions nobody, or in place of an earlier reply.

    With ``previous``, the id of a stored answer, the message is a follow-up question. An edited
    message does not count as another question of its author.
    """
    messages, context = messages_for_channel(message), context_of(message)
    admitted = nullcontext() if earlier else client.answers.admit(context)
    async with admitted, typing(message.channel):
        page = await ask_question(client, question, context, previous)
    frame = AnswerFrame(asker=message.author.id, heading=False)
    view = answer_view(page, messages, frame)
    sent = await _replace(client, earlier, view) if earlier else None
    sent = sent or await _reply_in_thread(client, message, page, view)
    sent = sent or await send_reply(message.channel, Reference.to(message), view=view)
    place = (context.guild, sent.channel.id, sent.id)
    await remember_shown(client, page, messages, frame, place)
    await log_unanswered(client, page, context, message.id)
    return sent


async def _reply_in_thread(
    client: QuothClient, message: discord.Message, page: AnswerPage, view: ui.LayoutView
) -> discord.Message | None:
    """Answer in a thread on the message; None if the server did not choose that, or it fails."""
    if not await opens_threads(client, guild_id_of(message), message.channel):
        return None
    thread = await open_thread(client, message, page.question.display_text)
    if thread is not None:
        with suppress(*SEND_ERRORS):
            return await thread.send(view=view, nonce=reply_nonce(message))
    return None


async def _replace(
    client: QuothClient, earlier: EarlierReply, view: ui.LayoutView
) -> discord.Message | None:
    """Show ``view`` in place of an earlier reply; None if that was deleted."""
    with ignore_storage_errors("that an answer was replaced"):
        await delete_question(client.answers.store, earlier.answer_id or "")
    try:
        return await earlier.message.edit(content=None, view=view)
    except discord.NotFound:
        return None
