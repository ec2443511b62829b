"""A build as the settings say; loads what building needs."""

from bot.settings import Settings
from index.builder import BuildReport, Progress, build


def build_from(settings: Settings, progress: Progress | None = None) -> BuildReport:
    """Build the index of ``settings``. Raises what ``index.builder.build`` raises."""
    return build(settings.seeds, settings.index, settings.encoder, progress, device=settings.device)
