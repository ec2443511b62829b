"""The button "Ask a person", and telling the asker when an article answers."""

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.commands.people import ask_person
from bot.text.messages import ENGLISH, Messages, messages_for
from index.types import Metadata
from tests.support.discord_fakes import World
from tests.support.discord_messages import labels, text
from tests.support.fake_searcher import ARTICLES, FakeSearcher

STORES = ("sqlite", "postgresql")

NOTHING = "Kdo vyhrál hokej?"
CLOSEST = "What about caffeine?"


async def configure(world: World, **settings: Any) -> None:
    bot: Any = world.env.bot
    await bot.answers.guilds.update(world.env.guild.id, **settings)


@pytest.fixture
async def helpers(world: World) -> Any:
    """The role that is asked."""
    role = world.env.guild.create_role("Helpers", mentionable=True)
    await configure(world, helper_role=(role.id,))
    return role


def sent_pings(world: World) -> list[dict[str, Any]]:
    """Return the allowed mentions of each message that the bot posted in a channel."""
    bodies = [each.json for each in world.env.http_requests if isinstance(each.json, dict)]
    mentions = [body.get("message", body).get("allowed_mentions") or {} for body in bodies]
    return [each for each in mentions if each.get("users") or each.get("roles")]


def with_hockey(name: str = "two") -> FakeSearcher:
    article = (Metadata("Hockey"), f"Kdo vyhrál hokej? {NOTHING} Team A won.")
    return FakeSearcher(name, {**ARTICLES, "hockey.md": article})


async def test_without_helpers_there_is_no_button(world: World) -> None:
    assert ENGLISH.ask_person not in labels(await world.ask(NOTHING))


async def test_the_button_stands_under_nothing_and_closest(world: World, helpers: Any) -> None:
    assert ENGLISH.ask_person in labels(await world.ask(NOTHING))
    assert ENGLISH.ask_person in labels(await world.ask(CLOSEST))
    assert ENGLISH.ask_person not in labels(await world.ask("Is black tea fermented?"))


async def test_one_press_asks_in_a_thread_with_one_ping(world: World, helpers: Any) -> None:
    asked = await world.ask(f"{NOTHING} @everyone <@&1> <@2>")
    await world.restart()
    pressed = await world.press(asked, ENGLISH.ask_person)
    (thread,) = world.channel.threads
    assert pressed.ephemeral
    assert f"<#{thread.id}>" in text(pressed.response)
    posted = world.env.backend.get_message(world.channel.id, thread.id)
    shown = "\n".join(each["content"] for each in posted.components)
    assert shown.startswith(f"<@&{helpers.id}>\n### Question for a person\n> Kdo")
    assert "\\@everyone \\<\\@\\&1\\> \\<\\@2\\>" in shown
    assert shown.count("<@") == 2
    (mentions,) = sent_pings(world)
    assert mentions == {"parse": [], "users": [], "roles": [str(helpers.id)]}


async def test_a_second_press_asks_nobody_again(world: World, helpers: Any) -> None:
    asked = await world.ask(NOTHING)
    await world.press(asked, ENGLISH.ask_person)
    pressed = await world.press(asked, ENGLISH.ask_person, world.bob)
    (thread,) = world.channel.threads
    assert ENGLISH.already_handed_over.format(f"<#{thread.id}>") in text(pressed.response)
    assert len(sent_pings(world)) == 1


async def test_asks_in_the_chosen_channel_or_forum(world: World, helpers: Any) -> None:
    staff = world.env.guild.create_text_channel("staff")
    forum = world.env.guild.create_forum_channel("questions")
    await configure(world, helper_channel=(staff.id,))
    await world.press(await world.ask(NOTHING), ENGLISH.ask_person)
    assert [thread.name for thread in staff.threads] == [NOTHING]
    await configure(world, helper_channel=(forum.id,))
    await world.press(await world.ask(CLOSEST, private=True), ENGLISH.ask_person)
    (post,) = forum.threads
    assert CLOSEST in text(post.last_message)


