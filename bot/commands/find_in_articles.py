"""The command "Find in articles" on a message: search the articles for its text, privately."""

import re

import discord
from discord import app_commands

from bot.commands.respond import ask_and_send, check_rate_limit
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.base_client import Interaction
from bot.ui.error_handling import handle_interaction_errors
from index.errors import QuestionError

NAME = "Find in articles"
_MENTION_OR_EMOJI = re.compile(r"<(?:@[!&]?|#)\d+>|<a?:\w+:\d+>")
_MAX_QUERY_CHARS = 1000


@app_commands.context_menu(name=NAME)
async def find_in_articles(interaction: Interaction, message: discord.Message) -> None:
    """Search for the text of a message; the answer can then be shared as a reply to it."""
    async with handle_interaction_errors(interaction):
        await check_rate_limit(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
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
