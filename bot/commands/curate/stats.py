"""``/curate stats``: show figures and a chart."""

import asyncio
import io
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import discord
from discord import app_commands, ui

from bot.commands.curate.permissions import defer_for_curator
from bot.questions.articles import titles_by_path
from bot.storage.deletion import DAY_SECONDS
from bot.storage.store import Store
from bot.storage.usage import QuestionRecord, questions_since, summarize, today
from bot.text.curator_messages import curator_messages
from bot.text.messages import messages_for
from bot.ui.base_client import Interaction
from bot.ui.container import INFO_COLOUR, layout
from bot.ui.curate.curator_text import most_quoted, stats_blocks, verdict_label
from bot.ui.transport.discord_compat import AttachedFile
from index.types import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHART_NAME = "questions.png"
_PERIODS_DAYS = (7, 30)
_CHART_DAYS = 30
_BACKGROUND, _TEXT, _GRID = "#2b2d31", "#dbdee1", "#3f4147"  # Discord's greys
_COLOURS = {
    Verdict.ANSWERED: "#5865f2",
    Verdict.CLOSEST: "#f0b232",
    Verdict.NOTHING: "#80848e",
}


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
    quoted = most_quoted(periods)
    sources = await interaction.client.answers.read(guild_id, lambda each: each.by_path(quoted))
    for block in stats_blocks(periods, titles_by_path(sources), messages):
        container.add_item(ui.TextDisplay(block))
        container.add_item(ui.Separator(visible=False))
    if records:
        await _show_with_chart(interaction, container, records)
    else:
        await interaction.edit_original_response(view=layout(container))


async def _show_with_chart(
    interaction: Interaction,
    container: ui.Container[ui.LayoutView],
    records: Sequence[QuestionRecord],
) -> None:
    messages, view = curator_messages(interaction.locale), layout(container)
    labels = {verdict: verdict_label(verdict, messages) for verdict in Verdict}
    months = messages_for(interaction.locale).months
    png = await asyncio.to_thread(render_chart, records, today(), _CHART_DAYS, labels, months)
    gallery = ui.MediaGallery[ui.LayoutView]()
    gallery.add_item(media=f"attachment://{_CHART_NAME}", description=messages.chart_description)
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


def render_chart(
    records: Sequence[QuestionRecord],
    last_day: date,
    days: int,
    labels: dict[Verdict, str],
    months: Sequence[str],
) -> bytes:
    """Render stacked bars for the ``days`` days up to ``last_day`` as a PNG image. Blocks."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - importing it takes half a second

    figure = Figure(figsize=(7.2, 2.6), dpi=140, facecolor=_BACKGROUND, layout="constrained")
    axes = figure.add_subplot(facecolor=_BACKGROUND)
    dates = [last_day - timedelta(days=days_ago) for days_ago in reversed(range(days))]
    counts = Counter((record.day, record.verdict) for record in records)
    tops = [0] * days
    for verdict, colour in _COLOURS.items():
        heights = [counts[day, verdict] for day in dates]
        axes.bar(range(days), heights, 0.78, bottom=tops, color=colour, label=labels[verdict])
        tops = [top + height for top, height in zip(tops, heights, strict=True)]
    day_labels = [f"{day.day} {months[day.month - 1]}" for day in dates]
    _style(axes, day_labels, max(tops, default=0))
    image = io.BytesIO()
    figure.savefig(image, format="png", facecolor=_BACKGROUND)
    return image.getvalue()


def _style(axes: "Axes", day_labels: Sequence[str], highest: int) -> None:
    """Set whole-number ticks, one date label a week, and Discord's colours."""
    axes.set_xlim(-0.8, len(day_labels) - 0.2)
    axes.set_ylim(0, max(4, highest * 1.12))
    axes.locator_params(axis="y", integer=True, nbins=4)
    ticks = range(len(day_labels) - 1, -1, -7)
    axes.set_xticks(list(ticks), [day_labels[tick] for tick in ticks])
    axes.tick_params(colors=_TEXT, length=0, labelsize=9)
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    legend = axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9, borderaxespad=0
    )
    for text in legend.get_texts():
        text.set_color(_TEXT)
