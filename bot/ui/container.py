"""Build messages of texts in a coloured container."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

INFO_COLOUR = discord.Colour(0x5865F2)
SUCCESS_COLOUR = discord.Colour(0x23A55A)
WARNING_COLOUR = discord.Colour(0xF23F43)


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
