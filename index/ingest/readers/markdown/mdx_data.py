"""Read the texts that an MDX page keeps as data and hands to a component.

A list of questions and answers is often an exported constant, or the property of a component:
``export const faq = [{question: "…", answer: "…"}, …]``, ``<Faq rows={faq} />``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from inspect import cleandoc

_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\[\s\S])*+`"
_NAME = re.compile(r"export\s+(?:const|let|var)\s+(\w+)\b")
_TOKEN = re.compile(
    rf"(?P<key>[\w$]+|\"[\w-]+\"|'[\w-]+')\s*:\s*(?:(?P<string>{_STRING})(?=\s*[,}}\]])|(?=[\[{{]))"
    rf"|(?P<other>{_STRING}|//[^\n]*)|(?P<bracket>[\[\]{{}}])"
)
_TITLE_KEYS = frozenset("question title q heading header summary label".split())
_TEXT_KEYS = frozenset("answer content a text body description".split())
_REFERENCE = re.compile(r"\{\s*(\w+(?:\.\w+)*)\s*(?:\}|\??\.map\()")
_ESCAPE = re.compile(r"\\(?:u([\da-fA-F]{4})|(\r?\n)|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": ""}
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
_HEADING = re.compile(r"^(#{1,6})(?=[ \t])", re.MULTILINE)
_MAX_LEVEL = 6
_MIN_ENTRIES = 2  # a single one is rather a setting


@dataclass(frozen=True, slots=True)
class Entry:
    """A title and the text below it; ``owner`` is the path of names of the list they are in."""

    owner: str
    title: str
    text: str


def read_entries(source: str) -> dict[str, list[Entry]]:
    """Return the entries of the lists in a JavaScript statement or tag, by the lists' names.

    The name is that of the constant and of the property in it, such as "faq.general"; empty
    in a tag.
    """
    name = _NAME.match(source.strip())
    lists: dict[str, list[Entry]] = {}
    for entry in _entries(source, name[1] if name else ""):
        lists.setdefault(entry.owner, []).append(entry)
    return lists if sum(map(len, lists.values())) >= _MIN_ENTRIES else {}


def write_entries(entries: Iterable[Entry], above: int) -> str:
    """Return entries as sections below a heading of the level ``above``."""
    level = min(above + 1, _MAX_LEVEL)
    return "\n\n".join(
        f"{'#' * level} {' '.join(entry.title.split())}\n\n{_below(entry.text, level)}"
        for entry in entries
    )


def references(source: str) -> Iterator[str]:
    """Yield the names that a tag or an expression takes its data from."""
    return (match[1] for match in _REFERENCE.finditer(source))


def _entries(source: str, name: str) -> Iterator[Entry]:
    opened: list[tuple[str, str]] = []  # brackets, with the names before them
    key = title = ""
    for token in _TOKEN.finditer(source):
        word, string = (token["key"] or "").strip("\"'"), token["string"]
        if string and not title and word in _TITLE_KEYS:
            title = _text(string)
        elif string and title and word in _TEXT_KEYS and _is_item(opened):
            owner = ".".join(filter(None, [name, *(around for _, around in opened)]))
            yield Entry(owner, title, _text(string))
            title = ""
        elif bracket := token["bracket"]:
            opened[len(opened) - (bracket in "]}") :] = [(bracket, key)] if bracket in "[{" else []
            title = ""
        key = "" if string else word


def _is_item(opened: Sequence[tuple[str, str]]) -> bool:
    """Return whether the innermost bracket is that of an object in a list."""
    return [bracket for bracket, _ in opened[-2:]] == ["[", "{"]


def _text(literal: str) -> str:
    """Return the text of a string literal, with a mark for what is put into it."""
    inner = literal[1:-1]
    if literal[0] == "`":
        inner = _PLACEHOLDER.sub("…", inner)
    return cleandoc(_ESCAPE.sub(_unescape, inner)).strip()


def _unescape(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16)).encode("utf-8", "ignore").decode()  # half of a pair is lost
    return "" if escape[2] else _ESCAPED.get(escape[3], escape[3])


def _below(text: str, level: int) -> str:
    """Return Markdown whose headings are below one of a level."""
    return _HEADING.sub(lambda mark: "#" * min(len(mark[1]) + level, _MAX_LEVEL), text)
