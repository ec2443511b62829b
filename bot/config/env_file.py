"""Read `.env`, as python-dotenv does, and tell which of its lines cannot be read."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv.main import resolve_variables
from dotenv.parser import Binding, Original, parse_stream

_ENV_FILE = Path(".env")


def read_env_file() -> Mapping[str, str | None]:
    """Return the variables in `.env`; none if there is no such file.

    Raises OSError and UnicodeDecodeError.
    """
    pairs = ((each.key, each.value) for each in _bindings() if each.key is not None)
    return resolve_variables(pairs, override=True)


def unreadable_lines() -> list[int]:
    """Return the numbers of the lines of `.env` that set nothing and are no comments.

    Raises as ``read_env_file``.
    """
    return [_line(each.original) for each in _bindings() if each.error]


def _line(original: Original) -> int:
    """Return the number of a statement's first line; empty lines above belong to it."""
    text = original.string
    return original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _bindings() -> Iterator[Binding]:
    if not _ENV_FILE.is_file():
        return
    with _ENV_FILE.open(encoding="utf-8-sig") as stream:
        yield from parse_stream(stream)
