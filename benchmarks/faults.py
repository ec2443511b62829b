"""Let requests between the bot and Discord fail, and look at what members see.

    python -m benchmarks.faults                   # every fault at every request, one at a time
    python -m benchmarks.faults --sequences 1000  # random faults, ten members each
    python -m benchmarks.faults --burst 200       # many questions at once
    python -m benchmarks.fault_pairs              # two faults of the same question, every pair

The bot runs in this process, with a searcher of a few articles, against a Discord on this machine.
"once": the member sees exactly one answer. "told": the member sees no answer, but a line, a
reaction, or Discord's own "did not respond". Exits with status 1 if a question ends otherwise.
"""

import argparse
import asyncio
import itertools
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.app.client import QuothBot
from bot.ui.error_handling import wait_for_in_flight
from tests.support.discord_fakes import FakeIndex
from tests.support.fake_searcher import FakeSearcher
from tests.support.faults import (
    CUT_AFTER,
    CUT_BEFORE,
    HANG_AFTER,
    HANG_BEFORE,
    SLOW,
    Call,
    Fault,
    status,
)
from tests.support.loopback import Loopback, Question, serve_loopback
from tests.support.loopback_bot import connected_bot
from tests.support.loopback_payloads import CHANNEL, Json

FAULTS = (
    *(status(number) for number in (400, 401, 403, 404, 429, 500, 502, 503, 504)),
    *(status(number, after=True) for number in (500, 503)),
    *(CUT_BEFORE, CUT_AFTER, HANG_BEFORE, HANG_AFTER, SLOW),
)
GOOD_OUTCOMES = frozenset({"once", "told"})
_QUESTION = "Is black tea fermented for hours?"
_MEMBERS = 10  # of a random sequence
_TIMEOUT_SECONDS = 60.0
_MAX_BUSY_SECONDS = 900.0  # a slow machine answers late, but Discord takes no later response
_NO_RESPONSE_SECONDS = 15.0  # the bot tries to respond for ten
_SETTLE_SECONDS = 2.0  # for a second answer
_FIRST_MEMBER = 10_000
_PARALLEL_SEQUENCES = 40
_DISCONNECT_RATE = 0.002
_RESUMABLE = 4000  # a close code of the gateway
_BUSY = 1_000_000  # questions in the queue

