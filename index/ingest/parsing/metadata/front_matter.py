"""Find, read and write front matter: the metadata at the top of a file or in a sidecar file.

YAML between ``---`` lines (Jekyll, Hugo, Docusaurus, MkDocs, Obsidian), TOML between ``+++`` lines
or a JSON object (Hugo), and bare lines of ``Title: …`` up to a blank line (Pelican, MkDocs) or to
``---`` (Hexo), and up to three lines of ``%`` with title, authors and date (pandoc).
A sidecar (``report.pdf.yaml`` next to ``report.pdf``) serves the formats that cannot hold front
matter, and takes precedence over the metadata in the file itself.

Front matter never costs the article: what cannot be used is passed over with a note. Every scalar
is read as text, so a title may be 1984 or No.
"""

import contextlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

import yaml

from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.metadata.values import to_metadata
from index.ingest.parsing.normalize import printable_line
from index.text.spans import Span, has_words, lines

SIDECAR_SUFFIX = ".yaml"
_MAX_CHARS = 20_000
_SYNTAXES = {  # by the opening fence, as gray-matter and Hexo name others than their own
    "---": "yaml", "---yaml": "yaml", "---yml": "yaml", "+++": "toml", "---toml": "toml",
    "---json": "json", ";;;": "json",
}  # fmt: skip
_CLOSING_FENCES = {
    "---": re.compile(r"(?:---|\.\.\.)[ \t]*\Z"),
    "+++": re.compile(r"\+\+\+[ \t]*\Z"),
    ";;;": re.compile(r";;;[ \t]*\Z"),
}
_SIDECAR_FENCES = re.compile(r"\A\s*---[ \t]*\r?\n|^(?:---|\.\.\.)[ \t]*\s*\Z", re.MULTILINE)
_KEY = re.compile(r"""["']?\w[\w. -]*["']?[ \t]*(?::(?:\s|\Z)|=)|\[|["']\w+["']:|\{""")
_BARE_KEY = re.compile(r"[A-Za-z][\w -]{0,30}:(?:[ \t]|\Z)")
_BARE_TITLE = re.compile(r"title:[ \t]", re.IGNORECASE)
_CONTINUATION = re.compile(r"[ \t]+\S|-[ \t]")  # of a value, below its key
_MAX_BARE_LINES = 40
_TITLE_BLOCK_LINE = re.compile(r"%(?:\s|\Z)")
_TITLE_BLOCK = ("title", "author", "date")
_AUTHORS_LINE = 2
_LINE = re.compile(r"([A-Za-z][\w-]{0,30})[ \t]*[:=][ \t]+(\S.*?)[ \t]*\Z")
_BRACKETS = {"[": "]", "{": "}"}
_FIRST_KEY_LINE = 2  # in the file, below the opening fence


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Metadata of a file, the offset where its body starts, and what could not be used."""

    metadata: ParsedMetadata = field(default_factory=ParsedMetadata)
    body: int = 0
    notes: tuple[str, ...] = ()


def parse_front_matter(text: str) -> FrontMatter:
    """Parse the front matter of ``text``; without any the metadata is empty and the body at 0."""
    head = list(lines(text, 0, min(len(text), _MAX_CHARS)))
    while head and not text[slice(*head[0])].strip("\ufeff \t"):
        head.pop(0)
    fence = text[slice(*head[0])].rstrip(" \t") if head else ""
    if text.startswith("{"):
        return _parse_json(text)
    if _TITLE_BLOCK_LINE.match(fence):
        return _parse_title_block(text, head)
    syntax = _SYNTAXES.get(fence)
    if syntax is None:
        return _parse_bare(text, head)
    closing = _closing_line(text, head, _CLOSING_FENCES[fence[:3]])
    if closing is None:
        return _parse_unclosed(text, head)
    (start, _), (end, body) = head[0], closing
    source = text[start + len(fence) : end]
    if source.strip() and not any(_KEY.match(line) for line in source.splitlines()):
        return FrontMatter()  # a thematic break above prose
    metadata, notes = _parse(source, syntax)
    return FrontMatter(metadata, body, notes)


def parse_sidecar(text: str) -> FrontMatter:
    """Parse a sidecar file, with or without ``---`` lines around it."""
    source = _SIDECAR_FENCES.sub("", text)
    if len(source) > _MAX_CHARS:
        note = f"has {len(source):,} characters; the limit is {_MAX_CHARS:,}, so it was not read"
        return FrontMatter(notes=(note,))
    metadata, notes = _parse(source, "yaml", first_line=1)
    return FrontMatter(metadata, 0, notes)


def format_metadata(metadata: ParsedMetadata) -> str:
    """Format metadata as lines of ``key: value``, without the fields that are not set."""
    items = asdict(metadata).items()
    # A JSON string is a valid YAML string.
    return "".join(f"{key}: {json.dumps(val, ensure_ascii=False)}\n" for key, val in items if val)


def format_front_matter(metadata: ParsedMetadata) -> str:
    """Format metadata as front matter, with its ``---`` lines."""
    return f"---\n{format_metadata(metadata)}---\n"


def _closing_line(text: str, head: list[Span], closing: re.Pattern[str]) -> Span | None:
    """Return the start and end of the closing fence; None for prose below a thematic break."""
    has_keys = False
    for start, end in head[1:]:
        line = text[start:end]
        if closing.match(line):
            return start, end
        has_keys = has_keys or _KEY.match(line) is not None
        if not has_keys and line.strip() and not line.lstrip().startswith("#"):
            return None
    return None


def _parse_json(text: str) -> FrontMatter:
    """Parse an object in JSON that gives the title or the date, and ends with its line."""
    try:
        values, end = json.JSONDecoder(strict=False).raw_decode(text[:_MAX_CHARS])
    except (ValueError, RecursionError):
        return FrontMatter()
    keys = _lower_keys(values)
    rest = text[end:].lstrip(" \t\r")
    if not keys.keys() & {"title", "date"} or not (rest.startswith("\n") or not rest):
        return FrontMatter()
    metadata, notes = to_metadata(keys)
    return FrontMatter(metadata, len(text) - len(rest), notes)


def _parse_title_block(text: str, head: list[Span]) -> FrontMatter:
    """Parse pandoc's lines of ``% title``, ``% authors`` and ``% date``, up to a blank line.

    A text that has nothing else is no title.
    """
    values: list[str] = []
    for start, end in head:
        line = text[start:end]
        if not line.strip():
            break
        if _TITLE_BLOCK_LINE.match(line):
            values.append(line[1:].strip())
        elif values and line[0] in " \t":  # goes on
            values[-1] += f"{'; ' if len(values) == _AUTHORS_LINE else ' '}{line.strip()}"
        else:
            return FrontMatter()
    else:
        start = head[-1][1]
    if not values[0] or len(values) > len(_TITLE_BLOCK) or not has_words(text[start:]):
        return FrontMatter()
    keys = {key: value for key, value in zip(_TITLE_BLOCK, values, strict=False) if value}
    metadata, notes = to_metadata(keys)
    return FrontMatter(metadata, start, notes)


def _parse_bare(text: str, head: list[Span]) -> FrontMatter:
    """Parse lines of ``Key: value`` without an opening fence, if they give the title."""
    keys: list[str] = []
    end = 0
    for start, end in head[:_MAX_BARE_LINES]:
        line = text[start:end]
        if not line.strip() or _CLOSING_FENCES["---"].match(line):
            break
        if not _BARE_KEY.match(line) and not (keys and _CONTINUATION.match(line)):
            return FrontMatter()
        keys.append(line)
    else:
        return FrontMatter()
    if not any(map(_BARE_TITLE.match, keys)):
        return FrontMatter()
    metadata, notes = to_metadata(dict(_by_line("\n".join(keys))))
    return FrontMatter(metadata, end, notes)


def _parse_unclosed(text: str, head: list[Span]) -> FrontMatter:
    """Parse the lines of ``key: value`` below a fence that is never closed, up to other text."""
    body = head[0][1]
    for start, end in head[1:]:
        if not _LINE.match(text[start:end]):
            break
        body = end
    if body == head[0][1]:
        return FrontMatter()
    metadata, notes = to_metadata(dict(_by_line(text[head[0][1] : body])))
    unclosed = "front matter: it is never closed; add a line of --- below it"
    return FrontMatter(metadata, body, (unclosed, *notes))


def _parse(
    source: str, syntax: str, first_line: int = _FIRST_KEY_LINE
) -> tuple[ParsedMetadata, tuple[str, ...]]:
    """Parse YAML, TOML or JSON; if it is broken, read the lines that are ``key: value``.

    ``first_line`` is the number of its first line in the file.
    """
    try:
        return to_metadata(_LOADERS[syntax](source))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        metadata, notes = to_metadata(dict(_by_line(source)))
        problem = f"front matter: not valid {syntax.upper()}{_problem(error, source, first_line)}"
        return metadata, (f"{problem}; it was read line by line", *notes)


def _problem(error: Exception, source: str, first_line: int) -> str:
    """Say on which line and why, as the parser does."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return f" ({printable_line(str(error))})"
    mark = error.problem_mark or error.context_mark
    skipped = source.startswith(("\n", "\r"))  # the end of the line with the opening fence
    where = f" on line {mark.line - skipped + first_line}" if mark else ""
    return f"{where} ({printable_line(error.problem or 'not valid')})"


