"""Forms that outlive a restart: the custom_id holds their state, memory holds nothing.

discord.py finds a form again only while the process lives that showed it, and remembers those
that nobody ever sends. So ours are not left to it: whatever is sent of a form is found here.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.text.messages import messages_for
from bot.ui.error_handling import handle_interaction_errors
from bot.ui.persistent import is_known
from index.errors import QuestionError

LABEL_LIMIT = 45  # Discord's, of a form's title and its labels

State = dict[str, str]
Submit = Callable[[discord.Interaction[Any], State, State], Awaitable[None]]
_SUBMITS: dict[re.Pattern[str], Submit] = {}


class Form(ui.Modal):
    """A form whose submission is handled by what was registered with ``submitted``."""

    def __init__(self, title: str, custom_id: str) -> None:
        super().__init__(title=title[:LABEL_LIMIT], custom_id=custom_id)
        self.stop()  # discord.py need not remember it

    def add_field(self, name: str, label: str, field: ui.TextInput[Any], hint: str = "") -> None:
        """A text to write, which is handed over under ``name``."""
        field.custom_id = name
        self.add_item(ui.Label(text=label[:LABEL_LIMIT], description=hint or None, component=field))


def submitted(template: str) -> Callable[[Submit], Submit]:
    """Register what sending a form does; ``template`` matches its custom_id and names its state.

    The handler gets the state, and what was written in each field.
    """

    def register(handler: Submit) -> Submit:
        _SUBMITS[re.compile(template)] = handler
        return handler

    return register


async def answer_rest(interaction: discord.Interaction[Any]) -> None:
    """Handle a form that was sent, and say so where another version's button was pressed."""
    data: Mapping[str, Any] = interaction.data or {}
    if interaction.type is discord.InteractionType.modal_submit:
        async with handle_interaction_errors(interaction):
            await _submit(interaction, data)
    elif interaction.type is discord.InteractionType.component and not is_known(data["custom_id"]):
        async with handle_interaction_errors(interaction):
            raise QuestionError(messages_for(interaction.locale).unknown)


async def _submit(interaction: discord.Interaction[Any], data: Mapping[str, Any]) -> None:
    for template, handler in _SUBMITS.items():
        if match := template.fullmatch(data["custom_id"]):
            await handler(interaction, match.groupdict(), dict(_written(data["components"])))
            return
    raise QuestionError(messages_for(interaction.locale).unknown)


def _written(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The fields' names, and what was written in them."""
    for one in components:
        if "value" in one:
            yield one["custom_id"], one["value"]
        yield from _written([one["component"]] if "component" in one else one.get("components", ()))