async def test_in_a_thread_people_are_asked_in_it(world: World, helpers: Any) -> None:
    first = await world.alice.send(world.channel, "hello")
    await first.create_thread(name="hockey")
    (thread,) = world.channel.threads
    asked = (await world.alice.slash(thread, "ask", question=NOTHING)).response
    await world.press(asked, ENGLISH.ask_person)
    assert "Question for a person" in text(thread.last_message)
    assert len(world.channel.threads) == 1


async def test_members_and_servers_have_a_limit_per_hour(world: World, helpers: Any) -> None:
    lines = []
    for number in range(4):
        asked = await world.ask(f"{NOTHING} {number}")
        lines.append(text((await world.press(asked, ENGLISH.ask_person)).response))
    assert lines[3] == ENGLISH.too_many_own_requests(3)
    for member_number in range(8):
        user = world.env.create_user(f"member-{member_number}")
        member = world.env.guild.add_member(user)
        asked = (await member.slash(world.channel, "ask", question=NOTHING)).response
        lines.append(text((await world.press(asked, ENGLISH.ask_person, member)).response))
    assert lines[-1] == ENGLISH.too_many_requests(10)
    assert len(sent_pings(world)) == 10


async def test_a_missing_permission_is_one_line_and_can_be_mended(
    world: World, helpers: Any
) -> None:
    staff = world.env.guild.create_text_channel("staff")
    await configure(world, helper_channel=(staff.id,))
    asked = await world.ask(NOTHING)
    world.env.inject_error("POST", f"/channels/{staff.id}/messages", status=403, code=50013)
    pressed = await world.press(asked, ENGLISH.ask_person)
    assert text(pressed.response) == ENGLISH.cannot_ask_person.format(r"\#staff")
    pressed = await world.press(asked, ENGLISH.ask_person)
    assert f"<#{staff.threads[0].id}>" in text(pressed.response)


