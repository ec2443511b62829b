"""The Discord client: login, commands, buttons, and which function handles which event."""

import asyncio
import logging
from contextlib import ExitStack

import discord
from discord.webhook.async_ import async_context
from yarl import URL

from bot.app.background import BackgroundTasks, log_failure
from bot.app.command_sync import sync_commands
from bot.app.command_tree import build_command_tree
from bot.commands.component_handlers import HANDLERS
from bot.commands.curate.quote import report_edit
from bot.commands.messages.edits import MessageReplies
from bot.commands.messages.forum import ForumPosts
from bot.commands.messages.resume import resume
from bot.config.settings import Settings
from bot.config.shards import ShardRange
from bot.services.answers import AnswerService
from bot.services.coordination import Turn
from bot.services.curation import Curation
from bot.services.followed_sources import FollowedSources
from bot.services.rebuild import Rebuilder, build_in_process, rollback_in
from bot.services.search_pool import SearchPool
from bot.storage.errors import DatabaseError
from bot.storage.guilds import GuildStore
from bot.storage.pending_questions import PendingQuestion
from bot.storage.store import Store, ignore_storage_errors
from bot.text.translator import Translator
from bot.ui.base_client import Interaction, QuothClient
from bot.ui.error_handling import cancel_in_flight
from bot.ui.modals import handle_unmatched
from bot.ui.transport.discord_compat import GATEWAY_ERRORS, launch_shard_once
from bot.ui.transport.reliable_http import CONNECTION_ERRORS, ReliableWebhookAdapter, backoff_delays

log = logging.getLogger(__name__)

_MAX_CONNECT_WAIT_SECONDS = 60.0
_FIRST_SYNC_WAIT_SECONDS = 15.0
_MAX_SYNC_WAIT_SECONDS = 900.0
_IDENTIFY_SECONDS = 5.0  # Discord lets one shard identify in that time


def create_bot(settings: Settings) -> "QuothBot":
    """Create the bot with its index and store, neither of them opened yet."""
    store = Store(settings.store)
    guilds = GuildStore.from_settings(store, settings)
    answers = AnswerService(SearchPool.from_settings(settings), store, guilds)
    rebuilder = Rebuilder(build_in_process(settings), answers.coordination)
    curation = Curation(answers, rebuilder, settings.seeds, rollback_in(settings))
    following = FollowedSources.from_settings(settings, curation)
    return QuothBot(answers, curation, following, settings.shards, watches=settings.watch)


