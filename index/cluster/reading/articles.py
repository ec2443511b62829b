"""The articles of a snapshot in a cluster: what lists and citations need of them."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from index.cluster.reading.engines import Engines
from index.cluster.reading.filters import member_conditions
from index.cluster.rows import article_key
from index.errors import SnapshotDamaged
from index.filters import Scope
from index.store.backend import mentions
from index.store.manifest import REBUILD
from index.types import Metadata, Source

_MAX_CACHED_SOURCES = 8_192
_PAGE_SOURCES = 1_000  # read at once

SOURCE_COLUMNS = "path, version, digest, metadata, passages"
_SOURCES = f"""
SELECT {SOURCE_COLUMNS} FROM quoth_index.members
WHERE snapshot = %(snapshot)s AND path = ANY(%(paths)s)
"""  # noqa: S608 - names of columns
_TEXTS = """
SELECT path, articles.text FROM quoth_index.members
JOIN quoth_index.articles USING (digest)
WHERE snapshot = %(snapshot)s AND path = ANY(%(paths)s)
"""


@dataclass(frozen=True, slots=True)
class Member:
    """An article of the snapshot and its number in filters."""

    source: Source
    key: int


class ArticleTable:
    """The table of a snapshot's articles. Safe to use from several threads.

    All methods raise StorageUnavailable while PostgreSQL cannot be reached.
    """

    def __init__(self, engines: Engines, snapshot: str) -> None:
        self._engines = engines
        self._snapshot = snapshot
        self._lock = threading.Lock()
        self._members: OrderedDict[str, Member] = OrderedDict()

    def source(self, path: str) -> Source | None:
        """Return an article's metadata; None if it does not exist."""
        member = self.members([path]).get(path)
        return member.source if member else None

    def members(self, paths: Sequence[str]) -> dict[str, Member]:
        """Read those of the articles that exist, by path; the last ones are cached."""
        with self._lock:
            known = {path: self._members[path] for path in paths if path in self._members}
        storable = [path for path in paths if path not in known and is_storable(path)]
        if storable:
            rows = self._engines.query(_SOURCES, {"snapshot": self._snapshot, "paths": storable})
            read = {member.source.path: member for member in map(parse_member, rows)}
            with self._lock:
                remember(self._members, read, _MAX_CACHED_SOURCES)
            known |= read
        return known

    def sources(
        self, scope: Scope, *, after: str = "", limit: int | None = None, like: str = ""
    ) -> list[Source]:
        """List articles in ``scope``, newest first, then by path, from behind ``after``."""
        words = like.casefold().split()
        found: list[Source] = []
        while limit is None or len(found) < limit:
            page = self._page(scope, after)
            found += [source for source in page if mentions(source, words)]
            if len(page) < _PAGE_SOURCES:
                break
            after = page[-1].path
        return found[:limit]

    def _page(self, scope: Scope, after: str) -> list[Source]:
        conditions, values = self._conditions(scope)
        last = self.source(after)
        if last is not None:
            conditions += (
                " AND (published < %(published)s OR published = %(published)s AND path > %(after)s)"
            )
            values |= {"published": last.metadata.published or "", "after": after}
        statement = (
            f"SELECT {SOURCE_COLUMNS} FROM quoth_index.members WHERE {conditions} "  # noqa: S608
            f"ORDER BY published DESC, path LIMIT {_PAGE_SOURCES}"
        )
        return [parse_member(row).source for row in self._engines.query(statement, values)]

    def _conditions(self, scope: Scope) -> tuple[str, dict[str, object]]:
        folded = scope.publisher.casefold() if scope.publisher is not None else None
        spelled = [each for each in self._publishers if each.casefold() == folded]
        conditions, values = member_conditions(scope, spelled)
        return f"snapshot = %(snapshot)s AND {conditions}", values | {"snapshot": self._snapshot}

    @cached_property
    def _publishers(self) -> list[str]:
        """Every spelling of a publisher."""
        statement = (
            "SELECT DISTINCT coalesce(publisher, '') FROM quoth_index.members "
            "WHERE snapshot = %(snapshot)s"
        )
        return [name for (name,) in self._engines.query(statement, {"snapshot": self._snapshot})]

    def count(self, scope: Scope) -> tuple[int, int]:
        """Count the articles in ``scope`` and their passages."""
        conditions, values = self._conditions(scope)
        columns = "count(*), coalesce(sum(passages), 0)::bigint"
        statement = f"SELECT {columns} FROM quoth_index.members WHERE {conditions}"  # noqa: S608
        ((articles, passages),) = self._engines.query(statement, values)
        return articles, passages

    def collections(self, scope: Scope) -> list[str]:
        """List the collections of the articles in ``scope``, sorted; "" for those outside."""
        return self._distinct("folder", scope)

    def publishers(self, scope: Scope) -> list[str]:
        """List the distinct publishers of the articles in ``scope``, sorted."""
        return [name for name in self._distinct("coalesce(publisher, '')", scope) if name]

    def languages(self, scope: Scope) -> list[str]:
        """List the languages of the articles in ``scope``, sorted."""
        return self._distinct("language", scope)

    def _distinct(self, column: str, scope: Scope) -> list[str]:
        conditions, values = self._conditions(scope)
        statement = f"SELECT DISTINCT {column} FROM quoth_index.members WHERE {conditions}"  # noqa: S608
        return sorted(value for (value,) in self._engines.query(statement, values))

    def article_bytes(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read the texts of existing articles in UTF-8. Raises SnapshotDamaged."""
        values = {"snapshot": self._snapshot, "paths": [*paths]}
        found = {path: bytes(text) for path, text in self._engines.query(_TEXTS, values)}
        if lost := [path for path in paths if path not in found]:
            raise SnapshotDamaged(f"the text of {lost[0]} is missing in PostgreSQL; {REBUILD}")
        return {path: found[path] for path in paths}


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can hold a text: it refuses NUL and lone surrogates."""
    return not any(each == "\0" or "\ud800" <= each <= "\udfff" for each in text)


def remember(cache: OrderedDict[Any, Any], read: Mapping[Any, Any], most: int) -> None:
    """Add values to a cache and drop the oldest beyond ``most``."""
    cache.update(read)
    while len(cache) > most:
        cache.popitem(last=False)


def parse_member(columns: Sequence[Any]) -> Member:
    """Parse the columns ``SOURCE_COLUMNS``."""
    path, version, digest, metadata, passages = columns
    source = Source(path, Metadata(**json.loads(metadata)), passages, bytes(digest).hex())
    return Member(source, article_key(bytes(version)))
