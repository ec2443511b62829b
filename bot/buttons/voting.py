"""The buttons 👍 and 👎, and the form for what was wanted."""

from typing import Any

import discord
from discord import ui

from bot.buttons import pressed
from bot.buttons.answer_buttons import CastVote, SayWanted
from bot.give import is_private
from bot.kept.votes import Vote
from bot.replies import answering
from bot.servers import where_of
from bot.texts.words import Words, words_for
from bot.views import line_view, show

_LONGEST = 500  # characters of what was wanted


class WantedForm(ui.Modal):
    """What a member wanted to find."""

    def __init__(self, answer: str, words: Words) -> None:
        super().__init__(title=words.wanted_title, custom_id=f"quoth:wanted:{answer}")
        self._answer = answer
        self.text = ui.TextInput[Any](style=discord.TextStyle.paragraph, max_length=_LONGEST)
        self.add_item(ui.Label(text=words.wanted_label, component=self.text))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Keep it with the vote."""
        async with answering(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            words = words_for(interaction.locale)
            noted = await interaction.client.desk.wanted(
                self._answer, self.text.value, where_of(interaction), words
            )
            line = words.wanted_noted if noted else words.vote_gone
            await interaction.edit_original_response(content=line)


@pressed(CastVote)
async def cast_vote(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Count it, and say so to the member alone; after a 👎, offer to say more."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    words = words_for(interaction.locale)
    where = where_of(interaction, private=is_private(interaction))
    message = interaction.message.id if interaction.message else None
    answer, up = state["answer"], state["vote"] == "up"
    vote = await interaction.client.desk.vote(answer, up, where, message, words)
    if vote is Vote.DOWN:
        await show(interaction, line_view(words.voted_down, SayWanted.of(answer, words)))
        return
    line = words.voted_up if vote is Vote.UP else words.vote_gone
    await interaction.edit_original_response(content=line)


@pressed(SayWanted)
async def say_wanted(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Show the form."""
    form = WantedForm(state["answer"], words_for(interaction.locale))
    await interaction.response.send_modal(form)
