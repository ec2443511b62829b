"""What Discord can do to a member's question, and what the member is told."""

import asyncio
import logging
import threading
from typing import Any

import discord
import pytest

from bot.text.messages import ENGLISH
from tests.support.discord_fakes import World, text

QUESTION = "Is black tea fermented for hours?"


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


async def test_an_answer_that_discord_refuses_shows_an_id_and_no_exception(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, message="Invalid Form")
    shown = text(await world.ask(QUESTION))
    identity = shown.rpartition("under `")[2].removesuffix("`.")
    assert shown == ENGLISH.broken.format(identity)
    assert errors(caplog) == [f"error {identity}"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_discord_taking_nothing_for_long_is_told_as_soon_as_it_does(
    world: World, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=status)  # simcord does not try again
    assert text(await world.ask(QUESTION)) == ENGLISH.discord_down
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=status)
    assert text(await world.mention(QUESTION)) == ENGLISH.discord_down
    assert errors(caplog) == []


async def test_a_channel_where_it_may_not_show_components_is_told_in_a_direct_message(
    world: World,
) -> None:
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    await world.mention(QUESTION)
    assert "general" in text(world.alice.user.dm_channel.last_message)
    opened = [one.json for one in world.env.http_requests if one.path == "/users/@me/channels"]
    assert opened == [{"recipient_id": str(world.alice.id)}]


async def test_a_file_it_may_not_attach_is_told_to_who_asked_for_it(world: World) -> None:
    from index.types import Metadata
    from tests.support.discord_fakes import FakeSearcher

    long = "\n\n".join(f"Paragraph {n} is about lions. " * 9 for n in range(60))
    world.shelf.searcher = FakeSearcher("two", {"long.txt": (Metadata("Long"), long)})
    context = await world.press(await world.ask("Where are lions?"), "More context")
    world.env.inject_error("PATCH", "/webhooks/*", status=403, code=50013)
    result = await world.press(context.response, "Whole article")
    assert text(result.response) == ENGLISH.forbidden_here


async def test_a_thread_that_is_gone_when_the_answer_is_ready_is_passed_over(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    world.env.inject_error("POST", f"/channels/{thread.id}/*", status=404, code=10003, times=None)
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert errors(caplog) == []


async def test_a_message_deleted_under_a_button_is_passed_over(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shown = await world.ask(QUESTION, private=True)
    world.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008)
    await world.press(shown, "Next passages")
    assert errors(caplog) == []


@pytest.mark.parametrize(("status", "code"), [(401, 50027), (404, 10015), (404, 10062)])
@pytest.mark.parametrize("label", ["More context", "👍", "Next passages"])
async def test_a_token_that_expired_is_passed_over(
    world: World, caplog: pytest.LogCaptureFixture, label: str, status: int, code: int
) -> None:
    shown = await world.ask(QUESTION)
    world.env.inject_error("PATCH", "/webhooks/*", status=status, code=code, times=None)
    await world.press(shown, label)
    assert errors(caplog) == []


async def test_sharing_in_a_channel_that_is_gone_says_nothing_and_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shown = await world.ask(QUESTION, private=True)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=404, code=10003)
    await world.press(shown, "Share")
    assert errors(caplog) == []


async def test_a_gateway_that_drops_during_an_answer_does_not_lose_it(world: World) -> None:
    gate = threading.Event()
    world.shelf.searcher.gate = gate
    content = f"<@{world.env.bot.user.id}> {QUESTION}"  # type: ignore[union-attr]
    world.env.backend.create_message(world.channel.id, world.alice.id, content)
    await asyncio.sleep(0.05)
    world.env.bot.dispatch("disconnect")
    threading.Timer(0.2, gate.set).start()
    await world.env.settle()
    assert "Black tea" in text(world.channel.last_message)


async def test_a_full_queue_says_how_many_are_before(world: World) -> None:
    service = world.env.bot.answers._service  # type: ignore[attr-defined]
    service._inside = service._most
    assert text(await world.ask(QUESTION)) == ENGLISH.busy.format(service._most)
    assert text(await world.mention(QUESTION)) == ENGLISH.busy.format(service._most)
    service._inside = 0
    assert "Black tea" in text(await world.ask(QUESTION))


