"""Refresh followed sources for the bot: stage, preview what would change, apply or wait.

Fetching runs in a child process, as a build does. A change goes into service by itself unless it
removes articles that somebody has to confirm, changes more passages than the operator allows, or
changes the answer to a pinned question.
"""

import asyncio
import json
import logging
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.config.settings import Settings
from bot.services.coordination import Turn
from bot.services.curation import Curation, PinCheck
from bot.services.rebuild import (
    RebuildFailed,
    RebuildStopped,
    build_in_process,
    ignore_progress,
    refresh_command,
    run_child_process,
)
from bot.services.source_alarms import CHECKS_UNTIL_ALARM, Alarm, SourceAlarms
from index.build.pipeline import BuildReport
from index.errors import QuothError, SourceError
from index.searcher import Searcher
from index.sources import refresh as sources
from index.sources.file_names import STATE_FOLDER
from index.sources.follow import drop_if_empty, follow
from index.sources.followed import FollowedSource, find_followed, read_followed
from index.sources.freshness import FollowedArticles
from index.sources.ledger import PREVIEW_FOLDER, SourceState, staged_folder
from index.sources.outdated import is_outdated
from index.sources.preview import copy_with_changes
from index.sources.refresh import SourceStatus, SourceSummary
from index.sources.staging import Plan, Staging
from index.store import snapshot

log = logging.getLogger(__name__)

_RETRY_SECONDS = 3600.0  # after a build that failed
# Stages the sources with these names, or those that are due, and returns the problems of each.
StageFunction = Callable[[Sequence[str], bool], Awaitable[dict[str, tuple[str, ...]]]]
# Builds the index that seeds with a source's staged changes would have.
PreviewFunction = Callable[[str], AbstractAsyncContextManager[tuple[BuildReport, Searcher]]]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """The result of checking one source.

    ``plan`` is None if nothing changed. ``changed_share`` is the share of all passages that
    change, and ``pins`` has the answers to each server's pinned questions that would change.
    ``plan_id`` is set if the changes wait for approval, and ``alarm`` if problems have just lasted
    too long, or are over.
    """

    source: FollowedSource
    plan: Plan | None = None
    plan_id: str | None = None
    changed_share: float = 0.0
    pins: dict[int, PinCheck] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    alarm: Alarm | None = None


