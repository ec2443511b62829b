"""Collections per channel, answers in threads and curator roles."""

import json
from typing import Any

import discord
import pytest

from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from bot.ui.curate.channels_view import collection_value
from tests.discord.transport.test_partial_gateway import alter_event
from tests.support.discord_fakes import FakeIndex, World
from tests.support.discord_messages import labels, text, texts, walk

MESSAGES = CuratorMessages()
COFFEE = "What about the caffeine of robusta?"
TEA = "Is black tea fermented?"


@pytest.fixture
def carol(world: World) -> Any:
    """A member who may manage the server."""
    guild = world.env.guild
    role = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(world.env.create_user("carol"), roles=[role])


async def panel(world: World, carol: Any, page: str) -> Any:
    shown = (await carol.slash(world.channel, "settings")).response
    await world.press(shown, page, carol)
    return shown


async def choose(carol: Any, message: Any, name: str, *values: Any) -> Any:
    return await carol.select(message, list(values), custom_id=f"quoth:set:{name}")


async def limit_channel(world: World, carol: Any, channel: Any, *collections: str) -> Any:
    """Choose the collections of a channel, or of all other channels for 0."""
    shown = await panel(world, carol, MESSAGES.settings_channels)
    if channel:
        await carol.select(shown, [channel], custom_id="quoth:set-channel")
    else:
        await world.press(shown, MESSAGES.other_channels, carol)
    custom_id = f"quoth:set-collections:{channel.id if channel else 0}:0"
    await carol.select(shown, list(map(collection_value, collections)), custom_id=custom_id)
    return shown


async def ask_in(world: World, channel: Any, question: str) -> str:
    return text((await world.alice.slash(channel, "ask", question=question)).response)


async def test_a_channel_answers_from_its_collections_only(world: World, carol: Any) -> None:
    drinks = world.env.guild.create_text_channel("drinks")
    shown = await limit_channel(world, carol, drinks, "drinks")
    assert f"<#{drinks.id}>: drinks" in texts(shown)[1]
    assert "Robusta" in await ask_in(world, drinks, COFFEE)
    assert "Black tea" not in await ask_in(world, drinks, TEA)
    assert "Black tea" in await ask_in(world, world.channel, TEA)
    listed = (await world.alice.slash(drinks, "sources")).response
    assert "Coffee" in text(listed)
    assert "All about tea" not in text(listed)


async def test_a_limit_holds_in_threads_and_after_a_restart(world: World, carol: Any) -> None:
    drinks = world.env.guild.create_text_channel("drinks")
    await limit_channel(world, carol, drinks, "drinks")
    await world.restart()
    first = await world.alice.send(drinks, "Let us talk")
    await first.create_thread(name="tea")
    thread = drinks.threads[0]
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> {TEA}")  # type: ignore[union-attr]
    assert "Black tea" not in text(thread.last_message)


async def test_all_other_channels_can_be_limited_together(world: World, carol: Any) -> None:
    staff = world.env.guild.create_text_channel("staff")
    await limit_channel(world, carol, staff, "drinks", "")
    await limit_channel(world, carol, 0, "")
    assert "Robusta" in await ask_in(world, staff, COFFEE)
    assert "Robusta" not in await ask_in(world, world.channel, COFFEE)
    await limit_channel(world, carol, 0)
    assert "Robusta" in await ask_in(world, world.channel, COFFEE)


async def test_more_than_25_collections_are_shown_on_pages(
    world: World, carol: Any, fake_index: FakeIndex
) -> None:
    article = fake_index.searcher.articles["tea.md"]
    fake_index.searcher.articles |= {f"{number:02}/tea.md": article for number in range(40)}
    await world.restart()
    shown = await limit_channel(world, carol, 0, "03")
    await world.press(shown, MESSAGES.next_page, carol)
    values = [collection_value("39"), collection_value("drinks")]
    await carol.select(shown, values, custom_id="quoth:set-collections:0:1")
    assert texts(shown)[1] == f"{MESSAGES.other_channels}: 03, 39, drinks"


async def test_unanswered_questions_are_asked_again_in_their_channel(
    world: World, carol: Any, fake_index: FakeIndex
) -> None:
    drinks = world.env.guild.create_text_channel("drinks")
    await limit_channel(world, carol, drinks, "drinks")
    await ask_in(world, drinks, TEA)
    await carol.slash(world.channel, "curate rebuild")
    listed = (await carol.slash(world.channel, "curate unanswered")).response
    assert TEA in text(listed)


