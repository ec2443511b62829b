"""``/ask``: a question, answered with quotes."""

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.base_client import QuothClient
from bot.commands.respond import ask_and_send, check_rate_limit
from bot.text.autocomplete import choices, publisher_choices
from bot.text.context import context_of
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.error_handling import handle_interaction_errors


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
    interaction: discord.Interaction[QuothClient],
    question: str,
    source: str | None = None,
    publisher: str | None = None,
    since: str | None = None,
    private: bool | None = None,
) -> None:
    """Quote what answers a question."""
    async with handle_interaction_errors(interaction):
        asked = Question(question, source, publisher, since)
        words, where = messages_for(interaction.locale), context_of(interaction)
        asked = interaction.client.answers.checked(asked, words, where)  # told to the member alone
        await check_rate_limit(interaction)
        if private is None:
            private = (await interaction.client.answers.servers.of(interaction.guild_id)).private
        await interaction.response.defer(ephemeral=private, thinking=True)
        await ask_and_send(interaction, asked, private=private)


@ask.autocomplete("source")
async def _complete_source(
    interaction: discord.Interaction[QuothClient], typed: str
) -> list[app_commands.Choice[str]]:
    found = choices(typed, interaction.client.answers.sources_for(interaction.guild_id))
    return [app_commands.Choice(name=name, value=value) for name, value in found]


@ask.autocomplete("publisher")
async def _complete_publisher(
    interaction: discord.Interaction[QuothClient], typed: str
) -> list[app_commands.Choice[str]]:
    found = publisher_choices(typed, interaction.client.answers.sources_for(interaction.guild_id))
    return [app_commands.Choice(name=name, value=value) for name, value in found]
