"""A fake searcher and index for tests of the bot, and helpers that read Discord messages."""

import asyncio
import re
import threading
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import discord
import numpy as np
import simcord

from bot.app.client import QuothBot
from bot.config.shards import ALL_SHARDS, ShardRange
from bot.services.answers import AnswerService
from bot.services.curation import Curation
from bot.services.followed_sources import FollowedSources
from bot.services.hot_swap import HotSwapSearcher
from bot.services.rebuild import OnProgress, Rebuilder, RebuildStep
from bot.services.search_pool import SearchPool
from bot.storage.guilds import GuildSettings, GuildStore
from bot.storage.store import Store
from index.build.embeddings import EncodingReport
from index.build.pipeline import BuildReport, Changes
from index.embed.encoder import Vectors, normalize_rows
from index.errors import QuestionError, QuoteMismatch, SnapshotError
from index.filters import ALL_ARTICLES, Scope, collection
from index.ingest.loader import SkippedFile
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.sources.client import WebClient
from index.sources.refresh import RefreshResult, refresh, select_sources
from index.store.backend import mentions
from index.store.manifest import Counts
from index.text.sentences import sentence_spans
from index.types import (
    Answer,
    Citation,
    ContextSlice,
    Hit,
    InputKind,
    Metadata,
    Quote,
    Slice,
    Source,
    Verdict,
    digest,
)
from tests.support.stores import Location

TEA = """Tea is made from the leaves of Camellia sinensis. Green tea is not fermented.

Black tea is fermented for two to four hours. It keeps for years in a closed tin.

White tea is picked by hand in early spring. The buds are dried in the sun.

Tea was brought to Portugal by sailors. The court drank tea before the English did.

Boiling water spoils green tea. Wait until the water has cooled to eighty degrees."""

COFFEE = """Coffee grows between the tropics, where no frost comes.

Robusta coffee holds twice the caffeine of arabica. It is grown in lowlands."""

HOSTILE = """@everyone look **here** for lions: [free nitro](https://evil.example) ||now||
# Lions
> lions <@1> <@&2> <#3> </ask:4> <t:5:R> <:smile:6> :smile: `code` https://evil.example/lions
```
lions
```
- lions
1. lions \\*lions\\* \u202elions\u202c \u2066lions -# lions __lions__ ~~lions~~ _lions_"""

ARTICLES: dict[str, tuple[Metadata, str]] = {
    "tea.md": (
        Metadata("All about tea", "Tea Board", "Ann Lee", "2021-03-09", "https://tea.example/a(b)"),
        TEA,
    ),
    "drinks/coffee.txt": (Metadata("Coffee [beans]", "Bean Post", published="2019"), COFFEE),
    "hostile.txt": (Metadata("**@everyone** [win](https://evil.example)"), HOSTILE),
}

QuoteSpan = tuple[str, int, Slice]  # path, paragraph number, passage


