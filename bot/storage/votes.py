"""👍 and 👎: one vote a member and answer, which can be changed and taken back."""

import time
from dataclasses import dataclass
from enum import StrEnum

from bot.storage.database import Store, storable
from bot.storage.pseudonyms import Pseudonyms
from bot.text.context import AskContext

_TAKE_BACK = "DELETE FROM votes WHERE answer = ? AND voter = ? AND up = ?"
_CAST = "INSERT OR REPLACE INTO votes (answer, voter, up, guild_id, cast_at) VALUES (?, ?, ?, ?, ?)"


class Vote(StrEnum):
    """What is kept of a vote after a press of a button."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes in the store."""

    store: Store
    people: Pseudonyms

    async def cast(self, answer: str, up: bool, where: AskContext) -> Vote:
        """Count it; the other vote takes its place, the same again takes it back."""
        voter = await self._voter(answer, where)
        async with self.store.writing() as connection:  # two presses at once are one after another
            same = await connection.execute(_TAKE_BACK, (answer, voter, up))
            if same.rowcount:
                return Vote.NONE
            await connection.execute(_CAST, (answer, voter, up, where.guild, int(time.time())))
        return Vote.UP if up else Vote.DOWN

    async def wanted(self, answer: str, text: str, where: AskContext) -> bool:
        """Add what a member would have wanted to their 👎; False when that was taken back."""
        voter = await self._voter(answer, where)
        async with self.store.writing() as connection:
            cursor = await connection.execute(
                "UPDATE votes SET wanted = ? WHERE answer = ? AND voter = ? AND NOT up",
                (storable(text), answer, voter),
            )
            return cursor.rowcount > 0

    async def count(self, answer: str) -> tuple[int, int]:
        """How many 👍 and how many 👎."""
        row = await self.store.row(
            "SELECT count(*) FILTER (WHERE up), count(*) FILTER (WHERE NOT up) FROM votes"
            " WHERE answer = ?",
            (answer,),
        )
        return (int(row[0]), int(row[1])) if row else (0, 0)

    async def _voter(self, answer: str, where: AskContext) -> str:
        return await self.people.code(where.member or 0, answer)
