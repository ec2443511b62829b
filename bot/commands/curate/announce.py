"""Announce new answers in the channels where the questions were asked."""

import logging
from collections.abc import Sequence

from bot.commands.answers.respond import post_view
from bot.commands.answers.shown_answers import remember_shown
from bot.questions.context import AskContext
from bot.questions.question import Question
from bot.services.curation import NewlyAnswered
from bot.text.curator_messages import curator_messages
from bot.text.messages import messages_for
from bot.ui.answers.answer_view import AnswerFrame, answer_view
from bot.ui.base_client import QuothClient
from bot.ui.transport.discord_compat import SEND_ERRORS
from index.errors import QuothError
from index.types import Verdict

log = logging.getLogger(__name__)


async def announce(client: QuothClient, answered: Sequence[NewlyAnswered]) -> None:
    """Announce the answers in servers that chose it; an error skips only one answer."""
    for newly_answered in answered:
        if (await client.answers.guilds.get(newly_answered.guild)).tell_answered:
            try:
                await _announce(client, newly_answered)
            except (*SEND_ERRORS, QuothError) as error:
                log.info("could not announce an answer: %s", error)


async def _announce(client: QuothClient, newly_answered: NewlyAnswered) -> None:
    """Post the answer in the channel where the question was last asked publicly."""
    questions = newly_answered.group.questions
    question = next((each for each in questions if each.channel), None)
    if question is None or question.channel is None:
        return
    guild = client.get_guild(newly_answered.guild)
    locale = guild.preferred_locale if guild else None
    context = AskContext(newly_answered.guild, question.channel, place=question.place)
    messages = messages_for(locale)
    page = await client.answers.ask(Question(question.question), context, counted=False)
    if page.answer.verdict is not Verdict.ANSWERED:  # only another wording in the group is
        return
    frame = AnswerFrame(by=curator_messages(locale).late_answer)
    view = answer_view(page, messages, frame)
    sent = await post_view(client, question.channel, view, question.message, nonce=page.id)
    place = (newly_answered.guild, sent.channel.id, sent.id)
    await remember_shown(client, page, messages, frame, place)
