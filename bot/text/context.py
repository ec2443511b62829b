"""Where a question is asked."""

from dataclasses import dataclass
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class AskContext:
    """Where something is asked, and by whom; ``guild`` is None in direct messages.

    ``channel`` is None where the answer is private. ``member`` is never stored as it is.
    """

    guild: int | None = None
    channel: int | None = None
    member: int | None = None


def context_of(
    at: discord.Interaction[Any] | discord.Message, *, private: bool = False
) -> AskContext:
    """Where an interaction or a message is."""
    channel = None if private else at.channel.id if at.channel else None
    if isinstance(at, discord.Interaction):
        return AskContext(at.guild_id, channel, at.user.id)
    return AskContext(guild_of(at), channel, at.author.id)


def guild_of(message: discord.Message) -> int | None:
    """The id of a message's server, known to the client or not; None in direct messages."""
    if message.guild is not None:
        return message.guild.id
    return getattr(message.channel, "guild_id", None)  # a PartialMessageable knows it
