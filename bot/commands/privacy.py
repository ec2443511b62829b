"""``/privacy``: what is kept of a member and for how long; and to delete it."""

from typing import Any

import discord
from discord import ButtonStyle, app_commands, ui
from discord.app_commands import locale_str

from bot.commands.find_in_articles import NAME
from bot.storage.deletion import DeletionCounts
from bot.storage.guilds import STAY_SECONDS
from bot.text.messages import Messages, counted, messages_for
from bot.text.translator import translated
from bot.ui.answer_view import ANSWERED, layout, show
from bot.ui.error_handling import handle_interaction_errors
from bot.ui.persistent import PersistentButton, pressed

_DAY_SECONDS = 24 * 3600

privacy = app_commands.Group(
    name=locale_str("privacy"),
    description=locale_str("What I keep about you, and how to delete it"),
)


@privacy.command(
    name=locale_str("show"), description=locale_str("What I keep about you, and for how long")
)
async def show_privacy(interaction: discord.Interaction[Any]) -> None:
    """Say it, with a button to delete."""
    async with handle_interaction_errors(interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        words = messages_for(interaction.locale)
        days = (await interaction.client.answers.servers.of(interaction.guild_id)).retention_days
        text = words.privacy.format(
            days=days, stay=STAY_SECONDS // _DAY_SECONDS, find=translated(NAME, interaction.locale)
        )
        box = ui.Container[ui.LayoutView](ui.TextDisplay(text), accent_colour=ANSWERED)
        await show(interaction, layout(box, [ForgetMe.of(words)]))


@privacy.command(
    name=locale_str("forget-me"),
    description=locale_str("Delete your questions, answers and votes"),
)
async def forget_me(interaction: discord.Interaction[Any]) -> None:
    """Delete, and say what went."""
    async with handle_interaction_errors(interaction):
        await _forget(interaction)


class ForgetMe(PersistentButton, template="quoth:forget-me"):
    """Deletes what is kept of who presses it."""

    @classmethod
    def of(cls, words: Messages) -> "ForgetMe":
        """The button."""
        return cls("quoth:forget-me", words.forget_me, style=ButtonStyle.danger)


@pressed(ForgetMe)
async def press_forget_me(interaction: discord.Interaction[Any], _state: dict[str, str]) -> None:
    """The same as the command."""
    await _forget(interaction)


async def _forget(interaction: discord.Interaction[Any]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    gone = await interaction.client.answers.forget_member(interaction.user.id)
    line = forgotten_line(gone, messages_for(interaction.locale))
    await interaction.edit_original_response(content=line)


def forgotten_line(gone: DeletionCounts, words: Messages) -> str:
    """What went, counted."""
    parts = [
        counted(count, one, many)
        for count, one, many in (
            (gone.questions, words.one_question, words.questions),
            (gone.unanswered, words.one_miss, words.misses),
            (gone.votes, words.one_vote, words.votes),
        )
        if count
    ]
    return words.forgotten.format(", ".join(parts)) if parts else words.forgotten_nothing
