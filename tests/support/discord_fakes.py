"""A fake index, and a bot in a simulated Discord that uses it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.app.client import QuothBot
from bot.config.shards import ALL_SHARDS, ShardRange
from bot.services.answers import AnswerService
from bot.services.curation import Curation
from bot.services.followed_sources import FollowedSources
from bot.services.hot_swap import HotSwapSearcher
from bot.services.rebuild import OnRebuildStep, Rebuilder, RebuildStep
from bot.services.search_pool import SearchPool
from bot.storage.guilds import GuildSettings, GuildStore
from bot.storage.store import Store
from index.build.embeddings import EncodingReport
from index.build.pipeline import BuildReport, Changes
from index.errors import SnapshotError
from index.ingest.loader import SkippedFile
from index.sources.client import WebClient
from index.sources.refresh import RefreshResult, refresh, select_sources
from index.store.manifest import Counts
from tests.support.discord_messages import buttons, label
from tests.support.fake_searcher import FakeSearcher
from tests.support.stores import Location


def build_report(
    name: str,
    published: bool,
    articles: int,
    passages: int,
    changes: Changes = Changes(),  # noqa: B008 - immutable
    skipped: tuple[SkippedFile, ...] = (),
    seconds: float = 0.0,
) -> BuildReport:
    counts = Counts(articles, passages, sentences=0, vectors=0)
    return BuildReport(name, published, counts, changes, skipped, EncodingReport(0, 0), seconds)


UNCHANGED = build_report("one", False, 3, 7)


@dataclass
class FakeIndex:
    """A published snapshot, and the effects of a rebuild or a rollback on it."""

    searcher: FakeSearcher
    open_error: Exception | None = None
    bindings: dict[int, tuple[str, ...]] = field(default_factory=dict)
    curators: tuple[int, ...] = ()
    # A rebuild reports ``steps``, awaits ``wait``, raises ``build_error`` or publishes
    # ``next_searcher``, and returns ``result``.
    steps: tuple[RebuildStep, ...] = ()
    wait: Callable[[], Awaitable[None]] | None = None
    build_error: Exception | None = None
    next_searcher: FakeSearcher | None = None
    result: BuildReport = UNCHANGED
    preview: BuildReport = UNCHANGED  # of changes that may need approval
    build_count: int = 0
    # A rollback publishes ``previous``; the next one ``second_previous``.
    previous: FakeSearcher | None = None
    second_previous: FakeSearcher | None = None

    async def build(self, on_progress: OnRebuildStep) -> BuildReport:
        self.build_count += 1
        for step in self.steps:
            await on_progress(step)
        if self.wait:
            await self.wait()
        if self.build_error:
            raise self.build_error
        self.previous, self.searcher = self.searcher, self.next_searcher or self.searcher
        return self.result

    @asynccontextmanager
    async def open_preview(self, _name: str) -> AsyncIterator[tuple[BuildReport, FakeSearcher]]:
        if self.build_error:
            raise self.build_error
        yield self.preview, self.next_searcher or self.searcher

    def rollback(self) -> str:
        if self.previous is None:
            raise SnapshotError("there is no previous snapshot to roll back to")
        self.searcher, self.previous = self.previous, self.second_previous
        self.second_previous = None
        return self.searcher.snapshot

    def open(self) -> FakeSearcher:
        if self.open_error:
            raise self.open_error
        self.searcher.closed = False  # a rollback opens it again
        return self.searcher

    def current(self) -> str:
        return self.searcher.snapshot


@dataclass
class World:
    """A simulated server with a channel, two members and the bot."""

    env: simcord.Env
    channel: Any
    alice: Any
    bob: Any
    fake_index: FakeIndex
    store: Location
    folder: Path

    async def ask(self, question: str, **options: Any) -> Any:
        return (await self.alice.slash(self.channel, "ask", question=question, **options)).response

    async def mention(self, text: str) -> discord.Message:
        await self.alice.send(self.channel, f"<@{self.env.bot.user.id}> {text}")  # type: ignore[union-attr]
        return self.channel.last_message  # type: ignore[no-any-return]

    async def press(self, message: Any, button_label: str, member: Any = None) -> Any:
        """Click the button with a label or an emoji."""
        (button,) = [each for each in buttons(message) if label(each) == button_label]
        return await (member or self.alice).click(message, custom_id=button["custom_id"])

    async def restart(self) -> None:
        """Start another process of the bot; the system closes the connections of the first."""
        before: Any = self.env.bot
        await before.answers.store.close()
        await self.env.restart_bot(make_client(self.fake_index, self.store, self.folder))


def make_client(
    fake_index: FakeIndex,
    location: Location,
    folder: Path | None = None,
    quotes: int = 3,
    shards: ShardRange | None = ALL_SHARDS,
) -> QuothBot:
    """Make a bot whose articles are in the folder, by default that of a SQLite store."""
    if folder is None:
        assert isinstance(location, Path)
        folder = location.parent
    store = Store(location)
    default = GuildSettings(quotes=quotes)
    rights = fake_index.bindings, fake_index.curators
    guilds = GuildStore(store, *rights, default, shards or ALL_SHARDS)
    pool = SearchPool(HotSwapSearcher(fake_index.open, fake_index.current))
    answers = AnswerService(pool, store, guilds)
    seeds = folder / "seeds"
    rebuilder = Rebuilder(fake_index.build, answers.coordination)
    curation = Curation(answers, rebuilder, seeds, fake_index.rollback)
    stage, preview = partial(_stage, seeds), fake_index.open_preview
    return QuothBot(answers, curation, FollowedSources(curation, stage, preview, 0.2), shards)


async def _stage(seeds: Path, names: Sequence[str], due: bool) -> dict[str, tuple[str, ...]]:
    """Stage changes of followed sources as the child process does, without pauses."""

    def stage() -> list[RefreshResult]:
        sources = select_sources(seeds, names, time.time() if due else None)
        return list(refresh(sources, seeds, WebClient(pause_seconds=0), stage_only=True))

    return {each.source.name: each.problems for each in await asyncio.to_thread(stage)}
