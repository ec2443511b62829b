"""Test what several processes do at once with one store in PostgreSQL."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from bot.config.store_location import PostgresUrl
from bot.questions.context import AskContext
from bot.questions.question import Question
from bot.services.help_requests import HelpRequests
from bot.storage.guilds import GuildStore
from bot.storage.help_requests import (
    claim_request,
    get_subscribers,
    open_requests,
    set_thread,
    toggle_subscriber,
)
from bot.storage.pending_questions import PendingQuestion, PendingQuestions
from bot.storage.pins import MAX_PINS, PinRefused, PinResult, add_pin, get_pins, remove_pin
from bot.storage.quoted_messages import (
    QuotedMessage,
    add_quoted_message,
    get_quoted_message,
    withdraw,
)
from bot.storage.store import Store, StoredAnswer, new_id
from bot.storage.unanswered import get_question_groups, remove_group, update_downvoted
from bot.storage.votes import Vote, cast_vote, comment_on_vote
from index.types import Verdict

GUILD = 5
ROUNDS = 12  # so that some of them overlap
NOTHING = PinResult(Verdict.NOTHING)
Stores = tuple[Store, Store]


@pytest.fixture
async def stores(postgres: str) -> AsyncIterator[Stores]:
    """Open the store as two processes do, at once."""
    one, two = Store(PostgresUrl(postgres)), Store(PostgresUrl(postgres))
    await asyncio.gather(one.open(), two.open())
    yield one, two
    await asyncio.gather(one.close(), two.close())


def member(number: int) -> AskContext:
    return AskContext(GUILD, 6, number)


async def saved(store: Store) -> str:
    answer = StoredAnswer(new_id(), "one", Question("q"), (), guild=GUILD)
    await store.save_answer(answer)
    return answer.id


async def test_the_same_vote_twice_at_once_is_taken_back(stores: Stores) -> None:
    for _ in range(ROUNDS):
        answer = await saved(stores[0])
        votes = await asyncio.gather(*(cast_vote(each, answer, True, member(1)) for each in stores))
        assert sorted(votes) == [Vote.NONE, Vote.UP]
        assert await stores[0].fetch_all("SELECT * FROM votes") == []


async def test_two_comments_at_once_are_both_listed_once(stores: Stores) -> None:
    async def downvote(store: Store, answer: str, number: int) -> None:
        await cast_vote(store, answer, False, member(number))
        await comment_on_vote(store, answer, f"comment {number}", member(number))
        await update_downvoted(store, answer, "q", member(number), None)

    for _ in range(ROUNDS):
        answer = await saved(stores[0])
        await asyncio.gather(*(downvote(each, answer, n) for n, each in enumerate(stores)))
        sql = "SELECT wanted FROM unanswered WHERE answer = ?"
        ((wanted,),) = await stores[0].fetch_all(sql, (answer,))
        assert sorted(wanted.splitlines()) == ["comment 0", "comment 1"]


async def test_an_answer_is_claimed_for_sharing_once(stores: Stores) -> None:
    for _ in range(ROUNDS):
        answer = await saved(stores[0])
        assert sorted(await asyncio.gather(*(each.claim_share(answer) for each in stores))) == [
            False,
            True,
        ]


async def test_a_question_is_handed_to_people_once(stores: Stores) -> None:
    for _ in range(ROUNDS):
        answer = await saved(stores[0])
        claims = (claim_request(each, answer, "q", member(1)) for each in stores)
        assert sorted(await asyncio.gather(*claims)) == [False, True]


async def test_two_presses_subscribe_and_unsubscribe(stores: Stores) -> None:
    for number in range(ROUNDS):
        presses = (toggle_subscriber(each, "a", GUILD, number) for each in stores)
        assert sorted(await asyncio.gather(*presses)) == [False, True]
    assert await get_subscribers(stores[0], "a") == []


async def test_a_question_is_pinned_once(stores: Stores) -> None:
    for number in range(ROUNDS):
        pinning = (add_pin(each, GUILD, f"q{number}", NOTHING) for each in stores)
        refused = await asyncio.gather(*pinning, return_exceptions=True)
        assert Counter(map(type, refused)) == {type(None): 1, PinRefused: 1}
    assert len(await get_pins(stores[0], GUILD)) == ROUNDS


async def test_pins_added_at_once_keep_to_the_limit(stores: Stores) -> None:
    for number in range(MAX_PINS - 1):
        await add_pin(stores[0], GUILD, f"q{number}", NOTHING)
    pinning = (add_pin(each, GUILD, f"new {n}", NOTHING) for n, each in enumerate(stores))
    await asyncio.gather(*pinning, return_exceptions=True)
    assert len(await get_pins(stores[0], GUILD)) == MAX_PINS


async def test_a_pin_is_removed_by_one_curator(stores: Stores) -> None:
    for _ in range(ROUNDS):
        await add_pin(stores[0], GUILD, "q", NOTHING)
        removing = (remove_pin(each, GUILD, "q") for each in stores)
        removed = await asyncio.gather(*removing, return_exceptions=True)
        assert sum(isinstance(each, PinRefused) for each in removed) == 1


async def test_open_questions_are_announced_by_one_process(stores: Stores) -> None:
    for _ in range(ROUNDS):
        await stores[0].execute(
            "INSERT INTO unanswered (question, guild_id, reason, asked_at) VALUES ('q', ?, 'n', 1)",
            (GUILD,),
        )
        (group,) = await get_question_groups(stores[0], GUILD)
        removing = (remove_group(each, GUILD, group) for each in stores)
        assert sorted(await asyncio.gather(*removing)) == [False, True]


async def test_an_answer_for_people_is_told_by_one_process(stores: Stores) -> None:
    told: list[str] = []

    async def tell(store: Store) -> None:
        answers: Any = SimpleNamespace(store=store)
        requests = HelpRequests(answers)
        for request in await open_requests(store):
            async with requests.claim_answered(request) as claimed:
                if claimed:
                    await asyncio.sleep(0.01)  # Discord
                    told.append(request.answer)
                    await requests.close(request.answer)

    answers = [await saved(stores[0]) for _ in range(ROUNDS)]
    for answer in answers:
        await claim_request(stores[0], answer, "q", member(1))
        await set_thread(stores[0], answer, 9)
    await asyncio.gather(*map(tell, stores))
    assert sorted(told) == sorted(answers)


async def test_settings_changed_at_once_are_all_kept(stores: Stores) -> None:
    one, two = map(GuildStore, stores)
    for retention in range(1, ROUNDS):
        await asyncio.gather(one.get(GUILD), two.get(GUILD))  # both have them in their cache
        await asyncio.gather(
            one.update(GUILD, quotes=retention % 5 + 1), two.update(GUILD, retention_days=retention)
        )
        one.forget_cached(GUILD)
        settings = await one.get(GUILD)
        assert (settings.quotes, settings.retention_days) == (retention % 5 + 1, retention)


async def test_settings_read_before_a_change_are_not_cached(stores: Stores) -> None:
    guilds, store = GuildStore(stores[0]), stores[0]
    fetch_one = store.fetch_one

    async def changed_meanwhile(*arguments: Any) -> Any:
        row = await fetch_one(*arguments)
        await GuildStore(stores[1]).update(GUILD, quotes=1)
        guilds.forget_cached(GUILD)  # as its notice does
        return row

    store.fetch_one = changed_meanwhile  # type: ignore[method-assign, assignment]
    assert (await guilds.get(GUILD)).quotes == 5
    store.fetch_one = fetch_one  # type: ignore[method-assign]
    assert (await guilds.get(GUILD)).quotes == 1


async def test_questions_of_a_dead_process_are_taken_over_once(stores: Stores) -> None:
    dead = Store(stores[0].location)
    left = PendingQuestions(dead)
    for number in range(ROUNDS):
        left._change(number, PendingQuestion(number, GUILD, channel=9))
    await left.flush()
    await dead.close()
    taken = await asyncio.gather(*(PendingQuestions(each).left_behind() for each in stores))
    assert sorted(each.id for part in taken for each in part) == list(range(ROUNDS))
    assert await PendingQuestions(stores[0]).left_behind() == []


async def test_questions_of_a_running_process_stay_with_it(stores: Stores) -> None:
    running = PendingQuestions(stores[0])
    async with running.hold(PendingQuestion(1, GUILD, channel=9)):
        await running.flush()
        assert await PendingQuestions(stores[1]).left_behind() == []


async def test_a_withdrawn_message_is_not_added_again(stores: Stores) -> None:
    quoted = QuotedMessage("private-5/1.md", GUILD, 6, 1)
    assert await add_quoted_message(stores[0], quoted, 7)
    assert await add_quoted_message(stores[1], quoted, 7)
    await withdraw(stores[1], quoted.path)
    assert not await add_quoted_message(stores[0], quoted, 7)
    assert await get_quoted_message(stores[0], quoted.path) is None


async def test_processes_agree_on_pseudonyms(stores: Stores) -> None:
    one, two = await asyncio.gather(*(each.pseudonymize(7, "a") for each in stores))
    assert one == two


async def test_left_servers_are_marked_by_two_at_once(stores: Stores) -> None:
    now = int(time.time())
    await asyncio.gather(*(GuildStore(each).mark_left(GUILD) for each in stores))
    ((left_at,),) = await stores[0].fetch_all("SELECT left_at FROM servers")
    assert now <= left_at <= now + 5