class FollowedSources:
    """Followed sources of the bot; one refresh at a time, in one of its processes."""

    def __init__(
        self,
        curation: Curation,
        stage: StageFunction,
        preview: PreviewFunction,
        max_changed_share: float,
    ) -> None:
        self._curation = curation
        self._seeds = curation.seeds
        self._stage = stage
        self._preview = preview
        self.max_changed_share = max_changed_share
        self.articles = FollowedArticles(curation.seeds)
        self._alarms = SourceAlarms(curation.seeds)
        self._list_failures = 0
        self._retry_at = 0.0  # monotonic seconds

    @classmethod
    def from_settings(cls, settings: Settings, curation: Curation) -> "FollowedSources":
        """Create for the folders of the settings."""
        share = settings.approve_percent / 100
        return cls(curation, stage_in_process(settings), preview_in_process(settings), share)

    def count_list_failure(self) -> bool:
        """Count that the list could not be read; return whether that has just lasted too long."""
        self._list_failures += 1
        return self._list_failures == CHECKS_UNTIL_ALARM

    async def statuses(self, guild: int) -> list[SourceStatus]:
        """Return the sources whose articles a server sees. Raises SourceError."""
        found = await asyncio.to_thread(sources.list_statuses, self._seeds)
        return [each for each in found if self.is_visible(guild, each.source)]

    def visible_to(self, guild: int, name: str) -> FollowedSource:
        """Return a source whose articles a server sees. Raises SourceError."""
        source = find_followed(name, self._seeds)
        if not self.is_visible(guild, source):
            raise SourceError(f"{name!r} is not followed")
        return source

    def is_visible(self, guild: int, source: FollowedSource) -> bool:
        """Return whether a server sees the articles of a source."""
        top, *_ = (source.folder or "").split("/")
        return self._curation.guilds.can_see_collection(guild, top or None)

    async def has_due(self) -> bool:
        """Return whether a source is due for a check, or a build for another try.

        Raises SourceListError.
        """
        due = await asyncio.to_thread(sources.select_sources, self._seeds, (), time.time())
        return bool(due) or (time.monotonic() >= self._retry_at and is_outdated(self._seeds))

    async def refresh(
        self, names: Sequence[str] = (), *, due: bool = False
    ) -> tuple[list[SourceReport], BuildReport | None]:
        """Check sources; apply harmless changes and rebuild, let the others wait.

        Returns a report of each source that was checked, and the build if there was one.
        Raises SourceError, RebuildFailed, RebuildStopped.
        """
        async with self._turn():
            reports = await self._check(names, due=due)
            return reports, await self._publish(reports)

    async def _check(self, names: Sequence[str], *, due: bool) -> list[SourceReport]:
        problems = await self._stage(names, due)
        return [await self._report(name, each) for name, each in problems.items()]

    async def _publish(self, reports: Sequence[SourceReport]) -> BuildReport | None:
        """Rebuild if changes were applied, now or before a build that did not end well."""
        applied = any(each.plan and each.plan_id is None for each in reports)
        if not applied and not is_outdated(self._seeds):
            return None
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        return await self._curation.publish()

    async def refresh_due(self) -> list[SourceReport]:
        """Check the sources that are due, and count their problems.

        A build that fails is tried again an hour later. Raises SourceError.
        """
        is_due = await self.has_due()
        self._list_failures = 0
        if not is_due:
            return []
        async with self._turn():
            reports = await self._check((), due=True)
            try:
                await self._publish(reports)
            except (RebuildFailed, RebuildStopped) as error:
                log.warning("cannot index the changes of followed sources: %s", error)
        followed = await asyncio.to_thread(read_followed, self._seeds)
        alarms = await asyncio.to_thread(
            self._alarms.update,
            {each.source.name: each.problems for each in reports},
            {each.name for each in followed},
        )
        return [replace(each, alarm=alarms.get(each.source.name)) for each in reports]

    async def follow(self, source: FollowedSource) -> tuple[FollowedSource, Plan | None, list[str]]:
        """Follow a source and save its articles; return its name, the changes and problems.

        If nothing can be saved it is not followed, and there is no plan. Raises QuothError.
        """
        async with self._turn():
            source = await asyncio.to_thread(follow, source, self._seeds)
            problems = await self._stage([source.name], False)
            waiting = await asyncio.to_thread(sources.waiting_plan, source.name, self._seeds)
            lines = list(problems.get(source.name, ()))
            if waiting is not None:
                await asyncio.to_thread(sources.approve, source.name, waiting[1], self._seeds)
            if await asyncio.to_thread(drop_if_empty, source, self._seeds):
                return source, None, lines
        plan = waiting[0] if waiting else Plan(source.name, SourceState())
        return source, plan, [*lines, *plan.notes]

    async def summary(self, source: FollowedSource) -> SourceSummary:
        """Return the number and size of a source's articles, and its next check."""
        return await asyncio.to_thread(sources.summarize, source, self._seeds)

    async def unfollow(self, name: str) -> int:
        """Stop following a source; return the number of files that stay. Raises SourceError."""
        async with self._turn():
            return len(await asyncio.to_thread(sources.unfollow, name, self._seeds))

    async def approve(self, name: str, plan_id: str) -> bool:
        """Apply the changes that wait; False if they are no longer these. Raises SourceError."""
        async with self._turn():
            applied = await asyncio.to_thread(sources.approve, name, plan_id, self._seeds)
            return applied is not None

    async def discard(self, name: str, plan_id: str) -> bool:
        """Drop the changes that wait; False if they are no longer these. Raises SourceError."""
        async with self._turn():
            plan = await asyncio.to_thread(sources.discard, name, plan_id, self._seeds)
            return plan is not None

    def _turn(self) -> AbstractAsyncContextManager[None]:
        return self._curation.coordination.turn(Turn.FOLLOW_SOURCES)

    async def _report(self, name: str, problems: tuple[str, ...]) -> SourceReport:
        """Decide on the changes of a source: apply them, or let them wait."""
        source = await asyncio.to_thread(find_followed, name, self._seeds)
        waiting = await asyncio.to_thread(sources.waiting_plan, name, self._seeds)
        if waiting is None:
            return SourceReport(source, problems=problems)
        plan, plan_id = waiting
        try:
            share, pins = await self._consequences(name)
        except (QuothError, OSError) as error:
            log.warning("cannot preview the changes of %s: %s", name, error)
            share, pins = 1.0, {}
        changes_pins = any(check.changes for check in pins.values())
        if plan.removals or changes_pins or share > self.max_changed_share:
            return SourceReport(source, plan, plan_id, share, pins, problems)
        await asyncio.to_thread(sources.approve, name, plan_id, self._seeds)
        return SourceReport(source, plan, None, share, pins, problems)

    async def _consequences(self, name: str) -> tuple[float, dict[int, PinCheck]]:
        """Return the share of passages that a source's changes touch, and the pins they change."""
        async with self._preview(name) as (report, searcher):
            share = await self._changed_share(report, searcher)
            return share, await self._curation.preview_pins(searcher)

    async def _changed_share(self, report: BuildReport, preview: Searcher) -> float:
        changes, pool = report.changes, self._curation.answers.pool
        replaced = (*changes.changed, *changes.removed)
        before = await pool.run(lambda searcher: _passage_texts(searcher, replaced))
        written = (*changes.added, *changes.changed)
        after = await asyncio.to_thread(_passage_texts, preview, written)
        nothing = Counter[str]()
        touched = sum(
            max((old - new).total(), (new - old).total())
            for path in before.keys() | after.keys()
            for old, new in [(before.get(path, nothing), after.get(path, nothing))]
        )
        _, passages = await pool.run(lambda searcher: searcher.opened.count())
        return touched / max(1, passages)


