"""Keep the store in PostgreSQL, which several processes of the bot may use at once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from functools import lru_cache

from psycopg import AsyncConnection, sql

from bot.config.store_location import PostgresUrl
from bot.storage.databases.interface import MAINTENANCE_SECONDS, STATEMENT_SECONDS, Notice, Row
from bot.storage.databases.postgres_connection import (
    LOCK_KEY,
    AdvisoryLocks,
    Postgres,
    connect,
    translate_errors,
)
from bot.storage.databases.postgres_schema import MIGRATIONS
from bot.storage.errors import DatabaseError, StoreError

_MIN_VERSION = 14
_SERIALIZE = f"SELECT pg_advisory_xact_lock({LOCK_KEY})"
# Reasons for which a server refuses a connection only for a while.
_TEMPORARY = ("starting up", "shutting down", "recovery", "too many", "connection slots")


class PostgresTransaction:
    """An open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement that writes, and return the number of rows that it changed."""
        return (await self._connection.execute(translate(sql), _clean(values))).rowcount

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement that writes, once for each row of values."""
        async with self._connection.cursor() as cursor:
            await cursor.executemany(translate(sql), [_clean(row) for row in rows])

    async def fetch_all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Return every row of a query."""
        cursor = await self._connection.execute(translate(sql), _clean(values))
        return await cursor.fetchall()

    async def lock_tables(self, *tables: str) -> None:
        """Keep all other transactions from changing these tables."""
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        lock = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE")
        await self._connection.execute(lock.format(names))

    async def notify(self, channel: str, payload: str) -> None:
        """Send a notice to all processes of the bot once the transaction is committed."""
        await self._connection.execute("SELECT pg_notify(%s, %s)", (channel, payload))


class PostgresDatabase:
    """A PostgreSQL database; its tables are in the schema that comes first in the search path."""

    advice = "check QUOTH_STORE, and that this database accepts the bot's user"
    is_shared = True

    def __init__(self, location: PostgresUrl) -> None:
        self.postgres = Postgres(location.value)
        self._location = location
        self._migrated = False

    @property
    def locks(self) -> AdvisoryLocks:
        """Locks between the bot's processes."""
        return self.postgres.locks

    async def open(self) -> None:
        """Apply pending migrations.

        Raises DatabaseError, and StoreError if the schema is newer or the server does not do.
        """
        await self.postgres.check()
        await self._migrate()

    async def close(self) -> None:
        """Close every connection."""
        await self.postgres.close()

    def listen(self, *channels: str) -> AsyncIterator[Notice]:
        """Yield the notices of these channels for ever."""
        return self.postgres.listen(*channels)

    async def notify(self, channel: str) -> None:
        """Send a notice to all processes, this one included."""
        await self.postgres.notify(channel)

    def may_recover(self, error: Exception) -> bool:
        """Tell whether a failure to open may pass: not if the server refuses the user."""
        refused = "FATAL" in str(error) and not any(each in str(error) for each in _TEMPORARY)
        return isinstance(error, DatabaseError) and error.problem is not None and not refused

    def keep_open(self) -> AbstractContextManager[None]:
        """Do nothing: the pool keeps connections."""
        return nullcontext()

    @asynccontextmanager
    async def transaction(
        self, serialize: str | None = None, timeout_seconds: float = STATEMENT_SECONDS
    ) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction that is committed at the end, and rolled back on an error.

        Transactions with the same ``serialize`` run one after the other, in all processes.
        """
        await self._migrate()
        async with self.postgres.connection(timeout_seconds) as connection:
            if serialize is not None:
                await connection.execute(_SERIALIZE, (f"row {serialize}",))
            yield PostgresTransaction(connection)

    async def fetch_all(
        self, sql: str, values: Sequence[object] = (), timeout_seconds: float = STATEMENT_SECONDS
    ) -> list[Row]:
        """Return every row of a query, even from a server that is read-only."""
        await self._migrate()
        async with self.postgres.borrow(timeout_seconds) as connection:
            return await PostgresTransaction(connection).fetch_all(sql, values)

    async def tables_with(self, column: str) -> list[str]:
        """Return the names of the tables that have a column, sorted."""
        rows = await self.fetch_all(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND column_name = ? ORDER BY table_name",
            (column,),
        )
        return [str(row[0]) for row in rows]

    async def _migrate(self) -> None:
        if self._migrated:
            return
        async with self.postgres.connection(MAINTENANCE_SECONDS) as connection:
            if unknown := await migrate(connection):
                raise StoreError(
                    f"the bot's store {self._location} has migration {unknown[-1]}, which this "
                    "version does not know; install the newer Quoth that made it, or set "
                    "QUOTH_STORE to another database"
                )
        self._migrated = True


async def migrate(connection: AsyncConnection) -> list[int]:
    """Apply the pending migrations; return the schema's numbers that this version does not know.

    The caller's transaction is committed with all of them or none. Several processes may try at
    once. Raises StoreError if the server is too old or does not store Unicode.
    """
    _check_server(connection)
    applied = await _applied_numbers(connection)
    if unknown := sorted(applied - MIGRATIONS.keys()):
        return unknown
    for number in sorted(MIGRATIONS.keys() - applied):
        for statement in MIGRATIONS[number]:
            await connection.execute(statement.encode())
        await connection.execute("INSERT INTO migrations VALUES (%s)", (number,))
    return []


async def _applied_numbers(connection: AsyncConnection) -> set[int]:
    """Return the applied numbers; wait for another process if some are missing."""
    if MIGRATIONS.keys() == (applied := await _read_numbers(connection)):
        return applied
    await connection.execute(_SERIALIZE, ("migrations",))
    await connection.execute("CREATE TABLE IF NOT EXISTS migrations (number bigint PRIMARY KEY)")
    return await _read_numbers(connection)


async def _read_numbers(connection: AsyncConnection) -> set[int]:
    cursor = await connection.execute("SELECT to_regclass('migrations') IS NOT NULL")
    if await cursor.fetchone() != (True,):
        return set()
    cursor = await connection.execute("SELECT number FROM migrations")
    return {int(row[0]) for row in await cursor.fetchall()}


def _check_server(connection: AsyncConnection) -> None:
    version = connection.info.server_version // 10_000
    if version < _MIN_VERSION:
        raise StoreError(f"PostgreSQL {version} is too old; wanted {_MIN_VERSION} or newer")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"the database's encoding is {encoding}, wanted UTF8; create it with ENCODING 'UTF8'"
        )


async def inspect(location: PostgresUrl) -> str:
    """Describe a database that can hold the store. Raises DatabaseError, StoreError."""
    with translate_errors():
        async with (
            asyncio.timeout(STATEMENT_SECONDS),
            await connect(location.value, "quoth doctor") as connection,
        ):
            _check_server(connection)
            applied = await _read_numbers(connection)
            if unknown := sorted(applied - MIGRATIONS.keys()):
                raise StoreError(f"migration {unknown[-1]} is of a newer Quoth: install that")
            await _check_rights(connection)
            version = connection.info.server_version // 10_000
    state = "up to date" if applied == MIGRATIONS.keys() else "set up at the bot's next start"
    return f"{location} is writable, its tables are {state} (PostgreSQL {version})"


async def _check_rights(connection: AsyncConnection) -> None:
    """Create a table and take it back. Raises psycopg.Error if the store cannot be written."""
    async with connection.transaction(force_rollback=True):
        await connection.execute("CREATE TABLE quoth_doctor (number bigint)")


@lru_cache(maxsize=256)
def translate(statement: str) -> bytes:
    """Return a statement with the placeholders of the driver."""
    return statement.replace("%", "%%").replace("?", "%s").encode()


def _clean(values: Sequence[object]) -> list[object]:
    return [clean_text(value) if isinstance(value, str) else value for value in values]


def clean_text(text: str) -> str:
    """Leave out NUL, which PostgreSQL cannot store, and replace lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
