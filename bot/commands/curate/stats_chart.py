"""Draw the chart of ``/curate stats``: questions per day by verdict."""

import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.storage.usage import QuestionRecord
from index.types import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BACKGROUND, _TEXT, _GRID = "#2b2d31", "#dbdee1", "#3f4147"  # Discord's greys
_COLOURS = {
    Verdict.ANSWERED: "#5865f2",
    Verdict.CLOSEST: "#f0b232",
    Verdict.NOTHING: "#80848e",
}


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
