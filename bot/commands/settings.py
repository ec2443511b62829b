"""``/settings``: show a server's settings as select menus, on several pages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.commands.curate.permissions import NotAllowed, check_manager, defer_for_curator
from bot.storage.guilds import OTHER_CHANNELS, GuildSettings
from bot.text.curator_messages import curator_messages
from bot.text.messages import messages_for
from bot.ui.base_client import Interaction, State
from bot.ui.container import show
from bot.ui.curate.channels_view import (
    COLLECTIONS_PER_PAGE,
    channels_view,
    collection_value,
)
from bot.ui.curate.settings_view import (
    CHANNEL_SETTINGS,
    ROLE_SETTINGS,
    SettingsPage,
    options,
    page_of,
    settings_view,
)
from index.errors import QuestionError


@app_commands.command(description="Change how I behave in this server")
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
async def settings(interaction: Interaction) -> None:
    """Show the server's settings."""
    await defer_for_curator(interaction, check_manager)
    await _show(interaction, SettingsPage.ANSWERS)


async def turn_settings_page(interaction: Interaction, state: State) -> None:
    """Show another page of the settings, in place."""
    await check_manager(interaction)
    await interaction.response.defer()
    await _show(interaction, SettingsPage(state["page"]))


async def change_setting(interaction: Interaction, state: State, chosen: Sequence[Any]) -> None:
    """Save the chosen value, and show the settings again, with the old value if it is refused."""
    guild_id, messages = await check_manager(interaction), curator_messages(interaction.locale)
    name = state["name"]
    await interaction.response.defer()
    is_everyone = name in ROLE_SETTINGS and guild_id in (each.id for each in chosen)
    if not is_everyone:
        value = _chosen_value(interaction, name, chosen)
        await interaction.client.answers.guilds.update(guild_id, **{name: value})
    await _show(interaction, page_of(name))
    if is_everyone:
        raise NotAllowed(messages.everyone_refused)


def _chosen_value(interaction: Interaction, name: str, chosen: Sequence[Any]) -> object:
    """Return the value of a setting for what was chosen in its menu.

    Raises QuestionError for a choice in a menu of another version.
    """
    if name in ROLE_SETTINGS | CHANNEL_SETTINGS:
        return tuple(each.id for each in chosen)
    _, choices = options(curator_messages(interaction.locale)).get(name, ("", []))
    for value, _, _ in choices:
        if str(value) == chosen[0]:
            return value
    raise QuestionError(messages_for(interaction.locale).unknown_control)


async def choose_channel(interaction: Interaction, _state: State, chosen: Sequence[Any]) -> None:
    """Show which collections answer in the chosen channel."""
    await check_manager(interaction)
    await interaction.response.defer()
    await _show_channels(interaction, chosen[0].id)


async def show_channel(interaction: Interaction, state: State) -> None:
    """Show a page of the collections that can answer in a channel."""
    await check_manager(interaction)
    await interaction.response.defer()
    await _show_channels(interaction, int(state["channel"]), int(state["page"]))


async def choose_collections(interaction: Interaction, state: State, chosen: Sequence[Any]) -> None:
    """Save which of the collections on a page answer in a channel."""
    guild_id = await check_manager(interaction)
    await interaction.response.defer()
    guilds, channel, page = interaction.client.answers.guilds, int(state["channel"]), state["page"]
    current = await guilds.get(guild_id)
    names = await _collections(interaction, guild_id, current)
    first = int(page) * COLLECTIONS_PER_PAGE
    shown = set(names[first : first + COLLECTIONS_PER_PAGE])
    selected = {name for name in shown if collection_value(name) in chosen}
    kept = set(current.collections.get(channel, ())) - shown
    others = {key: value for key, value in current.collections.items() if key != channel}
    updated = {channel: tuple(sorted(kept | selected))} if kept | selected else {}
    await guilds.update(guild_id, collections=others | updated)
    await _show_channels(interaction, channel, int(page))


async def _show(interaction: Interaction, page: SettingsPage) -> None:
    """Show a page in the deferred response."""
    if page is SettingsPage.CHANNELS:
        await _show_channels(interaction, None)
        return
    guild_id = await check_manager(interaction)
    current = await interaction.client.answers.guilds.get(guild_id)
    current = _without_deleted(current, interaction.guild)
    await show(interaction, settings_view(page, current, curator_messages(interaction.locale)))


async def _show_channels(interaction: Interaction, channel: int | None, page: int = 0) -> None:
    guild_id = await check_manager(interaction)
    current = await interaction.client.answers.guilds.get(guild_id)
    current = _without_deleted(current, interaction.guild)
    names = await _collections(interaction, guild_id, current)
    messages = curator_messages(interaction.locale)
    await show(interaction, channels_view(current, names, channel, page, messages))


async def _collections(
    interaction: Interaction, guild_id: int, current: GuildSettings
) -> list[str]:
    """Return the collections with articles that a server sees, and those chosen for a channel."""
    chosen = {name for names in current.collections.values() for name in names}
    visible = await interaction.client.answers.read(
        guild_id, lambda articles: articles.searcher.opened.collections(articles.scope)
    )
    return sorted(chosen.union(visible))


def _without_deleted(current: GuildSettings, guild: discord.Guild | None) -> GuildSettings:
    """Leave out channels and roles that no longer exist."""
    if guild is None:
        return current
    checks: dict[str, Any] = dict.fromkeys(CHANNEL_SETTINGS, guild.get_channel)
    checks |= dict.fromkeys(ROLE_SETTINGS, guild.get_role)
    existing: dict[str, Any] = {
        name: tuple(filter(exists, getattr(current, name))) for name, exists in checks.items()
    }
    channels = {
        channel: names
        for channel, names in current.collections.items()
        if channel == OTHER_CHANNELS or guild.get_channel(channel)
    }
    return replace(current, collections=channels, **existing)
