"""``/sources``: the articles there are, newest first, page by page, or those that are searched."""

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str

from bot.commands.base_client import QuothClient
from bot.text.autocomplete import choices, matching
from bot.text.discord_markdown import size
from bot.text.messages import Messages, counted, messages_for
from bot.text.truncate import shorten
from bot.ui.answer_text import SOURCES_PER_PAGE, source_text
from bot.ui.answer_view import ANSWERED, layout, show
from bot.ui.error_handling import handle_interaction_errors
from bot.ui.persistent import PersistentButton, pressed
from index.types import Source

_LONGEST_SEARCH = 70  # units, so that a button's custom_id can carry it


@app_commands.command(
    name=locale_str("sources"), description=locale_str("List the articles that I quote from")
)
@app_commands.describe(search=locale_str("Words of a title, a publisher or a file name"))
async def sources(interaction: discord.Interaction[QuothClient], search: str = "") -> None:
    """List the articles, to the member who asks."""
    async with handle_interaction_errors(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _show_page(interaction, 0, _carried(search))


@sources.autocomplete("search")
async def _complete_search(
    interaction: discord.Interaction[QuothClient], typed: str
) -> list[app_commands.Choice[str]]:
    found = choices(typed, interaction.client.answers.sources_for(interaction.guild_id))
    return [app_commands.Choice(name=name, value=name) for name, _ in found]


def sources_view(
    articles: Sequence[Source], page: int, words: Messages, search: str = ""
) -> ui.LayoutView:
    """Page ``page``, from 0, of the articles; the last one when there are fewer.

    ``search`` is what they were found by, if they were.
    """
    pages = max(1, -(-len(articles) // SOURCES_PER_PAGE))
    page = max(0, min(page, pages - 1))
    box = ui.Container[ui.LayoutView](accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(_title(len(articles), page + 1, pages, words, search)))
    for source in articles[page * SOURCES_PER_PAGE : (page + 1) * SOURCES_PER_PAGE]:
        box.add_item(ui.Separator(visible=False))
        box.add_item(ui.TextDisplay(source_text(source, words)))
    if not articles:
        nothing = words.no_search_result.format(shorten(search, 100))
        box.add_item(ui.TextDisplay(nothing if search else words.no_articles))
    row: list[ui.Item[Any]] = []
    if page > 0:
        row.append(SourcesPage.of(page - 1, words.previous_page, search))
    if page + 1 < pages:
        row.append(SourcesPage.of(page + 1, words.next_page, search))
    return layout(box, row)


class SourcesPage(
    PersistentButton, template=r"(?s:quoth:sources:(?P<page>\d{1,6}):(?P<search>.*))"
):
    """Turns the pages of the list, in place."""

    @classmethod
    def of(cls, page: int, label: str, search: str = "") -> Self:
        """The button for page ``page``, from 0, of what ``search`` finds."""
        return cls(f"quoth:sources:{page}:{search}", label)


@pressed(SourcesPage)
async def turn_sources(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """The page takes the place of the one before."""
    await interaction.response.defer()
    await _show_page(interaction, int(state["page"]), state["search"])


async def _show_page(interaction: discord.Interaction[Any], page: int, search: str) -> None:
    words = messages_for(interaction.locale)
    articles = interaction.client.answers.sources_for(interaction.guild_id)
    found = matching(search, articles) if search else articles
    await show(interaction, sources_view(found, page, words, search))


def _title(count: int, page: int, pages: int, words: Messages, search: str) -> str:
    line = words.searched if search else words.sources
    return line.format(
        count=counted(count, words.one_article, words.articles),
        page=page,
        pages=pages,
        search=shorten(search, 100),
    )


def _carried(search: str) -> str:
    """As much of it as a button can carry."""
    text = " ".join(search.encode("utf-8", "replace").decode("utf-8").split())
    while size(text) > _LONGEST_SEARCH:
        text = text[:-1]
    return text
