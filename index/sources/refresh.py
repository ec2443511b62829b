"""Refresh followed sources: stage what has changed, and apply it."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import QuothError, SourceError
from index.sources.apply import Applied, apply_plan, discard_plan, recover
from index.sources.check import SourceCheck
from index.sources.checked import CheckedSource
from index.sources.client import MAX_BUSY_SECONDS, WebClient
from index.sources.file_names import STATE_FOLDER
from index.sources.followed import (
    FollowedSource,
    SourceKind,
    find_followed,
    read_followed,
    remove_followed,
)
from index.sources.git.check import GitCheck
from index.sources.ledger import (
    SourceState,
    delete_state,
    digest_file,
    load_state,
    lock_sources,
    other_owned_files,
    staged_folder,
)
from index.sources.plan import Planner
from index.sources.robots_file import keep_robots, load_robots
from index.sources.staging import PLAN_FILE, Plan, Staging
from index.types import OnStepProgress, digest_bytes


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """The result of refreshing one source: its plan, or the error that prevented one.

    ``is_waiting`` says that the changes are staged, but not applied.
    """

    source: FollowedSource
    plan: Plan | None = None
    conflicts: tuple[str, ...] = ()
    error: str | None = None
    is_waiting: bool = False

    @property
    def problems(self) -> tuple[str, ...]:
        """Lines on what failed, or was made or edited by hand."""
        lines = (*filter(None, [self.error]), *self.conflicts)
        return lines if self.plan is None else (*self.plan.conflicts, *lines, *self.plan.failures)

    @property
    def is_partial(self) -> bool:
        """True if something failed, was edited by hand, or waits for a decision."""
        return bool(self.problems) or self.plan is None or bool(self.plan.removals)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A followed source with its ledger; ``is_waiting`` says that changes wait for approval."""

    source: FollowedSource
    state: SourceState
    is_waiting: bool = False

    @property
    def next_check(self) -> float | None:
        """The Unix time of the next check; None for now."""
        return _next_check(self.source, self.state)


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """The number of a source's articles, the size of their files, and its next check."""

    articles: int
    kilobytes: int
    next_check: float | None


def summarize(source: FollowedSource, seeds: Path) -> SourceSummary:
    """Return how much of a source is saved. Raises SourceError."""
    state = load_state(source.name, seeds)
    paths = [seeds / path for path in state.files]
    size_bytes = sum(path.stat().st_size for path in paths if path.is_file())
    articles = sum(bool(page.files) for page in state.pages.values())
    return SourceSummary(articles, max(1, round(size_bytes / 1000)), _next_check(source, state))


def list_statuses(seeds: Path) -> list[SourceStatus]:
    """Return every followed source with its ledger. Raises SourceError."""
    return [
        SourceStatus(each, _state_or_error(each.name, seeds), _is_waiting(each.name, seeds))
        for each in read_followed(seeds)
    ]


def _state_or_error(name: str, seeds: Path) -> SourceState:
    """Return the ledger of a source, or an empty one with the reason why it cannot be read."""
    try:
        return load_state(name, seeds)
    except SourceError as error:
        return SourceState(error=str(error))


def _next_check(source: FollowedSource, state: SourceState) -> float | None:
    """Return when a source is due; its interval may have been changed since the last check."""
    if state.error is None and state.checked is not None:
        return state.checked + source.interval_seconds
    return state.next_check


def _is_due(source: FollowedSource, state: SourceState, now: float) -> bool:
    """Return whether a source is due; also if the clock was wrong at the last check."""
    next_check = _next_check(source, state) or 0.0
    latest = now + max(source.interval_seconds, MAX_BUSY_SECONDS)
    return next_check <= now or next_check > latest or (state.checked or 0.0) > now


def waiting_plan(name: str, seeds: Path) -> tuple[Plan, str] | None:
    """Return the changes that wait for approval, with an id that changes when they do.

    Raises SourceError.
    """
    staging = Staging(staged_folder(name, seeds))
    plan = staging.load_plan()
    if plan is None or plan.is_empty:
        return None
    return plan, digest_bytes((staging.folder / PLAN_FILE).read_bytes())[:12]


def approve(name: str, plan_id: str, seeds: Path) -> Applied | None:
    """Apply the changes that wait, removals included; None if they are no longer these.

    Raises SourceError.
    """
    with lock_sources(seeds):
        recover(seeds)
        waiting = waiting_plan(name, seeds)
        if waiting is None or waiting[1] != plan_id:
            return None
        return apply_plan(name, seeds, with_removals=True)


def discard(name: str, plan_id: str, seeds: Path) -> Plan | None:
    """Drop the changes that wait; None if they are no longer these. Raises SourceError."""
    with lock_sources(seeds):
        waiting = waiting_plan(name, seeds)
        if waiting is None or waiting[1] != plan_id:
            return None
        return discard_plan(name, seeds)


