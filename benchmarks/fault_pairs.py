"""Let two requests for the same question fail, with every pair of faults.

    python -m benchmarks.fault_pairs

Prints how many questions ended how, and the pairs that ended otherwise than "once" or "told".
Exits with status 1 if a question was lost or answered twice.
"""

import argparse
import asyncio
import itertools
import sys
from collections import Counter

from benchmarks.faults import (
    FAULTS,
    GOOD_OUTCOMES,
    Ask,
    command,
    faulty_world,
    mention,
    outcomes,
    private_command,
    reply,
)
from tests.support.faults import Call, Fault
from tests.support.loopback import Loopback
from tests.support.loopback_payloads import CHANNEL

# How a question is asked, and the requests for it that fail.
SCENARIOS: tuple[tuple[Ask, Call, Call], ...] = (
    (command, Call.CALLBACK, Call.CALLBACK),
    (command, Call.CALLBACK, Call.EDIT),
    (command, Call.EDIT, Call.EDIT),
    (command, Call.EDIT, Call.MESSAGE),
    (private_command, Call.CALLBACK, Call.EDIT),
    (private_command, Call.EDIT, Call.EDIT),
    (mention, Call.MESSAGE, Call.MESSAGE),
    (mention, Call.TYPING, Call.MESSAGE),
    (reply, Call.FETCH, Call.MESSAGE),
)
# A private answer cannot be looked up once its response has expired, so its asker is told to ask
# again although the answer may be there.
_ANSWERED_AND_TOLD = "1 answers and 1 lines"
_PARALLEL = 100

Pair = tuple[Ask, Call, Call, Fault, Fault]


async def run_pairs() -> dict[Pair, str]:
    """Ask a question for every scenario and pair of faults, each in a channel of its own."""
    pairs: list[Pair] = [
        (ask, first_call, second_call, first, second)
        for ask, first_call, second_call in SCENARIOS
        for first, second in itertools.product(FAULTS, repeat=2)
    ]
    limit = asyncio.Semaphore(_PARALLEL)
    async with faulty_world(len(pairs)) as (discord, _):

        async def run(channel: int, pair: Pair) -> str:
            async with limit:
                return await _run_pair(discord, channel, pair)

        results = await asyncio.gather(*itertools.starmap(run, enumerate(pairs, CHANNEL)))
    return dict(zip(pairs, results, strict=True))


async def _run_pair(discord: Loopback, channel: int, pair: Pair) -> str:
    ask, first_call, second_call, first, second = pair

    def fail() -> None:
        discord.inject(first_call, first, channel=channel)
        discord.inject(second_call, second, channel=channel)

    (outcome,) = await outcomes([await ask(discord, channel, fail)])
    return outcome


def main() -> None:
    """Run all pairs, and print the outcomes."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    results = asyncio.run(run_pairs())
    print(f"{len(results)} questions: {dict(Counter(results.values()))}")
    for (ask, first_call, second_call, first, second), outcome in results.items():
        if outcome not in GOOD_OUTCOMES:
            name = ask.__name__.replace("_", " ")
            print(f"{outcome}: {name}, {first_call} {first}, {second_call} {second}")
    sys.exit(not {*results.values()} <= {*GOOD_OUTCOMES, _ANSWERED_AND_TOLD})


if __name__ == "__main__":
    main()
