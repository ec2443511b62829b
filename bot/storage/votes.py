"""Store 👍 and 👎: one vote per member and answer, which can be changed or taken back."""

import time
from enum import StrEnum

from bot.questions.context import AskContext
from bot.storage.store import Store, replace_surrogates

_TAKE_BACK = "DELETE FROM votes WHERE answer = ? AND voter = ? AND up = ?"
_CAST = (
    "INSERT INTO votes (answer, voter, up, guild_id, cast_at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (answer, voter) DO UPDATE SET up = excluded.up, wanted = NULL,"
    " guild_id = excluded.guild_id, cast_at = excluded.cast_at"
)


class Vote(StrEnum):
    """A member's vote on an answer after a button was pressed."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


def votes_on(answer_id: str) -> str:
    """Return the name of the lock on an answer's votes and on all that is derived from them."""
    return f"votes {answer_id}"


async def cast_vote(store: Store, answer_id: str, up: bool, context: AskContext) -> Vote:
    """Cast a vote. The other vote replaces it; the same vote again takes it back."""
    voter = await store.pseudonymize(context.member, answer_id)
    async with store.transaction(votes_on(answer_id)) as transaction:
        if await transaction.execute(_TAKE_BACK, (answer_id, voter, up)):
            return Vote.NONE
        now = int(time.time())
        await transaction.execute(_CAST, (answer_id, voter, up, context.guild, now))
    return Vote.UP if up else Vote.DOWN


async def comment_on_vote(store: Store, answer_id: str, text: str, context: AskContext) -> bool:
    """Add a comment to the member's 👎; False if that was taken back."""
    voter = await store.pseudonymize(context.member, answer_id)
    sql = "UPDATE votes SET wanted = ? WHERE answer = ? AND voter = ? AND NOT up"
    return await store.execute(sql, (replace_surrogates(text), answer_id, voter)) > 0