@dataclass
class FakeSearcher(Searcher):
    """Rank passages by the number of words that they share with the question."""

    snapshot: str = "one"
    articles: dict[str, tuple[Metadata, str]] = field(default_factory=lambda: dict(ARTICLES))
    error: Exception | None = None  # raised by ask
    damaged: bool = False  # fails every check
    closed: bool = False
    gate: threading.Event | None = None  # ask waits for it

    def ask(
        self,
        question: str,
        *,
        limit: int = 3,
        skip: int = 0,
        ranking: int = 0,
        scope: Scope = ALL_ARTICLES,
        strictness: Strictness = Strictness.BALANCED,
        fill: bool = False,
    ) -> Answer:
        assert not self.closed
        if self.gate:
            assert self.gate.wait(10)
        if self.error:
            raise self.error
        if not question.strip():
            raise QuestionError("the question is empty")
        ranked = self._rank(question, scope)
        overlap = shared_words(question, ranked[0][2].text) if ranked else 0
        overlap -= strictness is Strictness.STRICT and overlap > 0
        verdict = (Verdict.NOTHING, Verdict.CLOSEST, Verdict.ANSWERED)[min(overlap, 2)]
        shown = ranked[skip : skip + limit] if overlap else []
        quotes = [self._quote(n, question, span) for n, span in enumerate(shown, skip + 1)]
        hits = [Hit(i, path, s.start, s.end, 0.5) for i, (path, _, s) in enumerate(ranked)]
        return Answer(
            *(question, verdict, tuple(quotes), tuple(hits[:ranking]), self.snapshot, 0.01),
            input_kind=None if re.search(r"\w", question) else InputKind.NO_WORDS,
            has_more=bool(quotes) and len(ranked) > skip + limit,
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode words longer than two characters as dimensions."""
        rows = np.zeros((len(texts), 512), np.float32)
        for row, each in zip(rows, texts, strict=True):
            for word in re.findall(r"\w{3,}", each.casefold()):
                row[zlib.crc32(word.encode()) % 512] = 1
        return normalize_rows(rows)

    def sources(
        self,
        scope: Scope = ALL_ARTICLES,
        *,
        after: str = "",
        limit: int | None = None,
        like: str = "",
    ) -> list[Source]:
        found = [
            source
            for path, (metadata, text) in self.articles.items()
            if scope.allows(source := Source(path, metadata, len(paragraphs(text)), digest(text)))
            and mentions(source, like.casefold().split())
        ]
        first = next((n for n, source in enumerate(found, 1) if source.path == after), 0)
        return found[first:][:limit]

    def source(self, path: str) -> Source | None:
        return next((source for source in self.sources() if source.path == path), None)

    def count(self, scope: Scope = ALL_ARTICLES) -> tuple[int, int]:
        sources = self.sources(scope)
        return len(sources), sum(source.passages for source in sources)

    def collections(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        return sorted({collection(source.path) or "" for source in self.sources(scope)})

    def publishers(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        return sorted({each.metadata.publisher or "" for each in self.sources(scope)} - {""})

    def languages(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        return sorted({each.metadata.language or "en" for each in self.sources(scope)})

    def passages(self, article: str) -> list[Slice]:
        return paragraphs(self.articles[article][1])

    def passage_citation(self, article: str, paragraph: int) -> Citation:
        return Citation(1, article, self.articles[article][0], paragraph)

    def phrase_hits(
        self, phrases: Sequence[str], limit: int, scope: Scope = ALL_ARTICLES
    ) -> list[Hit]:
        return self.bm25_hits(" ".join(phrases), limit, scope)

    def bm25_hits(self, text: str, limit: int, scope: Scope = ALL_ARTICLES) -> list[Hit]:
        ranked = self._rank(text, scope)[:limit]
        return [Hit(i, path, s.start, s.end, 0.5) for i, (path, _, s) in enumerate(ranked)]

    def quote_span(self, number: int, article: str, start: int, end: int) -> Quote:
        metadata, text = self.articles[article]
        spans = enumerate(paragraphs(text), 1)
        paragraph, passage = next(span for span in spans if span[1].end > start)
        highlight = Slice(start, end, text[start:end])
        return Quote(Citation(number, article, metadata, paragraph), passage, highlight, 1.0, 0)

    def text(self, article: str) -> str:
        return self.articles[article][1]

    def contexts(self, article: str) -> list[tuple[ContextSlice, ...]]:
        return [() for _ in self.passages(article)]

    def passage_context(self, article: str, paragraph: int) -> tuple[ContextSlice, ...]:
        return ()

    def check(self, *quotes: Quote) -> None:
        for quote in quotes:
            _, text = self.articles[quote.citation.article]
            if self.damaged or text[quote.passage.start : quote.passage.end] != quote.passage.text:
                raise QuoteMismatch(f"{quote.citation.article} does not contain the quote")

    def close(self) -> None:
        self.closed = True

    def _rank(self, question: str, scope: Scope) -> list[QuoteSpan]:
        spans = [
            (source.path, number, passage)
            for source in self.sources()
            if scope.allows(source)
            for number, passage in enumerate(paragraphs(self.articles[source.path][1]), 1)
        ]
        return sorted(spans, key=lambda span: -shared_words(question, span[2].text))

    def _quote(self, number: int, question: str, span: QuoteSpan) -> Quote:
        path, paragraph, passage = span
        metadata, text = self.articles[path]
        sentences = sentence_spans(text, passage.start, passage.end)
        start, end = max(sentences, key=lambda each: shared_words(question, text[slice(*each)]))
        return Quote(
            Citation(number, path, metadata, paragraph),
            passage,
            Slice(start, end, text[start:end]),
            0.5,
            paragraph,
        )


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

    async def build(self, on_progress: OnProgress) -> BuildReport:
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


def shared_words(question: str, text: str) -> int:
    """Return the number of words longer than two characters that two texts share."""
    words = (set(re.findall(r"\w{3,}", each.casefold())) for each in (question, text))
    return len(set.intersection(*words))


def paragraphs(text: str) -> list[Slice]:
    """Split a text at blank lines."""
    return [
        Slice(match.start(), match.end(), match[0])
        for match in re.finditer(r"(?:.+\n?)+(?<!\n)", text)
    ]


# Messages


def walk(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield components and, after each, those inside it."""
    for component in components:
        yield component
        if "accessory" in component:
            yield component["accessory"]
        yield from walk(component.get("components", []))


def raw(message: Any) -> list[dict[str, Any]]:
    """Return a message's components as Discord describes them."""
    return [each if isinstance(each, dict) else each.to_dict() for each in message.components]


def texts(message: Any) -> list[str]:
    return [each["content"] for each in walk(raw(message)) if each["type"] == 10]


def text(message: Any) -> str:
    return "\n".join([message.content or "", *texts(message)]).strip()


def buttons(message: Any) -> list[dict[str, Any]]:
    return [each for each in walk(raw(message)) if each["type"] == 2]


def labels(message: Any) -> list[str]:
    return list(map(label, buttons(message)))


def label(button: dict[str, Any]) -> str:
    """Return a button's text, or its emoji."""
    return str(button.get("label") or button["emoji"]["name"])


def units(value: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def _ids(body: dict[str, Any]) -> Iterator[object]:
    """Yield the ids of referenced messages, files and preselected values."""
    yield from (v for k, v in (body.get("message_reference") or {}).items() if k.endswith("_id"))
    yield from (file.get("id") for file in body.get("attachments") or [])
    for component in walk(body.get("components") or []):
        yield from (value["id"] for value in component.get("default_values", []))


def problems(body: dict[str, Any]) -> list[str]:
    """List the limits of Discord that a message's body exceeds."""
    components = list(walk(body.get("components") or []))
    buttons = [each for each in components if each["type"] == 2]
    custom_ids = [each["custom_id"] for each in buttons if "custom_id" in each]
    shown = [each["content"] for each in components if each["type"] == 10]
    checks = {
        "content over 2000": units(body.get("content") or "") > 2000,
        "content beside components": bool(components and body.get("content")),
        "more than 40 components": len(components) > 40,
        "texts over 4000": sum(map(units, shown)) > 4000,
        "an empty text": any(not each.strip() for each in shown),
        "a custom_id over 100": any(len(each) > 100 for each in custom_ids),
        "a repeated custom_id": len(set(custom_ids)) != len(custom_ids),
        "a label over 38": any(len(label(each)) > 38 for each in buttons),
        "a repeated label": len(set(map(label, buttons))) != len(buttons),
        "a row without 1 to 5 items": any(
            not 1 <= len(each["components"]) <= 5 for each in components if each["type"] == 1
        ),
        "a lone surrogate": any(re.search("[\ud800-\udfff]", each) for each in shown),
        "a ping": bool((body.get("allowed_mentions") or {}).get("parse")),
        "an id that is not a string": any(isinstance(each, int) for each in _ids(body)),
    }
    return [name for name, exceeded in checks.items() if exceeded]
