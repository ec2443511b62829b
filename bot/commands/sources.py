"""``/sources``: the articles there are, newest first, page by page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import app_commands, ui
from discord.app_commands import locale_str

from bot.buttons import PersistentButton
from bot.render import SOURCES_PER_PAGE, source_text
from bot.replies import answering
from bot.views import ANSWERED, layout, show
from bot.words import Words, counted, words_for
from index.article import Source

if TYPE_CHECKING:
    from bot.client import Quoth


@app_commands.command(
    name=locale_str("sources"), description=locale_str("List the articles that I quote from")
)
async def sources(interaction: "discord.Interaction[Quoth]") -> None:
    """List the articles, to the member who asks."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _show_page(interaction, 0)


def sources_view(articles: Sequence[Source], page: int, words: Words) -> ui.LayoutView:
    """Page ``page``, from 0, of the articles; the last one when there are fewer."""
    pages = max(1, -(-len(articles) // SOURCES_PER_PAGE))
    page = min(page, pages - 1)
    count = counted(len(articles), words.one_article, words.articles)
    box = ui.Container[ui.LayoutView](accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(words.sources.format(count=count, page=page + 1, pages=pages)))
    for source in articles[page * SOURCES_PER_PAGE : (page + 1) * SOURCES_PER_PAGE]:
        box.add_item(ui.Separator(visible=False))
        box.add_item(ui.TextDisplay(source_text(source, words)))
    if not articles:
        box.add_item(ui.TextDisplay(words.no_articles))
    row: list[ui.Item[Any]] = []
    if page > 0:
        row.append(SourcesPage.of(page - 1, words.previous_page))
    if page + 1 < pages:
        row.append(SourcesPage.of(page + 1, words.next_page))
    return layout(box, row)


class SourcesPage(PersistentButton, template=r"quoth:sources:(?P<page>\d{1,6})"):
    """Turns the pages of the list, in place."""

    @classmethod
    def of(cls, page: int, label: str) -> Self:
        """The button for page ``page``, from 0."""
        return cls(f"quoth:sources:{page}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The page takes the place of the one before."""
        async with answering(interaction):
            await interaction.response.defer()
            await _show_page(interaction, int(self.state["page"]))


async def _show_page(interaction: discord.Interaction[Any], page: int) -> None:
    words = words_for(interaction.locale)
    await show(interaction, sources_view(interaction.client.desk.sources, page, words))