class QuothBot(QuothClient):
    """The complete bot: a client with commands, buttons, event handlers and background tasks."""

    def __init__(
        self,
        answers: AnswerService,
        curation: Curation,
        following: FollowedSources,
        shards: ShardRange | None = None,
        *,
        watches: bool = False,
    ) -> None:
        super().__init__(answers, curation, following, HANDLERS, shards)
        self.coordination = answers.coordination
        self.background = BackgroundTasks(self, watches=watches)
        self.posts = ForumPosts()
        self.replies = MessageReplies()
        self._left_behind: list[PendingQuestion] = []
        self._store_kept_open = ExitStack()
        self._closing: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self.tree = build_command_tree(self)

    async def setup_hook(self) -> None:
        """Open the index and the store, register buttons, sync commands, start the tasks."""
        await self.answers.start()
        await self.coordination.elect()
        with ignore_storage_errors("which messages were withdrawn"):
            await self.quoted_messages.load_withdrawn()
        self._store_kept_open.close()  # of a login that failed
        self._store_kept_open.enter_context(self.answers.store.keep_open())
        with ignore_storage_errors("which questions were left unanswered"):
            self._left_behind += await self.pending_questions.left_behind(
                self.answers.guilds.shards
            )
        self.add_dynamic_items(*HANDLERS.buttons, *HANDLERS.selects)
        await self.tree.set_translator(Translator())
        if not await self._sync_commands():
            self._syncing = asyncio.create_task(self._retry_sync())
        self.background.start()

    async def _sync_commands(self) -> bool:
        try:
            # The processes after the first find the commands synced.
            async with self.coordination.turn(Turn.SYNC_COMMANDS):
                result = await sync_commands(self.tree, self.answers.store)
        except DatabaseError as error:
            log.warning("could not sync the commands with Discord, will try again: %s", error)
            return False
        self.command_ids = result.ids
        return result.done

    async def _retry_sync(self) -> None:
        for wait_seconds in backoff_delays(_FIRST_SYNC_WAIT_SECONDS, _MAX_SYNC_WAIT_SECONDS):
            await asyncio.sleep(wait_seconds)
            if await self._sync_commands():
                return

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect all shards, retrying while Discord does not say how many it recommends."""
        # Inherited by the tasks that handle events.
        async_context.set(ReliableWebhookAdapter())  # type: ignore[no-untyped-call]
        for wait_seconds in backoff_delays(1.0, _MAX_CONNECT_WAIT_SECONDS):
            try:
                await super().connect(reconnect=reconnect)
            except (discord.GatewayNotFound, *CONNECTION_ERRORS):
                if self.is_closed():
                    raise
            else:
                return
            log.warning("Discord's gateway does not respond; retrying in %d s", wait_seconds)
            await asyncio.sleep(wait_seconds)

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard, retrying while the gateway does not respond."""
        for wait_seconds in backoff_delays(1.0, _MAX_CONNECT_WAIT_SECONDS):
            try:
                await launch_shard_once(self, gateway, shard_id, initial=initial)
            except (*GATEWAY_ERRORS, *CONNECTION_ERRORS):
                log.warning("shard %d cannot connect; retrying in %d s", shard_id, wait_seconds)
            else:
                return
            await asyncio.sleep(wait_seconds)

    async def before_identify_hook(self, _shard: int | None, *, initial: bool = False) -> None:
        """Wait until Discord lets another shard identify, of this process or of another."""
        if not self.coordination.is_shared:
            await asyncio.sleep(0.0 if initial else _IDENTIFY_SECONDS)
            return
        with log_failure("taking turns to identify"):
            async with self.coordination.turn(Turn.IDENTIFY):
                await asyncio.sleep(_IDENTIFY_SECONDS)

    async def close(self) -> None:
        """Disconnect from Discord, stop the background tasks, close the index; only once.

        discord.py closes the client itself when Discord ends the connection for good.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        cancel_in_flight()
        self.background.stop()
        if self._syncing is not None:
            self._syncing.cancel()
        await super().close()
        await self.curation.rebuilder.close()
        await self.background.wait_stopped()
        await self.pending_questions.flush()
        self._store_kept_open.close()
        await self.answers.store.close()
        await self.answers.pool.close()

    async def on_shard_ready(self, shard_id: int) -> None:
        """Record which of a shard's servers the bot is in."""
        servers = {guild.id for guild in self.guilds if guild.shard_id == shard_id}
        shard = ShardRange(shard_id, shard_id, self.shard_count or 1)
        with self.background.activity("recording which servers the bot is in"):
            await self.answers.guilds.sync_guilds(servers, shard)

    async def on_ready(self) -> None:
        """Log the login, and resume pending questions."""
        shards = f"with shards {self.own_shards}, " if self.own_shards else ""
        log.info("logged in as %s, %sservers: %d", self.user, shards, len(self.guilds))
        with ignore_storage_errors("which quoted messages may be gone"):
            await self.quoted_messages.queue_lookups()
        questions, self._left_behind = self._left_behind, []
        await resume(self, self.posts, questions)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Keep the data of a server that invited the bot back in time."""
        with ignore_storage_errors("that a server was joined"):
            await self.answers.guilds.mark_joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Schedule the data of a server that removed the bot for deletion."""
        with ignore_storage_errors("that a server was left"):
            await self.answers.guilds.mark_left(guild.id)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        """Answer new posts in the forums that curators chose."""
        await self.posts.answer(self, thread)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Handle submitted forms, and respond to buttons that this version does not know."""
        await handle_unmatched(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Answer messages that are addressed to the bot."""
        await self.replies.answer(self, self.posts, message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer a message anew that was corrected.

        Discord shows the text of an edited message only if it mentions the bot, as it does of a
        new one, and it also reports previews of links as edits.
        """
        await self.replies.answer_edited(self, self.posts, payload.message)
        with ignore_storage_errors("whether an edited message is quoted"):
            await report_edit(self, payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Withdraw a quoted message that was deleted."""
        await self._withdraw_deleted(payload.guild_id, {payload.message_id})

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Withdraw the quoted ones of many messages that were deleted."""
        await self._withdraw_deleted(payload.guild_id, payload.message_ids)

    async def _withdraw_deleted(self, guild_id: int | None, messages: set[int]) -> None:
        if guild_id is not None:
            with ignore_storage_errors("that a message was deleted"):
                await self.quoted_messages.withdraw_deleted(guild_id, messages)
