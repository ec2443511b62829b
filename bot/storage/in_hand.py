"""Remember the questions that are being answered, so that a crash does not lose them.

A row holds ids of Discord and no text, and it is deleted as soon as its question is answered.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, field

from bot.config.shards import ALL_SHARDS, ShardRange
from bot.storage.database import Store, ignore_storage_errors

_COLUMNS = "id, guild_id, channel_id, token, locale, asked_at"  # the fields of QuestionInHand
_SAVE = f"INSERT OR IGNORE INTO in_hand ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True)
class QuestionInHand:
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


class QuestionsInHand:
    """Remember the questions that are being answered, so that a crash does not lose them.

    Changes are written in the background, together with those that come while others are written.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes: dict[int, QuestionInHand | None] = {}  # by id; None for an answered one
        self._writing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def hold(self, question: QuestionInHand) -> AsyncIterator[None]:
        """Remember a question inside the block.

        A block that is cancelled or raises leaves it behind for the next start. It then keeps its
        time, so that a question that crashes the bot is not tried for ever.
        """
        self._change(question.id, question)
        yield
        self._change(question.id, None)

    async def left_behind(self, shards: ShardRange = ALL_SHARDS) -> list[QuestionInHand]:
        """Return the questions that an earlier process left unanswered, oldest first.

        Those of other shards are in the hands of processes that run.
        """
        rows = await self._store.fetch_all(
            f"SELECT {_COLUMNS} FROM in_hand"  # noqa: S608 - our own columns
            f" WHERE {shards.condition()} ORDER BY asked_at"
        )
        return [QuestionInHand(*row) for row in rows]

    def forget(self, question: QuestionInHand) -> None:
        """Delete a question that an earlier process left behind."""
        self._change(question.id, None)

    async def flush(self) -> None:
        """Wait until all changes are written."""
        if self._writing is not None:
            await self._writing

    def _change(self, number: int, question: QuestionInHand | None) -> None:
        self._changes[number] = question
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._changes:
            changes, self._changes = self._changes, {}
            saved = [astuple(question) for question in changes.values() if question]
            deleted = [(number,) for number, question in changes.items() if question is None]
            with ignore_storage_errors("which questions are in hand"):
                async with self._store.transaction() as connection:
                    await connection.executemany(_SAVE, saved)
                    await connection.executemany("DELETE FROM in_hand WHERE id = ?", deleted)
