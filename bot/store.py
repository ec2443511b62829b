"""What must outlive a restart, in SQLite: the answers that buttons refer to, and notes to self.

Each operation opens the file, does its work in one transaction and closes it. That costs a
millisecond and leaves nothing behind: no thread to stop, no lock to lose, nothing half written
when the process is killed. Writers take turns under one lock; readers do not wait (WAL).
"""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import aiosqlite

from index.errors import QuothError

RETENTION_SECONDS = 30 * 24 * 3600
_BUSY_SECONDS = 10.0  # another process may hold the file: a backup, a shell

# Migration n brings a file from version n - 1 to n. Never change one that was released: add one.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE answers ("
        " id TEXT PRIMARY KEY, created INTEGER NOT NULL, snapshot TEXT NOT NULL,"
        " question TEXT NOT NULL, source TEXT, shown TEXT NOT NULL) WITHOUT ROWID",
        "CREATE INDEX answers_created ON answers (created)",
    ),
)


class StoreError(QuothError):
    """The store's file cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote that was shown: where it stands, and the digest of its passage, not the text."""

    number: int
    article: str
    start: int
    end: int
    highlight_start: int
    highlight_end: int
    digest: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a button of an answer needs. Nobody's id: who asked stands only in the message."""

    id: str
    snapshot: str
    question: str
    source: str | None
    shown: tuple[Shown, ...]


class Store:
    """The SQLite file. ``open`` brings it to the newest schema."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Make the file where there is none, and run the migrations that it lacks.

        Raises StoreError when it is no such file, or made by a newer version.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            async with self._writing, self._connection() as connection:
                await connection.execute_fetchall("PRAGMA journal_mode = WAL")
                await _migrate(connection)
        except (OSError, aiosqlite.Error) as error:
            raise StoreError(
                f"{self._path} cannot be used as the bot's store ({error}); "
                "move it away or set QUOTH_STORE to another file"
            ) from error

    async def keep(
        self, snapshot: str, question: str, source: str | None, shown: Sequence[Shown]
    ) -> str:
        """Keep an answer; its id, which is short and cannot be guessed."""
        identity = secrets.token_urlsafe(9)
        rows = json.dumps([astuple(one) for one in shown], separators=(",", ":"))
        await self._write(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
            (identity, int(time.time()), snapshot, _storable(question), source, rows),
        )
        return identity

    async def answer(self, identity: str) -> KeptAnswer | None:
        """The answer of that id, or None when it is gone."""
        row = await self._row(
            "SELECT id, snapshot, question, source, shown FROM answers WHERE id = ?", identity
        )
        if row is None:
            return None
        shown = tuple(Shown(*one) for one in json.loads(row[4]))
        return KeptAnswer(row[0], row[1], row[2], row[3], shown)

    async def forget(self, identity: str) -> None:
        """Delete an answer; nothing when it is gone."""
        await self._write("DELETE FROM answers WHERE id = ?", (identity,))

    async def purge(self, older_than_seconds: float = RETENTION_SECONDS) -> None:
        """Delete the answers that are older than that."""
        limit = int(time.time() - older_than_seconds)
        await self._write("DELETE FROM answers WHERE created < ?", (limit,))

    async def note(self, key: str) -> str | None:
        """A value that was noted, or None."""
        row = await self._row("SELECT value FROM meta WHERE key = ?", key)
        return None if row is None else str(row[0])

    async def set_note(self, key: str, value: str) -> None:
        """Note a value for the next start."""
        await self._write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    async def _write(self, sql: str, values: Sequence[object]) -> None:
        async with self._writing, self._connection() as connection:
            await connection.execute(sql, values)
            await connection.commit()

    async def _row(self, sql: str, value: str) -> aiosqlite.Row | None:
        async with self._connection() as connection, connection.execute(sql, (value,)) as cursor:
            return await cursor.fetchone()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self._path, timeout=_BUSY_SECONDS) as connection:
            await connection.execute("PRAGMA synchronous = NORMAL")
            yield connection


async def _migrate(connection: aiosqlite.Connection) -> None:
    """Each migration and its number in one transaction: a crash leaves either both or neither."""
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    done = int(row[0]) if row else 0
    if done > len(MIGRATIONS):
        raise StoreError(
            f"the bot's store has schema {done}, wanted at most {len(MIGRATIONS)}: "
            "it was made by a newer Quoth; install that, or set QUOTH_STORE to another file"
        )
    for number, statements in enumerate(MIGRATIONS[done:], done + 1):
        await connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            await connection.execute(statement)
        await connection.execute(f"PRAGMA user_version = {number}")
        await connection.commit()


def _storable(text: str) -> str:
    """Lone surrogates, which UTF-8 cannot carry, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
