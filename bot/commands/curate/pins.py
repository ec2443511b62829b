"""``/curate pin``: questions that every rebuild is checked against."""

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.base_client import QuothClient
from bot.commands.curate.permissions import Choices, check_curator, for_curators
from bot.commands.curate.rebuild_progress import DONE, box_view
from bot.commands.curate.rendering import fitted_blocks, got_text, pin_text
from bot.storage.pins import PinRefused, add_pin, got, pins_of, remove_pin
from bot.text.autocomplete import clipped
from bot.text.context import AskContext
from bot.text.curator_messages import curator_messages
from bot.text.truncate import shorten
from bot.ui.answer_view import show
from bot.ui.error_handling import handle_interaction_errors

_LONGEST = 300

pin = app_commands.Group(
    name=locale_str("pin"), description=locale_str("Questions that every rebuild is checked with")
)


@pin.command(name=locale_str("add"), description=locale_str("Check a question at every rebuild"))
@app_commands.describe(question=locale_str("The question to ask again"))
async def add(
    interaction: discord.Interaction[QuothClient], question: app_commands.Range[str, 1, _LONGEST]
) -> None:
    """Remember what it gets now."""
    async with handle_interaction_errors(interaction):
        guild = check_curator(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        client, words = interaction.client, curator_messages(interaction.locale)
        first = got(await client.answers.look(question, AskContext(guild)))
        await add_pin(client.curation.store, guild, question, first, words)
        line = f"📌 {shorten(question, 600)}\n-# {words.pinned.format(got_text(first, words))}"
        await show(interaction, box_view(line, colour=DONE))


@pin.command(name=locale_str("remove"), description=locale_str("No longer check a question"))
@app_commands.describe(question=locale_str("Type words of the question"))
async def remove(interaction: discord.Interaction[QuothClient], question: str) -> None:
    """Forget it."""
    async with handle_interaction_errors(interaction):
        guild, words = check_curator(interaction), curator_messages(interaction.locale)
        await interaction.response.defer(ephemeral=True, thinking=True)
        removed = await remove_pin(interaction.client.curation.store, guild, question)
        if removed is None:
            raise PinRefused(words.no_pin)
        line = words.unpinned.format(shorten(removed.question, 600))
        await show(interaction, box_view(line, colour=DONE))


@pin.command(name=locale_str("list"), description=locale_str("The questions that are checked"))
async def list_pins(interaction: discord.Interaction[QuothClient]) -> None:
    """List them with what they get."""
    async with handle_interaction_errors(interaction):
        guild, words = check_curator(interaction), curator_messages(interaction.locale)
        await interaction.response.defer(ephemeral=True, thinking=True)
        pins = await pins_of(interaction.client.curation.store, guild)
        lines = [pin_text(one, words) for one in pins] or [words.pins_none]
        await show(interaction, box_view(*fitted_blocks([words.pins, "\n".join(lines)])))


@remove.autocomplete("question")
@for_curators
async def _complete_question(interaction: discord.Interaction[QuothClient], typed: str) -> Choices:
    guild = check_curator(interaction)
    wanted = typed.casefold().split()
    pins = await pins_of(interaction.client.curation.store, guild)
    found = [one for one in pins if all(word in one.question.casefold() for word in wanted)]
    return [
        app_commands.Choice(name=clipped(one.question), value=f"#{one.id}") for one in found[:25]
    ]
