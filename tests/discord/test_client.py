import asyncio
import logging
import threading
from typing import Any

import aiohttp
import discord
import pytest

from bot.text.messages import ENGLISH
from bot.text.question import Question
from index.errors import QuestionError
from tests.support.discord_fakes import (
    TEA,
    FakeSearcher,
    Shelf,
    World,
    labels,
    make_client,
    raw,
    text,
    texts,
    units,
    walk,
)

QUESTION = "Is black tea fermented for hours?"


def posts(world: World, path: str) -> list[Any]:
    return [one for one in world.env.http_requests if one.method == "POST" and path in one.path]


async def test_a_slash_question_is_deferred_and_answered_for_all(world: World) -> None:
    result = await world.alice.slash(world.channel, "ask", question=QUESTION)
    (first,) = posts(world, "/callback")
    assert first.json == {"type": 5}
    assert not result.ephemeral
    assert "Black tea is fermented" in text(result.response)


async def test_a_private_question_is_answered_to_the_asker_alone(world: World) -> None:
    shown = await world.ask(QUESTION, private=True)
    assert shown.ephemeral
    assert "Delete" not in labels(shown)


async def test_a_question_to_one_article_is_answered_from_it_alone(world: World) -> None:
    shown = await world.ask("What is grown?", source="drinks/coffee.txt")
    assert "coffee" in text(shown)
    assert "tea.md" not in text(shown)


async def test_a_source_may_be_typed_by_its_title(world: World) -> None:
    assert "tea.md" in text(await world.ask(QUESTION, source="all ABOUT tea"))


async def test_an_unknown_source_is_told_in_one_line(world: World) -> None:
    shown = await world.ask(QUESTION, source="**cocoa** @everyone")
    assert text(shown) == (
        r"There is no article “\*\*cocoa\*\* \@everyone”. Pick one from the list, or see /sources."
    )


async def test_source_completes_titles_while_typing(world: World) -> None:
    offered = await world.alice.autocomplete(
        world.channel, "ask", "source", "tea ALL", question="q"
    )
    assert [(one["name"], one["value"]) for one in offered] == [("All about tea", "tea.md")]
    everything = await world.alice.autocomplete(world.channel, "ask", "source", "", question="q")
    assert len(everything) == 3


async def test_a_mention_is_answered_with_a_reply_that_pings_nobody(world: World) -> None:
    shown = await world.mention(QUESTION)
    assert "Black tea is fermented" in text(shown)
    assert shown.reference is not None
    assert not shown.mentions
    (sent,) = posts(world, "/messages")
    assert sent.json["allowed_mentions"] == {"parse": [], "replied_user": False}


async def test_typing_shows_while_a_mention_is_answered(world: World) -> None:
    await world.mention(QUESTION)
    paths = [one.path for one in world.env.http_requests if one.method == "POST"]
    assert paths[-2].endswith("/typing")
    assert paths[-1].endswith("/messages")


async def test_a_mention_without_a_question_gets_help(world: World) -> None:
    assert text(await world.mention("  ")) == ENGLISH.help


async def test_a_message_without_a_mention_is_left_alone(world: World) -> None:
    sent = await world.alice.send(world.channel, QUESTION)
    assert world.channel.last_message.id == sent.id


async def test_a_reply_that_pings_the_bot_asks(world: World) -> None:
    first = await world.mention(QUESTION)
    await world.alice.send(world.channel, "Where does coffee grow?", reply_to=first)
    assert "between the tropics" in text(world.channel.last_message)


async def test_a_direct_message_asks_without_a_mention(world: World) -> None:
    await world.alice.send_dm(QUESTION)
    assert "Black tea is fermented" in text(world.alice.user.dm_channel.last_message)


