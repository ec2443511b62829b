"""Open a thread for an answer, in servers that chose it."""

import logging
from typing import Any

import discord

from bot.questions.autocomplete import truncate_choice
from bot.questions.message_text import plain_line
from bot.ui.base_client import QuothClient
from bot.ui.transport.discord_compat import SEND_ERRORS

log = logging.getLogger(__name__)

_THREAD_EXISTS = 160004  # error code: the message already has a thread, which has its id
_CHANNELS_WITH_THREADS = frozenset({discord.ChannelType.text, discord.ChannelType.news})


def has_threads(channel: Any) -> bool:
    """Tell whether messages in a channel can have threads: not in a thread, a forum or voice."""
    return getattr(channel, "type", None) in _CHANNELS_WITH_THREADS


async def opens_threads(client: QuothClient, guild_id: int | None, channel: Any) -> bool:
    """Tell whether public answers in this channel go into a thread of their own."""
    return has_threads(channel) and (await client.answers.guilds.get(guild_id)).threads


async def open_thread(
    client: QuothClient, message: discord.Message, title: str
) -> discord.abc.Messageable | None:
    """Open a thread on a message, or return the one it has; None if the bot may not."""
    try:
        return await message.create_thread(name=thread_name(title))
    except discord.HTTPException as error:
        if error.code == _THREAD_EXISTS:
            return client.get_partial_messageable(message.id)
        log.info("could not open a thread for an answer: %s", error)
    except SEND_ERRORS as error:
        log.info("could not open a thread for an answer: %s", error)
    return None


def thread_name(title: str) -> str:
    """Return a name of 1 to 100 characters, without mentions."""
    return truncate_choice(plain_line(title)) or "?"
