"""``/privacy forget-me``: finds what is kept of a member, by their codes, and deletes it."""

from dataclasses import dataclass

from bot.storage.database import Store
from bot.storage.misses import GATHER, VOTE, WITHDRAW
from bot.storage.pseudonyms import Pseudonyms

_ANSWERS = "DELETE FROM answers WHERE id = ? AND asker = ?"
_MISSES = "DELETE FROM unanswered WHERE answer = ? AND asker = ?"
_VOTES = "DELETE FROM votes WHERE answer = ? AND voter = ?"


@dataclass(frozen=True, slots=True)
class DeletionCounts:
    """How much of a member was deleted."""

    questions: int
    unanswered: int
    votes: int


async def forget_member(store: Store, people: Pseudonyms, member: int) -> DeletionCounts:
    """Delete a member's questions with the answers to them, and their votes with what they say.

    Their answers' buttons say from then on that the answer is gone.
    """
    asked = await _own(store, people, member, "SELECT id, asker FROM answers")
    missed = await _own(store, people, member, "SELECT answer, asker FROM unanswered")
    voted = await _own(store, people, member, "SELECT answer, voter FROM votes")
    async with store.writing() as connection:
        await connection.executemany(_ANSWERS, asked)
        await connection.executemany(_MISSES, missed)
        await connection.executemany(_VOTES, voted)
        for answer, _ in voted:
            await connection.execute(WITHDRAW, (answer, VOTE, answer))
            await connection.execute(GATHER, (answer, answer, VOTE))
    return DeletionCounts(len(asked), len(missed), len(voted))


async def _own(store: Store, people: Pseudonyms, member: int, sql: str) -> list[tuple[str, str]]:
    """The rows of (answer, code) whose code is the member's."""
    rows = await store.rows(sql)
    return [
        (str(answer), str(code))
        for answer, code in rows
        if answer and code and code == await people.code(member, answer)
    ]
