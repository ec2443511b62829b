"""Store 👍 and 👎: one vote per member and answer, which can be changed or taken back."""

import time
from dataclasses import dataclass
from enum import StrEnum

from bot.storage.database import Store, replace_surrogates
from bot.storage.pseudonyms import Pseudonyms
from bot.text.context import AskContext

_TAKE_BACK = "DELETE FROM votes WHERE answer = ? AND voter = ? AND up = ?"
_CAST = "INSERT OR REPLACE INTO votes (answer, voter, up, guild_id, cast_at) VALUES (?, ?, ?, ?, ?)"


class Vote(StrEnum):
    """A member's vote on an answer after a button was pressed."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes in a store."""

    store: Store
    pseudonyms: Pseudonyms

    async def cast(self, answer_id: str, up: bool, context: AskContext) -> Vote:
        """Cast a vote. The other vote replaces it; the same vote again takes it back."""
        voter = await self._voter(answer_id, context)
        async with self.store.transaction() as connection:  # serializes simultaneous presses
            same = await connection.execute(_TAKE_BACK, (answer_id, voter, up))
            if same.rowcount:
                return Vote.NONE
            now = int(time.time())
            await connection.execute(_CAST, (answer_id, voter, up, context.guild, now))
        return Vote.UP if up else Vote.DOWN

    async def add_comment(self, answer_id: str, text: str, context: AskContext) -> bool:
        """Add a comment to the member's 👎; False if that was taken back."""
        voter = await self._voter(answer_id, context)
        async with self.store.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE votes SET wanted = ? WHERE answer = ? AND voter = ? AND NOT up",
                (replace_surrogates(text), answer_id, voter),
            )
            return cursor.rowcount > 0

    async def _voter(self, answer_id: str, context: AskContext) -> str:
        return await self.pseudonyms.pseudonymize(context.member or 0, answer_id)
