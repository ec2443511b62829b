"""Workarounds for payloads that discord.py builds wrongly, and for what it does with events.

Discord's API describes ids as strings; discord.py sends some of them as numbers.
"""

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from types import SimpleNamespace
from typing import Any

import discord
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.shard import EventItem, EventType, Shard
from yarl import URL

from bot.ui.transport.reliable_http import CONNECTION_ERRORS
from index.caching import NewestEntries

log = logging.getLogger(__name__)

_NO_MESSAGE_HISTORY = 160002  # error code: replying needs the permission Read Message History
_MAX_RECENT_EVENTS = 10_000

# Errors of sending a message. discord.py passes connection errors through.
SEND_ERRORS = (discord.HTTPException, *CONNECTION_ERRORS)

# Errors of connecting a shard, besides those of the connection.
GATEWAY_ERRORS = (discord.ConnectionClosed, ReconnectWebSocket, TimeoutError)

# Errors of discord.py when an event has no field that it demands, or another value than it expects.
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)

_DAMAGED = (ValueError, zlib.error)  # errors of decoding a message of the gateway

_background_tasks: set[asyncio.Task[None]] = set()  # asyncio holds tasks only weakly


def reply_nonce(message: discord.Message) -> int | str:
    """Return the nonce of the reply to a message, another one after each edit of the message."""
    if message.edited_at is None:
        return message.id
    return f"{message.id}-{int(message.edited_at.timestamp()) % 100_000}"


class Reference(discord.MessageReference):
    """A reference to the message that is replied to; ``nonce`` makes the reply unique."""

    nonce: int | str | None = None

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
        reference = cls(message_id=message.id, channel_id=message.channel.id)
        reference.nonce = reply_nonce(message)
        return reference


class AttachedFile(discord.File):
    """A file attached to a message."""

    def to_dict(self, index: int) -> dict[str, Any]:
        """Return the payload with the id as a string."""
        return {**super().to_dict(index), "id": str(index)}


class _DefaultValue(discord.SelectDefaultValue):
    def to_dict(self) -> Any:
        """Return the payload with the id as a string."""
        return {**super().to_dict(), "id": str(self.id)}


class DefaultChannel(_DefaultValue):
    """A preselected channel of a select menu."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(id=channel_id, type=discord.SelectDefaultValueType.channel)


class DefaultRole(_DefaultValue):
    """A preselected role of a select menu."""

    def __init__(self, role_id: int) -> None:
        super().__init__(id=role_id, type=discord.SelectDefaultValueType.role)


def mention_only(*, users: Iterable[int] = (), roles: Iterable[int] = ()) -> Any:
    """Return the allowed mentions of a message that may mention these members and roles."""
    user_ids, role_ids = ([SimpleNamespace(id=str(each)) for each in ids] for ids in (users, roles))
    allowed: Any = discord.AllowedMentions
    return allowed(everyone=False, users=user_ids, roles=role_ids, replied_user=False)


@asynccontextmanager
async def typing(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Show the typing indicator meanwhile, without waiting until Discord shows it."""
    done = asyncio.Event()
    task = asyncio.create_task(_type_until(done, channel))
    _background_tasks.add(task)
    task.add_done_callback(_background_tasks.discard)
    try:
        yield
    finally:
        done.set()


async def _type_until(done: asyncio.Event, channel: discord.abc.Messageable) -> None:
    with suppress(*SEND_ERRORS):
        async with channel.typing():
            await done.wait()


async def send_reply(
    channel: discord.abc.Messageable, reference: Reference, content: str | None = None, **view: Any
) -> discord.Message:
    """Reply without a ping; send a plain message if the bot may not read the channel's history.

    Discord posts one message per nonce within some minutes, and returns it again for another.
    The nonce is the message's id unless the reference has one, so that a message gets one reply
    whatever happens.
    """
    send = partial(channel.send, content, nonce=reference.nonce or reference.message_id, **view)
    try:
        return await send(reference=reference, mention_author=False)
    except discord.HTTPException as error:
        if error.code != _NO_MESSAGE_HISTORY:
            raise
        return await send()


