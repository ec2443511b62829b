"""Store which articles are messages of members, so that their authors can withdraw them.

The text is only in the article's file. A withdrawn row stays, without its author, so that nothing
quotes the message again.
"""

import time
from dataclasses import dataclass
from enum import IntEnum

from bot.storage.databases.interface import Row, Transaction, overwrite
from bot.storage.store import Store
from index.filters import private_collection

_COLUMNS = "path, guild_id, channel_id, message_id, named, credited, quoted_at"
_WITHDRAW = (
    "UPDATE quoted_messages SET withdrawn_at = ?, author = NULL, channel_id = NULL"
    " WHERE path = ? AND withdrawn_at IS NULL"
)
_ADD = (
    f"INSERT INTO quoted_messages ({_COLUMNS}, author)"  # noqa: S608 - our own columns
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE"
    f" SET {overwrite(f'{_COLUMNS}, author')}, removal = 0"
    " WHERE quoted_messages.withdrawn_at IS NULL"
)


class Removal(IntEnum):
    """How far a withdrawn message is removed. A rollback may bring it back into the index."""

    PENDING = 0
    FILE_DELETED = 1
    REBUILT = 2


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """A message that is an article of its server.

    ``named`` shows its author's name, with their consent. ``credited`` is False if the author did
    not write the text but forwarded it. ``quoted_at`` is the Unix time when the text was taken.
    """

    path: str
    guild: int
    channel: int
    message: int
    named: bool = False
    credited: bool = True
    quoted_at: int = 0

    @property
    def jump_url(self) -> str:
        """The link to the message."""
        return f"https://discord.com/channels/{self.guild}/{self.channel}/{self.message}"


def quoted_message_path(guild: int, message: int) -> str:
    """Return the path of the article that a message becomes."""
    return f"{private_collection(guild)}/{message}.md"


async def add_quoted_message(store: Store, quoted: QuotedMessage, author: int) -> bool:
    """Add a message, or replace one whose article was removed; False if it was withdrawn."""
    pseudonym = await store.pseudonymize(author, quoted.path)
    added = await store.execute(
        _ADD,
        (
            *(quoted.path, quoted.guild, quoted.channel, quoted.message),
            *(quoted.named, quoted.credited, quoted.quoted_at, pseudonym),
        ),
    )
    return added > 0


async def get_quoted_message(store: Store, path: str) -> QuotedMessage | None:
    """Return a message that was not withdrawn, or None."""
    sql = f"SELECT {_COLUMNS} FROM quoted_messages WHERE path = ? AND withdrawn_at IS NULL"  # noqa: S608 - our own columns
    row = await store.fetch_one(sql, (path,))
    return _from_row(row) if row else None


async def is_author(store: Store, path: str, member: int) -> bool:
    """Tell whether a member is the author of a message that was not withdrawn."""
    row = await store.fetch_one("SELECT author FROM quoted_messages WHERE path = ?", (path,))
    return row is not None and row[0] == await store.pseudonymize(member, path)


async def messages_of(store: Store, member: int) -> list[QuotedMessage]:
    """Return a member's messages that were not withdrawn, newest first."""
    rows = await store.fetch_all(
        f"SELECT {_COLUMNS}, author FROM quoted_messages WHERE withdrawn_at IS NULL"  # noqa: S608 - our own columns
        " ORDER BY quoted_at DESC, path"
    )
    return [
        _from_row(row) for row in rows if row[-1] == await store.pseudonymize(member, str(row[0]))
    ]


async def all_quoted_messages(store: Store) -> list[QuotedMessage]:
    """Return every message that was not withdrawn, newest first."""
    rows = await store.fetch_all(
        f"SELECT {_COLUMNS} FROM quoted_messages WHERE withdrawn_at IS NULL"  # noqa: S608 - our own columns
        " ORDER BY quoted_at DESC, path"
    )
    return list(map(_from_row, rows))


async def set_named(store: Store, path: str, *, named: bool) -> None:
    """Record whether the author's name is shown."""
    await store.execute("UPDATE quoted_messages SET named = ? WHERE path = ?", (named, path))


async def withdraw(store: Store, path: str) -> None:
    """Withdraw a message."""
    async with store.transaction() as transaction:
        await withdraw_rows(transaction, [path])


async def withdraw_guild(store: Store, guild: int) -> None:
    """Withdraw all messages of a server whose data is deleted."""
    async with store.transaction() as transaction:
        await transaction.lock_tables("quoted_messages")
        sql = "SELECT path FROM quoted_messages WHERE guild_id = ?"
        rows = await transaction.fetch_all(sql, (guild,))
        await withdraw_rows(transaction, [str(row[0]) for row in rows])
        sql = "UPDATE quoted_messages SET guild_id = NULL WHERE guild_id = ?"
        await transaction.execute(sql, (guild,))


async def withdraw_rows(transaction: Transaction, paths: list[str]) -> None:
    """Withdraw messages in a transaction, and delete what pinned questions quote of them."""
    now = int(time.time())
    await transaction.executemany(_WITHDRAW, [(now, path) for path in paths])
    sql = "UPDATE pins SET article = NULL, quote = NULL WHERE article = ?"
    await transaction.executemany(sql, [(path,) for path in paths])


async def withdrawn_paths(store: Store) -> dict[str, Removal]:
    """Return how far each withdrawn message is removed, by its path."""
    rows = await store.fetch_all(
        "SELECT path, removal FROM quoted_messages WHERE withdrawn_at IS NOT NULL ORDER BY path"
    )
    return {str(path): Removal(removal) for path, removal in rows}


async def set_removal(store: Store, paths: list[str], state: Removal) -> None:
    """Record how far the removal of withdrawn messages is."""
    async with store.transaction() as transaction:
        sql = "UPDATE quoted_messages SET removal = ? WHERE path = ?"
        await transaction.executemany(sql, [(state, path) for path in paths])


async def forget_quoted_message(store: Store, path: str) -> None:
    """Delete the row of a message that did not become an article after all."""
    await store.execute("DELETE FROM quoted_messages WHERE path = ?", (path,))


def _from_row(row: Row) -> QuotedMessage:
    path, guild, channel, message, named, credited, quoted_at = tuple(row)[:7]
    return QuotedMessage(path, guild, channel, message, bool(named), bool(credited), quoted_at)
