"""Buttons and select menus that survive a restart: their state is in the custom_id.

A class here describes a component; ``ComponentHandlers`` of the client names the function that
handles it. They are separate because a handler usually sends a message with the same buttons.
"""

import re
from typing import Any, ClassVar, Self

import discord
from discord import ButtonStyle, ui
from discord.ui.select import BaseSelect

from bot.ui.base_client import QuothClient
from bot.ui.error_handling import handle_interaction_errors

LABEL_LIMIT = 38  # characters; Discord accepts 80 but displays only these


class PersistentButton(ui.DynamicItem[ui.Button[Any]], template="quoth:never"):
    """A button that is rebuilt from its custom_id when it is pressed.

    ``state`` holds the named groups of the class's template.
    """

    prefix: ClassVar[str]  # of the custom_id, before the state

    def __init_subclass__(cls, *, template: str) -> None:
        super().__init_subclass__(template=template)
        cls.prefix = template.partition(":(?P<")[0]

    def __init__(
        self,
        custom_id: str,
        label: str = "",
        *,
        emoji: str | None = None,
        style: ButtonStyle = ButtonStyle.secondary,
    ) -> None:
        super().__init__(
            ui.Button(
                style=style, label=label[:LABEL_LIMIT] or None, emoji=emoji, custom_id=custom_id
            )
        )
        match = self.template.fullmatch(custom_id)
        self.state: dict[str, str] = match.groupdict() if match else {}

    @classmethod
    def create(
        cls,
        *state: object,
        label: str = "",
        emoji: str | None = None,
        style: ButtonStyle = ButtonStyle.secondary,
    ) -> Self:
        """Build a button whose custom_id carries ``state``, in the template's order."""
        custom_id = ":".join([cls.prefix, *map(str, state)])
        return cls(custom_id, label, emoji=emoji, style=style)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button that was pressed."""
        return cls(match[0])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run the client's handler and report its errors to the member."""
        async with handle_interaction_errors(interaction):
            await interaction.client.handlers.buttons[type(self)](interaction, self.state)


class PersistentSelect(ui.DynamicItem[BaseSelect[Any]], template="quoth:never-select"):
    """A select menu that is rebuilt from its custom_id when a member chooses from it."""

    def __init__(self, item: BaseSelect[Any]) -> None:
        super().__init__(item)
        match = self.template.fullmatch(item.custom_id)
        self.state: dict[str, str] = match.groupdict() if match else {}

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the select menu that was used."""
        if not isinstance(item, BaseSelect):
            raise TypeError(f"{match[0]} is a {type(item).__name__}, expected a select menu")
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run the client's handler with the chosen values and report its errors to the member."""
        async with handle_interaction_errors(interaction):
            handler = interaction.client.handlers.selects[type(self)]
            await handler(interaction, self.state, self.item.values)


def has_handler(client: QuothClient, custom_id: str) -> bool:
    """Return whether a button or select menu with this custom_id is handled."""
    items = (*client.handlers.buttons, *client.handlers.selects)
    return any(item.__discord_ui_compiled_template__.fullmatch(custom_id) for item in items)
