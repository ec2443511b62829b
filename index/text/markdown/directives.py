"""Write admonitions that look like code as the containers that other generators know.

Sphinx and Jupyter Book (MyST) open one with "```{note}" or ":::{note}", mdBook with
"```admonish note", Obsidian with "```ad-note". Tags around code become fences.
"""

import re
from collections.abc import Iterator

from index.text.markdown.code_tags import write_code_tags
from index.text.markdown.fences import closes
from index.text.spans import lines

_OPENING = re.compile(
    r"(?P<indent>[ \t]*)(?P<marks>`{3,}|~{3,}|:{3,})\{(?P<name>[\w-]+)\}(?P<title>[^\r\n]*)"
)
_ADMONITION = re.compile(
    r"(?P<indent>[ \t]*)(?P<marks>`{3,}|~{3,})[ \t]*"
    r"(?:admonish|ad-[\w-]+)(?![\w.-])(?P<title>[^\r\n]*)"
)
_ADMONITION_TITLE = re.compile(r"\"([^\"]+)\"")
_FENCE = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*"
    r"(`{3,}(?![^\r\n]*`)|~{3,}|:{3,})[ \t]*([^\r\n]*)"
)
_OPTION = re.compile(r"[ \t]*:[\w-]+:(?:[ \t][^\r\n]*)?")
LAYOUT_DIRECTIVES = frozenset(  # whose argument is no text: conditions, numbers, classes, files
    "only container rst-class tab-set tabs grid hlist centered div panels cssclass ifconfig"
    " group-tabs grid-item figure figure-md".split()
)
_CONTAINERS = LAYOUT_DIRECTIVES | frozenset(  # all other directives hold code, or what is no text
    "note tip hint warning caution danger error attention important seealso admonition todo"
    " versionadded versionchanged versionremoved deprecated topic sidebar margin dropdown details"
    " epigraph tab-item tab group-tab grid-item-card card list-table table"
    " exercise solution glossary toggle collapse pull-quote highlights compound".split()
)


def write_directives(text: str, start: int = 0, *, is_excerpt: bool = False) -> str:
    """Return a text of the same length, in which directives with text in them are containers.

    In an excerpt, the beginning or the end of one may have been cut off.
    """
    text = write_code_tags(text, start, is_excerpt=is_excerpt)
    if not is_excerpt and not any(mark in text for mark in ("{", "admonish", "ad-")):
        return text
    parts, position = [text[:start]], start
    written = _written(text, start, is_excerpt=is_excerpt)
    for (first, last), line in zip(lines(text, start), written, strict=True):
        parts += [text[position:first], line]
        position = last
    return "".join([*parts, text[position:]])


def _written(text: str, start: int, *, is_excerpt: bool) -> Iterator[str]:
    """Yield the lines of a text, rewritten."""
    opened: list[str] = []  # the marks of the directives, and of the code, around a line
    code, has_options = "", False
    source = [text[first:last] for first, last in lines(text, start)]
    for above, line, below in zip(["", *source], source, [*source[1:], ""], strict=False):
        opening, fence = None if code else _opening(line), _FENCE.match(line)
        ends = (
            fence is not None
            and not code
            and (
                closes(fence, opened[-1])
                if opened
                else is_excerpt and _dangles(above, fence, below)
            )
        )
        option = _OPTION.fullmatch(line) if has_options else None
        has_options = opening is not None or option is not None
        if opening:
            opened.append(opening["marks"])
            yield _container(opening) + line[opening.end() :]
        elif fence and ends:
            opened[-1:] = []
            yield line.replace(fence[1], ":" * len(fence[1]), 1)
        elif option:
            yield " " * len(line)
        else:
            code = _code_below(code, fence)
            yield line


def _code_below(code: str, fence: re.Match[str] | None) -> str:
    """Return the marks of the code that goes on below a line; "" if none does."""
    if fence is None or (not code and fence[1][0] == ":"):
        return code
    if code:
        return "" if closes(fence, code) else code
    return fence[1]


def _dangles(above: str, fence: re.Match[str], below: str) -> bool:
    """Return whether a fence ends an admonition that began before the excerpt.

    It is directly below a line of text and above a blank one; code never begins so.
    """
    return not fence[2].strip() and above.strip() != "" and not below.strip()


def _opening(line: str) -> re.Match[str] | None:
    """Match a line that opens a directive with text in it."""
    opening = _OPENING.match(line)
    is_container = opening is not None and opening["name"].lower() in _CONTAINERS
    return opening if is_container else _ADMONITION.match(line)


def _container(opening: re.Match[str]) -> str:
    marks = ":" * len(opening["marks"])
    if opening.re is _ADMONITION:
        return _admonition(opening, marks)
    is_layout = opening["name"].lower() in LAYOUT_DIRECTIVES
    title = " " * len(opening["title"]) if is_layout else opening["title"]
    return f"{opening['indent']}{marks}{opening['name']}  {title}"


def _admonition(opening: re.Match[str], marks: str) -> str:
    """Return the opening of an admonition with its title where it was, or with its kind."""
    title = _ADMONITION_TITLE.search(opening[0])
    name = f"{opening['indent']}{marks}note "
    if title:
        return f"{name:{title.start(1)}}{title[1]}".ljust(len(opening[0]))
    kind = re.search(r"[\w-]+", opening["title"]) or re.search(r"(?<=ad-)[\w-]+", opening[0])
    kind_name = kind[0] if kind else "div"  # whose name is not shown
    return f"{opening['indent']}{marks}{kind_name}".ljust(len(opening[0]))