async def test_a_message_of_a_bot_is_not_answered(world: World) -> None:
    robot = world.env.guild.add_member(world.env.create_user("robot", bot=True))
    sent = await robot.send(world.channel, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert world.channel.last_message.id == sent.id


async def test_ten_questions_at_once_are_each_answered_with_their_own_quote(world: World) -> None:
    subjects = ["green", "black", "white", "portugal", "boiling", "arabica", "tropics", "frost"]
    subjects += ["buds", "sailors"]
    body = "\n\n".join(f"Of {one} we know {one}{n}." for n, one in enumerate(subjects))
    world.shelf.searcher = FakeSearcher(
        "two", {"a.txt": (FakeSearcher().articles["tea.md"][0], body)}
    )
    await world.ask("anything")
    desk = world.env.bot.answers  # type: ignore[attr-defined]
    pages = await asyncio.gather(
        *(desk.ask(Question(f"What of {one}{n}?"), ENGLISH) for n, one in enumerate(subjects))
    )
    got = [page.answer.quotes[0].highlight.text for page in pages]
    assert got == [f"Of {one} we know {one}{n}." for n, one in enumerate(subjects)]


async def test_ten_messages_under_way_at_once_get_ten_replies_to_themselves(world: World) -> None:
    gate = threading.Event()
    world.shelf.searcher.gate = gate
    release = threading.Timer(0.3, gate.set)
    release.start()
    questions = [
        f"Is {colour} tea fermented {n}?" for n, colour in enumerate(["black", "green"] * 5)
    ]
    state = world.env.backend
    asked = []
    for question in questions[:-1]:
        content = f"<@{world.env.bot.user.id}> {question}"  # type: ignore[union-attr]
        asked.append(state.create_message(world.channel.id, world.alice.id, content).id)
    await world.mention(questions[-1])
    replies = [one for one in world.channel.history() if one.author.bot]
    assert len(replies) == 10
    answered = {one.reference.message_id: text(one) for one in replies}
    for question, message in zip(questions, asked, strict=False):
        first = answered[message].split("\n")[0]
        assert ("Black" if "black" in question else "Green") in first


async def test_commands_are_synced_once_and_not_again_after_a_restart(world: World) -> None:
    def synced() -> int:
        return sum(one.method == "PUT" for one in world.env.http_requests)

    assert synced() == 1
    await world.restart()
    assert synced() == 1
    assert "Black tea" in text(await world.ask(QUESTION))


async def test_commands_are_synced_again_when_discord_has_lost_them(world: World) -> None:
    world.env.backend.commands.clear()
    await world.restart()
    assert "Black tea" in text(await world.ask(QUESTION))


async def test_commands_fit_what_discord_takes(world: World) -> None:
    (request,) = [one for one in world.env.http_requests if one.method == "PUT"]
    names = [command["name"] for command in request.json or []]
    assert {"ask", "sources", "help", "privacy", "Find in articles"} <= set(names)
    for command in request.json or []:
        for one in (command, *command.get("options", [])):
            described = [
                one.get("description", ""),
                *one.get("description_localizations", {}).values(),
            ]
            assert max(map(units, described)) <= 100


async def test_commands_are_for_servers_that_have_the_bot_and_its_direct_messages(
    world: World,
) -> None:
    (request,) = [one for one in world.env.http_requests if one.method == "PUT"]
    commands: Any = {one["name"]: one for one in request.json or []}
    curators = {"curate", "settings"}
    assert curators < commands.keys()
    for name, one in commands.items():
        assert one["integration_types"] == [0]
        assert one["contexts"] == ([0] if name in curators else [0, 1])
        manage = discord.Permissions(manage_guild=True).value
        assert one["default_member_permissions"] == (manage if name in curators else None)


def test_no_privileged_intent_is_asked_for(shelf: Shelf, tmp_path: Any) -> None:
    intents = make_client(shelf, tmp_path / "s").intents
    asked = {name for name, on in intents if on}
    assert asked == {"guilds", "guild_messages", "dm_messages"}


@pytest.mark.simcord(approved_intents=discord.Intents.default())
async def test_it_works_without_any_privileged_intent(world: World) -> None:
    assert "Black tea" in text(await world.mention(QUESTION))
    await world.alice.send(
        world.channel, "Where does coffee grow?", reply_to=world.channel.last_message
    )
    assert "between the tropics" in text(world.channel.last_message)


async def test_an_error_of_ours_is_shown_as_it_is(world: World) -> None:
    world.shelf.searcher.failure = QuestionError("the question has 9,000 characters *too many*")
    expected = r"the question has 9,000 characters \*too many\*"
    assert text(await world.ask(QUESTION)) == expected
    assert text(await world.mention(QUESTION)) == expected


async def test_an_unforeseen_error_shows_an_id_to_find_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.shelf.searcher.failure = RuntimeError("secret path /srv/x")
    for shown in (await world.ask(QUESTION), await world.mention(QUESTION)):
        identity = text(shown).rpartition("under `")[2].removesuffix("`.")
        assert text(shown) == ENGLISH.broken.format(identity)
        assert f"error {identity}" in caplog.text


async def test_an_error_in_a_button_is_told_to_who_pressed(world: World) -> None:
    shown = await world.ask(QUESTION)
    world.shelf.searcher.failure = RuntimeError("secret")
    result = await world.bob.click(shown, label="Next passages")
    assert result.ephemeral
    assert "something went wrong" in text(result.response)


async def test_a_quote_that_fails_its_check_is_never_sent(world: World) -> None:
    world.shelf.searcher.damaged = True
    assert "Black tea" not in text(await world.ask(QUESTION))
    assert "Black tea" not in text(await world.mention(QUESTION))


async def test_no_question_is_logged_at_info(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    await world.ask("Is zanzibar tea fermented?")
    await world.mention("Is zanzibar tea fermented?")
    assert "answered" in caplog.text
    assert "zanzibar" not in caplog.text


async def test_a_channel_where_it_may_not_write_is_told_in_a_direct_message(world: World) -> None:
    here = f"/channels/{world.channel.id}/*"
    world.env.inject_error("POST", here, status=403, code=50013, times=None)
    await world.mention(QUESTION)
    told = world.alice.user.dm_channel.last_message
    assert told.content == ENGLISH.forbidden.format(r"\#general") or "general" in told.content


async def test_a_member_who_takes_no_direct_messages_is_left_in_peace(world: World) -> None:
    world.env.inject_error("POST", "/channels/*", status=403, code=50013, times=None)
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert not world.channel.last_message.author.bot


@pytest.mark.parametrize(("status", "code"), [(404, 10003), (404, 10008), (400, 50035)])
async def test_a_deleted_question_or_channel_is_passed_over_quietly(
    world: World, caplog: pytest.LogCaptureFixture, status: int, code: int
) -> None:
    told = "In message_reference: Unknown message"
    world.env.inject_error("POST", "/channels/*/messages", status=status, code=code, message=told)
    await world.mention(QUESTION)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert not world.channel.last_message.author.bot


async def test_an_expired_interaction_is_passed_over_quietly(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=401, code=50027)
    await world.alice.slash(world.channel, "ask", question=QUESTION)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_a_new_snapshot_is_taken_without_being_asked(world: World) -> None:
    old = world.shelf.searcher
    world.shelf.searcher = FakeSearcher("two")
    await world.env.advance_time(20)
    assert old.closed


async def test_the_first_handshake_is_tried_again_until_it_succeeds(
    shelf: Shelf, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    class Connected(Exception):
        pass

    async def gateway(*_: object, **__: object) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise aiohttp.ClientError("no route")
        raise Connected

    async def at_once(_: float) -> None:
        pass

    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "from_client", gateway)
    monkeypatch.setattr(asyncio, "sleep", at_once)
    with pytest.raises(Connected):
        await make_client(shelf, tmp_path / "s").connect()
    assert len(attempts) == 3


async def test_every_body_sent_holds_only_what_discord_lists(world: World) -> None:
    for message in (await world.ask(QUESTION), await world.mention(TEA[:900])):
        for component in walk(raw(message)):
            assert component["type"] in {1, 2, 9, 10, 14, 17}
        assert sum(map(units, texts(message))) <= 4000


async def test_closing_lets_go_of_the_index(shelf: Shelf, tmp_path: Any) -> None:
    client = make_client(shelf, tmp_path / "s")
    await client.answers.start()
    await client.close()
    assert shelf.searcher.closed


async def test_starting_the_same_client_again_goes_on_as_before(world: World) -> None:
    shown = await world.ask(QUESTION)
    await world.env.restart_bot()
    assert "Black tea" in text((await world.alice.click(shown, label="More context")).response)


async def test_in_a_thread_a_mention_is_answered_in_the_thread(world: World) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> {QUESTION}")  # type: ignore[union-attr]
    assert "Black tea" in text(thread.last_message)
