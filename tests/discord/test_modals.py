from typing import Any

import discord
import pytest
from discord import ui

from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from bot.ui.modals import LABEL_LIMIT, Form
from tests.support.discord_fakes import World, text, walk

QUESTION = "Is black tea fermented for hours?"


def names(opened: Any) -> list[str]:
    parts = walk(opened.modal["components"])
    return [one["component"]["custom_id"] for one in parts if one["type"] == 18]


def seed_names(world: World) -> list[str]:
    return [one.name for one in (world.store.parent / "seeds").iterdir()]


async def test_a_follow_up_written_while_the_bot_restarted_is_answered(world: World) -> None:
    opened = await world.press(await world.ask("Is black tea fermented?"), "Follow-up")
    await world.restart()
    answered = await world.alice.submit_modal(opened, {"question": "what about white tea?"})
    assert "White tea is picked by hand" in text(answered.response)


async def test_what_was_wanted_is_noted_after_a_restart(world: World) -> None:
    voted = await world.press(await world.ask(QUESTION), "👎")
    opened = await world.press(voted.response, "Say what you wanted")
    await world.restart()
    noted = await world.alice.submit_modal(opened, {"wanted": "the temperature"})
    assert text(noted.response) == ENGLISH.wanted_noted


async def test_an_article_written_while_the_bot_restarted_is_not_lost(world: World) -> None:
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    carol = world.env.guild.add_member(world.env.create_user("carol"), roles=[role])
    await world.ask("Zebras sleep standing?")
    listed: Any = (await carol.slash(world.channel, "curate unanswered")).response
    opened = await carol.click(listed, label=f"{CuratorMessages().draft} 1")
    assert names(opened) == ["title", "text", "publisher", "url"]
    await world.restart()
    written = {"title": "Zebras", "text": "Zebras sleep standing up."}
    await carol.submit_modal(opened, written)
    assert seed_names(world) == ["zebras.md"]


@pytest.fixture
def older(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot knows none of the forms that it shows."""
    monkeypatch.setattr("bot.ui.modals._SUBMITS", {})


@pytest.mark.usefixtures("older")
async def test_a_form_of_another_version_says_so(world: World) -> None:
    opened = await world.press(await world.ask(QUESTION), "Follow-up")
    result = await world.alice.submit_modal(opened, {"question": "why?"})
    assert text(result.response) == ENGLISH.unknown
    assert result.response.flags.ephemeral


async def test_a_button_of_another_version_says_so(world: World) -> None:
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Old", custom_id="quoth:older:1"))
    view.stop()
    bot: Any = world.env.bot
    await bot.get_channel(world.channel.id).send(view=view)
    result = await world.alice.click(world.channel.last_message, custom_id="quoth:older:1")
    assert text(result.response) == ENGLISH.unknown


async def test_forms_that_nobody_sends_are_not_remembered(world: World) -> None:
    shown = await world.ask(QUESTION)
    for _ in range(3):
        await world.press(shown, "Follow-up")
    bot: Any = world.env.bot
    assert bot._connection._view_store._modals == {}


async def test_long_labels_of_a_form_are_cut_to_what_discord_takes() -> None:
    form = Form("t" * 60, "quoth:x")
    form.add_field("name", "l" * 60, ui.TextInput[Any]())
    sent = form.to_dict()
    assert len(sent["title"]) == len(sent["components"][0]["label"]) == LABEL_LIMIT
