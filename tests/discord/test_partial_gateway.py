"""A gateway that tells less than Discord's: no server, no channel, no thread, half a message."""

import time
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.app.command_sync import sync_commands
from bot.services.rebuild import RebuildResult, RebuildStep
from bot.text.curator_messages import CuratorMessages
from bot.text.discord_markdown import escape
from bot.text.messages import ENGLISH
from bot.ui.modals import _written
from index.types import Metadata
from tests.support.discord_fakes import FakeSearcher, World, text

QUESTION = "Is black tea fermented for hours?"
MINT = "Mint tea is drunk in Morocco."


def bot_of(world: World) -> Any:
    return world.env.bot


def curator(world: World) -> Any:
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    return world.env.guild.add_member(world.env.create_user("carol"), roles=[role])


def forget_server(world: World) -> None:
    """As if the bot had never been told of it."""
    bot_of(world)._connection._remove_guild(bot_of(world).get_guild(world.env.guild.id))


async def test_in_a_server_that_is_not_known_it_answers_mentions_alone(world: World) -> None:
    forget_server(world)
    sent = await world.alice.send(world.channel, QUESTION)
    assert world.channel.last_message.id == sent.id
    assert "Black tea is fermented" in text(await world.mention(QUESTION))


async def test_an_answer_in_a_server_that_is_not_known_belongs_to_it(world: World) -> None:
    forget_server(world)
    shown = await world.mention(QUESTION)
    opened = await world.press(shown, "More context")
    assert "Paragraph 2" in text(opened.response)


async def test_a_thread_that_is_not_known_is_one_of_its_channel(world: World) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    other = world.env.guild.create_text_channel("other")
    forget_server(world)
    servers, guild = bot_of(world).answers.servers, world.env.guild.id
    await servers.change(guild, channels=(other.id,))
    sent = await world.alice.send(thread, f"<@{bot_of(world).user.id}> {QUESTION}")
    assert thread.last_message.id == sent.id
    await servers.change(guild, channels=(world.channel.id,))
    await world.alice.send(thread, f"<@{bot_of(world).user.id}> {QUESTION}")
    assert "Black tea is fermented" in text(thread.last_message)


def hear(world: World, event: str, change: Any) -> None:
    """What the gateway says of ``event`` reaches the bot as ``change`` makes it."""
    parsers = bot_of(world)._connection.parsers
    real = parsers[event]
    parsers[event] = lambda data: real(change(data))


def without(name: str) -> Any:
    return lambda data: {other: value for other, value in data.items() if other != name}


async def test_a_mention_that_stands_in_the_text_alone_counts(world: World) -> None:
    hear(world, "MESSAGE_CREATE", without("mentions"))
    assert "Black tea is fermented" in text(await world.mention(QUESTION))


async def test_a_reply_whose_message_did_not_come_along_follows_it(world: World) -> None:
    first = await world.mention(QUESTION)
    hear(world, "MESSAGE_CREATE", without("referenced_message"))
    await world.alice.send(world.channel, "what about coffee?", reply_to=first)
    assert ENGLISH.understood.partition("{")[0] in text(world.channel.last_message)


async def test_the_role_that_has_the_name_of_the_bot_is_as_good_as_the_bot(world: World) -> None:
    role = world.env.guild.create_role("Quoth")
    sent = await world.alice.send(world.channel, f"<@&{role.id}> {QUESTION}")
    assert world.channel.last_message.id == sent.id  # any other role
    known = bot_of(world).get_guild(world.env.guild.id).get_role(role.id)
    known.tags = SimpleNamespace(bot_id=bot_of(world).user.id)
    await world.alice.send(world.channel, f"<@&{role.id}> {QUESTION}")
    assert text(world.channel.last_message) == ENGLISH.help  # Discord hides what else it says
    hear(world, "MESSAGE_CREATE", lambda data: {**data, "content": f"<@&{role.id}> {QUESTION}"})
    await world.alice.send(world.channel, f"<@&{role.id}> {QUESTION}")
    assert "Black tea is fermented" in text(world.channel.last_message)


async def test_typing_that_discord_does_not_take_costs_no_answer(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/typing", status=500)
    assert "Black tea is fermented" in text(await world.mention(QUESTION))


async def test_a_curator_of_the_one_server_may_rebuild_before_it_is_known(world: World) -> None:
    carol = curator(world)
    forget_server(world)
    result = await carol.slash(world.channel, "curate rebuild")
    assert CuratorMessages().unchanged in text(result.response)


async def test_a_server_that_is_not_known_counts_beside_the_known_ones(world: World) -> None:
    carol = curator(world)
    world.env.create_guild("another")
    forget_server(world)
    result = await carol.slash(world.channel, "curate rebuild")
    assert text(result.response) == escape(CuratorMessages().shared)


async def long_rebuild(world: World, carol: Any) -> Any:
    """Twenty minutes in three steps."""
    now = 0.0
    bot_of(world).curation.clock = lambda: now

    async def build(heard: Any) -> RebuildResult:
        nonlocal now
        for minute in (1, 10, 20):
            now = minute * 60.0
            await heard(RebuildStep("encoding", minute, 20))
        return world.shelf.built

    bot_of(world).curation.rebuilder._build = build
    return await carol.slash(world.channel, "curate rebuild")


async def test_an_interaction_without_its_channel_is_answered(world: World) -> None:
    hear(world, "INTERACTION_CREATE", lambda data: {**data, "channel": {}})
    forget_server(world)
    assert "Black tea is fermented" in text(await world.ask(QUESTION))
    carol = curator(world)
    result = await long_rebuild(world, carol)
    assert text(carol.user.dm_channel.last_message).startswith(CuratorMessages().unchanged)
    assert carol.user.dm_channel.last_message.jump_url in text(result.response)


async def test_commands_that_cannot_be_listed_are_told_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("GET", "/applications/*/commands", status=404)
    ids = await sync_commands(bot_of(world).tree, bot_of(world).curation.store)
    assert {"ask", "sources", "help"} <= ids.keys()
    assert "could not tell" not in caplog.text


async def test_a_question_in_a_thread_that_sleeps_is_answered_there_later(world: World) -> None:
    await bot_of(world).answers.servers.change(world.env.guild.id, tell_answered=True)
    await bot_of(world).curation.store.write(
        "INSERT INTO unanswered (question, guild_id, channel_id, reason, asked_at)"
        " VALUES ('Where is mint tea drunk?', ?, ?, 'nothing', ?)",
        (world.env.guild.id, world.channel.id, int(time.time())),
    )
    forget_server(world)
    world.shelf.searcher = FakeSearcher("two", {"mint.md": (Metadata("Mint"), MINT)})
    await bot_of(world).look_for_snapshot()
    assert MINT in text(world.channel.last_message).replace("*", "")


def test_what_was_written_is_found_in_rows_and_in_labels() -> None:
    field = {"type": 4, "custom_id": "question", "value": "Why?"}
    for one in ({"type": 18, "component": field}, {"type": 1, "components": [field]}):
        assert list(_written([one])) == [("question", "Why?")]
    assert list(_written([{"type": 10, "content": "text"}])) == []
