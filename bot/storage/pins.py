"""Store pinned questions with their last results, to detect changes after a rebuild."""

import time
from dataclasses import astuple, dataclass

from bot.storage.database import Store, replace_surrogates
from bot.text.curator_messages import CuratorMessages
from index.errors import QuothError
from index.types import Answer, Verdict

MAX_PINS = 25  # per server: each is asked after every rebuild, and Discord lists 25 choices


class PinRefused(QuothError):
    """The question cannot be pinned; the message says why."""


@dataclass(frozen=True, slots=True)
class PinResult:
    """The verdict on a question, and the article and highlight of its first quote."""

    verdict: Verdict
    article: str | None = None
    quote: str | None = None

    @classmethod
    def from_answer(cls, answer: Answer) -> "PinResult":
        """Extract the result to compare from an answer."""
        if not answer.quotes:
            return cls(answer.verdict)
        first = answer.quotes[0]
        return cls(answer.verdict, first.citation.article, replace_surrogates(first.highlight.text))


@dataclass(frozen=True, slots=True)
class Pin:
    """A server's pinned question with its last result."""

    id: int
    question: str
    last_result: PinResult


@dataclass(frozen=True, slots=True)
class PinChange:
    """A pinned question whose new result differs from its last."""

    pin: Pin
    new_result: PinResult


async def get_pins(store: Store, guild: int) -> list[Pin]:
    """Return a server's pinned questions, oldest first."""
    rows = await store.fetch_all(
        "SELECT id, question, verdict, article, quote FROM pins WHERE guild_id = ? ORDER BY id",
        (guild,),
    )
    return [Pin(row[0], row[1], PinResult(Verdict(row[2]), row[3], row[4])) for row in rows]


async def add_pin(
    store: Store, guild: int, question: str, result: PinResult, messages: CuratorMessages
) -> None:
    """Pin a question with its current result. Raises PinRefused."""
    pins = await get_pins(store, guild)
    if any(_normalize(pin.question) == _normalize(question) for pin in pins):
        raise PinRefused(messages.already_pinned)
    if len(pins) >= MAX_PINS:
        raise PinRefused(messages.too_many_pins.format(MAX_PINS))
    await store.execute(
        "INSERT INTO pins (guild_id, question, verdict, article, quote, pinned_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (guild, replace_surrogates(question), *astuple(result), int(time.time())),
    )


async def remove_pin(store: Store, guild: int, typed: str) -> Pin | None:
    """Unpin the question that was typed, or chosen as ``#id``; None if there is none."""
    for pin in await get_pins(store, guild):
        if typed == f"#{pin.id}" or _normalize(pin.question) == _normalize(typed):
            await store.execute("DELETE FROM pins WHERE id = ?", (pin.id,))
            return pin
    return None


async def update_pin(store: Store, pin: Pin, result: PinResult) -> None:
    """Store a new result."""
    sql = "UPDATE pins SET verdict = ?, article = ?, quote = ? WHERE id = ?"
    await store.execute(sql, (*astuple(result), pin.id))


def _normalize(question: str) -> list[str]:
    return question.casefold().split()
