"""Curate the articles: add and remove files, rebuild, roll back, and recheck questions."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from bot.questions.context import AskContext
from bot.questions.question import Question
from bot.services.answers import AnswerService
from bot.services.coordination import Turn
from bot.services.rebuild import OnRebuildStep, Rebuilder, ignore_progress
from bot.services.search_pool import QueueFull
from bot.storage.errors import DatabaseError
from bot.storage.pins import (
    Pin,
    PinChange,
    PinResult,
    get_pins,
    guilds_with_pins,
    update_pin,
)
from bot.storage.unanswered import (
    QuestionGroup,
    UnansweredQuestion,
    get_question_groups,
    guilds_with_unanswered,
    remove_group,
)
from index.build.pipeline import BuildReport, Changes
from index.errors import QuothError
from index.ingest import seeds as seed_files
from index.ingest.add import AddOptions, AddResult, add_link
from index.searcher import Searcher
from index.sources.outdated import clearing_outdated
from index.types import Source

log = logging.getLogger(__name__)

_MAX_LISTED = 50  # changed articles whose titles are read
_MAX_RECHECKED = 50  # unanswered questions per server that are asked again after a rebuild


class Superseded(QuothError):
    """The snapshot to roll back from is no longer in service."""


@dataclass(frozen=True, slots=True)
class NewlyAnswered:
    """Unanswered questions of a server that now have an answer."""

    guild: int
    group: QuestionGroup


@dataclass(frozen=True, slots=True)
class PinCheck:
    """The number of a server's pinned questions, and those whose results changed."""

    total: int
    changes: tuple[PinChange, ...]


@dataclass(frozen=True, slots=True)
class CurationOutcome:
    """The effects of a rebuild that a server may see; ``answered`` covers all own servers.

    ``sources`` are those of the first changed articles. ``pins`` is None if the pinned questions
    could not be checked.
    """

    result: BuildReport
    sources: tuple[Source, ...]
    pins: PinCheck | None
    answered: tuple[NewlyAnswered, ...]

    def title(self, path: str) -> str | None:
        """Return the title of an article, or None if it no longer exists."""
        return next((each.metadata.title for each in self.sources if each.path == path), None)


