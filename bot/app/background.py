"""Tasks in the background: periodic ones, and those that wait for files or other processes."""

import asyncio
import contextvars
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from discord.ext import tasks

from bot.commands.answers.changed_quotes import update_citations
from bot.commands.curate.announce import announce
from bot.commands.curate.source_reports import post_reports, post_unreadable_list
from bot.commands.people.ask_person import tell_askers
from bot.commands.people.quoted_messages import withdraw_vanished
from bot.services.coordination import WITHDRAWN_CHANNEL
from bot.services.watch import watch_seeds
from bot.storage.databases.interface import Notice
from bot.storage.deletion import purge_expired
from bot.storage.errors import DatabaseError
from bot.storage.guilds import SETTINGS_CHANNEL
from bot.ui.base_client import QuothClient
from index.errors import QuothError, SourceListError

log = logging.getLogger(__name__)

_STOP_SECONDS = 1.0  # for what a task is doing when the bot stops


class BackgroundTasks:
    """The tasks that run beside the events of Discord, from the login to the shutdown.

    With ``watches`` the index is rebuilt when files of articles change.
    """

    def __init__(self, client: QuothClient, *, watches: bool) -> None:
        self._client = client
        self._watches = watches
        self._coordination = client.answers.coordination
        self._listeners: list[asyncio.Task[None]] = []  # to files and to other processes
        self._active: set[asyncio.Task[Any]] = set()  # tasks that may be using the store

    def start(self) -> None:
        """Start the tasks that are not running yet; they are if an earlier login failed."""
        for loop in self._loops:
            if not loop.is_running():
                loop.start()
        if not self._listeners:
            self._listeners = [*self._start_listeners()]

    def stop(self) -> None:
        """Cancel the tasks that wait; the active ones stop after what they are doing."""
        for listener in self._listeners:
            listener.cancel()
        for loop in self._loops:
            if loop.get_task() in self._active:
                loop.stop()
            else:
                loop.cancel()

    async def wait_stopped(self) -> None:
        """Wait until all tasks have stopped; cancel those that are active for too long.

        A task that is cancelled while it uses the store would leave a thread behind.
        """
        if self._active:
            await asyncio.wait(self._active, timeout=_STOP_SECONDS)
        for loop in self._loops:
            loop.cancel()
        running = filter(None, (loop.get_task() for loop in self._loops))
        await asyncio.gather(*running, *self._listeners, return_exceptions=True)

    @contextmanager
    def activity(self, name: str) -> Iterator[None]:
        """Mark the current task as active; log an exception instead of raising it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - activities are in coroutines
        self._active.add(task)
        try:
            with log_failure(name):
                yield
        finally:
            self._active.discard(task)

    @property
    def _loops(self) -> tuple[tasks.Loop[Any], ...]:
        among_others = (self.coordinate, self.read_changes)
        return (
            *(among_others if self._coordination.is_shared else ()),
            self.refresh_snapshot,
            self.refresh_sources,
            self.mark_changed_quotes,
            self.delete_withdrawn,
            self.delete_expired,
        )

    def _start_listeners(self) -> Iterator[asyncio.Task[None]]:
        if self._watches:
            seeds = self._client.curation.seeds
            yield asyncio.create_task(watch_seeds(seeds, self._rebuild_if_leader))
        if self._coordination.is_shared:
            # In a context of its own: what it does belongs to no question and no login.
            start = contextvars.Context().run
            yield start(asyncio.create_task, self._listen_to_others())

    async def _rebuild_if_leader(self) -> None:
        if self._coordination.is_leader:
            await self._client.curation.rebuild_quietly()

    async def _listen_to_others(self) -> None:
        """Take over what other processes change, as soon as they say so."""
        async for notice in self._coordination.notices():
            with log_failure("taking over a change"):
                await self._take_over(notice)

    async def _take_over(self, notice: Notice) -> None:
        client = self._client
        if notice.channel == SETTINGS_CHANNEL:
            client.answers.guilds.forget_cached(int(notice.payload) if notice.payload else None)
        elif notice.channel == WITHDRAWN_CHANNEL:
            await client.quoted_messages.load_withdrawn()
        else:
            await client.answers.pool.refresh()

    @tasks.loop(seconds=5)
    async def coordinate(self) -> None:
        """Take the lead if nobody has it."""
        with self.activity("coordinating the processes"):
            await self._coordination.elect()

    @tasks.loop(seconds=15)
    async def read_changes(self) -> None:
        """Read what other processes may have changed, in case that no notice came."""
        with self.activity("reading what other processes changed"):
            self._client.answers.guilds.forget_cached()
            await self._client.quoted_messages.load_withdrawn()

    @tasks.loop(seconds=15)
    async def refresh_snapshot(self) -> None:
        """Switch to a new snapshot before a member has to wait for it; retry open questions."""
        with self.activity("looking for a new snapshot"):
            client = self._client
            await client.answers.pool.refresh()
            if client.is_ready():  # channels are unknown until then
                await announce(client, await client.curation.recheck_unanswered())
                await tell_askers(client)

    @tasks.loop(minutes=5)
    async def refresh_sources(self) -> None:
        """Check the followed sources that are due, and report what changed."""
        with self.activity("refreshing the followed sources"):
            if self._client.is_ready() and self._coordination.is_leader:
                await self._refresh_sources()

    async def _refresh_sources(self) -> None:
        client = self._client
        try:
            await post_reports(client, await client.following.refresh_due())
        except QuothError as error:
            log.warning("cannot refresh the followed sources: %s", error)
            if isinstance(error, SourceListError) and client.following.count_list_failure():
                await post_unreadable_list(client, error)

    @tasks.loop(seconds=15)
    async def mark_changed_quotes(self) -> None:
        """Mark quotations in channels that no longer stand in their articles."""
        with self.activity("marking changed quotations"):
            if self._client.is_ready():
                await update_citations(self._client)

    @tasks.loop(seconds=15)
    async def delete_withdrawn(self) -> None:
        """Delete the messages that were withdrawn or deleted, from the articles and the index."""
        with self.activity("deleting withdrawn messages"):
            if self._client.is_ready():
                await withdraw_vanished(self._client)
            await self._client.quoted_messages.sweep()

    @tasks.loop(hours=6)
    async def delete_expired(self) -> None:
        """Delete stored answers at the end of their retention period."""
        with self.activity("deleting expired data"):
            if self._coordination.is_leader:
                await purge_expired(self._client.answers.store, self._client.answers.guilds)
            await self._client.quoted_messages.load_withdrawn()


@contextmanager
def log_failure(activity: str) -> Iterator[None]:
    """Log an exception instead of raising it, so that a task goes on."""
    try:
        yield
    except DatabaseError as error:
        log.error("%s failed (%s); it will be retried; run `quoth doctor`", activity, error)
    except Exception:
        log.exception("%s failed; it will be retried", activity)
