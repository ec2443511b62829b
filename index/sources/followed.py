"""Read and write ``seeds/sources.toml``, the list of followed sources."""

import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter, ValidationError

from index.errors import SourceError, SourceListError
from index.ingest.parsing.normalize import slugify
from index.sources.file_names import SOURCES_FILE

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_INTERVAL = re.compile(r"(\d{1,4})\s*([mhdw])")
_MIN_SECONDS = 600
_MAX_NAME_CHARS = 55  # and a number that makes it unique
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_FOLDER = re.compile(r"[^./\\][^/\\]{0,79}")


class SourceKind(StrEnum):
    """Kinds of sources."""

    PAGE = "page"
    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"  # a page and the links below its path
    GIT = "git"


class WhenGone(StrEnum):
    """Choices for articles whose page is gone: 404 or 410 twice, or deleted from a repository."""

    KEEP = "keep"
    ASK = "ask"
    REMOVE = "remove"


_DEFAULT_LIMITS = {
    SourceKind.PAGE: 1,
    SourceKind.FEED: 50,
    SourceKind.SITEMAP: 500,
    SourceKind.SECTION: 200,
    SourceKind.GIT: 2_000,
}


@dataclass(frozen=True, slots=True)
class FollowedSource:
    """A source: its name, its URL, and how it is followed.

    ``every`` is an interval such as ``1d``; ``into`` a folder directly inside seeds, None for the
    default. ``include`` and ``exclude`` are patterns for URLs, or for paths in a repository; ``*``
    matches any characters. ``private`` allows private addresses.
    """

    name: str
    url: str
    kind: SourceKind
    every: str = "1d"
    into: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    limit: Annotated[int, Field(gt=0)] | None = None
    when_gone: WhenGone = WhenGone.ASK
    private: bool = False

    @property
    def interval_seconds(self) -> int:
        """Seconds between two checks."""
        return parse_interval(self.every)

    @property
    def max_pages(self) -> int:
        """The number of articles that are followed at most."""
        return self.limit or _DEFAULT_LIMITS[self.kind]

    @property
    def folder(self) -> str | None:
        """The folder of its articles in seeds; None for seeds itself."""
        return self.into or (None if self.kind is SourceKind.PAGE else self.name)

    def selects(self, text: str) -> bool:
        """Return whether a URL or a path matches the patterns."""
        if any(matches(text, pattern) for pattern in self.exclude):
            return False
        return not self.include or any(matches(text, pattern) for pattern in self.include)


_SOURCE = TypeAdapter(FollowedSource)


def matches(text: str, pattern: str) -> bool:
    """Match a URL or path with a pattern; one without ``*`` or ``?`` matches any part of it."""
    if not re.search(r"[*?\[]", pattern):
        return pattern in text
    return fnmatchcase(text, pattern) or fnmatchcase(text, f"*{pattern}")


def parse_interval(text: str) -> int:
    """Return the seconds of an interval such as ``12h``. Raises SourceError."""
    match = _INTERVAL.fullmatch(text.strip().lower())
    seconds = int(match[1]) * _UNIT_SECONDS[match[2]] if match else 0
    if seconds < _MIN_SECONDS:
        raise SourceError(
            f"{text!r} is not an interval; expected a number and m, h, d or w, such as 30m, 12h "
            "or 1d, and at least 10m"
        )
    return seconds


def read_followed(seeds: Path) -> tuple[FollowedSource, ...]:
    """Return the sources in ``seeds/sources.toml``, in its order. Raises SourceListError."""
    path = seeds / SOURCES_FILE
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise SourceListError(
            f"{path} cannot be read ({error}); correct it, or delete it"
        ) from error
    return tuple(_parse(name, table, path) for name, table in tables.items())


def find_followed(name: str, seeds: Path) -> FollowedSource:
    """Return the source with a name or URL. Raises SourceError if there is none."""
    sources = read_followed(seeds)
    for source in sources:
        if name in {source.name, source.url}:
            return source
    names = ", ".join(source.name for source in sources) or "nothing yet"
    raise SourceError(f"{name!r} is not followed; followed are: {names}")


