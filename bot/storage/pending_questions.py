"""Remember the questions that are being answered, so that a crash does not lose them.

A row holds ids of Discord and no text, and it is deleted as soon as its question is answered. Its
``holder`` is the process that answers it, which holds a lock of that name: rows of a free lock were
left behind.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, field

from bot.config.shards import ALL_SHARDS, ShardRange
from bot.storage.errors import DatabaseError
from bot.storage.store import Store, ignore_storage_errors

_COLUMNS = "id, guild_id, channel_id, token, locale, asked_at"  # the fields of PendingQuestion
_SAVE = (
    f"INSERT INTO in_hand ({_COLUMNS}, holder) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own columns
    " ON CONFLICT DO NOTHING"
)
_NOBODY = ""  # in place of the holder in rows of the first versions


@dataclass(frozen=True, slots=True)
class PendingQuestion:
    """A message, or an interaction with its token, that is not answered yet.

    ``locale`` is the language of the reply; ``asked_at`` is in seconds since the epoch.
    """

    id: int
    guild: int | None
    channel: int
    token: str | None = None
    locale: str | None = None
    asked_at: float = field(default_factory=time.time)

    @property
    def age_seconds(self) -> float:
        """Seconds since it was asked."""
        return time.time() - self.asked_at


class PendingQuestions:
    """Remember the questions that are being answered, so that a crash does not lose them.

    Changes are written in the background, together with those that come while others are written.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes: dict[int, PendingQuestion | None] = {}  # by id; None for an answered one
        self._writing: asyncio.Task[None] | None = None
        self._holder = f"in hand {secrets.token_hex(8)}"

    @asynccontextmanager
    async def hold(self, question: PendingQuestion) -> AsyncIterator[None]:
        """Remember a question inside the block.

        A block that is cancelled or raises leaves it behind for the next start. It then keeps its
        time, so that a question that crashes the bot is not tried for ever.
        """
        self._change(question.id, question)
        yield
        self._change(question.id, None)

    async def left_behind(self, shards: ShardRange = ALL_SHARDS) -> list[PendingQuestion]:
        """Take over these shards' questions that dead processes left, oldest first.

        Each is returned once, to one process, unless that dies, too.
        """
        sql = (
            f"SELECT DISTINCT coalesce(holder, '{_NOBODY}') FROM in_hand WHERE {shards.condition()}"  # noqa: S608 - our own columns
        )
        rows = await self._store.fetch_all(sql)
        holders = {str(row[0]) for row in rows} - {self._holder}
        taken = [
            each for holder in sorted(holders) for each in await self._take_over(holder, shards)
        ]
        return sorted(taken, key=lambda question: question.asked_at)

    async def _take_over(self, holder: str, shards: ShardRange) -> list[PendingQuestion]:
        """Take over questions of another process, none if that still runs."""
        locks = self._store.locks
        if not await locks.try_lock(holder):
            return []
        await self._hold_lock()
        try:
            async with self._store.transaction() as transaction:
                rows = await transaction.fetch_all(
                    f"SELECT {_COLUMNS} FROM in_hand"  # noqa: S608 - our own columns
                    f" WHERE coalesce(holder, '{_NOBODY}') = ? AND {shards.condition()}",
                    (holder,),
                )
                sql = "UPDATE in_hand SET holder = ? WHERE id = ?"
                await transaction.executemany(sql, [(self._holder, row[0]) for row in rows])
        finally:
            await locks.unlock(holder)
        return [PendingQuestion(*row) for row in rows]

    async def _hold_lock(self) -> None:
        """Keep other processes from taking over the questions of this one."""
        if not self._store.locks.has(self._holder):
            await self._store.locks.try_lock(self._holder)

    def forget(self, question: PendingQuestion) -> None:
        """Delete a question that an earlier process left behind."""
        self._change(question.id, None)

    async def flush(self) -> None:
        """Wait until all changes are written."""
        if self._writing is not None:
            await self._writing

    def _change(self, number: int, question: PendingQuestion | None) -> None:
        self._changes[number] = question
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        with ignore_storage_errors("which questions are pending"):
            while self._changes:
                changes, self._changes = self._changes, {}
                try:
                    await self._write_changes(changes)
                except DatabaseError:
                    # Those answered must go with the next change, lest they are asked again.
                    for number in [each for each in changes if changes[each] is None]:
                        self._changes.setdefault(number, None)
                    raise

    async def _write_changes(self, changes: dict[int, PendingQuestion | None]) -> None:
        saved = [(*astuple(each), self._holder) for each in changes.values() if each]
        deleted = [(number,) for number, question in changes.items() if question is None]
        await self._hold_lock()
        async with self._store.transaction() as transaction:
            await transaction.executemany(_SAVE, saved)
            await transaction.executemany("DELETE FROM in_hand WHERE id = ?", deleted)
