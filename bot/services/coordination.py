"""Several processes of one bot: work in turns, one leader, and notices of what others changed.

A store on SQLite has one process, which leads and gets every turn.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from enum import StrEnum

from bot.config.shards import ShardRange
from bot.storage.databases.interface import Notice
from bot.storage.errors import DatabaseError
from bot.storage.guilds import SETTINGS_CHANNEL
from bot.storage.lock import StoreInUse
from bot.storage.store import Store
from index.errors import QuothError

log = logging.getLogger(__name__)

WITHDRAWN_CHANNEL = "quoth_withdrawn"  # of notices that a message is no longer quoted
SNAPSHOTS_CHANNEL = "quoth_snapshots"  # where index.cluster tells of a new snapshot
_LEADER = "leader"
_TOTAL = "shards"  # in the table ``meta``
_KEEP_SECONDS = 2.0  # between looks whether the shards' locks are still held


class Turn(StrEnum):
    """Work that one process at a time does."""

    BUILD = "build"
    ROLL_BACK = "roll back"
    FOLLOW_SOURCES = "follow sources"
    DELETE_WITHDRAWN = "delete withdrawn messages"
    SYNC_COMMANDS = "sync commands"
    IDENTIFY = "identify"
    START = "start"


class ShardsMixed(QuothError):
    """Another process runs shards of another total."""

    def __init__(self, running: int, total: int) -> None:
        super().__init__(
            f"another process of the bot runs some of {running} shards, and this one of {total}, "
            "so both would answer the same servers; stop all processes before the total in "
            "QUOTH_SHARDS changes"
        )


class ShardsTaken(QuothError):
    """Another process runs a shard since this one lost its connection to the store."""

    def __init__(self, shards: ShardRange, process: str) -> None:
        super().__init__(
            f"another bot (process {process}) has taken over a shard of {shards} while this one "
            "had lost its connection to the store; this one stops, since both would answer every "
            "question; start it again with shards that no other process runs (QUOTH_SHARDS)"
        )


def shard_lock(number: int, total: int) -> str:
    """Return the lock that the process of a shard holds while it runs."""
    return f"name shard {number} of {total}"


class Coordination:
    """Turns among the processes that share a store, and the one of them that leads.

    ``is_leader`` is True in one process at most. A turn and the lead of a process that dies pass
    on to the others.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._has_led = False

    @property
    def is_leader(self) -> bool:
        """True if this process leads: as far as it knows, its lock is not lost."""
        return self._store.locks.has(_LEADER)

    @property
    def is_shared(self) -> bool:
        """True if several processes may use the store."""
        return self._store.is_shared

    def turn(self, work: Turn) -> AbstractAsyncContextManager[None]:
        """Wait until no other process does this work, inside the block. Raises DatabaseError."""
        return self._store.locks.waiting(work)

    @asynccontextmanager
    async def running(self, shards: ShardRange) -> AsyncIterator["asyncio.Task[None] | None"]:
        """Keep other processes from these shards inside the block.

        The locks are taken again when the connection that holds them was lost. The task fails with
        ShardsTaken or ShardsMixed if another process was faster; it is None for a store that no
        other process can use. Raises StoreInUse, ShardsMixed, and StoreError if the store's address
        cannot be right. A database that is away is tried again inside the block.
        """
        if not self.is_shared:
            yield None
            return
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._store.close)
            await self._store.open()
            try:
                await self._take(shards)
            except DatabaseError as error:
                log.warning("cannot lock the shards %s yet (%s); run `quoth doctor`", shards, error)
            keeping = asyncio.create_task(self._keep(shards))
            stack.push_async_callback(asyncio.wait, [keeping])
            stack.callback(keeping.cancel)
            yield keeping

    async def _keep(self, shards: ShardRange) -> None:
        """Take the shards' locks again whenever they are lost, for ever."""
        lost = False
        while True:
            await asyncio.sleep(_KEEP_SECONDS)
            if await self._has(shards):
                continue
            if not lost:
                log.warning("lost the locks of the shards %s; taking them again", shards)
            try:
                await self._take(shards)
                log.info("holds the locks of the shards %s again", shards)
                lost = False
            except DatabaseError:
                lost = True
            except StoreInUse as error:
                raise ShardsTaken(shards, error.process) from error

    async def _has(self, shards: ShardRange) -> bool:
        names = [shard_lock(number, shards.total) for number in shards.ids]
        locks = self._store.locks
        return await locks.holds(names[0]) and all(map(locks.has, names))

    async def _take(self, shards: ShardRange) -> None:
        """Take the locks of shards. Raises StoreInUse, ShardsMixed, DatabaseError."""
        locks = self._store.locks
        async with self.turn(Turn.START):
            await self._check_total(shards.total)
            for number in shards.ids:
                name = shard_lock(number, shards.total)
                if not (locks.has(name) or await locks.try_lock(name)):
                    raise StoreInUse(self._store.location, await locks.holder(name))

    async def _check_total(self, total: int) -> None:
        """Raise ShardsMixed if a process runs shards of another total; both would answer."""
        earlier = int(await self._store.get_meta(_TOTAL) or total)
        if earlier != total and await self._runs(earlier):
            raise ShardsMixed(earlier, total)
        await self._store.set_meta(_TOTAL, str(total))

    async def _runs(self, total: int) -> bool:
        """Return whether a process runs a shard of a total."""
        for number in range(total):
            lock = shard_lock(number, total)
            if not await self._store.locks.try_lock(lock):
                return True
            await self._store.locks.unlock(lock)
        return False

    async def elect(self) -> None:
        """Take the lead if nobody has it, and notice if it was lost with the connection."""
        locks = self._store.locks
        with suppress(DatabaseError):
            if not await locks.holds(_LEADER):
                await locks.try_lock(_LEADER)
        if self.is_shared and self._has_led != self.is_leader:
            log.info("this process %s", "leads" if self.is_leader else "no longer leads")
        self._has_led = self.is_leader

    def notices(self) -> AsyncIterator[Notice]:
        """Yield what other processes changed, for ever; what may have been missed, too."""
        return self._store.listen(SETTINGS_CHANNEL, WITHDRAWN_CHANNEL, SNAPSHOTS_CHANNEL)
