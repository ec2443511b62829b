"""Forms that survive a restart: their state is in the custom_id.

discord.py finds a submitted form only in the process that showed it, and keeps forms that are
never submitted in memory. Quoth therefore matches submissions itself, by their custom_id.
"""

import re
from collections import defaultdict
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import discord
from discord import ui

from bot.text.errors import MemberError
from bot.text.messages import messages_for
from bot.ui.base_client import Interaction
from bot.ui.deferral import in_time
from bot.ui.error_handling import handle_interaction_errors
from bot.ui.persistent import handle_unlisted, has_handler, lists_component
from index.errors import QuestionError

LABEL_LIMIT = 45  # Discord's limit for a form's title and its labels, in characters


Result = TypeVar("Result")


class Form(ui.Modal):
    """A form whose submission is handled by the client's ``handlers.forms``."""

    def __init__(self, title: str, custom_id: str) -> None:
        super().__init__(title=title[:LABEL_LIMIT], custom_id=custom_id)
        self.stop()  # so that discord.py does not keep it

    def add_field(self, name: str, label: str, field: ui.TextInput[Any], hint: str = "") -> None:
        """Add a text input; its handler gets the text under ``name``."""
        field.custom_id = name
        self.add_item(ui.Label(text=label[:LABEL_LIMIT], description=hint or None, component=field))


async def in_time_for_form(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what a form needs from the store; no form can be shown after a deferral.

    Raises MemberError when it takes too long.
    """
    try:
        return await in_time(work)
    except TimeoutError as error:
        raise MemberError(lambda messages: messages.store_unreachable) from error


async def handle_unmatched(interaction: Interaction) -> None:
    """Handle a submitted form, and components that discord.py passes over."""
    data: Mapping[str, Any] = interaction.data or {}
    submitted = interaction.type is discord.InteractionType.modal_submit
    pressed = interaction.type is discord.InteractionType.component
    if submitted or (pressed and not has_handler(interaction.client, data["custom_id"])):
        async with handle_interaction_errors(interaction):
            await _submit(interaction, data)
    elif pressed and not lists_component(interaction.message, data["custom_id"]):
        await handle_unlisted(interaction, data)


async def _submit(interaction: Interaction, data: Mapping[str, Any]) -> None:
    for template, handler in interaction.client.handlers.forms.items():
        match = re.fullmatch(template, data["custom_id"])
        if match and "components" in data:
            fields = defaultdict(str, _field_values(data["components"]))
            return await handler(interaction, match.groupdict(), fields)
    raise QuestionError(messages_for(interaction.locale).unknown_control)


def _field_values(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield each field's name and text."""
    for component in components:
        if "value" in component:
            yield component["custom_id"], component["value"]
        children = component.get("components", ())
        yield from _field_values([component["component"]] if "component" in component else children)
