"""``/sources``: list the articles, or those that match a search, page by page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from discord import app_commands, ui

from bot.commands.completion import complete_title
from bot.questions.articles import SourcesPage
from bot.questions.context import context_of
from bot.text.discord_markdown import size
from bot.text.messages import Messages, messages_for
from bot.text.truncate import shorten
from bot.ui.answers.citation_text import SOURCES_PER_PAGE, source_text
from bot.ui.base_client import Interaction, State
from bot.ui.container import INFO_COLOUR, layout, show
from bot.ui.persistent import PersistentButton

NOTHING_STALE: Mapping[str, str] = MappingProxyType({})
_MAX_SEARCH_UNITS = 70  # so that it fits into a custom_id


class SourcesPageButton(
    PersistentButton, template=r"quoth:sources:(?P<page>\d{1,6}):(?P<search>(?s:.*))"
):
    """Show page ``page``, from 0, of the articles that match ``search``, in place."""


@app_commands.command(description="List the articles I quote from")
@app_commands.describe(search="Part of a title, publisher or file name")
@app_commands.autocomplete(search=complete_title)
async def sources(interaction: Interaction, search: str = "") -> None:
    """List the articles privately."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _show_page(interaction, 0, _truncate_search(search))


async def turn_sources_page(interaction: Interaction, state: State) -> None:
    """Replace the list by another page of it."""
    await interaction.response.defer()
    await _show_page(interaction, int(state["page"]), state["search"])


async def _show_page(interaction: Interaction, page: int, search: str) -> None:
    client, context = interaction.client, context_of(interaction)
    shown = await client.answers.read_in(
        context, lambda articles: articles.page(page, SOURCES_PER_PAGE, search)
    )
    stale_since = client.following.articles.stale_since
    stale = {each.path: day for each in shown.sources if (day := stale_since(each.path))}
    await show(interaction, sources_view(shown, messages_for(interaction.locale), search, stale))


def sources_view(
    shown: SourcesPage,
    messages: Messages,
    search: str = "",
    stale: Mapping[str, str] = NOTHING_STALE,
) -> ui.LayoutView:
    """Render a page of articles.

    ``search`` is the search that found them, if any. ``stale`` has the dates of the last check of
    followed articles that may be out of date.
    """
    shown_search = shorten(search, 100)
    heading = messages.matching_articles if search else messages.article_list
    details = messages.page_of.format(
        count=messages.articles(shown.total), page=shown.number + 1, pages=shown.pages
    )
    title = "\n".join([heading.format(search=shown_search), *([details] if shown.total else [])])
    container = ui.Container[ui.LayoutView](ui.TextDisplay(title), accent_colour=INFO_COLOUR)
    for source in shown.sources:
        container.add_item(ui.Separator(visible=False))
        container.add_item(ui.TextDisplay(source_text(source, messages, stale.get(source.path))))
    if not shown.total:
        no_match = messages.no_matching_articles.format(shown_search)
        container.add_item(ui.TextDisplay(no_match if search else messages.no_articles))
    buttons: list[ui.Item[Any]] = []
    if shown.number > 0:
        buttons.append(
            SourcesPageButton.create(shown.number - 1, search, label=messages.previous_page)
        )
    if shown.number + 1 < shown.pages:
        buttons.append(SourcesPageButton.create(shown.number + 1, search, label=messages.next_page))
    return layout(container, buttons)


def _truncate_search(search: str) -> str:
    text = " ".join(search.encode("utf-8", "replace").decode("utf-8").split())
    while size(text) > _MAX_SEARCH_UNITS:
        text = text[:-1]
    return text