async def react(message: discord.Message, emoji: str) -> bool:
    """React to a message; False if the bot may not, or if the message is gone."""
    with suppress(*SEND_ERRORS):
        await message.add_reaction(emoji)
        return True
    return False


async def send_directly(
    user: discord.User | discord.Member, content: str | None = None, **view: Any
) -> discord.Message:
    """Send a direct message. Raises the errors of sending."""
    if user.dm_channel is None:
        state = user._state  # as User.create_dm does, but with the id as a string
        state.add_dm_channel(await state.http.start_private_message(str(user.id)))
    return await user.send(content, **view)


def handle_events_once(client: discord.Client, *kinds: str) -> None:
    """Ignore an event of these kinds if one with its id came before.

    The gateway may deliver an event again, for example when a connection is resumed.
    """
    parsers = client._connection.parsers
    for kind in kinds:
        parsers[kind] = _once(parsers[kind])


def forget_servers_left_offline(client: discord.AutoShardedClient) -> None:
    """Let go of a shard's servers when it connects anew; Discord lists those that it still has.

    discord.py does so itself for a client with a single shard only.
    """
    state = client._connection
    parse = state.parsers["READY"]

    def parse_ready(data: Any) -> None:
        data.setdefault("shard", [0, 1])  # optional, but discord.py demands it
        for guild in list(state.guilds):
            if guild.shard_id == data["shard"][0]:
                state._remove_guild(guild)
        parse(data)

    state.parsers["READY"] = parse_ready


def log_unreadable_events(client: discord.Client) -> None:
    """Log an event that discord.py cannot read; it would end the connection and the bot."""
    parsers = client._connection.parsers
    for kind, parse in parsers.items():
        parsers[kind] = _logging_failures(kind, parse)


async def launch_shard_once(
    client: discord.AutoShardedClient, gateway: URL, shard_id: int, *, initial: bool
) -> None:
    """Connect a shard as discord.py does, once. Raises GATEWAY_ERRORS and CONNECTION_ERRORS.

    discord.py's method logs a traceback and calls itself, one level deeper after each failure.
    """
    options: Any = {"initial": initial, "gateway": gateway, "shard_id": shard_id}
    websocket = await DiscordWebSocket.from_client(client, **options)
    shards, queue = (getattr(client, f"_AutoShardedClient__{name}") for name in ("shards", "queue"))
    shards[shard_id] = shard = _ResumingShard(websocket, client, queue.put_nowait)
    shard.launch()


class _ResumingShard(Shard):
    """A shard that resumes its connection after a damaged message; discord.py's ends the bot."""

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        self._handled_exceptions = (*self._handled_exceptions, *_DAMAGED)

    async def _handle_disconnect(self, e: Exception) -> None:
        if not isinstance(e, _DAMAGED):
            await super()._handle_disconnect(e)
            return
        await self.ws.close()
        delay = self._backoff.delay()
        log.warning("Discord sent a damaged message; resuming shard %d in %.1f s", self.id, delay)
        await asyncio.sleep(delay)
        resume = ReconnectWebSocket(self.id, resume=True)
        self._queue_put(EventItem(EventType.resume, self, resume))


def _logging_failures(kind: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def parse_or_log(data: Any) -> None:
        try:
            parse(data)
        except UNREADABLE as error:
            log.warning("could not read an event %s from Discord: %r", kind, error)

    return parse_or_log


def _once(parse: Callable[[Any], None]) -> Callable[[Any], None]:
    recent = NewestEntries[str, None](_MAX_RECENT_EVENTS)  # by id

    def parse_once(data: Any) -> None:
        if data["id"] in recent:
            return
        recent[data["id"]] = None
        parse(data)

    return parse_once
