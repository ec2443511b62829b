"""Ids in what is sent, as text: so Discord describes its API; discord.py sends them as numbers."""

from typing import Any

import discord


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