def _passage_texts(searcher: Searcher, paths: Sequence[str]) -> dict[str, Counter[str]]:
    """Return the passages of those of some articles that exist, by path."""
    return {
        path: Counter(each.passage.text for each in searcher.passages(path))
        for path in paths
        if searcher.opened.source(path) is not None
    }


def stage_in_process(settings: Settings) -> StageFunction:
    """Return a function that runs ``quoth refresh`` in a child process."""

    async def stage(names: Sequence[str], due: bool) -> dict[str, tuple[str, ...]]:
        command = refresh_command(settings, names, due=due)
        event: dict[str, Any] = {}
        async with run_child_process(command) as lines:
            async for line in lines:
                event = json.loads(line)
        if "staged" not in event:
            reason = "the refresh ended without a result; see the log"
            raise SourceError(event.get("failed", reason))
        return {name: tuple(problems) for name, problems in event["staged"].items()}

    return stage


def preview_in_process(settings: Settings) -> PreviewFunction:
    """Return a function that builds the index of a source's changes in a child process."""
    seeds = settings.seeds / STATE_FOLDER / PREVIEW_FOLDER
    index = settings.index.with_name(f"{settings.index.name}-{PREVIEW_FOLDER}")
    folder = {"seeds": seeds, "index": index, "milvus": None}  # the cluster has the main index
    build = build_in_process(settings.model_copy(update=folder))

    @asynccontextmanager
    async def preview(name: str) -> AsyncIterator[tuple[BuildReport, Searcher]]:
        try:
            await asyncio.to_thread(_write_preview, name, settings, seeds, index)
            report = await build(ignore_progress)
            with await asyncio.to_thread(Searcher.open, index) as searcher:
                yield report, searcher
        finally:
            for folder in (seeds, index):
                await asyncio.to_thread(partial(shutil.rmtree, folder, ignore_errors=True))

    return preview


def _write_preview(name: str, settings: Settings, seeds: Path, index: Path) -> None:
    """Copy seeds with the staged changes, and the current snapshot, whose vectors are reused.

    A cluster has no folder to copy, so that everything is encoded again.
    """
    staging = Staging(staged_folder(name, settings.seeds))
    plan = staging.load_plan()
    if plan is None:
        raise SourceError(f"nothing is staged for {name}")
    copy_with_changes(settings.seeds, seeds, plan, staging)
    shutil.rmtree(index, ignore_errors=True)
    index.mkdir(parents=True)
    if settings.milvus is None:
        snapshot.link_current(settings.index, index)
