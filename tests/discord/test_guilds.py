import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.commands.forum import with_title
from bot.config.settings import Settings, read_settings
from bot.services.answers import AnswerGone
from bot.storage.database import Store
from bot.storage.guilds import GuildSettings, GuildStore
from bot.storage.retention import DAY_SECONDS, purge
from bot.storage.unanswered import groups_of
from bot.text.context import AskContext
from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from index.errors import SettingsError
from index.filters import Scope
from index.search.verdict import Strictness
from tests.support.discord_fakes import World, raw, text, walk

WORDS = CuratorMessages()


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store.sqlite3")
    await made.open()
    return made


@pytest.fixture
def carol(world: World) -> Any:
    """A member who may manage the server."""
    guild = world.env.guild
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(world.env.create_user("carol"), roles=[role])


async def test_what_a_server_chose_is_kept_and_the_rest_follows_the_operator(store: Store) -> None:
    await GuildStore(store).change(1, strictness=Strictness.STRICT, channels=(7, 8))
    later = GuildStore(store, default=GuildSettings(quotes=5))
    assert await later.of(1) == GuildSettings(
        channels=(7, 8), strictness=Strictness.STRICT, quotes=5
    )
    assert await later.of(2) == GuildSettings(quotes=5)


async def test_two_settings_changed_at_once_are_both_kept(store: Store) -> None:
    servers = GuildStore(store)
    await servers.of(1)
    await asyncio.gather(servers.change(1, quotes=5), servers.change(1, private=True))
    wanted = GuildSettings(quotes=5, private=True)
    assert (await servers.of(1), await GuildStore(store).of(1)) == (wanted, wanted)


