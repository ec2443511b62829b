"""Questions that were not answered, for the curators: nothing was found, or somebody voted 👎."""

import time
from dataclasses import dataclass

from bot.storage.database import Store, storable
from bot.text.context import AskContext

NOTHING = "nothing"
VOTE = "vote"

_ADD = (
    "INSERT INTO unanswered"
    " (question, guild_id, channel_id, message_id, reason, asked_at, answer, asker)"
    " SELECT ?, ?, ?, ?, ?, ?, answers.id, answers.asker FROM answers WHERE answers.id = ?"
    " AND NOT EXISTS (SELECT 1 FROM unanswered u WHERE u.answer = answers.id AND u.reason = ?)"
)
WITHDRAW = (
    "DELETE FROM unanswered WHERE answer = ? AND reason = ?"
    " AND NOT EXISTS (SELECT 1 FROM votes WHERE votes.answer = ? AND NOT up)"
)
GATHER = (
    "UPDATE unanswered SET wanted = (SELECT group_concat(wanted, char(10)) FROM votes"
    " WHERE votes.answer = ? AND NOT up) WHERE answer = ? AND reason = ?"
)


@dataclass(frozen=True, slots=True)
class UnansweredLog:
    """The table ``unanswered``: a row for an answer and a reason. Nothing of direct messages."""

    store: Store

    async def nothing(
        self, answer: str, question: str, where: AskContext, message: int | None
    ) -> None:
        """Nothing was found for ``question``; ``message`` is where to jump to."""
        if where.guild is not None:
            await self.store.write(_ADD, _row(answer, question, where, message, NOTHING))

    async def voted(
        self, answer: str, question: str, where: AskContext, message: int | None
    ) -> None:
        """Bring the row of an answer in line with its votes: there while it has a 👎."""
        async with self.store.writing() as connection:
            if where.guild is not None:
                await connection.execute(_ADD, _row(answer, question, where, message, VOTE))
            await connection.execute(WITHDRAW, (answer, VOTE, answer))
            await connection.execute(GATHER, (answer, answer, VOTE))


def _row(
    answer: str, question: str, where: AskContext, message: int | None, reason: str
) -> tuple[object, ...]:
    now = int(time.time())
    place = (where.guild, where.channel, message if where.channel else None)
    return (storable(question), *place, reason, now, answer, reason)
