"""Delete data: of a member on request, and of everyone after the retention time."""

import time

import aiosqlite

from bot.storage import shown_answers
from bot.storage.database import Store
from bot.storage.guilds import GuildStore
from bot.storage.quoted_messages import withdraw_rows
from bot.storage.unanswered import update_vote_rows
from bot.storage.usage import purge_usage

DAY_SECONDS = 24 * 3600
# Tables that hold text written by members, and the column with its time.
DATED_TABLES = {
    "answers": "created",
    "unanswered": "asked_at",
    "votes": "cast_at",
    "help_requests": "asked_at",
}

# Columns with the answer's id and the member's pseudonym, by table.
_PSEUDONYM_COLUMNS = {
    "answers": ("id", "asker"),
    "unanswered": ("answer", "asker"),
    "votes": ("answer", "voter"),
    "help_requests": ("answer", "asker"),
    "quoted_messages": ("path", "author"),
}
_DELETE_SUBSCRIPTIONS = "DELETE FROM help_subscribers WHERE member = ?"
_DELETE_ORPHANS = (
    "DELETE FROM help_subscribers WHERE answer NOT IN (SELECT answer FROM help_requests)"
)


async def delete_member_data(store: Store, member: int) -> dict[str, int]:
    """Delete a member's questions with their answers, and their votes with their comments.

    Questions that they handed to people are no longer asked again, and they are told of none.
    Their messages that are articles are withdrawn; QuotedMessages.sweep() deletes the files.

    Returns the number of rows deleted from each table. Buttons under those answers reply from
    then on that the answer was deleted.
    """
    await store.pseudonymize(member, "")  # creates its key, which takes a transaction
    async with store.transaction() as connection:
        # An answer in progress must not add rows between reading and deleting.
        rows = {
            table: await _rows_of_member(store, connection, table, member)
            for table in _PSEUDONYM_COLUMNS
        }
        # Withdrawn rows have no author any more, so that the deletion below passes them over.
        await withdraw_rows(connection, [path for path, _ in rows["quoted_messages"]])
        for table, (answer, pseudonym) in _PSEUDONYM_COLUMNS.items():
            sql = f"DELETE FROM {table} WHERE {answer} = ? AND {pseudonym} = ?"  # noqa: S608 - our own names
            await connection.executemany(sql, rows[table])
        for answer, _ in rows["votes"]:
            await update_vote_rows(connection, answer)
        subscriptions = await connection.execute(_DELETE_SUBSCRIPTIONS, (member,))
        await connection.execute(_DELETE_ORPHANS)
        await connection.execute(shown_answers.DELETE_ORPHANS)
    counts = {table: len(rows[table]) for table in rows}
    return counts | {"help_subscribers": subscriptions.rowcount}


async def _rows_of_member(
    store: Store, connection: aiosqlite.Connection, table: str, member: int
) -> list[tuple[str, str]]:
    """Return the answer id and the pseudonym of each row."""
    columns = ", ".join(_PSEUDONYM_COLUMNS[table])
    return [
        (answer, pseudonym)
        for answer, pseudonym in await connection.execute_fetchall(f"SELECT {columns} FROM {table}")  # noqa: S608 - our own names
        if pseudonym and pseudonym == await store.pseudonymize(member, answer)
    ]


async def purge_expired(store: Store, guilds: GuildStore) -> None:
    """Delete texts older than each server's retention time, and servers left long ago."""
    await guilds.purge_left_guilds()
    await purge_usage(store)
    customized = await guilds.customized()
    default_days = (await guilds.get(None)).retention_days
    listed = ",".join(map(str, customized))
    async with store.transaction() as connection:
        for guild, settings in customized.items():
            await _delete_old(connection, settings.retention_days, f"guild_id = {guild}")
        others = f"(guild_id IS NULL OR guild_id NOT IN ({listed}))"
        await _delete_old(connection, default_days, others)
        await connection.execute(_DELETE_ORPHANS)
        await connection.execute(shown_answers.DELETE_ORPHANS)


async def _delete_old(connection: aiosqlite.Connection, days: int, condition: str) -> None:
    oldest = int(time.time()) - days * DAY_SECONDS
    for table, column in DATED_TABLES.items():
        sql = f"DELETE FROM {table} WHERE {column} < ? AND {condition}"  # noqa: S608 - our own names
        await connection.execute(sql, (oldest,))