async def test_settings_that_cannot_be_read_are_the_defaults(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for guild, stored in enumerate(["{", "[]", '{"strictness": "mad"}', '{"channels": 3}'], 1):
        await store.write("INSERT INTO servers (guild_id, settings) VALUES (?, ?)", (guild, stored))
        assert await GuildStore(store).of(guild) == GuildSettings()
    assert "cannot be read" in caplog.text


async def test_a_setting_of_another_version_is_passed_over(store: Store) -> None:
    stored = '{"x": 1, "quotes": 2}'
    await store.write("INSERT INTO servers (guild_id, settings) VALUES (1, ?)", (stored,))
    assert await GuildStore(store).of(1) == GuildSettings(quotes=2)


async def test_a_bound_server_sees_its_collections_and_others_what_is_nobodys(
    store: Store,
) -> None:
    servers = GuildStore(store, {1: ("news", "help"), 2: ("private",)})
    assert servers.scope(1) == Scope(collections=("news", "help"))
    assert servers.scope(3) == servers.scope(None) == Scope(closed=("help", "news", "private"))
    assert servers.sees(1, "news/a.md")
    assert not servers.sees(1, "a.md")
    assert not servers.sees(3, "private/a.md")
    assert not servers.sees(3, "'private/a\\u202e.md'")
    assert servers.sees(3, "a.md")


@pytest.mark.parametrize(
    ("bindings", "curators", "guild", "among", "own", "shared"),
    [
        ({}, (), 1, 1, True, True),
        ({}, (), 1, 2, False, False),
        ({}, (1,), 1, 2, True, True),
        ({}, (2,), 1, 1, False, False),
        ({1: ("news",)}, (), 1, 2, True, False),
        ({1: ("news",)}, (), 2, 2, False, False),
    ],
)
async def test_who_may_change_articles_is_decided_safely(
    store: Store,
    bindings: dict[int, tuple[str, ...]],
    curators: tuple[int, ...],
    guild: int,
    among: int,
    own: bool,
    shared: bool,
) -> None:
    servers = GuildStore(store, bindings, curators)
    assert servers.may_change(guild, among) is own
    assert servers.may_change_shared(guild, among) is shared


def test_bindings_and_curators_are_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUOTH_COLLECTIONS", "12=news+help; 98=private;")
    monkeypatch.setenv("QUOTH_CURATORS", "12, 98")
    settings = read_settings()
    assert settings.collections == {12: ("news", "help"), 98: ("private",)}
    assert settings.curators == (12, 98)
    assert Settings().curators == (12, 98)


async def test_what_the_operator_set_holds_until_curators_choose(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_STRICTNESS", "strict")
    monkeypatch.setenv("QUOTH_QUOTES", "5")
    servers = GuildStore.of_settings(store, read_settings())
    assert await servers.of(None) == GuildSettings(strictness=Strictness.STRICT, quotes=5)
    await servers.change(1, strictness=Strictness.BALANCED)
    monkeypatch.setenv("QUOTH_STRICTNESS", "generous")
    later = GuildStore.of_settings(store, read_settings())
    assert (await later.of(1)).strictness is Strictness.BALANCED
    assert (await later.of(2)).strictness is Strictness.GENEROUS


@pytest.mark.parametrize("wrong", ["12", "12=", "12=a/b", "12=..", "x=news", "12=news+"])
def test_wrong_bindings_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("QUOTH_COLLECTIONS", wrong)
    with pytest.raises(SettingsError, match="QUOTH_COLLECTIONS"):
        read_settings()


# Servers that are left


async def fill(store: Store, guild: int) -> None:
    """A row in each table that says whose it is."""
    now, name = int(time.time()), str(guild)
    rows = {
        "asked": {"verdict": "answered", "seconds": 1, "asked_at": now},
        "pins": {"question": "q", "verdict": "answered", "pinned_at": now},
        "unanswered": {"question": "q", "reason": "nothing", "asked_at": now},
        "votes": {"answer": "a", "voter": name, "up": 1, "cast_at": now},
        "answers": {"id": name, "created": now, "snapshot": "s", "question": "q", "shown": "[]"},
    }
    for table, values in rows.items():
        names = ", ".join(["guild_id", *values])
        marks = ", ".join("?" * (len(values) + 1))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        await store.write(sql, (guild, *values.values()))


async def rows_of(store: Store, guild: int) -> int:
    tables = ("asked", "pins", "unanswered", "votes", "answers", "servers")
    counts = [
        await store.row(f"SELECT count(*) FROM {table} WHERE guild_id = ?", (guild,))  # noqa: S608
        for table in tables
    ]
    return sum(int(row[0]) for row in counts if row)


async def test_what_is_kept_of_a_server_that_was_left_goes_after_a_week(store: Store) -> None:
    servers = GuildStore(store)
    for guild in (1, 2):
        await fill(store, guild)
        await servers.change(guild, quotes=1)
    await servers.left(1)
    await purge(store, servers)
    assert await rows_of(store, 1) == 6
    await servers.purge(after_seconds=-5)
    assert (await rows_of(store, 1), await rows_of(store, 2)) == (0, 6)
    assert (await servers.of(1)).quotes == 3


async def test_a_server_that_was_left_and_joined_again_keeps_what_it_had(store: Store) -> None:
    servers = GuildStore(store)
    await fill(store, 1)
    await servers.left(1)
    await servers.joined(1)
    await servers.purge(after_seconds=-5)
    assert await rows_of(store, 1) == 6


async def test_a_removal_while_the_bot_was_away_is_noticed_at_its_start(store: Store) -> None:
    servers = GuildStore(store)
    await fill(store, 1)
    await fill(store, 2)
    await servers.seen({2, 3})
    await servers.purge(after_seconds=-5)
    assert (await rows_of(store, 1), await rows_of(store, 2)) == (0, 5)


async def test_the_client_notes_when_it_is_removed_and_when_it_is_back(world: World) -> None:
    bot: Any = world.env.bot
    await world.ask("Is black tea fermented?")
    guild = bot.get_guild(world.env.guild.id)
    await bot.on_guild_remove(guild)
    left = "SELECT left_at IS NOT NULL FROM servers"
    assert await bot.answers._store.rows(left) == [(1,)]
    await bot.on_guild_join(guild)
    assert await bot.answers._store.rows(left) == [(0,)]


async def test_each_server_keeps_texts_as_long_as_it_chose(store: Store) -> None:
    servers = GuildStore(store)
    for guild in (1, 2):
        await fill(store, guild)
    await servers.change(2, retention_days=90)
    old = int(time.time()) - 40 * DAY_SECONDS
    for table, column in (("answers", "created"), ("unanswered", "asked_at"), ("votes", "cast_at")):
        await store.write(f"UPDATE {table} SET {column} = ?", (old,))  # noqa: S608
    await purge(store, servers)
    assert (await rows_of(store, 1), await rows_of(store, 2)) == (2, 6)


async def test_texts_of_direct_messages_are_kept_no_longer_than_promised(store: Store) -> None:
    await fill(store, 1)
    old = int(time.time()) - 31 * DAY_SECONDS
    await store.write("UPDATE answers SET guild_id = NULL, created = ?", (old,))
    await purge(store, GuildStore(store))
    assert not await store.rows("SELECT * FROM answers")


# /settings


async def panel(world: World, carol: Any) -> Any:
    return (await carol.slash(world.channel, "settings")).response


def chosen(message: Any) -> dict[str, list[str]]:
    """What each list of the panel shows as chosen."""
    found: dict[str, list[str]] = {}
    for one in walk(raw(message)):
        if one["type"] in {3, 8}:
            name = one["custom_id"].removeprefix("quoth:set:")
            found[name] = [o["label"] for o in one.get("options", ()) if o.get("default")]
            found[name] += [str(value["id"]) for value in one.get("default_values", ())]
    return found


async def pick(carol: Any, message: Any, name: str, *values: Any) -> Any:
    return await carol.select(message, list(values), custom_id=f"quoth:set:{name}")


async def test_the_settings_show_what_holds(world: World, carol: Any) -> None:
    assert chosen(await panel(world, carol)) == {
        "channels": [],
        "forums": [],
        "private": ["Shown to everybody"],
        "strictness": ["Balanced"],
        "quotes": ["3 quotations"],
        "cooldown_seconds": ["None"],
        "retention_days": ["30 days"],
        "tell_answered": ["Say nothing"],
    }


async def test_a_setting_holds_at_once_and_after_a_restart(world: World, carol: Any) -> None:
    shown = await panel(world, carol)
    await pick(carol, shown, "quotes", "1")
    await pick(carol, shown, "private", "True")
    assert chosen(shown)["quotes"] == ["1 quotation"]
    answer = await world.ask("Is black tea fermented?")
    assert answer.ephemeral
    assert text(answer).count("paragraph") == 1
    await world.restart()
    assert chosen(await panel(world, carol))["quotes"] == ["1 quotation"]
    await pick(carol, shown, "quotes", "2")
    assert chosen(shown)["private"] == ["Shown to who asks"]


async def test_strictness_reaches_the_judge(world: World, carol: Any) -> None:
    question = "Is black tea fermented?"
    await pick(carol, await panel(world, carol), "strictness", "strict")
    before = text(await world.ask("What about caffeine?"))
    assert "comes closest" not in before
    await pick(carol, await panel(world, carol), "strictness", "generous")
    assert "Robusta" in text(await world.ask("What about caffeine?"))
    assert question


async def test_mentions_are_answered_in_the_chosen_channels_and_their_threads_only(
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


async def test_a_member_cannot_change_a_setting(world: World, carol: Any) -> None:
    shown = await panel(world, carol)
    world.env.backend.get_message(shown.channel_id, shown.id).flags &= ~64  # as if others saw it
    result = await pick(world.alice, shown, "quotes", "1")
    assert text(result.response) == WORDS.only_curators
    assert chosen(await panel(world, carol))["quotes"] == ["3 quotations"]


# Forums


async def post(world: World, forum: Any, title: str) -> Any:
    """A member's new post, as Discord tells of it."""
    bot: Any = world.env.bot
    channel = bot.get_channel(forum.id)
    created = await channel.create_thread(name=title, content="Please help.")
    await world.env.settle()
    return created.thread


async def test_new_posts_of_a_chosen_forum_are_answered_by_their_titles(
    world: World, carol: Any
) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await pick(carol, await panel(world, carol), "forums", forum)
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented for hours?")
    thread.owner_id = world.alice.id
    await bot.on_thread_create(thread)
    await world.env.settle()
    shown = [text(one) async for one in thread.history()]
    assert any("Black tea is fermented" in one for one in shown)


async def test_in_other_forums_and_without_an_answer_it_is_quiet(world: World, carol: Any) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented?")
    thread.owner_id = world.alice.id
    await bot.on_thread_create(thread)
    assert len([one async for one in thread.history()]) == 1
    await pick(carol, await panel(world, carol), "forums", forum)
    thread = await post(world, forum, "Kdo vyhrál hokej?")
    thread.owner_id = world.alice.id
    await bot.on_thread_create(thread)
    assert len([one async for one in thread.history()]) == 1


async def test_a_post_that_is_not_there_yet_is_waited_for(world: World, carol: Any) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await pick(carol, await panel(world, carol), "forums", forum)
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented for hours?")
    thread.owner_id = world.alice.id
    world.env.inject_error("POST", f"/channels/{thread.id}/messages", status=403, code=40058)
    await bot.on_thread_create(thread)
    shown = [text(one) async for one in thread.history()]
    assert any("Black tea is fermented" in one for one in shown)


async def starter(world: World, thread: Any, words: str) -> Any:
    """The first message of a post, mentioning the bot; Discord gives it the post's own id."""
    bot: Any = world.env.bot
    (first,) = [one async for one in thread.history()]
    first.content, first.mentions = f"<@{bot.user.id}> {words}", [bot.user]
    first.id, first.author = thread.id, SimpleNamespace(id=world.alice.id, bot=False)
    return first


async def test_a_post_that_mentions_the_bot_as_well_is_answered_once(
    world: World, carol: Any
) -> None:
    forum = world.env.guild.create_forum_channel("questions")
    await pick(carol, await panel(world, carol), "forums", forum)
    bot: Any = world.env.bot
    thread = await post(world, forum, "Is black tea fermented for hours?")
    thread.owner_id = world.alice.id
    first = await starter(world, thread, "do you know?")
    await asyncio.gather(bot.on_thread_create(thread), bot.on_message(first))
    assert len([one async for one in thread.history()]) == 2


async def test_a_mention_in_a_post_asks_with_its_title(world: World) -> None:
    thread = await post(world, world.env.guild.create_forum_channel("questions"), "Black tea")
    first = await starter(world, thread, "")
    assert with_title(first, "is it fermented?") == "Black tea is it fermented?"
    assert with_title(first, "") == "Black tea"
    assert with_title(first, "x" * 301) == "x" * 301
    first.id += 1
    assert with_title(first, "is it fermented?") == "is it fermented?"


async def test_an_answer_of_one_server_does_not_exist_in_another(world: World) -> None:
    await world.ask("Is black tea fermented?")
    bot: Any = world.env.bot
    (row,) = await bot.answers._store.rows("SELECT id FROM answers")
    identity, other = row[0], AskContext(guild=1, channel=2, member=3)
    desk = bot.answers
    attempts = [
        desk.turn(identity, 3, ENGLISH, other),
        desk.again(identity, ENGLISH, other),
        desk.read(identity, 1, 0, ENGLISH, other),
        desk.text(identity, 1, ENGLISH, other),
        desk.vote(identity, False, other, None, ENGLISH),
        desk.wanted(identity, "tea", other, ENGLISH),
        desk.kept(identity, ENGLISH, AskContext()),
    ]
    for attempt in attempts:
        with pytest.raises(AnswerGone, match="no longer keep this answer"):
            await attempt
    page = await desk.follow(identity, "what about it?", ENGLISH, other)
    assert page.question.text == "what about it?"
    assert await groups_of(desk._store, 1) == []
