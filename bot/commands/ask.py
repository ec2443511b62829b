"""``/ask``, and the command "Find in articles" on a message."""

import re

import discord
from discord import app_commands

from bot.commands.completion import complete_article, complete_publisher
from bot.commands.respond import ask_and_send
from bot.text.context import context_of
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.base_client import Interaction
from index.errors import QuestionError

FIND_IN_ARTICLES = "Find in articles"
_MENTION_OR_EMOJI = re.compile(r"<(?:@[!&]?|#)\d+>|<a?:\w+:\d+>")
_MAX_QUERY_CHARS = 1000


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
    answers, messages = interaction.client.answers, messages_for(interaction.locale)
    filtered = Question(question, source, publisher, since)
    # Validate before deferring, so that only the member sees the error.
    filtered = answers.validate(filtered, messages, context_of(interaction))
    if private is None:
        private = (await answers.guilds.get(interaction.guild_id)).private
    await ask_and_send(interaction, filtered, private=private)


@app_commands.context_menu(name=FIND_IN_ARTICLES)
async def find_in_articles(interaction: Interaction, message: discord.Message) -> None:
    """Search for the text of a message; the answer can then be shared as a reply to it."""
    query = query_from(message)
    if not query:
        raise QuestionError(messages_for(interaction.locale).no_text_to_search)
    await ask_and_send(interaction, Question(query, reply_to_id=message.id), private=True)


def query_from(message: discord.Message) -> str:
    """Return the text of a message without mentions and custom emoji, cut at a word's end."""
    text = " ".join(_MENTION_OR_EMOJI.sub(" ", message.content).split())
    if len(text) <= _MAX_QUERY_CHARS:
        return text
    return text[:_MAX_QUERY_CHARS].rpartition(" ")[0]
