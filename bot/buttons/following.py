"""The button Follow-up: a modal asks for the next question, understood with the one before."""

from typing import Any

import discord
from discord import ui

from bot.buttons import pressed
from bot.buttons.answer_buttons import FollowUp
from bot.give import admit, give, is_private, words_of
from bot.replies import answering
from bot.servers import where_of
from bot.texts.words import Words, words_for

_LONGEST = 500  # characters of a follow-up


class FollowUpForm(ui.Modal):
    """Where the follow-up is written. Its answer is private where the one before was."""

    def __init__(self, answer: str, words: Words) -> None:
        super().__init__(title=words.follow_up_title, custom_id=f"quoth:follow:{answer}")
        self._answer = answer
        self.text = ui.TextInput[Any](placeholder=words.follow_up_hint, max_length=_LONGEST)
        self.add_item(ui.Label(text=words.follow_up_label, component=self.text))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """A new answer."""
        async with answering(interaction):
            private = is_private(interaction)
            await admit(interaction)
            await interaction.response.defer(ephemeral=private, thinking=True)
            words = words_of(interaction, private=private)
            where = where_of(interaction, private=private)
            desk = interaction.client.desk
            page = await desk.follow(self._answer, self.text.value, words, where)
            by = "" if private else words.asked_by.format(interaction.user.mention)
            await give(interaction, page, private=private, by=by)


@pressed(FollowUp)
async def follow_up(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Show the form."""
    form = FollowUpForm(state["answer"], words_for(interaction.locale))
    await interaction.response.send_modal(form)
