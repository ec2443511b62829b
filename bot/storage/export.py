"""Export a server's questions, verdicts and votes as CSV, without ids.

Only questions that stand in public answers or on the curators' list are exported.
"""

import csv
import io
import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.questions.message_text import without_mentions
from bot.storage.store import Store

_QUESTIONS = (
    "SELECT a.created, coalesce(a.wrote, a.question), a.verdict, a.shown,"
    " (SELECT count(*) FROM votes v WHERE v.answer = a.id AND v.up),"
    " (SELECT count(*) FROM votes v WHERE v.answer = a.id AND NOT v.up),"
    " a.id, open.answer IS NOT NULL FROM answers a"
    " LEFT JOIN (SELECT DISTINCT answer FROM unanswered) AS open ON open.answer = a.id"
    " WHERE a.guild_id = ? AND a.asker IS NOT NULL AND (a.public OR open.answer IS NOT NULL)"
    " ORDER BY a.created, a.id"
)
_COMMENTS = (
    "SELECT v.answer, v.wanted FROM votes v JOIN answers a ON a.id = v.answer"
    " WHERE a.guild_id = ? AND v.wanted IS NOT NULL ORDER BY v.cast_at, v.voter"
)
_VERDICTS = "SELECT asked_at, verdict, seconds FROM asked WHERE guild_id = ? ORDER BY asked_at"
_VOTES = "SELECT cast_at, up FROM votes WHERE guild_id = ? ORDER BY cast_at"
_ID = re.compile(r"\d{15,20}")  # a snowflake, as in links to messages
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run the cell


async def export_csv(store: Store, guild: int) -> dict[str, bytes]:
    """Return the files by name: questions with votes, verdicts and votes per day."""
    comments = defaultdict(list)
    for answer, comment in await store.fetch_all(_COMMENTS, (guild,)):
        comments[answer].append(comment)
    rows = await store.fetch_all(_QUESTIONS, (guild,))
    questions = [_question_row(row, "; ".join(comments[row[6]])) for row in rows]
    return {
        "questions.csv": _to_csv(
            ("date", "question", "verdict", "article", "helpful", "not_helpful", "wanted", "open"),
            [row for row in questions if row],
        ),
        "verdicts.csv": _to_csv(
            ("date", "verdict", "questions", "median_seconds"),
            _verdict_rows(await store.fetch_all(_VERDICTS, (guild,))),
        ),
        "votes.csv": _to_csv(
            ("date", "helpful", "not_helpful"), _vote_rows(await store.fetch_all(_VOTES, (guild,)))
        ),
    }


def without_ids(text: str) -> str:
    """Replace mentions, custom emoji and other ids of Discord."""
    return _ID.sub("…", without_mentions(text))


def _question_row(row: Sequence[object], wanted: str) -> tuple[object, ...] | None:
    """Return the cells of a question, or None for a further page of its answer."""
    created, question, verdict, shown, helpful, not_helpful, _answer, is_open = row
    quotes = json.loads(str(shown))
    if quotes and quotes[0][0] != 1:
        return None
    article = without_ids(quotes[0][1]) if quotes and verdict != "nothing" else ""
    texts = (without_ids(str(question)), verdict, article)
    return (
        *(_date(created), *texts, helpful, not_helpful),
        *(without_ids(wanted), "yes" if is_open else "no"),
    )


def _verdict_rows(rows: Iterable[Sequence[object]]) -> list[tuple[object, ...]]:
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for asked_at, verdict, each in rows:
        seconds[_date(asked_at), str(verdict)].append(float(str(each)))
    return [
        (*key, len(values), round(statistics.median(values), 3))
        for key, values in sorted(seconds.items())
    ]


def _vote_rows(rows: Iterable[Sequence[object]]) -> list[tuple[object, ...]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for cast_at, up in rows:
        counts[_date(cast_at)][0 if up else 1] += 1
    return [(date, *each) for date, each in sorted(counts.items())]


def _date(seconds: object) -> str:
    return datetime.fromtimestamp(int(str(seconds)), UTC).date().isoformat()


def _to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows in UTF-8 with a mark that spreadsheets recognize."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _safe_cell(cell: object) -> object:
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell
