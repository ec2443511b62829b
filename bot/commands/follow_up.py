"""The button Follow-up: a modal asks for the next question, understood with the one before."""

from typing import Any

import discord
from discord import ui

from bot.commands.respond import check_rate_limit, is_private, messages_of, send_answer
from bot.text.context import context_of
from bot.text.messages import Messages, messages_for
from bot.ui.answer_buttons import FOLLOW, FollowUp
from bot.ui.modals import Form, submitted
from bot.ui.persistent import pressed

_LONGEST = 500  # characters of a follow-up


def follow_up_form(answer: str, words: Messages) -> Form:
    """Where the follow-up to a kept answer is written."""
    form = Form(words.follow_up_title, f"quoth:follow:{answer}")
    field = ui.TextInput[Any](placeholder=words.follow_up_hint, max_length=_LONGEST)
    form.add_field("question", words.follow_up_label, field)
    return form


@submitted(FOLLOW)
async def ask_follow_up(
    interaction: discord.Interaction[Any], state: dict[str, str], written: dict[str, str]
) -> None:
    """A new answer, private where the one before was."""
    private = is_private(interaction)
    await check_rate_limit(interaction)
    await interaction.response.defer(ephemeral=private, thinking=True)
    words = messages_of(interaction, private=private)
    where = context_of(interaction, private=private)
    desk = interaction.client.answers
    page = await desk.follow(state["answer"], written["question"], words, where)
    by = "" if private else words.asked_by.format(interaction.user.mention)
    await send_answer(interaction, page, private=private, by=by)


@pressed(FollowUp)
async def follow_up(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Show the form."""
    form = follow_up_form(state["answer"], messages_for(interaction.locale))
    await interaction.response.send_modal(form)
