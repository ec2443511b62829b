"""``/settings``: show a server's settings as select menus."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from discord import ChannelType, SelectOption, app_commands, ui

from bot.commands.container import INFO_COLOUR
from bot.commands.curate.permissions import check_curator, defer_for_curator
from bot.storage.guilds import GuildSettings
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.ui.answer_view import layout, show
from bot.ui.base_client import Interaction, State
from bot.ui.discord_compat import DefaultChannel
from bot.ui.persistent import PersistentSelect
from index.search.verdict import Strictness

_MAX_CHANNELS = 25
_CHANNEL_TYPES = [
    *(ChannelType.text, ChannelType.news, ChannelType.forum),
    *(ChannelType.voice, ChannelType.stage_voice),
]
_RETENTION_DAYS = (1, 7, 30, 90, 365)
_COOLDOWN_SECONDS = (0, 5, 10, 30, 60, 300)

SettingOption = tuple[object, str, str | None]  # value, label and description


class SettingSelect(PersistentSelect, template=r"quoth:set:(?P<name>[a-z_]{1,30})"):
    """Change one setting; the change takes effect at once."""


@app_commands.command(description="Change how I behave in this server")
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
async def settings(interaction: Interaction) -> None:
    """Show the server's settings."""
    guild_id = await defer_for_curator(interaction)
    current = await interaction.client.answers.guilds.get(guild_id)
    await _show(interaction, current)


async def change_setting(interaction: Interaction, state: State, chosen: Sequence[Any]) -> None:
    """Save the chosen value, and show the settings again."""
    guild_id, messages = check_curator(interaction), curator_messages(interaction.locale)
    await interaction.response.defer()
    name = state["name"]
    if name in {"channels", "forums"}:
        value: object = tuple(channel.id for channel in chosen)
    else:
        options = _options(messages)[name][1]
        value = next(value for value, _, _ in options if str(value) == chosen[0])
    current = await interaction.client.answers.guilds.update(guild_id, **{name: value})
    await _show(interaction, current)


async def _show(interaction: Interaction, current: GuildSettings) -> None:
    """Show the settings in the deferred response, without channels that were deleted."""
    if interaction.guild is not None:
        exists = interaction.guild.get_channel
        channels, forums = (
            tuple(filter(exists, ids)) for ids in (current.channels, current.forums)
        )
        current = replace(current, channels=channels, forums=forums)
    await show(interaction, settings_view(current, curator_messages(interaction.locale)))


def settings_view(current: GuildSettings, messages: CuratorMessages) -> ui.LayoutView:
    """Render a select menu for each setting, with its current value selected."""
    container = ui.Container[ui.LayoutView](
        ui.TextDisplay(messages.settings_heading), ui.Separator(), accent_colour=INFO_COLOUR
    )
    channels_label = f"{messages.channels_label}\n{messages.channels_hint}"
    placeholder = messages.channels_placeholder
    channels = _channel_select("channels", current.channels, _CHANNEL_TYPES, placeholder)
    placeholder = messages.forums_placeholder
    forums = _channel_select("forums", current.forums, [ChannelType.forum], placeholder)
    selects: list[tuple[str, Any]] = [(channels_label, channels), (messages.forums_label, forums)]
    for name, (label, options) in _options(messages).items():
        selected = getattr(current, name)
        options_shown = [
            SelectOption(label=text, value=str(value), description=hint, default=value == selected)
            for value, text, hint in options
        ]
        selects.append((label, ui.Select(custom_id=f"quoth:set:{name}", options=options_shown)))
    for label, select in selects:
        container.add_item(ui.TextDisplay(label))
        container.add_item(ui.ActionRow(SettingSelect(select)))
    return layout(container)


def _options(messages: CuratorMessages) -> dict[str, tuple[str, list[SettingOption]]]:
    """Return the label and the options of each setting that has a fixed list of values."""
    visibility: list[SettingOption] = [
        (False, messages.public, messages.public_hint),
        (True, messages.private, messages.private_hint),
    ]
    strictness: list[SettingOption] = [
        (Strictness.STRICT, messages.strict, messages.strict_hint),
        (Strictness.BALANCED, messages.balanced, messages.balanced_hint),
        (Strictness.GENEROUS, messages.generous, messages.generous_hint),
    ]
    quotes: list[SettingOption] = [(n, messages.quotes(n), None) for n in range(1, 6)]
    cooldown: list[SettingOption] = [(n, _duration(n, messages), None) for n in _COOLDOWN_SECONDS]
    retention: list[SettingOption] = [(n, messages.days(n), None) for n in _RETENTION_DAYS]
    return {
        "private": (messages.private_label, visibility),
        "strictness": (messages.strictness_label, strictness),
        "quotes": (messages.quotes_label, quotes),
        "cooldown_seconds": (messages.cooldown_label, cooldown),
        "retention_days": (messages.retention_label, retention),
        "tell_answered": (
            messages.announce_label,
            [(False, messages.announce_off, None), (True, messages.announce_on, None)],
        ),
    }


def _duration(seconds: int, messages: CuratorMessages) -> str:
    if not seconds:
        return messages.no_cooldown
    if seconds < 60:
        return messages.seconds(seconds)
    return messages.minutes(seconds // 60)


def _channel_select(
    name: str, channel_ids: Sequence[int], types: list[ChannelType], placeholder: str
) -> ui.ChannelSelect[ui.LayoutView]:
    return ui.ChannelSelect(
        custom_id=f"quoth:set:{name}",
        channel_types=types,
        placeholder=placeholder,
        min_values=0,
        max_values=_MAX_CHANNELS,
        default_values=[DefaultChannel(channel_id) for channel_id in channel_ids[:_MAX_CHANNELS]],
    )
