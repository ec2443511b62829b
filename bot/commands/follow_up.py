"""Handle the button Follow-up: ask for a question that refers to the previous one."""

from typing import Any

from discord import ui

from bot.commands.respond import check_rate_limit, is_private, messages_for_reply, send_answer
from bot.text.context import context_of
from bot.text.messages import messages_for
from bot.ui.base_client import Fields, Interaction, State
from bot.ui.modals import Form

_MAX_QUESTION_CHARS = 500


async def open_follow_up_form(interaction: Interaction, state: State) -> None:
    """Show the form for the question."""
    messages = messages_for(interaction.locale)
    form = Form(messages.follow_up_title, f"quoth:follow:{state['answer']}")
    field = ui.TextInput[Any](
        placeholder=messages.follow_up_placeholder, max_length=_MAX_QUESTION_CHARS
    )
    form.add_field("question", messages.follow_up_label, field)
    await interaction.response.send_modal(form)


async def ask_follow_up(interaction: Interaction, state: State, fields: Fields) -> None:
    """Send a new answer, private if the previous answer is."""
    private = is_private(interaction)
    await check_rate_limit(interaction)
    await interaction.response.defer(ephemeral=private, thinking=True)
    messages = messages_for_reply(interaction, private=private)
    context = context_of(interaction, private=private)
    page = await interaction.client.answers.ask_follow_up(
        state["answer"], fields["question"], messages, context
    )
    by = "" if private else messages.asked_by.format(interaction.user.mention)
    await send_answer(interaction, page, private=private, by=by)
