"""A fake searcher with a few short articles, for tests of the bot."""

import re
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self, cast

import numpy as np

from index.embed.encoder import Vectors, normalize_rows
from index.errors import QuestionError, QuoteMismatch
from index.filters import ALL_ARTICLES, Scope, collection
from index.quoting import Quoter
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.store.backend import SearchableSnapshot, mentions
from index.store.corpus import StoredPassage
from index.text.sentences import sentence_spans
from index.types import (
    Answer,
    Citation,
    Hit,
    InputKind,
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

    def __post_init__(self) -> None:
        self.opened = cast(SearchableSnapshot, self)
        self.quoter = cast(Quoter, self)

    @property
    def encoder(self) -> Self:
        return self

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

    def article_languages(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        return sorted({each.metadata.language or "en" for each in self.sources(scope)})

    def passages(self, article: str) -> list[StoredPassage]:
        source = next(each for each in self.sources() if each.path == article)
        return [
            StoredPassage(0, source, passage, number, None, None, None, ())
            for number, passage in enumerate(paragraphs(self.articles[article][1]), 1)
        ]

    def cite(self, number: int, stored: StoredPassage) -> Citation:
        return Citation(number, stored.source.path, stored.source.metadata, stored.paragraph)

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
