"""Build the index for commands, and for a bot that runs ``quoth build`` as a child process.

For a bot the child prints one JSON object a line to stdout: ``{"step": "encoding", "done": 3,
"total": 9}`` while it works, and at the end ``{"built": {...}}`` or ``{"failed": "reason"}``.
"""

import contextlib
import math
import time
from dataclasses import asdict

from bot.cli.options import FAILED, Workers
from bot.cli.output.console import print_json
from bot.cli.output.progress import show_progress
from bot.config.settings import Settings
from index.backends import missing_packages
from index.build.pipeline import BuildReport, build
from index.errors import BuildInProgress, QuothError, SettingsError
from index.sources.outdated import clearing_outdated
from index.types import OnStepProgress

_REPORT_INTERVAL_SECONDS = 0.2  # between two lines about the same step
_TURN_SECONDS = 20.0  # a build outlives a bot that was killed until it prints its next line
_POLL_SECONDS = 0.25


def _progress_printer() -> OnStepProgress:
    """Return a callback that prints the first and last progress of each step, and some between."""
    printed_at: dict[str, float] = {}

    def on_progress(step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - printed_at.get(step, -math.inf) >= _REPORT_INTERVAL_SECONDS:
            printed_at[step] = now
            print_json({"step": step, "done": done, "total": total})

    return on_progress


def build_for_bot(settings: Settings) -> None:
    """Build and print progress and outcome as JSON lines; QuothErrors are printed, not raised."""
    try:
        report = _build_in_turn(settings, _progress_printer())
    except QuothError as error:
        print_json({"failed": str(error)})
    except KeyboardInterrupt:  # sent by the bot, which has stopped reading: exit without a message
        raise SystemExit(FAILED) from None
    else:
        print_json({"built": asdict(report)})


def _build_in_turn(settings: Settings, progress: OnStepProgress) -> BuildReport:
    """Build once a build that is just ending has ended. Raises BuildInProgress if it goes on."""
    last_try = time.monotonic() + _TURN_SECONDS
    while time.monotonic() < last_try:
        with contextlib.suppress(BuildInProgress):
            return _build(settings, progress)
        time.sleep(_POLL_SECONDS)
    return _build(settings, progress)


def build_with_progress(settings: Settings, workers: Workers | None = None) -> BuildReport:
    """Build and show the progress; raises the same errors as ``pipeline.build``."""
    with show_progress() as on_progress:
        return _build(settings, on_progress, workers)


def _build(
    settings: Settings, progress: OnStepProgress, workers: Workers | None = None
) -> BuildReport:
    """Build, and record that the changes of followed sources are indexed."""
    with clearing_outdated(settings.seeds):
        return _build_index(settings, progress, workers)


def _build_index(
    settings: Settings, progress: OnStepProgress, workers: Workers | None
) -> BuildReport:
    """Build in the cluster if one is configured, else in the index folder."""
    seeds, encoder, device = settings.seeds, settings.encoder, settings.device
    if (address := settings.cluster) is None:
        if workers:
            raise SettingsError("Ray builds an index in a cluster only; set QUOTH_MILVUS")
        return build(seeds, settings.index, encoder, progress, device=device)
    try:
        from index.build.cluster import ClusterBuild, build_in_cluster  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise missing_packages(error) from error
    return build_in_cluster(
        ClusterBuild(seeds, address, encoder, device, use_ray=workers is Workers.RAY), progress
    )
