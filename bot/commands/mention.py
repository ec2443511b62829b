"""A message that mentions the bot, replies to it with a ping, or is sent to it directly: asks."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import discord

from bot.commands.base_client import QuothClient
from bot.commands.forum import Posts, with_title
from bot.commands.respond import reply_to_message
from bot.storage.guilds import answers_in
from bot.text.context import guild_of
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.discord_compat import Reference, send_reply
from bot.ui.error_handling import handle_message_errors

_BY_PEOPLE = frozenset({discord.MessageType.default, discord.MessageType.reply})
_ANSWER = re.compile(r"quoth:(?:follow|more|turn|delete):([A-Za-z0-9_-]{12})")


async def answer_message(client: QuothClient, posts: Posts, message: discord.Message) -> None:
    """Answer a message that is for the bot, as a reply that pings nobody; pass over any other.

    ``posts`` are those that are answered by their titles.
    """
    question = question_in(message, client.user)
    if question is None:
        return
    settings = await client.answers.servers.of(guild_of(message))
    channel = await _known(client, message.channel) if settings.channels else message.channel
    if not answers_in(settings, channel) or await posts.answered(message):
        return
    question = with_title(message, question)
    if not question:
        await _help(message)
        return
    after = replied_to(await _before(message), client.user)
    await reply_to_message(client, message, Question(question), after)


def question_in(message: discord.Message, bot: discord.ClientUser | None) -> str | None:
    """The text without the bot's mention; None when the message is not for the bot.

    The role that Discord gave the bot has its name, so members mention that by mistake.
    """
    if bot is None or message.author.bot or message.webhook_id or message.type not in _BY_PEOPLE:
        return None
    role = message.guild.self_role if message.guild else None
    mention = re.compile(rf"<@!?{bot.id}>" + (rf"|<@&{role.id}>" if role else ""))
    listed = getattr(message, "mentions", ())  # unset when they did not come along
    roles = getattr(message, "role_mentions", ())
    named = bot in listed or role in roles or mention.search(message.content)
    if guild_of(message) is not None and not named:
        return None
    return " ".join(mention.sub(" ", message.content).split())


async def _known(client: QuothClient, channel: Any) -> Any:
    """The channel as Discord has it where the client does not: a thread's parent counts, too."""
    if not isinstance(channel, discord.PartialMessageable):
        return channel
    with suppress(discord.HTTPException):
        return await client.fetch_channel(channel.id)
    return channel


async def _before(message: discord.Message) -> Any:
    """The message that this one replies to; Discord is asked where it did not come along."""
    reference = message.reference
    if reference is None or reference.resolved or message.type is not discord.MessageType.reply:
        return reference and reference.resolved
    with suppress(discord.HTTPException):
        return await message.channel.fetch_message(reference.message_id or 0)
    return None


def replied_to(before: Any, bot: discord.ClientUser | None) -> str | None:
    """The kept answer that a message replies to: its id stands in the answer's buttons."""
    if not isinstance(before, discord.Message) or bot is None or before.author.id != bot.id:
        return None
    ids = (_ANSWER.match(custom_id) for custom_id in _custom_ids(before.components))
    return next((found[1] for found in ids if found), None)


def _custom_ids(components: Any) -> Iterator[str]:
    for one in components:
        yield getattr(one, "custom_id", None) or ""
        yield from _custom_ids(getattr(one, "children", ()))
        if accessory := getattr(one, "accessory", None):
            yield from _custom_ids([accessory])


async def _help(message: discord.Message) -> None:
    """A reply without text is mostly one whose text Discord does not show us."""
    words = messages_for(message.guild.preferred_locale if message.guild else None)
    line = words.follow_up_how if message.reference else words.help
    async with handle_message_errors(message):
        await send_reply(message.channel, Reference.to(message), line)
