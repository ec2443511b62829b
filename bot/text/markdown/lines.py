"""Rewrite the lines of an excerpt of Markdown, so that any parser can read them.

Titles of admonitions and tabs become headings, their content loses its indentation, and the tags
around it disappear.
"""

import re
from collections.abc import Iterator, Sequence

from bot.text.markdown.highlight import MARK_END, MARK_START, MARKS
from bot.text.markdown.html_tags import tag_title
from bot.text.markdown.source import without_references
from index.text.markdown.containers import (
    CONTAINER_END,
    CONTAINER_START,
    TAB_LABEL,
    container_kind,
    title_span,
)
from index.text.markdown.directives import LAYOUT_DIRECTIVES
from index.text.markdown.fences import FENCE, opening_below

_LAYOUTS = LAYOUT_DIRECTIVES | frozenset(  # kinds of containers whose names say nothing
    "tabs code-group code-tabs tab-set grid cards card-grid steps columns column raw v-pre div"
    " container center details".split()
)
_CONTENT_INDENT = 4  # of what is in a container
_ALERT = re.compile(r"([ \t>]*)\[!([A-Za-z][\w-]*)\][+-]?[ \t]*([^\n]*)\Z")
_TAG_LINE = re.compile(
    r"[ \t]*(?:(?:</?[A-Za-z][^<>]*>|\{\{[<%][^{}]*[%>]\}\}|\{%[^{}]*%\}"
    r"|\{:?[ \t]*[.#][^{}]*\})[ \t]*)+\Z"
)
_PARSED_TAG = re.compile(
    r"<t(?:able|head|body|foot|[rdh])\b|</?pre\b", re.IGNORECASE
)  # of a table or of code
_HTML_BLOCK = re.compile(  # which a blank line ends; Markdown inside of it is none
    r" {0,3}</?(?:address|article|aside|blockquote|center|details|dialog|div|dd|dl|dt|fieldset"
    r"|figcaption|figure|footer|form|h[1-6]|header|li|main|nav|ol|p|section|summary|ul)\b"
    r"(?![^<>]*\smarkdown\b)",
    re.IGNORECASE,
)
_DEFINITION = re.compile(rf"([ \t]*[{MARK_START}{MARK_END}]*):[ \t]+(?=\S)")
_EMPTY_DEFINITION = re.compile(r"[ \t]*:[ \t]+(?:\{\{[<%][^{}]*[%>]\}\}[ \t]*)?\Z")
_SUMMARY = re.compile(
    r"[ \t]*(?:<details[^<>]*>)?[ \t]*<summary[^<>]*>(.*?)</summary>[ \t]*\Z", re.IGNORECASE
)
_FIRST_ARGUMENT = re.compile(  # of one of Hugo's shortcodes
    r"\{\{[<%][ \t]*(?:tab(?:-?item)?|details|expand|accordion)[ \t]+([\"'])(.+?)\1", re.IGNORECASE
)


def plain_lines(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines of plain Markdown: titles of containers in bold, their content not indented.

    What stands in an item of a list stays in it.
    """
    depths: list[int] = []  # of the content of containers and definitions
    above = ""
    fence: re.Match[str] | None = None
    html_indent: int | None = None
    for line, next_line in zip(lines, [*lines[1:], ""], strict=True):
        depth = _indent(line)
        while depths and line.strip() and depth < depths[-1] and not fence:
            depths.pop()
        content = line[min(depth, _CONTENT_INDENT * len(depths)) :]
        before, fence = fence, opening_below(fence, FENCE.match(content))
        if before or fence:
            yield content
        elif opens_container(content):
            depths.append(depth + _CONTENT_INDENT)
            yield from _bold_line(_container_title(MARKS.sub("", content)), content)
        elif _EMPTY_DEFINITION.match(MARKS.sub("", content)):
            depths.append(depth + _CONTENT_INDENT)
            yield from MARKS.findall(content)
            continue
        elif definition := _DEFINITION.match(content):
            depths.append(depth + _CONTENT_INDENT)
            yield from _text_line(_definition_line(definition, above, next_line))
        else:
            html_indent = _html_indent(html_indent, content, above)
            yield from _text_line(_limit_indent(content, html_indent))
        above = content


def _html_indent(indent: int | None, line: str, above: str) -> int | None:
    """Return the indentation of the HTML that a line belongs to; None if it is Markdown or code.

    ``indent`` is that of the line above it.
    """
    plain = MARKS.sub("", line)
    if not plain.strip() or _PARSED_TAG.search(plain):
        return None
    is_start = _HTML_BLOCK.match(plain) or (not above.strip() and _TAG_LINE.match(plain))
    return _indent(plain) if indent is None and is_start else indent


def _limit_indent(line: str, most: int | None) -> str:
    """Return a line without the indentation beyond ``most``, which is none if it is None."""
    return line if most is None else line[max(0, _indent(line) - most) :]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _definition_line(definition: re.Match[str], above: str, next_line: str) -> str:
    """Return a definition, without its colon if no term is above.

    A line break ends it, unless it goes on in ``next_line``.
    """
    line = definition.string
    has_term = above.strip() and not _DEFINITION.match(above)
    shown = line if has_term else definition[1] + line[definition.end() :]
    return shown if next_line.startswith(" ") else f"{shown}  "


def opens_container(line: str) -> bool:
    """Return whether a line opens an admonition or a tab."""
    plain = MARKS.sub("", line)
    return bool(CONTAINER_START.match(plain) or TAB_LABEL.fullmatch(plain))


def _container_title(line: str) -> str:
    if label := TAB_LABEL.fullmatch(line):
        return label[1]
    title = title_span(line, 0, len(line))
    shown = line[slice(*title)].strip() if title else container_kind(line)
    return "" if shown in _LAYOUTS else shown


def _text_line(line: str) -> Iterator[str]:
    plain = MARKS.sub("", line)
    if summary := _SUMMARY.match(plain):
        yield from _bold_line(summary[1], line)
    elif CONTAINER_END.match(plain):
        yield from ("", *MARKS.findall(line))
    elif _TAG_LINE.match(plain) and not _PARSED_TAG.search(plain):
        argument = _FIRST_ARGUMENT.search(plain)
        title = tag_title(plain) or (argument[2] if argument else "")
        yield from _bold_line(title, line) if title else ["", *MARKS.findall(line)]
    elif alert := _ALERT.match(plain):
        yield f"{alert[1]}**{(alert[3] or alert[2]).strip()}**"
        yield alert[1]
    else:
        yield without_references(line)


def _bold_line(title: str, line: str) -> Iterator[str]:
    """Yield the title that a line has, with its indentation and the marks of the highlight."""
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    start, end = (mark if mark in line else "" for mark in (MARK_START, MARK_END))
    yield from (
        "",
        f"{indent}###### {start}{title.strip()}{end}" if title.strip() else start + end,
        "",
    )
