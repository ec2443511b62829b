"""What curators can do, behind their commands: rebuild and see what changed, add, remove, undo."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.services.answers import AnswerService
from bot.services.rebuild import OnProgress, Rebuilder, RebuildResult
from bot.services.search_pool import QueueFull
from bot.storage.database import Store
from bot.storage.guilds import GuildStore
from bot.storage.pins import Pin, PinChange, got, pins_of, set_got
from bot.storage.unanswered import QuestionGroup, done, groups_of, guilds_with_unanswered
from bot.text.context import AskContext
from index.errors import QuothError
from index.ingest import seeds as seedfiles
from index.types import Source, Verdict

log = logging.getLogger(__name__)

_LOOKED_AT = 50  # open questions of a server that are asked again after a rebuild


class Superseded(QuothError):
    """Another snapshot is in service than the one that was to be rolled back from."""


@dataclass(frozen=True, slots=True)
class NewlyAnswered:
    """An open question of a server that is answered now."""

    guild: int
    group: QuestionGroup


@dataclass(frozen=True, slots=True)
class PinCheck:
    """What the pinned questions of a server get: how many there are, and which changed."""

    total: int
    changes: tuple[PinChange, ...]


@dataclass(frozen=True, slots=True)
class CurationOutcome:
    """What a rebuild did, as far as one server sees it; ``answered`` is of all servers."""

    built: RebuildResult
    sources: tuple[Source, ...]
    pins: PinCheck
    answered: tuple[NewlyAnswered, ...]

    def title(self, path: str) -> str | None:
        """The title of an article that is there now."""
        return next((one.metadata.title for one in self.sources if one.path == path), None)


class Curation:
    """The seeds, the rebuilder and the checks behind one counter."""

    def __init__(
        self,
        desk: AnswerService,
        store: Store,
        rebuilder: Rebuilder,
        seeds: Path,
        rollback: Callable[[], str],
    ) -> None:
        self._desk = desk
        self._rollback = rollback
        self.store = store
        self.rebuilder = rebuilder
        self.seeds = seeds
        self.clock: Callable[[], float] = time.monotonic
        self._looking = asyncio.Lock()
        self._rolling_back = asyncio.Lock()
        self._looked_at = ""  # a snapshot

    @property
    def servers(self) -> GuildStore:
        """Settings, scopes and rights."""
        return self._desk.servers

    async def rebuild(self, guild: int, run: str, hear: OnProgress) -> CurationOutcome:
        """Rebuild, take the new index into service, ask again what is pinned or open.

        Raises RebuildFailed, RebuildStopped.
        """
        with self._desk.metrics.rebuilding():
            built = await self.rebuilder.rebuild(run, hear)
        await self._desk.refresh()
        return CurationOutcome(
            built=self._seen(guild, built),
            sources=self._desk.sources_for(guild),
            pins=await self.check_pins(guild),
            answered=await self.look_again(),
        )

    async def look_again(self) -> tuple[NewlyAnswered, ...]:
        """Open questions that the snapshot in service answers, asked once for each snapshot.

        Whoever put it there: a curator, a build on the terminal, a rollback.
        """
        async with self._looking:
            asked = self._desk.snapshot
            if self._looked_at == asked:
                return ()
            found: list[NewlyAnswered] = []
            try:
                await self._ask_again(found)
            except QueueFull:  # members come first; the next look asks those that are left
                log.info("too many questions wait to ask again what is open")
            else:
                self._looked_at = asked
            return tuple(found)

    async def rollback(self, guild: int, shown: str) -> tuple[str, PinCheck]:
        """Put the snapshot before ``shown`` in service; its name, and what pins get.

        Raises Overtaken when it is no longer in service, and QuothError.
        """
        async with self._rolling_back:  # who presses twice would go back twice
            await self._desk.refresh()
            if self._desk.snapshot != shown:
                raise Superseded(f"snapshot {shown} is no longer in service")
            name = await asyncio.to_thread(self._rollback)
            log.info("rolled back to snapshot %s", name)
            await self._desk.refresh()
        return name, await self.check_pins(guild)

    async def add(
        self, collection: str | None, name: str, content: bytes, *, over: bool = False
    ) -> str:
        """Put a file into the seeds; its path. Raises SeedRefused."""
        path = await asyncio.to_thread(
            seedfiles.save_article, self.seeds, collection, name, content, replace=over
        )
        log.info("a curator put %s into the seeds", path)
        return path

    async def files(self, path: str) -> list[tuple[str, bytes]]:
        """Name and content of an article's files. Raises SeedRefused."""
        return await asyncio.to_thread(seedfiles.article_files, self.seeds, path)

    async def remove(self, path: str) -> None:
        """Take an article's files out of the seeds. Raises SeedRefused."""
        await asyncio.to_thread(seedfiles.delete_article, self.seeds, path)
        log.info("a curator removed %s from the seeds", path)

    def places(self, guild: int) -> list[str]:
        """The collections that this server's curators may add to, beside the seeds themselves."""
        bound = self.servers.collections(guild)
        return sorted(bound) if bound else [one for one in self._folders() if self._open(one)]

    async def check_pins(self, guild: int) -> PinCheck:
        """Ask each pinned question; which get something else than the last time."""
        pins = await pins_of(self.store, guild)
        changes = [found for pin in pins if (found := await self._changed(guild, pin))]
        return PinCheck(len(pins), tuple(changes))

    def _folders(self) -> list[str]:
        try:
            found = [entry.name for entry in self.seeds.iterdir() if entry.is_dir()]
        except OSError:
            return []
        return sorted(name for name in found if not name.startswith("."))

    def _open(self, folder: str) -> bool:
        """Whether no server has this folder to itself."""
        return self.servers.sees(None, f"{folder}/")

    def _seen(self, guild: int, built: RebuildResult) -> RebuildResult:
        """Without what is another server's."""

        def seen(paths: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(path for path in paths if self.servers.sees(guild, path))

        mine = self._desk.sources_for(guild)
        return replace(
            built,
            articles=len(mine),
            passages=sum(source.passages for source in mine),
            added=seen(built.added),
            changed=seen(built.changed),
            removed=seen(built.removed),
            skipped=tuple(one for one in built.skipped if self.servers.sees(guild, one[0])),
        )

    async def _changed(self, guild: int, pin: Pin) -> PinChange | None:
        try:
            now = got(await self._desk.look(pin.question, AskContext(guild)))
        except QuothError as error:
            log.warning("a pinned question could not be asked: %s", error)
            return None
        if now == pin.got:
            return None
        await set_got(self.store, pin, now)
        return PinChange(pin, now)

    async def _ask_again(self, found: list[NewlyAnswered]) -> None:
        """Add to ``found`` open questions that get an answer now; they are no longer open.

        Raises Busy, with those added that were answered before.
        """
        for guild in await guilds_with_unanswered(self.store):
            for group in (await groups_of(self.store, guild))[:_LOOKED_AT]:
                if not group.voted and await self._is_answered(guild, group.newest.question):
                    await done(self.store, guild, group)
                    found.append(NewlyAnswered(guild, group))

    async def _is_answered(self, guild: int, question: str) -> bool:
        try:
            answer = await self._desk.look(question, AskContext(guild))
        except QueueFull:
            raise
        except QuothError as error:
            log.warning("an open question could not be asked again: %s", error)
            return False
        return answer.verdict is Verdict.ANSWERED
