"""The articles of a snapshot that may be seen in a place, read some at a time.

Nothing here holds all articles: there may be millions of them, in a database.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from bot.questions.autocomplete import MAX_CHOICES, choice_value, is_digest, matching_sources
from index.filters import Scope
from index.searcher import Searcher
from index.types import Source

_MAX_MATCHES = 2_000  # articles that are compared with what a member typed
_BATCH = 500  # articles read at once


@dataclass(frozen=True, slots=True)
class VisibleArticles:
    """The articles of a snapshot in ``scope``, newest first. Methods block."""

    searcher: Searcher
    scope: Scope

    def get(self, path: str) -> Source | None:
        """Return an article, or None if there is none in scope."""
        source = self.searcher.opened.source(path)
        return source if source is not None and self.scope.allows(source) else None

    def by_path(self, paths: Iterable[str]) -> dict[str, Source]:
        """Return those of the articles that are in scope, by path."""
        found = {path: self.get(path) for path in dict.fromkeys(paths)}
        return {path: source for path, source in found.items() if source is not None}

    def count(self) -> tuple[int, int]:
        """Count the articles and their passages."""
        return self.searcher.opened.count(self.scope)

    def has_any(self, scope: Scope) -> bool:
        """Return whether another scope, a part of this one, has articles."""
        return bool(self.searcher.opened.sources(scope, limit=1))

    def publishers(self) -> list[str]:
        """Return the names of all publishers."""
        return self.searcher.opened.publishers(self.scope)

    def iterate(self) -> Iterator[Source]:
        """Yield the articles, newest first, then by path."""
        batch = self.searcher.opened.sources(self.scope, limit=_BATCH)
        while batch:
            yield from batch
            full, last = len(batch) == _BATCH, batch[-1].path
            more = self.searcher.opened.sources
            batch = more(self.scope, after=last, limit=_BATCH) if full else []

    def suggestions(self, typed: str) -> list[Source]:
        """Return the articles to choose from for what a member typed so far."""
        return self._matching(typed, MAX_CHOICES)

    def candidates(self, typed: str) -> list[Source]:
        """Return the articles to which a choice's value or free text may refer."""
        exact = self.get(typed)
        if exact is not None:
            return [exact]
        if is_digest(typed):
            return [*islice((e for e in self.iterate() if choice_value(e.path) == typed), 1)]
        return self._matching(typed, _MAX_MATCHES)

    def page(self, number: int, size: int, search: str = "") -> "SourcesPage":
        """Return page ``number``, from 0, of those that match a search; or the last page.

        Matches beyond the first two thousand are not counted.
        """
        total, shown = self.search(search, number * size, size)
        last = _last_page(total, size)
        if not shown and total:
            number = last
            total, shown = self.search(search, last * size, size)
        return SourcesPage(tuple(shown), number if total else 0, last + 1, total)

    def search(self, words: str, skip: int, limit: int) -> tuple[int, list[Source]]:
        """Return the number of articles that match ``words``, and some of them.

        Matches beyond the first two thousand are not counted.
        """
        if not words.strip():
            return self.count()[0], [*islice(self.iterate(), skip, skip + limit)]
        matching = self._matching(words, _MAX_MATCHES)
        return len(matching), matching[skip : skip + limit]

    def _matching(self, typed: str, limit: int) -> list[Source]:
        """Return the articles that match the words or, without any, newer ones that are similar."""
        exact = self.searcher.opened.sources(self.scope, limit=limit, like=typed)
        if exact:
            return exact
        newest = self.searcher.opened.sources(self.scope, limit=_MAX_MATCHES)
        return matching_sources(typed, newest)[:limit]


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """Page ``number``, from 0, of ``pages`` with ``total`` articles."""

    sources: tuple[Source, ...]
    number: int
    pages: int
    total: int


def _last_page(total: int, size: int) -> int:
    return max(0, -(-total // size) - 1)


def titles_by_path(sources: Mapping[str, Source]) -> dict[str, str]:
    """Return the title of each article."""
    return {path: source.metadata.title for path, source in sources.items()}
