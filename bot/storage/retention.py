"""Keep no text longer than promised: each server has its own number of days."""

import time
from collections.abc import Iterator

from bot.storage.database import Store
from bot.storage.guilds import GuildStore
from bot.storage.usage import purge_asked

DAY_SECONDS = 24 * 3600
# Tables that hold what somebody wrote, and the column that says when.
DATED = {"answers": "created", "unanswered": "asked_at", "votes": "cast_at"}


async def purge(store: Store, servers: GuildStore) -> None:
    """Delete what is older than each server wants it kept, and servers left long ago."""
    await servers.purge()
    await purge_asked(store)
    chosen = await servers.chosen()
    default = (await servers.of(None)).retention_days
    known = ",".join(str(guild) for guild in chosen)
    async with store.writing() as connection:
        for guild, settings in chosen.items():
            for sql in _deleting("guild_id = ?"):
                await connection.execute(sql, (_before(settings.retention_days), guild))
        for sql in _deleting(f"(guild_id IS NULL OR guild_id NOT IN ({known}))"):
            await connection.execute(sql, (_before(default),))


def _deleting(which: str) -> Iterator[str]:
    for table, column in DATED.items():
        yield f"DELETE FROM {table} WHERE {column} < ? AND {which}"  # noqa: S608 - our own names


def _before(days: int) -> int:
    return int(time.time()) - days * DAY_SECONDS
