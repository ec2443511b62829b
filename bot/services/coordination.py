"""Several processes of one bot: work in turns, one leader, and notices of what others changed.

A store on SQLite has one process, which leads and gets every turn.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from enum import StrEnum

from bot.storage.backend import Notice, held_name
from bot.storage.database import Store
from bot.storage.errors import DatabaseError
from bot.storage.guilds import SETTINGS_CHANNEL
from index.errors import QuothError

log = logging.getLogger(__name__)

WITHDRAWN_CHANNEL = "quoth_withdrawn"  # of notices that a message is no longer quoted
SNAPSHOTS_CHANNEL = "quoth_snapshots"  # of notices that a snapshot was published
_LEADER = "leader"
_TOTAL = "shards"  # in the table ``meta``


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


def shard_name(number: int, total: int) -> str:
    """Return the name that the process of a shard holds in the store."""
    return f"shard {number} of {total}"


class Coordination:
    """Turns among the processes that share a store, and the one of them that leads.

    ``is_leader`` is True in one process at most. A turn and the lead of a process that dies pass
    on to the others.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_leader = False

    @property
    def is_shared(self) -> bool:
        """True if several processes may use the store."""
        return self._store.is_shared

    def turn(self, work: Turn) -> AbstractAsyncContextManager[None]:
        """Wait until no other process does this work, inside the block. Raises DatabaseError."""
        return self._store.locks.waiting(work)

    async def check_total(self, total: int) -> None:
        """Raise ShardsMixed if a process runs shards of another total; both would answer.

        Processes hold names, see ``shard_name``, while they run.
        """
        if not self.is_shared:
            return
        async with self.turn(Turn.START):
            earlier = int(await self._store.get_meta(_TOTAL) or total)
            if earlier != total and await self._runs(earlier):
                raise ShardsMixed(earlier, total)
            await self._store.set_meta(_TOTAL, str(total))

    async def _runs(self, total: int) -> bool:
        """Return whether a process runs a shard of a total."""
        for number in range(total):
            lock = held_name(shard_name(number, total))
            if not await self._store.locks.try_lock(lock):
                return True
            await self._store.locks.unlock(lock)
        return False

    async def elect(self) -> None:
        """Take the lead if nobody has it, and notice if it was lost with the connection."""
        locks, led = self._store.locks, self.is_leader
        try:
            self.is_leader = await locks.holds(_LEADER) or await locks.try_lock(_LEADER)
        except DatabaseError:
            self.is_leader = False
        if self.is_shared and led != self.is_leader:
            log.info("this process %s", "leads" if self.is_leader else "no longer leads")

    def notices(self) -> AsyncIterator[Notice]:
        """Yield what other processes changed, for ever; what may have been missed, too."""
        return self._store.listen(SETTINGS_CHANNEL, WITHDRAWN_CHANNEL, SNAPSHOTS_CHANNEL)
