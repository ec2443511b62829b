"""Copy a SQLite store into an empty PostgreSQL database, all of it or nothing."""

import hashlib
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection, sql

from bot.config.store_location import PostgresUrl
from bot.storage.databases.interface import Row
from bot.storage.databases.postgres import clean_text, migrate
from bot.storage.databases.postgres_connection import connect, translate_errors
from bot.storage.errors import DatabaseError, StoreError
from bot.storage.store import Store

_MIGRATIONS = "migrations"  # the only table that an empty store fills
_NUMBERED = ("unanswered", "asked", "pins")  # tables whose ids the database chooses

_Convert = Callable[[object], object]
_CONVERSIONS: dict[str, _Convert] = {
    "boolean": bool,
    "text": lambda value: clean_text(str(value)),
    "double precision": lambda value: float(str(value)),
    "bigint": lambda value: int(str(value)),
}


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: tuple[str, ...]
    conversions: tuple[_Convert, ...]

    def converted(self, row: Row) -> Row:
        """Return a row of SQLite with the types of PostgreSQL."""
        pairs = zip(self.conversions, row, strict=True)
        return tuple(None if value is None else convert(value) for convert, value in pairs)

    @property
    def select(self) -> sql.Composed:
        """The query for all rows, in either database."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(self.name))


@dataclass(slots=True)
class _Digest:
    """The number of rows, and a sum of their hashes that does not depend on their order."""

    rows: int = 0
    total: int = 0

    def add(self, row: Row) -> None:
        self.rows += 1
        self.total += int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "replace")).digest())


async def copy_store(file: Path, target: PostgresUrl) -> dict[str, int]:
    """Copy a file into an empty database, and compare each row; return the rows by table.

    A file of an older version is migrated in a copy of its own. Raises StoreError, DatabaseError;
    the database is then as it was.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "store.sqlite3")
        _back_up(file, source)
        await _migrate_source(file, source)
        with closing(sqlite3.connect(source)) as old:
            async with _empty_store(target) as connection:
                tables = [table async for table in _tables(connection)]
                return {table.name: await _copy(old, connection, table) for table in tables}


def _back_up(file: Path, copy: Path) -> None:
    """Copy the file as it is, with what stands in its log only."""
    try:
        with (
            closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise StoreError(f"cannot read {file} ({error}); nothing was copied") from error


async def _migrate_source(file: Path, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        sql = "SELECT count(*) FROM sqlite_master WHERE name IN ('meta', 'answers')"
        if connection.execute(sql).fetchone() != (2,):
            raise StoreError(f"{file} is not the store of a bot; nothing was copied")
    try:
        await Store(copy).open()
    except StoreError as error:
        raise StoreError(str(error).replace(str(copy), str(file))) from error


@asynccontextmanager
async def _empty_store(target: PostgresUrl) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which the database has all tables, and nothing in them."""
    with _readable_errors(target):
        connection = await connect(target.value, "quoth store copy")
        async with connection, connection.transaction():
            if unknown := await migrate(connection):
                raise StoreError(f"{target} has migration {unknown[-1]} of a newer Quoth")
            async for table in _tables(connection):
                await _lock_empty(connection, table, target)
            yield connection


@contextmanager
def _readable_errors(target: PostgresUrl) -> Iterator[None]:
    try:
        with translate_errors():
            yield
    except DatabaseError as error:
        raise StoreError(f"cannot copy into {target} ({error}); nothing was copied") from error


async def _lock_empty(connection: AsyncConnection, table: _Table, target: PostgresUrl) -> None:
    """Keep every other process from a table that must be empty. Raises StoreError."""
    name = sql.Identifier(table.name)
    await connection.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(name))
    cursor = await connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name))
    if await cursor.fetchone() is not None:
        raise StoreError(
            f"{target} is not empty: its table {table.name} has rows. Copy into a new database "
            "that no bot has used; nothing was copied"
        )


async def _tables(connection: AsyncConnection) -> AsyncIterator[_Table]:
    cursor = await connection.execute(
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position),"
        " array_agg(data_type::text ORDER BY ordinal_position)"
        " FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema = current_schema()"
        " AND table_type = 'BASE TABLE' AND table_name <> %s GROUP BY table_name ORDER BY 1",
        (_MIGRATIONS,),
    )
    for name, columns, types in await cursor.fetchall():
        yield _Table(name, tuple(columns), tuple(_CONVERSIONS[each] for each in types))


async def _copy(old: sqlite3.Connection, connection: AsyncConnection, table: _Table) -> int:
    """Copy a table, read it back, and return the number of rows. Raises StoreError."""
    written = await _write(old, connection, table)
    found = _Digest()
    async with connection.cursor("quoth_copy") as cursor:
        await cursor.execute(table.select)
        async for row in cursor:
            found.add(row)
    if found != written:
        raise StoreError(
            f"the copy of the table {table.name} differs from the file: {found.rows} rows of "
            f"{written.rows} arrived; nothing was copied"
        )
    if table.name in _NUMBERED:
        await _continue_numbers(connection, table.name)
    return written.rows


async def _write(old: sqlite3.Connection, connection: AsyncConnection, table: _Table) -> _Digest:
    digest = _Digest()
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    async with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in map(table.converted, _read(old, table)):
            digest.add(row)
            await copy.write_row(row)
    return digest


def _read(old: sqlite3.Connection, table: _Table) -> Iterable[Row]:
    old.text_factory = lambda text: text.decode("utf-8", "replace")
    columns = ", ".join(f'"{column}"' for column in table.columns)
    return old.execute(f'SELECT {columns} FROM "{table.name}"')  # noqa: S608 - names of our schema


async def _continue_numbers(connection: AsyncConnection, name: str) -> None:
    """Let new rows get the numbers after those copied."""
    query = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")
    await connection.execute(query.format(sql.Literal(name), sql.Identifier(name)))
