"""Who may curate: checked in every handler, for a server's owner can show a command to anybody."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import discord
from discord import app_commands

from bot.text.curator_messages import curator_messages
from index.errors import QuothError

Choices = list[app_commands.Choice[str]]
Complete = Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, Choices]]

# Where Discord offers what curators can do.
IN_SERVERS_ONLY = app_commands.AppCommandContext(
    guild=True, dm_channel=False, private_channel=False
)


class NotAllowed(QuothError):
    """A member may not do that; the message says who may."""


def check_curator(interaction: discord.Interaction[Any]) -> int:
    """The server's id, when this member may manage it. Raises NotAllowed."""
    words = curator_messages(interaction.locale)
    if interaction.guild_id is None:
        raise NotAllowed(words.only_in_servers)
    if not interaction.permissions.manage_guild:
        raise NotAllowed(words.only_curators)
    return interaction.guild_id


def for_curators(complete: Complete) -> Complete:
    """Completes for a curator; nobody else has anything to choose from, and that is no error."""

    @wraps(complete)
    async def checked(interaction: discord.Interaction[Any], typed: str) -> Choices:
        try:
            check_curator(interaction)
        except NotAllowed:
            return []
        return await complete(interaction, typed)

    return checked


def check_may_change(interaction: discord.Interaction[Any]) -> int:
    """The server's id, when its curators may change the articles it sees. Raises NotAllowed."""
    guild = check_curator(interaction)
    if not interaction.client.answers.servers.may_change(guild, _among(interaction, guild)):
        raise NotAllowed(curator_messages(interaction.locale).shared)
    return guild


def check_may_change_all(interaction: discord.Interaction[Any]) -> int:
    """The server's id, when its curators may roll back the whole index. Raises NotAllowed."""
    guild = check_curator(interaction)
    if not interaction.client.answers.servers.may_change_shared(guild, _among(interaction, guild)):
        raise NotAllowed(curator_messages(interaction.locale).not_the_whole)
    return guild


def _among(interaction: discord.Interaction[Any], guild: int) -> int:
    """In how many servers the bot is: those it was told of, and this one."""
    return len({guild, *(one.id for one in interaction.client.guilds)})
