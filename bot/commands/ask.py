"""``/ask``: a question, answered with quotes."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.find import choices
from bot.replies import answering
from bot.views import answer_view, show
from bot.words import words_for

if TYPE_CHECKING:
    from bot.client import Quoth


@app_commands.command(
    name=locale_str("ask"), description=locale_str("Ask the articles; I answer with quotations")
)
@app_commands.describe(
    question=locale_str("What do you want to know?"),
    source=locale_str("Ask one article only: type words of its title"),
    private=locale_str("Show the answer only to you"),
)
async def ask(
    interaction: "discord.Interaction[Quoth]",
    question: str,
    source: str | None = None,
    private: bool = False,
) -> None:
    """Quote what answers a question."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=private, thinking=True)
        words = words_for(interaction.locale if private else interaction.guild_locale)
        page = await interaction.client.desk.ask(question, source, words)
        asker = None if private else interaction.user.id
        await show(interaction, answer_view(page, words, asker=asker))


@ask.autocomplete("source")
async def _complete_source(
    interaction: "discord.Interaction[Quoth]", typed: str
) -> list[app_commands.Choice[str]]:
    found = choices(typed, interaction.client.desk.sources)
    return [app_commands.Choice(name=name, value=value) for name, value in found]
