"""Restrict a search to articles of a path, collection, publisher or period."""

import re
from dataclasses import dataclass

from index.types import Source


@dataclass(frozen=True, slots=True)
class Scope:
    """Conditions that an article must meet to be quoted; unset ones are ignored.

    ``source`` is the path of the only article allowed, ``excluded_article`` the path of one that
    is not. Collections are the top folders inside seeds, and "" stands for the articles outside of
    them. Private collections are only allowed if they are among ``private_collections``, unless
    that is None. ``since`` and ``until`` are ISO dates or prefixes of them; an article without a
    date meets neither. Entries of a feed are compared by their own dates, the feed by its newest.
    """

    source: str | None = None
    excluded_article: str | None = None
    collections: tuple[str, ...] = ()
    excluded_collections: tuple[str, ...] = ()
    private_collections: tuple[str, ...] | None = None
    excluded_articles: frozenset[str] = frozenset()
    publisher: str | None = None
    since: str | None = None
    until: str | None = None

    def allows(self, source: Source) -> bool:
        """Return whether this article may be quoted."""
        publisher = source.metadata.publisher or ""
        return (
            (self.source is None or source.path == self.source)
            and source.path != self.excluded_article
            and source.path not in self.excluded_articles
            and self._allows_private(collection(source.path))
            and (not self.collections or (collection(source.path) or "") in self.collections)
            and collection(source.path) not in self.excluded_collections
            and (self.publisher is None or publisher.casefold() == self.publisher.casefold())
            and self.allows_date(source.metadata.published)
        )

    def _allows_private(self, folder: str | None) -> bool:
        if self.private_collections is None or not is_private(folder):
            return True
        return folder in self.private_collections or folder in self.collections

    @property
    def has_dates(self) -> bool:
        """True if the scope is a period."""
        return self.since is not None or self.until is not None

    def allows_date(self, published: str | None) -> bool:
        """Return whether an article or an entry of a feed with this date may be quoted."""
        if not self.has_dates:
            return True
        if published is None:
            return False
        until = self.until or published
        return (self.since or "") <= published and published[: len(until)] <= until


ALL_ARTICLES = Scope()
_PRIVATE = re.compile(r"discord-server-\d+")


def private_collection(guild: int) -> str:
    """Return the collection of what was written in one server, which no other may see."""
    return f"discord-server-{guild}"


def is_private(folder: str | None) -> bool:
    """Tell whether a collection belongs to one server, whatever the settings say."""
    return folder is not None and _PRIVATE.fullmatch(folder) is not None


def collection(path: str) -> str | None:
    """Return the top folder of an article inside seeds, or None if it has none."""
    folder, slash, _ = path.partition("/")
    return folder if slash else None
