"""Connections to PostgreSQL and Milvus, and their failures as one error."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege
from psycopg_pool import ConnectionPool, PoolTimeout

from index.errors import SettingsError, StorageUnavailable
from index.store.backend import ClusterAddress

DEFAULT_TIMEOUT_SECONDS = 10.0
_MAX_CONNECTIONS = 16
# No pings between requests: servers that did not ask for them hang up ("too many pings"), and the
# deadline of each request notices one that is gone.
_GRPC_OPTIONS = {"grpc.keepalive_time_ms": 2**31 - 1}

_FAILURES = (
    psycopg.OperationalError, psycopg.InterfaceError, InsufficientPrivilege, PoolTimeout,
)  # fmt: skip
_ADVICE = "check that it runs, and the settings QUOTH_MILVUS and QUOTH_STORE"
_RIGHTS = "let the user of QUOTH_STORE create schemas and tables in this database"

Connection = psycopg.Connection[tuple[Any, ...]]


class Connections(contextlib.AbstractContextManager["Connections"]):
    """Pooled connections to PostgreSQL and a client of Milvus, opened when first used.

    Safe to use from several threads. Waiting for either takes ``timeout`` seconds at most.
    Raises SettingsError if the address of the database cannot be read.
    """

    def __init__(self, address: ClusterAddress, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        try:
            conninfo_to_dict(address.postgres)
        except psycopg.ProgrammingError as error:
            reason = " ".join(str(error).split())
            raise SettingsError(f"QUOTH_STORE is not valid: {reason}; see .env.example") from None
        self.address = address
        self.timeout = timeout

    @cached_property
    def _pool(self) -> ConnectionPool[Connection]:
        return ConnectionPool(
            self.address.postgres,
            min_size=1,
            max_size=_MAX_CONNECTIONS,
            timeout=self.timeout,
            reconnect_timeout=self.timeout,  # else the pool backs off for minutes
            kwargs={"connect_timeout": max(2, int(self.timeout))},
            check=ConnectionPool.check_connection,  # a restarted server closed them all
            open=True,
        )

    @contextlib.contextmanager
    def postgres(self) -> Iterator[Connection]:
        """Borrow a connection for one transaction. Raises StorageUnavailable."""
        with reaching("PostgreSQL"), self._pool.connection() as connection:
            yield connection

    def dedicated(self) -> Connection:
        """Open a connection of one's own, for locks and LISTEN. Raises StorageUnavailable."""
        with reaching("PostgreSQL"):
            return psycopg.connect(
                self.address.postgres, autocommit=True, connect_timeout=max(2, int(self.timeout))
            )

    @cached_property
    def milvus(self) -> Any:
        """The client of Milvus. Raises StorageUnavailable."""
        from pymilvus import MilvusClient  # noqa: PLC0415 - takes most of a second

        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs what it raises
        with reaching("Milvus"):
            return MilvusClient(
                self.address.milvus,
                token=self.address.token,
                timeout=self.timeout,
                grpc_options=_GRPC_OPTIONS,
            )

    def check_milvus(self) -> None:
        """Raise StorageUnavailable unless Milvus answers this user."""
        with reaching("Milvus"):
            self.milvus.list_collections(timeout=self.timeout)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened."""
        for name, opened in list(vars(self).items()):
            if name in {"_pool", "milvus"}:
                with contextlib.suppress(Exception):  # it may be gone already
                    opened.close()
                vars(self).pop(name, None)


@contextlib.contextmanager
def reaching(engine: str) -> Iterator[None]:
    """Raise the failures of an engine as StorageUnavailable."""
    try:
        yield
    except _FAILURES as error:
        raise _unavailable(engine, error) from error
    except psycopg.Error:
        raise  # a statement of ours is wrong
    except Exception as error:
        if not _is_failure_of_milvus(error):
            raise
        raise _unavailable(engine, error) from error


def _unavailable(engine: str, error: Exception) -> StorageUnavailable:
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    reason = str(text).splitlines()[0]
    if isinstance(error, InsufficientPrivilege):
        return StorageUnavailable(f"{engine} refuses a request ({reason}); {_RIGHTS}")
    return StorageUnavailable(f"{engine} does not answer ({reason}); {_ADVICE}")


def _is_failure_of_milvus(error: Exception) -> bool:
    if "pymilvus" not in sys.modules:  # importing it takes most of a second
        return False
    import grpc  # noqa: PLC0415
    from pymilvus.exceptions import MilvusException  # noqa: PLC0415

    return isinstance(error, (MilvusException, grpc.RpcError))
