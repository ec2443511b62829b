"""Tell the channel where a question was asked that it is answered now, if its server wants it."""

import logging
from collections.abc import Sequence

import discord
from discord import ui

from bot.commands.base_client import QuothClient
from bot.services.curation import NewlyAnswered
from bot.storage.unanswered import UnansweredQuestion
from bot.text.context import AskContext
from bot.text.curator_messages import curator_messages
from bot.text.messages import messages_for
from bot.text.question import Question
from bot.ui.answer_view import AnswerFrame, answer_view
from bot.ui.discord_compat import UNSENT, Reference, send_reply
from index.errors import QuothError
from index.types import Verdict

log = logging.getLogger(__name__)


async def announce(client: QuothClient, answered: Sequence[NewlyAnswered]) -> None:
    """Answer each question where it was asked. What cannot be sent is left out."""
    for one in answered:
        if (await client.answers.servers.of(one.guild)).tell_answered:
            try:
                await _tell(client, one)
            except (*UNSENT, QuothError) as error:
                log.info("a channel could not be told of an answer: %s", error)


async def _tell(client: QuothClient, one: NewlyAnswered) -> None:
    """In the newest channel that is known: of a private question there is none."""
    asked = next((row for row in one.group.every if row.channel), None)
    if asked is None or asked.channel is None:
        return
    guild = client.get_guild(one.guild)
    locale = guild.preferred_locale if guild else None
    where, words = AskContext(one.guild, asked.channel), messages_for(locale)
    page = await client.answers.ask(Question(asked.question), words, where, counted=False)
    if page.answer.verdict is not Verdict.ANSWERED:  # it was asked again in another's words
        return
    by = curator_messages(locale).answered_later
    channel = client.get_partial_messageable(asked.channel)  # an archived thread is not remembered
    await _send(channel, asked, answer_view(page, words, AnswerFrame(by=by)))


async def _send(
    channel: discord.abc.Messageable, asked: UnansweredQuestion, view: ui.LayoutView
) -> None:
    """As a reply to what asked; as a message of its own when that is gone."""
    if asked.message is None or asked.channel is None:
        await channel.send(view=view)
        return
    reference = Reference(
        message_id=asked.message, channel_id=asked.channel, fail_if_not_exists=False
    )
    await send_reply(channel, reference, view=view)
