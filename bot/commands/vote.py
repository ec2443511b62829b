"""Handle the buttons 👍 and 👎, and the form for a comment on a 👎."""

from typing import Any

import discord
from discord import ui

from bot.commands.respond import is_private
from bot.storage.votes import Vote
from bot.text.context import context_of
from bot.text.messages import messages_for
from bot.ui.answer_buttons import FeedbackButton
from bot.ui.answer_view import line_view, show
from bot.ui.base_client import Fields, Interaction, State
from bot.ui.modals import Form

_MAX_COMMENT_CHARS = 500


async def cast_vote(interaction: Interaction, state: State) -> None:
    """Count a vote, confirm it privately, and offer to comment on a 👎."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages = messages_for(interaction.locale)
    context = context_of(interaction, private=is_private(interaction))
    message_id = interaction.message.id if interaction.message else None
    answer_id, up = state["answer"], state["vote"] == "up"
    vote = await interaction.client.answers.vote(answer_id, up, context, message_id, messages)
    if vote is Vote.DOWN:
        view = line_view(
            messages.voted_down, FeedbackButton.create(answer_id, label=messages.feedback_button)
        )
        await show(interaction, view)
        return
    line = messages.voted_up if vote is Vote.UP else messages.vote_withdrawn
    await interaction.edit_original_response(content=line)


async def open_comment_form(interaction: Interaction, state: State) -> None:
    """Show the form for what a member wanted to find."""
    messages = messages_for(interaction.locale)
    form = Form(messages.feedback_title, f"quoth:wanted:{state['answer']}")
    field = ui.TextInput[Any](style=discord.TextStyle.paragraph, max_length=_MAX_COMMENT_CHARS)
    form.add_field("wanted", messages.feedback_label, field)
    await interaction.response.send_modal(form)


async def save_comment(interaction: Interaction, state: State, fields: Fields) -> None:
    """Save the comment with the vote."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages, context = messages_for(interaction.locale), context_of(interaction)
    answers = interaction.client.answers
    saved = await answers.add_vote_comment(state["answer"], fields["wanted"], context, messages)
    line = messages.feedback_saved if saved else messages.vote_withdrawn
    await interaction.edit_original_response(content=line)
