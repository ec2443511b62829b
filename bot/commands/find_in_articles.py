"""Find in articles: a command on anybody's message; shows passages for its text, privately."""

import re

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.base_client import QuothClient
from bot.commands.respond import ask_and_send, check_rate_limit
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.error_handling import handle_interaction_errors
from index.errors import QuestionError

NAME = "Find in articles"
_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>|<a?:\w+:\d+>")
_LONGEST = 1000  # characters of a message that are searched for


@app_commands.context_menu(name=locale_str(NAME))
async def find_in_articles(
    interaction: discord.Interaction[QuothClient], message: discord.Message
) -> None:
    """Search for what a message says; Share then answers it."""
    async with handle_interaction_errors(interaction):
        await check_rate_limit(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        text = text_of(message)
        if not text:
            raise QuestionError(messages_for(interaction.locale).found_nothing_to_search)
        await ask_and_send(interaction, Question(text, target=message.id), private=True)


def text_of(message: discord.Message) -> str:
    """What there is to search for: the words, without mentions and emoji of a server's own."""
    text = " ".join(_MENTION.sub(" ", message.content).split())
    return text if len(text) <= _LONGEST else text[:_LONGEST].rpartition(" ")[0]
