"""Test errors of Discord, and what the member sees of them."""

import asyncio
import logging
import threading
from typing import Any

import discord
import pytest

from bot.text.messages import ENGLISH
from index.errors import SnapshotDamaged, StorageUnavailable
from index.types import Metadata, Source
from tests.support.curators import add_curator, curate
from tests.support.discord_fakes import World
from tests.support.discord_messages import text, units
from tests.support.fake_searcher import FakeSearcher

QUESTION = "Is black tea fermented for hours?"
BLACK_TEA = "Black tea is fermented"


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


async def test_rejected_answer_shows_only_an_error_id(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, message="Invalid Form")
    reply = text(await world.ask(QUESTION))
    error_id = reply.rpartition("under `")[2].removesuffix("`.")
    assert reply == ENGLISH.internal_error.format(error_id)
    assert errors(caplog) == [f"error {error_id}"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_discord_outage_is_reported(
    world: World, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=status)  # simcord does not retry
    assert text(await world.ask(QUESTION)) == ENGLISH.discord_rejected
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=status)
    assert text(await world.mention(QUESTION)) == ENGLISH.discord_rejected
    assert errors(caplog) == []


@pytest.mark.parametrize("code", [20009, 200000, 240000])
async def test_a_filter_that_blocks_an_answer_is_named(
    world: World, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=400, code=code)
    assert text(await world.ask(QUESTION)) == ENGLISH.discord_filtered
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=400, code=code)
    assert text(await world.mention(QUESTION)) == ENGLISH.discord_filtered
    assert errors(caplog) == []


async def test_missing_permission_is_reported_by_direct_message(
    world: World,
) -> None:
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    await world.mention(QUESTION)
    assert "general" in text(world.alice.user.dm_channel.last_message)
    bodies = [each.json for each in world.env.http_requests if each.path == "/users/@me/channels"]
    assert bodies == [{"recipient_id": str(world.alice.id)}]


async def test_forbidden_attachment_is_reported(world: World) -> None:
    long = "\n\n".join(f"Paragraph {n} is about lions. " * 9 for n in range(60))
    world.fake_index.searcher = FakeSearcher("two", {"long.txt": (Metadata("Long"), long)})
    context = await world.press(await world.ask("Where are lions?"), "More context")
    world.env.inject_error("PATCH", "/webhooks/*", status=403, code=50013)
    result = await world.press(context.response, "Whole article")
    assert text(result.response) == ENGLISH.missing_permission


async def test_thread_deleted_during_an_answer_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    world.env.inject_error("POST", f"/channels/{thread.id}/*", status=404, code=10003, times=None)
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert errors(caplog) == []


async def test_message_deleted_during_a_press_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await world.ask(QUESTION, private=True)
    world.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008)
    await world.press(reply, "Next passages")
    assert errors(caplog) == []


@pytest.mark.parametrize(("status", "code"), [(401, 50027), (404, 10015), (404, 10062)])
@pytest.mark.parametrize("label", ["More context", "👍", "Next passages"])
async def test_expired_token_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture, label: str, status: int, code: int
) -> None:
    reply = await world.ask(QUESTION)
    world.env.inject_error("PATCH", "/webhooks/*", status=status, code=code, times=None)
    await world.press(reply, label)
    assert errors(caplog) == []


async def test_what_another_process_responds_to_is_left_to_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await world.ask(QUESTION)
    fault: Any = {"status": 400, "code": 40060}
    world.env.inject_error("POST", "/interactions/*/callback", **fault)
    asked = await world.alice.slash(world.channel, "ask", question=QUESTION)
    world.env.inject_error("POST", "/interactions/*/callback", **fault)
    pressed = await world.press(reply, "👍")
    assert not asked.acknowledged
    assert not pressed.acknowledged
    assert errors(caplog) == []


async def test_sharing_in_a_deleted_channel_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await world.ask(QUESTION, private=True)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=404, code=10003)
    await world.press(reply, "Share")
    assert errors(caplog) == []


