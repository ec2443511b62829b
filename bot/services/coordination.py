"""Several processes of one bot: work in turns, one leader, and notices of what others changed.

A store on SQLite has one process, which leads and gets every turn.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from enum import StrEnum

from bot.storage.backend import Notice
from bot.storage.database import Store
from bot.storage.errors import DatabaseError
from bot.storage.guilds import SETTINGS_CHANNEL

log = logging.getLogger(__name__)

WITHDRAWN_CHANNEL = "quoth_withdrawn"  # of notices that a message is no longer quoted
SNAPSHOTS_CHANNEL = "quoth_snapshots"  # of notices that a snapshot was published
_LEADER = "leader"


class Turn(StrEnum):
    """Work that one process at a time does."""

    BUILD = "build"
    ROLL_BACK = "roll back"
    FOLLOW_SOURCES = "follow sources"
    DELETE_WITHDRAWN = "delete withdrawn messages"
    SYNC_COMMANDS = "sync commands"
    IDENTIFY = "identify"


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
