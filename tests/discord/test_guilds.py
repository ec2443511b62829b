import asyncio
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.commands.messages.forum import ForumPosts, prefix_title
from bot.config.settings import read_settings
from bot.questions.context import AskContext
from bot.services.answers import AnswerGone
from bot.storage.deletion import DAY_SECONDS, purge_expired
from bot.storage.guilds import GuildSettings, GuildStore
from bot.storage.store import Store
from bot.storage.unanswered import get_question_groups
from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from index.errors import SettingsError
from index.filters import Scope
from index.search.verdict import Strictness
from index.types import Answer, InputKind
from tests.discord.transport.test_partial_gateway import alter_event
from tests.support.discord_fakes import World
from tests.support.discord_messages import raw, text, walk
from tests.support.fake_searcher import FakeSearcher
from tests.support.stores import a_week_passes

STORES = ("sqlite", "postgresql")
MESSAGES = CuratorMessages()


async def test_unset_settings_follow_the_defaults_of_the_operator(store: Store) -> None:
    await GuildStore(store).update(1, strictness=Strictness.STRICT, channels=(7, 8))
    reopened = GuildStore(store, default=GuildSettings(quotes=5))
    assert await reopened.get(1) == GuildSettings(
        channels=(7, 8), strictness=Strictness.STRICT, quotes=5
    )
    assert await reopened.get(2) == GuildSettings(quotes=5)


async def test_concurrent_updates_of_two_settings_are_both_saved(store: Store) -> None:
    guilds = GuildStore(store)
    await guilds.get(1)
    await asyncio.gather(guilds.update(1, quotes=5), guilds.update(1, private=True))
    expected = GuildSettings(quotes=5, private=True)
    assert (await guilds.get(1), await GuildStore(store).get(1)) == (expected, expected)


