"""Compare the index with the seeds that the settings name."""

import logging
from contextlib import closing

from bot.config.hints import describe_missing_folders
from bot.config.settings import Settings
from index.backends import snapshot_store
from index.errors import SeedsError
from index.store.origin import Origin, Overlap

log = logging.getLogger(__name__)


def check_seeds(settings: Settings) -> Overlap:
    """Compare the index with the seeds. Raises SeedsError if it has none of the articles."""
    overlap = compare_with_seeds(settings)
    if overlap is Overlap.NONE:
        raise SeedsError(
            f"the index in {index_in_words(settings)}{origin_in_words(settings)} has none of the "
            f"articles in {settings.seeds}; choose another index with --index DIR, or replace this "
            "one with "
            f"`quoth build --seeds {settings.seeds} --index {settings.index}`"
        )
    return overlap


def compare_with_seeds(settings: Settings) -> Overlap:
    """Compare the index with the seeds; SAME if one of them is missing."""
    origin = _read_origin(settings)
    return origin.overlap(settings.seeds) if origin and settings.seeds.is_dir() else Overlap.SAME


def origin_in_words(settings: Settings) -> str:
    """Say from which folder the index was built, as a part of a sentence."""
    origin = _read_origin(settings)
    return f", built from {origin.seeds}," if origin else ""


def index_in_words(settings: Settings) -> str:
    """Return where the index is, as a part of a sentence."""
    return "the cluster" if settings.milvus else str(settings.index)


def _read_origin(settings: Settings) -> Origin | None:
    with closing(snapshot_store(settings.index, settings.cluster)) as store:
        return store.origin()


def warn_of_misconfiguration(settings: Settings) -> None:
    """Log settings with which a service would start, but answer from too little or too much."""
    for description in describe_missing_folders(settings):
        log.warning("%s", description)
    try:
        check_seeds(settings)
    except SeedsError as error:
        log.warning("%s", error)
