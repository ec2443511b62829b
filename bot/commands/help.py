"""``/help``: list the commands that the member may use in this place."""

from typing import Any

import discord
from discord import app_commands

from bot.text.messages import messages_for
from bot.text.translator import translate_command_text
from bot.ui.base_client import Interaction, QuothClient
from bot.ui.container import container_view, show


@app_commands.command(name="help", description="List the commands you can use here")
async def help_command(interaction: Interaction) -> None:
    """Show the help privately."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    permissions = None if interaction.guild_id is None else interaction.permissions
    text = help_text(interaction.client, interaction.locale, permissions)
    await show(interaction, container_view(text))


def help_text(
    client: QuothClient, locale: discord.Locale | None, permissions: discord.Permissions | None
) -> str:
    """List the available commands, those for curators last, and other ways to ask.

    ``permissions`` are those of the member in the server, None in a direct message.
    """
    messages = messages_for(locale)
    for_members: list[str] = []
    for_curators: list[str] = []
    for command in client.tree.walk_commands():
        root = command.root_parent or command
        if isinstance(command, app_commands.Command) and is_available(root, permissions):
            name, command_id = command.qualified_name, client.command_ids.get(root.name)
            link = f"</{name}:{command_id}>" if command_id else f"`/{name}`"
            description = translate_command_text(command.description, locale)
            lines = for_members if root.default_permissions is None else for_curators
            lines.append(f"{link} · {description}")
    for menu in client.tree.get_commands(type=discord.AppCommandType.message):
        if is_available(menu, permissions):
            name = translate_command_text(menu.name, locale)
            lines = for_members if menu.default_permissions is None else for_curators
            lines.append(messages.help_message_command.format(name))
    mention = messages.help_direct_message if permissions is None else messages.help_mention
    curators_title = [messages.help_curators] if for_curators else []
    return "\n".join(
        [
            messages.help_introduction,
            messages.help_title,
            *for_members,
            f"-# {mention}",
            *curators_title,
            *for_curators,
        ]
    )


def is_available(
    root: app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu,
    permissions: discord.Permissions | None,
) -> bool:
    """Tell whether Discord offers a top-level command to this member by default.

    A server can override the defaults in its settings, so the handlers check permissions again.
    """
    if permissions is None:
        return not root.guild_only
    required = root.default_permissions
    return required is None or required <= permissions
