"""``/settings``: what curators choose for their server, in one message of lists."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import discord
from discord import ChannelType, SelectOption, app_commands, ui
from discord.app_commands import locale_str

from bot.commands.base_client import QuothClient
from bot.commands.curate.permissions import check_curator
from bot.commands.curate.rebuild_progress import WORKING
from bot.storage.guilds import GuildSettings
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.messages import counted
from bot.ui.answer_view import show
from bot.ui.discord_compat import ChosenChannel
from bot.ui.error_handling import handle_interaction_errors
from bot.ui.persistent import PersistentSelect
from index.search.verdict import Strictness

_MOST_CHANNELS = 25
_TALKING = (
    *(ChannelType.text, ChannelType.news, ChannelType.forum),
    *(ChannelType.voice, ChannelType.stage_voice),
)
_RETENTION_DAYS = (1, 7, 30, 90, 365)
_COOLDOWN_SECONDS = (0, 5, 10, 30, 60, 300)

Choice = tuple[object, str, str | None]  # the value, its label, and what it means


@app_commands.command(
    name=locale_str("settings"), description=locale_str("How I behave in this server")
)
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
async def settings(interaction: discord.Interaction[QuothClient]) -> None:
    """Show them, to be changed on the spot."""
    async with handle_interaction_errors(interaction):
        guild = check_curator(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        chosen = await interaction.client.answers.servers.of(guild)
        await show(interaction, settings_view(chosen, curator_messages(interaction.locale)))


def settings_view(chosen: GuildSettings, words: CuratorMessages) -> ui.LayoutView:
    """A list for each setting, what holds now chosen in it."""
    box = ui.Container[ui.LayoutView](
        ui.TextDisplay(words.settings), ui.Separator(), accent_colour=WORKING
    )
    channels = _channels("channels", chosen.channels, _TALKING, words.set_channels_hint)
    forums = _channels("forums", chosen.forums, (ChannelType.forum,), words.set_forums_hint)
    _add(box, f"{words.set_channels}\n{words.set_channels_some}", channels)
    _add(box, words.set_forums, forums)
    for name, (label, choices) in _choices(words).items():
        _add(box, label, _select(name, choices, getattr(chosen, name)))
    view = ui.LayoutView(timeout=None)
    return view.add_item(box)


class Setting(PersistentSelect, template=r"quoth:set:(?P<name>[a-z_]{1,30})"):
    """One setting. What is chosen is kept and holds at once."""

    @classmethod
    def of(cls, item: Any) -> Self:
        """The list as an item of a message."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The message is shown again as it is now."""
        async with handle_interaction_errors(interaction):
            guild, words = check_curator(interaction), curator_messages(interaction.locale)
            await interaction.response.defer()
            name, values = self.state["name"], self.item.values
            changed = {name: _value(name, values, words)}
            chosen = await interaction.client.answers.servers.change(guild, **changed)
            await show(interaction, settings_view(chosen, words))


def _value(name: str, values: Sequence[Any], words: CuratorMessages) -> object:
    """What was chosen, as ``ServerSettings`` has it."""
    if name in {"channels", "forums"}:
        return tuple(channel.id for channel in values)
    choices = _choices(words)[name][1]
    return next(value for value, _, _ in choices if str(value) == values[0])


def _choices(words: CuratorMessages) -> dict[str, tuple[str, list[Choice]]]:
    """The label of each setting that is one of a few, and the few."""
    return {
        "private": (
            words.set_private,
            [(False, words.public, words.public_hint), (True, words.private, words.private_hint)],
        ),
        "strictness": (
            words.set_strictness,
            [
                (Strictness.STRICT, words.strict, words.strict_hint),
                (Strictness.BALANCED, words.balanced, words.balanced_hint),
                (Strictness.GENEROUS, words.generous, words.generous_hint),
            ],
        ),
        "quotes": (
            words.set_quotes,
            [(n, counted(n, words.one_quote, words.quotes), None) for n in range(1, 6)],
        ),
        "cooldown_seconds": (
            words.set_cooldown,
            [(n, _duration(n, words), None) for n in _COOLDOWN_SECONDS],
        ),
        "retention_days": (
            words.set_retention,
            [(n, counted(n, words.one_day, words.days), None) for n in _RETENTION_DAYS],
        ),
        "tell_answered": (
            words.set_tell,
            [(False, words.tell_no, None), (True, words.tell_yes, None)],
        ),
    }


def _duration(seconds: int, words: CuratorMessages) -> str:
    if not seconds:
        return words.no_cooldown
    if seconds < 60:
        return words.seconds.format(seconds)
    return counted(seconds // 60, words.one_minute, words.minutes)


def _add(box: ui.Container[ui.LayoutView], label: str, item: Any) -> None:
    box.add_item(ui.TextDisplay(label))
    box.add_item(ui.ActionRow(Setting.of(item)))


def _select(name: str, choices: Iterable[Choice], now: object) -> ui.Select[Any]:
    options = [
        SelectOption(label=label, value=str(value), description=hint, default=value == now)
        for value, label, hint in choices
    ]
    return ui.Select(custom_id=f"quoth:set:{name}", options=options)


def _channels(
    name: str, now: Sequence[int], kinds: Sequence[ChannelType], hint: str
) -> ui.ChannelSelect[Any]:
    return ui.ChannelSelect(
        custom_id=f"quoth:set:{name}",
        channel_types=list(kinds),
        placeholder=hint,
        min_values=0,
        max_values=_MOST_CHANNELS,
        default_values=[ChosenChannel(one) for one in now[:_MOST_CHANNELS]],
    )
