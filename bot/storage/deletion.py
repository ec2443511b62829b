"""Delete data: of a member on request, and of everyone after the retention time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bot.storage.database import Store
from bot.storage.guilds import GuildStore
from bot.storage.pseudonyms import Pseudonyms
from bot.storage.unanswered import update_vote_rows
from bot.storage.usage import purge_usage

DAY_SECONDS = 24 * 3600
# Tables that hold text written by members, and the column with its time.
DATED_TABLES = {"answers": "created", "unanswered": "asked_at", "votes": "cast_at"}

_DELETE_ANSWER = "DELETE FROM answers WHERE id = ? AND asker = ?"
_DELETE_UNANSWERED = "DELETE FROM unanswered WHERE answer = ? AND asker = ?"
_DELETE_VOTE = "DELETE FROM votes WHERE answer = ? AND voter = ?"


@dataclass(frozen=True, slots=True)
class DeletionCounts:
    """Numbers of a member's rows that were deleted."""

    questions: int
    unanswered: int
    votes: int


async def delete_member_data(store: Store, pseudonyms: Pseudonyms, member: int) -> DeletionCounts:
    """Delete a member's questions with their answers, and their votes with their comments.

    Buttons under those answers reply from then on that the answer was deleted.
    """

    async def rows_of_member(sql: str) -> list[tuple[str, str]]:
        return [
            (str(answer), str(pseudonym))
            for answer, pseudonym in await store.fetch_all(sql)
            if answer and pseudonym and pseudonym == await pseudonyms.pseudonymize(member, answer)
        ]

    answers = await rows_of_member("SELECT id, asker FROM answers")
    unanswered = await rows_of_member("SELECT answer, asker FROM unanswered")
    votes = await rows_of_member("SELECT answer, voter FROM votes")
    async with store.transaction() as connection:
        await connection.executemany(_DELETE_ANSWER, answers)
        await connection.executemany(_DELETE_UNANSWERED, unanswered)
        await connection.executemany(_DELETE_VOTE, votes)
        for answer, _ in votes:
            await update_vote_rows(connection, answer)
    return DeletionCounts(len(answers), len(unanswered), len(votes))


async def purge_expired(store: Store, guilds: GuildStore) -> None:
    """Delete texts older than each server's retention time, and servers left long ago."""
    await guilds.purge_left_guilds()
    await purge_usage(store)
    customized = await guilds.customized()
    default_days = (await guilds.get(None)).retention_days
    listed = ",".join(str(guild) for guild in customized)
    async with store.transaction() as connection:
        for guild, settings in customized.items():
            for sql in _delete_statements("guild_id = ?"):
                await connection.execute(sql, (_days_ago(settings.retention_days), guild))
        for sql in _delete_statements(f"(guild_id IS NULL OR guild_id NOT IN ({listed}))"):
            await connection.execute(sql, (_days_ago(default_days),))


def _delete_statements(condition: str) -> Iterator[str]:
    for table, column in DATED_TABLES.items():
        yield f"DELETE FROM {table} WHERE {column} < ? AND {condition}"  # noqa: S608 - our own names


def _days_ago(days: int) -> int:
    return int(time.time()) - days * DAY_SECONDS
