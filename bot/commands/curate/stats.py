"""``/curate stats``: show figures and a chart."""

import asyncio
import io
import time

import discord
from discord import app_commands, ui

from bot.commands.container import INFO_COLOUR
from bot.commands.curate.permissions import defer_for_curator
from bot.commands.curate.rendering import stats_blocks, verdict_label
from bot.commands.curate.stats_chart import render_chart
from bot.storage.database import Store
from bot.storage.deletion import DAY_SECONDS
from bot.storage.usage import questions_since, summarize, today
from bot.text.curator_messages import curator_messages
from bot.text.messages import messages_for
from bot.ui.answer_view import layout
from bot.ui.base_client import Interaction
from bot.ui.discord_compat import AttachedFile
from index.types import Verdict

_CHART_NAME = "questions.png"
_PERIODS_DAYS = (7, 30)
_CHART_DAYS = 30


@app_commands.command(description="Show how many questions were asked and answered")
async def stats(interaction: Interaction) -> None:
    """Show statistics of the last 7 and 30 days."""
    guild_id = await defer_for_curator(interaction)
    messages, store = curator_messages(interaction.locale), interaction.client.curation.store
    records = await questions_since(store, guild_id, _CHART_DAYS)
    periods = {
        days: (summarize(records, days), await votes_since(store, guild_id, days))
        for days in _PERIODS_DAYS
    }
    container = ui.Container[ui.LayoutView](accent_colour=INFO_COLOUR)
    sources = interaction.client.answers.sources_for(guild_id)
    for block in stats_blocks(periods, sources, messages):
        container.add_item(ui.TextDisplay(block))
        container.add_item(ui.Separator(visible=False))
    view = layout(container)
    if not records:
        await interaction.edit_original_response(view=view)
        return
    labels = {verdict: verdict_label(verdict, messages) for verdict in Verdict}
    months = messages_for(interaction.locale).months
    png = await asyncio.to_thread(render_chart, records, today(), _CHART_DAYS, labels, months)
    item = discord.MediaGalleryItem(
        f"attachment://{_CHART_NAME}", description=messages.chart_description
    )
    gallery = ui.MediaGallery[ui.LayoutView](item)
    container.add_item(gallery)
    file = AttachedFile(io.BytesIO(png), _CHART_NAME)
    try:
        await interaction.edit_original_response(view=view, attachments=[file])
    except discord.Forbidden:  # the bot may not attach files here
        container.remove_item(gallery)
        await interaction.edit_original_response(view=view)


async def votes_since(store: Store, guild_id: int, days: int) -> tuple[int, int]:
    """Count the 👍 and 👎 of the last ``days`` days."""
    row = await store.fetch_one(
        "SELECT count(*) FILTER (WHERE up), count(*) FILTER (WHERE NOT up) FROM votes"
        " WHERE guild_id = ? AND cast_at >= ?",
        (guild_id, int(time.time()) - days * DAY_SECONDS),
    )
    return (int(row[0]), int(row[1])) if row else (0, 0)
