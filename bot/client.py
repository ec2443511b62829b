"""The Discord client: login, command tree, what is done in the background."""

import asyncio
import logging
from functools import partial

import discord
from discord import app_commands
from discord.ext import tasks

from bot.commands.ask import ask
from bot.commands.mention import answer_message
from bot.commands.sources import SourcesPage, sources
from bot.desk import Desk
from bot.replies import tell
from bot.servers import Servers
from bot.service import Service
from bot.settings import Settings
from bot.store import Store
from bot.sync import sync_commands
from bot.views import BUTTONS
from index import snapshot
from index.errors import QuothError
from index.rerank import load_or_none
from index.searcher import Searcher

log = logging.getLogger(__name__)

_LONGEST_WAIT_SECONDS = 60.0  # between attempts to reach the gateway


def run(settings: Settings) -> None:
    """Run the bot until it is stopped. Raises QuothError when it cannot start."""
    token = settings.discord_token
    if token is None:
        raise QuothError("there is no DISCORD_TOKEN; put it into .env")
    create(settings).run(token.get_secret_value(), log_handler=None)


def create(settings: Settings) -> "Quoth":
    """The client with its index and store, none of them opened yet."""
    service = Service(
        open_newest=lambda: Searcher.open(settings.index, load_or_none(settings.reranker)).warm(),
        current=partial(snapshot.current, settings.index),
    )
    store = Store(settings.store)
    return Quoth(Desk(service, store, Servers.of_settings(store, settings)), store)


class Tree(app_commands.CommandTree["Quoth"]):
    """The commands; what goes wrong outside their handlers is told like all else."""

    async def on_error(
        self, interaction: "discord.Interaction[Quoth]", error: app_commands.AppCommandError, /
    ) -> None:
        """The last resort: an autocomplete, a command that Discord still lists."""
        await tell(interaction, error)


class Quoth(discord.Client):
    """The bot. It pings nobody and needs no privileged intent."""

    def __init__(self, desk: Desk, store: Store) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,  # it never looks back at a message
        )
        self.desk = desk
        self.tree = Tree(self)
        self.tree.add_command(ask)
        self.tree.add_command(sources)
        self._store = store

    async def setup_hook(self) -> None:
        """Open the index and the store, make buttons work, tell Discord of new commands."""
        await self.desk.start()
        self.add_dynamic_items(*BUTTONS, SourcesPage)
        await sync_commands(self.tree, self._store)
        for task in (self.look_for_snapshot, self.clean_up):
            if not task.is_running():
                task.start()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect, again and again while the first handshake with the gateway fails.

        discord.py 2.7 retries later ones, but on the first it asks a connection that was never
        made for its sequence, and crashes with an AttributeError.
        """
        wait_seconds = 1.0
        while True:
            try:
                return await super().connect(reconnect=reconnect)
            except AttributeError:
                if self.ws is not None:
                    raise
            log.warning("Discord's gateway does not answer; next attempt in %d s", wait_seconds)
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)

    async def close(self) -> None:
        """Leave Discord, then let go of the index."""
        await super().close()
        self.look_for_snapshot.cancel()
        self.clean_up.cancel()
        await self.desk.close()

    async def on_ready(self) -> None:
        """Say so in the log."""
        log.info("logged in as %s, in %d servers", self.user, len(self.guilds))

    async def on_message(self, message: discord.Message) -> None:
        """Messages that are for the bot are questions."""
        await answer_message(self, message)

    @tasks.loop(seconds=15)
    async def look_for_snapshot(self) -> None:
        """Open a new snapshot before somebody has to wait for it."""
        await self.desk.refresh()

    @tasks.loop(hours=6)
    async def clean_up(self) -> None:
        """Keep no answer longer than promised."""
        await self.desk.purge()