class Curation:
    """Operations on the seeds and the index that curators run."""

    def __init__(
        self, answers: AnswerService, rebuilder: Rebuilder, seeds: Path, rollback: Callable[[], str]
    ) -> None:
        self._rollback = rollback
        self.answers = answers
        self.coordination = answers.coordination
        self.store = answers.store
        self.guilds = answers.guilds
        self.rebuilder = rebuilder
        self.seeds = seeds
        self.clock: Callable[[], float] = time.monotonic
        self._recheck_lock = asyncio.Lock()
        self._rechecked_snapshot = ""

    async def rebuild(
        self, guild: int, rebuild_id: str, on_progress: OnRebuildStep
    ) -> CurationOutcome:
        """Rebuild the index, switch to it, and recheck pinned and unanswered questions.

        Raises RebuildFailed, RebuildStopped.
        """
        result = await self._build(rebuild_id, on_progress)
        # The new index is in service whatever fails from here on.
        answered: tuple[NewlyAnswered, ...] = ()
        with _log_failure("rechecking unanswered questions"):
            answered = await self.recheck_unanswered()
        visible, sources = await self._visible(guild, result)
        return CurationOutcome(
            result=visible,
            sources=sources,
            pins=await self._try_check_pins(guild),
            answered=answered,
        )

    async def rebuild_quietly(self) -> BuildReport:
        """Rebuild the index and switch to it. Raises RebuildFailed, RebuildStopped."""
        return await self._build(secrets.token_hex(4), ignore_progress)

    async def publish(self) -> BuildReport:
        """Rebuild, switch to the new index, and ask all servers' pinned questions again.

        Raises RebuildFailed, RebuildStopped.
        """
        result = await self.rebuild_quietly()
        with _log_failure("checking pinned questions"):
            for guild in await guilds_with_pins(self.store):
                await self.check_pins(guild)
        return result

    async def _build(self, rebuild_id: str, on_progress: OnRebuildStep) -> BuildReport:
        with self.answers.metrics.rebuilding(), clearing_outdated(self.seeds):
            result = await self.rebuilder.rebuild(rebuild_id, on_progress)
        await self.answers.pool.refresh()
        return result

    async def preview_pins(self, searcher: Searcher) -> dict[int, PinCheck]:
        """Ask every server's pinned questions in another index; store no results."""
        checks: dict[int, PinCheck] = {}
        for guild in await guilds_with_pins(self.store):
            pins, changes = await get_pins(self.store, guild), []
            for pin in pins:
                question, context = Question(pin.question), AskContext(guild)
                answer = await self.answers.search_in(searcher, question, context)
                if (result := PinResult.from_answer(answer)) != pin.last_result:
                    changes.append(PinChange(pin, result))
            checks[guild] = PinCheck(len(pins), tuple(changes))
        return checks

    async def recheck_unanswered(self) -> tuple[NewlyAnswered, ...]:
        """Ask unanswered questions again, once per snapshot, and return those now answered.

        A snapshot may come from a curator, a build on the command line or a rollback.
        """
        async with self._recheck_lock:
            snapshot = self.answers.pool.snapshot
            if self._rechecked_snapshot == snapshot:
                return ()
            answered: list[NewlyAnswered] = []
            try:
                await self._recheck_all(answered)
            except QueueFull:  # members come first; the next recheck asks the remaining ones
                log.info("the queue is full; rechecking unanswered questions later")
            except DatabaseError as error:  # trying again would fail in the same way
                log.error("cannot recheck unanswered questions (%s); run `quoth doctor`", error)
                self._rechecked_snapshot = snapshot
            else:
                self._rechecked_snapshot = snapshot
            return tuple(answered)

    async def rollback(self, guild: int, current: str) -> tuple[str, PinCheck | None]:
        """Roll back to the snapshot before ``current``; return its name and the pins' results.

        Raises Superseded if ``current`` is no longer in service, and QuothError.
        """
        pool = self.answers.pool
        # A double click, or another server, must not roll back twice.
        async with self.coordination.turn(Turn.ROLL_BACK):
            await pool.refresh()
            if pool.snapshot != current:
                raise Superseded(f"snapshot {current} is no longer in service")
            name = await asyncio.to_thread(self._rollback)
            log.info("rolled back to snapshot %s", name)
            await pool.refresh()
        return name, await self._try_check_pins(guild)

    async def add(
        self, collection: str | None, name: str, content: bytes, *, overwrite: bool = False
    ) -> str:
        """Save a file in the seeds and return its path. Raises SeedRefused."""
        path = await asyncio.to_thread(
            seed_files.save_article, self.seeds, collection, name, content, replace=overwrite
        )
        log.info("a curator added %s to the seeds", path)
        return path

    async def add_url(
        self, collection: str | None, url: str, *, overwrite: bool = False
    ) -> list[AddResult]:
        """Save a web page, a document or a feed, and return the results."""
        options = AddOptions(folder=collection, replace=overwrite)
        results = await asyncio.to_thread(lambda: list(add_link(url, self.seeds, options)))
        log.info("a curator added %d articles from the web", sum(map(bool, results)))
        return results

    async def files(self, path: str) -> list[tuple[str, bytes]]:
        """Return the name and content of an article's files. Raises SeedRefused."""
        return await asyncio.to_thread(seed_files.article_files, self.seeds, path)

    async def remove(self, path: str) -> None:
        """Delete an article's files from the seeds. Raises SeedRefused."""
        await asyncio.to_thread(seed_files.delete_article, self.seeds, path)
        log.info("a curator removed %s from the seeds", path)

    def collections_for(self, guild: int) -> list[str]:
        """Return the collections that a server's curators may add to, sorted."""
        if bound := self.guilds.collections(guild):
            return sorted(bound)
        folders = (entry.name for entry in self.seeds.glob("*") if entry.is_dir())
        return sorted(
            folder
            for folder in folders
            if not folder.startswith(".") and self.guilds.can_see_collection(None, folder)
        )

    async def check_pins(self, guild: int) -> PinCheck:
        """Ask each pinned question again, and report the results that changed."""
        pins = await get_pins(self.store, guild)
        changes = [change for pin in pins if (change := await self._check_pin(guild, pin))]
        return PinCheck(len(pins), tuple(changes))

    async def _try_check_pins(self, guild: int) -> PinCheck | None:
        """Check the pins, or return None if that fails."""
        with _log_failure("checking pinned questions"):
            return await self.check_pins(guild)
        return None

    async def _visible(
        self, guild: int, result: BuildReport
    ) -> tuple[BuildReport, tuple[Source, ...]]:
        """Remove articles that a server may not see from a result.

        Returns it with the first articles that were added or changed.
        """

        def visible(paths: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(path for path in paths if self.guilds.can_see(guild, path))

        changes = Changes(*map(visible, astuple(result.changes)))
        first = [*changes.added[:_MAX_LISTED], *changes.changed[:_MAX_LISTED]]
        sources, (articles, passages) = await self.answers.read(
            guild, lambda each: (each.by_path(first), each.count())
        )
        report = replace(
            result,
            counts=replace(result.counts, articles=articles, passages=passages),
            changes=changes,
            skipped=tuple(each for each in result.skipped if self.guilds.can_see(guild, each.path)),
            notes=tuple(each for each in result.notes if self.guilds.can_see(guild, each.path)),
            ignored={},  # it counts the files of other servers, too
        )
        return report, tuple(sources.values())

    async def _check_pin(self, guild: int, pin: Pin) -> PinChange | None:
        try:
            answer = await self.answers.search(Question(pin.question), AskContext(guild))
        except QuothError as error:
            log.warning("could not ask a pinned question: %s", error)
            return None
        result = PinResult.from_answer(answer)
        if result == pin.last_result:
            return None
        await update_pin(self.store, pin, result)
        return PinChange(pin, result)

    async def _recheck_all(self, answered: list[NewlyAnswered]) -> None:
        """Append groups of questions that now have an answer, and mark them as done.

        Raises QueueFull; ``answered`` then has the groups rechecked so far.
        """
        for guild in await guilds_with_unanswered(self.store, self.guilds.shards):
            for group in (await get_question_groups(self.store, guild))[:_MAX_RECHECKED]:
                is_answered = not group.downvoted and await self._is_answered(guild, group.newest)
                # Only one of several processes removes it, and announces it.
                if is_answered and await remove_group(self.store, guild, group):
                    answered.append(NewlyAnswered(guild, group))

    async def _is_answered(self, guild: int, question: UnansweredQuestion) -> bool:
        context = AskContext(guild, place=question.place)
        return await self.answers.is_answered(question.question, context)


@contextmanager
def _log_failure(activity: str) -> Iterator[None]:
    """Log an exception instead of raising it."""
    try:
        yield
    except Exception:
        log.exception("%s failed", activity)
