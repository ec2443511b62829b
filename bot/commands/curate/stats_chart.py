"""The chart of ``/curate stats``: questions a day by verdict, as a PNG. Runs in a worker."""

import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.storage.usage import QuestionRecord
from index.types import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BACKGROUND, _TEXT, _GRID = "#2b2d31", "#dbdee1", "#3f4147"  # Discord's own greys
_COLOURS = {
    Verdict.ANSWERED: "#5865f2",
    Verdict.CLOSEST: "#f0b232",
    Verdict.NOTHING: "#80848e",
}


def chart(
    asked: Sequence[QuestionRecord],
    last: date,
    days: int,
    labels: dict[Verdict, str],
    months: Sequence[str],
) -> bytes:
    """Bars for the ``days`` days up to ``last``, what was answered at the bottom."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that a start need not wait

    figure = Figure(figsize=(7.2, 2.6), dpi=140, facecolor=_BACKGROUND, layout="constrained")
    axes = figure.add_subplot(facecolor=_BACKGROUND)
    shown = [last - timedelta(days=back) for back in reversed(range(days))]
    counts = Counter((one.day, one.verdict) for one in asked)
    below = [0] * days
    for verdict, colour in _COLOURS.items():
        heights = [counts[day, verdict] for day in shown]
        axes.bar(range(days), heights, 0.78, bottom=below, color=colour, label=labels[verdict])
        below = [low + height for low, height in zip(below, heights, strict=True)]
    _dress(axes, [f"{day.day} {months[day.month - 1]}" for day in shown], max(below, default=0))
    image = io.BytesIO()
    figure.savefig(image, format="png", facecolor=_BACKGROUND)
    return image.getvalue()


def _dress(axes: "Axes", days: Sequence[str], highest: int) -> None:
    """Whole numbers, a date a week, nothing that is not needed to read it."""
    axes.set_xlim(-0.8, len(days) - 0.2)
    axes.set_ylim(0, max(4, highest * 1.12))
    axes.locator_params(axis="y", integer=True, nbins=4)
    weekly = range(len(days) - 1, -1, -7)
    axes.set_xticks(list(weekly), [days[i] for i in weekly])
    axes.tick_params(colors=_TEXT, length=0, labelsize=9)
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    legend = axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9, borderaxespad=0
    )
    for text in legend.get_texts():
        text.set_color(_TEXT)
