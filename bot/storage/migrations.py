"""What makes the store's tables: each migration is applied once, by its number, in order.

Which numbers a file has had stands in its table ``migrations``. Never change one that was
released: add one. Numbers may be missing; a file may have a later one before an earlier.
"""

import aiosqlite

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE answers ("
        " id TEXT PRIMARY KEY, created INTEGER NOT NULL, snapshot TEXT NOT NULL,"
        " question TEXT NOT NULL, source TEXT, shown TEXT NOT NULL) WITHOUT ROWID",
        "CREATE INDEX answers_created ON answers (created)",
    ),
    # A question that got nothing, or whose answer got a 👎 with what was wanted; nobody's id:
    # ``asker`` is a code (bot.kept.people).
    10: (
        "CREATE TABLE unanswered ("
        " id INTEGER PRIMARY KEY, question TEXT NOT NULL, guild_id INTEGER, channel_id INTEGER,"
        " message_id INTEGER, reason TEXT NOT NULL, asked_at INTEGER NOT NULL,"
        " answer TEXT, wanted TEXT, asker TEXT)",
        "CREATE INDEX unanswered_answer ON unanswered (answer)",
        "CREATE INDEX unanswered_guild ON unanswered (guild_id, asked_at)",
    ),
    # One vote a member and answer; ``voter`` is a code.
    11: (
        "CREATE TABLE votes (answer TEXT NOT NULL, voter TEXT NOT NULL, up INTEGER NOT NULL,"
        " wanted TEXT, guild_id INTEGER, cast_at INTEGER NOT NULL,"
        " PRIMARY KEY (answer, voter)) WITHOUT ROWID",
    ),
    # What else a kept answer was: its verdict, the filters, what the member wrote where that was
    # taken to mean the question, the message that sharing replies to, a code of who asked.
    12: (
        "ALTER TABLE answers ADD COLUMN verdict TEXT NOT NULL DEFAULT 'answered'",
        "ALTER TABLE answers ADD COLUMN wrote TEXT",
        "ALTER TABLE answers ADD COLUMN publisher TEXT",
        "ALTER TABLE answers ADD COLUMN since TEXT",
        "ALTER TABLE answers ADD COLUMN target INTEGER",
        "ALTER TABLE answers ADD COLUMN asker TEXT",
        "ALTER TABLE answers ADD COLUMN shared INTEGER NOT NULL DEFAULT 0",
    ),
    # What a server's curators chose; ``left_at`` when the bot is no longer in it.
    20: (
        "CREATE TABLE servers (guild_id INTEGER PRIMARY KEY, settings TEXT NOT NULL,"
        " left_at INTEGER)",
        "ALTER TABLE answers ADD COLUMN guild_id INTEGER",
    ),
    # Counts without text and without people, for /curate stats.
    21: (
        "CREATE TABLE asked (id INTEGER PRIMARY KEY, guild_id INTEGER, channel_id INTEGER,"
        " verdict TEXT NOT NULL, seconds REAL NOT NULL, article TEXT, asked_at INTEGER NOT NULL)",
        "CREATE INDEX asked_guild ON asked (guild_id, asked_at)",
    ),
    # Questions that every rebuild is checked against, with what they got the last time.
    22: (
        "CREATE TABLE pins (id INTEGER PRIMARY KEY, guild_id INTEGER NOT NULL,"
        " question TEXT NOT NULL, verdict TEXT NOT NULL, article TEXT, quote TEXT,"
        " pinned_at INTEGER NOT NULL)",
        "CREATE INDEX pins_guild ON pins (guild_id)",
    ),
}


async def migrate(connection: aiosqlite.Connection) -> list[int]:
    """Apply what the file lacks; numbers in it that this version does not know.

    Each migration and its number stand in one transaction: a crash leaves both or neither.
    When the file has a number of a newer version, nothing is applied.
    """
    done = await _applied(connection)
    if newer := sorted(done - MIGRATIONS.keys()):
        return newer
    for number in sorted(MIGRATIONS.keys() - done):
        await connection.execute("BEGIN IMMEDIATE")
        for statement in MIGRATIONS[number]:
            await connection.execute(statement)
        await connection.execute("INSERT INTO migrations VALUES (?)", (number,))
        await connection.commit()
    return []


async def _applied(connection: aiosqlite.Connection) -> set[int]:
    """The numbers this file has had; its first version counted them in ``user_version``."""
    await connection.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY)")
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    await connection.execute(
        "INSERT OR IGNORE INTO migrations SELECT 1 WHERE ? >= 1", (int(version),)
    )
    await connection.commit()
    return {int(row[0]) for row in await connection.execute_fetchall("SELECT * FROM migrations")}
