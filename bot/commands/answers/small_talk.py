"""Respond to small talk: greet, react to thanks, and introduce the bot."""

import discord

from bot.commands.help import help_text
from bot.questions.context import guild_id_of
from bot.questions.message_text import with_plain_emoji
from bot.text.messages import Messages, messages_for
from bot.ui.base_client import Interaction, QuothClient
from bot.ui.container import container_view
from bot.ui.deferral import respond_privately
from bot.ui.transport.discord_compat import Reference, react, send_reply
from index.search.question.small_talk import classify_small_talk
from index.types import InputKind

_ACKNOWLEDGED = "💙"


async def small_talk_in(
    client: QuothClient, text: str, guild_id: int | None, locale: discord.Locale | None
) -> InputKind | None:
    """Return the kind of small talk that ``text`` is, or None if it asks something.

    Members write in a language of the articles or of the server.
    """
    languages = await client.answers.languages(guild_id)
    return classify_small_talk(
        with_plain_emoji(text), languages | {str(locale or discord.Locale.american_english)[:2]}
    )


async def respond_to_small_talk(interaction: Interaction, kind: InputKind) -> None:
    """Respond privately."""
    messages, in_server = messages_for(interaction.locale), interaction.guild_id is not None
    if kind is InputKind.HELP:
        permissions = interaction.permissions if in_server else None
        text = help_text(interaction.client, interaction.locale, permissions)
        await respond_privately(interaction, view=container_view(text))
        return
    line = _line(kind, messages, in_server=in_server)
    await respond_privately(interaction, content=line)


async def reply_to_small_talk(
    client: QuothClient, message: discord.Message, kind: InputKind
) -> discord.Message | None:
    """React to thanks; reply to anything else, and return the reply."""
    if kind is InputKind.ACKNOWLEDGEMENT:
        await react(message, _ACKNOWLEDGED)
        return None
    in_server = guild_id_of(message) is not None
    locale = message.guild.preferred_locale if message.guild else None
    if kind is InputKind.HELP:
        permissions = discord.Permissions.none() if in_server else None
        view = container_view(help_text(client, locale, permissions))
        return await send_reply(message.channel, Reference.to(message), view=view)
    line = _line(kind, messages_for(locale), in_server=in_server)
    return await send_reply(message.channel, Reference.to(message), line)


def _line(kind: InputKind, messages: Messages, *, in_server: bool) -> str:
    if kind is InputKind.ACKNOWLEDGEMENT:
        return messages.acknowledgement
    return messages.greeting if in_server else messages.greeting_direct
