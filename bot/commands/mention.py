"""Answer messages addressed to the bot: mentions, replies with a ping, and direct messages."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import discord

from bot.commands.forum import ForumPosts, prefix_title
from bot.commands.respond import messages_for_channel, reply_to_message
from bot.storage.guilds import answers_in
from bot.storage.in_hand import QuestionInHand, in_hand
from bot.text.context import guild_id_of
from bot.text.question import Question
from bot.ui.base_client import QuothClient
from bot.ui.discord_compat import SEND_ERRORS, Reference, send_reply
from bot.ui.error_handling import handle_message_errors

_USER_MESSAGE_TYPES = frozenset({discord.MessageType.default, discord.MessageType.reply})
_ANSWER_BUTTON = re.compile(r"quoth:(?:follow|more|turn|delete):([A-Za-z0-9_-]{12})")


async def answer_message(client: QuothClient, posts: ForumPosts, message: discord.Message) -> None:
    """Answer a message addressed to the bot, and ignore any other.

    Ignores the first message of a forum post whose title was already answered.
    """
    question = question_in(message, client.user)
    if question is None:
        return
    open_question = QuestionInHand(message.id, guild_id_of(message), message.channel.id)
    async with in_hand(client.answers.store, open_question), handle_message_errors(message):
        await _answer(client, posts, message, question)


async def _answer(
    client: QuothClient, posts: ForumPosts, message: discord.Message, question: str
) -> None:
    settings = await client.answers.guilds.get(guild_id_of(message))
    channel: Any = message.channel
    if settings.channels and isinstance(channel, discord.PartialMessageable):
        with suppress(*SEND_ERRORS):  # only a fetched thread has its parent
            channel = await client.fetch_channel(channel.id)
    if not answers_in(settings, channel) or await posts.is_answered(message):
        return
    question = prefix_title(message, question)
    if not question:
        await _send_help(message)
        return
    previous = answer_id_in(await _referenced_message(message), client.user)
    await reply_to_message(client, message, Question(question), previous)


def question_in(message: discord.Message, bot: discord.ClientUser | None) -> str | None:
    """Return the text without the bot's mention, or None if the message is not for the bot.

    A mention of the bot's own role counts, too: members confuse it with the bot of that name.
    """
    from_user = not (message.author.bot or message.webhook_id)
    if bot is None or not from_user or message.type not in _USER_MESSAGE_TYPES:
        return None
    role = message.guild.self_role if message.guild else None
    mention = re.compile(rf"<@!?{bot.id}>" + (rf"|<@&{role.id}>" if role else ""))
    users = getattr(message, "mentions", ())  # unset in partial messages
    roles = getattr(message, "role_mentions", ())
    is_mentioned = bot in users or role in roles or mention.search(message.content)
    if guild_id_of(message) is not None and not is_mentioned:
        return None
    return " ".join(mention.sub(" ", message.content).split())


async def _referenced_message(message: discord.Message) -> Any:
    """Return the message that this one replies to, fetching it if Discord did not include it."""
    reference = message.reference
    if reference is None or reference.resolved or message.type is not discord.MessageType.reply:
        return reference and reference.resolved
    with suppress(*SEND_ERRORS):
        return await message.channel.fetch_message(reference.message_id or 0)
    return None


def answer_id_in(message: Any, bot: discord.ClientUser | None) -> str | None:
    """Return the id of the stored answer that a message of the bot shows, from its buttons."""
    if not isinstance(message, discord.Message) or bot is None or message.author.id != bot.id:
        return None
    matches = (_ANSWER_BUTTON.match(custom_id) for custom_id in _custom_ids(message.components))
    return next((match[1] for match in matches if match), None)


def _custom_ids(components: Any) -> Iterator[str]:
    for component in components:
        yield getattr(component, "custom_id", None) or ""
        yield from _custom_ids(getattr(component, "children", ()))
        if accessory := getattr(component, "accessory", None):
            yield from _custom_ids([accessory])


async def _send_help(message: discord.Message) -> None:
    """Respond to a message without text.

    If it is a reply, Discord most likely withheld its text from the bot.
    """
    messages = messages_for_channel(message)
    line = messages.cannot_read_replies if message.reference else messages.greeting
    await send_reply(message.channel, Reference.to(message), line)
