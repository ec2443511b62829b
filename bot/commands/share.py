"""The button Share: a private answer becomes an ordinary message, its quotes unchanged."""

from typing import Any

import discord
from discord import ui

from bot.commands.respond import messages_of
from bot.text.context import context_of
from bot.text.messages import Messages, messages_for
from bot.ui.answer_buttons import Share
from bot.ui.answer_view import AnswerFrame, answer_view
from bot.ui.discord_compat import Reference, retry_after_429, send_reply
from bot.ui.persistent import pressed
from index.errors import QuestionError


@pressed(Share)
async def share(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Post the answer once; a member who may not write here may not have the bot do it."""
    await interaction.response.defer()
    words = messages_for(interaction.locale)
    if not _may_write(interaction):
        raise QuestionError(words.may_not_share)
    desk, answer = interaction.client.answers, state["answer"]
    await desk.kept(answer, words, context_of(interaction))
    if not await desk.claim_share(answer):
        raise QuestionError(words.shared_already)
    try:
        await _post(interaction, answer)
    except Exception:
        await desk.claim_share(answer, shared=False)
        raise
    await _mark_shared(interaction, words)


async def _post(interaction: discord.Interaction[Any], answer: str) -> None:
    words = messages_of(interaction, private=False)
    page = await interaction.client.answers.again(answer, words, context_of(interaction))
    by = words.shared_by.format(interaction.user.mention)
    target = page.question.target
    frame = AnswerFrame(heading=target is None, asker=interaction.user.id, by=by)
    view = answer_view(page, words, frame)
    channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
    if target is None:
        await retry_after_429(lambda: channel.send(view=view))
    else:
        await send_reply(channel, _reference(channel.id, target), view=view)


async def _mark_shared(interaction: discord.Interaction[Any], words: Messages) -> None:
    """The button under the private answer says that it was done."""
    if interaction.message is None:
        return
    view = ui.LayoutView.from_message(interaction.message, timeout=None)
    for item in view.walk_children():
        if isinstance(item, ui.Button) and (item.custom_id or "").startswith("quoth:share:"):
            item.label, item.disabled = words.shared, True
    view.stop()  # its buttons are found by their custom_ids, not by this object
    await interaction.edit_original_response(view=view)


def _reference(channel: int, message: int) -> Reference:
    """To the message that was searched; an ordinary message when that is gone."""
    return Reference(message_id=message, channel_id=channel, fail_if_not_exists=False)


def _may_write(interaction: discord.Interaction[Any]) -> bool:
    may = interaction.permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    return may.send_messages_in_threads if in_thread else may.send_messages
