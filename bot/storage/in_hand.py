"""Remember the questions that are being answered, so that a crash does not lose them.

A row holds ids of Discord and no text, and it is deleted as soon as its question is answered.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, field

from bot.storage.database import Store, ignore_storage_errors


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


@asynccontextmanager
async def in_hand(store: Store, question: QuestionInHand) -> AsyncIterator[None]:
    """Remember a question inside the block, without waiting for the store.

    A block that is cancelled or raises leaves it behind for the next start. It then keeps its time,
    so that a question that crashes the bot is not tried for ever.
    """
    saving = asyncio.create_task(_save(store, question))
    yield
    await saving
    await forget(store, question)


async def questions_in_hand(store: Store) -> list[QuestionInHand]:
    """Return the questions that an earlier process left unanswered, oldest first."""
    sql = "SELECT id, guild_id, channel_id, token, locale, asked_at FROM in_hand ORDER BY asked_at"
    with ignore_storage_errors("which questions were in hand"):
        return [QuestionInHand(*row) for row in await store.fetch_all(sql)]
    return []


async def forget(store: Store, question: QuestionInHand) -> None:
    """Delete a question that was answered."""
    with ignore_storage_errors("that a question was answered"):
        await store.execute("DELETE FROM in_hand WHERE id = ?", (question.id,))


async def _save(store: Store, question: QuestionInHand) -> None:
    with ignore_storage_errors("a question in hand"):
        sql = (
            "INSERT OR IGNORE INTO in_hand (id, guild_id, channel_id, token, locale, asked_at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
        )
        await store.execute(sql, astuple(question))
