"""Check curators' permissions.

Every handler checks them, because a server's owner can make a command available to anyone.
"""

from collections.abc import Awaitable, Callable

from bot.text.curator_messages import curator_messages
from bot.ui.base_client import Interaction
from index.errors import QuothError


class NotAllowed(QuothError):
    """An action is not allowed or no longer possible; the message says why."""


async def is_curator(interaction: Interaction) -> bool:
    """Tell whether this member may manage the server, or has a role that curators have."""
    if interaction.guild_id is None:
        return False
    if interaction.permissions.manage_guild:
        return True
    settings = await interaction.client.answers.guilds.get(interaction.guild_id)
    roles = {role.id for role in getattr(interaction.user, "roles", ())}
    return not roles.isdisjoint(settings.curator_roles)


async def check_curator(interaction: Interaction) -> int:
    """Return the server's id. Raises NotAllowed unless this member is a curator."""
    messages = curator_messages(interaction.locale)
    if interaction.guild_id is None:
        raise NotAllowed(messages.only_in_servers)
    if not await is_curator(interaction):
        raise NotAllowed(messages.only_curators)
    return interaction.guild_id


async def check_manager(interaction: Interaction) -> int:
    """Return the server's id. Raises NotAllowed unless this member may manage the server.

    Settings need that: they say which roles curators have.
    """
    guild_id, messages = interaction.guild_id, curator_messages(interaction.locale)
    if guild_id is None:
        raise NotAllowed(messages.only_in_servers)
    if not interaction.permissions.manage_guild:
        raise NotAllowed(messages.only_managers)
    return guild_id


async def defer_for_curator(
    interaction: Interaction, check: Callable[[Interaction], Awaitable[int]] = check_curator
) -> int:
    """Defer a private response, check permissions, and return the server's id."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    return await check(interaction)


async def defer_in_place(
    interaction: Interaction, check: Callable[[Interaction], Awaitable[int]] = check_curator
) -> int:
    """Defer a change of the message, check permissions, and return the server's id."""
    await interaction.response.defer()
    return await check(interaction)


def may_change(interaction: Interaction, *, all_articles: bool = False) -> bool:
    """Tell whether a server may change the articles it sees, or those of all servers."""
    guild_id, client = interaction.guild_id or 0, interaction.client
    guilds = client.answers.guilds
    check = guilds.may_change_shared if all_articles else guilds.may_change
    return check(guild_id, client.guild_count(guild_id))


async def check_may_change(interaction: Interaction, *, all_articles: bool = False) -> int:
    """Return the server's id. Raises NotAllowed unless it may change the articles it sees.

    With ``all_articles`` it must be allowed to change those of all servers, as a rollback does.
    """
    guild_id, messages = await check_curator(interaction), curator_messages(interaction.locale)
    if not may_change(interaction, all_articles=all_articles):
        raise NotAllowed(
            messages.rollback_not_allowed if all_articles else messages.articles_are_shared
        )
    return guild_id
