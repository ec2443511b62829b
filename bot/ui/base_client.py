"""The Discord client as commands and buttons see it, without its event handlers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands, ui

from bot.config.shards import ShardRange
from bot.services.answers import AnswerService
from bot.services.changed_quotes import ChangedQuotes
from bot.services.curation import Curation
from bot.services.followed_sources import FollowedSources
from bot.services.help_requests import HelpRequests
from bot.services.quoted_messages import QuotedMessages
from bot.services.topics import TopicFinder
from bot.storage.pending_questions import PendingQuestions
from bot.ui.transport.discord_compat import (
    forget_servers_left_offline,
    handle_events_once,
    log_unreadable_events,
)
from bot.ui.transport.partial_events import read_partial_events
from bot.ui.transport.reliable_http import ReliableHTTPClient


class QuothClient(discord.AutoShardedClient):
    """A client with the services that commands and buttons call.

    It mentions nobody and needs no privileged intent. ``shards`` are those that it runs; Discord
    recommends how many if they are None.
    """

    tree: app_commands.CommandTree[Any]

    def __init__(
        self,
        answers: AnswerService,
        curation: Curation,
        following: FollowedSources,
        handlers: "ComponentHandlers",
        shards: ShardRange | None = None,
    ) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # voice is unused
        own: dict[str, Any] = {}
        if shards is not None:
            own = {"shard_ids": list(shards.ids), "shard_count": shards.total}
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,  # the message cache is never read
            **own,
        )
        self.http = self._connection.http = ReliableHTTPClient(self.loop)
        read_partial_events(self)
        handle_events_once(self, "MESSAGE_CREATE", "INTERACTION_CREATE")
        forget_servers_left_offline(self)
        log_unreadable_events(self)
        self.own_shards = shards
        self.answers = answers
        self.curation = curation
        self.following = following
        self.pending_questions = PendingQuestions(answers.store)
        self.help_requests = HelpRequests(answers)
        self.topics = TopicFinder(answers.pool)
        self.changed_quotes = ChangedQuotes(answers)
        self.quoted_messages = QuotedMessages(answers, curation)
        self.handlers = handlers
        self.command_ids: dict[str, int] = {}

    def guild_count(self, guild: int) -> int | None:
        """Return the number of the bot's servers, ``guild`` among them.

        None if this client may not see all of them: those of other processes, or of a shard that
        is not connected yet.
        """
        own = {guild, *(each.id for each in self.guilds)}  # it may be missing from the cache
        return len(own) if self.shard_count == 1 else None


Interaction = discord.Interaction[QuothClient]
State = dict[str, str]  # the named groups of a custom_id
Fields = dict[str, str]  # the texts of a form by the names of its fields


@dataclass(frozen=True, slots=True)
class ComponentHandlers:
    """Functions that handle persistent buttons, select menus and forms.

    A select menu's handler also gets the chosen values. ``forms`` maps the pattern of a
    custom_id to its handler.
    """

    buttons: Mapping[type[ui.DynamicItem[Any]], Callable[[Interaction, State], Awaitable[None]]]
    selects: Mapping[
        type[ui.DynamicItem[Any]], Callable[[Interaction, State, Sequence[Any]], Awaitable[None]]
    ]
    forms: Mapping[str, Callable[[Interaction, State, Fields], Awaitable[None]]]
