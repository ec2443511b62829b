"""Connect to PostgreSQL: a pool for transactions, advisory locks, and notices between processes.

Imported only if the store is in PostgreSQL. Every error of the driver becomes a DatabaseError.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors, sql
from psycopg_pool import AsyncConnectionPool

from bot.storage.errors import DatabaseError, StoreProblem

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 5.0  # a server that hangs must not keep a member waiting
_RECONNECT_SECONDS = 5.0  # the pool gives up, and tries again for the next statement
_FIRST_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.25, 15.0  # before listening again
_POLL_SECONDS = 0.25  # while waiting for a lock
_MAX_CONNECTIONS = 8
# If this machine loses its power, the server notices and frees the locks.
_SESSION = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)
_DRIVER_OPTIONS: dict[str, Any] = {
    "connect_timeout": _CONNECT_SECONDS,
    "prepare_threshold": None,  # PgBouncer may run each transaction on another connection
    "tcp_user_timeout": int(_STATEMENT_SECONDS * 1000),
}
_LOCK_KEY = "hashtextextended(current_schema() || ':' || %s, 0)"

# The longest prefix of the SQLSTATE decides; without one the connection failed.
_PROBLEMS = {
    "": StoreProblem.UNREACHABLE,
    "08": StoreProblem.UNREACHABLE,  # connection
    "25006": StoreProblem.READ_ONLY,  # as on a standby
    "28": StoreProblem.UNREACHABLE,  # the password was changed
    "3D": StoreProblem.UNREACHABLE,  # the database is gone
    "40": StoreProblem.LOCKED,  # deadlock
    "42501": StoreProblem.READ_ONLY,  # no right to write
    "53": StoreProblem.UNREACHABLE,  # too many connections, out of memory
    "53100": StoreProblem.FULL,
    "55P03": StoreProblem.LOCKED,
    "57": StoreProblem.UNREACHABLE,  # shutting down or starting up
    "57014": StoreProblem.LOCKED,  # took too long
    "58": StoreProblem.UNREADABLE,  # a file of the server
    "XX001": StoreProblem.UNREADABLE,  # damaged
    "XX002": StoreProblem.UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of another process; ``payload`` is None if some may have been missed."""

    channel: str
    payload: str | None


class Postgres:
    """Connections to one PostgreSQL database; opened with the first statement."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: AsyncConnectionPool[AsyncConnection] | None = None
        self.locks = AdvisoryLocks(url)

    async def close(self) -> None:
        """Close every connection, which frees the locks."""
        await self.locks.close()
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    @asynccontextmanager
    async def connection(
        self, timeout_seconds: float | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that is committed at the end, and rolled back on an error.

        Raises DatabaseError, also if it takes longer than the timeout.
        """
        with translate_errors():
            pool = await self._open_pool()
            async with (
                asyncio.timeout(timeout_seconds or _STATEMENT_SECONDS),
                pool.connection() as connection,
            ):
                yield connection

    async def notify(self, channel: str, payload: str = "") -> None:
        """Send a notice to every process that listens, this one included."""
        async with self.connection() as connection:
            await connection.execute("SELECT pg_notify(%s, %s)", (channel, payload))

    async def listen(self, *channels: str) -> AsyncIterator[Notice]:
        """Yield the notices of these channels for ever, connecting again after a failure.

        After each connection every channel gets a notice without payload: some may have been
        missed.
        """
        wait_seconds = _FIRST_WAIT_SECONDS
        while True:
            try:
                async with _listening(self._url, channels) as connection:
                    wait_seconds = _FIRST_WAIT_SECONDS
                    for channel in channels:
                        yield Notice(channel, None)
                    async for notice in connection.notifies():
                        yield Notice(notice.channel, notice.payload)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("lost the connection for notices (%s); trying again", error)
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, _MAX_WAIT_SECONDS)

    async def _open_pool(self) -> AsyncConnectionPool[AsyncConnection]:
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                self._url,
                open=False,
                min_size=1,
                max_size=_MAX_CONNECTIONS,
                kwargs=_DRIVER_OPTIONS | {"application_name": "quoth"},
                timeout=_CONNECT_SECONDS,
                reconnect_timeout=_RECONNECT_SECONDS,
                configure=_configure,
                check=AsyncConnectionPool.check_connection,
            )
            await self._pool.open()
        return self._pool


