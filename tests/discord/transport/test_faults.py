"""Single faults between the bot and Discord: a question is answered once, or its asker is told."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks import fault_pairs, faults
from bot.app import client as bot_client
from bot.app import run as bot_process
from bot.app.client import QuothBot
from bot.app.run import LoginRefused
from bot.storage.errors import StoreError
from bot.storage.lock import lock_store
from bot.storage.pending_questions import PendingQuestion
from bot.text.messages import ENGLISH
from bot.ui.transport import reliable_http
from tests.support import loopback_payloads as payloads
from tests.support.discord_fakes import FakeIndex
from tests.support.faults import (
    CUT_AFTER,
    CUT_BEFORE,
    EMPTY,
    HANG_AFTER,
    HANG_BEFORE,
    PAGE_AFTER,
    PAGE_BEFORE,
    UNTIMED_429,
    Call,
    Fault,
    status,
)
from tests.support.loopback import Loopback, Question, serve_loopback
from tests.support.loopback_bot import connected_bot
from tests.support.loopback_payloads import CHANNEL, GUILD, Json

QUESTION = "Is black tea fermented for hours?"
BROKEN = (CUT_BEFORE, CUT_AFTER, HANG_BEFORE, HANG_AFTER, PAGE_BEFORE, PAGE_AFTER, UNTIMED_429)


@dataclass(frozen=True, slots=True)
class FaultyWorld:
    """The bot and the Discord that it talks to."""

    discord: Loopback
    bot: QuothBot
    index: FakeIndex

    async def outcome(self, question: Question) -> str:
        """Wait for a reply, and then for another one that must not come."""
        await asyncio.wait_for(question.replied.wait(), 15)
        await asyncio.sleep(0.15)
        return question.outcome

    def close_gate(self) -> threading.Event:
        """Let searches wait until the gate is opened."""
        gate = self.index.searcher.gate = threading.Event()
        return gate


@pytest.fixture
def quick_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reliable_http, "_TIMEOUT_SECONDS", 0.4)
    monkeypatch.setattr(reliable_http, "_RESPONSE_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(reliable_http, "_FIRST_DELAY_SECONDS", 0.02)
    monkeypatch.setattr(bot_process, "_FINISH_SECONDS", 0.1)


@pytest.fixture
async def discord() -> AsyncIterator[Loopback]:
    async with serve_loopback() as loopback:
        yield loopback


@pytest.fixture
async def faulty(
    discord: Loopback, fake_index: FakeIndex, tmp_path: Path, quick_timeouts: None
) -> AsyncIterator[FaultyWorld]:
    async with connected_bot(discord, fake_index, tmp_path / "store.sqlite3") as bot:
        yield FaultyWorld(discord, bot, fake_index)


async def until(condition: Callable[[], object]) -> None:
    """Wait until ``condition`` is true."""
    while not condition():  # noqa: ASYNC110 - the state has no event
        await asyncio.sleep(0.01)


def lines(question: Question) -> list[str]:
    return [reply.body["content"] for reply in question.replies]


@pytest.mark.parametrize("fault", BROKEN, ids=str)
@pytest.mark.parametrize("call", [Call.CALLBACK, Call.EDIT])
async def test_a_broken_connection_keeps_a_commands_answer(
    faulty: FaultyWorld, call: Call, fault: Fault
) -> None:
    faulty.discord.inject(call, fault)
    assert await faulty.outcome(await faulty.discord.ask(QUESTION, slash=True)) == "once"


@pytest.mark.parametrize(
    "fault", [*BROKEN, status(503), status(503, after=True), status(520)], ids=str
)
async def test_a_broken_connection_keeps_a_mentions_answer(
    faulty: FaultyWorld, fault: Fault
) -> None:
    faulty.discord.inject(Call.MESSAGE, fault)
    assert await faulty.outcome(await faulty.discord.ask(QUESTION)) == "once"


@pytest.mark.parametrize("private", [True, False])
async def test_a_response_taken_without_a_word_is_answered(
    faulty: FaultyWorld, private: bool
) -> None:
    faulty.discord.inject(Call.CALLBACK, EMPTY)
    question = await faulty.discord.ask(QUESTION, slash=True, private=private)
    assert await faulty.outcome(question) == "once"


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("second", [400, 401, 404])
@pytest.mark.parametrize("first", [CUT_AFTER, status(500, after=True)], ids=str)
async def test_a_lost_acknowledgement_and_an_error_keep_the_answer(
    faulty: FaultyWorld, first: Fault, second: int, private: bool
) -> None:
    faulty.discord.inject(Call.CALLBACK, first, status(second))
    question = await faulty.discord.ask(QUESTION, slash=True, private=private)
    assert await faulty.outcome(question) == "once"


@pytest.mark.parametrize("second", [401, 404])
@pytest.mark.parametrize("first", [CUT_AFTER, status(500, after=True)], ids=str)
async def test_answer_shown_before_its_token_expired_is_not_repeated(
    faulty: FaultyWorld, first: Fault, second: int
) -> None:
    faulty.discord.inject(Call.EDIT, first, status(second))
    assert await faulty.outcome(await faulty.discord.ask(QUESTION, slash=True)) == "once"


async def test_share_goes_on_after_a_lost_acknowledgement(faulty: FaultyWorld) -> None:
    asked = await faulty.discord.ask(QUESTION, private=True)
    answer = (await faulty.discord.reply_to(asked)).body
    faulty.discord.inject(Call.CALLBACK, CUT_AFTER)
    press = await faulty.discord.press(answer, faults.share_button(answer))
    assert await faulty.outcome(press) == "once"


@pytest.mark.parametrize("slash", [True, False])
async def test_an_event_delivered_twice_is_answered_once(faulty: FaultyWorld, slash: bool) -> None:
    question = await faulty.discord.ask(QUESTION, slash=slash, deliveries=2)
    assert await faulty.outcome(question) == "once"
    calls = [request.call for request in faulty.discord.requests]
    assert max(Counter(calls)[Call.CALLBACK], Counter(calls)[Call.MESSAGE]) == 1


async def test_the_answer_does_not_wait_for_the_typing_indicator(faulty: FaultyWorld) -> None:
    faulty.discord.inject(Call.TYPING, HANG_BEFORE)
    reply = await asyncio.wait_for(faulty.discord.reply_to(await faulty.discord.ask(QUESTION)), 2)
    assert reply.seconds < 1
    assert reply.body["components"]


async def test_answer_after_the_token_expired_is_posted_in_the_channel(
    faulty: FaultyWorld,
) -> None:
    gate = faulty.close_gate()
    question = await faulty.discord.ask(QUESTION, slash=True)
    await until(lambda: question.original)
    question.expired = True
    gate.set()
    assert await faulty.outcome(question) == "once"
    assert question.original
    assert question.original["id"] not in faulty.discord.messages


@pytest.mark.parametrize("error", [400, 403, 404])
async def test_expired_answer_that_cannot_be_posted_is_told(
    faulty: FaultyWorld, error: int
) -> None:
    faulty.discord.inject(Call.EDIT, *[status(401)] * 3)  # on a busy machine one may time out
    faulty.discord.inject(Call.MESSAGE, *[status(error)] * 3)
    question = await faulty.discord.ask(QUESTION, slash=True)
    assert await faulty.outcome(question) == "told"
    assert lines(question) == [ENGLISH.too_late]


async def test_private_answer_after_the_token_expired_is_told(faulty: FaultyWorld) -> None:
    gate = faulty.close_gate()
    question = await faulty.discord.ask(QUESTION, private=True)
    await until(lambda: question.original)
    question.expired = True
    gate.set()
    assert await faulty.outcome(question) == "told"
    assert lines(question) == [ENGLISH.too_late]
    assert question.replies[0].body["channel_id"] != question.event["channel_id"]


@pytest.mark.parametrize("slash", [True, False])
async def test_events_missed_during_a_disconnect_are_answered(
    faulty: FaultyWorld, slash: bool
) -> None:
    await faulty.discord.close_gateway(4000)
    assert await faulty.outcome(await faulty.discord.ask(QUESTION, slash=slash)) == "once"


@pytest.mark.slow
async def test_burst_is_answered_and_acknowledged_soon(
    fake_index: FakeIndex, tmp_path: Path
) -> None:
    async with (
        serve_loopback(200) as loopback,
        connected_bot(loopback, fake_index, tmp_path / "store.sqlite3"),
    ):
        questions = await faults.run_burst(loopback, 200)
    assert {question.outcome for question in questions} == {"once"}
    acknowledged = [question.acknowledged or np.inf for question in questions]
    # Within a second on a quiet machine (benchmarks.faults --burst); here others run, too.
    assert np.percentile(acknowledged, 99) < 5.0


# Restarts


@dataclass(frozen=True, slots=True)
class Restart:
    """A bot that is stopped while it answers, and started again on the same store."""

    discord: Loopback
    index: FakeIndex
    store: Path

    def bot(self) -> AbstractAsyncContextManager[QuothBot]:
        return connected_bot(self.discord, self.index, self.store)

    async def stop_while_answering(
        self, call: Call, fault: Fault, *, slash: bool = False, aged_seconds: int = 0
    ) -> Question:
        """Ask, and stop the bot while the request that answers fails again and again."""
        self.discord.inject(call, *[fault] * 9)
        async with self.bot() as bot:
            question = await self.discord.ask(QUESTION, slash=slash)
            await asyncio.sleep(0.3)
            age = "UPDATE in_hand SET asked_at = asked_at - ?"
            await bot.answers.store.execute(age, (aged_seconds,))
        self.discord.faults.clear()
        return question


@pytest.fixture
def restart(
    discord: Loopback, fake_index: FakeIndex, tmp_path: Path, quick_timeouts: None
) -> Restart:
    return Restart(discord, fake_index, tmp_path / "store.sqlite3")


async def test_mention_pending_at_a_stop_is_answered_after_restart(restart: Restart) -> None:
    question = await restart.stop_while_answering(Call.MESSAGE, HANG_BEFORE)
    assert question.outcome == "lost"
    async with restart.bot() as bot:
        await asyncio.wait_for(question.replied.wait(), 10)
        await asyncio.sleep(0.2)
        assert question.outcome == "once"
        assert await bot.pending_questions.left_behind() == []


async def test_answer_that_arrived_just_before_a_stop_is_not_repeated(restart: Restart) -> None:
    question = await restart.stop_while_answering(Call.MESSAGE, HANG_AFTER)
    async with restart.bot() as bot:
        await asyncio.sleep(0.5)
        assert await bot.pending_questions.left_behind() == []
    assert question.outcome == "once"


async def test_command_pending_at_a_stop_is_told_after_restart(restart: Restart) -> None:
    question = await restart.stop_while_answering(Call.EDIT, HANG_BEFORE, slash=True)
    async with restart.bot():
        await asyncio.wait_for(question.replied.wait(), 10)
    assert lines(question) == [ENGLISH.restarted]


async def test_old_pending_question_is_told_to_ask_again(restart: Restart) -> None:
    question = await restart.stop_while_answering(Call.MESSAGE, HANG_BEFORE, aged_seconds=301)
    async with restart.bot():
        await asyncio.wait_for(question.replied.wait(), 10)
    assert lines(question) == [ENGLISH.restarted]


async def test_no_text_or_member_of_a_pending_question_is_stored(faulty: FaultyWorld) -> None:
    gate = faulty.close_gate()
    asked = await faulty.discord.ask(QUESTION, member=4711)
    await asyncio.sleep(0.2)
    (row,) = await faulty.bot.answers.store.fetch_all("SELECT * FROM in_hand")
    assert QUESTION not in str(row)
    assert "4711" not in {str(value) for value in row}
    gate.set()
    assert await faulty.outcome(asked) == "once"
    assert await faulty.bot.pending_questions.left_behind() == []


def test_age_of_a_pending_question_is_measured_in_seconds() -> None:
    assert PendingQuestion(1, None, 2).age_seconds == pytest.approx(0, abs=1)


def test_a_second_bot_on_the_same_store_is_refused(tmp_path: Path) -> None:
    with (
        lock_store(tmp_path / "data" / "store.sqlite3"),
        pytest.raises(StoreError, match=r"another bot \(process \d+\) uses the store .*stop that"),
        lock_store(tmp_path / "data" / "store.sqlite3"),
    ):
        pass
    with lock_store(tmp_path / "data" / "store.sqlite3"):
        pass


# The connection


async def test_failed_command_sync_is_tried_again(
    discord: Loopback,
    fake_index: FakeIndex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(bot_client, "_FIRST_SYNC_WAIT_SECONDS", 0.1)
    discord.inject(Call.COMMANDS, status(403), status(503))
    async with connected_bot(discord, fake_index, tmp_path / "store.sqlite3") as bot:
        assert bot.command_ids == {}
        await asyncio.wait_for(until(lambda: bot.command_ids), 15)
        assert bot.command_ids["ask"] == 5000
    assert caplog.text.count("could not sync the commands") == 2
    assert "Traceback" not in caplog.text


async def test_token_reset_while_running_ends_the_bot_cleanly(
    discord: Loopback, fake_index: FakeIndex, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run_until_reset() -> None:
        async with connected_bot(discord, fake_index, tmp_path / "store.sqlite3") as bot:
            discord.rejects_token = True
            await discord.close_gateway(4004)
            await until(bot.is_closed)

    with pytest.raises(LoginRefused, match="copy it again"):
        await run_until_reset()
    assert "Traceback" not in caplog.text
    assert "Unclosed" not in caplog.text


def _shortened_channel(event: Json) -> Json:
    return event | {"channel": {"id": event["channel_id"], "type": 0}}


def _in_unknown_thread(event: Json) -> Json:
    thread = {"id": "77", "type": 11, "name": "tea", "parent_id": event["channel_id"]}
    return event | {"channel_id": "77", "channel": thread}


def _without_limits(event: Json) -> Json:
    return {name: event[name] for name in event.keys() - {"attachment_size_limit", "version"}}


@pytest.mark.parametrize("change", [_shortened_channel, _in_unknown_thread, _without_limits])
async def test_a_command_with_parts_left_out_is_answered(
    faulty: FaultyWorld, change: Callable[[Json], Json]
) -> None:
    data = payloads.ask_command(QUESTION)
    event = payloads.interaction(str(CHANNEL), 10_000, payloads.APPLICATION_COMMAND, data)
    question = await faulty.discord.send_event("INTERACTION_CREATE", change(event))
    assert await faulty.outcome(question) == "once"


@pytest.mark.parametrize(
    "data",
    [
        {"id": "1", "type": 1, "name": "gone"},
        {"id": "1", "type": 3, "name": "Gone", "target_id": "2", "resolved": {}},
        {"id": "1", "type": 1, "name": "ask", "options": [{"type": 3, "name": "q", "value": "?"}]},
    ],
)
async def test_a_command_of_another_version_says_so(
    faulty: FaultyWorld, data: Json, caplog: pytest.LogCaptureFixture
) -> None:
    command = payloads.interaction(str(CHANNEL), 10_000, payloads.APPLICATION_COMMAND, data)
    typed = payloads.interaction(str(CHANNEL), 10_000, payloads.AUTOCOMPLETE, data)
    suggestions = await faulty.discord.send_event("INTERACTION_CREATE", typed)
    question = await faulty.discord.send_event("INTERACTION_CREATE", command)
    assert await faulty.outcome(question) == "told"
    assert lines(question) == [ENGLISH.unknown_command]
    assert not suggestions.responded
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "part",
    [
        {"poll": {"question": {"text": "Tea?"}, "answers": [], "expiry": None}},
        {"attachments": [{"id": "1", "filename": "tea.ogg", "waveform": "?"}]},
        {"embeds": None},
    ],
)
async def test_a_message_with_an_odd_part_is_answered(faulty: FaultyWorld, part: Json) -> None:
    event = payloads.mention(str(CHANNEL), 10_000, QUESTION) | part
    question = await faulty.discord.send_event("MESSAGE_CREATE", event)
    assert await faulty.outcome(question) == "once"


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("CHANNEL_CREATE", {"type": 0, "guild_id": str(GUILD)}),
        ("GUILD_CREATE", {"id": "79", "name": "Tea", "channels": [{"type": 0}]}),
        ("MESSAGE_CREATE", {"id": "81"}),
        ("MESSAGE_DELETE", {"id": "82"}),
        ("THREAD_CREATE", {"id": "83", "guild_id": str(GUILD), "type": 11}),
    ],
)
async def test_an_unreadable_event_does_not_end_the_bot(
    faulty: FaultyWorld, name: str, event: Json, caplog: pytest.LogCaptureFixture
) -> None:
    await faulty.discord.send_event(name, event)
    assert await faulty.outcome(await faulty.discord.ask(QUESTION)) == "once"
    assert f"could not read an event {name}" in caplog.text


async def test_a_damaged_message_of_the_gateway_does_not_end_the_bot(
    faulty: FaultyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.05)
    await faulty.discord.send_damaged()
    assert await faulty.outcome(await faulty.discord.ask(QUESTION)) == "once"
    assert faulty.bot.is_ready()


# Everything at once


@pytest.mark.slow
async def test_every_fault_at_every_request_ends_well() -> None:
    async with faults.faulty_world(faults.CHANNELS_NEEDED) as (discord, bot):
        cells = await faults.run_matrix(discord, bot)
    bad = {key: outcome for key, outcome in cells.items() if outcome not in faults.GOOD_OUTCOMES}
    assert bad == {}
    assert len(cells) == faults.CHANNELS_NEEDED


@pytest.mark.slow
async def test_two_faults_of_a_question_lose_and_double_nothing() -> None:
    results = await fault_pairs.run_pairs()
    answered_and_told = [pair for pair, each in results.items() if each == "1 answers and 1 lines"]
    assert {*results.values()} <= {*faults.GOOD_OUTCOMES, "1 answers and 1 lines"}
    assert {pair[0] for pair in answered_and_told} <= {faults.private_command}


@pytest.mark.slow
async def test_random_faults_lose_and_double_no_question(quick_timeouts: None) -> None:
    async with faults.faulty_world(200) as (discord, _):
        questions = await faults.run_sequences(discord, 200, seed=2)
    assert {question.outcome for question in questions} <= faults.GOOD_OUTCOMES
    assert len(questions) == 2000
