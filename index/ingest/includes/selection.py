"""Cut the part of a file that a directive names, without the marks of its sections."""

import re
from collections.abc import Callable, Iterable

from index.ingest.includes.directives import LineRange, Target
from index.text.markdown.headings import heading_slug

# --8<-- [start:name], #region name, <!-- #region name -->, ANCHOR: name, tag::name[]
_SECTION_START = (
    r"(?:--8<--[ \t]*\[[ \t]*start:[ \t]*|\#[ \t]?region[ \t]+|\bANCHOR:[ \t]*"
    r"|\btag::(?=[\w-]+\[\]))"
)
_SECTION_END = (
    r"(?:--8<--[ \t]*\[[ \t]*end:[ \t]*|\#[ \t]?endregion\b[ \t]*|\bANCHOR_END:[ \t]*"
    r"|\bend::(?=[\w-]+\[\]))"
)
_SECTION_MARK = re.compile(rf"{_SECTION_START}|{_SECTION_END}")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*\Z")


def select(text: str, target: Target) -> str | None:
    """Return the part of a file's text that ``target`` names, None if the file lacks it."""
    source = text.replace("\r\n", "\n").replace("\r", "\n")
    for cut in (_cut_at_strings, _cut_section, _cut_lines):
        part = cut(source, target)
        if part is None:
            return None
        source = part
    kept = [line for line in source.split("\n") if not _SECTION_MARK.search(line)]
    return "\n".join(kept).strip("\n")


def _cut_at_strings(text: str, target: Target) -> str | None:
    if target.start_after is not None:
        _, found, text = text.partition(target.start_after)
        if not found:
            return None
    if target.end_before is not None:
        text, found, _ = text.partition(target.end_before)
        if not found:
            return None
    return text


def _cut_lines(text: str, target: Target) -> str | None:
    if not target.lines:
        return text
    all_lines = text.split("\n")
    parts = [_lines_in(all_lines, each) for each in target.lines]
    return "\n".join(parts) if any(parts) else None


def _lines_in(all_lines: list[str], line_range: LineRange) -> str:
    first, last = line_range
    return "\n".join(all_lines[max(0, first - 1) : last])


def _cut_section(text: str, target: Target) -> str | None:
    """Return the text between the marks of a section, below a heading, or of a block."""
    if not target.section:
        return text
    lines = text.split("\n")
    name = re.escape(target.section)
    start = _first(lines, re.compile(rf"{_SECTION_START}{name}(?![\w-])").search)
    if start is not None:
        end = re.compile(rf"{_SECTION_END}(?:{name}(?![\w-])|[^\w\s]*\s*\Z)")
        return "\n".join(lines[start + 1 : _first(lines, end.search, start + 1)])
    if target.section.startswith("^"):
        return _cut_block(text, name)
    return _cut_heading(lines, target.section) or _cut_definition(lines, name)


def _first(lines: list[str], matches: Callable[[str], object], start: int = 0) -> int | None:
    return next((index for index, line in enumerate(lines[start:], start) if matches(line)), None)


def _cut_block(text: str, name: str) -> str | None:
    """Return the paragraph that ends in an id such as ^quote."""
    paragraphs = re.split(r"\n[ \t]*\n", text)
    block_id = re.compile(rf"[ \t]{name}[ \t]*\Z")
    return next((block_id.sub("", each) for each in paragraphs if block_id.search(each)), None)


def _cut_heading(lines: list[str], path: str) -> str | None:
    """Return what is below a heading, found by its text or its id, with the heading."""
    wanted = _slug(path.rpartition("#")[2])
    headings = [
        (index, match) for index, line in enumerate(lines) if (match := _HEADING.match(line))
    ]
    for number, (index, match) in enumerate(headings):
        if _slug(match[2]) == wanted:
            others = headings[number + 1 :]
            ends = (other for other, each in others if len(each[1]) <= len(match[1]))
            return "\n".join(lines[index : next(ends, len(lines))])
    return None


def _slug(heading: str) -> str:
    return heading_slug(re.sub(r"\{#[^{}]*\}", "", heading))


def _cut_definition(lines: list[str], name: str) -> str | None:
    """Return the definition of a class or a function, which is indented below its first line."""
    start = _first(lines, re.compile(rf"\s*(?:async\s+)?(?:def|class)\s+{name}\b").match)
    if start is None:
        return None
    indent = _indent(lines[start])
    ends = _first(lines, lambda line: line.strip() and _indent(line) <= indent, start + 1)
    return "\n".join(lines[start:ends]).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def dedent(lines: Iterable[str]) -> list[str]:
    """Remove the indentation that all lines share."""
    all_lines = [*lines]
    indent = min((_indent(line) for line in all_lines if line.strip()), default=0)
    return [line[indent:] for line in all_lines]
