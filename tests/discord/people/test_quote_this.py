"""The command "Quote this": an article of a message, and its author's say in it."""

import itertools
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.commands.curate.quote import proposed_title
from bot.commands.people.quoted_messages import own_messages_view
from bot.services.rebuild import RebuildFailed
from bot.storage.deletion import purge_expired
from bot.storage.quoted_messages import QuotedMessage
from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH, messages_for
from index.filters import Scope, private_collection
from index.types import Metadata
from tests.support.articles import read_folder
from tests.support.discord_fakes import World
from tests.support.discord_messages import labels, problems, text
from tests.support.fake_searcher import ARTICLES, FakeSearcher

STORES = ("sqlite", "postgresql")

MESSAGES = CuratorMessages()
HELP = "Rooibos steeps for seven minutes. It never gets bitter, <@5>."
QUESTION = "How many minutes does rooibos steep?"
ANSWER = "Rooibos steeps for seven minutes."


@pytest.fixture
def seeds(world: World) -> Path:
    """The articles' folder, which every rebuild of the fake index reads."""
    folder = world.folder / "seeds"
    folder.mkdir()
    (folder / "honey.md").write_text("Honey keeps for many years in a jar.")
    numbers = itertools.count()

    async def read() -> None:
        articles = {each.path: (each.metadata, each.text) for each in read_folder(folder).articles}
        searcher = FakeSearcher(f"built-{next(numbers)}", {**ARTICLES, **articles})
        world.fake_index.next_searcher = searcher

    world.fake_index.wait = read
    return folder


async def quote(world: World, carol: Any, message: Any, title: str = "Rooibos") -> Any:
    form = await carol.context_menu(world.channel, "Quote this", message)
    return await carol.submit_modal(form, {"title": title})


async def sweep(world: World) -> None:
    bot: Any = world.env.bot
    await bot.background.delete_withdrawn()
    await world.env.settle()


def article(world: World, seeds: Path, message: Any) -> str:
    folder = seeds / private_collection(world.env.guild.id)
    return (folder / f"{message.id}.md").read_text("utf-8")


def articles_in(seeds: Path) -> list[str]:
    return [path.stem for path in seeds.rglob("discord-server-*/*.md")]


async def answer(world: World) -> str:
    return text(await world.ask(QUESTION))


