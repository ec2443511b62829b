"""Recognize the lines that open and close admonitions and tabs.

Their content is indented below !!! note, ??? tip or === "Windows" (Python-Markdown), or stands
between /// note or ::: tip and its closing mark (PyMdown, VitePress, Docusaurus).
"""

import re

from index.text.spans import Span

_ATTRIBUTES = r"[ \t]*(?:\{[^{}\r\n]*\}[ \t]*)?\Z"  # behind a title
CONTAINER_START = re.compile(
    r"[ \t]*(?:(?:!!!|\?\?\?\+?)(?:(?:[ \t]+[\w-]+){1,3}(?:[ \t]+\".*\")?|[ \t]+\".*\")"
    r"|===[!+]?[ \t]+\".*\""
    rf"|/{{3,}}[ \t]*[\w-]+(?:[ \t]*\|.*)?|:{{3,}}[ \t]*\w.*){_ATTRIBUTES}"
)
CONTAINER_END = re.compile(r"[ \t]*(?:/{3,}|:{3,})[ \t]*\Z")
FENCED_CONTAINER = re.compile(r"[ \t]*[/:]")  # one with a closing mark
TAB = re.compile(
    r"[ \t]*===|[ \t]*/{3,}[ \t]*tab\b"
    r"|[ \t]*:{3,}[ \t]*(?:(?:tab|code-group)-?item\b|(?:group-)?tab(?![\w-]))",
    re.IGNORECASE,
)
TAB_LABEL = re.compile(r"[ \t]*==[ \t]+([^=\r\n]{1,100})")  # in VitePress
_TITLE = re.compile(  # "Title", | Title, [Title], or the words behind :::note
    rf"\"(.+)\"{_ATTRIBUTES}|\|[ \t]*(\S.*)"
    r"|:{3,}[ \t]*[\w-]+"
    r"(?:\[([^\[\]]+)\]|[ \t]+(?!key:)([^\s\[\]{}](?:[^{}\r\n]*[^\s{}])?))"
)
_KIND = re.compile(r"[ \t]*(?:!!!|\?\?\?\+?|/{3,}|:{3,})[ \t]*([\w.-]+)")


def title_span(text: str, start: int, end: int) -> Span | None:
    """Return the span of the title in the line ``text[start:end]`` that opens a container."""
    title = _TITLE.search(text, start, end)
    return title.span(title.lastindex or 0) if title else None


def container_kind(line: str) -> str:
    """Return the kind of the container that a line opens, such as "note"; "" if it has none."""
    kind = _KIND.match(line)
    return kind[1] if kind else ""
