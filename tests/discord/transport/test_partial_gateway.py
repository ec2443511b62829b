"""Test events with missing data: uncached servers and threads, partial messages."""

import time
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.app.command_sync import sync_commands
from bot.services.rebuild import RebuildStep
from bot.text.curator_messages import CuratorMessages
from bot.text.discord_markdown import escape
from bot.text.messages import ENGLISH
from bot.ui.modals import _field_values
from index.build.pipeline import BuildReport
from index.types import Metadata
from tests.support.discord_fakes import World
from tests.support.discord_messages import text
from tests.support.fake_searcher import FakeSearcher

QUESTION = "Is black tea fermented for hours?"
MINT = "Mint tea is drunk in Morocco."


def bot_of(world: World) -> Any:
    return world.env.bot


def curator(world: World) -> Any:
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    return world.env.guild.add_member(world.env.create_user("carol"), roles=[role])


def forget_server(world: World) -> None:
    """Remove the server from the bot's cache."""
    bot_of(world)._connection._remove_guild(bot_of(world).get_guild(world.env.guild.id))


async def test_unknown_server_gets_answers_only_to_mentions(world: World) -> None:
    forget_server(world)
    sent = await world.alice.send(world.channel, QUESTION)
    assert world.channel.last_message.id == sent.id
    assert "Black tea is fermented" in text(await world.mention(QUESTION))


async def test_answer_in_an_unknown_server_has_working_buttons(world: World) -> None:
    forget_server(world)
    reply = await world.mention(QUESTION)
    opened = await world.press(reply, "More context")
    assert "Paragraph 2" in text(opened.response)


async def test_unknown_thread_inherits_its_channels_settings(world: World) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    other = world.env.guild.create_text_channel("other")
    forget_server(world)
    guilds, guild_id = bot_of(world).answers.guilds, world.env.guild.id
    await guilds.update(guild_id, channels=(other.id,))
    sent = await world.alice.send(thread, f"<@{bot_of(world).user.id}> {QUESTION}")
    assert thread.last_message.id == sent.id
    await guilds.update(guild_id, channels=(world.channel.id,))
    await world.alice.send(thread, f"<@{bot_of(world).user.id}> {QUESTION}")
    assert "Black tea is fermented" in text(thread.last_message)


def alter_event(world: World, event: str, change: Any) -> None:
    """Apply ``change`` to the data of a gateway event before the bot receives it."""
    parsers = bot_of(world)._connection.parsers
    original = parsers[event]
    parsers[event] = lambda data: original(change(data))


def without(name: str) -> Any:
    return lambda data: {key: value for key, value in data.items() if key != name}


@pytest.mark.parametrize(
    "kept",
    [(), ("id", "channel_id"), ("id", "channel_id", "content"), ("id", "channel_id", "components")],
)
async def test_button_works_whose_message_is_not_described(
    world: World, kept: tuple[str, ...]
) -> None:
    reply = await world.mention(QUESTION)

    def reduce(data: Any) -> Any:
        message = {name: data["message"][name] for name in kept}
        return {**data, "message": message or None}

    alter_event(world, "INTERACTION_CREATE", reduce)
    opened = await world.press(reply, "More context")
    assert "Paragraph 2" in text(opened.response)


async def test_mention_is_recognized_from_the_text(world: World) -> None:
    alter_event(world, "MESSAGE_CREATE", without("mentions"))
    assert "Black tea is fermented" in text(await world.mention(QUESTION))


async def test_missing_referenced_message_is_fetched(world: World) -> None:
    first = await world.mention(QUESTION)
    alter_event(world, "MESSAGE_CREATE", without("referenced_message"))
    await world.alice.send(world.channel, "what about coffee?", reply_to=first)
    assert ENGLISH.understood_as.partition("{")[0] in text(world.channel.last_message)


