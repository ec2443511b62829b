"""A searcher over real texts for tests of the bot, and what reads messages as a member would."""

import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.app.client import QuothBot
from bot.services.answers import AnswerService
from bot.services.curation import Curation
from bot.services.hot_swap import HotSwapSearcher
from bot.services.rebuild import OnProgress, Rebuilder, RebuildResult, RebuildStep
from bot.services.search_pool import SearchPool
from bot.storage.database import Store
from bot.storage.guilds import GuildSettings, GuildStore
from index.errors import QuestionError, QuoteMismatch, SnapshotError
from index.filters import EVERYTHING, Scope
from index.search.verdict import Strictness
from index.text.sentences import sentence_spans
from index.types import (
    Answer,
    Citation,
    Hit,
    Metadata,
    Quote,
    Slice,
    Source,
    Verdict,
    digest,
)

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

QuoteSpan = tuple[str, int, Slice]


@dataclass
class FakeSearcher:
    """Ranks passages by the words they share with the question; every quote is an exact slice."""

    snapshot: str = "one"
    articles: dict[str, tuple[Metadata, str]] = field(default_factory=lambda: dict(ARTICLES))
    failure: Exception | None = None
    damaged: bool = False
    closed: bool = False
    gate: threading.Event | None = None  # asking waits for it

    def ask(
        self,
        question: str,
        *,
        limit: int = 3,
        skip: int = 0,
        ranking: int = 0,
        scope: Scope = EVERYTHING,
        strictness: Strictness = Strictness.BALANCED,
    ) -> Answer:
        assert not self.closed
        if self.gate:
            assert self.gate.wait(10)
        if self.failure:
            raise self.failure
        if not question.strip():
            raise QuestionError("there is no question: ask one in words")
        ranked = self._ranked(question, scope)
        best = len(words(question) & words(ranked[0][2].text)) if ranked else 0
        best -= strictness is Strictness.STRICT and best > 0
        verdict = (Verdict.NOTHING, Verdict.CLOSEST, Verdict.ANSWERED)[min(best, 2)]
        shown = ranked[skip : skip + limit] if best else []
        quotes = [self._quote(n, question, one) for n, one in enumerate(shown, skip + 1)]
        hits = [Hit(i, path, s.start, s.end, 0.5) for i, (path, _, s) in enumerate(ranked)]
        more = bool(quotes) and len(ranked) > skip + limit
        ranking_of = tuple(hits[:ranking])
        return Answer(question, verdict, tuple(quotes), ranking_of, self.snapshot, 0.01, more=more)

    def sources(self) -> list[Source]:
        return [
            Source(path, metadata, len(slices(text)), digest(text))
            for path, (metadata, text) in self.articles.items()
        ]

    def passages(self, article: str) -> list[Slice]:
        return slices(self.articles[article][1])

    def text(self, article: str) -> str:
        return self.articles[article][1]

    def check(self, quote: Quote) -> None:
        _, text = self.articles[quote.citation.article]
        if self.damaged or text[quote.passage.start : quote.passage.end] != quote.passage.text:
            raise QuoteMismatch(f"{quote.citation.article} does not say what was to be quoted")

    def close(self) -> None:
        self.closed = True

    def _ranked(self, question: str, scope: Scope) -> list[QuoteSpan]:
        found = [
            (source.path, number, one)
            for source in self.sources()
            if scope.allows(source)
            for number, one in enumerate(slices(self.articles[source.path][1]), 1)
        ]
        return sorted(found, key=lambda one: -len(words(question) & words(one[2].text)))

    def _quote(self, number: int, question: str, found: QuoteSpan) -> Quote:
        path, paragraph, passage = found
        metadata, text = self.articles[path]
        spans = sentence_spans(text, passage.start, passage.end)
        start, end = max(spans, key=lambda one: len(words(question) & words(text[slice(*one)])))
        return Quote(
            Citation(number, path, metadata, paragraph),
            passage,
            Slice(start, end, text[start:end]),
            0.5,
            paragraph,
        )


UNCHANGED = RebuildResult("one", False, 3, 7)


@dataclass
class Shelf:
    """What is published: the searcher that opening gives, and the name that is current."""

    searcher: FakeSearcher
    failure: Exception | None = None
    bindings: dict[int, tuple[str, ...]] = field(default_factory=dict)
    curators: tuple[int, ...] = ()
    steps: tuple[RebuildStep, ...] = ()  # what a rebuild tells
    built: RebuildResult = UNCHANGED  # and says at last
    after: FakeSearcher | None = None  # what it publishes
    before: FakeSearcher | None = None  # what a rollback leads to
    earlier: FakeSearcher | None = None  # and another one after it
    pause: Callable[[], Awaitable[None]] | None = None  # what it waits for
    broken: Exception | None = None
    builds: int = 0

    async def build(self, hear: OnProgress) -> RebuildResult:
        self.builds += 1
        for step in self.steps:
            await hear(step)
        if self.pause:
            await self.pause()
        if self.broken:
            raise self.broken
        self.before, self.searcher = self.searcher, self.after or self.searcher
        return self.built

    def rollback(self) -> str:
        if self.before is None:
            raise SnapshotError("there is no snapshot before one to roll back to")
        self.searcher, self.before, self.earlier = self.before, self.earlier, None
        return self.searcher.snapshot

    def open(self) -> FakeSearcher:
        if self.failure:
            raise self.failure
        self.searcher.closed = False  # a rollback opens it again
        return self.searcher

    def current(self) -> str:
        return self.searcher.snapshot


