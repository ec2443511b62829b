"""Buttons and select menus that survive a restart: their state is in the custom_id.

A class here describes a component; ``ComponentHandlers`` of the client names the function that
handles it. They are separate because a handler usually sends a message with the same buttons.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

import discord
from discord import ButtonStyle, ComponentType, ui

from bot.ui.base_client import Interaction, QuothClient, State
from bot.ui.error_handling import handle_interaction_errors

_COMPONENTS: Mapping[Any, Callable[..., ui.Item[Any]]] = {  # by Discord's number
    ComponentType.button.value: ui.Button,
    ComponentType.string_select.value: ui.Select,
    ComponentType.role_select.value: ui.RoleSelect,
    ComponentType.channel_select.value: ui.ChannelSelect,
}
LABEL_LIMIT = 38  # characters; Discord accepts 80 but displays only these


class PersistentItem(ui.DynamicItem[Any], template="quoth:never"):
    """A component that is rebuilt from its custom_id when it is used."""

    @property
    def state(self) -> State:
        """The named groups of the class's template."""
        match = self.template.fullmatch(self.custom_id)
        return match.groupdict() if match else {}

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the component that was used."""
        return cls(item)

    async def handle(self, interaction: Interaction) -> None:
        """Run the client's handler."""
        await interaction.client.handlers.buttons[type(self)](interaction, self.state)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Handle the use and report errors to the member."""
        async with handle_interaction_errors(interaction):
            await self.handle(interaction)


class PersistentButton(PersistentItem, template="quoth:never-button"):
    """A button; its custom_id has the state after ``prefix``."""

    prefix: ClassVar[str]

    def __init_subclass__(cls, *, template: str) -> None:
        super().__init_subclass__(template=template)
        cls.prefix = template.partition(":(?P<")[0]

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
        label = label[:LABEL_LIMIT]
        return cls(ui.Button(style=style, label=label or None, emoji=emoji, custom_id=custom_id))


class PersistentSelect(PersistentItem, template="quoth:never-select"):
    """A select menu; its handler also gets the chosen values."""

    async def handle(self, interaction: Interaction) -> None:
        """Run the client's handler; a choice of nothing counts only where that is allowed."""
        if not self.item.values and self.item.min_values > 0:
            await interaction.response.defer()
            return
        handler = interaction.client.handlers.selects[type(self)]
        await handler(interaction, self.state, self.item.values)


def has_handler(client: QuothClient, custom_id: str) -> bool:
    """Return whether a button or select menu with this custom_id is handled."""
    return _item_class(client, custom_id) is not None


def _item_class(client: QuothClient, custom_id: str) -> type[ui.DynamicItem[Any]] | None:
    classes = (*client.handlers.buttons, *client.handlers.selects)
    matching = (
        each for each in classes if each.__discord_ui_compiled_template__.fullmatch(custom_id)
    )
    return next(matching, None)


async def handle_unlisted(interaction: Interaction, data: Mapping[str, Any]) -> None:
    """Handle a component that the message of its interaction does not list.

    discord.py passes over it.
    """
    kind = _item_class(interaction.client, data["custom_id"])
    component = _COMPONENTS.get(data.get("component_type"))
    if kind is not None and component is not None:
        item = kind(component(custom_id=data["custom_id"]))
        item._refresh_state(interaction, dict(data))
        await item.callback(interaction)


def lists_component(message: discord.Message | None, custom_id: str) -> bool:
    """Return whether a message has a component with this custom_id."""
    return custom_id in custom_ids(message.components if message else ())


def custom_ids(components: Any) -> Iterator[str]:
    """Yield the custom_id of each component, at every depth."""
    for component in components:
        yield getattr(component, "custom_id", None) or ""
        yield from custom_ids(getattr(component, "children", ()))
        if accessory := getattr(component, "accessory", None):
            yield from custom_ids([accessory])
