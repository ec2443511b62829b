"""How often it was asked, and what came of it: counts for curators, without a text or a person."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from bot.storage.database import Store
from bot.text.context import AskContext
from index.types import Answer, Verdict

KEPT_DAYS = 30  # the longest that /curate stats looks back


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """One question that was asked: when, what the verdict was, which article was quoted first."""

    day: date
    verdict: Verdict
    seconds: float
    article: str | None


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """What came of the questions of some days; ``articles`` most quoted first, with how often."""

    asked: int
    verdicts: dict[Verdict, int]
    median_seconds: float
    articles: tuple[tuple[str, int], ...]


async def note_asked(store: Store, answer: Answer, where: AskContext) -> None:
    """Count an answer that was given."""
    article = answer.quotes[0].citation.article if answer.quotes else None
    await store.write(
        "INSERT INTO asked (guild_id, channel_id, verdict, seconds, article, asked_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (where.guild, where.channel, str(answer.verdict), answer.seconds, article, _now()),
    )


async def asked_since(store: Store, guild: int, days: int) -> list[QuestionRecord]:
    """What was asked in a server in the last ``days`` days, today included, oldest first."""
    sql = (
        "SELECT asked_at, verdict, seconds, article FROM asked"
        " WHERE guild_id = ? AND asked_at >= ? ORDER BY asked_at"
    )
    rows = await store.rows(sql, (guild, _first_second(days)))
    return [QuestionRecord(_day(row[0]), Verdict(row[1]), float(row[2]), row[3]) for row in rows]


async def purge_asked(store: Store) -> None:
    """Delete what no summary looks back to any more."""
    await store.write("DELETE FROM asked WHERE asked_at < ?", (_first_second(KEPT_DAYS),))


def summary(asked: Sequence[QuestionRecord], days: int) -> UsageSummary:
    """The last ``days`` days of ``asked``, today included."""
    since = today() - timedelta(days=days - 1)
    found = [one for one in asked if one.day >= since]
    counts: dict[str, int] = {}
    for one in found:
        if one.article is not None and one.verdict is Verdict.ANSWERED:
            counts[one.article] = counts.get(one.article, 0) + 1
    return UsageSummary(
        asked=len(found),
        verdicts={verdict: sum(one.verdict is verdict for one in found) for verdict in Verdict},
        median_seconds=median(one.seconds for one in found) if found else 0.0,
        articles=tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0]))),
    )


def today() -> date:
    """The day it is, UTC."""
    return datetime.now(UTC).date()


def _first_second(days: int) -> int:
    first = today() - timedelta(days=days - 1)
    return int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _now() -> int:
    return int(time.time())