Fail = Callable[[], None]
Ask = Callable[[Loopback, int, Fail], Awaitable[Question]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A question and the request for it that fails: a column of the matrix."""

    name: str
    call: Call
    ask: Ask


Cells = dict[tuple[Fault, Scenario], str]


async def mention(discord: Loopback, channel: int, fail: Fail) -> Question:
    """Mention the bot."""
    fail()
    return await discord.ask(_QUESTION, channel=channel, member=_FIRST_MEMBER + channel)


async def reply(discord: Loopback, channel: int, fail: Fail) -> Question:
    """Mention the bot in a reply to a message that Discord does not include."""
    fail()
    member = _FIRST_MEMBER + channel
    return await discord.ask(_QUESTION, channel=channel, member=member, reply_to="77")


async def command(discord: Loopback, channel: int, fail: Fail) -> Question:
    """Use ``/ask``."""
    fail()
    member = _FIRST_MEMBER + channel
    return await discord.ask(_QUESTION, channel=channel, member=member, slash=True)


async def private_command(discord: Loopback, channel: int, fail: Fail) -> Question:
    """Use ``/ask`` for a private answer."""
    fail()
    member = _FIRST_MEMBER + channel
    return await discord.ask(_QUESTION, channel=channel, member=member, private=True)


async def _share(discord: Loopback, channel: int, fail: Fail) -> Question:
    answer = (await discord.reply_to(await private_command(discord, channel, _no_fault))).body
    fail()
    return await discord.press(answer, share_button(answer), member=_FIRST_MEMBER + channel)


async def _share_twice(discord: Loopback, channel: int, fail: Fail) -> Question:
    """Press the button again; a private line says that the answer was shared."""
    answer = (await discord.reply_to(await private_command(discord, channel, _no_fault))).body
    member, button = _FIRST_MEMBER + channel, share_button(answer)
    await discord.reply_to(await discord.press(answer, button, member=member))
    fail()
    return await discord.press(answer, button, member=member)


def _no_fault() -> None:
    pass


def share_button(answer: Json) -> str:
    """Return the custom_id of the button Share below an answer."""
    tops = (each for each in answer["components"] if "components" in each)
    rows = (row for top in tops for row in top["components"] if row["type"] == 1)
    ids = (str(button.get("custom_id")) for row in rows for button in row["components"])
    return next(each for each in ids if each.startswith("quoth:share:"))


SCENARIOS = (
    Scenario("callback of `/ask`", Call.CALLBACK, command),
    Scenario("… private", Call.CALLBACK, private_command),
    Scenario("webhook edit of `/ask`", Call.EDIT, command),
    Scenario("… private", Call.EDIT, private_command),
    Scenario("message of a mention", Call.MESSAGE, mention),
    Scenario("typing", Call.TYPING, mention),
    Scenario("fetch of a reply's target", Call.FETCH, reply),
    Scenario("callback of Share", Call.CALLBACK, _share),
    Scenario("message of Share", Call.MESSAGE, _share),
    Scenario("webhook edit of Share", Call.EDIT, _share),
    Scenario("webhook post of Share", Call.FOLLOW_UP, _share_twice),
)
BUSY_SCENARIO = Scenario("reaction when busy", Call.REACTION, mention)
CHANNELS_NEEDED = len(FAULTS) * (len(SCENARIOS) + 1)


async def run_matrix(discord: Loopback, bot: QuothBot) -> Cells:
    """Run every fault at every request, each in a channel of its own."""
    channels = itertools.count(CHANNEL)
    cells = await _run_cells(discord, SCENARIOS, channels)
    bot.answers.pool.queue_size += _BUSY
    cells |= await _run_cells(discord, (BUSY_SCENARIO,), channels)
    bot.answers.pool.queue_size -= _BUSY
    return cells


async def _run_cells(
    discord: Loopback, scenarios: Sequence[Scenario], channels: Iterator[int]
) -> Cells:
    keys = [(fault, scenario) for scenario in scenarios for fault in FAULTS]
    questions = await asyncio.gather(
        *(_run_cell(discord, fault, scenario, next(channels)) for fault, scenario in keys)
    )
    return dict(zip(keys, await outcomes(questions), strict=True))


async def _run_cell(discord: Loopback, fault: Fault, scenario: Scenario, channel: int) -> Question:
    def fail() -> None:
        discord.inject(scenario.call, fault, channel=channel)

    return await scenario.ask(discord, channel, fail)


async def outcomes(questions: Iterable[Question]) -> list[str]:
    """Wait for replies to all questions, and then for second ones that must not come.

    A question is lost only if the bot is no longer busy with any.
    """
    asked, started = list(questions), time.monotonic()
    while not all(map(_is_settled, asked)):
        waited = time.monotonic() - started
        if waited > _MAX_BUSY_SECONDS or (
            waited > _TIMEOUT_SECONDS and await wait_for_in_flight(0)
        ):
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(_SETTLE_SECONDS)
    return [each.outcome for each in asked]


def _is_settled(question: Question) -> bool:
    """Return whether there is a reply, or Discord says that the bot did not respond."""
    failed = not question.responded and question.age_seconds > _NO_RESPONSE_SECONDS
    return question.replied.is_set() or ("token" in question.event and failed)


async def run_sequence(discord: Loopback, channel: int, rng: random.Random) -> list[Question]:
    """Let ten members ask in a channel in which some requests fail, and events come twice."""
    calls = (Call.CALLBACK, Call.EDIT, Call.MESSAGE, Call.TYPING, Call.FETCH)
    for _ in range(rng.randint(1, 4)):
        discord.inject(rng.choice(calls), rng.choice(FAULTS), channel=channel)
    questions = []
    for member in range(_MEMBERS):
        if rng.random() < _DISCONNECT_RATE:
            await discord.close_gateway(_RESUMABLE)
        await asyncio.sleep(rng.uniform(0, 0.05))
        question = await discord.ask(
            _QUESTION,
            member=_FIRST_MEMBER + _MEMBERS * channel + member,
            channel=channel,
            slash=rng.random() < 0.5,
            private=rng.random() < 0.25,
            reply_to="77" if rng.random() < 0.2 else None,
            deliveries=1 + (rng.random() < 0.1),
        )
        questions.append(question)
    return questions


async def run_sequences(discord: Loopback, count: int, seed: int) -> list[Question]:
    """Run random sequences, some at a time, and return their questions."""
    limit = asyncio.Semaphore(_PARALLEL_SEQUENCES)

    async def run(number: int) -> list[Question]:
        rng = random.Random(f"{seed} {number}")
        async with limit:
            questions = await run_sequence(discord, CHANNEL + number, rng)
            await outcomes(questions)
        return questions

    results = await asyncio.gather(*map(run, range(count)))
    return list(itertools.chain.from_iterable(results))


async def run_burst(discord: Loopback, count: int) -> list[Question]:
    """Ask so many questions at once, half of them with a command, and wait for all answers."""
    asking = (
        discord.ask(_QUESTION, member=_FIRST_MEMBER + n, channel=CHANNEL + n, slash=n % 2 == 0)
        for n in range(count)
    )
    questions = list(await asyncio.gather(*asking))
    await outcomes(questions)
    return questions


@asynccontextmanager
async def faulty_world(channel_count: int) -> AsyncIterator[tuple[Loopback, QuothBot]]:
    """Serve a Discord with so many channels, and connect the bot to it."""
    with tempfile.TemporaryDirectory() as folder:
        index, store = FakeIndex(FakeSearcher()), Path(folder) / "store.sqlite3"
        async with (
            serve_loopback(channel_count) as discord,
            connected_bot(discord, index, store) as bot,
        ):
            yield discord, bot


async def _print_matrix() -> bool:
    async with faulty_world(CHANNELS_NEEDED) as (discord, bot):
        cells = await run_matrix(discord, bot)
    scenarios = (*SCENARIOS, BUSY_SCENARIO)
    print("| fault | " + " | ".join(each.name for each in scenarios) + " |")
    print("| --- |" + " --- |" * len(scenarios))
    for fault in FAULTS:
        row = " | ".join(cells[fault, scenario] for scenario in scenarios)
        print(f"| {fault} | {row} |")
    return GOOD_OUTCOMES.issuperset(cells.values())


async def _print_sequences(count: int, seed: int) -> bool:
    async with faulty_world(count) as (discord, _):
        questions = await run_sequences(discord, count, seed)
        for question in questions:
            if question.outcome not in GOOD_OUTCOMES:
                print_history(discord, question)
    print(f"{count} sequences, ", end="")
    return print_outcomes(questions)


async def _print_burst(count: int) -> bool:
    async with faulty_world(count) as (discord, _):
        questions = await run_burst(discord, count)
    return print_outcomes(questions)


def print_outcomes(questions: Sequence[Question]) -> bool:
    """Print how questions ended, and when; return whether all of them ended well."""
    counts = Counter(question.outcome for question in questions)
    print(f"{len(questions)} questions: {dict(counts)}")
    acknowledged = [each.acknowledged for each in questions if each.acknowledged is not None]
    answered = [reply.seconds for question in questions for reply in question.replies]
    for name, values in (("acknowledged", acknowledged), ("answered or told", answered)):
        p50, p99 = np.percentile(values, [50, 99])
        print(f"{len(values)} {name}, p50 / p99: {p50:.2f} / {p99:.2f} s")
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"load average {load} on {os.cpu_count()} cores")
    return GOOD_OUTCOMES.issuperset(counts)


def print_history(discord: Loopback, question: Question) -> None:
    """Print an event that ended badly, and the requests in its channel."""
    channel = question.event["channel_id"]
    kind = "command" if "token" in question.event else "mention"
    print(f"{question.outcome}: {kind} {question.event['id']} in channel {channel}")
    for request in discord.requests:
        if request.channel == channel:
            print(f"    {request}")


def main() -> None:
    """Run the faults that the options choose."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sequences", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--burst", type=int)
    options = parser.parse_args()
    if options.sequences:
        good = asyncio.run(_print_sequences(options.sequences, options.seed))
    elif options.burst:
        good = asyncio.run(_print_burst(options.burst))
    else:
        good = asyncio.run(_print_matrix())
    sys.exit(not good)


if __name__ == "__main__":
    main()
