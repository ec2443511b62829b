"""Suggest values for command options while a member types."""

from collections.abc import Iterable
from contextlib import suppress

from discord.app_commands import Choice

from bot.questions.articles import VisibleArticles
from bot.questions.autocomplete import publisher_choices, source_choices
from bot.questions.context import context_of
from bot.services.search_pool import QueueFull, ShuttingDown
from bot.ui.base_client import Interaction
from index.types import Source

Choices = list[Choice[str]]


def to_choices(names_and_values: Iterable[tuple[str, str]]) -> Choices:
    """Convert (name, value) pairs to Discord's type."""
    return [Choice(name=name, value=value) for name, value in names_and_values]


async def complete_article(interaction: Interaction, typed: str) -> Choices:
    """Suggest articles by title."""
    return to_choices(source_choices(typed, await _suggestions(interaction, typed)))


async def complete_title(interaction: Interaction, typed: str) -> Choices:
    """Suggest titles of articles."""
    choices = source_choices(typed, await _suggestions(interaction, typed))
    return to_choices((name, name) for name, _ in choices)


async def complete_publisher(interaction: Interaction, typed: str) -> Choices:
    """Suggest publishers by name."""
    publishers: list[str] = []
    with suppress(QueueFull, ShuttingDown):
        answers, context = interaction.client.answers, context_of(interaction)
        publishers = await answers.read_in(context, VisibleArticles.publishers)
    return to_choices(publisher_choices(typed, publishers))


async def _suggestions(interaction: Interaction, typed: str) -> list[Source]:
    """Return the articles to suggest; none while the queue is full."""
    with suppress(QueueFull, ShuttingDown):
        answers, context = interaction.client.answers, context_of(interaction)
        return await answers.read_in(context, lambda articles: articles.suggestions(typed))
    return []
