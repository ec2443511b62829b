"""``/curate stats``: figures in words, and a chart."""

import asyncio
import io
import time

import discord
from discord import ui

from bot.commands.base_client import QuothClient
from bot.commands.curate.rebuild_progress import WORKING
from bot.commands.curate.rendering import stats_blocks, verdict_word
from bot.commands.curate.stats_chart import chart
from bot.storage.database import Store
from bot.storage.retention import DAY_SECONDS
from bot.storage.usage import asked_since, summary, today
from bot.text.curator_messages import curator_messages
from bot.text.messages import messages_for
from bot.ui.discord_compat import AttachedFile
from index.types import Verdict

_NAME = "asked.png"
_WEEK, _MONTH = 7, 30


async def show_stats(interaction: discord.Interaction[QuothClient], guild: int) -> None:
    """In the interaction's answer, which was deferred."""
    words, store = curator_messages(interaction.locale), interaction.client.curation.store
    asked = await asked_since(store, guild, _MONTH)
    periods = {
        days: (summary(asked, days), await votes_since(store, guild, days))
        for days in (_WEEK, _MONTH)
    }
    box = ui.Container[ui.LayoutView](accent_colour=WORKING)
    for block in stats_blocks(periods, interaction.client.answers.sources_for(guild), words):
        box.add_item(ui.TextDisplay(block))
        box.add_item(ui.Separator(visible=False))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    if not asked:
        await interaction.edit_original_response(view=view)
        return
    labels = {verdict: verdict_word(verdict, words) for verdict in Verdict}
    months = messages_for(interaction.locale).months
    image = await asyncio.to_thread(chart, asked, today(), _MONTH, labels, months)
    picture = discord.MediaGalleryItem(f"attachment://{_NAME}", description=words.chart_is)
    gallery = ui.MediaGallery[ui.LayoutView](picture)
    box.add_item(gallery)
    file = AttachedFile(io.BytesIO(image), _NAME)
    try:
        await interaction.edit_original_response(view=view, attachments=[file])
    except discord.Forbidden:  # to attach files
        box.remove_item(gallery)
        await interaction.edit_original_response(view=view)


async def votes_since(store: Store, guild: int, days: int) -> tuple[int, int]:
    """👍 and 👎 of the last ``days`` days."""
    row = await store.row(
        "SELECT count(*) FILTER (WHERE up), count(*) FILTER (WHERE NOT up) FROM votes"
        " WHERE guild_id = ? AND cast_at >= ?",
        (guild, int(time.time()) - days * DAY_SECONDS),
    )
    return (int(row[0]), int(row[1])) if row else (0, 0)