async def test_a_member_who_asks_too_soon_is_told_to_wait_and_only_they_see_it(
    world: World,
) -> None:
    servers = world.env.bot.answers.servers  # type: ignore[attr-defined]
    await servers.change(world.env.guild.id, cooldown_seconds=60)
    assert "Black tea" in text(await world.ask(QUESTION))
    again = await world.alice.slash(world.channel, "ask", question=QUESTION)
    assert again.ephemeral
    assert text(again.response) == ENGLISH.too_soon.format(60)
    other = await world.bob.slash(world.channel, "ask", question=QUESTION)
    assert "Black tea" in text(other.response)


async def test_a_channel_is_told_once_to_wait_not_each_time(world: World) -> None:
    servers = world.env.bot.answers.servers  # type: ignore[attr-defined]
    await servers.change(world.env.guild.id, cooldown_seconds=60)
    for _ in range(3):
        await world.mention(QUESTION)
    told = [text(one) for one in world.channel.history() if one.author.bot]
    assert len(told) == 2


@pytest.mark.parametrize("label", ["👍", "👎", "Follow-up", "More context", "Next passages"])
async def test_a_button_pressed_in_a_store_that_lost_its_answer_says_so(
    world: World, label: str
) -> None:
    shown = await world.ask(QUESTION)
    await world.alice.slash(world.channel, "privacy forget-me")
    result = await world.press(shown, label)
    if label == "Follow-up":
        assert result.modal
    else:
        assert text(result.response) == ENGLISH.gone


async def test_an_error_in_a_form_is_told_to_who_sent_it(world: World) -> None:
    form = await world.press(await world.ask(QUESTION), "Follow-up")
    (field,) = [one["component"] for one in form.modal["components"]]
    world.shelf.searcher.failure = RuntimeError("secret")
    result = await world.alice.submit_modal(form, {field["custom_id"]: "Why?"})
    shown = [result.response, *result.followups]
    assert "something went wrong" in "".join(text(one) for one in shown if one)
    assert "secret" not in "".join(text(one) for one in shown if one)


async def test_where_it_may_not_read_the_history_the_answer_is_no_reply(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=400, code=160002)
    told = await world.mention(QUESTION)
    assert "Black tea is fermented" in text(told)
    assert told.reference is None


@pytest.mark.parametrize(("status", "code"), [(400, 50083), (400, 160005)])
async def test_a_thread_that_is_closed_is_told_in_a_direct_message(
    world: World, caplog: pytest.LogCaptureFixture, status: int, code: int
) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    path = f"/channels/{thread.id}/messages"
    world.env.inject_error("POST", path, status=status, code=code, times=None)
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    told = text(world.alice.user.dm_channel.last_message)
    assert told == ENGLISH.forbidden.format(r"#tea")
    assert errors(caplog) == []


async def test_a_server_that_removed_the_bot_during_an_answer_is_passed_over(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    world.shelf.searcher.gate = gate
    content = f"<@{world.env.bot.user.id}> {QUESTION}"  # type: ignore[union-attr]
    world.env.backend.create_message(world.channel.id, world.alice.id, content)
    await asyncio.sleep(0.05)
    world.env.inject_error("*", "*", status=403, code=50001, times=None)
    bot: Any = world.env.bot
    bot._connection._remove_guild(bot.get_guild(world.env.guild.id))
    threading.Timer(0.2, gate.set).start()
    await world.env.settle()
    assert errors(caplog) == []


async def test_statistics_are_shown_without_the_chart_where_it_may_not_attach(world: World) -> None:
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    carol = world.env.guild.add_member(world.env.create_user("carol"), roles=[role])
    await world.ask(QUESTION)
    world.env.inject_error("PATCH", "/webhooks/*", status=403, code=50013)
    shown = (await carol.slash(world.channel, "curate stats")).response
    assert "1 asked" in text(shown)
    assert not shown.attachments  # type: ignore[union-attr]


async def test_what_went_wrong_stands_where_the_member_was_told_to_wait(world: World) -> None:
    shown = await world.ask(QUESTION)
    await world.alice.slash(world.channel, "privacy forget-me")
    result = await world.press(shown, "More context")
    assert text(result.response) == ENGLISH.gone
    last = world.env.http_requests[-1]
    assert (last.method, last.path.rpartition("/")[2]) == ("PATCH", "@original")
