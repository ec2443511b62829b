"""Ask PostgreSQL and Milvus with a deadline, and notice when they fail.

A frozen server keeps its connections open, and libpq would wait for it forever: every request runs
in a thread of its own, which is given up after the deadline.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import cached_property
from typing import Any, Generic, TypeVar

import psycopg
from psycopg_pool import ConnectionPool

from index.cluster.connections import Connection, Connections, reaching
from index.cluster.reading.breaker import Breaker
from index.errors import StorageUnavailable

READ_TIMEOUT_SECONDS = 5.0
POSTGRES, MILVUS = "PostgreSQL", "Milvus"
_MAX_CONNECTIONS = 8
_MAX_REQUESTS = 32  # at once, with those that were given up and have not noticed yet

Result = TypeVar("Result")


class Request(Generic[Result]):
    """A request to an engine; calling it waits for the answer."""

    def __init__(self, engine: str, ask: Callable[[], Result]) -> None:
        self.engine = engine
        self._ask = ask

    def __call__(self) -> Result:
        """Ask. Raises StorageUnavailable."""
        with reaching(self.engine):
            return self._ask()

    def give_up(self) -> None:
        """Stop waiting; Milvus ends its requests itself."""


class _Query(Request[Result]):
    """A request to PostgreSQL on a connection of the pool."""

    def __init__(
        self, pool: ConnectionPool[Connection], ask: Callable[[Connection], Result]
    ) -> None:
        super().__init__(POSTGRES, self._query)
        self._pool = pool
        self._ask_with = ask
        self._connection: Connection | None = None
        self._given_up = False

    def _query(self) -> Result:
        try:
            return self._query_once()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if self._given_up:
                raise
            self._pool.check()  # a restarted server closed the connections
            return self._query_once()

    def _query_once(self) -> Result:
        with self._pool.connection() as connection:
            self._connection = connection
            return self._ask_with(connection)

    def give_up(self) -> None:
        """Cut the connection, so that its thread stops waiting."""
        self._given_up = True
        with contextlib.suppress(OSError, psycopg.Error):
            if self._connection is not None:
                with socket.socket(fileno=os.dup(self._connection.fileno())) as cut:
                    cut.shutdown(socket.SHUT_RDWR)


class Engines(contextlib.AbstractContextManager["Engines"]):
    """Both engines of a cluster, for reading. Safe to use from several threads."""

    def __init__(self, connections: Connections, timeout: float = READ_TIMEOUT_SECONDS) -> None:
        self.connections = connections
        self.timeout = timeout
        self.breakers = {engine: Breaker() for engine in (POSTGRES, MILVUS)}

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_MAX_REQUESTS, thread_name_prefix="quoth-cluster")

    @cached_property
    def _pool(self) -> ConnectionPool[Connection]:
        """Connections without transactions, which would cost two more round trips."""
        return ConnectionPool(
            self.connections.address.postgres,
            min_size=1,
            max_size=_MAX_CONNECTIONS,
            timeout=self.timeout,
            reconnect_timeout=self.timeout,  # else the pool backs off for minutes
            kwargs={"autocommit": True, "connect_timeout": max(2, int(self.timeout))},
            open=True,
        )

    def query(self, statement: str, values: Any) -> list[tuple[Any, ...]]:
        """Run a statement in PostgreSQL. Raises StorageUnavailable."""

        def fetch(connection: Connection) -> list[tuple[Any, ...]]:
            return connection.execute(statement.encode(), values, binary=True).fetchall()

        (rows,) = self.ask([_Query(self._pool, fetch)])
        return rows

    def milvus(self, ask: Callable[[Any, float], Result]) -> Request[Result]:
        """Return a request to Milvus; ``ask`` gets the client and the timeout in seconds."""
        import pymilvus  # noqa: F401, PLC0415 - not within the deadline: it may take seconds

        return Request(MILVUS, lambda: ask(self.connections.milvus, self.timeout))

    def ask(self, requests: Sequence[Request[Result]]) -> list[Result]:
        """Send requests at the same time and return the answers.

        Raises StorageUnavailable if one fails or is late, or at once after failures in a row.
        """
        for request in requests:
            self.breakers[request.engine].check()
        futures = {self._threads.submit(request): request for request in requests}
        done, late = wait(futures, self.timeout, FIRST_EXCEPTION)
        for future in late:
            futures[future].give_up()
        for future in done:
            if isinstance(error := future.exception(), StorageUnavailable):
                self.breakers[futures[future].engine].failed(error)
            if error is not None:
                raise error
        if late:
            raise self._late(futures[late.pop()].engine)
        for request in requests:
            self.breakers[request.engine].succeeded()
        return [future.result() for future in futures]

    def _late(self, engine: str) -> StorageUnavailable:
        error = StorageUnavailable(
            f"{engine} has not answered for {self.timeout:g} s; check that it runs, and its load"
        )
        self.breakers[engine].failed(error)
        return error

    def why_unavailable(self) -> str:
        """Return the reason of a failure that no success has followed; empty without one."""
        return next((each.reason for each in self.breakers.values() if each.reason), "")

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections for reading."""
        if pool := vars(self).pop("_pool", None):
            pool.close()
        if threads := vars(self).pop("_threads", None):
            threads.shutdown(wait=False, cancel_futures=True)
