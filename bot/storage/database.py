"""Store answers, votes and settings in SQLite, so that buttons keep working after a restart.

Each operation opens the file, does its work in one transaction and closes it. That costs about a
millisecond while ``keep_open`` keeps SQLite from copying the log into the file after each, and
leaves no thread to stop, no lock to release and nothing half written when the process is killed.
Writes are serialized by one lock; reads do not wait (WAL).
"""

import asyncio
import errno
import hmac
import json
import logging
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import aiosqlite

from bot.storage.migrations import migrate
from bot.text.question import Question
from index.errors import QuothError
from index.types import Verdict

log = logging.getLogger(__name__)

# Those from ``question`` to ``target`` are the fields of Question, in order.
_ANSWER_COLUMNS = (
    "id, snapshot, shown, question, source, publisher, since, wrote, target, verdict, guild_id,"
    " asker"
)
_PSEUDONYM_KEY = "people"  # of the table ``meta``
_PSEUDONYM_CHARS = 22  # 88 bits, so that two members of one answer never collide
_LOCK_TIMEOUT_SECONDS = 10.0  # another process, such as a backup, may hold the file


# The disk is full, over its quota or mounted read-only.
FULL_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class StoreError(QuothError):
    """The store's file cannot be used; the message names it."""


class StoreProblem(StrEnum):
    """Reasons for which the store fails that are no fault of the bot, and may pass."""

    FULL = "full"
    READ_ONLY = "read-only"
    LOCKED = "locked"
    UNREADABLE = "unreadable"


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


def store_problem(error: Exception) -> StoreProblem | None:
    """Return the reason for a database error, or None if the bot is to blame."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    return StoreProblem.FULL if code in _FULL_CODES else _PROBLEMS.get(code & 0xFF)


@dataclass(frozen=True, slots=True)
class StoredQuote:
    """The position of a quote and the digest of its passage, without the text.

    ``duplicates`` are its near-duplicates in other articles, ``part`` the part of the question that
    it answers.
    """

    number: int
    article: str
    start: int
    end: int
    highlight_start: int
    highlight_end: int
    digest: str
    section: str | None = None
    page: int | None = None
    anchor: str | None = None
    duplicates: tuple["StoredQuote", ...] = ()
    part: int = 0

    @classmethod
    def from_values(cls, values: list[Any]) -> "StoredQuote":
        """Create from the JSON of ``astuple``; older versions stored fewer values."""
        duplicates = [cls.from_values(quote) for quotes in values[10:11] for quote in quotes]
        part = next(iter(values[11:]), 0)
        return replace(cls(*values[:10]), duplicates=tuple(duplicates), part=part)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The state behind an answer's buttons.

    When nothing was found, ``quotes`` name the closest articles and have empty spans. ``asker``
    is a pseudonym (see ``Store.pseudonymize``), not a user id.
    """

    id: str
    snapshot: str
    question: Question
    quotes: tuple[StoredQuote, ...]
    verdict: Verdict = Verdict.ANSWERED
    guild: int | None = None
    asker: str | None = None


