"""Interface to the database behind the store: a SQLite file, or PostgreSQL.

Statements are written once for both, with question marks as placeholders. They use no function,
type or clause that only one of the two knows; the remaining differences are methods here.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Row = tuple[Any, ...]

STATEMENT_SECONDS = 5.0  # a database that hangs must not keep a member waiting
MAINTENANCE_SECONDS = 600.0  # for statements over whole tables


def overwrite(columns: str) -> str:
    """Return the assignments of an upsert that takes these columns from the new row."""
    return ", ".join(f"{column} = excluded.{column}" for column in columns.split(", "))


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of another process; ``payload`` is None if some may have been missed."""

    channel: str
    payload: str | None


class Transaction(Protocol):
    """An open transaction. Every method raises DatabaseError."""

    async def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement that writes, and return the number of rows that it changed."""

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement that writes, once for each row of values."""

    async def fetch_all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Return every row of a query."""

    async def lock_tables(self, *tables: str) -> None:
        """Keep all other processes from changing these tables until the transaction ends."""

    async def notify(self, channel: str, payload: str) -> None:
        """Send a notice to all processes of the bot once the transaction is committed."""


class Locks(Protocol):
    """Locks between the bot's processes, held until they are unlocked or the process dies."""

    def has(self, name: str) -> bool:
        """Return whether this process took a lock, without asking the database."""

    async def try_lock(self, name: str) -> bool:
        """Take a lock; False if another process or task holds it. Raises DatabaseError."""

    async def unlock(self, name: str) -> None:
        """Give a lock back."""

    async def holds(self, name: str) -> bool:
        """Return whether this process still holds a lock, asking the database."""

    async def holder(self, name: str) -> str:
        """Return the process that holds a lock; "unknown" if none does. Raises DatabaseError."""

    def waiting(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for a lock and hold it inside the block, which is cancelled if that is lost.

        Raises DatabaseError.
        """


class Database(Protocol):
    """A database, with the schema of this version once it is opened."""

    advice: str  # for an operator whose database cannot be opened
    is_shared: bool  # by several processes of the bot

    @property
    def locks(self) -> Locks:
        """Locks between the bot's processes."""

    async def open(self) -> None:
        """Apply pending migrations. Raises DatabaseError, and StoreError for a newer schema."""

    async def close(self) -> None:
        """Close every connection."""

    def may_recover(self, error: Exception) -> bool:
        """Tell whether a failure to open is due to the surroundings, and may pass."""

    def listen(self, *channels: str) -> AsyncIterator[Notice]:
        """Yield the notices of these channels for ever; none if no other process can send any."""

    async def notify(self, channel: str) -> None:
        """Send a notice without payload to all processes of the bot. Raises DatabaseError."""

    def keep_open(self) -> AbstractContextManager[None]:
        """Keep a connection inside the block if that makes statements faster."""

    def transaction(
        self, serialize: str | None, timeout_seconds: float
    ) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that is committed at the end, and rolled back on an error.

        Transactions with the same ``serialize`` run one after the other, in all processes.
        """

    async def fetch_all(
        self, sql: str, values: Sequence[object], timeout_seconds: float
    ) -> list[Row]:
        """Return every row of a query, even if the database cannot be written."""

    async def tables_with(self, column: str) -> list[str]:
        """Return the names of the tables that have a column, sorted."""
