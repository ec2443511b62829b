"""A message that mentions the bot, replies to it with a ping, or is sent to it directly: asks."""

import re
from typing import TYPE_CHECKING

import discord

from bot.replies import replying
from bot.views import answer_view
from bot.words import words_for

if TYPE_CHECKING:
    from bot.client import Quoth

_BY_PEOPLE = frozenset({discord.MessageType.default, discord.MessageType.reply})


async def answer_message(client: "Quoth", message: discord.Message) -> None:
    """Answer a message that is for the bot, as a reply that pings nobody; pass over any other."""
    question = question_in(message, client.user)
    if question is None:
        return
    words = words_for(message.guild.preferred_locale if message.guild else None)
    async with replying(message):
        if not question:
            await message.reply(words.help, mention_author=False)
            return
        async with message.channel.typing():
            page = await client.desk.ask(question, None, words)
        view = answer_view(page, words, asker=message.author.id, heading=False)
        await message.reply(view=view, mention_author=False)


def question_in(message: discord.Message, bot: discord.ClientUser | None) -> str | None:
    """The text without the bot's mention; None when the message is not for the bot."""
    if bot is None or message.author.bot or message.webhook_id or message.type not in _BY_PEOPLE:
        return None
    if message.guild is not None and bot not in message.mentions:
        return None
    return " ".join(re.sub(rf"<@!?{bot.id}>", " ", message.content).split())