async def test_answer_survives_a_gateway_disconnect(world: World) -> None:
    gate = threading.Event()
    world.fake_index.searcher.gate = gate
    content = f"<@{world.env.bot.user.id}> {QUESTION}"  # type: ignore[union-attr]
    world.env.backend.create_message(world.channel.id, world.alice.id, content)
    await asyncio.sleep(0.05)
    world.env.bot.dispatch("disconnect")
    threading.Timer(0.2, gate.set).start()
    await world.env.settle()
    assert "Black tea" in text(world.channel.last_message)


async def test_full_queue_is_told_privately(world: World) -> None:
    pool = world.env.bot.answers.pool  # type: ignore[attr-defined]
    pool.queue_size = 10_000
    refused = await world.alice.slash(world.channel, "ask", question=QUESTION)
    assert refused.ephemeral
    assert text(refused.response) == ENGLISH.busy(10_000)
    question = await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert world.channel.last_message.id == question.id
    assert [str(each.emoji) for each in world.channel.last_message.reactions] == ["⏳"]
    pool.queue_size = 0
    assert "Black tea" in text(await world.ask(QUESTION))


async def test_full_queue_is_told_in_the_channel_without_reactions(world: World) -> None:
    pool = world.env.bot.answers.pool  # type: ignore[attr-defined]
    pool.queue_size = 10_000
    world.env.inject_error("PUT", "/channels/*", status=403, code=50013)
    assert text(await world.mention(QUESTION)) == ENGLISH.busy(10_000)


async def test_rate_limit_message_is_private(
    world: World,
) -> None:
    servers = world.env.bot.answers.guilds  # type: ignore[attr-defined]
    await servers.update(world.env.guild.id, cooldown_seconds=60)
    assert "Black tea" in text(await world.ask(QUESTION))
    again = await world.alice.slash(world.channel, "ask", question=QUESTION)
    assert again.ephemeral
    assert text(again.response) == ENGLISH.rate_limited(60)
    other = await world.bob.slash(world.channel, "ask", question=QUESTION)
    assert "Black tea" in text(other.response)


async def test_rate_limit_message_is_posted_once_per_channel(world: World) -> None:
    servers = world.env.bot.answers.guilds  # type: ignore[attr-defined]
    await servers.update(world.env.guild.id, cooldown_seconds=60)
    for _ in range(3):
        await world.mention(QUESTION)
    replies = [message for message in world.channel.history() if message.author.bot]
    assert len(replies) == 2


@pytest.mark.parametrize("label", ["👍", "👎", "Follow-up", "More context", "Next passages"])
async def test_button_of_a_deleted_answer_says_so(world: World, label: str) -> None:
    reply = await world.ask(QUESTION)
    await world.alice.slash(world.channel, "privacy forget-me")
    result = await world.press(reply, label)
    if label == "Follow-up":
        assert result.modal
    else:
        assert text(result.response) == ENGLISH.answer_expired


