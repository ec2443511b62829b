"""Suggest values for command options while a member types."""

import logging
from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import Any

from discord.app_commands import Choice

from bot.questions.articles import VisibleArticles
from bot.questions.autocomplete import publisher_choices, source_choices
from bot.questions.context import context_of
from bot.storage.errors import DatabaseError
from bot.ui.base_client import Interaction
from bot.ui.deferral import in_time
from index.errors import QuothError
from index.types import Source

log = logging.getLogger(__name__)

Choices = list[Choice[str]]
Complete = Callable[[Interaction, str], Coroutine[Any, Any, Choices]]


def to_choices(names_and_values: Iterable[tuple[str, str]]) -> Choices:
    """Convert (name, value) pairs to Discord's type."""
    return [Choice(name=name, value=value) for name, value in names_and_values]


def suggestions(complete: Complete) -> Complete:
    """Suggest nothing where that fails or takes too long: Discord waits for three seconds."""

    @wraps(complete)
    async def complete_in_time(interaction: Interaction, typed: str) -> Choices:
        try:
            return await in_time(complete(interaction, typed))
        except (QuothError, DatabaseError, TimeoutError) as error:
            log.info("no suggestions: %s", error or "they took too long")
            return []

    return complete_in_time


@suggestions
async def complete_article(interaction: Interaction, typed: str) -> Choices:
    """Suggest articles by title."""
    return to_choices(source_choices(typed, await _suggestions(interaction, typed)))


@suggestions
async def complete_title(interaction: Interaction, typed: str) -> Choices:
    """Suggest titles of articles."""
    choices = source_choices(typed, await _suggestions(interaction, typed))
    return to_choices((name, name) for name, _ in choices)


@suggestions
async def complete_publisher(interaction: Interaction, typed: str) -> Choices:
    """Suggest publishers by name."""
    answers, context = interaction.client.answers, context_of(interaction)
    publishers = await answers.read_in(context, VisibleArticles.publishers)
    return to_choices(publisher_choices(typed, publishers))


async def _suggestions(interaction: Interaction, typed: str) -> list[Source]:
    answers, context = interaction.client.answers, context_of(interaction)
    return await answers.read_in(context, lambda articles: articles.suggestions(typed))
