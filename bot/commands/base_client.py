"""Discord as commands and buttons know it: where to ask, and nothing of what else there is."""

from typing import Any

import discord
from discord import app_commands

from bot.services.answers import AnswerService
from bot.services.curation import Curation


class QuothClient(discord.Client):
    """A client with the desk, where questions are asked, and what curators do.

    It pings nobody and needs no privileged intent.
    """

    tree: app_commands.CommandTree[Any]

    def __init__(self, desk: AnswerService, curation: Curation) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # it never speaks
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,  # it never looks back at a message
        )
        self.answers = desk
        self.curation = curation
        self.command_ids: dict[str, int] = {}