async def test_operators_bindings_come_before_the_choice(
    world: World, carol: Any, fake_index: FakeIndex
) -> None:
    await limit_channel(world, carol, world.channel, "")
    fake_index.bindings = {world.env.guild.id: ("drinks",)}
    await world.restart()
    assert "Black tea" not in await ask_in(world, world.channel, TEA)
    assert "Robusta" in await ask_in(world, world.channel, COFFEE)


# Answers in threads.


async def test_mentions_are_answered_in_a_thread(world: World, carol: Any) -> None:
    shown = (await carol.slash(world.channel, "settings")).response
    await choose(carol, shown, "threads", "True")
    await world.mention(f"{TEA} <@&5>")
    assert "Black tea" not in text(world.channel.last_message)
    (thread,) = world.channel.threads
    assert thread.name == TEA
    assert "Black tea" in text(thread.last_message)
    await world.alice.send(thread, f"<@{world.env.bot.user.id}> and white tea?")  # type: ignore[union-attr]
    assert "White tea" in text(thread.last_message)
    assert len(world.channel.threads) == 1


async def test_public_answers_to_ask_go_into_a_thread(world: World, carol: Any) -> None:
    shown = (await carol.slash(world.channel, "settings")).response
    await choose(carol, shown, "threads", "True")
    asked = await world.ask(TEA)
    assert text(asked) == f"### {TEA}"
    (thread,) = world.channel.threads
    assert "Black tea" in text(thread.last_message)
    assert "Follow-up" in labels(thread.last_message)
    private = await world.ask(TEA, private=True)
    assert "Black tea" in text(private)


async def test_without_the_permission_answers_stay_in_the_channel(world: World, carol: Any) -> None:
    shown = (await carol.slash(world.channel, "settings")).response
    await choose(carol, shown, "threads", "True")
    path = "/channels/*/messages/*/threads"
    world.env.inject_error("POST", path, status=403, code=50013, times=2)
    assert "Black tea" in text(await world.mention(TEA))
    assert "Black tea" in text(await world.ask(TEA))
    assert not world.channel.threads


# Curator roles.


@pytest.fixture
async def dave(world: World, carol: Any) -> Any:
    """A member with a curator role, for whom the server allows ``/curate``."""
    guild = world.env.guild
    role = guild.create_role("Librarians")
    dave = guild.add_member(world.env.create_user("dave"), roles=[role])
    shown = await panel(world, carol, MESSAGES.settings_people)
    await choose(carol, shown, "curator_roles", role)
    bot: Any = world.env.bot
    for command in ("curate", "settings"):
        guild.set_command_permissions(bot.command_ids[command], {role: True})
    return dave


async def test_members_with_a_curator_role_can_curate(world: World, dave: Any) -> None:
    result = await dave.slash(world.channel, "curate unanswered")
    assert MESSAGES.no_unanswered.splitlines()[1] in text(result.response)
    result = await dave.slash(world.channel, "curate rebuild")
    assert world.fake_index.build_count == 1


async def test_a_curator_role_does_not_open_the_settings(world: World, dave: Any) -> None:
    result = await dave.slash(world.channel, "settings")
    assert text(result.response) == MESSAGES.only_managers


async def test_everyone_cannot_be_a_curator_role(world: World, carol: Any) -> None:
    shown = await panel(world, carol, MESSAGES.settings_people)
    everyone = world.env.guild.default_role
    result = await choose(carol, shown, "curator_roles", everyone)
    assert text(result.followups[0]) == MESSAGES.everyone_refused
    shown_again: Any = world.env.http_requests[-2]  # Discord's menu would still say @everyone
    menu = next(
        each
        for each in walk(shown_again.json["components"])
        if each.get("custom_id") == "quoth:set:curator_roles"
    )
    assert not menu.get("default_values")
    bot: Any = world.env.bot
    command_id = bot.command_ids["curate"]
    world.env.guild.set_command_permissions(command_id, {world.alice: True})
    result = await world.alice.slash(world.channel, "curate unanswered")
    assert text(result.response) == MESSAGES.only_curators


@pytest.mark.parametrize(("name", "value"), [("retention_days", "180"), ("tone", "formal")])
async def test_a_choice_of_another_version_is_refused(
    world: World, carol: Any, name: str, value: str
) -> None:
    shown = (await carol.slash(world.channel, "settings")).response

    def change(data: Any) -> Any:
        if data["type"] == discord.InteractionType.component.value:
            data = json.loads(json.dumps(data).replace("quoth:set:private", f"quoth:set:{name}"))
            data["data"]["values"] = [value]
        return data

    alter_event(world, "INTERACTION_CREATE", change)
    result = await choose(carol, shown, "private", "True")
    assert text(result.followups[0]) == ENGLISH.unknown_control