@pytest.mark.parametrize("error", [StorageUnavailable("secret"), SnapshotDamaged("secret")])
async def test_unreachable_articles_are_not_nothing_found(
    world: World, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    world.fake_index.searcher.error = error
    assert text(await world.ask(QUESTION)) == (
        "I can't reach my articles right now; please try again in a minute."
    )
    assert "secret" in caplog.text
    world.fake_index.searcher.error = None
    assert "Black tea is fermented" in text(await world.ask(QUESTION))


async def test_form_error_is_shown_to_the_member(world: World) -> None:
    form = await world.press(await world.ask(QUESTION), "Follow-up")
    (field,) = [each["component"] for each in form.modal["components"]]
    world.fake_index.searcher.error = RuntimeError("secret")
    result = await world.alice.submit_modal(form, {field["custom_id"]: "Why?"})
    responses = filter(None, [result.response, *result.followups])
    reply = "".join(map(text, responses))
    assert "something went wrong" in reply
    assert "secret" not in reply


async def test_answer_is_not_a_reply_without_history_permission(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=400, code=160002)
    reply = await world.mention(QUESTION)
    assert "Black tea is fermented" in text(reply)
    assert reply.reference is None


@pytest.mark.parametrize(("status", "code"), [(400, 50083), (400, 160005)])
async def test_closed_thread_is_reported_by_direct_message(
    world: World, caplog: pytest.LogCaptureFixture, status: int, code: int
) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    path = f"/channels/{thread.id}/messages"
    world.env.inject_error("POST", path, status=status, code=code, times=None)
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    direct_message = text(world.alice.user.dm_channel.last_message)
    assert direct_message == ENGLISH.cannot_answer_in.format(r"#tea")
    assert errors(caplog) == []


async def test_removal_from_the_server_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    gate = threading.Event()
    world.fake_index.searcher.gate = gate
    content = f"<@{world.env.bot.user.id}> {QUESTION}"  # type: ignore[union-attr]
    world.env.backend.create_message(world.channel.id, world.alice.id, content)
    await asyncio.sleep(0.05)
    world.env.inject_error("*", "*", status=403, code=50001, times=None)
    bot: Any = world.env.bot
    bot._connection._remove_guild(bot.get_guild(world.env.guild.id))
    threading.Timer(0.2, gate.set).start()
    await world.env.settle()
    assert errors(caplog) == []


@pytest.mark.usefixtures("charts")
async def test_statistics_work_without_permission_to_attach_files(world: World) -> None:
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    carol = world.env.guild.add_member(world.env.create_user("carol"), roles=[role])
    await world.ask(QUESTION)
    world.env.inject_error("PATCH", "/webhooks/*", status=403, code=50013)
    reply = (await carol.slash(world.channel, "curate stats")).response
    assert "1 asked" in text(reply)
    assert not reply.attachments  # type: ignore[union-attr]


class _LosesArticles(FakeSearcher):
    """Answers, but fails to find the article of a quotation again."""

    lost: Exception = StorageUnavailable("secret")

    def source(self, path: str) -> Source | None:
        raise self.lost


async def test_articles_lost_after_an_answer_cost_no_message(world: World) -> None:
    world.fake_index.searcher = _LosesArticles("two")
    result = await world.alice.slash(world.channel, "ask", question=QUESTION)
    assert BLACK_TEA in text(result.response)
    assert result.followups == []
    assert BLACK_TEA in text(await world.mention(QUESTION))


async def test_error_after_an_answer_leaves_it_in_place(world: World) -> None:
    world.fake_index.searcher = _LosesArticles("two")
    world.fake_index.searcher.lost = RuntimeError("secret")
    result = await world.alice.slash(world.channel, "ask", question=QUESTION)
    assert BLACK_TEA in text(result.response)
    (told,) = result.followups
    assert told.flags.ephemeral
    assert text(told).startswith("Sorry, something went wrong.")


@pytest.mark.parametrize("typed", ["@everyone ", "x", "\u202e"])
async def test_error_that_repeats_a_long_text_is_cut(world: World, typed: str) -> None:
    carol = add_curator(world)
    options = {"url": "https://museum.example", "collection": (typed * 6000)[:6000]}
    shown = text((await curate(world, carol, "add", **options)).response)
    assert shown.startswith("This server has no folder “")
    assert shown.endswith("…")
    assert 900 < units(shown) <= 1000


async def test_error_replaces_the_deferred_response(world: World) -> None:
    reply = await world.ask(QUESTION)
    await world.alice.slash(world.channel, "privacy forget-me")
    result = await world.press(reply, "More context")
    assert text(result.response) == ENGLISH.answer_expired
    last = world.env.http_requests[-1]
    assert (last.method, last.path.rpartition("/")[2]) == ("PATCH", "@original")
