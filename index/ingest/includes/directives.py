"""Find the lines of a text that stand for the content of other files.

Each site generator and note-taking program has its own: Markdown snippets, the braces of FastAPI
and markdown-include, Hugo shortcodes, Jekyll and GitBook tags, Obsidian embeds, VitePress, MyST,
Docusaurus partials, mdBook, reStructuredText and AsciiDoc.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from index.text.markdown.fences import fenced_code

LineRange = tuple[int, int | None]  # from 1; both ends belong to it; None: to the end

_MARK = re.compile(r"--8<--|\{[*!%]|\{\{[<%#]|!\[\[|<<<|@include|include\}|import ")
_INCLUDE_MARK = "include::"  # of reStructuredText and AsciiDoc
_PAIR = re.compile(r"([\w-]+)[ \t]*=[ \t]*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
_FIRST_VALUE = re.compile(r"\s*(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s=\"']+)(?=\s|\Z))")
_OPTION = re.compile(r":([\w-]+):[ \t]*([^\n]*)")
_BRACKETED = re.compile(r"\[?\b(hl|ln|title)(?:\[|:)[ \t]*([^\]\n]*)\]")
_PATH_KEYS = ("file", "path", "src", "filename")
_SHORTCODES = "include|include-md|md|readfile|read-file|embed|snippet|code|code_sample|codenew"
_ASCIIDOC_SUFFIXES = (".adoc", ".asciidoc")
_ASCIIDOC_PAIR = re.compile(r"([\w-]+)[ \t]*=[ \t]*(?:\"([^\"]*)\"|([^,\"]*))")
_ATTRIBUTE = re.compile(r"\{[^{}]*\}/*")  # at the beginning of a path
_ANTORA_FOLDER = re.compile(r"\A(?:[^$@]*@)?(?:[\w-]+:){0,2}(partial|example|page|attachment)\$")
_IMPORT = re.compile(
    r"^import[ \t]+(\w+)[ \t]+from[ \t]+[\"']([^\"'\n]+\.mdx?)[\"'];?[ \t]*$", re.MULTILINE
)


class Markup(Enum):
    """The language that a text is written in."""

    MARKDOWN = auto()
    RST = auto()
    ASCIIDOC = auto()


@dataclass(frozen=True, slots=True)
class Target:
    """A file, or a part of it: a named section, lines, or what is between two strings.

    ``highlighted`` are the lines that the page sets apart.
    """

    path: str
    section: str | None = None
    lines: tuple[LineRange, ...] = ()
    start_after: str | None = None
    end_before: str | None = None
    highlighted: tuple[LineRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """A directive ``text[start:end]``, on lines of its own that are indented by ``indent``.

    With ``is_code`` the content becomes a block of code, with ``is_inside_code`` it is in one. With
    ``is_note`` a target is the name of a note in any folder.
    """

    start: int
    end: int
    indent: str
    targets: tuple[Target, ...]
    is_code: bool = False
    is_inside_code: bool = False
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class _Syntax:
    """A way to write a directive; ``in_code`` tells that it also works inside fenced code."""

    pattern: re.Pattern[str]
    parse: Callable[[re.Match[str]], Include]
    in_code: bool = False


def find_includes(text: str, markup: Markup = Markup.MARKDOWN) -> list[Include]:
    """Return the directives of a text, in order, without overlaps."""
    if markup is not Markup.MARKDOWN:
        syntax = _RST if markup is Markup.RST else _ASCIIDOC
        found = [*_find(syntax, text)] if _INCLUDE_MARK in text else []
    elif _MARK.search(text):
        found = [*_outside_code(text)]
    else:
        return []
    includes: list[Include] = []
    for include in sorted(found, key=lambda each: each.start):
        if not includes or include.start >= includes[-1].end:
            includes.append(include)
    return includes


def _find(syntax: _Syntax, text: str) -> Iterator[Include]:
    return map(syntax.parse, syntax.pattern.finditer(text))


def _outside_code(text: str) -> Iterator[Include]:
    """Yield directives that are not an example in fenced code."""
    fenced = [code.span for code in fenced_code(text)]
    partials = _partials(text)
    for syntax in (*_MARKDOWN, *partials):
        for include in _find(syntax, text):
            inside = any(start < include.start < end for start, end in fenced)
            if not inside:
                yield include
            elif syntax.in_code:
                yield replace(include, is_inside_code=True)


def _include(match: re.Match[str], *targets: Target, is_code: bool = False) -> Include:
    return Include(*match.span(), match["indent"], targets, is_code)


def _parse_snippet(match: re.Match[str]) -> Include:
    names = (match["one"] and [match["one"]]) or match["many"].split("\n")
    names = [name.strip() for name in names]
    return _include(match, *(_snippet_target(each) for each in names if each and each[0] != ";"))


def _snippet_target(name: str) -> Target:
    """Parse ``file``, ``file:section`` or ``file:1:3,7:9``."""
    path, _, part = name.partition(":")
    if re.fullmatch(r"[\d:,]+", part):
        return Target(path, lines=_line_ranges(part, ":"))
    return Target(path, section=part or None)


def _line_ranges(source: str, mark: str) -> tuple[LineRange, ...]:
    """Parse ranges of lines such as 1-3,7, with another mark between both ends if it is given."""
    ranges = []
    for part in filter(None, re.split(r"[,\s]+", source)):
        first, found, last = part.partition(mark)
        if (first or last) and re.fullmatch(r"\d*", first) and re.fullmatch(r"\d*", last):
            end = (int(last) if last else None) if found else int(first)
            ranges.append((int(first or 1), end))
    return tuple(ranges)


def _parse_braces(match: re.Match[str]) -> Include:
    """Parse ``{* file ln[1:3] hl[2] *}`` and ``{! file [ln:1-3] !}``."""
    options = dict(_BRACKETED.findall(match["options"]))
    mark = ":" if ":" in options.get("ln", "") else "-"
    target = Target(
        match["target"],
        lines=_line_ranges(options.get("ln", ""), mark),
        highlighted=_line_ranges(options.get("hl", ""), ":"),
    )
    return _include(match, target, is_code=match["mark"] == "*")


def _parse_tag(match: re.Match[str]) -> Include:
    """Parse a Hugo shortcode or a Jekyll tag with the path among its arguments."""
    pairs = _PAIR.findall(match["args"])
    values = {name.lower(): next(filter(None, found), "") for name, *found in pairs}
    first = _FIRST_VALUE.match(match["args"])
    path = next((values[key] for key in _PATH_KEYS if key in values), "")
    if not path and first:
        path = next(filter(None, first.groups()))
    is_code = "code" in match["tag"].lower() or values.get("code", "") in {"true", "1"}
    target = Target(path, None, (), values.get("start"), values.get("end"))
    return _include(match, target, is_code=is_code)


def _parse_embed(match: re.Match[str]) -> Include:
    target = Target(match["target"].strip(), section=match["section"])
    return replace(_include(match, target), is_note=True)


def _parse_vitepress(match: re.Match[str]) -> Include:
    ranges = _line_ranges((match["lines"] or "").replace(",", "-"), "-")
    return _include(match, Target(match["target"].removeprefix("@"), match["section"], ranges))


def _parse_vitepress_code(match: re.Match[str]) -> Include:
    target = Target(match["target"].removeprefix("@"), section=match["section"])
    return _include(match, target, is_code=True)


def _parse_mdbook(match: re.Match[str]) -> Include:
    """Parse ``{{#include file:2:10}}`` and ``{{#include file:anchor}}``."""
    return _include(match, _snippet_target(f"{match['target']}:{match['part'] or ''}"))


def _parse_directive(match: re.Match[str]) -> Include:
    """Parse ``include`` and ``literalinclude`` of reStructuredText and MyST."""
    options: Mapping[str, str] = dict(_OPTION.findall(match["options"]))
    ranges = _line_ranges(options.get("lines", ""), "-")
    if not ranges and {"start-line", "end-line"} & options.keys():
        first, last = options.get("start-line", "0"), options.get("end-line", "")
        end = int(last) if last.isdecimal() else None
        ranges = ((int(first) + 1 if first.isdecimal() else 1, end),)
    target = Target(
        match["target"],
        options.get("pyobject"),
        ranges,
        options.get("start-after"),
        options.get("end-before"),
        _line_ranges(options.get("emphasize-lines", ""), "-"),
    )
    is_code = match["tag"] == "literalinclude" or bool({"literal", "code"} & options.keys())
    return _include(match, target, is_code=is_code)


def _parse_asciidoc(match: re.Match[str]) -> Include:
    """Parse ``include::partial$file.adoc[tag=name]``; what is not AsciiDoc is put in as it is."""
    pairs = _ASCIIDOC_PAIR.findall(match["options"])
    options = {name: (quoted or value).strip() for name, quoted, value in pairs}
    lines = options.get("lines", "").replace(";", ",").replace("..-1", "..")  # to the end
    path = _ANTORA_FOLDER.sub(r"\1s/", _ATTRIBUTE.sub("", match["target"]))
    tags = re.split("[,;]", options.get("tag") or options.get("tags") or "")
    targets = (Target(path, tag or None, _line_ranges(lines, "..")) for tag in tags)
    return replace(_include(match, *targets), is_inside_code=not path.endswith(_ASCIIDOC_SUFFIXES))


def _partials(text: str) -> tuple[_Syntax, ...]:
    """Return how the Markdown files that MDX imports are included, if there are any.

    A page does not show the import itself.
    """
    paths = dict(_IMPORT.findall(text))
    if not paths:
        return ()
    names = "|".join(map(re.escape, paths))
    component = _syntax(
        rf"<(?P<name>{names})(?:[ \t][^<>\n]*)?/>",
        lambda match: _include(match, Target(paths[match["name"]])),
    )
    return component, _Syntax(_IMPORT, lambda match: Include(*match.span(), "", ()))


def _syntax(
    pattern: str, parse: Callable[[re.Match[str]], Include], *, in_code: bool = False
) -> _Syntax:
    line = re.compile(rf"^(?P<indent>[ \t]*){pattern}[ \t]*$", re.MULTILINE | re.VERBOSE)
    return _Syntax(line, parse, in_code)


_MARKDOWN = (
    _syntax(
        r"""--8<--(?:[ \t]+(?P<quote>["'])(?P<one>[^"'\n]+)(?P=quote)
        |[ \t]*\n(?P<many>(?:(?![ \t]*--8<--)[^\n]*\n){0,50})[ \t]*--8<--)""",
        _parse_snippet,
        in_code=True,
    ),
    _syntax(
        r"""\{(?P<mark>[*!])>?[ \t]*(?P<target>[^\s{}\[\]*!]+)
        (?P<options>[^{}\n]*?)(?P=mark)\}""",
        _parse_braces,
        in_code=True,
    ),
    _syntax(
        rf"""\{{\{{(?P<side>[<%])-?[ \t]*(?P<tag>{_SHORTCODES})
        (?P<args>[ \t][^{{}}]{{1,500}}?)-?[>%]\}}\}}""",
        _parse_tag,
        in_code=True,
    ),
    _syntax(
        r"""\{\{\#(?:include|rustdoc_include|playground|playpen)[ \t]+(?P<target>[^\s{}:]+)
        (?::(?P<part>[^\s{}]*))?[^{}\n]*\}\}""",
        _parse_mdbook,
        in_code=True,
    ),
    _syntax(
        r"""\{%-?\s*(?P<tag>include|include_relative|include-markdown|code)
        (?P<args>\s[^{}]{1,500}?)-?%\}""",
        _parse_tag,
        in_code=True,
    ),
    _syntax(
        r"""!\[\[(?P<target>[^\]\[|\#\n]*)(?:\#(?P<section>[^\]\[|\n]*))?(?:\|[^\]\[\n]*)?\]\]""",
        _parse_embed,
    ),
    _syntax(
        r"""<<<[ \t]+(?P<target>[^\s{\[\#]+)(?:\#(?P<section>[\w-]+))?
        (?:\{[^{}\n]*\})?(?:[ \t]*\[[^\[\]\n]*\])?""",
        _parse_vitepress_code,
    ),
    _syntax(
        r"""<!--[ \t]*@include:[ \t]*(?P<target>[^\s{\#>]+?)(?:\#(?P<section>[^\s{}]+))?
        (?:\{(?P<lines>\d*,?\d*)\})?[ \t]*-->""",
        _parse_vitepress,
        in_code=True,
    ),
    _syntax(
        r"""(?P<fence>`{3,}|:{3,})\{(?P<tag>include|literalinclude)\}[ \t]+(?P<target>\S+)[ \t]*\n
        (?P<options>(?:[ \t]*:[\w-]+:[^\n]*\n){0,20})[ \t]*(?P=fence)""",
        _parse_directive,
    ),
)
_RST = _syntax(
    r"""\.\.[ \t]+(?P<tag>include|literalinclude)::[ \t]+(?P<target>\S+)[ \t]*
    (?P<options>(?:\n[ \t]+:[\w-]+:[^\n]*){0,20})""",
    _parse_directive,
)
_ASCIIDOC = _syntax(
    r"""include::(?P<target>[^\s\[\]]+)\[(?P<options>[^\[\]\n]*)\]""",
    _parse_asciidoc,
)
