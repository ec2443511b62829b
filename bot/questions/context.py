"""Describe the server, channel and member that a question comes from."""

from dataclasses import dataclass
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class AskContext:
    """Discord ids of the server, channel and member of a question.

    ``guild`` is None in direct messages, ``channel`` None for private answers. ``member`` is only
    stored pseudonymized. ``place`` is the channel, and the one that it is a thread of, even for
    private answers: it decides which collections answer.
    """

    guild: int | None = None
    channel: int | None = None
    member: int | None = None
    place: tuple[int, ...] = ()


def context_of(
    origin: discord.Interaction[Any] | discord.Message, *, private: bool = False
) -> AskContext:
    """Return the context of an interaction or a message."""
    place = place_of(origin.channel)
    channel = None if private or not place else place[0]
    if isinstance(origin, discord.Interaction):
        return AskContext(origin.guild_id, channel, origin.user.id, place)
    return AskContext(guild_id_of(origin), channel, origin.author.id, place)


def place_of(channel: Any) -> tuple[int, ...]:
    """Return the ids of a channel and of the channel that it is a thread of, if it is one."""
    ids = (getattr(channel, "id", None), getattr(channel, "parent_id", None))
    return tuple(each for each in ids if each is not None)


def guild_id_of(message: discord.Message) -> int | None:
    """Return the server's id, even if the client does not know the server; None in a DM."""
    if message.guild is not None:
        return message.guild.id
    return getattr(message.channel, "guild_id", None)  # set on a PartialMessageable
