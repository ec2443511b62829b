"""The buttons 👍 and 👎, and the form for what was wanted."""

from typing import Any

import discord
from discord import ui

from bot.commands.respond import is_private
from bot.storage.votes import Vote
from bot.text.context import context_of
from bot.text.messages import Messages, messages_for
from bot.ui.answer_buttons import WANTED, CastVote, SayWanted
from bot.ui.answer_view import line_view, show
from bot.ui.modals import Form, submitted
from bot.ui.persistent import pressed

_LONGEST = 500  # characters of what was wanted


def wanted_form(answer: str, words: Messages) -> Form:
    """What a member wanted to find."""
    form = Form(words.wanted_title, f"quoth:wanted:{answer}")
    field = ui.TextInput[Any](style=discord.TextStyle.paragraph, max_length=_LONGEST)
    form.add_field("wanted", words.wanted_label, field)
    return form


@submitted(WANTED)
async def note_wanted(
    interaction: discord.Interaction[Any], state: dict[str, str], written: dict[str, str]
) -> None:
    """Keep it with the vote."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    words, where = messages_for(interaction.locale), context_of(interaction)
    desk = interaction.client.answers
    noted = await desk.wanted(state["answer"], written["wanted"], where, words)
    line = words.wanted_noted if noted else words.vote_gone
    await interaction.edit_original_response(content=line)


@pressed(CastVote)
async def cast_vote(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Count it, and say so to the member alone; after a 👎, offer to say more."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    words = messages_for(interaction.locale)
    where = context_of(interaction, private=is_private(interaction))
    message = interaction.message.id if interaction.message else None
    answer, up = state["answer"], state["vote"] == "up"
    vote = await interaction.client.answers.vote(answer, up, where, message, words)
    if vote is Vote.DOWN:
        await show(interaction, line_view(words.voted_down, SayWanted.of(answer, words)))
        return
    line = words.voted_up if vote is Vote.UP else words.vote_gone
    await interaction.edit_original_response(content=line)


@pressed(SayWanted)
async def say_wanted(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Show the form."""
    form = wanted_form(state["answer"], messages_for(interaction.locale))
    await interaction.response.send_modal(form)
