import asyncio
import logging
import threading
from typing import Any

import aiohttp
import discord
import pytest

from bot.questions.context import AskContext
from bot.questions.question import Question
from bot.text.messages import ENGLISH
from index.errors import QuestionError
from tests.support.discord_fakes import FakeIndex, World, make_client
from tests.support.discord_messages import labels, raw, text, texts, units, walk
from tests.support.fake_searcher import TEA, FakeSearcher

QUESTION = "Is black tea fermented for hours?"


def post_requests(world: World, path: str) -> list[Any]:
    return [
        request
        for request in world.env.http_requests
        if request.method == "POST" and path in request.path
    ]


async def test_ask_defers_and_answers_publicly(world: World) -> None:
    result = await world.alice.slash(world.channel, "ask", question=QUESTION)
    (first,) = post_requests(world, "/callback")
    assert first.json == {"type": 5}
    assert not result.ephemeral
    assert "Black tea is fermented" in text(result.response)


async def test_private_answer_is_visible_only_to_its_asker(world: World) -> None:
    reply = await world.ask(QUESTION, private=True)
    assert reply.ephemeral
    assert "Delete" not in labels(reply)


async def test_source_filter_limits_the_answer_to_one_article(world: World) -> None:
    reply = await world.ask("What is grown?", source="drinks/coffee.txt")
    assert "coffee" in text(reply)
    assert "tea.md" not in text(reply)


async def test_source_filter_accepts_a_title(world: World) -> None:
    assert "tea.md" in text(await world.ask(QUESTION, source="all ABOUT tea"))


async def test_unknown_source_gets_a_one_line_error(world: World) -> None:
    reply = await world.ask(QUESTION, source="**cocoa** @everyone")
    assert text(reply) == (
        r"There is no article “\*\*cocoa\*\* \@everyone”. Pick one from the list, or see /sources."
    )


async def test_source_option_suggests_titles(world: World) -> None:
    choices = await world.alice.autocomplete(
        world.channel, "ask", "source", "tea ALL", question="q"
    )
    assert [(choice["name"], choice["value"]) for choice in choices] == [
        ("All about tea", "tea.md")
    ]
    everything = await world.alice.autocomplete(world.channel, "ask", "source", "", question="q")
    assert len(everything) == 3


async def test_mention_gets_a_reply_that_pings_nobody(world: World) -> None:
    reply = await world.mention(QUESTION)
    assert "Black tea is fermented" in text(reply)
    assert reply.reference is not None
    assert not reply.mentions
    (sent,) = post_requests(world, "/messages")
    assert sent.json["allowed_mentions"] == {"parse": [], "replied_user": False}


async def test_mention_shows_the_typing_indicator(world: World) -> None:
    await world.mention(QUESTION)
    paths = [request.path for request in world.env.http_requests if request.method == "POST"]
    assert paths[-2].endswith("/typing")
    assert paths[-1].endswith("/messages")


async def test_mention_without_a_question_gets_help(world: World) -> None:
    assert text(await world.mention("  ")) == ENGLISH.greeting


async def test_message_without_a_mention_is_ignored(world: World) -> None:
    sent = await world.alice.send(world.channel, QUESTION)
    assert world.channel.last_message.id == sent.id


async def test_reply_that_pings_the_bot_is_a_question(world: World) -> None:
    first = await world.mention(QUESTION)
    await world.alice.send(world.channel, "Where does coffee grow?", reply_to=first)
    assert "between the tropics" in text(world.channel.last_message)


async def test_direct_message_needs_no_mention(world: World) -> None:
    await world.alice.send_dm(QUESTION)
    assert "Black tea is fermented" in text(world.alice.user.dm_channel.last_message)


