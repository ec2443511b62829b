"""``/ask``, and the command "Find in articles" on a message."""

import discord
from discord import app_commands

from bot.commands.answers.respond import ask_and_send, is_answered_privately
from bot.commands.answers.small_talk import respond_to_small_talk, small_talk_in
from bot.commands.completion import complete_article, complete_publisher
from bot.questions.context import context_of
from bot.questions.message_text import text_of
from bot.questions.question import Question
from bot.text.messages import messages_for
from bot.ui.base_client import Interaction
from bot.ui.deferral import defer, defer_when_slow
from index.errors import QuestionError
from index.searcher import MAX_QUESTION_CHARS

FIND_IN_ARTICLES = "Find in articles"


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
    question: app_commands.Range[str, 1, MAX_QUESTION_CHARS],
    source: str | None = None,
    publisher: str | None = None,
    since: str | None = None,
    private: bool | None = None,
) -> None:
    """Answer a question, in the channel or privately."""
    client, filtered = interaction.client, Question(question, source, publisher, since)
    private = await is_answered_privately(interaction, private)
    # Validate before deferring, so that only the member sees the error.
    async with defer_when_slow(interaction, private=private):
        kind = await small_talk_in(client, question, interaction.guild_id, interaction.locale)
        if kind is None:
            filtered = await client.answers.validate(filtered, context_of(interaction))
    if kind is not None:
        await respond_to_small_talk(interaction, kind)
        return
    await ask_and_send(interaction, filtered, private=private)


@app_commands.context_menu(name=FIND_IN_ARTICLES)
async def find_in_articles(interaction: Interaction, message: discord.Message) -> None:
    """Search for the text of a message; the answer can then be shared as a reply to it."""
    await defer(interaction, private=True)
    query = text_of(message)
    if not query or await small_talk_in(
        interaction.client, query, interaction.guild_id, interaction.locale
    ):
        raise QuestionError(messages_for(interaction.locale).no_text_to_search)
    await ask_and_send(interaction, Question(query, reply_to_id=message.id), private=True)
