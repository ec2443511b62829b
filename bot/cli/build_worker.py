"""A build told line by line in JSON on stdout, for the bot that started it in a process of its own.

``{"step": "encoding", "done": 3, "total": 9}`` while it works; at last ``{"built": {...}}`` or
``{"failed": "why"}``.
"""

import time
from dataclasses import dataclass
from typing import Any

from bot.cli.console import print_json
from bot.cli.options import FAILED
from bot.config.settings import Settings
from index.build.pipeline import BuildReport, Progress, build
from index.errors import QuothError

_PAUSE_SECONDS = 0.2  # between two lines about the same step


@dataclass
class _Teller:
    """Tells the first and the last of each step, and some between."""

    step: str = ""
    told: float = 0.0

    def hear(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step == self.step and done < total and now - self.told < _PAUSE_SECONDS:
            return
        self.step, self.told = step, now
        print_json({"step": step, "done": done, "total": total})


def build_for_bot(settings: Settings) -> None:
    """Build and tell; an error of ours is told, too, and raises nothing."""
    try:
        report = build_from(settings, _Teller().hear)
    except QuothError as error:
        print_json({"failed": str(error)})
    except KeyboardInterrupt:  # the bot, which listens no more; its log is no place for our line
        raise SystemExit(FAILED) from None
    else:
        print_json({"built": report_values(report)})


def report_values(report: BuildReport) -> dict[str, Any]:
    """What ``bot.curate.rebuild.Rebuilt`` is made of."""
    changes = report.changes
    return {
        "name": report.name,
        "published": report.published,
        "articles": report.counts.articles,
        "passages": report.counts.passages,
        "added": changes.added,
        "changed": changes.changed,
        "removed": changes.removed,
        "skipped": [(skip.path, skip.reason) for skip in report.skipped],
        "seconds": report.seconds,
    }


def build_from(settings: Settings, progress: Progress | None = None) -> BuildReport:
    """Build the index of ``settings``. Raises what ``index.build.pipeline.build`` raises."""
    return build(settings.seeds, settings.index, settings.encoder, progress, device=settings.device)
