"""Give an answer: to an interaction that was deferred, or as a reply to a message."""

from typing import Any

import discord

from bot.commands.base_client import QuothClient
from bot.services.answers import AnswerPage
from bot.storage.database import if_possible
from bot.text.context import context_of
from bot.text.messages import Messages, messages_for
from bot.text.question import Question
from bot.ui.answer_view import AnswerFrame, answer_view, show
from bot.ui.discord_compat import Reference, send_reply, typing
from bot.ui.error_handling import handle_message_errors
from index.types import Verdict


def messages_of(interaction: discord.Interaction[Any], *, private: bool) -> Messages:
    """The member's language where they alone read it, else the server's."""
    alone = private or interaction.guild_id is None
    return messages_for(interaction.locale if alone else interaction.guild_locale)


def is_private(interaction: discord.Interaction[Any]) -> bool:
    """Whether the message whose button was pressed is seen by one member alone."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def check_rate_limit(interaction: discord.Interaction[QuothClient]) -> None:
    """Let the member ask now. Raises TooSoon, which is told to them alone: nothing is deferred."""
    await interaction.client.answers.admit(
        context_of(interaction), messages_for(interaction.locale)
    )


async def send_answer(
    interaction: discord.Interaction[QuothClient], page: AnswerPage, *, private: bool, by: str = ""
) -> None:
    """Show an answer where the interaction was deferred to; note it when it found nothing."""
    words = messages_of(interaction, private=private)
    frame = AnswerFrame(
        asker=None if private else interaction.user.id,
        share=private and interaction.guild_id is not None,
        by=by,
    )
    sent = await show(interaction, answer_view(page, words, frame))
    await _note(interaction.client, page, interaction, sent.id, private=private)


async def ask_and_send(
    interaction: discord.Interaction[QuothClient], question: Question, *, private: bool
) -> None:
    """Ask, and give the answer."""
    where = context_of(interaction, private=private)
    words = messages_of(interaction, private=private)
    page = await interaction.client.answers.ask(question, words, where)
    await send_answer(interaction, page, private=private)


async def reply_to_message(
    client: QuothClient, message: discord.Message, question: Question, after: str | None = None
) -> None:
    """Answer a message by a reply that pings nobody; ``after`` is the kept answer it follows."""
    words = messages_for(message.guild.preferred_locale if message.guild else None)
    where = context_of(message)
    async with handle_message_errors(message):
        await client.answers.admit(where, words)
        async with typing(message.channel):
            if after:
                page = await client.answers.follow(after, question.text, words, where)
            else:
                page = await client.answers.ask(question, words, where)
        frame = AnswerFrame(asker=message.author.id, heading=False)
        view = answer_view(page, words, frame)
        await send_reply(message.channel, Reference.to(message), view=view)
        await _note(client, page, message, message.id)


async def _note(
    client: QuothClient,
    page: AnswerPage,
    at: discord.Interaction[QuothClient] | discord.Message,
    message: int,
    *,
    private: bool = False,
) -> None:
    """Questions that found nothing are for the curators; a message somebody else wrote is not."""
    note = page.answer.note
    if note is not None and not note.is_question:
        return
    if page.answer.verdict is Verdict.NOTHING and page.question.target is None:
        where = context_of(at, private=private)
        with if_possible("question without an answer"):
            await client.answers.misses.nothing(page.id, page.question.text, where, message)
