"""Open the index for a command, building it where needed."""

# ruff: noqa: PLC0415 - the build takes long to import, and mostly the index exists

import hashlib
import logging
from pathlib import Path

from bot.cli.console import print_build_report, print_status
from bot.config.hints import describe_missing_folders
from bot.config.settings import Settings
from bot.text.public_pages import public_page_url
from index.errors import IndexMissing, SeedsError, SnapshotDamaged
from index.search.reranker import load_reranker_or_none
from index.searcher import Searcher
from index.store import snapshot
from index.store.origin import Origin, Overlap

log = logging.getLogger(__name__)


def open_current(settings: Settings) -> Searcher:
    """Open the current index. Raises IndexMissing."""
    return Searcher.open(
        settings.index, load_reranker_or_none(settings.reranker), public_page_url(settings)
    )


def open_searcher(
    settings: Settings, seeds_option: Path | None = None, *, builds: bool = True
) -> Searcher:
    """Open the current index; with ``builds``, build it first if there is none.

    ``seeds_option`` is the folder given on the command line, if any. Raises SeedsError if the
    index has none of its articles, IndexMissing.
    """
    index = settings.index
    if seeds_option:
        _warn_of_other_seeds(settings)
    try:
        return open_current(settings)
    except IndexMissing:
        if not builds:
            raise
        from bot.cli.build_worker import build_with_progress

        print_status(f"There is no index in {index} yet: building it from {settings.seeds}.")
        print_build_report(build_with_progress(settings), to_stderr=True)
        return open_current(settings)


def _warn_of_other_seeds(settings: Settings) -> None:
    """Warn if the index has mostly other articles than the seeds. Raises SeedsError."""
    overlap = check_seeds(settings)
    if overlap is Overlap.SOME:
        print_status(
            f"Most articles in {settings.seeds} differ from those in the index in "
            f"{settings.index}{_origin(settings)}; `quoth build` with the same options brings it "
            "up to date."
        )


def check_seeds(settings: Settings) -> Overlap:
    """Compare the index with the seeds. Raises SeedsError if it has none of the articles."""
    overlap = compare_with_seeds(settings)
    if overlap is Overlap.NONE:
        raise SeedsError(
            f"the index in {settings.index}{_origin(settings)} has none of the articles in "
            f"{settings.seeds}; choose another index with --index DIR, or replace this one with "
            f"`quoth build --seeds {settings.seeds} --index {settings.index}`"
        )
    return overlap


def compare_with_seeds(settings: Settings) -> Overlap:
    """Compare the index with the seeds; SAME if one of them is missing."""
    origin = _read_origin(settings)
    return origin.overlap(settings.seeds) if origin and settings.seeds.is_dir() else Overlap.SAME


def _origin(settings: Settings) -> str:
    origin = _read_origin(settings)
    return f", built from {origin.seeds}," if origin else ""


def _read_origin(settings: Settings) -> Origin | None:
    try:
        name = snapshot.current(settings.index)
    except SnapshotDamaged:  # opening it says so
        return None
    return Origin.read(snapshot.folder_of(settings.index, name)) if name else None


def warn_of_misconfiguration(settings: Settings) -> None:
    """Log settings with which a service would start, but answer from too little or too much."""
    for description in describe_missing_folders(settings):
        log.warning("%s", description)
    try:
        check_seeds(settings)
    except SeedsError as error:
        log.warning("%s", error)


def build_and_open(settings: Settings) -> Searcher:
    """Bring the index up to date with the seeds, and open it."""
    from bot.cli.build_worker import build_with_progress

    build_with_progress(settings)
    return open_current(settings)


def build_other_index(settings: Settings, seeds: Path) -> Searcher:
    """Index other articles, and open that index.

    It is kept beside the main index, so that the next run does not have to build it again.
    """
    name = hashlib.sha256(str(seeds.resolve()).encode()).hexdigest()[:12]
    index = settings.index.with_name(f"{settings.index.name}-against-{name}")
    return build_and_open(settings.model_copy(update={"seeds": seeds, "index": index}))