async def test_mention_of_the_bots_role_counts(world: World) -> None:
    role = world.env.guild.create_role("Quoth")
    sent = await world.alice.send(world.channel, f"<@&{role.id}> {QUESTION}")
    assert world.channel.last_message.id == sent.id  # not the bot's role
    cached_role = bot_of(world).get_guild(world.env.guild.id).get_role(role.id)
    cached_role.tags = SimpleNamespace(bot_id=bot_of(world).user.id)
    await world.alice.send(world.channel, f"<@&{role.id}> {QUESTION}")
    mention = bot_of(world).user.mention  # Discord withholds the text
    assert text(world.channel.last_message) == ENGLISH.cannot_read_role_mentions.format(mention)
    alter_event(
        world, "MESSAGE_CREATE", lambda data: {**data, "content": f"<@&{role.id}> {QUESTION}"}
    )
    await world.alice.send(world.channel, f"<@&{role.id}> {QUESTION}")
    assert "Black tea is fermented" in text(world.channel.last_message)


async def test_failed_typing_indicator_does_not_prevent_the_answer(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/typing", status=500)
    assert "Black tea is fermented" in text(await world.mention(QUESTION))


async def test_curator_of_the_only_server_may_rebuild_uncached(world: World) -> None:
    carol = curator(world)
    forget_server(world)
    result = await carol.slash(world.channel, "curate rebuild")
    assert CuratorMessages().nothing_changed in text(result.response)


async def test_uncached_server_counts_as_another_server(world: World) -> None:
    carol = curator(world)
    world.env.create_guild("another")
    forget_server(world)
    result = await carol.slash(world.channel, "curate rebuild")
    assert text(result.response) == escape(CuratorMessages().articles_are_shared)


async def long_rebuild(world: World, carol: Any) -> Any:
    """Run a rebuild of twenty minutes in three steps."""
    now = 0.0
    bot_of(world).curation.clock = lambda: now

    async def build(on_progress: Any) -> BuildReport:
        nonlocal now
        for minute in (1, 10, 20):
            now = minute * 60.0
            await on_progress(RebuildStep("encoding", minute, 20))
        return world.fake_index.result

    bot_of(world).curation.rebuilder._build = build
    return await carol.slash(world.channel, "curate rebuild")


async def test_interaction_without_a_channel_is_answered(world: World) -> None:
    alter_event(world, "INTERACTION_CREATE", lambda data: {**data, "channel": {}})
    forget_server(world)
    assert "Black tea is fermented" in text(await world.ask(QUESTION))
    carol = curator(world)
    result = await long_rebuild(world, carol)
    assert text(carol.user.dm_channel.last_message).startswith(CuratorMessages().nothing_changed)
    assert carol.user.dm_channel.last_message.jump_url in text(result.response)


async def test_commands_that_cannot_be_listed_are_synced(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("GET", "/applications/*/commands", status=404)
    result = await sync_commands(bot_of(world).tree, bot_of(world).curation.store)
    assert {"ask", "sources", "help"} <= result.ids.keys()
    assert "could not tell" not in caplog.text


async def test_new_answer_is_announced_in_an_archived_thread(world: World) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, tell_answered=True)
    await bot_of(world).curation.store.execute(
        "INSERT INTO unanswered (question, guild_id, channel_id, reason, asked_at)"
        " VALUES ('Where is mint tea drunk?', ?, ?, 'nothing', ?)",
        (world.env.guild.id, world.channel.id, int(time.time())),
    )
    forget_server(world)
    world.fake_index.searcher = FakeSearcher("two", {"mint.md": (Metadata("Mint"), MINT)})
    await bot_of(world).background.refresh_snapshot()
    assert MINT in text(world.channel.last_message).replace("*", "")


def test_field_values_are_read_from_rows_and_labels() -> None:
    field = {"type": 4, "custom_id": "question", "value": "Why?"}
    for component in ({"type": 18, "component": field}, {"type": 1, "components": [field]}):
        assert list(_field_values([component])) == [("question", "Why?")]
    assert list(_field_values([{"type": 10, "content": "text"}])) == []
