"""Keep the store in a SQLite file.

Each operation opens the file, does its work in one transaction and closes it. That costs about a
millisecond while ``keep_open`` keeps SQLite from copying the log into the file after each, and
leaves no thread to stop, no lock to release and nothing half written when the process is killed.
Writes are serialized by one lock; reads do not wait (WAL). One process uses the file
(bot.storage.lock), so that locks between processes are trivial.
"""

import asyncio
import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import aiosqlite

from bot.storage.databases.interface import Notice, Row
from bot.storage.databases.sqlite_schema import migrate
from bot.storage.errors import DatabaseError, StoreError, StoreProblem

_LOCK_TIMEOUT_SECONDS = 10.0  # another process, such as a backup, may hold the file

# The disk is full, over its quota or mounted read-only.
FULL_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})

_PROBLEMS = {
    sqlite3.SQLITE_FULL: StoreProblem.FULL,
    sqlite3.SQLITE_READONLY: StoreProblem.READ_ONLY,
    sqlite3.SQLITE_PERM: StoreProblem.READ_ONLY,
    sqlite3.SQLITE_BUSY: StoreProblem.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreProblem.LOCKED,
    sqlite3.SQLITE_IOERR: StoreProblem.UNREADABLE,
    sqlite3.SQLITE_CANTOPEN: StoreProblem.UNREADABLE,
}
# A reader needs a shared file, and fails with this code if it cannot be created.
_FULL_CODES = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE})


class SQLiteTransaction:
    """An open transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement that writes, and return the number of rows that it changed."""
        return (await self._connection.execute(sql, values)).rowcount

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement that writes, once for each row of values."""
        await self._connection.executemany(sql, rows)

    async def fetch_all(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Return every row of a query."""
        return await _fetch_all(self._connection, sql, values)

    async def lock_tables(self, *tables: str) -> None:
        """Do nothing: there is one writer at a time."""

    async def notify(self, channel: str, payload: str) -> None:
        """Do nothing: there is one process."""


class LocalLocks:
    """Locks of the only process that uses the store."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._changed = asyncio.Condition()

    def has(self, name: str) -> bool:
        """Return whether the lock is held."""
        return name in self._names

    async def try_lock(self, name: str) -> bool:
        """Take a lock; False if it is held."""
        if name in self._names:
            return False
        self._names.add(name)
        return True

    async def unlock(self, name: str) -> None:
        """Give a lock back."""
        self._names.discard(name)
        async with self._changed:
            self._changed.notify_all()

    async def holds(self, name: str) -> bool:
        """Return whether the lock is held."""
        return name in self._names

    async def holder(self, name: str) -> str:
        """Return the process that holds a lock; "unknown" if none does."""
        return str(os.getpid()) if name in self._names else "unknown"

    @asynccontextmanager
    async def waiting(self, name: str) -> AsyncIterator[None]:
        """Wait for a lock and hold it inside the block."""
        async with self._changed:
            await self._changed.wait_for(lambda: name not in self._names)
            self._names.add(name)
        try:
            yield
        finally:
            await self.unlock(name)


class SQLiteDatabase:
    """A SQLite file."""

    advice = "move the file away or set QUOTH_STORE to another one"
    is_shared = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock = asyncio.Lock()
        self._migrated = False
        self.locks = LocalLocks()

    async def open(self) -> None:
        """Create the file if it does not exist, and apply pending migrations.

        If the disk is full or read-only, that is tried again before the next write.
        """
        async with self.transaction():
            pass

    async def close(self) -> None:
        """Do nothing: each operation closes the file."""

    async def listen(self, *_channels: str) -> AsyncIterator[Notice]:
        """Yield nothing: there is no other process."""
        return
        yield

    async def notify(self, channel: str) -> None:
        """Do nothing: there is no other process."""

    def may_recover(self, error: Exception) -> bool:
        """Tell whether a failure is due to the disk, a lock or permissions, and may pass."""
        problem = error.problem if isinstance(error, DatabaseError) else None
        return problem is not None and (problem is StoreProblem.FULL or self._path.exists())

    @contextmanager
    def keep_open(self) -> Iterator[None]:
        """Keep a connection inside the block: the last one that closes does a slow checkpoint.

        A file that cannot be written is not kept: the connection would stay read-only.
        """
        with ExitStack() as stack:
            if self._migrated:
                connection = sqlite3.connect(self._path, check_same_thread=False)
                stack.enter_context(closing(connection))
                connection.execute("SELECT count(*) FROM meta").fetchone()
            yield

    @asynccontextmanager
    async def transaction(
        self, serialize: str | None = None, timeout_seconds: float = _LOCK_TIMEOUT_SECONDS
    ) -> AsyncIterator[SQLiteTransaction]:
        """Open a transaction; all of them run one after the other."""
        with _translate_errors():
            async with self._write_lock, self._connection() as connection:
                if not self._migrated:
                    await self._migrate(connection)
                yield SQLiteTransaction(connection)
                await connection.commit()

    async def fetch_all(
        self, sql: str, values: Sequence[object], timeout_seconds: float = _LOCK_TIMEOUT_SECONDS
    ) -> list[Row]:
        """Return every row of a query, even if the disk is full or read-only."""
        try:
            with _translate_errors():
                async with self._connection() as connection:
                    return await _fetch_all(connection, sql, values)
        except DatabaseError as error:
            if not self.may_recover(error):
                raise
            with suppress(aiosqlite.Error):
                return await self._fetch_unlocked(sql, values)
            raise

    async def _fetch_unlocked(self, sql: str, values: Sequence[object]) -> list[Row]:
        """Run a query without the files that SQLite needs for locks, and creates for a reader."""
        uri = f"{self._path.absolute().as_uri()}?immutable=1"
        async with aiosqlite.connect(uri, uri=True) as connection:
            return await _fetch_all(connection, sql, values)

    async def tables_with(self, column: str) -> list[str]:
        """Return the names of the tables that have a column, sorted."""
        rows = await self.fetch_all(
            "SELECT DISTINCT t.name FROM sqlite_master t, pragma_table_info(t.name) c"
            " WHERE t.type = 'table' AND c.name = ? ORDER BY t.name",
            (column,),
        )
        return [str(row[0]) for row in rows]

    async def _migrate(self, connection: aiosqlite.Connection) -> None:
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")
        if unknown := await migrate(connection):
            raise StoreError(
                f"the bot's store {self._path} has migration {unknown[-1]}, which this version "
                "does not know; install the newer Quoth that made it, or set QUOTH_STORE to "
                "another file"
            )
        self._migrated = True

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosqlite.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        async with aiosqlite.connect(self._path, timeout=_LOCK_TIMEOUT_SECONDS) as connection:
            await connection.execute("PRAGMA synchronous = NORMAL")
            yield connection


async def _fetch_all(
    connection: aiosqlite.Connection, sql: str, values: Sequence[object]
) -> list[Row]:
    return [tuple(row) for row in await connection.execute_fetchall(sql, values)]


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise a DatabaseError for an error of SQLite or of the file's folder."""
    try:
        yield
    except sqlite3.Error as error:
        raise DatabaseError(str(error), sqlite_problem(error)) from error
    except OSError as error:
        full = error.errno in FULL_DISK_ERRORS
        raise DatabaseError(str(error), StoreProblem.FULL if full else None) from error


def sqlite_problem(error: sqlite3.Error) -> StoreProblem | None:
    """Return the reason for an error of SQLite, or None if the bot is to blame."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    return StoreProblem.FULL if code in _FULL_CODES else _PROBLEMS.get(code & 0xFF)