async def test_messages_of_other_bots_are_ignored(world: World) -> None:
    robot = world.env.guild.add_member(world.env.create_user("robot", bot=True))
    sent = await robot.send(world.channel, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert world.channel.last_message.id == sent.id


async def test_concurrent_questions_get_their_own_quotes(world: World) -> None:
    subjects = ["green", "black", "white", "portugal", "boiling", "arabica", "tropics", "frost"]
    subjects += ["buds", "sailors"]
    body = "\n\n".join(f"Of {name} we know {name}{n}." for n, name in enumerate(subjects))
    world.fake_index.searcher = FakeSearcher(
        "two", {"a.txt": (FakeSearcher().articles["tea.md"][0], body)}
    )
    await world.ask("anything")
    answers = world.env.bot.answers  # type: ignore[attr-defined]
    pages = await asyncio.gather(
        *(
            answers.ask(Question(f"What of {name}{n}?"), AskContext())
            for n, name in enumerate(subjects)
        )
    )
    highlights = [page.answer.quotes[0].highlight.text for page in pages]
    assert highlights == [f"Of {name} we know {name}{n}." for n, name in enumerate(subjects)]


async def test_concurrent_mentions_get_their_own_replies(world: World) -> None:
    gate = threading.Event()
    world.fake_index.searcher.gate = gate
    threading.Timer(0.3, gate.set).start()
    questions = [
        f"Is {colour} tea fermented {n}?" for n, colour in enumerate(["black", "green"] * 5)
    ]
    backend = world.env.backend
    question_ids = []
    for question in questions[:-1]:
        content = f"<@{world.env.bot.user.id}> {question}"  # type: ignore[union-attr]
        question_ids.append(backend.create_message(world.channel.id, world.alice.id, content).id)
    await world.mention(questions[-1])
    replies = [message for message in world.channel.history() if message.author.bot]
    assert len(replies) == 10
    answered = {reply.reference.message_id: text(reply) for reply in replies}
    for question, question_id in zip(questions, question_ids, strict=False):
        first = answered[question_id].split("\n")[0]
        assert ("Black" if "black" in question else "Green") in first


async def test_unchanged_commands_are_not_synced_after_a_restart(world: World) -> None:
    def sync_count() -> int:
        return sum(request.method == "PUT" for request in world.env.http_requests)

    assert sync_count() == 1
    await world.restart()
    assert sync_count() == 1
    assert "Black tea" in text(await world.ask(QUESTION))


async def test_commands_that_discord_lost_are_synced_again(world: World) -> None:
    world.env.backend.commands.clear()
    await world.restart()
    assert "Black tea" in text(await world.ask(QUESTION))


async def test_command_descriptions_fit_discords_limit(world: World) -> None:
    (request,) = [each for each in world.env.http_requests if each.method == "PUT"]
    names = [command["name"] for command in request.json or []]
    assert {"ask", "sources", "help", "privacy", "Find in articles"} <= set(names)
    for command in request.json or []:
        for item in (command, *command.get("options", [])):
            descriptions = [
                item.get("description", ""),
                *item.get("description_localizations", {}).values(),
            ]
            assert max(map(units, descriptions)) <= 100


async def test_commands_are_limited_to_servers_and_direct_messages(
    world: World,
) -> None:
    (request,) = [each for each in world.env.http_requests if each.method == "PUT"]
    commands: Any = {command["name"]: command for command in request.json or []}
    curators = {"curate", "settings", "Quote this"}
    assert curators < commands.keys()
    for name, command in commands.items():
        assert command["integration_types"] == [0]
        assert command["contexts"] == ([0] if name in curators else [0, 1])
        manage = discord.Permissions(manage_guild=True).value
        assert command["default_member_permissions"] == (manage if name in curators else None)


def test_client_requests_no_privileged_intent(fake_index: FakeIndex, tmp_path: Any) -> None:
    intents = make_client(fake_index, tmp_path / "s").intents
    requested = {name for name, enabled in intents if enabled}
    assert requested == {"guilds", "guild_messages", "dm_messages"}


@pytest.mark.simcord(approved_intents=discord.Intents.default())
async def test_mentions_and_replies_need_no_privileged_intent(world: World) -> None:
    assert "Black tea" in text(await world.mention(QUESTION))
    await world.alice.send(
        world.channel, "Where does coffee grow?", reply_to=world.channel.last_message
    )
    assert "between the tropics" in text(world.channel.last_message)


async def test_expected_error_shows_its_message(world: World) -> None:
    world.fake_index.searcher.error = QuestionError("the question has 9,000 characters *too many*")
    expected = r"the question has 9,000 characters \*too many\*"
    assert text(await world.ask(QUESTION)) == expected
    assert text(await world.mention(QUESTION)) == expected


async def test_unexpected_error_shows_the_id_of_its_log_entry(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.fake_index.searcher.error = RuntimeError("secret path /srv/x")
    for reply in (await world.ask(QUESTION), await world.mention(QUESTION)):
        error_id = text(reply).rpartition("under `")[2].removesuffix("`.")
        assert text(reply) == ENGLISH.internal_error.format(error_id)
        assert f"error {error_id}" in caplog.text


async def test_button_error_is_shown_to_the_member_who_pressed(world: World) -> None:
    reply = await world.ask(QUESTION)
    world.fake_index.searcher.error = RuntimeError("secret")
    result = await world.bob.click(reply, label="Next passages")
    assert result.ephemeral
    assert "something went wrong" in text(result.response)


async def test_quote_that_fails_verification_is_not_sent(world: World) -> None:
    world.fake_index.searcher.damaged = True
    assert "Black tea" not in text(await world.ask(QUESTION))
    assert "Black tea" not in text(await world.mention(QUESTION))


async def test_question_text_is_not_logged_at_info(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    await world.ask("Is zanzibar tea fermented?")
    await world.mention("Is zanzibar tea fermented?")
    assert "answered" in caplog.text
    assert "zanzibar" not in caplog.text


async def test_forbidden_channel_is_reported_by_direct_message(world: World) -> None:
    path = f"/channels/{world.channel.id}/*"
    world.env.inject_error("POST", path, status=403, code=50013, times=None)
    await world.mention(QUESTION)
    assert world.alice.user.dm_channel.last_message.content == ENGLISH.cannot_answer_in.format(
        "#general"
    )


async def test_closed_direct_messages_are_not_an_error(world: World) -> None:
    world.env.inject_error("POST", "/channels/*", status=403, code=50013, times=None)
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert not world.channel.last_message.author.bot


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (400, 50035)])
async def test_deleted_question_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture, status: int, code: int
) -> None:
    error = "In message_reference: Unknown message"
    world.env.inject_error("POST", "/channels/*/messages", status=status, code=code, message=error)
    await world.mention(QUESTION)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not world.channel.last_message.author.bot


