"""Migrations of a SQLite store's schema, each applied once, in the order of their numbers.

The numbers already applied to a file are in its table ``migrations``. Never change a released
migration; add one, and one with the same number to postgres_schema.py. Numbers may be missing, and
a later one may be applied before an earlier one.
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
    # Questions that got nothing, or whose answer got a 👎, with the comments on it (``wanted``).
    # ``asker`` is a pseudonym (Store.pseudonymize).
    10: (
        "CREATE TABLE unanswered ("
        " id INTEGER PRIMARY KEY, question TEXT NOT NULL, guild_id INTEGER, channel_id INTEGER,"
        " message_id INTEGER, reason TEXT NOT NULL, asked_at INTEGER NOT NULL,"
        " answer TEXT, wanted TEXT, asker TEXT)",
        "CREATE INDEX unanswered_answer ON unanswered (answer)",
        "CREATE INDEX unanswered_guild ON unanswered (guild_id, asked_at)",
    ),
    # One vote per member and answer; ``voter`` is a pseudonym.
    11: (
        "CREATE TABLE votes (answer TEXT NOT NULL, voter TEXT NOT NULL, up INTEGER NOT NULL,"
        " wanted TEXT, guild_id INTEGER, cast_at INTEGER NOT NULL,"
        " PRIMARY KEY (answer, voter)) WITHOUT ROWID",
    ),
    # ``wrote`` is the member's text if it was rewritten into ``question``; ``target`` is the
    # message that a shared answer replies to; ``asker`` is a pseudonym.
    12: (
        "ALTER TABLE answers ADD COLUMN verdict TEXT NOT NULL DEFAULT 'answered'",
        "ALTER TABLE answers ADD COLUMN wrote TEXT",
        "ALTER TABLE answers ADD COLUMN publisher TEXT",
        "ALTER TABLE answers ADD COLUMN since TEXT",
        "ALTER TABLE answers ADD COLUMN target INTEGER",
        "ALTER TABLE answers ADD COLUMN asker TEXT",
        "ALTER TABLE answers ADD COLUMN shared INTEGER NOT NULL DEFAULT 0",
    ),
    # Settings chosen by a server's curators; ``left_at`` is set while the bot is not in it.
    20: (
        "CREATE TABLE servers (guild_id INTEGER PRIMARY KEY, settings TEXT NOT NULL,"
        " left_at INTEGER)",
        "ALTER TABLE answers ADD COLUMN guild_id INTEGER",
    ),
    # Usage figures without texts or user ids, for /curate stats.
    21: (
        "CREATE TABLE asked (id INTEGER PRIMARY KEY, guild_id INTEGER, channel_id INTEGER,"
        " verdict TEXT NOT NULL, seconds REAL NOT NULL, article TEXT, asked_at INTEGER NOT NULL)",
        "CREATE INDEX asked_guild ON asked (guild_id, asked_at)",
    ),
    # Questions that are asked again after every rebuild, with their last results.
    22: (
        "CREATE TABLE pins (id INTEGER PRIMARY KEY, guild_id INTEGER NOT NULL,"
        " question TEXT NOT NULL, verdict TEXT NOT NULL, article TEXT, quote TEXT,"
        " pinned_at INTEGER NOT NULL)",
        "CREATE INDEX pins_guild ON pins (guild_id)",
    ),
    # The channel of the thread in which a question was asked.
    23: ("ALTER TABLE unanswered ADD COLUMN parent_id INTEGER",),
    # Questions handed to people in a thread; ``asker`` is a pseudonym. Subscribers asked to be told
    # when an article answers one: to mention them, the bot has to know their ids.
    24: (
        "CREATE TABLE help_requests (answer TEXT PRIMARY KEY, guild_id INTEGER NOT NULL,"
        " thread_id INTEGER, question TEXT NOT NULL, channel_id INTEGER, parent_id INTEGER,"
        " asker TEXT, asked_at INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE help_subscribers (answer TEXT NOT NULL, member INTEGER NOT NULL,"
        " guild_id INTEGER NOT NULL, PRIMARY KEY (answer, member)) WITHOUT ROWID",
    ),
    # Messages that are articles; ``author`` is a pseudonym. The author's withdrawal clears it, and
    # ``removal`` says how far it is removed.
    25: (
        "CREATE TABLE quoted_messages (path TEXT PRIMARY KEY, guild_id INTEGER,"
        " channel_id INTEGER, message_id INTEGER NOT NULL, author TEXT,"
        " named INTEGER NOT NULL DEFAULT 0, credited INTEGER NOT NULL DEFAULT 1,"
        " quoted_at INTEGER NOT NULL, withdrawn_at INTEGER,"
        " removal INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    ),
    # Messages that show quotations, as slices of articles; ``checked`` is the snapshot that they
    # were last compared with, ``changes`` those that the message says.
    26: (
        "CREATE TABLE shown_answers (answer TEXT PRIMARY KEY, guild_id INTEGER NOT NULL,"
        " channel_id INTEGER NOT NULL, message_id INTEGER NOT NULL,"
        " shown_at INTEGER NOT NULL, quotes TEXT NOT NULL, changes TEXT NOT NULL,"
        " checked TEXT NOT NULL)",
        "CREATE INDEX shown_answers_checked ON shown_answers (checked)",
    ),
    # Whether an answer stands in a channel, for all to see.
    27: ("ALTER TABLE answers ADD COLUMN public INTEGER NOT NULL DEFAULT 0",),
    # Questions that are being answered: a message, or an interaction with its token.
    30: (
        "CREATE TABLE in_hand (id INTEGER PRIMARY KEY, guild_id INTEGER,"
        " channel_id INTEGER NOT NULL, token TEXT, locale TEXT, asked_at REAL NOT NULL)",
    ),
    # The process that answers a pending question; it holds the lock of that name.
    31: ("ALTER TABLE in_hand ADD COLUMN holder TEXT",),
}


async def migrate(connection: aiosqlite.Connection) -> list[int]:
    """Apply the pending migrations; return the file's numbers that this version does not know.

    Each migration and its number are committed in one transaction: a crash leaves both or neither.
    Nothing is applied to a file with an unknown number, which a newer version made.
    """
    applied = await _applied_numbers(connection)
    if unknown := sorted(applied - MIGRATIONS.keys()):
        return unknown
    for number in sorted(MIGRATIONS.keys() - applied):
        await connection.execute("BEGIN IMMEDIATE")
        for statement in MIGRATIONS[number]:
            await connection.execute(statement)
        await connection.execute("INSERT INTO migrations VALUES (?)", (number,))
        await connection.commit()
    return []


async def _applied_numbers(connection: aiosqlite.Connection) -> set[int]:
    """Return the applied numbers; the first version counted them in ``user_version``."""
    await connection.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY)")
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    await connection.execute(
        "INSERT OR IGNORE INTO migrations SELECT 1 WHERE ? >= 1", (int(version),)
    )
    await connection.commit()
    return {int(row[0]) for row in await connection.execute_fetchall("SELECT * FROM migrations")}
