"""What discord.py sends otherwise than Discord describes its API: ids are text; and replies."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import discord

LARGEST_FILE = 10 * 1024 * 1024  # bytes that Discord takes of a bot in one message
_NO_HISTORY = 160002  # a reply wants the permission Read Message History


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
        await channel.send(content, reference=reference, mention_author=False, **view)
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
