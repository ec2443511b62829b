"""Pinned questions: what each got the last time, and whether the index now says something else."""

import time
from dataclasses import dataclass

from bot.storage.database import Store, storable
from bot.text.curator_messages import CuratorMessages
from index.errors import QuothError
from index.types import Answer, Verdict

MOST_PINS = 25  # a server's; each is asked after every rebuild, and a list of choices takes 25


class PinRefused(QuothError):
    """The question cannot be pinned; the message says why."""


@dataclass(frozen=True, slots=True)
class PinResult:
    """What a question got: the verdict, and the first quote's article and highlight."""

    verdict: Verdict
    article: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned question of a server, with what it got the last time."""

    id: int
    question: str
    got: PinResult


@dataclass(frozen=True, slots=True)
class PinChange:
    """A pinned question that gets something else than the last time."""

    pin: Pin
    now: PinResult


def got(answer: Answer) -> PinResult:
    """What is remembered of an answer."""
    if not answer.quotes:
        return PinResult(answer.verdict)
    best = answer.quotes[0]
    return PinResult(answer.verdict, best.citation.article, storable(best.highlight.text))


async def pins_of(store: Store, guild: int) -> list[Pin]:
    """The pinned questions of a server, oldest first."""
    rows = await store.rows(
        "SELECT id, question, verdict, article, quote FROM pins WHERE guild_id = ? ORDER BY id",
        (guild,),
    )
    return [Pin(row[0], row[1], PinResult(Verdict(row[2]), row[3], row[4])) for row in rows]


async def add_pin(
    store: Store, guild: int, question: str, first: PinResult, words: CuratorMessages
) -> None:
    """Pin a question with what it gets now. Raises PinRefused."""
    pinned = await pins_of(store, guild)
    if any(_same(pin.question, question) for pin in pinned):
        raise PinRefused(words.pinned_already)
    if len(pinned) >= MOST_PINS:
        raise PinRefused(words.too_many_pins.format(MOST_PINS))
    await store.write(
        "INSERT INTO pins (guild_id, question, verdict, article, quote, pinned_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (guild, storable(question), *_row(first), int(time.time())),
    )


async def remove_pin(store: Store, guild: int, typed: str) -> Pin | None:
    """Unpin the question that was typed, or whose id was chosen; None when there is none."""
    for pin in await pins_of(store, guild):
        if typed == f"#{pin.id}" or _same(pin.question, typed):
            await store.write("DELETE FROM pins WHERE id = ?", (pin.id,))
            return pin
    return None


async def set_got(store: Store, pin: Pin, now: PinResult) -> None:
    """Remember what it gets now."""
    sql = "UPDATE pins SET verdict = ?, article = ?, quote = ? WHERE id = ?"
    await store.write(sql, (*_row(now), pin.id))


def _row(found: PinResult) -> tuple[object, ...]:
    return (str(found.verdict), found.article, found.quote)


def _same(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()
