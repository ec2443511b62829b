"""Build messages of a coloured container, or of one line, and show them."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

INFO_COLOUR = discord.Colour(0x5865F2)
SUCCESS_COLOUR = discord.Colour(0x23A55A)
WARNING_COLOUR = discord.Colour(0xF23F43)
_SHOWN = "shown"


def container_view(
    *texts: str,
    colour: discord.Colour = INFO_COLOUR,
    heading: str = "",
    buttons: Sequence[ui.Item[Any]] = (),
) -> ui.LayoutView:
    """Put texts into one container, with ``heading`` above it and ``buttons`` at its end."""
    container = ui.Container[ui.LayoutView](accent_colour=colour)
    for index, text in enumerate(texts):
        if index:
            container.add_item(ui.Separator())
        container.add_item(ui.TextDisplay(text))
    if buttons:
        container.add_item(ui.ActionRow(*buttons))
    view = ui.LayoutView(timeout=None)
    if heading:
        view.add_item(ui.TextDisplay(heading))
    return view.add_item(container)


def layout(container: ui.Container[ui.LayoutView], *rows: Sequence[ui.Item[Any]]) -> ui.LayoutView:
    """Build a message of a container that ends with the rows of buttons that are not empty."""
    filled = [row for row in rows if row]
    if filled:
        container.add_item(ui.Separator(visible=False))
    for row in filled:
        container.add_item(ui.ActionRow(*row))
    return ui.LayoutView(timeout=None).add_item(container)


def line_view(line: str, *buttons: ui.Item[Any]) -> ui.LayoutView:
    """Build a message of one line with a row of buttons below it."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(line))
    return view.add_item(ui.ActionRow(*buttons))


async def show(
    interaction: discord.Interaction[Any], view: ui.LayoutView
) -> discord.InteractionMessage:
    """Show ``view`` as the response that the interaction deferred."""
    message = await interaction.edit_original_response(view=view)
    interaction.extras[_SHOWN] = True
    return message


def is_shown(interaction: discord.Interaction[Any]) -> bool:
    """Return whether the response shows a view, which Discord lets no plain text replace."""
    return _SHOWN in interaction.extras