class Store:
    """A SQLite file; ``open`` brings it to the newest schema."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock = asyncio.Lock()
        self._migrated = False
        self._pseudonym_key: bytes | None = None

    async def open(self) -> None:
        """Create the file if it does not exist, and apply pending migrations.

        If the disk is full or read-only, that is tried again before the next write.
        Raises StoreError if the file is not a database or was made by a newer version.
        """
        try:
            async with self.transaction():
                pass
        except (OSError, aiosqlite.Error) as error:
            if not self._may_recover(error):
                raise StoreError(
                    f"cannot open the bot's store {self._path} ({error}); "
                    "move the file away or set QUOTH_STORE to another one"
                ) from error
            log.error("cannot write the bot's store %s (%s); run `quoth doctor`", self._path, error)  # noqa: TRY400 - the traceback adds nothing

    @contextmanager
    def keep_open(self) -> Iterator[None]:
        """Keep a connection inside the block: the last one that closes does a slow checkpoint.

        A store that cannot be written is not kept: the connection would stay read-only.
        """
        with ExitStack() as stack:
            if self._migrated:
                connection = sqlite3.connect(self._path, check_same_thread=False)
                stack.enter_context(closing(connection))
                connection.execute("SELECT count(*) FROM meta").fetchone()
            yield

    async def save_answer(self, answer: StoredAnswer, *, public: bool = False) -> None:
        """Insert an answer under its id; ``public`` says that it stands in a channel."""
        quotes = json.dumps([astuple(quote) for quote in answer.quotes], separators=(",", ":"))
        values = (
            *(int(time.time()), public, answer.id, answer.snapshot, quotes),
            *(*astuple(answer.question), str(answer.verdict), answer.guild, answer.asker),
        )
        await self.execute(
            f"INSERT INTO answers (created, public, {_ANSWER_COLUMNS})"  # noqa: S608 - our own columns
            f" VALUES ({', '.join('?' * 14)})",
            [replace_surrogates(value) if isinstance(value, str) else value for value in values],
        )

    async def get_answer(self, answer_id: str) -> StoredAnswer | None:
        """Return the answer with that id, or None if it was deleted."""
        row = await self.fetch_one(
            f"SELECT {_ANSWER_COLUMNS} FROM answers WHERE id = ?",  # noqa: S608 - our own columns
            (answer_id,),
        )
        if row is None:
            return None
        quotes = tuple(map(StoredQuote.from_values, json.loads(row[2])))
        return StoredAnswer(row[0], row[1], Question(*row[3:9]), quotes, Verdict(row[9]), *row[10:])

    async def claim_share(self, answer_id: str, *, shared: bool = True) -> bool:
        """Mark an answer as shared; False if it already was, or was deleted."""
        sql = "UPDATE answers SET shared = ? WHERE id = ? AND shared = ?"
        return await self.execute(sql, (shared, answer_id, not shared)) > 0

    async def delete_answer(self, answer_id: str) -> None:
        """Delete an answer if it exists."""
        await self.execute("DELETE FROM answers WHERE id = ?", (answer_id,))

    async def get_meta(self, key: str) -> str | None:
        """Return a value that was set by ``set_meta``, or None."""
        row = await self.fetch_one("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    async def set_meta(self, key: str, value: str) -> None:
        """Set a value that outlives a restart."""
        await self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    async def pseudonymize(self, member: int | None, answer_id: str) -> str:
        """Return the keyed hash that stands for ``member`` in the rows of one answer.

        It is unrelated across answers. Given a user id, that member's rows can be found again and
        deleted. The HMAC key is created by the store.
        """
        if self._pseudonym_key is None:
            sql = "INSERT OR IGNORE INTO meta VALUES (?, ?)"
            await self.execute(sql, (_PSEUDONYM_KEY, secrets.token_hex(32)))
            self._pseudonym_key = bytes.fromhex(await self.get_meta(_PSEUDONYM_KEY) or "")
        message = f"{answer_id}:{member or 0}".encode()
        return hmac.new(self._pseudonym_key, message, "sha256").hexdigest()[:_PSEUDONYM_CHARS]

    async def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement that writes, and return the number of rows that it changed."""
        async with self.transaction() as connection:
            return (await connection.execute(sql, values)).rowcount

    async def fetch_one(self, sql: str, values: Sequence[object] = ()) -> aiosqlite.Row | None:
        """Return the first row of a query, or None."""
        rows = await self.fetch_all(sql, values)
        return rows[0] if rows else None

    async def fetch_all(self, sql: str, values: Sequence[object] = ()) -> list[aiosqlite.Row]:
        """Return every row of a query, even if the disk is full or read-only."""
        try:
            async with self._connection() as connection:
                return list(await connection.execute_fetchall(sql, values))
        except aiosqlite.OperationalError as error:
            if not self._may_recover(error):
                raise
            with suppress(aiosqlite.Error):
                return await self._fetch_unlocked(sql, values)
            raise

    async def _fetch_unlocked(self, sql: str, values: Sequence[object]) -> list[aiosqlite.Row]:
        """Run a query without the files that SQLite needs for locks, and creates for a reader."""
        uri = f"{self._path.absolute().as_uri()}?immutable=1"
        async with aiosqlite.connect(uri, uri=True) as connection:
            return list(await connection.execute_fetchall(sql, values))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Open a transaction that is committed at the end, and rolled back on an error."""
        async with self._write_lock, self._connection() as connection:
            if not self._migrated:
                await self._migrate(connection)
            yield connection
            await connection.commit()

    async def _migrate(self, connection: aiosqlite.Connection) -> None:
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")
        if unknown := await migrate(connection):
            raise StoreError(
                f"the bot's store {self._path} has migration {unknown[-1]}, which this version "
                "does not know; install the newer Quoth that made it, or set QUOTH_STORE to "
                "another file"
            )
        self._migrated = True

    def _may_recover(self, error: Exception) -> bool:
        """Tell whether a failure is due to the disk, a lock or permissions, and may pass."""
        if isinstance(error, OSError):
            return error.errno in FULL_DISK_ERRORS
        return store_problem(error) is not None and self._path.exists()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosqlite.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        async with aiosqlite.connect(self._path, timeout=_LOCK_TIMEOUT_SECONDS) as connection:
            await connection.execute("PRAGMA synchronous = NORMAL")
            yield connection


@contextmanager
def ignore_storage_errors(description: str) -> Iterator[None]:
    """Log a database error and go on: a full disk must not fail the answer.

    ``description`` is what would have been saved, for the log.
    """
    try:
        yield
    except aiosqlite.Error as error:
        log.error("could not save %s (%s); run `quoth doctor`", description, error)  # noqa: TRY400 - the traceback adds nothing


def new_id() -> str:
    """Return a short id for an answer that cannot be guessed."""
    return secrets.token_urlsafe(9)


def replace_surrogates(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot encode, with question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
