"""Open the index for a command, building it where needed."""

# ruff: noqa: PLC0415 - the build takes long to import, and mostly the index exists

import atexit
import hashlib
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from bot.cli.output.builds import print_build_report
from bot.cli.output.console import print_status
from bot.cli.seeds_check import check_seeds, index_in_words, origin_in_words
from bot.config.settings import Settings
from bot.services.hot_swap import open_as_configured
from index.backends import snapshot_store
from index.errors import IndexMissing, QuestionError
from index.searcher import Searcher
from index.store.backend import ClusterAddress, SnapshotStore
from index.store.origin import Overlap

_MAX_MATCHES_SHOWN = 5

_stores = ExitStack()


def open_store(settings: Settings) -> SnapshotStore:
    """Return the folder or the cluster of the index; it is closed when the command ends."""
    return _open_store(settings.index, settings.cluster)


@cache
def _open_store(index: Path, cluster: ClusterAddress | None) -> SnapshotStore:
    store = snapshot_store(index, cluster)
    _stores.callback(store.close)
    return store


@atexit.register
def close_stores() -> None:
    """Close all stores that were opened."""
    _open_store.cache_clear()
    _stores.close()


def open_current(settings: Settings) -> Searcher:
    """Open the current index. Raises IndexMissing, StorageUnavailable."""
    return open_as_configured(open_store(settings), settings)


def open_searcher(
    settings: Settings, seeds_option: Path | None = None, *, builds: bool = True
) -> Searcher:
    """Open the current index; with ``builds``, build it first if there is none.

    ``seeds_option`` is the folder given on the command line, if any. Raises SeedsError if the
    index has none of its articles, IndexMissing.
    """
    if seeds_option:
        _warn_of_other_seeds(settings)
    try:
        return open_current(settings)
    except IndexMissing:
        if not builds:
            raise
        from bot.cli.build_worker import build_with_progress

        place = index_in_words(settings)
        print_status(f"There is no index in {place} yet: building it from {settings.seeds}.")
        print_build_report(build_with_progress(settings), to_stderr=True)
        return open_current(settings)


def _warn_of_other_seeds(settings: Settings) -> None:
    """Warn if the index has mostly other articles than the seeds. Raises SeedsError."""
    overlap = check_seeds(settings)
    if overlap is Overlap.SOME:
        print_status(
            f"Most articles in {settings.seeds} differ from those in the index in "
            f"{index_in_words(settings)}{origin_in_words(settings)}; `quoth build` with the same "
            "options brings it up to date."
        )


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
    other = {"seeds": seeds, "index": index, "milvus": None}  # the cluster has the main index
    return build_and_open(settings.model_copy(update=other))


def resolve_article(searcher: Searcher, query: str) -> str:
    """Return the path of the article with that path, or with all these words in path or title.

    Raises QuestionError if no article or more than one matches.
    """
    if not query.strip():
        raise QuestionError("no article is named; `quoth sources` lists all of them")
    sources, words = searcher.opened.sources(), query.casefold().split()
    if any(source.path == query for source in sources):
        return query
    names = {each.path: f"{each.path} {each.metadata.title}".casefold() for each in sources}
    matches = [path for path, name in names.items() if all(word in name for word in words)]
    if not matches:
        raise QuestionError(f"no article matches {query!r}; `quoth sources` lists all of them")
    if len(matches) > 1:
        shown = matches[:_MAX_MATCHES_SHOWN] + ["…"] * (len(matches) > _MAX_MATCHES_SHOWN)
        raise QuestionError(f"several articles match {query!r}: {', '.join(shown)}")
    return matches[0]
