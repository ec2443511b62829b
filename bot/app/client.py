"""The Discord client: login, command tree, what is done in the background."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import tasks

from bot.app.command_sync import sync_commands
from bot.commands import answer_buttons as actions
from bot.commands import follow_up as following
from bot.commands import share as sharing
from bot.commands import vote as voting
from bot.commands.ask import ask
from bot.commands.base_client import QuothClient
from bot.commands.curate.announce import announce
from bot.commands.curate.confirm import KeepButton, RemoveButton, RollBackButton
from bot.commands.curate.group import curate
from bot.commands.curate.rebuild_progress import CancelButton
from bot.commands.curate.unanswered import DoneButton, DraftButton, UnansweredOrder, UnansweredPage
from bot.commands.find_in_articles import find_in_articles
from bot.commands.forum import Posts
from bot.commands.help import help_command
from bot.commands.mention import answer_message
from bot.commands.privacy import ForgetMe, privacy
from bot.commands.settings import Setting, settings
from bot.commands.sources import SourcesPage, sources
from bot.config.settings import Settings
from bot.services.answers import AnswerService
from bot.services.curation import Curation
from bot.services.hot_swap import HotSwapSearcher
from bot.services.rebuild import Rebuilder, build_process
from bot.services.search_pool import SearchPool
from bot.storage.database import Store
from bot.storage.guilds import GuildStore
from bot.text.translator import Translator
from bot.ui.answer_buttons import BUTTONS
from bot.ui.error_handling import report_error
from bot.ui.modals import answer_rest
from index.store import snapshot

log = logging.getLogger(__name__)

PRESSES = (actions, following, sharing, voting)  # imported so that their buttons do something
CURATE_BUTTONS = (
    *(CancelButton, KeepButton, RemoveButton, RollBackButton),
    *(DoneButton, DraftButton, UnansweredOrder, UnansweredPage, Setting),
)
# Whose articles would answer somewhere that the bot is not in? So no member installs it alone.
EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
IN_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
_LONGEST_WAIT_SECONDS = 60.0  # between attempts to reach the gateway


def create_bot(settings: Settings) -> "QuothBot":
    """The client with its index and store, none of them opened yet."""
    service = SearchPool(HotSwapSearcher.of(settings.index, settings.reranker))
    store = Store(settings.store)
    desk = AnswerService(service, store, GuildStore.of_settings(store, settings))
    rebuilder = Rebuilder(build_process(settings))
    rollback = partial(snapshot.rollback, settings.index)
    return QuothBot(desk, store, Curation(desk, store, rebuilder, settings.seeds, rollback))


class Tree(app_commands.CommandTree[QuothClient]):
    """The commands; what goes wrong outside their handlers is told like all else."""

    async def on_error(
        self, interaction: discord.Interaction[QuothClient], error: app_commands.AppCommandError, /
    ) -> None:
        """The last resort: a command that Discord still lists."""
        await report_error(interaction, error)


class QuothBot(QuothClient):
    """The bot: its commands, what it hears, and what it does in the background."""

    def __init__(self, desk: AnswerService, store: Store, curation: Curation) -> None:
        super().__init__(desk, curation)
        self.posts = Posts()
        self.tree = Tree(self, allowed_contexts=EVERYWHERE, allowed_installs=IN_SERVERS)
        commands: tuple[Any, ...] = (ask, sources, help_command, privacy, find_in_articles)
        for command in commands:
            self.tree.add_command(command)
        self.tree.add_command(curate)
        self.tree.add_command(settings)
        self._store = store

    async def setup_hook(self) -> None:
        """Open the index and the store, make buttons work, tell Discord of new commands."""
        await self.answers.start()
        self.add_dynamic_items(*BUTTONS, SourcesPage, ForgetMe, *CURATE_BUTTONS)
        await self.tree.set_translator(Translator())
        self.command_ids = await sync_commands(self.tree, self._store)
        for task in (self.refresh_snapshot, self.delete_expired):
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
        await self.curation.rebuilder.close()
        await self._end_tasks()
        await self.answers.close()

    async def _end_tasks(self) -> None:
        """Stop what is done in the background, and wait until it has let go of the store."""
        running = [one.get_task() for one in (self.refresh_snapshot, self.delete_expired)]
        self.refresh_snapshot.cancel()
        self.delete_expired.cancel()
        await asyncio.gather(*filter(None, running), return_exceptions=True)

    async def on_ready(self) -> None:
        """Say so in the log."""
        log.info("logged in as %s, in %d servers", self.user, len(self.guilds))
        await self.answers.servers.seen({guild.id for guild in self.guilds})

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """What is kept of a server from before is its again."""
        await self.answers.servers.joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """What is kept of a server that the bot was removed from is deleted after some days."""
        await self.answers.servers.left(guild.id)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        """New posts of the forums that curators chose are questions."""
        await self.posts.answer(self, thread)

    async def on_interaction(self, interaction: discord.Interaction[QuothClient]) -> None:
        """Forms that were sent, and what nothing here knows: every press gets an answer."""
        await answer_rest(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Messages that are for the bot are questions."""
        await answer_message(self, self.posts, message)

    @tasks.loop(seconds=15)
    async def refresh_snapshot(self) -> None:
        """Open a new snapshot before somebody has to wait for it; ask it what was open."""
        with _going_on("looking for a new snapshot"):
            await self.answers.refresh()
            if self.is_ready():  # before, nobody can be told
                await announce(self, await self.curation.look_again())

    @tasks.loop(hours=6)
    async def delete_expired(self) -> None:
        """Keep no answer longer than promised."""
        with _going_on("forgetting what was kept long enough"):
            await self.answers.purge()


@contextmanager
def _going_on(doing: str) -> Iterator[None]:
    """A task that is done again and again outlives one time that fails."""
    try:
        yield
    except Exception:
        log.exception("%s failed; it is tried again", doing)
