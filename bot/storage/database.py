"""What must outlive a restart, in SQLite: the answers that buttons refer to, and notes to self.

Each operation opens the file, does its work in one transaction and closes it. That costs a
millisecond and leaves nothing behind: no thread to stop, no lock to lose, nothing half written
when the process is killed. Writers take turns under one lock; readers do not wait (WAL).
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import aiosqlite

from bot.storage.migrations import migrate
from bot.text.question import Question
from index.errors import QuothError
from index.types import Verdict

log = logging.getLogger(__name__)

_COLUMNS = (  # of a kept answer, in the order that keep() and answer() go by
    "id, snapshot, shown, question, wrote, source, publisher, since, target, verdict, guild_id,"
    " asker"
)
RETENTION_SECONDS = 30 * 24 * 3600
_BUSY_SECONDS = 10.0  # another process may hold the file: a backup, a shell


class StoreError(QuothError):
    """The store's file cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class StoredQuote:
    """A quote that was shown: where it stands, and the digest of its passage, not the text.

    ``also`` are its near-duplicates in other articles.
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
    also: tuple["StoredQuote", ...] = ()

    @classmethod
    def of_values(cls, values: list[Any]) -> "StoredQuote":
        """From what JSON makes of ``astuple``; shorter where an older version wrote it."""
        also = values[10] if len(values) > 10 else ()
        return replace(cls(*values[:10]), also=tuple(map(cls.of_values, also)))


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What buttons of an answer need. ``asker`` is a code of who asked (bot.kept.people), no id.

    Where nothing was found, ``shown`` names the closest articles and quotes nothing of them.
    """

    id: str
    snapshot: str
    question: Question
    shown: tuple[StoredQuote, ...]
    verdict: Verdict = Verdict.ANSWERED
    guild: int | None = None
    asker: str | None = None


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
                newer = await migrate(connection)
        except (OSError, aiosqlite.Error) as error:
            raise StoreError(
                f"{self._path} cannot be used as the bot's store ({error}); "
                "move it away or set QUOTH_STORE to another file"
            ) from error
        if newer:
            raise StoreError(
                f"the bot's store {self._path} has migration {newer[-1]}, which this version does "
                "not know: install the newer Quoth that made it, or set QUOTH_STORE to another file"
            )

    async def keep(self, answer: StoredAnswer) -> None:
        """Keep an answer under its id."""
        question = answer.question
        shown = json.dumps([astuple(one) for one in answer.shown], separators=(",", ":"))
        texts = (storable(question.text), question.wrote and storable(question.wrote))
        filters = (question.source, question.publisher, question.since, question.target)
        whose = (str(answer.verdict), answer.guild, answer.asker)
        await self.write(
            f"INSERT INTO answers (created, {_COLUMNS}) VALUES ({', '.join('?' * 13)})",  # noqa: S608 - our own columns
            (int(time.time()), answer.id, answer.snapshot, shown, *texts, *filters, *whose),
        )

    async def answer(self, identity: str) -> StoredAnswer | None:
        """The answer of that id, or None when it is gone."""
        row = await self.row(f"SELECT {_COLUMNS} FROM answers WHERE id = ?", (identity,))  # noqa: S608 - our own columns
        if row is None:
            return None
        text, wrote, source, publisher, since, target = row[3:9]
        shown = tuple(map(StoredQuote.of_values, json.loads(row[2])))
        question = Question(text, source, publisher, since, wrote, target)
        return StoredAnswer(row[0], row[1], question, shown, Verdict(row[9]), *row[10:])

    async def claim_share(self, identity: str, *, shared: bool = True) -> bool:
        """Note that an answer is shared; False when it was already, or is gone."""
        async with self.writing() as connection:
            sql = "UPDATE answers SET shared = ? WHERE id = ? AND shared = ?"
            cursor = await connection.execute(sql, (shared, identity, not shared))
            return cursor.rowcount > 0

    async def forget(self, identity: str) -> None:
        """Delete an answer; nothing when it is gone."""
        await self.write("DELETE FROM answers WHERE id = ?", (identity,))

    async def purge(self, older_than_seconds: float = RETENTION_SECONDS) -> None:
        """Delete the answers that are older than that."""
        limit = int(time.time() - older_than_seconds)
        await self.write("DELETE FROM answers WHERE created < ?", (limit,))

    async def note(self, key: str) -> str | None:
        """A value that was noted, or None."""
        row = await self.row("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    async def set_note(self, key: str, value: str) -> None:
        """Note a value for the next start."""
        await self.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    async def write(self, sql: str, values: Sequence[object] = ()) -> None:
        """One statement that changes something."""
        async with self.writing() as connection:
            await connection.execute(sql, values)

    async def row(self, sql: str, values: Sequence[object] = ()) -> aiosqlite.Row | None:
        """The first row that is found, or None."""
        async with self._connection() as connection, connection.execute(sql, values) as cursor:
            return await cursor.fetchone()

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[aiosqlite.Row]:
        """Every row that is found."""
        async with self._connection() as connection:
            return list(await connection.execute_fetchall(sql, values))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[aiosqlite.Connection]:
        """A transaction of several statements: all of them, or none when one raises."""
        async with self._writing, self._connection() as connection:
            yield connection
            await connection.commit()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosqlite.Connection]:
        async with aiosqlite.connect(self._path, timeout=_BUSY_SECONDS) as connection:
            await connection.execute("PRAGMA synchronous = NORMAL")
            yield connection


@contextmanager
def if_possible(what: str) -> Iterator[None]:
    """Keep ``what`` where the store can be written: a full disk costs a note, not the answer."""
    try:
        yield
    except aiosqlite.Error as error:
        log.error("the store took no %s (%s); `quoth doctor` looks at it", what, error)  # noqa: TRY400 - no trace


def new_id() -> str:
    """An id for an answer: short, and it cannot be guessed."""
    return secrets.token_urlsafe(9)


def storable(text: str) -> str:
    """Lone surrogates, which UTF-8 cannot carry, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
