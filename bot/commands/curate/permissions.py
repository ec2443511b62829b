"""Check curators' permissions.

Every handler checks them, because a server's owner can make a command available to anyone.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from discord import app_commands

from bot.commands.completion import Choices
from bot.text.curator_messages import curator_messages
from bot.ui.base_client import Interaction
from index.errors import QuothError

Completion = Callable[[Interaction, str], Coroutine[Any, Any, Choices]]

IN_SERVERS_ONLY = app_commands.AppCommandContext(
    guild=True, dm_channel=False, private_channel=False
)


class NotAllowed(QuothError):
    """An action is not allowed or no longer possible; the message says why."""


def check_curator(interaction: Interaction) -> int:
    """Return the server's id. Raises NotAllowed unless this member may manage it."""
    messages = curator_messages(interaction.locale)
    if interaction.guild_id is None:
        raise NotAllowed(messages.only_in_servers)
    if not interaction.permissions.manage_guild:
        raise NotAllowed(messages.only_curators)
    return interaction.guild_id


def for_curators(complete: Completion) -> Completion:
    """Suggest nothing to members who are not curators."""

    @wraps(complete)
    async def complete_for_curator(interaction: Interaction, typed: str) -> Choices:
        try:
            check_curator(interaction)
        except NotAllowed:
            return []
        return await complete(interaction, typed)

    return complete_for_curator


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
