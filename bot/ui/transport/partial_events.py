"""Read events that lack something, as far as that is possible."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import discord

from bot.ui.transport.discord_compat import UNREADABLE
from bot.ui.transport.payloads import (
    CHANNEL,
    NOTHING,
    THREAD,
    Payload,
    complete,
    complete_interaction,
    complete_message,
    minimal_message,
)

_Change = Callable[[Payload], Payload]

_EVENT_DEFAULTS: dict[str, Payload] = {
    "CHANNEL_CREATE": CHANNEL, "CHANNEL_UPDATE": CHANNEL,
    "THREAD_CREATE": THREAD, "THREAD_UPDATE": THREAD,
}  # fmt: skip


def read_partial_events(client: discord.Client) -> None:
    """Complete messages and interactions always, other events if discord.py cannot read them."""
    locate = partial(_with_server, client)
    changes: dict[str, tuple[_Change, _Change]] = {
        "MESSAGE_CREATE": (complete_message, _minimal_message),
        "MESSAGE_UPDATE": (complete_message, _minimal_message),
        "INTERACTION_CREATE": (complete_interaction, _minimal_interaction),
    }
    parsers = client._connection.parsers
    for kind, parse in parsers.items():
        if kind in changes:
            parsers[kind] = _reading_twice(parse, *(_after(locate, each) for each in changes[kind]))
        else:
            again = partial(complete, defaults=_EVENT_DEFAULTS.get(kind, NOTHING))
            parsers[kind] = _reading_twice(parse, _unchanged, again)


def _reading_twice(parse: Callable[[Any], None], first: _Change, second: _Change) -> Any:
    """Read an event after the first change, or after the second if that is not possible."""

    def parse_event(data: Any) -> None:
        with suppress(*UNREADABLE):
            parse(first(data))
            return
        parse(second(data))

    return parse_event


def _after(first: _Change, second: _Change) -> _Change:
    return lambda data: second(first(data))


def _unchanged(data: Payload) -> Payload:
    return data


def _with_server(client: discord.Client, data: Payload) -> Payload:
    """Add the server's id if it is missing, but the channel's server is known."""
    if data.get("guild_id") is not None or data.get("channel_id") is None:
        return data
    guild = getattr(client.get_channel(int(data["channel_id"])), "guild", None)
    return data if guild is None else data | {"guild_id": str(guild.id)}


def _minimal_message(data: Payload) -> Payload:
    """Leave out what is not needed to answer a message."""
    return minimal_message(complete_message(data))


def _minimal_interaction(data: Payload) -> Payload:
    """Leave out the channel, of which Discord sends a part only; it is looked up by its id."""
    interaction = complete_interaction(data) | {"channel": {"id": data["channel_id"]}}
    if "message" in interaction:
        interaction["message"] = minimal_message(interaction["message"])
    return interaction
