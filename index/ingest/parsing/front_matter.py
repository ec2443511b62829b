"""YAML between two ``---`` lines at the top of a file: what the curator says of the article.

Every scalar is read as text, so that a title may be 1984 or No. Aliases are refused (a few lines
of them can stand for gigabytes), and so is what is long or deeply nested.
"""

import re
from urllib.parse import urlsplit

import yaml

from index.errors import ReadError
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedMetadata
from index.text.spans import Span, lines

_MAX_CHARACTERS = 20_000
_MAX_DEPTH = 8
_MAX_VALUE = 500  # characters of a title, a name, a link
_FENCE = re.compile(r"---[ \t]*\Z")
_END = re.compile(r"(?:---|\.\.\.)[ \t]*\Z")
_KEY = re.compile(r"""["']?\w[\w -]*["']?[ \t]*:(?:\s|\Z)""")
_NOTHING = {"", "~", "null", "Null", "NULL"}
_ISO_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:\Z|[T ])")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\Z")


def front_matter(text: str) -> tuple[ParsedMetadata, int]:
    """What the front matter says, and where the body starts; (nothing, 0) when there is none.

    Raises ReadError that names the line where the front matter is broken.
    """
    block = _block(text)
    if block is None:
        return ParsedMetadata(), 0
    (start, end), body = block
    values = _values(text[start:end])
    return _found(values), body


def told(source: str) -> ParsedMetadata:
    """What lines of key: value say; ReadError counts them from 2, as behind a fence."""
    if len(source) > _MAX_CHARACTERS:
        raise ReadError(f"{len(source):,} characters, wanted {_MAX_CHARACTERS:,} at most")
    return _found(_values(source))


def _block(text: str) -> tuple[Span, int] | None:
    """The span between the fences and the start of the body."""
    head = lines(text, 0, min(len(text), _MAX_CHARACTERS))
    first = next(head, None)
    if first is None or not _FENCE.match(text[first[0] : first[1]]):
        return None
    keys = False
    for start, end in head:
        line = text[start:end]
        if _END.match(line):
            return ((first[1], start), end) if keys or start == _after(text, first[1]) else None
        keys = keys or _KEY.match(line) is not None
        if not keys and line.strip() and not line.lstrip().startswith("#"):
            return None  # a thematic break over prose
    if keys:
        raise ReadError(
            "front matter opens on line 1 and is never closed; "
            f"wanted a line of --- after it, within {_MAX_CHARACTERS:,} characters"
        )
    return None


def _after(text: str, position: int) -> int:
    """The position behind the line end at ``position``."""
    return position + (2 if text.startswith("\r\n", position) else 1)


def _values(source: str) -> dict[str, object]:
    """Keys in lower case to strings or lists; the line break after the fence counts as line 1."""
    try:
        _refuse_traps(source)
        values = yaml.BaseLoader(source).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"on line {mark.line + 1}" if mark else "somewhere"
        raise ReadError(
            f"broken front matter {where}: {_one_line(error.problem or 'not YAML')}; "
            "wanted lines of key: value"
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ReadError(
            f"broken front matter: {_one_line(str(error))}; wanted lines of key: value"
        ) from error
    if values is None or values == "":
        return {}
    if not isinstance(values, dict):
        raise ReadError("broken front matter on line 2: no keys; wanted lines of key: value")
    return {str(key).strip().lower(): value for key, value in values.items()}


def _refuse_traps(source: str) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=yaml.BaseLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ReadError(
                f"front matter uses an alias (*{event.anchor}) on line {line}; "
                "wanted plain values: write it out or quote it"
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise ReadError(
                f"front matter is nested over {_MAX_DEPTH} deep on line {line}; "
                "wanted lines of key: value"
            )


def _found(values: dict[str, object]) -> ParsedMetadata:
    return ParsedMetadata(
        title=_text(values, "title"),
        publisher=_text(values, "publisher"),
        author=_author(values),
        published=_published(values),
        url=_url(values),
        language=_language(values),
    )


def _text(values: dict[str, object], key: str) -> str | None:
    value = values.get(key, "")
    if not isinstance(value, str):
        raise ReadError(f"front matter: {key} is a {_kind(value)}, wanted one line of text")
    line = _one_line(value)
    if len(line) > _MAX_VALUE:
        raise ReadError(
            f"front matter: {key} has {len(line):,} characters, wanted {_MAX_VALUE} at most"
        )
    return None if value.strip() in _NOTHING else line or None


def _author(values: dict[str, object]) -> str | None:
    """One name, or a list of them, under ``author`` or ``authors``."""
    value = values.get("author") or values.get("authors") or ""
    if not isinstance(value, list):
        return _text({"author": value}, "author")
    names = [_text({"author": name}, "author") for name in value]
    return _text({"author": ", ".join(name for name in names if name)}, "author")


def _published(values: dict[str, object]) -> str | None:
    """An ISO date where one can be read; else the words as written ("Spring 2019")."""
    key = _first(values, "published", "date")
    written = _text(values, key)
    if written is None:
        return None
    date = iso_date(written)
    if date is None and _ISO_LIKE.match(written):
        raise ReadError(f"front matter: {key} is {written!r}, and there is no such day")
    return date or written


def _url(values: dict[str, object]) -> str | None:
    key = _first(values, "url", "link")
    written = _text(values, key)
    if written is None:
        return None
    if not _is_link(written):
        raise ReadError(f"front matter: {key} is {written!r}, wanted an http:// or https:// link")
    return written


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text


def _language(values: dict[str, object]) -> str | None:
    key = _first(values, "language", "lang")
    written = _text(values, key)
    if written is None:
        return None
    code = _LANGUAGE.match(written)
    if code is None:
        raise ReadError(f"front matter: {key} is {written!r}, wanted a code such as en or de")
    return code[1].lower()


def _first(values: dict[str, object], name: str, other: str) -> str:
    """Our ``name`` of a key, or the ``other`` that Hugo, Jekyll and their like write."""
    return other if name not in values and other in values else name


def _kind(value: object) -> str:
    return "list" if isinstance(value, list) else "mapping"


def _one_line(text: str) -> str:
    """The text in one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
