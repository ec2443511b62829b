"""Test that events and responses which lack something are read as far as possible.

Discord leaves out what does not apply; other servers of its protocol say null, or send less.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.app.client import QuothBot
from bot.ui.transport.payloads import complete, complete_interaction, complete_message
from tests.support import loopback_payloads as payloads
from tests.support.discord_fakes import FakeIndex
from tests.support.loopback import Loopback, Question, serve_loopback
from tests.support.loopback_bot import connected_bot
from tests.support.loopback_payloads import BOT, CHANNEL, Json, new_id

QUESTION = "Is black tea fermented for hours?"
MEMBER = 10_000
INAPPLICABLE = (
    *("member", "webhook_id", "application_id", "thread", "application", "interaction", "poll"),
    *("interaction_metadata", "role_subscription_data", "reactions", "message_reference"),
    *("message_snapshots", "sticker_items", "activity", "call", "nonce", "position"),
)
ESSENTIAL = set("id application_id channel_id author type token data member user channels".split())


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    async with serve_loopback() as served:
        yield served


@pytest.fixture
async def bot(loopback: Loopback, fake_index: FakeIndex, tmp_path: Path) -> AsyncIterator[QuothBot]:
    async with connected_bot(loopback, fake_index, tmp_path / "store.sqlite3") as connected:
        yield connected


async def outcome(question: Question) -> str:
    await asyncio.wait_for(question.replied.wait(), 15)
    await asyncio.sleep(0.05)
    return question.outcome


def partial_copies(data: Json) -> Iterator[Json]:
    """Yield copies, each without a field or with null in its place, at every depth."""
    for name, value in data.items():
        if name not in ESSENTIAL:
            yield {key: each for key, each in data.items() if key != name}
            yield data | {name: None}
        if isinstance(value, dict):
            yield from (data | {name: part} for part in partial_copies(value))
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from (data | {name: [part, *value[1:]]} for part in partial_copies(value[0]))


def reply_event() -> Json:
    """Return a member's reply to a message of the bot."""
    earlier = payloads.mention(str(CHANNEL), MEMBER, QUESTION)
    answer = payloads.message(
        str(CHANNEL), BOT, {"content": "Tea.", "message_reference": {"message_id": earlier["id"]}}
    )
    answer["referenced_message"] = earlier
    event = payloads.mention(str(CHANNEL), MEMBER, QUESTION, answer["id"])
    return event | {"referenced_message": answer}


async def test_message_is_read_without_any_of_its_fields(bot: QuothBot) -> None:
    channel = bot.get_partial_messageable(CHANNEL)
    for event in partial_copies(reply_event()):
        data: Any = complete_message(event)
        message = discord.Message(state=bot._connection, channel=channel, data=data)
        assert (message.author.id, message.components) == (MEMBER, [])


async def test_interaction_is_read_without_any_of_its_fields(bot: QuothBot) -> None:
    event = payloads.interaction(str(CHANNEL), MEMBER, 2, payloads.ask_command(QUESTION))
    for each in partial_copies(event):
        data: Any = complete_interaction(each)
        interaction = discord.Interaction(data=data, state=bot._connection)
        assert (interaction.user.id, str(interaction.locale)) == (MEMBER, "en-US")


async def test_server_is_read_without_any_of_its_fields(bot: QuothBot) -> None:
    for event in partial_copies(payloads.guild(1)):
        data: Any = complete(event)
        server = discord.Guild(data=data, state=bot._connection)
        assert server.get_channel(CHANNEL) is not None


async def test_nulls_in_a_mention_do_not_prevent_the_answer(
    loopback: Loopback, bot: QuothBot
) -> None:
    event = payloads.mention(str(CHANNEL), MEMBER, QUESTION) | dict.fromkeys(INAPPLICABLE)
    assert await outcome(await loopback.send_event("MESSAGE_CREATE", event)) == "once"


async def test_reply_to_a_message_of_an_unknown_kind_is_answered(
    loopback: Loopback, bot: QuothBot
) -> None:
    event = reply_event()
    event["referenced_message"] |= {"poll": {"answers": "new"}, "embeds": ["new"]}
    assert await outcome(await loopback.send_event("MESSAGE_CREATE", event)) == "once"


async def test_nulls_in_lists_do_not_prevent_the_answer(loopback: Loopback, bot: QuothBot) -> None:
    event = payloads.interaction(str(CHANNEL), MEMBER, 2, payloads.ask_command(QUESTION))
    event |= {"entitlements": [None]}
    assert await outcome(await loopback.send_event("INTERACTION_CREATE", event)) == "once"


async def test_null_for_the_server_of_a_direct_message(loopback: Loopback, bot: QuothBot) -> None:
    direct = payloads.message(new_id(), MEMBER, {"content": QUESTION})
    event = direct | {"guild_id": None, "member": None}
    assert await outcome(await loopback.send_event("MESSAGE_CREATE", event)) == "once"


async def test_author_of_a_direct_message_may_be_an_id(loopback: Loopback, bot: QuothBot) -> None:
    event = payloads.message(new_id(), MEMBER, {"content": QUESTION})
    event["author"] = {"id": str(MEMBER)}
    assert await outcome(await loopback.send_event("MESSAGE_CREATE", event)) == "once"


async def test_message_in_a_known_channel_is_not_a_direct_one(
    loopback: Loopback, bot: QuothBot
) -> None:
    chat = payloads.message(str(CHANNEL), MEMBER, {"content": QUESTION})
    silent = await loopback.send_event("MESSAGE_CREATE", chat)
    assert await outcome(await loopback.ask(QUESTION)) == "once"
    assert silent.outcome == "lost"


async def test_user_of_a_command_may_stand_beside_the_server(
    loopback: Loopback, bot: QuothBot
) -> None:
    event = payloads.interaction(str(CHANNEL), MEMBER, 2, payloads.ask_command(QUESTION))
    event |= {"user": event["member"]["user"], "member": None, "locale": None}
    question = Question(payloads.interaction(str(CHANNEL), MEMBER, 2, {}) | event)
    question.event["member"] = {"user": event["user"]}
    loopback.questions[event["id"]] = loopback.questions[event["token"]] = question
    await loopback._dispatch("INTERACTION_CREATE", event)
    assert await outcome(question) == "once"


async def test_corrected_message_may_lack_parts(loopback: Loopback, bot: QuothBot) -> None:
    question = await loopback.ask(QUESTION)
    assert await outcome(question) == "once"
    corrected = deepcopy(question.event) | {"member": {"roles": [{"id": "1"}]}, "thread": None}
    corrected |= {"content": f"<@{BOT}> Where does coffee grow between the tropics?"}
    corrected["edited_timestamp"] = discord.utils.utcnow().isoformat()
    await loopback._dispatch("MESSAGE_UPDATE", corrected)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if "Coffee grows" in str(question.replies[0].body):
            break
    assert "Coffee grows" in str(question.replies[0].body)
