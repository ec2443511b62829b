"""Describe the server, channel and member that a question comes from."""

from dataclasses import dataclass
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class AskContext:
    """Discord ids of the server, channel and member of a question.

    ``guild`` is None in direct messages, ``channel`` None for private answers. ``member`` is only
    stored pseudonymized.
    """

    guild: int | None = None
    channel: int | None = None
    member: int | None = None


def context_of(
    origin: discord.Interaction[Any] | discord.Message, *, private: bool = False
) -> AskContext:
    """Return the context of an interaction or a message."""
    channel = None if private else origin.channel.id if origin.channel else None
    if isinstance(origin, discord.Interaction):
        return AskContext(origin.guild_id, channel, origin.user.id)
    return AskContext(guild_id_of(origin), channel, origin.author.id)


def guild_id_of(message: discord.Message) -> int | None:
    """Return the server's id, even if the client does not know the server; None in a DM."""
    if message.guild is not None:
        return message.guild.id
    return getattr(message.channel, "guild_id", None)  # set on a PartialMessageable
