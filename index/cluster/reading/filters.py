"""Scopes as filters of Milvus and as conditions of PostgreSQL.

Filters of Milvus compare whole numbers only, so there is nothing to escape; two names may share a
number, so passages are compared with the scope again when they have been read.
"""

from collections.abc import Iterable, Mapping

from index.cluster.rows import date_key, filter_key
from index.cluster.schema import ARTICLE, FOLDER, PRIVATE, PUBLISHED, PUBLISHER
from index.filters import Scope

_LAST_DAY = 9999  # of a year; 99 is the last of a month: dates are YYYYMMDD
_NO_ARTICLE = -1


def named_articles(scope: Scope) -> list[str]:
    """Return the paths of the articles that a scope names."""
    return sorted({*filter(None, [scope.source]), *_excluded_articles(scope)})


def _excluded_articles(scope: Scope) -> set[str]:
    return {*filter(None, [scope.excluded_article]), *scope.excluded_articles}


def milvus_filter(scope: Scope, keys: Mapping[str, int], withdrawn: Iterable[int] = ()) -> str:
    """Return the filter for a scope; ``keys`` has the numbers of the articles that it names.

    ``withdrawn`` are numbers of articles that are not in the snapshot.
    """
    excluded = {keys[path] for path in _excluded_articles(scope) if path in keys} | {*withdrawn}
    conditions = [
        _one_of(ARTICLE, [keys.get(scope.source, _NO_ARTICLE)]) if scope.source is not None else "",
        f"not ({_one_of(ARTICLE, excluded)})" if excluded else "",
        _one_of(FOLDER, map(filter_key, scope.collections)) if scope.collections else "",
        _excluded_folders(scope),
        _allowed_private(scope),
        _publisher(scope),
        *_dates(scope),
    ]
    return " and ".join(f"({each})" for each in conditions if each)


def _excluded_folders(scope: Scope) -> str:
    folders = [*map(filter_key, filter(None, scope.excluded_collections))]
    return f"not ({_one_of(FOLDER, folders)})" if folders else ""


def _allowed_private(scope: Scope) -> str:
    if scope.private_collections is None:
        return ""
    allowed = {*scope.private_collections, *scope.collections}
    if not allowed:
        return f"{PRIVATE} == false"
    return f"{PRIVATE} == false or {_one_of(FOLDER, map(filter_key, allowed))}"


def _publisher(scope: Scope) -> str:
    if scope.publisher is None:
        return ""
    return f"{PUBLISHER} == {filter_key(scope.publisher.casefold())}"


def _dates(scope: Scope) -> list[str]:
    """Compare dates, of which later parts may be missing; one without a date is 0."""
    conditions = [f"{PUBLISHED} > 0"] if scope.since is not None or scope.until is not None else []
    if scope.since:
        conditions.append(f"{PUBLISHED} >= {date_key(scope.since)}")
    if scope.until:
        until = date_key(scope.until)
        if until % 10_000 == 0:
            until += _LAST_DAY
        elif until % 100 == 0:
            until += 99
        conditions.append(f"{PUBLISHED} <= {until}")
    return conditions


def _one_of(field: str, keys: Iterable[int]) -> str:
    return f"{field} in [{', '.join(map(str, sorted(keys)))}]"


def member_conditions(
    scope: Scope, publishers: Iterable[str] = ()
) -> tuple[str, dict[str, object]]:
    """Return conditions on ``quoth_index.members`` for a scope, and their values by name.

    ``publishers`` are the spellings of the scope's publisher.
    """
    excluded = _excluded_articles(scope)
    private = scope.private_collections
    has_dates = scope.since is not None or scope.until is not None
    conditions: dict[str, tuple[bool, object]] = {
        "path = %(source)s": (scope.source is not None, scope.source),
        "path <> ALL(%(excluded)s)": (bool(excluded), sorted(excluded)),
        "folder = ANY(%(folders)s)": (bool(scope.collections), [*scope.collections]),
        "(folder = '' OR folder <> ALL(%(others)s))": (
            bool(scope.excluded_collections), [*scope.excluded_collections],
        ),
        r"(folder !~ '^discord-server-\d+$' OR folder = ANY(%(private)s))": (
            private is not None, [*(private or ()), *scope.collections],
        ),
        "publisher = ANY(%(publishers)s)": (scope.publisher is not None, [*publishers]),
        "published <> '' AND published >= %(since)s": (has_dates, scope.since or ""),
        "left(published, length(%(until)s)) <= %(until)s": (bool(scope.until), scope.until),
    }  # fmt: skip
    asked = {text: value for text, (applies, value) in conditions.items() if applies}
    names = {text: text.split("%(")[1].split(")")[0] for text in asked}
    return " AND ".join(["true", *asked]), {names[text]: value for text, value in asked.items()}
