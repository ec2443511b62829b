"""Store pinned questions with their last results, to detect changes after a rebuild."""

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from bot.storage.databases.interface import Row
from bot.storage.store import Store, replace_surrogates
from bot.text.errors import CuratorError
from index.types import Answer, Verdict

_SELECT = "SELECT id, question, verdict, article, quote FROM pins WHERE guild_id = ? ORDER BY id"
MAX_PINS = 25  # per server: each is asked after every rebuild, and Discord lists 25 choices


class PinRefused(CuratorError):
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


async def guilds_with_pins(store: Store) -> list[int]:
    """Return the servers that have pinned questions."""
    rows = await store.fetch_all("SELECT DISTINCT guild_id FROM pins ORDER BY guild_id")
    return [int(row[0]) for row in rows]


async def get_pins(store: Store, guild: int) -> list[Pin]:
    """Return a server's pinned questions, oldest first."""
    return list(map(_from_row, await store.fetch_all(_SELECT, (guild,))))


async def add_pin(store: Store, guild: int, question: str, result: PinResult) -> None:
    """Pin a question with its current result. Raises PinRefused."""
    async with store.transaction(f"pins {guild}") as transaction:
        pins = list(map(_from_row, await transaction.fetch_all(_SELECT, (guild,))))
        if any(_normalize(pin.question) == _normalize(question) for pin in pins):
            raise PinRefused(lambda messages: messages.already_pinned)
        if len(pins) >= MAX_PINS:
            raise PinRefused(lambda messages: messages.too_many_pins.format(MAX_PINS))
        await transaction.execute(
            "INSERT INTO pins (guild_id, question, verdict, article, quote, pinned_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (guild, replace_surrogates(question), *astuple(result), int(time.time())),
        )


async def remove_pin(store: Store, guild: int, typed: str) -> Pin:
    """Unpin the question that was chosen as ``#id``, or whose words were typed.

    Raises PinRefused if there is none, or more than one.
    """
    pins = await get_pins(store, guild)
    exact = [
        pin
        for pin in pins
        if typed == f"#{pin.id}" or _normalize(pin.question) == _normalize(typed)
    ]
    matches = exact or pins_with_words(pins, typed)
    if len(matches) > 1:
        raise PinRefused(lambda messages: messages.several_pins.format(len(matches)))
    if not matches:
        raise PinRefused(lambda messages: messages.not_pinned)
    if not await store.execute("DELETE FROM pins WHERE id = ?", (matches[0].id,)):
        raise PinRefused(lambda messages: messages.not_pinned)  # another curator was faster
    return matches[0]


def pins_with_words(pins: Sequence[Pin], typed: str) -> list[Pin]:
    """Return the pins whose questions contain every word typed, or a part of it."""
    words = _normalize(typed)
    return [pin for pin in pins if all(word in pin.question.casefold() for word in words)]


async def update_pin(store: Store, pin: Pin, result: PinResult) -> None:
    """Store a new result."""
    sql = "UPDATE pins SET verdict = ?, article = ?, quote = ? WHERE id = ?"
    await store.execute(sql, (*astuple(result), pin.id))


def _from_row(row: Row) -> Pin:
    number, question, verdict, article, quote = row
    return Pin(number, question, PinResult(Verdict(verdict), article, quote))


def _normalize(question: str) -> list[str]:
    return question.casefold().split()