async def test_unreadable_settings_fall_back_to_the_defaults(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for guild, stored in enumerate(["{", "[]", '{"strictness": "mad"}', '{"channels": 3}'], 1):
        await store.execute(
            "INSERT INTO servers (guild_id, settings) VALUES (?, ?)", (guild, stored)
        )
        assert await GuildStore(store).get(guild) == GuildSettings()
    assert "cannot read" in caplog.text


async def test_unknown_settings_are_ignored(store: Store) -> None:
    stored = '{"x": 1, "quotes": 2}'
    await store.execute("INSERT INTO servers (guild_id, settings) VALUES (1, ?)", (stored,))
    assert await GuildStore(store).get(1) == GuildSettings(quotes=2)


async def test_bound_collections_are_visible_to_their_server_only(
    store: Store,
) -> None:
    guilds = GuildStore(store, {1: ("news", "help"), 2: ("private",)})
    own = ("discord-server-1",)
    assert guilds.scope(1) == Scope(collections=("news", "help", *own), private_collections=own)
    unbound = Scope(excluded_collections=("help", "news", "private"), private_collections=())
    assert guilds.scope(None) == unbound
    assert guilds.scope(3) == replace(unbound, private_collections=("discord-server-3",))
    assert guilds.can_see(1, "discord-server-1/a.md")
    assert not guilds.can_see(3, "discord-server-1/a.md")
    assert not guilds.can_see(None, "discord-server-1/a.md")
    assert guilds.can_see(1, "news/a.md")
    assert not guilds.can_see(1, "a.md")
    assert not guilds.can_see(3, "private/a.md")
    assert not guilds.can_see(3, "'private/a\\u202e.md'")
    assert guilds.can_see(3, "a.md")


@pytest.mark.parametrize(
    ("bindings", "curators", "guild", "guild_count", "own", "shared"),
    [
        ({}, (), 1, 1, True, True),
        ({}, (), 1, 2, False, False),
        ({}, (1,), 1, 2, True, True),
        ({}, (2,), 1, 1, False, False),
        ({1: ("news",)}, (), 1, 2, True, False),
        ({1: ("news",)}, (), 2, 2, False, False),
    ],
)
async def test_rights_to_change_own_and_shared_articles(
    store: Store,
    bindings: dict[int, tuple[str, ...]],
    curators: tuple[int, ...],
    guild: int,
    guild_count: int,
    own: bool,
    shared: bool,
) -> None:
    guilds = GuildStore(store, bindings, curators)
    assert guilds.may_change(guild, guild_count) is own
    assert guilds.may_change_shared(guild, guild_count) is shared


def test_reads_bindings_and_curators_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUOTH_COLLECTIONS", "12=news+help; 98=private;")
    monkeypatch.setenv("QUOTH_CURATORS", "12, 98")
    settings = read_settings()
    assert settings.collections == {12: ("news", "help"), 98: ("private",)}
    assert settings.curators == (12, 98)


async def test_curators_override_the_defaults_of_the_operator(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_STRICTNESS", "strict")
    monkeypatch.setenv("QUOTH_QUOTES", "5")
    guilds = GuildStore.from_settings(store, read_settings())
    assert await guilds.get(None) == GuildSettings(strictness=Strictness.STRICT, quotes=5)
    await guilds.update(1, strictness=Strictness.BALANCED)
    monkeypatch.setenv("QUOTH_STRICTNESS", "generous")
    reopened = GuildStore.from_settings(store, read_settings())
    assert (await reopened.get(1)).strictness is Strictness.BALANCED
    assert (await reopened.get(2)).strictness is Strictness.GENEROUS


@pytest.mark.parametrize("value", ["12", "12=", "12=a/b", "12=..", "x=news", "12=news+"])
def test_invalid_bindings_raise_an_error_with_their_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("QUOTH_COLLECTIONS", value)
    with pytest.raises(SettingsError, match="QUOTH_COLLECTIONS"):
        read_settings()


# Leaving servers


async def fill(store: Store, guild: int) -> None:
    """Insert a row in each table that has a column guild_id."""
    now, name = int(time.time()), str(guild)
    rows = {
        "asked": {"verdict": "answered", "seconds": 1, "asked_at": now},
        "pins": {"question": "q", "verdict": "answered", "pinned_at": now},
        "unanswered": {"question": "q", "reason": "nothing", "asked_at": now},
        "votes": {"answer": "a", "voter": name, "up": True, "cast_at": now},
        "answers": {"id": name, "created": now, "snapshot": "s", "question": "q", "shown": "[]"},
    }
    for table, values in rows.items():
        names = ", ".join(["guild_id", *values])
        marks = ", ".join("?" * (len(values) + 1))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        await store.execute(sql, (guild, *values.values()))


async def count_rows(store: Store, guild: int) -> int:
    tables = ("asked", "pins", "unanswered", "votes", "answers", "servers")
    counts = [
        await store.fetch_one(f"SELECT count(*) FROM {table} WHERE guild_id = ?", (guild,))  # noqa: S608
        for table in tables
    ]
    return sum(int(row[0]) for row in counts if row)


async def test_data_of_a_left_server_is_deleted_after_a_week(store: Store) -> None:
    guilds = GuildStore(store)
    for guild in (1, 2):
        await fill(store, guild)
        await guilds.update(guild, quotes=1)
    await guilds.mark_left(1)
    await purge_expired(store, guilds)
    assert await count_rows(store, 1) == 6
    await a_week_passes(store)
    await guilds.purge_left_guilds()
    assert (await count_rows(store, 1), await count_rows(store, 2)) == (0, 6)
    assert await guilds.get(1) == GuildSettings()


async def test_a_server_that_is_rejoined_keeps_its_data(store: Store) -> None:
    guilds = GuildStore(store)
    await fill(store, 1)
    await guilds.mark_left(1)
    await guilds.mark_joined(1)
    await a_week_passes(store)
    await guilds.purge_left_guilds()
    assert await count_rows(store, 1) == 6


async def test_detects_at_startup_that_a_server_was_left(store: Store) -> None:
    guilds = GuildStore(store)
    await fill(store, 1)
    await fill(store, 2)
    await guilds.sync_guilds({2, 3})
    await a_week_passes(store)
    await guilds.purge_left_guilds()
    assert (await count_rows(store, 1), await count_rows(store, 2)) == (0, 5)


async def test_the_client_marks_guilds_as_left_and_joined(world: World) -> None:
    bot: Any = world.env.bot
    await world.ask("Is black tea fermented?")
    guild = bot.get_guild(world.env.guild.id)
    await bot.on_guild_remove(guild)
    left = "SELECT left_at IS NOT NULL FROM servers"
    assert await bot.answers.store.fetch_all(left) == [(1,)]
    await bot.on_guild_join(guild)
    assert await bot.answers.store.fetch_all(left) == [(0,)]


async def test_purges_texts_after_the_retention_time_of_the_server(store: Store) -> None:
    guilds = GuildStore(store)
    for guild in (1, 2):
        await fill(store, guild)
    await guilds.update(2, retention_days=90)
    old = int(time.time()) - 40 * DAY_SECONDS
    for table, column in (("answers", "created"), ("unanswered", "asked_at"), ("votes", "cast_at")):
        await store.execute(f"UPDATE {table} SET {column} = ?", (old,))  # noqa: S608
    await purge_expired(store, guilds)
    assert (await count_rows(store, 1), await count_rows(store, 2)) == (2, 6)


async def test_purges_texts_of_direct_messages(store: Store) -> None:
    await fill(store, 1)
    old = int(time.time()) - 31 * DAY_SECONDS
    await store.execute("UPDATE answers SET guild_id = NULL, created = ?", (old,))
    await purge_expired(store, GuildStore(store))
    assert not await store.fetch_all("SELECT * FROM answers")


# /settings


async def panel(world: World, carol: Any) -> Any:
    return (await carol.slash(world.channel, "settings")).response


def chosen(message: Any) -> dict[str, list[str]]:
    """Return the chosen values of each select menu of the panel."""
    values: dict[str, list[str]] = {}
    for component in walk(raw(message)):
        if component["type"] in {3, 8}:
            name = component["custom_id"].removeprefix("quoth:set:")
            values[name] = [
                option["label"] for option in component.get("options", ()) if option.get("default")
            ]
            values[name] += [str(value["id"]) for value in component.get("default_values", ())]
    return values


async def pick(carol: Any, message: Any, name: str, *values: Any) -> Any:
    return await carol.select(message, list(values), custom_id=f"quoth:set:{name}")


async def test_empty_choice_of_a_required_value_changes_nothing(
    world: World, carol: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shown = await panel(world, carol)
    before = chosen(shown)
    alter_event(
        world, "INTERACTION_CREATE", lambda data: data | {"data": data["data"] | {"values": []}}
    )
    await pick(carol, shown, "quotes", "5")
    assert "error" not in caplog.text
    assert chosen(shown) == before


async def test_menus_work_whose_message_is_not_described(world: World, carol: Any) -> None:
    shown = await panel(world, carol)
    alter_event(world, "INTERACTION_CREATE", lambda data: data | {"message": None})
    await pick(carol, shown, "quotes", "5")
    await pick(carol, shown, "channels", world.channel)
    bot: Any = world.env.bot
    settings = await bot.answers.guilds.get(world.env.guild.id)
    assert (settings.quotes, settings.channels) == (5, (world.channel.id,))


async def test_settings_panel_shows_the_current_values(world: World, carol: Any) -> None:
    assert chosen(await panel(world, carol)) == {
        "channels": [],
        "forums": [],
        "private": ["Visible to everyone"],
        "threads": ["In the channel"],
        "strictness": ["Balanced"],
        "quotes": ["3 quotes"],
        "cooldown_seconds": ["No minimum"],
        "retention_days": ["30 days"],
        "tell_answered": ["Say nothing"],
        "mark_changed_quotes": ["Say so in my answers in the channels"],
    }


async def test_a_setting_applies_at_once_and_after_a_restart(world: World, carol: Any) -> None:
    shown = await panel(world, carol)
    await pick(carol, shown, "quotes", "1")
    await pick(carol, shown, "private", "True")
    assert chosen(shown)["quotes"] == ["1 quote"]
    answer = await world.ask("Is black tea fermented?")
    assert answer.ephemeral
    assert text(answer).count("paragraph") == 1
    await world.restart()
    assert chosen(await panel(world, carol))["quotes"] == ["1 quote"]
    await pick(carol, shown, "quotes", "2")
    assert chosen(shown)["private"] == ["Visible only to the member who asked"]


async def test_strictness_changes_the_verdict(world: World, carol: Any) -> None:
    await pick(carol, await panel(world, carol), "strictness", "strict")
    before = text(await world.ask("What about caffeine?"))
    assert "comes closest" not in before
    await pick(carol, await panel(world, carol), "strictness", "generous")
    assert "Robusta" in text(await world.ask("What about caffeine?"))


async def test_answers_mentions_only_in_chosen_channels_and_threads(
    world: World, carol: Any
) -> None:
    other = world.env.guild.create_text_channel("other")
    shown = await panel(world, carol)
    await pick(carol, shown, "channels", other)
    assert chosen(shown)["channels"] == [str(other.id)]
    question = f"<@{world.env.bot.user.id}> Is black tea fermented?"  # type: ignore[union-attr]
    await world.alice.send(world.channel, question)
    assert not world.channel.last_message.author.bot
    await world.alice.send(other, question)
    assert "Black tea" in text(other.last_message)
    first = await world.alice.send(other, "Let us talk of tea")
    await first.create_thread(name="tea")
    await world.alice.send(other.threads[0], question)
    assert "Black tea" in text(other.threads[0].last_message)
    await pick(carol, shown, "channels")
    await world.alice.send(world.channel, question)
    assert "Black tea" in text(world.channel.last_message)


async def test_a_deleted_channel_does_not_silence_the_bot(world: World, carol: Any) -> None:
    other = world.env.guild.create_text_channel("other")
    await pick(carol, await panel(world, carol), "channels", other)
    bot: Any = world.env.bot
    await bot.get_channel(other.id).delete()
    await world.env.settle()
    assert "Black tea" in text(await world.mention("Is black tea fermented?"))
    assert chosen(await panel(world, carol))["channels"] == []


async def test_members_cannot_change_settings(world: World, carol: Any) -> None:
    shown = await panel(world, carol)
    world.env.backend.get_message(shown.channel_id, shown.id).flags &= ~64  # as if others saw it
    result = await pick(world.alice, shown, "quotes", "1")
    assert text(result.response) == MESSAGES.only_managers
    assert chosen(await panel(world, carol))["quotes"] == ["3 quotes"]


# Forums


async def post(world: World, forum: Any, title: str) -> Any:
    """Create a member's post, and return the thread as Discord sends it."""
    bot: Any = world.env.bot
    channel = bot.get_channel(forum.id)
    created = await channel.create_thread(name=title, content="Please help.")
    await world.env.settle()
    bot.posts = ForumPosts()  # it was announced as the bot's own, which the caller changes
    return created.thread


async def test_answers_the_title_of_a_post_in_a_chosen_forum(world: World, carol: Any) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await pick(carol, await panel(world, carol), "forums", forum)
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented for hours?")
    thread.owner_id = world.alice.id
    await bot.on_thread_create(thread)
    await world.env.settle()
    shown = [text(message) async for message in thread.history()]
    assert any("Black tea is fermented" in each for each in shown)


async def test_ignores_other_forums_and_posts_without_an_answer(world: World, carol: Any) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented?")
    thread.owner_id = world.alice.id
    await bot.on_thread_create(thread)
    assert len([message async for message in thread.history()]) == 1
    await pick(carol, await panel(world, carol), "forums", forum)
    thread = await post(world, forum, "Kdo vyhrál hokej?")
    thread.owner_id = world.alice.id
    await bot.on_thread_create(thread)
    assert len([message async for message in thread.history()]) == 1


async def test_retries_until_a_new_post_can_be_answered(world: World, carol: Any) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await pick(carol, await panel(world, carol), "forums", forum)
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented for hours?")
    thread.owner_id = world.alice.id
    world.env.inject_error("POST", f"/channels/{thread.id}/messages", status=403, code=40058)
    await bot.on_thread_create(thread)
    shown = [text(message) async for message in thread.history()]
    assert any("Black tea is fermented" in each for each in shown)


async def create_post(world: World, carol: Any, title: str, owner_id: int | None = None) -> Any:
    """Create a post in a chosen forum, and let the bot see it."""
    forum = world.env.guild.create_forum_channel("questions")
    await pick(carol, await panel(world, carol), "forums", forum)
    thread = await post(world, forum, title)
    thread.owner_id = owner_id or world.alice.id
    bot: Any = world.env.bot
    await bot.on_thread_create(thread)
    await world.env.settle()
    return thread


async def bot_messages(thread: Any) -> list[Any]:
    """Return what the bot sent below the first message, newest first."""
    return [message async for message in thread.history()][:-1]


async def test_unanswered_posts_reach_the_curators(world: World, carol: Any) -> None:
    thread = await create_post(world, carol, "Kdo vyhrál hokej?")
    assert await bot_messages(thread) == []
    listed = text((await carol.slash(world.channel, "curate unanswered")).response)
    assert "Kdo vyhrál hokej?" in listed
    assert f"/{thread.id}/{thread.id}" in listed
    await world.alice.slash(world.channel, "privacy forget-me")
    listed = text((await carol.slash(world.channel, "curate unanswered")).response)
    assert "Kdo vyhrál hokej?" not in listed


async def test_posts_of_bots_and_webhooks_are_not_answered(world: World, carol: Any) -> None:
    robot = world.env.create_user("robot", bot=True)
    title = "Is black tea fermented for hours?"
    assert await bot_messages(await create_post(world, carol, title, robot.id)) == []
    assert await bot_messages(await create_post(world, carol, title, owner_id=12345)) == []


async def test_one_word_titles_are_not_lectured(world: World, carol: Any) -> None:
    class OneWordSearcher(FakeSearcher):
        def ask(self, question: str, **options: Any) -> Answer:
            answer = super().ask(question, **options)
            return replace(answer, input_kind=InputKind.ONE_WORD)

    world.fake_index.searcher = OneWordSearcher("two")
    (answer,) = await bot_messages(await create_post(world, carol, "coffee"))
    assert ENGLISH.single_word not in text(answer)
    assert ENGLISH.closest_passages in text(answer)


async def test_the_author_of_a_post_may_delete_the_answer(world: World, carol: Any) -> None:
    thread = await create_post(world, carol, "Is black tea fermented for hours?")
    (answer,) = await bot_messages(thread)
    await world.press(answer, "Delete")
    assert await bot_messages(thread) == []


async def first_message(world: World, thread: Any, content: str) -> Any:
    """Return a post's first message, edited to mention the bot; it has the post's id."""
    bot: Any = world.env.bot
    (first,) = [message async for message in thread.history()]
    first.content, first.mentions = f"<@{bot.user.id}> {content}", [bot.user]
    first.id, first.author = thread.id, SimpleNamespace(id=world.alice.id, bot=False)
    return first


async def test_a_post_that_also_mentions_the_bot_is_answered_once(world: World, carol: Any) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await pick(carol, await panel(world, carol), "forums", forum)
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented for hours?")
    thread.owner_id = world.alice.id
    first = await first_message(world, thread, "do you know?")
    await asyncio.gather(bot.on_thread_create(thread), bot.on_message(first))
    assert len([message async for message in thread.history()]) == 2


async def test_a_mention_in_a_post_is_asked_with_its_title(world: World) -> None:
    thread = await post(world, world.env.guild.create_forum_channel("questions"), "Black tea")
    first = await first_message(world, thread, "")
    assert prefix_title(first, "is it fermented?") == "Black tea is it fermented?"
    assert prefix_title(first, "") == "Black tea"
    assert prefix_title(first, "x" * 301) == "x" * 301
    first.id += 1
    assert prefix_title(first, "is it fermented?") == "is it fermented?"


async def test_answers_cannot_be_used_in_another_server(world: World) -> None:
    await world.ask("Is black tea fermented?")
    bot: Any = world.env.bot
    (row,) = await bot.answers.store.fetch_all("SELECT id FROM answers")
    answer_id, other = row[0], AskContext(guild=1, channel=2, member=3)
    answers = bot.answers
    attempts = [
        answers.get_page(answer_id, 3, other),
        answers.restore(answer_id, other),
        answers.get_context(answer_id, 1, 0, other),
        answers.get_article(answer_id, 1, other),
        answers.vote(answer_id, False, other, None),
        answers.add_vote_comment(answer_id, "tea", other),
        answers.load(answer_id, AskContext()),
    ]
    for attempt in attempts:
        with pytest.raises(AnswerGone, match="no longer have this answer"):
            await attempt
    page = await answers.ask_follow_up(answer_id, "what about it?", other)
    assert page.question.text == "what about it?"
    assert await get_question_groups(answers.store, 1) == []
