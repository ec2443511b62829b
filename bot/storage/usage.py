"""Count questions and their verdicts for curators, without texts or user ids."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from bot.questions.context import AskContext
from bot.storage.store import Store
from index.types import Answer, Verdict

_RETENTION_DAYS = 30  # the longest period of /curate stats


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """The day, verdict, duration and first quoted article of one question."""

    day: date
    verdict: Verdict
    seconds: float
    article: str | None


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """Figures for the questions of a period; ``articles`` are (path, count), most quoted first."""

    asked: int
    verdicts: dict[Verdict, int]
    median_seconds: float
    articles: tuple[tuple[str, int], ...]


async def record_question(store: Store, answer: Answer, context: AskContext) -> None:
    """Record that a question was answered."""
    article = answer.quotes[0].citation.article if answer.quotes else None
    await store.execute(
        "INSERT INTO asked (guild_id, channel_id, verdict, seconds, article, asked_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            *(context.guild, context.channel, str(answer.verdict), answer.seconds, article),
            int(time.time()),
        ),
    )


async def questions_since(store: Store, guild: int, days: int) -> list[QuestionRecord]:
    """Return a server's questions of the last ``days`` days, today included, oldest first."""
    sql = (
        "SELECT asked_at, verdict, seconds, article FROM asked"
        " WHERE guild_id = ? AND asked_at >= ? ORDER BY asked_at"
    )
    rows = await store.fetch_all(sql, (guild, _start_of_period(days)))
    return [
        QuestionRecord(
            datetime.fromtimestamp(row[0], UTC).date(), Verdict(row[1]), float(row[2]), row[3]
        )
        for row in rows
    ]


async def purge_usage(store: Store) -> None:
    """Delete records older than the longest period that is summarized."""
    await store.execute(
        "DELETE FROM asked WHERE asked_at < ?", (_start_of_period(_RETENTION_DAYS),)
    )


def summarize(records: Sequence[QuestionRecord], days: int) -> UsageSummary:
    """Summarize the last ``days`` days of ``records``, today included."""
    since = today() - timedelta(days=days - 1)
    recent = [record for record in records if record.day >= since]
    quoted = Counter(
        record.article
        for record in recent
        if record.article is not None and record.verdict is Verdict.ANSWERED
    )
    verdicts = Counter(record.verdict for record in recent)
    return UsageSummary(
        asked=len(recent),
        verdicts={verdict: verdicts[verdict] for verdict in Verdict},
        median_seconds=median(record.seconds for record in recent) if recent else 0.0,
        articles=tuple(sorted(quoted.items(), key=lambda item: (-item[1], item[0]))),
    )


def today() -> date:
    """Return the current date in UTC."""
    return datetime.now(UTC).date()


def _start_of_period(days: int) -> int:
    first = today() - timedelta(days=days - 1)
    return int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