async def test_deleted_channel_is_told_by_direct_message(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/channels/{world.channel.id}/messages"
    world.env.inject_error("POST", path, status=404, code=10003, times=None)
    await world.mention(QUESTION)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    direct_message = text(world.alice.user.dm_channel.last_message)
    assert direct_message == ENGLISH.cannot_answer_in.format("#general")


async def test_expired_interaction_logs_no_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=401, code=50027)
    await world.alice.slash(world.channel, "ask", question=QUESTION)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_new_snapshot_is_opened_without_a_question(world: World) -> None:
    old = world.fake_index.searcher
    world.fake_index.searcher = FakeSearcher("two")
    await world.env.advance_time(20)
    assert old.closed


async def test_first_gateway_handshake_is_retried(
    fake_index: FakeIndex, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    class Connected(Exception):
        pass

    async def connect(*_: object, **__: object) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise aiohttp.ClientError("no route")
        raise Connected

    async def no_sleep(_: float) -> None:
        pass

    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "from_client", connect)
    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    with pytest.raises(Connected):
        await make_client(fake_index, tmp_path / "s").connect()
    assert len(attempts) == 3


async def test_number_of_shards_is_asked_until_known(
    fake_index: FakeIndex, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Launched(Exception):
        pass

    async def launch(_gateway: object, shard_id: int, **_: object) -> None:
        raise Launched(shard_id)

    async def no_sleep(_: float) -> None:
        pass

    not_found: Any = discord.GatewayNotFound
    replies = [not_found(), aiohttp.ClientError(), (4, "wss://gateway", {})]

    async def ask_discord() -> Any:
        reply = replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    client = make_client(fake_index, tmp_path / "s", shards=None)
    monkeypatch.setattr(client, "launch_shard", launch)
    monkeypatch.setattr(client.http, "get_bot_gateway", ask_discord)
    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    with pytest.raises(Launched):
        await client.connect()
    assert client.shard_count == 4
    assert client.guild_count(1) is None


async def test_messages_use_only_documented_components(world: World) -> None:
    for message in (await world.ask(QUESTION), await world.mention(TEA[:900])):
        for component in walk(raw(message)):
            assert component["type"] in {1, 2, 9, 10, 14, 17}
        assert sum(map(units, texts(message))) <= 4000


async def test_closing_the_client_closes_the_index(fake_index: FakeIndex, tmp_path: Any) -> None:
    async with make_client(fake_index, tmp_path / "s") as client:
        await client.answers.start()
    assert fake_index.searcher.closed


async def test_same_client_can_be_started_again(world: World) -> None:
    reply = await world.ask(QUESTION)
    await world.env.restart_bot()
    assert "Black tea" in text((await world.alice.click(reply, label="More context")).response)


async def test_mention_in_a_thread_is_answered_there(world: World) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert "Black tea" in text(thread.last_message)
