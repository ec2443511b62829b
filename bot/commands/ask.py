"""``/ask``: a question, answered with quotes."""

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.base_client import House
from bot.commands.respond import admit, ask_for
from bot.text.autocomplete import choices, publisher_choices
from bot.text.context import where_of
from bot.text.messages import words_for
from bot.text.question import Question
from bot.ui.error_handling import answering


@app_commands.command(
    name=locale_str("ask"), description=locale_str("Ask the articles; I answer with quotations")
)
@app_commands.describe(
    question=locale_str("What do you want to know?"),
    source=locale_str("Ask one article only: type words of its title"),
    publisher=locale_str("Ask one publisher's articles only"),
    since=locale_str("Ask articles from then on only: 2019, March 2024, 2024-03-01, last year"),
    private=locale_str("Show the answer only to you"),
)
async def ask(
    interaction: discord.Interaction[House],
    question: str,
    source: str | None = None,
    publisher: str | None = None,
    since: str | None = None,
    private: bool | None = None,
) -> None:
    """Quote what answers a question."""
    async with answering(interaction):
        asked = Question(question, source, publisher, since)
        words, where = words_for(interaction.locale), where_of(interaction)
        asked = interaction.client.desk.checked(asked, words, where)  # told to the member alone
        await admit(interaction)
        if private is None:
            private = (await interaction.client.desk.servers.of(interaction.guild_id)).private
        await interaction.response.defer(ephemeral=private, thinking=True)
        await ask_for(interaction, asked, private=private)


@ask.autocomplete("source")
async def _complete_source(
    interaction: discord.Interaction[House], typed: str
) -> list[app_commands.Choice[str]]:
    found = choices(typed, interaction.client.desk.sources_for(interaction.guild_id))
    return [app_commands.Choice(name=name, value=value) for name, value in found]


@ask.autocomplete("publisher")
async def _complete_publisher(
    interaction: discord.Interaction[House], typed: str
) -> list[app_commands.Choice[str]]:
    found = publisher_choices(typed, interaction.client.desk.sources_for(interaction.guild_id))
    return [app_commands.Choice(name=name, value=value) for name, value in found]
