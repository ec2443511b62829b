"""``/verify``, and the command "Check quotation" on a message."""

from collections.abc import Sequence

import discord
from discord import app_commands

from bot.commands.answers.respond import admitted, is_answered_privately, messages_for_reply
from bot.questions.context import context_of
from bot.questions.message_text import whole_text_of
from bot.questions.quotations import quotations_in
from bot.text.messages import messages_for
from bot.ui.answers.verification_view import verification_view
from bot.ui.base_client import Interaction
from bot.ui.container import show
from index.errors import QuestionError
from index.text.spans import has_words
from index.verification.verify import MAX_TEXT_CHARS

CHECK_QUOTATION = "Check quotation"


@app_commands.command(description="Check whether a quotation is word for word in the articles")
@app_commands.describe(
    quotation="The quotation; … stands for words left out",
    private="Show the result only to you",
)
async def verify(
    interaction: Interaction,
    quotation: app_commands.Range[str, 1, MAX_TEXT_CHARS],
    private: bool | None = None,
) -> None:
    """Check a quotation, in the channel or privately."""
    private = await is_answered_privately(interaction, private)
    await _check_and_send(interaction, [quotation], private=private)


@app_commands.context_menu(name=CHECK_QUOTATION)
async def check_quotation(interaction: Interaction, message: discord.Message) -> None:
    """Check the quotations of a message privately."""
    await _check_and_send(interaction, quotations_in(whole_text_of(message)), private=True)


async def _check_and_send(
    interaction: Interaction, quotations: Sequence[str], *, private: bool
) -> None:
    """Defer, check, show the result; texts without words are refused before deferring."""
    answers, context = interaction.client.answers, context_of(interaction, private=private)
    checked = [each for each in quotations if has_words(each)]
    if not checked:
        raise QuestionError(messages_for(interaction.locale).no_quotation)
    messages = messages_for_reply(interaction, private=private)
    async with admitted(interaction, private=private):
        try:
            results = await answers.verify(checked, context)
        except QuestionError as error:
            line = messages.quotation_too_long.format(MAX_TEXT_CHARS)
            raise QuestionError(line) from error
    await show(interaction, verification_view(results, messages))
