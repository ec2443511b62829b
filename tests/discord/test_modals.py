from dataclasses import replace
from typing import Any

import discord
import pytest
from discord import ui

from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from bot.ui.modals import LABEL_LIMIT, Form
from tests.support.discord_fakes import World
from tests.support.discord_messages import text, walk

QUESTION = "Is black tea fermented for hours?"


def field_names(opened: Any) -> list[str]:
    parts = walk(opened.modal["components"])
    return [part["component"]["custom_id"] for part in parts if part["type"] == 18]


def seed_names(world: World) -> list[str]:
    return [path.name for path in (world.folder / "seeds").iterdir()]


async def test_follow_up_form_survives_a_restart(world: World) -> None:
    opened = await world.press(await world.ask("Is black tea fermented?"), "Follow-up")
    await world.restart()
    answered = await world.alice.submit_modal(opened, {"question": "what about white tea?"})
    assert "White tea is picked by hand" in text(answered.response)


async def test_comment_form_survives_a_restart(world: World) -> None:
    vote = await world.press(await world.ask(QUESTION), "👎")
    opened = await world.press(vote.response, "Say what you wanted")
    await world.restart()
    saved = await world.alice.submit_modal(opened, {"wanted": "the temperature"})
    assert text(saved.response) == ENGLISH.feedback_saved


async def test_draft_form_survives_a_restart(world: World) -> None:
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    carol = world.env.guild.add_member(world.env.create_user("carol"), roles=[role])
    await world.ask("Zebras sleep standing?")
    questions: Any = (await carol.slash(world.channel, "curate unanswered")).response
    opened = await carol.click(questions, label=f"{CuratorMessages().write_article} 1")
    assert field_names(opened) == ["title", "text", "publisher", "url"]
    await world.restart()
    fields = {"title": "Zebras", "text": "Zebras sleep standing up."}
    await carol.submit_modal(opened, fields)
    assert seed_names(world) == ["zebras.md"]


async def test_fields_that_are_missing_count_as_empty(world: World) -> None:
    opened = await world.press(await world.ask(QUESTION), "Follow-up")
    bot: Any = world.env.bot
    read = bot._connection.parsers["INTERACTION_CREATE"]
    bot._connection.parsers["INTERACTION_CREATE"] = lambda event: read(
        event | {"data": event["data"] | {"components": []}}
    )
    result = await world.alice.submit_modal(opened, {"question": "why?"})
    assert "went wrong" not in text(result.response)


@pytest.fixture
def without_form_handlers(world: World) -> None:
    """Remove the handlers of all forms."""
    bot: Any = world.env.bot
    bot.handlers = replace(bot.handlers, forms={})


@pytest.mark.usefixtures("without_form_handlers")
async def test_form_of_another_version_says_so(world: World) -> None:
    opened = await world.press(await world.ask(QUESTION), "Follow-up")
    result = await world.alice.submit_modal(opened, {"question": "why?"})
    assert text(result.response) == ENGLISH.unknown_control
    assert result.response.flags.ephemeral


async def test_button_of_another_version_says_so(world: World) -> None:
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Old", custom_id="quoth:older:1"))
    view.stop()
    bot: Any = world.env.bot
    await bot.get_channel(world.channel.id).send(view=view)
    result = await world.alice.click(world.channel.last_message, custom_id="quoth:older:1")
    assert text(result.response) == ENGLISH.unknown_control


async def test_forms_are_not_kept_in_memory(world: World) -> None:
    reply = await world.ask(QUESTION)
    for _ in range(3):
        await world.press(reply, "Follow-up")
    bot: Any = world.env.bot
    assert bot._connection._view_store._modals == {}


async def test_long_form_labels_are_cut_to_discords_limit() -> None:
    form = Form("t" * 60, "quoth:x")
    form.add_field("name", "l" * 60, ui.TextInput[Any]())
    sent = form.to_dict()
    assert len(sent["title"]) == len(sent["components"][0]["label"]) == LABEL_LIMIT
