"""What discord.py sends otherwise than Discord describes its API: ids are text; and replies."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

import aiohttp
import discord

LARGEST_FILE = 10 * 1024 * 1024  # bytes that Discord takes of a bot in one message
_NO_HISTORY = 160002  # a reply wants the permission Read Message History
_ATTEMPTS = 3
_LONGEST_PAUSE_SECONDS = 10.0  # a ban lasts an hour

# What sending raises. A connection that is lost comes through discord.py as it is.
UNSENT = (discord.HTTPException, aiohttp.ClientError, OSError)

Sent = TypeVar("Sent")


class Reference(discord.MessageReference):
    """To the message that is replied to."""

    def to_dict(self) -> Any:
        """As Discord describes it."""
        return {
            name: str(value) if name.endswith("_id") else value
            for name, value in super().to_dict().items()
        }

    to_message_reference_dict = to_dict

    @classmethod
    def to(cls, message: discord.Message) -> "Reference":
        """To ``message``; sending fails where that is deleted."""
        return cls(message_id=message.id, channel_id=message.channel.id)


class AttachedFile(discord.File):
    """A file of a message."""

    def to_dict(self, index: int) -> dict[str, Any]:
        """As Discord describes it."""
        return {**super().to_dict(index), "id": str(index)}


class ChosenChannel(discord.SelectDefaultValue):
    """A channel that is chosen in a list before anybody chooses."""

    def __init__(self, identity: int) -> None:
        super().__init__(id=identity, type=discord.SelectDefaultValueType.channel)

    def to_dict(self) -> Any:
        """As Discord describes it."""
        return {**super().to_dict(), "id": str(self.id)}


async def retry_after_429(send: Callable[[], Awaitable[Sent]]) -> Sent:
    """Send; again after the pause that Discord asks for. Raises what sending raises.

    discord.py takes a 429 without the header Via for a ban of its address, and gives up at once.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await send()
        except discord.HTTPException as error:
            pause_seconds = _pause_seconds(error)
            if not 0 <= pause_seconds <= _LONGEST_PAUSE_SECONDS:
                raise
        await asyncio.sleep(pause_seconds)
    return await send()


def _pause_seconds(error: discord.HTTPException) -> float:
    """How long a 429 asks to wait; infinite for what another attempt does not mend."""
    asked = error.response.headers.get("Retry-After") if error.status == 429 else None
    try:
        return float(asked) if asked else math.inf
    except ValueError:
        return math.inf


@asynccontextmanager
async def typing(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Show that the bot writes; where Discord does not take that, it answers all the same."""
    async with AsyncExitStack() as shown:
        with suppress(discord.HTTPException):
            await shown.enter_async_context(channel.typing())
        yield


async def send_reply(
    channel: discord.abc.Messageable, reference: Reference, content: str | None = None, **view: Any
) -> None:
    """Reply and ping nobody; an ordinary message where the bot may not read what was before."""
    try:
        await retry_after_429(
            lambda: channel.send(content, reference=reference, mention_author=False, **view)
        )
    except discord.HTTPException as error:
        if error.code != _NO_HISTORY:
            raise
        await channel.send(content, **view)


async def send_directly(
    user: discord.User | discord.Member, content: str | None = None, **view: Any
) -> discord.Message:
    """A direct message. Raises what sending raises."""
    if user.dm_channel is None:
        state = user._state  # as User.create_dm does, but with an id that is text
        state.add_dm_channel(await state.http.start_private_message(str(user.id)))
    return await user.send(content, **view)
