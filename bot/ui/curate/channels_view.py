"""Render the page of ``/settings`` that says which collections answer in which channel."""

from collections.abc import Sequence
from typing import Any

from discord import SelectOption, ui

from bot.questions.autocomplete import truncate_choice
from bot.storage.guilds import OTHER_CHANNELS, GuildSettings
from bot.text.curator_messages import CuratorMessages
from bot.text.truncate import shorten
from bot.ui.container import INFO_COLOUR, layout
from bot.ui.curate.curator_text import fit_lines
from bot.ui.curate.settings_view import CHANNEL_TYPES, SettingsPage, page_buttons
from bot.ui.persistent import PersistentButton, PersistentSelect
from bot.ui.transport.discord_compat import DefaultChannel
from index.filters import is_private
from index.types import digest

COLLECTIONS_PER_PAGE = 25  # Discord's limit for the options of a menu
_MAX_LISTED_UNITS = 1500  # of the choices for each channel


class ChannelSelect(PersistentSelect, template=r"quoth:set-channel"):
    """Show the collections that answer in the chosen channel."""


class ChannelButton(
    PersistentButton, template=r"quoth:channel:(?P<channel>\d{1,20}):(?P<page>\d{1,4})"
):
    """Show a page of the collections that can answer in a channel."""


class CollectionsSelect(
    PersistentSelect, template=r"quoth:set-collections:(?P<channel>\d{1,20}):(?P<page>\d{1,4})"
):
    """Choose which of the collections on a page answer in a channel."""


def channels_view(
    current: GuildSettings,
    names: Sequence[str],
    channel: int | None,
    page: int,
    messages: CuratorMessages,
) -> ui.LayoutView:
    """Render which collections answer in which channel, and a menu to choose those of one.

    ``names`` are all collections; ``page`` counts from 0, because a menu has 25 options at most.
    """
    container = ui.Container[ui.LayoutView](
        ui.TextDisplay(messages.collections_heading), ui.Separator(), accent_colour=INFO_COLOUR
    )
    lines = [
        f"{_channel_name(key, messages)}: "
        + ", ".join(shorten(_collection_name(name, messages), 100) for name in chosen)
        for key, chosen in sorted(current.collections.items())
    ]
    listed = fit_lines(lines, _MAX_LISTED_UNITS) if lines else messages.no_channel_collections
    container.add_item(ui.TextDisplay(listed))
    picker: Any = ui.ChannelSelect(
        custom_id="quoth:set-channel",
        channel_types=CHANNEL_TYPES,
        placeholder=messages.choose_channel,
        default_values=[DefaultChannel(channel)] if channel else [],
    )
    container.add_item(ui.ActionRow(ChannelSelect(picker)))
    buttons: list[ui.Item[Any]] = []
    if channel != OTHER_CHANNELS:
        buttons.append(ChannelButton.create(OTHER_CHANNELS, 0, label=messages.other_channels))
    if channel is not None:
        container.add_item(ui.TextDisplay(f"**{_channel_name(channel, messages)}**"))
        select = _collections_select(current, names, channel, page, messages)
        container.add_item(ui.ActionRow(select))
        buttons += _turn_buttons(names, channel, page, messages)
    return layout(container, buttons, page_buttons(SettingsPage.CHANNELS, messages))


def _turn_buttons(
    names: Sequence[str], channel: int, page: int, messages: CuratorMessages
) -> list[ui.Item[Any]]:
    buttons: list[ui.Item[Any]] = []
    if page > 0:
        label = messages.previous_page
        buttons.append(ChannelButton.create(channel, page - 1, label=label))
    if len(names) > (page + 1) * COLLECTIONS_PER_PAGE:
        buttons.append(ChannelButton.create(channel, page + 1, label=messages.next_page))
    return buttons


def _collections_select(
    current: GuildSettings,
    names: Sequence[str],
    channel: int,
    page: int,
    messages: CuratorMessages,
) -> CollectionsSelect:
    chosen, first = current.collections.get(channel, ()), page * COLLECTIONS_PER_PAGE
    options = [
        SelectOption(
            label=truncate_choice(_collection_name(name, messages)),
            value=collection_value(name),
            default=name in chosen,
        )
        for name in names[first : first + COLLECTIONS_PER_PAGE]
    ] or [SelectOption(label=messages.outside_collections, value=collection_value(""))]
    return CollectionsSelect(
        ui.Select[ui.LayoutView](
            custom_id=f"quoth:set-collections:{channel}:{page}",
            placeholder=messages.all_collections,
            min_values=0,
            max_values=len(options),
            options=options,
        )
    )


def collection_value(name: str) -> str:
    """Return the value that stands for a collection in a menu, whose values are limited."""
    return digest(name)[:24]


def _collection_name(name: str, messages: CuratorMessages) -> str:
    return messages.quoted_collection if is_private(name) else name or messages.outside_collections


def _channel_name(channel: int, messages: CuratorMessages) -> str:
    return messages.other_channels if channel == OTHER_CHANNELS else f"<#{channel}>"
