"""``/ask``: answer a question with quotes."""

from discord import app_commands

from bot.commands.completion import complete_article, complete_publisher
from bot.commands.respond import ask_and_send, check_rate_limit
from bot.text.context import context_of
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.base_client import Interaction
from bot.ui.error_handling import handle_interaction_errors


@app_commands.command(description="Ask a question; I answer with exact quotes from the articles")
@app_commands.describe(
    question="Your question",
    source="Search only this article; type part of its title",
    publisher="Search only articles from this publisher",
    since="Search only newer articles: 2019, March 2024, 2024-03-01, last year",
    private="Show the answer only to you",
)
@app_commands.autocomplete(source=complete_article, publisher=complete_publisher)
async def ask(
    interaction: Interaction,
    question: str,
    source: str | None = None,
    publisher: str | None = None,
    since: str | None = None,
    private: bool | None = None,
) -> None:
    """Answer a question, in the channel or privately."""
    async with handle_interaction_errors(interaction):
        answers, messages = interaction.client.answers, messages_for(interaction.locale)
        filtered = Question(question, source, publisher, since)
        # Validate before deferring, so that only the member sees the error.
        filtered = answers.validate(filtered, messages, context_of(interaction))
        await check_rate_limit(interaction)
        if private is None:
            private = (await answers.guilds.get(interaction.guild_id)).private
        await interaction.response.defer(ephemeral=private, thinking=True)
        await ask_and_send(interaction, filtered, private=private)
