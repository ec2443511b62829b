"""Workarounds for payloads that discord.py builds wrongly, and for errors that it gives up on.

Discord's API describes ids as strings; discord.py sends some of them as numbers.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

import aiohttp
import discord

MAX_UPLOAD_BYTES = 10 * 1024 * 1024  # of all files in a bot's message
_NO_MESSAGE_HISTORY = 160002  # error code: replying needs the permission Read Message History
_MAX_ATTEMPTS = 3
_MAX_RETRY_SECONDS = 10.0  # a ban lasts an hour

# Errors of sending a message. discord.py passes connection errors through.
SEND_ERRORS = (discord.HTTPException, aiohttp.ClientError, OSError)

Sent = TypeVar("Sent")


class Reference(discord.MessageReference):
    """A reference to the message that is replied to."""

    def to_dict(self) -> Any:
        """Return the payload with ids as strings."""
        return {
            name: str(value) if name.endswith("_id") else value
            for name, value in super().to_dict().items()
        }

    to_message_reference_dict = to_dict

    @classmethod
    def to(cls, message: discord.Message) -> "Reference":
        """Refer to ``message``; sending fails if it was deleted."""
        return cls(message_id=message.id, channel_id=message.channel.id)


class AttachedFile(discord.File):
    """A file attached to a message."""

    def to_dict(self, index: int) -> dict[str, Any]:
        """Return the payload with the id as a string."""
        return {**super().to_dict(index), "id": str(index)}


class DefaultChannel(discord.SelectDefaultValue):
    """A preselected channel of a select menu."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(id=channel_id, type=discord.SelectDefaultValueType.channel)

    def to_dict(self) -> Any:
        """Return the payload with the id as a string."""
        return {**super().to_dict(), "id": str(self.id)}


async def retry_after_429(send: Callable[[], Awaitable[Sent]]) -> Sent:
    """Call ``send``, and retry after the delay that a 429 asks for. Raises its errors.

    discord.py mistakes a 429 without the header Via for an IP ban, and does not retry it.
    """
    for _ in range(_MAX_ATTEMPTS - 1):
        try:
            return await send()
        except discord.HTTPException as error:
            delay_seconds = _retry_delay_seconds(error)
            if not 0 <= delay_seconds <= _MAX_RETRY_SECONDS:
                raise
        await asyncio.sleep(delay_seconds)
    return await send()


def _retry_delay_seconds(error: discord.HTTPException) -> float:
    """Return the delay that a 429 asks for, and infinity for errors that a retry cannot fix."""
    retry_after = error.response.headers.get("Retry-After") if error.status == 429 else None
    try:
        return float(retry_after) if retry_after else math.inf
    except ValueError:
        return math.inf


@asynccontextmanager
async def typing(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Show the typing indicator, and go on without it if Discord refuses."""
    async with AsyncExitStack() as stack:
        with suppress(discord.HTTPException):
            await stack.enter_async_context(channel.typing())
        yield


async def send_reply(
    channel: discord.abc.Messageable, reference: Reference, content: str | None = None, **view: Any
) -> None:
    """Reply without a ping; send a plain message if the bot may not read the channel's history."""
    try:
        await retry_after_429(
            lambda: channel.send(content, reference=reference, mention_author=False, **view)
        )
    except discord.HTTPException as error:
        if error.code != _NO_MESSAGE_HISTORY:
            raise
        await channel.send(content, **view)


async def send_directly(
    user: discord.User | discord.Member, content: str | None = None, **view: Any
) -> discord.Message:
    """Send a direct message. Raises the errors of sending."""
    if user.dm_channel is None:
        state = user._state  # as User.create_dm does, but with the id as a string
        state.add_dm_channel(await state.http.start_private_message(str(user.id)))
    return await user.send(content, **view)
