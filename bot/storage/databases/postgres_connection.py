"""Connect to PostgreSQL: a pool for transactions, advisory locks, and notices between processes.

Imported only if the store is in PostgreSQL. Every error of the driver becomes a DatabaseError.
"""

import asyncio
import contextvars
import logging
import os
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.storage.databases.interface import STATEMENT_SECONDS, Notice
from bot.storage.errors import DatabaseError, StoreProblem

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 3
_RETRY_SECONDS = 5.0  # after the server did not answer, statements fail at once for so long
_FIRST_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.25, 15.0  # before listening again
_POLL_SECONDS = 0.25  # while waiting for a lock
_KEEP_SECONDS = 2.0  # between looks whether a lock is still held
_END_SECONDS = 1.0  # for the server to end a connection
_MAX_CONNECTIONS = 8
_PROCESS = "quoth locks of process "  # begins the name of the connection that holds the locks
_MAX_NAME_CHARS = 63  # of a connection
# If this machine loses its power, the server notices and frees the locks.
_SESSION = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)
_DRIVER_OPTIONS: dict[str, Any] = {
    "connect_timeout": _CONNECT_SECONDS,
    "prepare_threshold": None,  # PgBouncer may run each transaction on another connection
    "tcp_user_timeout": int(STATEMENT_SECONDS * 1000),
}
LOCK_KEY = "hashtextextended(current_schema() || ':' || %s, 0)"
_TRY_LOCK = f"SELECT pg_try_advisory_lock({LOCK_KEY})"
_UNLOCK = f"SELECT pg_advisory_unlock({LOCK_KEY})"
_HOLDER = (
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE granted"
    " AND locktype = 'advisory' AND pg_locks.database = (SELECT oid FROM pg_database"
    " WHERE datname = current_database()) AND (classid::bigint << 32 | objid::bigint)"
    " = hashtextextended(current_schema() || ':' || %s, 0)"
)
_END_BACKEND = (
    "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity"
    " WHERE pid = %s AND application_name = %s"
)

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


class Postgres:
    """Connections to one PostgreSQL database; opened with the first statement."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: AsyncConnectionPool[AsyncConnection] | None = None
        self._retry_at = 0.0
        self._closed = False
        self.locks = AdvisoryLocks(url)

    async def close(self) -> None:
        """Close every connection, which frees the locks; later statements fail.

        A pool that such a statement opened would have no end: asyncio of Python 3.11 cannot
        always cancel its tasks.
        """
        self._closed = True
        await self.locks.close()
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    @asynccontextmanager
    async def connection(
        self, timeout_seconds: float = STATEMENT_SECONDS
    ) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that is committed at the end, and rolled back on an error.

        Raises DatabaseError, also if it takes longer than the timeout.
        """
        async with self.borrow(timeout_seconds) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def borrow(
        self, timeout_seconds: float = STATEMENT_SECONDS
    ) -> AsyncIterator[AsyncConnection]:
        """Borrow a connection that commits each statement. Raises DatabaseError."""
        if self._closed:
            message = "its connections have been closed"
            raise DatabaseError(message, StoreProblem.UNREACHABLE)
        if time.monotonic() < self._retry_at:
            message = "the database did not answer a moment ago"
            raise DatabaseError(message, StoreProblem.UNREACHABLE)
        try:
            with translate_errors():
                pool = await self._open_pool()
                async with asyncio.timeout(timeout_seconds), pool.connection() as connection:
                    yield connection
        except DatabaseError as error:
            if isinstance(error.__cause__, (TimeoutError, PoolTimeout)):
                self._retry_at = time.monotonic() + _RETRY_SECONDS
            raise

    async def check(self) -> None:
        """Connect once, for the exact reason if that fails. Raises DatabaseError."""
        with translate_errors():
            connection = await connect(self._url, "quoth")
            await connection.close()
            self._retry_at = 0.0

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
                kwargs=_DRIVER_OPTIONS | {"application_name": "quoth", "autocommit": True},
                timeout=_CONNECT_SECONDS,
                reconnect_timeout=_RETRY_SECONDS,  # later statements make it try again
                configure=_configure,
                check=AsyncConnectionPool.check_connection,
            )
            # The pool's tasks outlive the request that opens it, whose context is not theirs.
            await contextvars.Context().run(asyncio.create_task, self._pool.open())
        return self._pool