def _by_line(source: str) -> Iterator[tuple[str, object]]:
    """Yield the keys and values of the lines that are ``key: value``."""
    for line in source.splitlines():
        if match := _LINE.match(line):
            yield match[1].lower(), _load_scalar(match[2])


def _load_scalar(source: str) -> object:
    """Load a quoted text or a list in brackets; any other text stands for itself."""
    if source[0] in "\"'" or source[0] in _BRACKETS:
        with contextlib.suppress(yaml.YAMLError, ValueError, RecursionError):
            return yaml.BaseLoader(source).get_single_data()
    if source[0] in _BRACKETS and _BRACKETS[source[0]] not in source:
        return ""
    return source.strip(source[0]) if source[0] in "\"'" else source


def _load_yaml(source: str) -> dict[str, object]:
    """Load a YAML mapping of lower-case keys to strings, lists or mappings."""
    return _lower_keys(yaml.BaseLoader(source).get_single_data())


def _load_toml(source: str) -> dict[str, object]:
    return _lower_keys(tomllib.loads(source.replace("\r\n", "\n").replace("\r", "\n")))


def _load_json(source: str) -> dict[str, object]:
    """Load an object, also without its braces."""
    source = source.strip()
    return _lower_keys(json.loads(source if source.startswith("{") else f"{{{source}}}"))


_LOADERS = {"yaml": _load_yaml, "toml": _load_toml, "json": _load_json}


def _lower_keys(values: object) -> dict[str, object]:
    if values is None or values == "":
        return {}
    if not isinstance(values, Mapping):
        raise TypeError("no keys")
    return {str(key).strip().lower(): value for key, value in values.items()}