async def test_a_message_becomes_a_quotable_anonymous_article(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    result = await quote(world, carol, message)
    shown = text(result.response)
    assert MESSAGES.quote_saved.format("Rooibos") in shown
    assert MESSAGES.author_asked in shown
    url = f"https://discord.com/channels/{world.env.guild.id}/{world.channel.id}/{message.id}"
    written = article(world, seeds, message)
    assert f'url: "{url}"' in written
    assert 'published: "2026-01-01"' in written
    assert "alice" not in written
    assert written.endswith("Rooibos steeps for seven minutes. It never gets bitter, @….\n")
    quoted = await answer(world)
    assert ANSWER in quoted
    assert f"[Rooibos]({url}" in quoted


async def test_a_blank_title_stands_for_the_proposed_one(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    result = await quote(world, carol, message, title="  ")
    assert MESSAGES.quote_saved.format(ANSWER) in text(result.response)
    assert f'title: "{ANSWER}"' in article(world, seeds, message)


async def test_the_form_shows_text_date_link_and_a_title(world: World, carol: Any) -> None:
    message = await world.alice.send(world.channel, HELP)
    form = (await carol.context_menu(world.channel, "Quote this", message)).modal
    preview, field = form["components"]
    assert preview["content"].splitlines()[0].startswith("> Rooibos steeps")
    assert f"2026-01-01 · https://discord.com/channels/{world.env.guild.id}" in preview["content"]
    assert MESSAGES.quote_private not in preview["content"]
    assert field["component"]["value"] == ANSWER


async def test_the_form_warns_of_a_private_channel(world: World, carol: Any) -> None:
    guild = world.env.guild
    hidden = discord.PermissionOverwrite(view_channel=False)
    shown = discord.PermissionOverwrite(view_channel=True)
    staff = guild.create_text_channel(
        "staff", overwrites={guild.default_role: hidden, carol: shown, world.alice: shown}
    )
    message = await world.alice.send(staff, HELP)
    form = (await carol.context_menu(staff, "Quote this", message)).modal
    assert MESSAGES.quote_private in form["components"][0]["content"]


async def test_forwards_and_embeds_are_quoted_without_a_name(
    world: World, carol: Any, seeds: Path
) -> None:
    forwarded = await world.bob.forward(await world.alice.send(world.channel, HELP), world.channel)
    await quote(world, carol, forwarded)
    asked = world.channel.last_message
    assert f"<@{world.bob.id}>" in text(asked)
    assert labels(asked) == [ENGLISH.withdraw_message]
    assert ANSWER in article(world, seeds, forwarded)
    webhook = await world.alice.send(world.channel, "…")
    state = world.env.backend.get_message(world.channel.id, webhook.id)
    state.content = ""
    state.embeds = [{"type": "rich", "title": "Brewing", "description": HELP}]
    await quote(world, carol, webhook)
    assert "Brewing\n\nRooibos" in article(world, seeds, webhook)


async def test_only_curators_may_quote(world: World, carol: Any) -> None:
    message = await world.alice.send(world.channel, HELP)
    assert "Quote this" not in world.alice.available_commands(world.channel)
    assert "Quote this" not in text((await world.alice.slash(world.channel, "help")).response)
    assert "Quote this" in text((await carol.slash(world.channel, "help")).response)
    bot: Any = world.env.bot
    command_id = bot.command_ids["Quote this"]
    world.env.guild.set_command_permissions(command_id, {world.alice: True})
    result = await world.alice.context_menu(world.channel, "Quote this", message)
    assert text(result.response) == MESSAGES.only_curators


async def test_a_message_is_quoted_once_and_never_the_bots_own(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    again = await quote(world, carol, message)
    assert text(again.response) == MESSAGES.already_quoted
    own = world.channel.last_message
    result = await carol.context_menu(world.channel, "Quote this", own)
    assert text(result.response) == MESSAGES.own_message


async def test_a_message_without_text_is_not_quoted(world: World, carol: Any) -> None:
    picture = await world.bob.send(world.channel, "", attachments=[("a.png", b"png")])
    result = await carol.context_menu(world.channel, "Quote this", picture)
    assert text(result.response) == MESSAGES.no_text_to_quote


async def test_an_unreadable_message_is_refused_with_a_reason(
    world: World, carol: Any, seeds: Path
) -> None:
    result = await quote(world, carol, await world.alice.send(world.channel, "---"))
    assert text(result.response).startswith("Not added: ")
    bot: Any = world.env.bot
    assert await bot.answers.store.fetch_all("SELECT * FROM quoted_messages") == []


async def test_after_a_restart_the_form_says_to_start_again(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    form = await carol.context_menu(world.channel, "Quote this", message)
    await world.restart()
    result = await carol.submit_modal(form, {"title": "Rooibos"})
    assert text(result.response) == MESSAGES.quote_form_expired


# The author decides.


async def test_the_author_is_asked_with_one_ping_and_can_be_named(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    asked = world.channel.last_message
    assert asked.reference.message_id == message.id
    (request,) = [
        each.json
        for each in world.env.http_requests
        if isinstance(each.json, dict) and (each.json.get("allowed_mentions") or {}).get("users")
    ]
    assert request["allowed_mentions"]["users"] == [str(world.alice.id)]
    assert not request["allowed_mentions"]["replied_user"]
    refused = await world.press(asked, ENGLISH.show_name, carol)
    assert [text(each) for each in refused.followups] == [ENGLISH.only_author_decides]
    await world.restart()
    await world.press(asked, ENGLISH.show_name)
    asked = world.channel.last_message
    assert ENGLISH.quoted_with_name in text(asked)
    assert 'author: "alice"' in article(world, seeds, message)
    await sweep(world)
    assert "alice" in (await answer(world)).split("Rooibos](")[1]
    await world.press(asked, ENGLISH.hide_name)
    assert "alice" not in article(world, seeds, message)


async def test_without_permission_the_author_is_asked_directly(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    path = f"/channels/{world.channel.id}/messages"
    world.env.inject_error("POST", path, status=403, code=50013)
    result = await quote(world, carol, message)
    assert MESSAGES.author_asked_directly in text(result.response)
    asked = world.alice.user.dm_channel.last_message
    await world.alice.user.click(asked, label=ENGLISH.withdraw_message)
    assert ANSWER not in await answer(world)


async def test_a_withdrawn_message_is_not_quoted_from_that_moment(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    asked = world.channel.last_message
    assert ANSWER in await answer(world)
    await world.press(asked, ENGLISH.withdraw_message)
    assert ANSWER not in await answer(world)
    await world.restart()  # before anything was deleted
    assert ANSWER not in await answer(world)
    await sweep(world)
    assert articles_in(seeds) == []
    assert all(str(message.id) not in path for path in world.fake_index.searcher.articles)
    builds = world.fake_index.build_count
    await sweep(world)
    assert world.fake_index.build_count == builds
    again = await quote(world, carol, message)
    assert text(again.response) == MESSAGES.quote_withdrawn


async def test_a_rollback_does_not_bring_a_withdrawn_message_back(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    await world.press(world.channel.last_message, ENGLISH.withdraw_message)
    await sweep(world)
    asked = await carol.slash(world.channel, "curate rollback")
    await world.press(asked.response, "Roll back", carol)
    assert any(str(message.id) in path for path in world.fake_index.searcher.articles)
    builds = world.fake_index.build_count
    await sweep(world)
    assert world.fake_index.build_count == builds
    assert ANSWER not in await answer(world)


async def test_a_failed_rebuild_is_tried_again_later(world: World, carol: Any, seeds: Path) -> None:
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    await world.press(world.channel.last_message, ENGLISH.withdraw_message)
    world.fake_index.build_error = RebuildFailed("no room")
    await sweep(world)
    builds = world.fake_index.build_count
    await sweep(world)
    assert world.fake_index.build_count == builds
    world.fake_index.build_error = None
    bot: Any = world.env.bot
    bot.quoted_messages.clock = lambda: 1e12
    await sweep(world)
    assert all(str(message.id) not in path for path in world.fake_index.searcher.articles)


async def test_forget_me_withdraws_all_messages_of_the_member(
    world: World, carol: Any, seeds: Path
) -> None:
    first, second = [await world.alice.send(world.channel, f"{HELP} {n}") for n in range(2)]
    other = await world.bob.send(world.channel, "Oolong rests for an hour in the shade.")
    for message in (first, second, other):
        await quote(world, carol, message)
    bot: Any = world.env.bot
    await carol.slash(world.channel, "curate pin add", question=QUESTION)
    result = await world.alice.slash(world.channel, "privacy forget-me")
    assert "2 quoted messages" in text(result.response)
    assert ANSWER not in await answer(world)
    await sweep(world)
    assert articles_in(seeds) == [str(other.id)]
    rows = await bot.answers.store.fetch_all("SELECT author, channel_id FROM quoted_messages")
    assert [tuple(row) for row in rows if row[0] is None] == [(None, None)] * 2
    assert ANSWER not in str(await bot.answers.store.fetch_all("SELECT * FROM pins"))


async def test_members_list_and_withdraw_their_messages(
    world: World, carol: Any, seeds: Path
) -> None:
    nothing = await world.bob.slash(world.channel, "privacy quoted")
    assert text(nothing.response) == ENGLISH.no_quoted_messages
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    listed = (await world.alice.slash(world.channel, "privacy quoted")).response
    assert f"/{message.id}\n" in text(listed)
    await world.press(listed, f"{ENGLISH.withdraw_message} 1")
    assert ANSWER not in await answer(world)


async def test_members_decide_on_their_name_in_the_list(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    listed = (await world.alice.slash(world.channel, "privacy quoted")).response
    shown = (await world.press(listed, f"{ENGLISH.show_name} 1")).response
    assert ENGLISH.quoted_with_name in text(shown)
    assert 'author: "alice"' in article(world, seeds, message)
    listed = (await world.alice.slash(world.channel, "privacy quoted")).response
    await world.press(listed, f"{ENGLISH.hide_name} 1")
    assert "alice" not in article(world, seeds, message)


@pytest.mark.parametrize("language", ["en-US", "de", "es-ES"])
def test_many_quoted_messages_fit_in_the_list(language: str) -> None:
    quoted = [QuotedMessage("", 2**63, 2**63, 2**63 + number) for number in range(20)]
    view: Any = own_messages_view(quoted, messages_for(discord.Locale(language)))
    assert problems({"components": view.to_components()}) == []


async def test_no_id_or_name_of_an_author_is_stored(world: World, carol: Any, seeds: Path) -> None:
    await quote(world, carol, await world.alice.send(world.channel, HELP))
    bot: Any = world.env.bot
    rows = await bot.answers.store.fetch_all("SELECT * FROM quoted_messages")
    assert str(world.alice.id) not in str(list(map(tuple, rows)))


# What happens to the message in Discord.


async def test_deleting_the_message_withdraws_the_article(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    other = await world.alice.send(world.channel, "Oolong rests for an hour in the shade.")
    for each in (message, other):
        await quote(world, carol, each)
    assert ANSWER in await answer(world)
    await world.alice.delete(message)
    assert ANSWER not in await answer(world)
    await sweep(world)
    assert articles_in(seeds) == [str(other.id)]


async def test_messages_deleted_together_are_withdrawn(
    world: World, carol: Any, seeds: Path
) -> None:
    messages = [await world.alice.send(world.channel, f"{HELP} {n}") for n in range(3)]
    for message in messages[:2]:
        await quote(world, carol, message)
    deleted = [message.id for message in messages]
    world.env.backend.bulk_delete_messages(world.channel.id, deleted)
    await world.env.settle()
    assert ANSWER not in await answer(world)
    await sweep(world)
    assert articles_in(seeds) == []


async def test_message_deleted_while_disconnected_is_withdrawn(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    other = await world.alice.send(world.channel, "Oolong rests for an hour in the shade.")
    for each in (message, other):
        await quote(world, carol, each)
    await world.alice.delete(message)
    bot: Any = world.env.bot
    row = "UPDATE quoted_messages SET withdrawn_at = NULL, channel_id = ?, author = 'x'"
    await bot.answers.store.execute(row, (world.channel.id,))  # as if it had seen nothing
    await world.restart()
    assert ANSWER in await answer(world)
    await sweep(world)
    assert ANSWER not in await answer(world)
    assert articles_in(seeds) == [str(other.id)]


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10003), (500, 0)])
async def test_message_that_cannot_be_looked_for_stays(
    world: World, carol: Any, seeds: Path, status: int, code: int
) -> None:
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    await world.restart()
    path = f"/channels/{world.channel.id}/messages/{message.id}"
    world.env.inject_error("GET", path, status=status, code=code, times=None)
    await sweep(world)
    assert articles_in(seeds) == [str(message.id)]


async def test_other_deleted_messages_cost_no_query(world: World, carol: Any, seeds: Path) -> None:
    message = await world.alice.send(world.channel, HELP)
    bot: Any = world.env.bot
    store, bot.quoted_messages._store = bot.quoted_messages._store, None  # any use would fail
    await world.alice.delete(message)
    bot.quoted_messages._store = store


async def test_message_deleted_while_its_form_is_open_is_not_quoted(
    world: World, carol: Any, seeds: Path
) -> None:
    message = await world.alice.send(world.channel, HELP)
    form = await carol.context_menu(world.channel, "Quote this", message)
    await world.alice.delete(message)
    result = await carol.submit_modal(form, {"title": "Rooibos"})
    assert text(result.response) == MESSAGES.quote_form_expired
    assert articles_in(seeds) == []


async def test_edit_is_reported_once_and_can_be_taken_over(
    world: World, carol: Any, seeds: Path
) -> None:
    bot: Any = world.env.bot
    staff = world.env.guild.create_text_channel("staff")
    await bot.answers.guilds.update(world.env.guild.id, report_channel=(staff.id,))
    message = await world.alice.send(world.channel, HELP)
    await quote(world, carol, message)
    await world.press(world.channel.last_message, ENGLISH.show_name)
    await world.env.advance_time(60)
    for words in ("eight minutes", "nine minutes"):
        await world.alice.edit(message, HELP.replace("seven minutes", words))
    url = f"https://discord.com/channels/{world.env.guild.id}/{world.channel.id}/{message.id}"
    assert text(staff.last_message) == MESSAGES.quoted_edited.format(url)
    assert len(staff.history()) == 1
    assert "seven minutes" in article(world, seeds, message)
    await world.env.advance_time(1)  # the time of a quotation is stored in whole seconds
    await quote(world, carol, message)
    assert "nine minutes" in article(world, seeds, message)
    assert "alice" not in article(world, seeds, message)  # asked again
    again = await quote(world, carol, message)
    assert text(again.response) == MESSAGES.already_quoted
    await world.env.advance_time(60)
    await world.alice.edit(message, HELP)
    assert len(staff.history()) == 2


# Other servers.


async def test_no_other_server_and_no_direct_message_sees_it(
    world: World, carol: Any, seeds: Path
) -> None:
    await quote(world, carol, await world.alice.send(world.channel, HELP))
    other = world.env.create_guild("Other")
    channel = other.create_text_channel("talk")
    member = other.add_member(world.env.create_user("dave"))
    result = await member.slash(channel, "ask", question=QUESTION)
    assert ANSWER not in text(result.response)
    listed = text((await member.slash(channel, "sources")).response)
    assert "Rooibos" not in listed
    await world.alice.send_dm(QUESTION)
    assert ANSWER not in text(world.alice.user.dm_channel.last_message)
    assert ANSWER in await answer(world)


async def test_a_bound_server_keeps_its_collections_and_its_messages(
    world: World, carol: Any, seeds: Path
) -> None:
    world.fake_index.bindings = {world.env.guild.id: ("drinks",)}
    await world.restart()
    await quote(world, carol, await world.alice.send(world.channel, HELP))
    assert ANSWER in await answer(world)
    assert "Robusta" in text(await world.ask("What about the caffeine of robusta?"))
    assert "Black tea" not in text(await world.ask("Is black tea fermented?"))


def test_programs_do_not_see_private_collections() -> None:
    searcher = FakeSearcher(articles={"discord-server-1/2.md": (Metadata("x"), "text")})
    (source,) = searcher.opened.sources()
    assert not Scope(private_collections=()).allows(source)
    assert Scope(collections=("discord-server-1",), private_collections=()).allows(source)
    assert Scope().allows(source)


async def test_messages_of_a_left_server_are_deleted_with_its_data(
    world: World, carol: Any, seeds: Path
) -> None:
    await quote(world, carol, await world.alice.send(world.channel, HELP))
    bot: Any = world.env.bot
    guilds = bot.answers.guilds
    await guilds.mark_left(world.env.guild.id)
    await bot.answers.store.execute("UPDATE servers SET left_at = 1")
    await purge_expired(bot.answers.store, guilds)
    await bot.quoted_messages.load_withdrawn()
    await sweep(world)
    assert articles_in(seeds) == []
    rows = await bot.answers.store.fetch_all("SELECT guild_id, author FROM quoted_messages")
    assert list(map(tuple, rows)) == [(None, None)]


# Titles.


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("## How to **reset**\nFirst stop it.", "How to reset"),
        ("> Stop it first. Then start it.", "Stop it first."),
        ("<@1> <:smile:2> hello", "hello"),
        ("word " * 60, "word " * 17 + "word…"),
        ("x" * 200, "x" * 90 + "…"),
        ("\n\n", ""),
    ],
)
def test_proposes_the_first_sentence_as_a_title(message: str, title: str) -> None:
    assert proposed_title(message, None) == title
