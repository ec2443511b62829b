"""Store which messages show which quotations, to mark those whose articles change.

A row has the quoted slices of articles, and nothing that a member wrote. It goes with its answer.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum

from bot.config.shards import ALL_SHARDS, ShardRange
from bot.storage.databases.interface import Row, overwrite
from bot.storage.store import Store, replace_surrogates

MAX_SHOWN = 50  # newest answers per server that are kept up to date
_COLUMNS = "answer, guild_id, channel_id, message_id, shown_at, quotes, changes"
DELETE_ORPHANS = (
    "DELETE FROM shown_answers WHERE NOT EXISTS"
    " (SELECT 1 FROM answers WHERE answers.id = shown_answers.answer)"
)
_ADD = (
    f"INSERT INTO shown_answers ({_COLUMNS}, checked) VALUES (?, ?, ?, ?, ?, ?, '[]', ?)"  # noqa: S608 - our own columns
    f" ON CONFLICT (answer) DO UPDATE SET {overwrite(f'{_COLUMNS}, checked')}"
)
_TRIM = (
    "DELETE FROM shown_answers WHERE guild_id = ? AND answer NOT IN (SELECT answer"
    " FROM shown_answers WHERE guild_id = ? ORDER BY shown_at DESC, message_id DESC LIMIT ?)"
)


class QuoteFate(StrEnum):
    """The fate of a quoted text."""

    CHANGED = "changed"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote as a message shows it: ``text`` is a slice of the article, ``digest`` that of all."""

    number: int
    article: str
    digest: str
    text: str


@dataclass(frozen=True, slots=True)
class QuoteChange:
    """A quote that no longer stands in its article, since a time in seconds."""

    number: int
    change: QuoteFate
    since: int


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """A message of the bot in a server, with its quotes and the changes that it says."""

    answer: str
    guild: int
    channel: int
    message: int
    shown_at: int
    quotes: tuple[ShownQuote, ...]
    changes: tuple[QuoteChange, ...] = ()


async def add_shown(store: Store, shown: ShownAnswer, snapshot: str) -> None:
    """Add a message, in place of an earlier answer in it; the oldest of the server go."""
    quotes = json.dumps([astuple(quote) for quote in shown.quotes])
    async with store.transaction() as transaction:
        sql = "DELETE FROM shown_answers WHERE message_id = ?"
        await transaction.execute(sql, (shown.message,))
        await transaction.execute(
            _ADD,
            (
                *(shown.answer, shown.guild, shown.channel, shown.message),
                *(shown.shown_at, replace_surrogates(quotes), snapshot),
            ),
        )
        await transaction.execute(_TRIM, (shown.guild, shown.guild, MAX_SHOWN))


async def shown_before(
    store: Store, snapshot: str, limit: int, shards: ShardRange = ALL_SHARDS
) -> list[ShownAnswer]:
    """Return messages of these shards that were not compared with a snapshot yet, newest first."""
    rows = await store.fetch_all(
        f"SELECT {_COLUMNS} FROM shown_answers"  # noqa: S608 - our own columns
        f" WHERE checked != ? AND {shards.condition()}"
        " ORDER BY shown_at DESC, message_id DESC LIMIT ?",
        (snapshot, limit),
    )
    return list(map(_from_row, rows))


async def mark_checked(
    store: Store,
    answers: Sequence[str],
    snapshot: str,
    changes: Sequence[QuoteChange] | None = None,
) -> None:
    """Record that messages were compared with a snapshot, and the changes that they now say."""
    async with store.transaction() as transaction:
        sql = "UPDATE shown_answers SET checked = ? WHERE answer = ?"
        await transaction.executemany(sql, [(snapshot, answer) for answer in answers])
        if changes is not None:
            said = json.dumps([astuple(change) for change in changes])
            sql = "UPDATE shown_answers SET changes = ? WHERE answer = ?"
            await transaction.executemany(sql, [(said, answer) for answer in answers])


async def delete_shown(store: Store, answer: str) -> None:
    """Forget a message that is gone, or that no longer shows quotes."""
    await store.execute("DELETE FROM shown_answers WHERE answer = ?", (answer,))


def now() -> int:
    """Return the current time in seconds."""
    return int(time.time())


def _from_row(row: Row) -> ShownAnswer:
    answer, guild, channel, message, shown_at, quotes, said = row
    changes = tuple(
        QuoteChange(number, QuoteFate(change), since) for number, change, since in json.loads(said)
    )
    slices = tuple(ShownQuote(*each) for each in json.loads(quotes))
    return ShownAnswer(answer, guild, channel, message, shown_at, slices, changes)