class AdvisoryLocks:
    """Locks between processes, held until they are unlocked or the process dies.

    They belong to one connection of this process. If it is lost, so are they: ``holds`` tells.
    Names are scoped by the database and its schema.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection | None = None
        self._names: set[str] = set()
        self._guard = asyncio.Lock()

    async def try_lock(self, name: str) -> bool:
        """Take a lock; False if another process or task holds it. Raises DatabaseError."""
        async with self._session() as connection:
            if name in self._names:
                return False
            cursor = await connection.execute(f"SELECT pg_try_advisory_lock({_LOCK_KEY})", (name,))
            locked = await cursor.fetchone() == (True,)
            self._names |= {name} if locked else set()
            return locked

    async def unlock(self, name: str) -> None:
        """Give a lock back, unless it was lost with its connection."""
        with suppress(DatabaseError):
            async with self._session() as connection:
                if name in self._names:
                    self._names.discard(name)
                    await connection.execute(f"SELECT pg_advisory_unlock({_LOCK_KEY})", (name,))

    async def holds(self, name: str) -> bool:
        """Return whether this process still holds a lock, asking the server."""
        try:
            async with self._session() as connection:
                await connection.execute("SELECT 1")
                return name in self._names
        except DatabaseError:
            return False

    @asynccontextmanager
    async def waiting(self, name: str) -> AsyncIterator[None]:
        """Wait for a lock and hold it inside the block. Raises DatabaseError."""
        while not await self.try_lock(name):  # noqa: ASYNC110 - held by another process
            await asyncio.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            await self.unlock(name)

    async def close(self) -> None:
        """Free all locks."""
        async with self._guard:
            await self._drop()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncConnection]:
        """Lend the connection to one task; a failure closes it, so that no lock is held unseen."""
        async with self._guard:
            try:
                with translate_errors():
                    async with asyncio.timeout(_STATEMENT_SECONDS):
                        if self._connection is None:
                            self._connection = await _connect(self._url, "quoth locks")
                        yield self._connection
            except BaseException:
                await self._drop()
                raise

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._names.clear()
        if connection is not None:
            await connection.close()


@asynccontextmanager
async def _listening(url: str, channels: tuple[str, ...]) -> AsyncIterator[AsyncConnection]:
    connection = await _connect(url, "quoth notices")
    try:
        for channel in channels:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield connection
    finally:
        await connection.close()


async def _connect(url: str, name: str) -> AsyncConnection:
    options = _DRIVER_OPTIONS | {"application_name": name}
    connection = await AsyncConnection.connect(url, autocommit=True, **options)
    await connection.execute(_SESSION)
    return connection


async def _configure(connection: AsyncConnection) -> None:
    """Prepare a connection of the pool."""
    await connection.execute(_SESSION)
    await connection.commit()


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise a DatabaseError for an error of the driver, a timeout, or a refused connection."""
    try:
        yield
    except (psycopg.Error, OSError) as error:  # TimeoutError is an OSError
        raise DatabaseError(_first_line(error), _problem(error)) from error


def _problem(error: Exception) -> StoreProblem | None:
    if not isinstance(error, psycopg.Error):
        return StoreProblem.UNREACHABLE
    state = error.sqlstate or ""
    if not state and not isinstance(error, psycopg.OperationalError):
        return None
    prefixes = (state[:length] for length in (5, 2))
    return next((_PROBLEMS[prefix] for prefix in prefixes if prefix in _PROBLEMS), None)


def _first_line(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the database did not answer in time"
    if isinstance(error, errors.Error):
        return " ".join(str(error).split())
    return str(error)