@dataclass
class World:
    """A server with a channel and two members, and our bot in it."""

    env: simcord.Env
    channel: Any
    alice: Any
    bob: Any
    shelf: Shelf
    store: Path

    async def ask(self, question: str, **options: Any) -> Any:
        return (await self.alice.slash(self.channel, "ask", question=question, **options)).response

    async def mention(self, text: str) -> discord.Message:
        await self.alice.send(self.channel, f"<@{self.env.bot.user.id}> {text}")  # type: ignore[union-attr]
        return self.channel.last_message  # type: ignore[no-any-return]

    async def press(self, message: Any, wanted: str, member: Any = None) -> Any:
        """Click the button that shows ``wanted``, an emoji or a text."""
        (button,) = [one for one in walk(raw(message)) if one["type"] == 2 and label(one) == wanted]
        return await (member or self.alice).click(message, custom_id=button["custom_id"])

    async def restart(self) -> None:
        await self.env.restart_bot(make_client(self.shelf, self.store))


def make_client(shelf: Shelf, store_path: Path, quotes: int = 3) -> QuothBot:
    store = Store(store_path)
    servers = GuildStore(store, shelf.bindings, shelf.curators, GuildSettings(quotes=quotes))
    desk = AnswerService(SearchPool(HotSwapSearcher(shelf.open, shelf.current)), store, servers)
    seeds = store_path.parent / "seeds"
    return QuothBot(
        desk, store, Curation(desk, store, Rebuilder(shelf.build), seeds, shelf.rollback)
    )


def words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 2}


def slices(text: str) -> list[Slice]:
    """Paragraphs: what stands between empty lines."""
    return [
        Slice(found.start(), found.end(), found[0])
        for found in re.finditer(r"(?:.+\n?)+(?<!\n)", text)
    ]


def walk(components: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        if "accessory" in component:
            yield component["accessory"]
        yield from walk(component.get("components", []))


def raw(message: Any) -> list[dict[str, Any]]:
    return [one if isinstance(one, dict) else one.to_dict() for one in message.components]


def texts(message: Any) -> list[str]:
    return [one["content"] for one in walk(raw(message)) if one["type"] == 10]


def text(message: Any) -> str:
    return "\n".join([message.content or "", *texts(message)]).strip()


def labels(message: Any) -> list[str]:
    return [label(one) for one in walk(raw(message)) if one["type"] == 2]


def label(button: dict[str, Any]) -> str:
    """What a button shows: its text, else its emoji."""
    return str(button.get("label") or button["emoji"]["name"])


def units(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def _ids(body: dict[str, Any]) -> Iterator[object]:
    """The ids by which a message names others, its files and what is chosen in its lists."""
    yield from (v for k, v in (body.get("message_reference") or {}).items() if k.endswith("_id"))
    yield from (one.get("id") for one in body.get("attachments") or [])
    for component in walk(body.get("components") or []):
        yield from (one["id"] for one in component.get("default_values", []))


def problems(body: dict[str, Any]) -> list[str]:
    """How a message's body breaks Discord's limits."""
    every = list(walk(body.get("components") or []))
    buttons = [one for one in every if one["type"] == 2]
    ids = [one["custom_id"] for one in buttons if "custom_id" in one]
    shown = [one["content"] for one in every if one["type"] == 10]
    checks = {
        "content over 2000": units(body.get("content") or "") > 2000,
        "content beside components": bool(every and body.get("content")),
        "more than 40 components": len(every) > 40,
        "texts over 4000": sum(map(units, shown)) > 4000,
        "an empty text": any(not one.strip() for one in shown),
        "a custom_id over 100": any(len(one) > 100 for one in ids),
        "a custom_id twice": len(set(ids)) != len(ids),
        "a label over 38": any(len(label(one)) > 38 for one in buttons),
        "a label twice": len(set(map(label, buttons))) != len(buttons),
        "a row not of 1 to 5": any(
            not 1 <= len(one["components"]) <= 5 for one in every if one["type"] == 1
        ),
        "a lone surrogate": any(re.search("[\ud800-\udfff]", one) for one in shown),
        "a ping": bool((body.get("allowed_mentions") or {}).get("parse")),
        "an id that is no text": any(isinstance(one, int) for one in _ids(body)),
    }
    return [name for name, broken in checks.items() if broken]
