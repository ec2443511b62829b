"""Handle the button Share: post a private answer in the channel, with the same quotes."""

from contextlib import suppress

import discord
from discord import ui

from bot.commands.answers.respond import messages_for_reply, post_view
from bot.commands.answers.shown_answers import remember_shown
from bot.questions.context import context_of
from bot.text.messages import Messages, messages_for
from bot.ui.answers.answer_view import AnswerFrame, answer_view
from bot.ui.base_client import Interaction, State
from bot.ui.transport.discord_compat import SEND_ERRORS
from index.errors import QuestionError


async def share(interaction: Interaction, state: State) -> None:
    """Post the answer once, for a member who may post in the channel."""
    await interaction.response.defer()
    messages, permissions = messages_for(interaction.locale), interaction.permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    if not (permissions.send_messages_in_threads if in_thread else permissions.send_messages):
        raise QuestionError(messages.cannot_share)
    answers, answer_id = interaction.client.answers, state["answer"]
    await answers.load(answer_id, context_of(interaction))
    if not await answers.store.claim_share(answer_id):
        raise QuestionError(messages.already_shared)
    try:
        await _post(interaction, answer_id)
    except Exception as error:
        await answers.store.claim_share(answer_id, shared=False)
        if isinstance(error, discord.NotFound):  # the channel; the member is still there
            raise QuestionError(messages.discord_rejected) from error
        raise
    with suppress(*SEND_ERRORS):  # the answer is shared all the same
        await _disable_button(interaction, messages)


async def _post(interaction: Interaction, answer_id: str) -> None:
    """Post the answer, as a reply to the message that was searched, if any."""
    client, messages = interaction.client, messages_for_reply(interaction, private=False)
    page = await client.answers.restore(answer_id, context_of(interaction))
    by = messages.shared_by.format(interaction.user.mention)
    target = page.question.reply_to_id
    frame = AnswerFrame(heading=target is None, asker=interaction.user.id, by=by)
    view = answer_view(page, messages, frame)
    sent = await post_view(client, interaction.channel_id or 0, view, target, nonce=answer_id)
    place = (interaction.guild_id, sent.channel.id, sent.id)
    await remember_shown(client, page, messages, frame, place)


async def _disable_button(interaction: Interaction, messages: Messages) -> None:
    """Mark the button below the private answer as used."""
    if interaction.message is None:
        return
    view = ui.LayoutView.from_message(interaction.message, timeout=None)
    for item in view.walk_children():
        if isinstance(item, ui.Button) and (item.custom_id or "").startswith("quoth:share:"):
            item.label, item.disabled = messages.shared, True
    view.stop()  # dynamic items handle its buttons
    await interaction.edit_original_response(view=view)
