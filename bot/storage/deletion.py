"""Delete data: of a member on request, and of everyone after the retention time."""

import time
from collections import defaultdict
from collections.abc import Iterable

from bot.storage import shown_answers
from bot.storage.databases.interface import MAINTENANCE_SECONDS, Row, Transaction
from bot.storage.guilds import GuildStore
from bot.storage.quoted_messages import withdraw_rows
from bot.storage.store import Store
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

# Columns with the answer's id, the member's pseudonym and the time, by table.
_PSEUDONYM_COLUMNS = {
    "answers": ("id", "asker", "created"),
    "unanswered": ("answer", "asker", "asked_at"),
    "votes": ("answer", "voter", "cast_at"),
    "help_requests": ("answer", "asker", "asked_at"),
    "quoted_messages": ("path", "author", "quoted_at"),
}
_PAGE_ROWS = 10_000
_CLOCK_SKEW_SECONDS = 300  # between the machines of the bot
_DELETE_SUBSCRIPTIONS = "DELETE FROM help_subscribers WHERE member = ?"
_DELETE_ORPHANS = (
    "DELETE FROM help_subscribers WHERE NOT EXISTS"
    " (SELECT 1 FROM help_requests WHERE help_requests.answer = help_subscribers.answer)"
)

_MemberRows = dict[str, set[tuple[str, str]]]  # answer id and pseudonym, by table


async def delete_member_data(store: Store, member: int) -> dict[str, int]:
    """Delete a member's questions with their answers, and their votes with their comments.

    Questions that they handed to people are no longer asked again, and they are told of none.
    Their messages that are articles are withdrawn; QuotedMessages.sweep() deletes the files.

    Returns the number of rows deleted from each table. Buttons under those answers reply from
    then on that the answer was deleted.
    """
    await store.pseudonymize(member, "")  # creates its key, which takes a transaction
    started = int(time.time())
    rows = await _rows_of_member(store, member)
    async with store.transaction(timeout_seconds=MAINTENANCE_SECONDS) as transaction:
        # An answer in progress must not add rows between reading and deleting.
        await transaction.lock_tables(*_PSEUDONYM_COLUMNS, "help_subscribers", "shown_answers")
        await _add_new_rows(store, transaction, member, started - _CLOCK_SKEW_SECONDS, rows)
        # Withdrawn rows have no author any more, so that the deletion below passes them over.
        await withdraw_rows(transaction, [path for path, _ in rows["quoted_messages"]])
        counts = {table: await _delete(transaction, table, rows[table]) for table in rows}
        for answer, _ in rows["votes"]:
            await update_vote_rows(transaction, answer)
        subscriptions = await transaction.execute(_DELETE_SUBSCRIPTIONS, (member,))
        await transaction.execute(_DELETE_ORPHANS)
        await transaction.execute(shown_answers.DELETE_ORPHANS)
    counts["quoted_messages"] = len(rows["quoted_messages"])
    return counts | {"help_subscribers": subscriptions}


async def _rows_of_member(store: Store, member: int) -> _MemberRows:
    """Read all rows in pages: each pseudonym has to be computed, and writers need not wait."""
    rows: _MemberRows = {}
    for table, (answer, pseudonym, _) in _PSEUDONYM_COLUMNS.items():
        rows[table], last = set(), ("", "")
        sql = (
            f"SELECT {answer}, {pseudonym} FROM {table} WHERE {pseudonym} IS NOT NULL"  # noqa: S608 - our own names
            f" AND ({answer}, {pseudonym}) > (?, ?) ORDER BY {answer}, {pseudonym} LIMIT ?"
        )
        while page := await store.fetch_all(
            sql, (*last, _PAGE_ROWS), timeout_seconds=MAINTENANCE_SECONDS
        ):
            rows[table] |= await _of_member(store, member, page)
            last = page[-1]
    return rows


async def _add_new_rows(
    store: Store, transaction: Transaction, member: int, since: int, rows: _MemberRows
) -> None:
    for table, (answer, pseudonym, dated) in _PSEUDONYM_COLUMNS.items():
        sql = f"SELECT {answer}, {pseudonym} FROM {table} WHERE {dated} >= ?"  # noqa: S608 - our own names
        rows[table] |= await _of_member(store, member, await transaction.fetch_all(sql, (since,)))


async def _of_member(store: Store, member: int, rows: Iterable[Row]) -> set[tuple[str, str]]:
    return {
        (answer, pseudonym)
        for answer, pseudonym in rows
        if pseudonym and pseudonym == await store.pseudonymize(member, answer)
    }


async def _delete(transaction: Transaction, table: str, rows: set[tuple[str, str]]) -> int:
    answer, pseudonym, _ = _PSEUDONYM_COLUMNS[table]
    sql = f"DELETE FROM {table} WHERE {answer} = ? AND {pseudonym} = ?"  # noqa: S608 - our own names
    return sum([await transaction.execute(sql, row) for row in sorted(rows)])


async def purge_expired(store: Store, guilds: GuildStore) -> None:
    """Delete texts older than each server's retention time, and servers left long ago."""
    await guilds.purge_left_guilds()
    await purge_usage(store)
    by_days: dict[int, list[int]] = defaultdict(list)
    for guild, settings in (await guilds.customized()).items():
        by_days[settings.retention_days].append(guild)
    customized = ",".join(str(guild) for same in by_days.values() for guild in same) or "NULL"
    default_days = (await guilds.get(None)).retention_days
    async with store.transaction(timeout_seconds=MAINTENANCE_SECONDS) as transaction:
        for days, same in by_days.items():
            await _delete_old(transaction, days, f"guild_id IN ({','.join(map(str, same))})")
        others = f"(guild_id IN ({customized})) IS NOT TRUE"  # direct messages, too
        await _delete_old(transaction, default_days, others)
        await transaction.execute(_DELETE_ORPHANS)
        await transaction.execute(shown_answers.DELETE_ORPHANS)


async def _delete_old(transaction: Transaction, days: int, condition: str) -> None:
    oldest = int(time.time()) - days * DAY_SECONDS
    for table, column in DATED_TABLES.items():
        sql = f"DELETE FROM {table} WHERE {column} < ? AND {condition}"  # noqa: S608 - our own names
        await transaction.execute(sql, (oldest,))
