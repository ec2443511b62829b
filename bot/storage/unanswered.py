"""The questions that were not answered, as curators read them: alike ones as one, with a count."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.storage.database import Store
from bot.storage.misses import VOTE
from index.text.tokenize import content_terms

_READ = 1000  # newest rows that a list is made of
_ALIKE = 0.6  # of the terms of two questions that both have, from where on they are one


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """One time that a question was not answered; ``wanted`` is what a member missed in a quote."""

    id: int
    question: str
    reason: str
    asked_at: int
    channel: int | None = None
    message: int | None = None
    wanted: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions that ask for the same, newest first; never empty."""

    every: tuple[UnansweredQuestion, ...]

    @property
    def newest(self) -> UnansweredQuestion:
        """The one that stands for all."""
        return self.every[0]

    @property
    def voted(self) -> bool:
        """Whether it had quotes that somebody voted 👎, rather than nothing."""
        return any(one.reason == VOTE for one in self.every)

    @property
    def wanted(self) -> str:
        """What members would have wanted, in their words."""
        return "; ".join(dict.fromkeys(one.wanted for one in self.every if one.wanted))


async def groups_of(store: Store, guild: int, *, newest: bool = False) -> list[QuestionGroup]:
    """What was not answered in a server, most asked first, or newest first."""
    found = merged(await _missed(store, guild))
    return found if newest else sorted(found, key=lambda group: -len(group.every))


async def group_with(store: Store, guild: int, identity: int) -> QuestionGroup | None:
    """The group that one question belongs to; None when it is no longer on the list."""
    every = merged(await _missed(store, guild))
    return next((one for one in every if identity in {row.id for row in one.every}), None)


async def done(store: Store, guild: int, group: QuestionGroup) -> None:
    """Take a group off the list."""
    async with store.writing() as connection:
        await connection.executemany(
            "DELETE FROM unanswered WHERE id = ? AND guild_id = ?",
            [(one.id, guild) for one in group.every],
        )


async def guilds_with_unanswered(store: Store) -> list[int]:
    """The servers that have any."""
    rows = await store.rows("SELECT DISTINCT guild_id FROM unanswered WHERE guild_id IS NOT NULL")
    return sorted(int(row[0]) for row in rows)


def merged(missed: Sequence[UnansweredQuestion]) -> list[QuestionGroup]:
    """Groups of questions alike, in the order of the first of each."""
    groups: list[tuple[frozenset[str], list[UnansweredQuestion]]] = []
    for one in missed:
        terms = frozenset(content_terms(one.question, "en"))
        home = next((rows for known, rows in groups if _alike(known, terms)), None)
        if home is None:
            groups.append((terms, [one]))
        else:
            home.append(one)
    return [QuestionGroup(tuple(rows)) for _, rows in groups]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Mostly the same terms; the numbers in them, which make another question, all the same."""
    if _numbers(one) != _numbers(other):
        return False
    return len(one & other) >= _ALIKE * max(1, len(one | other))


def _numbers(terms: frozenset[str]) -> frozenset[str]:
    return frozenset(term for term in terms if term[0].isdigit())


async def _missed(store: Store, guild: int) -> list[UnansweredQuestion]:
    rows = await store.rows(
        "SELECT id, question, reason, asked_at, channel_id, message_id, wanted FROM unanswered"
        " WHERE guild_id = ? ORDER BY asked_at DESC, id DESC LIMIT ?",
        (guild, _READ),
    )
    return [UnansweredQuestion(*row) for row in rows]
