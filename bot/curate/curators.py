"""Who may curate: checked in every handler, for a server's owner can show a command to anybody."""

from typing import Any

import discord
from discord import app_commands

from bot.texts.curator_words import curator_words
from index.errors import QuothError

# Where Discord offers what curators can do.
IN_SERVERS_ONLY = app_commands.AppCommandContext(
    guild=True, dm_channel=False, private_channel=False
)


class NotAllowed(QuothError):
    """A member may not do that; the message says who may."""


def check_curator(interaction: discord.Interaction[Any]) -> int:
    """The server's id, when this member may manage it. Raises NotAllowed."""
    words = curator_words(interaction.locale)
    if interaction.guild_id is None:
        raise NotAllowed(words.only_in_servers)
    if not interaction.permissions.manage_guild:
        raise NotAllowed(words.only_curators)
    return interaction.guild_id


def check_may_change(interaction: discord.Interaction[Any]) -> int:
    """The server's id, when its curators may change the articles it sees. Raises NotAllowed."""
    guild, client = check_curator(interaction), interaction.client
    if not client.desk.servers.may_change(guild, len(client.guilds)):
        raise NotAllowed(curator_words(interaction.locale).shared)
    return guild


def check_may_change_all(interaction: discord.Interaction[Any]) -> int:
    """The server's id, when its curators may roll back the whole index. Raises NotAllowed."""
    guild, client = check_curator(interaction), interaction.client
    if not client.desk.servers.may_change_shared(guild, len(client.guilds)):
        raise NotAllowed(curator_words(interaction.locale).not_the_whole)
    return guild
