"""``/help``: list the commands that the member may use in this place."""

from typing import Any

import discord
from discord import app_commands

from bot.commands.container import container_view
from bot.text.messages import messages_for
from bot.text.translator import translate_command_text
from bot.ui.answer_view import show
from bot.ui.base_client import Interaction


@app_commands.command(name="help", description="List the commands you can use here")
async def help_command(interaction: Interaction) -> None:
    """Show the help privately."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await show(interaction, container_view(help_text(interaction)))


def help_text(interaction: Interaction) -> str:
    """List the available commands, those for curators last, and other ways to ask."""
    messages, client = messages_for(interaction.locale), interaction.client
    for_members: list[str] = []
    for_curators: list[str] = []
    for command in client.tree.walk_commands():
        root = command.root_parent or command
        if isinstance(command, app_commands.Command) and is_available(root, interaction):
            name, command_id = command.qualified_name, client.command_ids.get(root.name)
            link = f"</{name}:{command_id}>" if command_id else f"`/{name}`"
            description = translate_command_text(command.description, interaction.locale)
            lines = for_members if root.default_permissions is None else for_curators
            lines.append(f"{link} · {description}")
    for menu in client.tree.get_commands(type=discord.AppCommandType.message):
        name = translate_command_text(menu.name, interaction.locale)
        for_members.append(messages.help_message_command.format(name))
    in_server = interaction.guild_id is not None
    mention = messages.help_mention if in_server else messages.help_direct_message
    curators_title = [messages.help_curators] if for_curators else []
    return "\n".join(
        [messages.help_title, *for_members, f"-# {mention}", *curators_title, *for_curators]
    )


def is_available(
    root: app_commands.Command[Any, ..., Any] | app_commands.Group, interaction: Interaction
) -> bool:
    """Tell whether Discord offers a top-level command to this member by default.

    A server can override the defaults in its settings, so the handlers check permissions again.
    """
    if root.guild_only and interaction.guild_id is None:
        return False
    required = root.default_permissions
    return required is None or required <= interaction.permissions
