"""Buttons that outlive a restart: the custom_id holds their state, memory holds nothing."""

import re
from typing import Any, Self

import discord
from discord import ButtonStyle, ui

LABEL_LIMIT = 38  # Discord takes 80 characters of a label and shows these


class PersistentButton(ui.DynamicItem[ui.Button[Any]], template="quoth:never"):
    """Made again from its custom_id when it is pressed; ``state`` is what the template names."""

    def __init__(self, custom_id: str, label: str = "") -> None:
        super().__init__(
            ui.Button(style=ButtonStyle.secondary, label=label[:LABEL_LIMIT], custom_id=custom_id)
        )
        match = self.template.fullmatch(custom_id)
        self.state: dict[str, str] = match.groupdict() if match else {}

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Made again."""
        return cls(match[0])
