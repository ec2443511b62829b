"""Store unanswered and downvoted questions, and group similar ones for curators."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.config.shards import ALL_SHARDS, ShardRange
from bot.questions.context import AskContext
from bot.storage.databases.interface import Transaction
from bot.storage.store import Store, replace_surrogates
from bot.storage.votes import votes_on
from index.text.tokenize import content_terms

# Values of the column "reason".
NOTHING = "nothing"
VOTE = "vote"

_INSERT = (
    "INSERT INTO unanswered"
    " (question, guild_id, channel_id, parent_id, message_id, reason, asked_at, answer, asker)"
    " SELECT ?, ?, ?, ?, ?, ?, ?, answers.id, answers.asker FROM answers WHERE answers.id = ?"
    " AND NOT EXISTS (SELECT 1 FROM unanswered u WHERE u.answer = answers.id AND u.reason = ?)"
)
_DELETE_WITHOUT_VOTES = (
    "DELETE FROM unanswered WHERE answer = ? AND reason = ?"
    " AND NOT EXISTS (SELECT 1 FROM votes WHERE votes.answer = ? AND NOT up)"
)
_COMMENTS = (
    "SELECT wanted FROM votes WHERE answer = ? AND NOT up AND wanted IS NOT NULL"
    " ORDER BY cast_at, voter"
)
_SET_COMMENTS = "UPDATE unanswered SET wanted = ? WHERE answer = ? AND reason = ?"
_MAX_ROWS = 1000  # newest rows that are grouped
_MIN_JACCARD = 0.6  # similarity of the terms of two questions in one group


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A question that got nothing or a 👎; ``comment`` says what members wanted to find.

    ``parent`` is the channel of the thread that ``channel`` is.
    """

    id: int
    question: str
    reason: str
    asked_at: int
    channel: int | None = None
    message: int | None = None
    comment: str | None = None
    parent: int | None = None

    @property
    def place(self) -> tuple[int, ...]:
        """The channel, and the one that it is a thread of; empty for a private answer."""
        return tuple(each for each in (self.channel, self.parent) if each is not None)


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Similar questions, newest first; never empty."""

    questions: tuple[UnansweredQuestion, ...]

    @property
    def newest(self) -> UnansweredQuestion:
        """The question that represents the group."""
        return self.questions[0]

    @property
    def downvoted(self) -> bool:
        """True if a question of the group got quotes and a 👎, rather than nothing."""
        return any(question.reason == VOTE for question in self.questions)

    @property
    def comments(self) -> str:
        """The distinct comments of members, joined by semicolons."""
        comments = (question.comment for question in self.questions)
        return "; ".join(dict.fromkeys(filter(None, comments)))


async def add_unanswered(
    store: Store, answer_id: str, question: str, context: AskContext, message: int | None
) -> None:
    """Add a question for which nothing was found; ``message`` is its message to link to.

    There is one row per answer and reason, and none for direct messages.
    """
    if context.guild is not None:
        async with store.transaction(votes_on(answer_id)) as transaction:
            row = _row(answer_id, question, context, message, NOTHING)
            await transaction.execute(_INSERT, row)


async def delete_question(store: Store, answer_id: str) -> None:
    """Delete an answer that was replaced, and its question from the list."""
    async with store.transaction(votes_on(answer_id)) as transaction:
        await transaction.execute("DELETE FROM unanswered WHERE answer = ?", (answer_id,))
        await transaction.execute("DELETE FROM answers WHERE id = ?", (answer_id,))


async def update_downvoted(
    store: Store, answer_id: str, question: str, context: AskContext, message: int | None
) -> None:
    """Add, update or delete the row of a downvoted answer to match its votes."""
    async with store.transaction(votes_on(answer_id)) as transaction:
        if context.guild is not None:
            await transaction.execute(_INSERT, _row(answer_id, question, context, message, VOTE))
        await update_vote_rows(transaction, answer_id)


async def update_vote_rows(transaction: Transaction, answer_id: str) -> None:
    """Delete an answer's row if it has no 👎 left, else collect the comments of its voters."""
    await transaction.execute(_DELETE_WITHOUT_VOTES, (answer_id, VOTE, answer_id))
    comments = [str(row[0]) for row in await transaction.fetch_all(_COMMENTS, (answer_id,))]
    wanted = "\n".join(comments) or None
    await transaction.execute(_SET_COMMENTS, (wanted, answer_id, VOTE))


def _row(
    answer_id: str, question: str, context: AskContext, message: int | None, reason: str
) -> tuple[object, ...]:
    now = int(time.time())
    public = context.channel is not None
    parent = next(iter(context.place[1:]), None)
    place = (context.channel, parent, message) if public else (None, None, None)
    location = (context.guild, *place)
    return (replace_surrogates(question), *location, reason, now, answer_id, reason)


async def get_question_groups(
    store: Store, guild: int, *, newest: bool = False
) -> list[QuestionGroup]:
    """Return a server's unanswered questions in groups, most asked or newest first."""
    rows = await store.fetch_all(
        "SELECT id, question, reason, asked_at, channel_id, message_id, wanted, parent_id"
        " FROM unanswered"
        " WHERE guild_id = ? ORDER BY asked_at DESC, id DESC LIMIT ?",
        (guild, _MAX_ROWS),
    )
    groups = group_similar([UnansweredQuestion(*row) for row in rows])
    return groups if newest else sorted(groups, key=lambda group: -len(group.questions))


async def find_group(store: Store, guild: int, question_id: int) -> QuestionGroup | None:
    """Return the group with that question, or None if it is no longer listed."""
    for group in await get_question_groups(store, guild, newest=True):
        if any(question.id == question_id for question in group.questions):
            return group
    return None


async def remove_group(store: Store, guild: int, group: QuestionGroup) -> bool:
    """Remove a group from the list; False if another process or curator removed all of it."""
    sql = "DELETE FROM unanswered WHERE id = ? AND guild_id = ?"
    async with store.transaction() as transaction:
        removed = [
            await transaction.execute(sql, (question.id, guild)) for question in group.questions
        ]
    return any(removed)


async def guilds_with_unanswered(store: Store, shards: ShardRange = ALL_SHARDS) -> list[int]:
    """Return the ids of these shards' servers that have unanswered questions."""
    rows = await store.fetch_all(
        "SELECT DISTINCT guild_id FROM unanswered WHERE guild_id IS NOT NULL"  # noqa: S608 - numbers
        f" AND {shards.condition()} ORDER BY guild_id"
    )
    return [int(row[0]) for row in rows]


def group_similar(questions: Sequence[UnansweredQuestion]) -> list[QuestionGroup]:
    """Group similar questions, in the order of the first of each group."""
    groups: list[tuple[frozenset[str], list[UnansweredQuestion]]] = []
    for question in questions:
        terms = frozenset(content_terms(question.question, "en"))
        members = next((rows for known, rows in groups if _similar(known, terms)), None)
        if members is None:
            groups.append((terms, [question]))
        else:
            members.append(question)
    return [QuestionGroup(tuple(members)) for _, members in groups]


def _similar(terms: frozenset[str], other: frozenset[str]) -> bool:
    """Compare terms by Jaccard similarity; questions with different numbers never match."""
    if any(term[0].isdigit() for term in terms ^ other):
        return False
    return len(terms & other) >= _MIN_JACCARD * max(1, len(terms | other))
