"""Render the pages of ``/settings`` that have a select menu for each setting."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from discord import ButtonStyle, ChannelType, SelectOption, ui

from bot.storage.guilds import GuildSettings
from bot.text.curator_messages import CuratorMessages
from bot.ui.container import INFO_COLOUR, layout
from bot.ui.persistent import PersistentButton, PersistentSelect
from bot.ui.transport.discord_compat import DefaultChannel, DefaultRole
from index.search.verdict import Strictness

CHANNEL_SETTINGS = {"channels", "forums", "helper_channel", "report_channel"}
ROLE_SETTINGS = {"curator_roles", "helper_role"}
_MAX_CHOSEN = 25  # channels or roles
CHANNEL_TYPES = [
    *(ChannelType.text, ChannelType.news, ChannelType.forum),
    *(ChannelType.voice, ChannelType.stage_voice),
]
_HELPER_CHANNEL_TYPES = [ChannelType.text, ChannelType.forum]
_REPORT_CHANNEL_TYPES = [ChannelType.text, ChannelType.news]
_RETENTION_DAYS = (1, 7, 30, 90, 365)
_COOLDOWN_SECONDS = (0, 5, 10, 30, 60, 300)

SettingOption = tuple[object, str, str | None]  # value, label and description


class SettingsPage(StrEnum):
    """The pages of the settings."""

    ANSWERS = "answers"
    PEOPLE = "people"
    CHANNELS = "channels"


_PEOPLE_SETTINGS = ("curator_roles", "helper_role", "helper_channel", "report_channel")


def page_of(name: str) -> SettingsPage:
    """Return the page with a setting."""
    return SettingsPage.PEOPLE if name in _PEOPLE_SETTINGS else SettingsPage.ANSWERS


class SettingSelect(PersistentSelect, template=r"quoth:set:(?P<name>[a-z_]{1,30})"):
    """Change one setting; the change takes effect at once."""


class SettingsPageButton(
    PersistentButton, template=r"quoth:settings:(?P<page>answers|people|channels)"
):
    """Show another page of the settings, in place."""


def settings_view(
    page: SettingsPage, current: GuildSettings, messages: CuratorMessages
) -> ui.LayoutView:
    """Render a select menu for each setting of a page, with its current value selected."""
    container = ui.Container[ui.LayoutView](
        ui.TextDisplay(messages.settings_heading), ui.Separator(), accent_colour=INFO_COLOUR
    )
    menus = _people_menus if page is SettingsPage.PEOPLE else _answer_menus
    for label, select in menus(current, messages):
        container.add_item(ui.TextDisplay(label))
        container.add_item(ui.ActionRow(SettingSelect(select)))
    return layout(container, page_buttons(page, messages))


def page_buttons(page: SettingsPage, messages: CuratorMessages) -> list[ui.Item[Any]]:
    """Return the buttons that show the other pages."""
    labels = {
        SettingsPage.ANSWERS: messages.settings_answers,
        SettingsPage.PEOPLE: messages.settings_people,
        SettingsPage.CHANNELS: messages.settings_channels,
    }
    return [
        SettingsPageButton.create(other, label=label, style=ButtonStyle.primary)
        for other, label in labels.items()
        if other is not page
    ]


def _answer_menus(current: GuildSettings, messages: CuratorMessages) -> list[tuple[str, Any]]:
    channels_label = f"{messages.channels_label}\n{messages.channels_hint}"
    placeholder = messages.channels_placeholder
    channels = _channel_select("channels", current.channels, CHANNEL_TYPES, placeholder)
    placeholder = messages.forums_placeholder
    forums = _channel_select("forums", current.forums, [ChannelType.forum], placeholder)
    return [
        (channels_label, channels),
        (messages.forums_label, forums),
        *(
            (label, _option_select(name, getattr(current, name), choices))
            for name, (label, choices) in options(messages).items()
        ),
    ]


def _people_menus(current: GuildSettings, messages: CuratorMessages) -> list[tuple[str, Any]]:
    helper_channel = _channel_select(
        "helper_channel",
        current.helper_channel,
        _HELPER_CHANNEL_TYPES,
        messages.helper_channel_placeholder,
        limit=1,
    )
    report_channel = _channel_select(
        "report_channel",
        current.report_channel,
        _REPORT_CHANNEL_TYPES,
        messages.report_channel_placeholder,
        limit=1,
    )
    no_role = messages.helper_role_placeholder
    no_curators = messages.curator_roles_placeholder
    return [
        (
            f"{messages.curator_roles_label}\n{messages.curator_roles_hint}",
            _role_select("curator_roles", current.curator_roles, no_curators),
        ),
        (
            f"{messages.helper_role_label}\n{messages.helper_role_hint}",
            _role_select("helper_role", current.helper_role, no_role, limit=1),
        ),
        (f"{messages.helper_channel_label}\n{messages.helper_channel_hint}", helper_channel),
        (messages.report_channel_label, report_channel),
    ]


def options(messages: CuratorMessages) -> dict[str, tuple[str, list[SettingOption]]]:
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
        "threads": (
            messages.threads_label,
            [
                (False, messages.threads_off, None),
                (True, messages.threads_on, messages.threads_hint),
            ],
        ),
        "strictness": (messages.strictness_label, strictness),
        "quotes": (messages.quotes_label, quotes),
        "cooldown_seconds": (messages.cooldown_label, cooldown),
        "retention_days": (messages.retention_label, retention),
        "tell_answered": (
            messages.announce_label,
            [(False, messages.announce_off, None), (True, messages.announce_on, None)],
        ),
        "mark_changed_quotes": (
            messages.changed_quotes_label,
            [
                (True, messages.changed_quotes_on, messages.changed_quotes_hint),
                (False, messages.changed_quotes_off, None),
            ],
        ),
    }


def _duration(seconds: int, messages: CuratorMessages) -> str:
    if not seconds:
        return messages.no_cooldown
    if seconds < 60:
        return messages.seconds(seconds)
    return messages.minutes(seconds // 60)


def _option_select(
    name: str, selected: object, choices: Sequence[SettingOption]
) -> ui.Select[ui.LayoutView]:
    shown = [
        SelectOption(label=text, value=str(value), description=hint, default=value == selected)
        for value, text, hint in choices
    ]
    return ui.Select(custom_id=f"quoth:set:{name}", options=shown)


def _channel_select(
    name: str,
    channel_ids: Sequence[int],
    types: list[ChannelType],
    placeholder: str,
    limit: int = _MAX_CHOSEN,
) -> ui.ChannelSelect[ui.LayoutView]:
    return ui.ChannelSelect(
        custom_id=f"quoth:set:{name}",
        channel_types=types,
        placeholder=placeholder,
        min_values=0,
        max_values=limit,
        default_values=[DefaultChannel(channel_id) for channel_id in channel_ids[:limit]],
    )


def _role_select(
    name: str, role_ids: Sequence[int], placeholder: str, limit: int = _MAX_CHOSEN
) -> ui.RoleSelect[ui.LayoutView]:
    return ui.RoleSelect(
        custom_id=f"quoth:set:{name}",
        placeholder=placeholder,
        min_values=0,
        max_values=limit,
        default_values=[DefaultRole(role_id) for role_id in role_ids[:limit]],
    )