def save_followed(source: FollowedSource, seeds: Path) -> None:
    """Add a source to ``seeds/sources.toml``, or replace the one with its name.

    Comments and other sources stay as they are. Raises SourceError.
    """
    import tomlkit  # noqa: PLC0415 - only changes of the list need it

    document = _read_document(seeds)
    table = tomlkit.table()
    for key, value in _to_values(source).items():
        table.add(key, value)
    document[source.name] = table
    _write(document, seeds)


def remove_followed(name: str, seeds: Path) -> None:
    """Remove a source from ``seeds/sources.toml``. Raises SourceError."""
    document = _read_document(seeds)
    document.pop(name, None)
    _write(document, seeds)


def source_name(url: str, taken: Sequence[str] = ()) -> str:
    """Return a short unique name for a source, made from its URL."""
    parts = urlsplit(url)
    path = re.sub(r"\.(?:git|html?|xml|gz|rss|atom)\b", "", parts.path)
    host = (parts.hostname or "").removeprefix("www.")
    name = slugify(f"{host} {path.replace('/', ' ')}")[:_MAX_NAME_CHARS].strip("-") or "source"
    names, number, unique = set(taken), 2, name
    while unique in names:
        unique, number = f"{name}-{number}", number + 1
    return unique


def check_folder_name(folder: str | None) -> None:
    """Raise SourceError unless ``folder`` can be the name of a folder directly inside seeds."""
    if folder is not None and not _FOLDER.fullmatch(folder):
        raise SourceError(f"{folder!r} is not a folder directly inside seeds; expected a name")


def _parse(name: str, table: Any, path: Path) -> FollowedSource:
    """Create a source from its table. Raises SourceListError with the table and the key."""
    try:
        _check_keys(name, table)
        source = _SOURCE.validate_python({**table, "name": name})
        parse_interval(source.every)
        check_folder_name(source.into)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = first["loc"][0] if first["loc"] else "table"
        raise SourceListError(f"{path}, [{name}]: {key}: {_plain(first['msg'])}") from error
    except SourceError as error:
        raise SourceListError(f"{path}, [{name}]: {error}") from error
    return source


def _plain(message: str) -> str:
    """Name types as TOML does."""
    return message.replace("a valid tuple", 'a list, such as ["*/en/*"]')


def _check_keys(name: str, table: Any) -> None:
    """Raise SourceError for a name that cannot be a file name, and for an unknown key."""
    if not isinstance(table, dict):
        raise SourceError(f"{table!r} is not a source; expected a table such as [docs] with a url")
    if not _NAME.fullmatch(name):
        raise SourceError("a name has letters, digits, - and _ only, and at most 60 of them")
    known = FollowedSource.__dataclass_fields__.keys() - {"name"}
    if unknown := sorted(table.keys() - known):
        raise SourceError(f"unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _to_values(source: FollowedSource) -> dict[str, Any]:
    """Return the values of a source to write, without defaults."""
    defaults = asdict(FollowedSource(name="", url="", kind=SourceKind.PAGE))
    values = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(source).items()
        if key in {"url", "kind", "every"} or value != defaults[key]
    }
    values.pop("name")
    return {key: str(v) if isinstance(v, StrEnum) else v for key, v in values.items()}


def _read_document(seeds: Path) -> "TOMLDocument":
    import tomlkit  # noqa: PLC0415 - as above

    path = seeds / SOURCES_FILE
    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
        document.add(tomlkit.comment("Sources that Quoth follows; see docs/following.md."))
        return document
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read ({error}); correct it, or delete it") from error


def _write(document: "TOMLDocument", seeds: Path) -> None:
    path, partial = seeds / SOURCES_FILE, seeds / f".{SOURCES_FILE}.part"
    try:
        seeds.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.write(document.as_string())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SourceError(f"{path} cannot be written ({error.strerror})") from error
