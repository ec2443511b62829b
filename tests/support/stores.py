"""Look into a store in SQLite or PostgreSQL beside the bot."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from bot.config.store_location import PostgresUrl
from bot.storage.guilds import LEFT_GUILD_RETENTION_SECONDS
from bot.storage.store import Store

Location = Path | PostgresUrl


def file_of(location: Location) -> Path:
    """Return the file of a store that is one."""
    assert isinstance(location, Path)
    return location


def run(location: Location, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Run one statement beside the bot, and return its rows, if any."""
    if isinstance(location, PostgresUrl):
        return _run_postgres(location, sql, values)
    with closing(sqlite3.connect(location)) as connection, connection:
        return connection.execute(sql, values).fetchall()


def _run_postgres(
    location: PostgresUrl, sql: str, values: Sequence[object]
) -> list[tuple[Any, ...]]:
    with psycopg.connect(location.value) as connection:
        cursor = connection.execute(sql.replace("?", "%s").encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def tables(location: Location) -> list[str]:
    """Return the names of all tables."""
    if isinstance(location, PostgresUrl):
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
    return [name for (name,) in run(location, sql)]


async def a_week_passes(store: Store) -> None:
    """Let the servers that were left have been left a week and a minute earlier."""
    seconds = LEFT_GUILD_RETENTION_SECONDS + 60
    await store.execute("UPDATE servers SET left_at = left_at - ?", (seconds,))