async def test_a_question_posted_despite_an_error_is_not_repeated(
    world: World, helpers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await configure(world, helper_channel=(forum.id,))
    create = discord.ForumChannel.create_thread

    async def create_and_break(self: Any, **options: Any) -> Any:
        await create(self, **options)
        raise aiohttp.ServerDisconnectedError

    monkeypatch.setattr(discord.ForumChannel, "create_thread", create_and_break)
    pressed = await world.press(await world.ask(NOTHING), ENGLISH.ask_person)
    (post,) = forum.threads
    assert ENGLISH.handed_over.format(f"<#{post.id}>") in text(pressed.response)


async def test_a_forum_post_that_failed_can_be_tried_again(world: World, helpers: Any) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await configure(world, helper_channel=(forum.id,))
    asked = await world.ask(NOTHING)
    world.env.inject_error("POST", f"/channels/{forum.id}/threads", status=503)
    assert text((await world.press(asked, ENGLISH.ask_person)).response) == ENGLISH.discord_rejected
    await world.press(asked, ENGLISH.ask_person)
    assert len(forum.threads) == 1


async def test_a_question_for_people_carries_a_nonce_of_its_own(world: World, helpers: Any) -> None:
    await world.press(await world.ask(NOTHING), ENGLISH.ask_person)
    bodies = [each.json for each in world.env.http_requests if each.path.endswith("/messages")]
    (body,) = [each for each in bodies if isinstance(each, dict) and each.get("nonce")]
    assert body["nonce"].startswith("person-")
    assert len(body["nonce"]) <= 25
    assert body["enforce_nonce"]


async def test_removed_helpers_are_explained(world: World, helpers: Any) -> None:
    asked = await world.ask(NOTHING)
    await configure(world, helper_role=())
    assert text((await world.press(asked, ENGLISH.ask_person)).response) == ENGLISH.nobody_to_ask


# Telling the asker.


async def refresh(world: World, searcher: FakeSearcher) -> None:
    """Publish a snapshot, and let the bot see it."""
    bot: Any = world.env.bot
    world.fake_index.searcher = searcher
    await bot.background.refresh_snapshot()
    await world.env.settle()


async def test_the_asker_is_told_when_an_article_answers(world: World, helpers: Any) -> None:
    asked = await world.ask(NOTHING)
    pressed = await world.press(asked, ENGLISH.ask_person)
    told = await world.press(pressed.response, ENGLISH.tell_me)
    (thread,) = world.channel.threads
    assert text(told.response) == ENGLISH.will_tell.format(f"<#{thread.id}>")
    await world.restart()
    await refresh(world, FakeSearcher("same"))
    assert thread.last_message is None
    await refresh(world, with_hockey())
    shown = text(thread.last_message)
    assert "Team A won." in shown
    assert f"{ENGLISH.now_answered} <@{world.alice.id}>" in shown
    expected = {"parse": [], "users": [str(world.alice.id)], "roles": []}
    assert sent_pings(world)[1:] == [expected]
    bot: Any = world.env.bot
    for table in ("help_requests", "help_subscribers"):
        assert await bot.answers.store.fetch_all(f"SELECT * FROM {table}") == []  # noqa: S608


async def test_who_did_not_ask_to_be_told_is_not_mentioned(world: World, helpers: Any) -> None:
    pressed = await world.press(await world.ask(NOTHING), ENGLISH.ask_person)
    await world.press(pressed.response, ENGLISH.tell_me)
    undone = await world.press(pressed.response, ENGLISH.tell_me)
    assert text(undone.response) == ENGLISH.will_not_tell
    await refresh(world, with_hockey())
    (thread,) = world.channel.threads
    assert "Team A won." in text(thread.last_message)
    assert f"<@{world.alice.id}>" not in text(thread.last_message)
    pressed = await world.press(pressed.response, ENGLISH.tell_me)
    assert text(pressed.response) == ENGLISH.request_over


async def test_telling_is_tried_again_after_a_failure(world: World, helpers: Any) -> None:
    await world.press(await world.ask(NOTHING), ENGLISH.ask_person)
    (thread,) = world.channel.threads
    path = f"/channels/{thread.id}/messages"
    world.env.inject_error("POST", path, status=400, code=50035, times=1)
    await refresh(world, with_hockey())
    assert thread.last_message is None
    await refresh(world, with_hockey())
    assert "Team A" in text(thread.last_message)


async def test_forget_me_deletes_requests_and_the_id(world: World, helpers: Any) -> None:
    pressed = await world.press(await world.ask(NOTHING), ENGLISH.ask_person)
    await world.press(pressed.response, ENGLISH.tell_me)
    result = await world.alice.slash(world.channel, "privacy forget-me")
    assert "1 question for people, 1 notification" in text(result.response)
    bot: Any = world.env.bot
    for table in ("help_requests", "help_subscribers"):
        assert await bot.answers.store.fetch_all(f"SELECT * FROM {table}") == []  # noqa: S608


@pytest.mark.parametrize("locale", ["de", "es-ES"])
def test_labels_fit_in_every_language(locale: str) -> None:
    messages: Messages = messages_for(discord.Locale(locale))
    assert max(map(len, (messages.ask_person, messages.tell_me))) <= 38


@pytest.mark.parametrize(("required", "chosen"), [(True, ["open"]), (False, [])])
def test_a_forum_that_demands_a_tag_gets_an_open_one(*, required: bool, chosen: list[str]) -> None:
    tags = [SimpleNamespace(name="staff", moderated=True)]
    tags += [SimpleNamespace(name=name, moderated=False) for name in ("open", "other")]
    forum = SimpleNamespace(available_tags=tags, flags=SimpleNamespace(require_tag=required))
    assert [tag.name for tag in ask_person._first_tag(cast(discord.ForumChannel, forum))] == chosen
