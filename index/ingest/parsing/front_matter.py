"""Read and write front matter, the YAML metadata at the top of a file or in a sidecar file.

A sidecar (``report.pdf.yaml`` next to ``report.pdf``) serves the formats that cannot hold front
matter, and takes precedence over the metadata in the file itself.

Every scalar is read as text, so a title may be 1984 or No. Aliases do no harm: PyYAML does not copy
the value, and nested values are rejected.
"""

import json
import re
from dataclasses import asdict

import yaml

from index.errors import ReadError
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.normalize import (
    LANGUAGE_TAG,
    MAX_VALUE_CHARS,
    http_link,
    printable_line,
)
from index.text.spans import Span, lines

SIDECAR_SUFFIX = ".yaml"
_MAX_CHARS = 20_000
_OPENING_FENCE = re.compile(r"---[ \t]*\Z")
_CLOSING_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*\Z")
_SIDECAR_FENCES = re.compile(r"\A\s*---[ \t]*\r?\n|^(?:---|\.\.\.)[ \t]*\s*\Z", re.MULTILINE)
_KEY = re.compile(r"""["']?\w[\w -]*["']?[ \t]*:(?:\s|\Z)""")
_NULLS = {"", "~", "null", "Null", "NULL"}
_ISO_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:\Z|[T ])")
_EXPECTED = "expected lines of key: value"


def parse_front_matter(text: str) -> tuple[ParsedMetadata, int]:
    """Parse the front matter of ``text`` and return it with the offset where the body starts.

    Without front matter the metadata is empty and the offset 0. Raises ReadError with the number
    of the line that is invalid.
    """
    block = _find_block(text)
    if block is None:
        return ParsedMetadata(), 0
    (start, end), body = block
    return _to_metadata(_load_yaml(text[start:end])), body


def parse_sidecar(text: str) -> ParsedMetadata:
    """Parse a sidecar file, with or without ``---`` lines around it.

    Raises ReadError with the number of the line that is invalid.
    """
    source = _SIDECAR_FENCES.sub("", text)
    if len(source) > _MAX_CHARS:
        raise ReadError(f"it has {len(source):,} characters; the limit is {_MAX_CHARS:,}")
    return _to_metadata(_load_yaml(source))


def format_metadata(metadata: ParsedMetadata) -> str:
    """Format metadata as lines of ``key: value``, without the fields that are not set."""
    items = asdict(metadata).items()
    # A JSON string is a valid YAML string.
    return "".join(f"{key}: {json.dumps(val, ensure_ascii=False)}\n" for key, val in items if val)


def format_front_matter(metadata: ParsedMetadata) -> str:
    """Format metadata as front matter, with its ``---`` lines."""
    return f"---\n{format_metadata(metadata)}---\n"


def _find_block(text: str) -> tuple[Span, int] | None:
    """Return the span between the ``---`` lines and the start of the body."""
    head = lines(text, 0, min(len(text), _MAX_CHARS))
    first = next(head, None)
    if first is None or not _OPENING_FENCE.match(text[first[0] : first[1]]):
        return None
    second_line = first[1] + (2 if text.startswith("\r\n", first[1]) else 1)
    has_keys = False
    for start, end in head:
        line = text[start:end]
        if _CLOSING_FENCE.match(line):
            return ((first[1], start), end) if has_keys or start == second_line else None
        has_keys = has_keys or _KEY.match(line) is not None
        if not has_keys and line.strip() and not line.lstrip().startswith("#"):
            return None  # a thematic break above prose
    if has_keys:
        raise ReadError(
            "the front matter that opens on line 1 is never closed; "
            f"add a line of --- within the first {_MAX_CHARS:,} characters"
        )
    return None


def _load_yaml(source: str) -> dict[str, object]:
    """Load a YAML mapping of lower-case keys to strings or lists.

    ``source`` starts with the line break after the opening fence, so that line numbers are right.
    """
    try:
        values = yaml.BaseLoader(source).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" on line {mark.line + 1}" if mark else ""
        problem = printable_line(error.problem or "not valid YAML")
        raise ReadError(f"invalid front matter{where}: {problem}; {_EXPECTED}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = printable_line(str(error))
        raise ReadError(f"invalid front matter: {problem}; {_EXPECTED}") from error
    if values is None or values == "":
        return {}
    if not isinstance(values, dict):
        raise ReadError(f"invalid front matter on line 2: no keys; {_EXPECTED}")
    return {str(key).strip().lower(): value for key, value in values.items()}


def _to_metadata(values: dict[str, object]) -> ParsedMetadata:
    return ParsedMetadata(
        title=_text("title", values.get("title", "")),
        publisher=_text("publisher", values.get("publisher", "")),
        author=_author(values),
        published=_published(values),
        url=_url(values),
        language=_language(values),
    )


def _text(key: str, value: object) -> str | None:
    if not isinstance(value, str):
        kind = "list" if isinstance(value, list) else "mapping"
        raise ReadError(f"front matter: {key} is a {kind}; expected one line of text")
    line = printable_line(value)
    if len(line) > MAX_VALUE_CHARS:
        raise ReadError(
            f"front matter: {key} has {len(line):,} characters; the limit is {MAX_VALUE_CHARS}"
        )
    return None if value.strip() in _NULLS else line or None


def _either(values: dict[str, object], key: str, alias: str) -> tuple[str, str | None]:
    """Return the key and the text of ``key``, or of the ``alias`` that Hugo and Jekyll use."""
    used = alias if key not in values and alias in values else key
    return used, _text(used, values.get(used, ""))


def _author(values: dict[str, object]) -> str | None:
    """Return one name, or a list of names, given as ``author`` or ``authors``."""
    value = values.get("author") or values.get("authors") or ""
    names = value if isinstance(value, list) else [value]
    return _text("author", ", ".join(filter(None, (_text("author", name) for name in names))))


def _published(values: dict[str, object]) -> str | None:
    """Return an ISO date if one can be parsed, else the text as written ("Spring 2019")."""
    key, text = _either(values, "published", "date")
    date = iso_date(text or "")
    if text and date is None and _ISO_LIKE.match(text):
        raise ReadError(f"front matter: {key} is {text!r}, which is not a calendar date")
    return date or text


def _url(values: dict[str, object]) -> str | None:
    key, text = _either(values, "url", "link")
    if text and not http_link(text):
        raise ReadError(f"front matter: {key} is {text!r}; expected an http:// or https:// URL")
    return text


def _language(values: dict[str, object]) -> str | None:
    key, text = _either(values, "language", "lang")
    tag = LANGUAGE_TAG.match(text or "")
    if text and tag is None:
        raise ReadError(f"front matter: {key} is {text!r}; expected a code such as en or de")
    return tag[1].lower() if tag else None
