"""Suggest values for command options while a member types."""

from collections.abc import Iterable

from discord.app_commands import Choice

from bot.text.autocomplete import publisher_choices, source_choices
from bot.text.context import context_of
from bot.ui.base_client import Interaction

Choices = list[Choice[str]]


def to_choices(names_and_values: Iterable[tuple[str, str]]) -> Choices:
    """Convert (name, value) pairs to Discord's type."""
    return [Choice(name=name, value=value) for name, value in names_and_values]


async def complete_article(interaction: Interaction, typed: str) -> Choices:
    """Suggest articles by title."""
    sources = await interaction.client.answers.sources_in(context_of(interaction))
    return to_choices(source_choices(typed, sources))


async def complete_title(interaction: Interaction, typed: str) -> Choices:
    """Suggest titles of articles."""
    sources = await interaction.client.answers.sources_in(context_of(interaction))
    return to_choices((name, name) for name, _ in source_choices(typed, sources))


async def complete_publisher(interaction: Interaction, typed: str) -> Choices:
    """Suggest publishers by name."""
    sources = await interaction.client.answers.sources_in(context_of(interaction))
    return to_choices(publisher_choices(typed, sources))
