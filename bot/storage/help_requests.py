"""Store the questions that members handed to people, until an article answers them."""

import time
from dataclasses import dataclass

from bot.config.shards import ALL_SHARDS, ShardRange
from bot.questions.context import AskContext
from bot.storage.store import Store, replace_surrogates

_HOUR_SECONDS = 3600
_POSTING_SECONDS = 60
_COLUMNS = "answer, guild_id, thread_id, question, channel_id, parent_id"
_MAX_OPEN = 50  # per server; older ones are no longer asked again


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """A question handed to people in a thread, under the id of the answer that was not enough.

    ``channel`` is where it was asked, ``parent`` the channel of that thread; both are None for a
    private answer.
    """

    answer: str
    guild: int
    thread: int | None
    question: str
    channel: int | None = None
    parent: int | None = None

    @property
    def place(self) -> tuple[int, ...]:
        """The channel where it was asked, and the one that it is a thread of."""
        return tuple(each for each in (self.channel, self.parent) if each is not None)


async def claim_request(store: Store, answer_id: str, question: str, context: AskContext) -> bool:
    """Add a request that is not posted yet; False if the question was already handed over.

    One that was never posted, because the bot was killed, does not count.
    """
    await store.execute(
        "DELETE FROM help_requests WHERE answer = ? AND thread_id IS NULL AND asked_at < ?",
        (answer_id, int(time.time()) - _POSTING_SECONDS),
    )
    asker = await store.pseudonymize(context.member, answer_id)
    parent = context.place[1] if context.channel and len(context.place) > 1 else None
    added = await store.execute(
        "INSERT INTO help_requests"
        " (answer, guild_id, question, channel_id, parent_id, asker, asked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            answer_id,
            context.guild,
            replace_surrogates(question),
            context.channel,
            parent,
            asker,
            int(time.time()),
        ),
    )
    return added > 0


async def set_thread(store: Store, answer_id: str, thread: int) -> None:
    """Record where a request was posted."""
    sql = "UPDATE help_requests SET thread_id = ? WHERE answer = ?"
    await store.execute(sql, (thread, answer_id))


async def get_request(store: Store, answer_id: str) -> HelpRequest | None:
    """Return the request for an answer, if its question was handed over."""
    sql = f"SELECT {_COLUMNS} FROM help_requests WHERE answer = ?"  # noqa: S608 - our own columns
    row = await store.fetch_one(sql, (answer_id,))
    return HelpRequest(*row) if row else None


async def delete_request(store: Store, answer_id: str) -> None:
    """Delete a request with its subscribers, if it exists."""
    async with store.transaction() as transaction:
        await transaction.execute("DELETE FROM help_requests WHERE answer = ?", (answer_id,))
        await transaction.execute("DELETE FROM help_subscribers WHERE answer = ?", (answer_id,))


async def count_recent(store: Store, context: AskContext) -> tuple[int, int]:
    """Count the requests of the last hour: those of the member, and those of the server."""
    rows = await store.fetch_all(
        "SELECT answer, asker FROM help_requests WHERE guild_id = ? AND asked_at > ?",
        (context.guild, int(time.time()) - _HOUR_SECONDS),
    )
    own = [
        answer
        for answer, asker in rows
        if asker == await store.pseudonymize(context.member, str(answer))
    ]
    return len(own), len(rows)


async def toggle_subscriber(store: Store, answer_id: str, guild: int, member: int) -> bool:
    """Subscribe a member to a request, or unsubscribe; return whether they are subscribed now."""
    values = (answer_id, member)
    async with store.transaction(f"subscriber {answer_id} {member}") as transaction:
        sql = "DELETE FROM help_subscribers WHERE answer = ? AND member = ?"
        if await transaction.execute(sql, values):
            return False
        await transaction.execute(
            "INSERT INTO help_subscribers (answer, member, guild_id) VALUES (?, ?, ?)",
            (*values, guild),
        )
    return True


async def get_subscribers(store: Store, answer_id: str) -> list[int]:
    """Return the ids of the members who asked to be told."""
    sql = "SELECT member FROM help_subscribers WHERE answer = ? ORDER BY member"
    return [int(row[0]) for row in await store.fetch_all(sql, (answer_id,))]


async def open_requests(store: Store, shards: ShardRange = ALL_SHARDS) -> list[HelpRequest]:
    """Return the newest requests that were posted, of each of these shards' servers."""
    rows = await store.fetch_all(
        f"SELECT {_COLUMNS} FROM (SELECT *, row_number() OVER"  # noqa: S608 - our own columns
        " (PARTITION BY guild_id ORDER BY asked_at DESC, answer) AS rank FROM help_requests"
        f" WHERE thread_id IS NOT NULL AND {shards.condition()}) AS ranked WHERE rank <= ?",
        (_MAX_OPEN,),
    )
    return [HelpRequest(*row) for row in rows]
