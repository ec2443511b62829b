"""Check curators' permissions.

Every handler checks them, because a server's owner can make a command available to anyone.
"""

from collections.abc import Callable

from discord import app_commands

from bot.text.curator_messages import curator_messages
from bot.ui.base_client import Interaction
from index.errors import QuothError

IN_SERVERS_ONLY = app_commands.AppCommandContext(
    guild=True, dm_channel=False, private_channel=False
)


class NotAllowed(QuothError):
    """An action is not allowed or no longer possible; the message says why."""


def is_curator(interaction: Interaction) -> bool:
    """Tell whether this member may manage the server."""
    return interaction.guild_id is not None and interaction.permissions.manage_guild


def check_curator(interaction: Interaction) -> int:
    """Return the server's id. Raises NotAllowed unless this member may manage it."""
    messages = curator_messages(interaction.locale)
    if interaction.guild_id is None:
        raise NotAllowed(messages.only_in_servers)
    if not is_curator(interaction):
        raise NotAllowed(messages.only_curators)
    return interaction.guild_id


async def defer_for_curator(
    interaction: Interaction, check: Callable[[Interaction], int] = check_curator
) -> int:
    """Check permissions, defer a private response, and return the server's id."""
    guild_id = check(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    return guild_id


def check_may_change(interaction: Interaction) -> int:
    """Return the server's id. Raises NotAllowed unless it may change the articles it sees."""
    guild_id = check_curator(interaction)
    guild_count = _guild_count(interaction, guild_id)
    if not interaction.client.answers.guilds.may_change(guild_id, guild_count):
        raise NotAllowed(curator_messages(interaction.locale).articles_are_shared)
    return guild_id


def check_may_change_all(interaction: Interaction) -> int:
    """Return the server's id. Raises NotAllowed unless it may roll back the whole index."""
    guild_id = check_curator(interaction)
    guild_count = _guild_count(interaction, guild_id)
    if not interaction.client.answers.guilds.may_change_shared(guild_id, guild_count):
        raise NotAllowed(curator_messages(interaction.locale).rollback_not_allowed)
    return guild_id


def _guild_count(interaction: Interaction, guild_id: int) -> int:
    """Count the bot's servers, including this one if it is not in the cache."""
    return len({guild_id, *(guild.id for guild in interaction.client.guilds)})
