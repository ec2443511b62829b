"""Store answers, votes and settings, so that buttons keep working after a restart.

They are in a SQLite file, or in PostgreSQL when several processes share them.
"""

import hmac
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from bot.config.store_location import PostgresUrl
from bot.questions.question import Question
from bot.storage.databases.interface import (
    STATEMENT_SECONDS,
    Database,
    Locks,
    Notice,
    Row,
    Transaction,
)
from bot.storage.databases.sqlite import SQLiteDatabase
from bot.storage.errors import DatabaseError, StoreError, import_driver
from index.types import Verdict

log = logging.getLogger(__name__)

# Those from ``question`` to ``target`` are the fields of Question, in order.
_ANSWER_COLUMNS = (
    "id, snapshot, shown, question, source, publisher, since, wrote, target, verdict, guild_id,"
    " asker"
)
_SET_META = (
    "INSERT INTO meta (key, value) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_PSEUDONYM_KEY = "people"  # of the table ``meta``
_PSEUDONYM_CHARS = 22  # 88 bits, so that two members of one answer never collide


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
    """The store of the bot; ``open`` brings it to the newest schema."""

    def __init__(self, location: Path | PostgresUrl) -> None:
        self.location = location
        self._database = _database(location)
        self._pseudonym_key: bytes | None = None

    async def open(self) -> None:
        """Create the store if it does not exist, and apply pending migrations.

        If it cannot be written or reached, that is tried again before the next write.
        Raises StoreError if it is not a database or was made by a newer version.
        """
        try:
            await self._database.open()
        except DatabaseError as error:
            if not self._database.may_recover(error):
                raise StoreError(
                    f"cannot open the bot's store {self.location} ({error}); "
                    f"{self._database.advice}"
                ) from error
            log.error(
                "cannot write the bot's store %s (%s); run `quoth doctor`", self.location, error
            )

    async def close(self) -> None:
        """Close every connection, which frees the locks."""
        await self._database.close()

    @property
    def locks(self) -> Locks:
        """Locks between the bot's processes."""
        return self._database.locks

    @property
    def is_shared(self) -> bool:
        """True if several processes may use the store."""
        return self._database.is_shared

    def listen(self, *channels: str) -> AsyncIterator[Notice]:
        """Yield the notices of these channels for ever; none if no other process can send any.

        After each connection every channel gets one without payload: some may have been missed.
        """
        return self._database.listen(*channels)

    async def notify(self, channel: str) -> None:
        """Send a notice without payload to all processes of the bot. Raises DatabaseError."""
        await self._database.notify(channel)

    def keep_open(self) -> AbstractContextManager[None]:
        """Keep a connection inside the block if that makes statements faster."""
        return self._database.keep_open()

    async def tables_with(self, column: str) -> list[str]:
        """Return the names of the tables that have a column, sorted."""
        return await self._database.tables_with(column)

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
        await self.execute(_SET_META, (key, value))

    async def pseudonymize(self, member: int | None, answer_id: str) -> str:
        """Return the keyed hash that stands for ``member`` in the rows of one answer.

        It is unrelated across answers. Given a user id, that member's rows can be found again and
        deleted. The HMAC key is created by the store.
        """
        if self._pseudonym_key is None:
            sql = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING"
            await self.execute(sql, (_PSEUDONYM_KEY, secrets.token_hex(32)))
            self._pseudonym_key = bytes.fromhex(await self.get_meta(_PSEUDONYM_KEY) or "")
        message = f"{answer_id}:{member or 0}".encode()
        return hmac.new(self._pseudonym_key, message, "sha256").hexdigest()[:_PSEUDONYM_CHARS]

    async def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement that writes, and return the number of rows that it changed."""
        async with self.transaction() as transaction:
            return await transaction.execute(sql, values)

    async def fetch_one(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        rows = await self.fetch_all(sql, values)
        return rows[0] if rows else None

    async def fetch_all(
        self,
        sql: str,
        values: Sequence[object] = (),
        *,
        timeout_seconds: float = STATEMENT_SECONDS,
    ) -> list[Row]:
        """Return every row of a query, even if the store cannot be written."""
        return await self._database.fetch_all(sql, values, timeout_seconds)

    def transaction(
        self, serialize: str | None = None, *, timeout_seconds: float = STATEMENT_SECONDS
    ) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that is committed at the end, and rolled back on an error.

        Transactions with the same ``serialize`` run one after the other, in all processes: those
        that read what they change need it.
        """
        return self._database.transaction(serialize, timeout_seconds)


def _database(location: Path | PostgresUrl) -> Database:
    if isinstance(location, Path):
        return SQLiteDatabase(location)
    with import_driver():
        from bot.storage.databases.postgres import PostgresDatabase  # noqa: PLC0415 - an extra

    return PostgresDatabase(location)


@contextmanager
def ignore_storage_errors(description: str) -> Iterator[None]:
    """Log a database error and go on: a full disk must not fail the answer.

    ``description`` is what would have been saved, for the log.
    """
    try:
        yield
    except DatabaseError as error:
        log.error("could not save %s (%s); run `quoth doctor`", description, error)


def new_id() -> str:
    """Return a short id for an answer that cannot be guessed."""
    return secrets.token_urlsafe(9)


def replace_surrogates(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot encode, with question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
