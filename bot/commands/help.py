"""``/help``: the commands that the member who asks may use, here."""

from collections.abc import Iterator, Mapping
from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str

from bot.commands.base_client import QuothClient
from bot.text.messages import messages_for
from bot.text.translator import translated
from bot.ui.answer_view import ANSWERED, layout, show
from bot.ui.error_handling import handle_interaction_errors

Anything = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


@app_commands.command(name=locale_str("help"), description=locale_str("What you can do here"))
async def help_command(interaction: discord.Interaction[QuothClient]) -> None:
    """List what the member may use, privately."""
    async with handle_interaction_errors(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        box = ui.Container[ui.LayoutView](accent_colour=ANSWERED)
        box.add_item(ui.TextDisplay(help_text(interaction)))
        await show(interaction, layout(box))


def help_text(interaction: discord.Interaction[QuothClient]) -> str:
    """The commands as Discord links them, each with its description, and the other ways to ask.

    Those that not every member has stand by themselves.
    """
    words, client = messages_for(interaction.locale), interaction.client
    every: list[str] = []
    curators: list[str] = []
    for command in client.tree.walk_commands():
        if isinstance(command, app_commands.Command) and may_use(command, interaction):
            name = linked(command.qualified_name, client.command_ids)
            described = f"{name} · {translated(command.description, interaction.locale)}"
            (curators if _wants_permission(command) else every).append(described)
    menus = client.tree.get_commands(type=discord.AppCommandType.message)
    names = (translated(menu.name, interaction.locale) for menu in menus)
    every += map(words.help_message_command.format, names)
    in_server = interaction.guild_id is not None
    every.append(f"-# {words.help_mention if in_server else words.help_mention_dm}")
    title = [words.help_curators] * bool(curators)
    return "\n".join([words.help_title, *every, *title, *curators])


def may_use(command: Anything, interaction: discord.Interaction[Any]) -> bool:
    """Whether the command and the groups it is in are offered to this member, here.

    A server may have changed that in its own settings; the handlers check again.
    """
    for one in _upwards(command):
        if one.guild_only and interaction.guild_id is None:
            return False
        wanted = one.default_permissions
        if wanted is not None and not wanted <= interaction.permissions:
            return False
    return True


def _wants_permission(command: Anything) -> bool:
    return any(one.default_permissions is not None for one in _upwards(command))


def linked(name: str, ids: Mapping[str, int]) -> str:
    """The command so that a press begins it; its bare name before Discord has told its id."""
    number = ids.get(name.partition(" ")[0])
    return f"</{name}:{number}>" if number else f"`/{name}`"


def _upwards(command: Anything) -> Iterator[Anything]:
    one: Anything | None = command
    while one is not None:
        yield one
        one = getattr(one, "parent", None)