class AdvisoryLocks:
    """Locks between processes, held until they are unlocked or the process dies.

    They belong to one connection of this process. If it is lost, so are they: ``holds`` tells.
    Names are scoped by the database and its schema.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        process = f"{os.getpid()} on {socket.gethostname()}"
        self.connection_name = f"{_PROCESS}{process}"[:_MAX_NAME_CHARS]
        self._connection: AsyncConnection | None = None
        self._backend: int | None = None  # the server's process of the last connection
        self._names: set[str] = set()
        self._guard = asyncio.Lock()
        self._queues: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # of this process
        self._unlocking: set[asyncio.Task[None]] = set()

    def has(self, name: str) -> bool:
        """Return whether this process took a lock, without asking the server."""
        return name in self._names

    async def try_lock(self, name: str) -> bool:
        """Take a lock; False if another process or task holds it. Raises DatabaseError."""
        trying = asyncio.create_task(self._try_lock(name))
        try:
            return await asyncio.shield(trying)
        except asyncio.CancelledError:
            trying.add_done_callback(lambda _: self._give_back(trying, name))
            raise

    async def _try_lock(self, name: str) -> bool:
        async with self._session() as connection:
            if name in self._names:
                return False
            cursor = await connection.execute(_TRY_LOCK, (name,))
            locked = await cursor.fetchone() == (True,)
            self._names |= {name} if locked else set()
            return locked

    def _give_back(self, trying: asyncio.Task[bool], name: str) -> None:
        """Free a lock that was taken for a task that was cancelled meanwhile."""
        if trying.exception() is None and trying.result():
            unlocking = asyncio.create_task(self.unlock(name))
            self._unlocking.add(unlocking)
            unlocking.add_done_callback(self._unlocking.discard)

    async def unlock(self, name: str) -> None:
        """Give a lock back, unless it was lost with its connection."""
        with suppress(DatabaseError):
            await asyncio.shield(asyncio.create_task(self._unlock(name)))

    async def _unlock(self, name: str) -> None:
        async with self._session() as connection:
            if name in self._names:
                self._names.discard(name)
                await connection.execute(_UNLOCK, (name,))

    async def holds(self, name: str) -> bool:
        """Return whether this process still holds a lock, asking the server."""
        with suppress(DatabaseError):
            await asyncio.shield(asyncio.create_task(self._ping()))
        return name in self._names

    async def _ping(self) -> None:
        """Notice whether the connection is lost, and its locks with it."""
        async with self._session() as connection:
            await connection.execute("SELECT 1")

    async def holder(self, name: str) -> str:
        """Return the process that holds a lock; "unknown" if none does. Raises DatabaseError."""
        return await asyncio.shield(asyncio.create_task(self._holder(name)))

    async def _holder(self, name: str) -> str:
        async with self._session() as connection:
            cursor = await connection.execute(_HOLDER, (name,))
            found = await cursor.fetchone()
        return str(found[0]).removeprefix(_PROCESS) if found else "unknown"

    @asynccontextmanager
    async def waiting(self, name: str) -> AsyncIterator[None]:
        """Wait for a lock and hold it inside the block.

        If it is lost with the connection, it is taken again. If another process was faster, the
        block is cancelled. Raises DatabaseError, also in this case.
        """
        async with self._queues[name]:
            while not await self.try_lock(name):  # noqa: ASYNC110 - held by another process
                await asyncio.sleep(_POLL_SECONDS)
            try:
                async with asyncio.timeout(None) as losing, self._kept(name, losing):
                    yield
            except TimeoutError as error:
                if not losing.expired():
                    raise
                message = f"another process took the turn to {name} while the database was away"
                raise DatabaseError(message, StoreProblem.LOCKED) from error
            finally:
                await self.unlock(name)

    @asynccontextmanager
    async def _kept(self, name: str, losing: asyncio.Timeout) -> AsyncIterator[None]:
        """Keep a lock inside the block; end ``losing`` if another process has it."""
        keeping = asyncio.create_task(self._keep(name, losing))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self, name: str, losing: asyncio.Timeout) -> None:
        while True:
            await asyncio.sleep(_KEEP_SECONDS)
            with suppress(DatabaseError):  # the database is away; nobody can take the lock
                if not (await self.holds(name) or await self.try_lock(name)):
                    losing.reschedule(asyncio.get_running_loop().time())
                    return

    async def close(self) -> None:
        """Free all locks."""
        async with self._guard:
            await self._drop()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncConnection]:
        """Lend the connection to one task; a failure closes it, so that no lock is held unseen.

        The task must not be cancelled: the others would lose their locks.
        """
        async with self._guard:
            try:
                with translate_errors():
                    async with asyncio.timeout(STATEMENT_SECONDS):
                        yield self._connection or await self._connect()
            except BaseException:
                await self._drop()
                raise

    async def _connect(self) -> AsyncConnection:
        """Connect, and end the last connection if the server has not noticed that it is lost."""
        self._connection = connection = await connect(self._url, self.connection_name)
        if self._backend is not None:
            values = (int(_END_SECONDS * 1000), self._backend, self.connection_name)
            await connection.execute(_END_BACKEND, values)
        self._backend = connection.info.backend_pid
        return connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._names.clear()
        if connection is not None:
            await connection.close()


@asynccontextmanager
async def _listening(url: str, channels: tuple[str, ...]) -> AsyncIterator[AsyncConnection]:
    connection = await connect(url, "quoth notices")
    try:
        for channel in channels:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield connection
    finally:
        await connection.close()


async def connect(url: str, name: str) -> AsyncConnection:
    """Connect outside of the pool; ``name`` is what the server lists. Raises psycopg.Error."""
    options = _DRIVER_OPTIONS | {"application_name": name}
    connection = await AsyncConnection.connect(url, autocommit=True, **options)
    await connection.execute(_SESSION)
    return connection


async def _configure(connection: AsyncConnection) -> None:
    await connection.execute(_SESSION)


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
