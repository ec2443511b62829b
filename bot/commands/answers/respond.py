"""Respond to interactions with answers: defer, ask, and show the answer."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import discord
from discord import ui

from bot.commands.answers.shown_answers import remember_shown
from bot.commands.answers.threads import open_thread, opens_threads
from bot.questions.context import AskContext, context_of
from bot.questions.question import Question
from bot.services.answers import AnswerPage
from bot.storage.pending_questions import PendingQuestion
from bot.storage.store import ignore_storage_errors
from bot.storage.unanswered import add_unanswered
from bot.text.messages import Messages, messages_for
from bot.ui.answers.answer_view import AnswerFrame, answer_view, question_view
from bot.ui.base_client import Interaction, QuothClient
from bot.ui.container import show
from bot.ui.deferral import defer, defer_when_slow
from bot.ui.error_handling import handle_interaction_errors, is_token_expired
from bot.ui.transport.discord_compat import SEND_ERRORS, Reference, send_directly, send_reply
from index.types import Verdict

log = logging.getLogger(__name__)


def messages_for_reply(interaction: Interaction, *, private: bool) -> Messages:
    """Return the texts in the member's language if only they see the reply, else the server's."""
    only_member = private or interaction.guild_id is None
    return messages_for(interaction.locale if only_member else interaction.guild_locale)


def is_private(interaction: Interaction) -> bool:
    """Tell whether only one member sees the message whose button was pressed."""
    return interaction.message is not None and interaction.message.flags.ephemeral


async def is_answered_privately(interaction: Interaction, chosen: bool | None) -> bool:
    """Tell whether a response is private: as the member chose, or else the server.

    It is private, too, if the server's settings take long to read.
    """
    if chosen is not None:
        return chosen
    async with defer_when_slow(interaction, private=True):
        settings = await interaction.client.answers.guilds.get(interaction.guild_id)
    return settings.private or interaction.response.is_done()


@asynccontextmanager
async def admitted(interaction: Interaction, *, private: bool) -> AsyncIterator[int | None]:
    """Defer, and keep the member's place in the queue inside the block.

    Yields the id of the response if Discord told it. Refuses before deferring publicly, so that
    only the member sees why.
    """
    if private:
        await defer(interaction, private=True)
    async with AsyncExitStack() as stack:
        async with defer_when_slow(interaction, private=private):
            context = context_of(interaction)
            await stack.enter_async_context(interaction.client.answers.admit(context))
        yield await defer(interaction, private=private)


async def ask_and_send(
    interaction: Interaction, question: Question, *, private: bool, previous: str | None = None
) -> None:
    """Defer, ask a question, and show the answer; ``previous`` is as for ``ask_question``."""
    pending = pending_interaction(interaction, private=private)
    async with (
        interaction.client.pending_questions.hold(pending),
        handle_interaction_errors(interaction),  # before the question is forgotten
    ):
        await _ask_and_send(interaction, question, private=private, previous=previous)


async def _ask_and_send(
    interaction: Interaction, question: Question, *, private: bool, previous: str | None
) -> None:
    client, user = interaction.client, interaction.user
    messages = messages_for_reply(interaction, private=private)
    context = context_of(interaction, private=private)
    async with admitted(interaction, private=private) as message_id:
        page = await ask_question(client, question, context, previous)
    response = _DeferredResponse(interaction, message_id, private)
    frame = AnswerFrame(
        asker=None if private else user.id,
        share=private and interaction.guild_id is not None,
        by=messages.asked_by.format(user.mention) if previous and not private else "",
    )
    if not private and await opens_threads(client, interaction.guild_id, interaction.channel):
        shown = await _show_in_thread(response, page, messages, frame)
    else:
        shown = await _show_answer(response, page, messages, frame)
    await log_unanswered(client, page, context, shown)


@dataclass(frozen=True, slots=True)
class _DeferredResponse:
    """The response to an interaction that waits for an answer, and its id if Discord told it."""

    interaction: Interaction
    message_id: int | None
    private: bool

    async def show(self, view: ui.LayoutView) -> int:
        """Show an answer, and return the id of its message.

        If the response has expired, post the answer in the channel, or send the member a line if
        the answer is private or cannot be posted.
        """
        interaction = self.interaction
        try:
            return (await show(interaction, view)).id
        except discord.HTTPException as error:
            if not is_token_expired(error):
                raise
            log.info("a response has expired before its answer: %s", error)
        if not self.private:
            with suppress(*SEND_ERRORS):  # the bot may not write here, or the channel is gone
                return await self._post_in_channel(view)
        line = messages_for(interaction.locale).too_late
        return (await send_directly(interaction.user, line, nonce=interaction.id)).id

    async def _post_in_channel(self, view: ui.LayoutView) -> int:
        """Post an answer in place of the expired response, and return the id of its message.

        An edit that seemed to fail may have shown the answer in the response.
        """
        interaction, message_id = self.interaction, self.message_id
        channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
        shown = message_id and await _fetch_or_none(channel, message_id)
        if shown and shown.components:
            return shown.id
        sent = await channel.send(view=view, nonce=interaction.id)
        if message_id:
            with suppress(*SEND_ERRORS):
                await channel.get_partial_message(message_id).delete()
        return sent.id


async def _show_in_thread(
    response: _DeferredResponse, page: AnswerPage, messages: Messages, frame: AnswerFrame
) -> int:
    """Show the question in the response, and the answer in a thread below it if possible.

    Returns the id of the response.
    """
    interaction, question = response.interaction, page.question.display_text
    shown = await show(interaction, question_view(question, frame.by))
    client, bare = interaction.client, replace(frame, heading=False, by="")
    if thread := await open_thread(client, shown, question):
        with suppress(*SEND_ERRORS):  # in the channel if it cannot be sent there
            view = answer_view(page, messages, bare)
            sent = await thread.send(view=view, nonce=interaction.id)
            place = (interaction.guild_id, sent.channel.id, sent.id)
            await remember_shown(client, page, messages, bare, place)
            return shown.id
    return await _show_answer(response, page, messages, frame)


async def _show_answer(
    response: _DeferredResponse, page: AnswerPage, messages: Messages, frame: AnswerFrame
) -> int:
    """Show an answer, and return the id of its message; remember it if it is public."""
    interaction = response.interaction
    message_id = await response.show(answer_view(page, messages, frame))
    if not response.private:
        place = (interaction.guild_id, interaction.channel_id or 0, message_id)
        await remember_shown(interaction.client, page, messages, frame, place)
    return message_id


async def _fetch_or_none(
    channel: discord.PartialMessageable, message_id: int
) -> discord.Message | None:
    with suppress(*SEND_ERRORS):
        return await channel.fetch_message(message_id)
    return None


def pending_interaction(interaction: Interaction, *, private: bool) -> PendingQuestion:
    """Describe an interaction that is being answered."""
    locale = interaction.locale if private else interaction.guild_locale or interaction.locale
    location = (interaction.guild_id, interaction.channel_id or 0)
    return PendingQuestion(interaction.id, *location, interaction.token, locale.value)


async def post_view(
    client: QuothClient,
    channel_id: int,
    view: ui.LayoutView,
    reply_to_id: int | None,
    nonce: str,
) -> discord.Message:
    """Post a message in a channel, as a reply without a ping if the other message still exists.

    Returns it. Discord posts one message with that nonce within some minutes.
    """
    channel = client.get_partial_messageable(channel_id)  # also works for archived threads
    if reply_to_id is None:
        return await channel.send(view=view, nonce=nonce)
    reference = Reference(message_id=reply_to_id, channel_id=channel_id, fail_if_not_exists=False)
    reference.nonce = nonce
    return await send_reply(channel, reference, view=view)


async def ask_question(
    client: QuothClient,
    question: Question,
    context: AskContext,
    previous: str | None,
) -> AnswerPage:
    """Ask a question, or as a follow-up to ``previous``, the id of a stored answer."""
    if previous:
        return await client.answers.ask_follow_up(previous, question.text, context)
    return await client.answers.ask(question, context)


async def log_unanswered(
    client: QuothClient, page: AnswerPage, context: AskContext, message_id: int
) -> None:
    """Log a question that found nothing, unless its text is another member's message."""
    found_nothing = page.answer.is_question and page.answer.verdict is Verdict.NOTHING
    if found_nothing and page.question.reply_to_id is None:
        with ignore_storage_errors("unanswered question"):
            await add_unanswered(
                client.answers.store, page.id, page.question.text, context, message_id
            )
