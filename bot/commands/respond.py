"""Give an answer: to an interaction that was deferred, or as a reply to a message."""

from typing import Any

import discord

from bot.commands.base_client import House
from bot.services.answers import Page
from bot.storage.database import if_possible
from bot.text.context import where_of
from bot.text.messages import Words, words_for
from bot.text.question import Question
from bot.ui.answer_view import Frame, answer_view, show
from bot.ui.discord_compat import Reference, send_reply, typing
from bot.ui.error_handling import replying
from index.types import Verdict


def words_of(interaction: discord.Interaction[Any], *, private: bool) -> Words:
    """The member's language where they alone read it, else the server's."""
    alone = private or interaction.guild_id is None
    return words_for(interaction.locale if alone else interaction.guild_locale)


def is_private(interaction: discord.Interaction[Any]) -> bool:
    """Whether the message whose button was pressed is seen by one member alone."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def admit(interaction: discord.Interaction[House]) -> None:
    """Let the member ask now. Raises TooSoon, which is told to them alone: nothing is deferred."""
    await interaction.client.desk.admit(where_of(interaction), words_for(interaction.locale))


async def give(
    interaction: discord.Interaction[House], page: Page, *, private: bool, by: str = ""
) -> None:
    """Show an answer where the interaction was deferred to; note it when it found nothing."""
    words = words_of(interaction, private=private)
    frame = Frame(
        asker=None if private else interaction.user.id,
        share=private and interaction.guild_id is not None,
        by=by,
    )
    sent = await show(interaction, answer_view(page, words, frame))
    await _note(interaction.client, page, interaction, sent.id, private=private)


async def ask_for(
    interaction: discord.Interaction[House], question: Question, *, private: bool
) -> None:
    """Ask, and give the answer."""
    where = where_of(interaction, private=private)
    words = words_of(interaction, private=private)
    page = await interaction.client.desk.ask(question, words, where)
    await give(interaction, page, private=private)


async def give_message(
    client: House, message: discord.Message, question: Question, after: str | None = None
) -> None:
    """Answer a message by a reply that pings nobody; ``after`` is the kept answer it follows."""
    words = words_for(message.guild.preferred_locale if message.guild else None)
    where = where_of(message)
    async with replying(message):
        await client.desk.admit(where, words)
        async with typing(message.channel):
            if after:
                page = await client.desk.follow(after, question.text, words, where)
            else:
                page = await client.desk.ask(question, words, where)
        frame = Frame(asker=message.author.id, heading=False)
        view = answer_view(page, words, frame)
        await send_reply(message.channel, Reference.to(message), view=view)
        await _note(client, page, message, message.id)


async def _note(
    client: House,
    page: Page,
    at: discord.Interaction[House] | discord.Message,
    message: int,
    *,
    private: bool = False,
) -> None:
    """Questions that found nothing are for the curators; a message somebody else wrote is not."""
    note = page.answer.note
    if note is not None and not note.is_question:
        return
    if page.answer.verdict is Verdict.NOTHING and page.question.target is None:
        where = where_of(at, private=private)
        with if_possible("question without an answer"):
            await client.desk.misses.nothing(page.id, page.question.text, where, message)
