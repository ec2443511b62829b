"""Buttons that outlive a restart: the custom_id holds their state, memory holds nothing.

What a button *is* stands in a class; what it *does* is registered with ``pressed``, because it
mostly shows a message that has the same buttons under it again.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar

import discord
from discord import ButtonStyle, ui
from discord.ui.select import BaseSelect

from bot.ui.error_handling import handle_interaction_errors

LABEL_LIMIT = 38  # Discord takes 80 characters of a label and shows these

_KNOWN: list[re.Pattern[str]] = []  # templates of every button and list

Press = Callable[[discord.Interaction[Any], dict[str, str]], Awaitable[None]]
_HANDLERS: dict[type, Press] = {}
Handler = TypeVar("Handler", bound=Press)


class PersistentButton(ui.DynamicItem[ui.Button[Any]], template="quoth:never"):
    """Made again from its custom_id when it is pressed; ``state`` is what the template names."""

    def __init_subclass__(cls, *, template: str) -> None:
        super().__init_subclass__(template=template)
        _KNOWN.append(re.compile(template))

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
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Made again."""
        return cls(match[0])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what was registered; an error is told to who pressed."""
        async with handle_interaction_errors(interaction):
            await _HANDLERS[type(self)](interaction, self.state)


class PersistentSelect(ui.DynamicItem[BaseSelect[Any]], template="quoth:never-select"):
    """A list to choose from, made again when somebody chose; ``self.item.values`` says what."""

    def __init_subclass__(cls, *, template: str) -> None:
        super().__init_subclass__(template=template)
        _KNOWN.append(re.compile(template))

    def __init__(self, item: BaseSelect[Any]) -> None:
        super().__init__(item)
        match = self.template.fullmatch(item.custom_id)
        self.state: dict[str, str] = match.groupdict() if match else {}

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Made again."""
        if not isinstance(item, BaseSelect):
            raise TypeError(f"{match[0]} is a {type(item).__name__}, wanted a Select")
        return cls(item)


def is_known(custom_id: str) -> bool:
    """Whether a button or a list of that custom_id does something."""
    return any(template.fullmatch(custom_id) for template in _KNOWN)


def pressed(button: type[PersistentButton]) -> Callable[[Handler], Handler]:
    """Register what pressing a button of this class does."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[button] = handler
        return handler

    return register