def select_sources(
    seeds: Path, names: Sequence[str] = (), due_at: float | None = None
) -> list[FollowedSource]:
    """Return the sources with these names or URLs, or all of them.

    With ``due_at``, a Unix time, only those whose next check is not later and that do not wait for
    approval. Raises SourceError for a name that is not followed.
    """
    sources = [find_followed(name, seeds) for name in names] or list(read_followed(seeds))
    if due_at is None:
        return sources
    return [
        source
        for source in sources
        if _is_due(source, _state_or_error(source.name, seeds), due_at)
        and not _is_waiting(source.name, seeds)
    ]


def refresh(
    sources: Sequence[FollowedSource],
    seeds: Path,
    client: WebClient | None = None,
    on_progress: OnStepProgress | None = None,
    *,
    stage_only: bool = False,
) -> Iterator[RefreshResult]:
    """Check each source and apply the changes; yield the results one by one.

    Removals that somebody has to confirm are not made: see ``remove_gone``. With ``stage_only``,
    nothing changes in seeds but what an interrupted refresh had begun. A source that fails does not
    stop the others. Raises SourceError while another process refreshes.
    """
    if not sources and not (seeds / STATE_FOLDER).exists():  # which the lock would create
        return
    client = client or WebClient()
    with lock_sources(seeds), keep_robots(client.robots, seeds):
        recover(seeds)
        for source in sources:
            folder = staged_folder(source.name, seeds)
            try:
                plan = stage(source, seeds, folder, client, on_progress)
                if stage_only and not plan.is_empty:
                    yield RefreshResult(source, plan, is_waiting=True)
                else:
                    yield _apply(source, plan, seeds)
            except OSError as error:
                Staging(folder).clear()  # it would keep a full disk full
                yield RefreshResult(source, error=_disk_error(error, seeds))
            except QuothError as error:
                yield RefreshResult(source, error=str(error))


def _disk_error(error: OSError, seeds: Path) -> str:
    """Say that a check could not be saved; nothing has changed in seeds then."""
    reason = error.strerror or str(error)
    return f"{seeds} cannot be written ({reason}); nothing has changed, refresh again later"


def preview(
    sources: Sequence[FollowedSource],
    seeds: Path,
    client: WebClient | None = None,
    on_progress: OnStepProgress | None = None,
) -> Iterator[RefreshResult]:
    """Check each source and yield the changes that a refresh would make; nothing is saved."""
    client = client or WebClient()
    client.robots.load(load_robots(seeds))
    for source in sources:
        folder = Path(tempfile.mkdtemp(prefix="quoth-"))
        try:
            plan = stage(source, seeds, folder, client, on_progress)
            yield RefreshResult(source, plan, is_waiting=not plan.is_empty)
        except (QuothError, OSError) as error:
            yield RefreshResult(source, error=str(error))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def stage(
    source: FollowedSource,
    seeds: Path,
    folder: Path,
    client: WebClient,
    on_progress: OnStepProgress | None = None,
) -> Plan:
    """Check a source and stage its changes in ``folder``. Raises SourceError."""
    state, staging = load_state(source.name, seeds), Staging(folder)
    names = [each.name for each in read_followed(seeds)]
    others = other_owned_files(source.name, names, seeds)
    check = GitCheck if source.kind is SourceKind.GIT else SourceCheck
    result = check(CheckedSource(source, state, client, staging, on_progress)).run()
    plan = Planner(source, state, seeds, others).plan(result, client.clock())
    staging.save_plan(plan)
    return plan


def remove_gone(plan: Plan, seeds: Path) -> tuple[str, ...]:
    """Delete the articles whose pages are gone, as somebody confirmed; return those edited since.

    Raises SourceError.
    """
    with lock_sources(seeds):
        staging = Staging(staged_folder(plan.source, seeds))
        state = load_state(plan.source, seeds)
        staging.save_plan(replace(plan, state=state, changes=(), removals=plan.removals))
        applied = apply_plan(plan.source, seeds, with_removals=True)
        return applied.conflicts if applied else ()


def unfollow(name: str, seeds: Path, *, remove: bool = False) -> tuple[str, ...]:
    """Stop following a source; return the paths of its articles that stay, or were deleted.

    With ``remove`` its articles are deleted, except those that were edited by hand.
    Raises SourceError.
    """
    find_followed(name, seeds)  # first, for the lock creates a folder
    with lock_sources(seeds):
        recover(seeds)
        source = find_followed(name, seeds)
        files = load_state(source.name, seeds).files
        unchanged = [path for path, digest in files.items() if digest_file(seeds / path) == digest]
        remove_followed(source.name, seeds)
        if remove:
            for path in unchanged:
                (seeds / path).unlink(missing_ok=True)
        delete_state(source.name, seeds)
        Staging(staged_folder(source.name, seeds)).clear()
    return tuple(unchanged)


def _apply(source: FollowedSource, plan: Plan, seeds: Path) -> RefreshResult:
    applied = apply_plan(source.name, seeds)
    return RefreshResult(source, plan, applied.conflicts if applied else ())


def _is_waiting(name: str, seeds: Path) -> bool:
    try:
        return waiting_plan(name, seeds) is not None
    except SourceError:
        return False
