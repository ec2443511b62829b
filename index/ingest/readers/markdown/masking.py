"""Find what is no text in Markdown: comments, labels, includes, tags, attribute lists.

Static site generators and note-taking programs put much of it between paragraphs: HTML, MDX and
Obsidian comments, snippets of other files, Hugo shortcodes, GitBook and Jekyll tags, JSX.
It is masked with spaces before Markdown is parsed, so that every offset stays the same. Tags that
enclose text, such as hints and tabs, become regions with titles.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from index.text.markdown.fences import FencedCode, fenced_code
from index.text.spans import Span, gaps, trim

_MAX_COMMENT_CHARS = 1_000
_MAX_REGION_DEPTH = 20
_MAX_LINE_CHARS = 500
_ATTRIBUTE = (
    r"""(?:[.#][\w:.-]+|data-[\w-]+|[\w:-]+=(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'|[\w./-]{1,100}))"""
)
_VALUE = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,300}+\}){0,300}+\}){0,500}+\}"  # of JavaScript
_PROPERTY = rf"""\s+[\w:@.#-]+(?:=(?:"[^"]{{0,1000}}"|'[^']{{0,1000}}'|{_VALUE}))?"""
_SHORTCODE = r"\{\{(?P<hugo>[<%])-?(?P<hugo_tag>[^{}]{0,500}?)-?[%>]\}\}"
_TEMPLATE_TAG = r"\{%-?(?P<template_tag>[^{}]{0,500}?)-?%\}"
_COMPONENT = (
    r"<(?P<component>/?(?-i:[A-Z])[\w.]*|/?(?:details|template))"
    rf"(?P<properties>(?:{_PROPERTY}){{0,30}})\s*/?>"
)
_MARKUP = re.compile(
    rf"""
    (?P<code>(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n)[\s\S]){{1,2000}}?(?<!`)(?P=ticks)(?!`))
    |(?P<hidden>
      <!--[\s\S]*?(?:-->|\Z)
      |\{{/\*[\s\S]{{0,{_MAX_COMMENT_CHARS}}}?\*/\}}
      |(?<!\S)%%(?!%)[\s\S]{{0,{_MAX_COMMENT_CHARS}}}?%%(?![\w%])
      |\{{%-?\s*comment\b[^{{}}]*%\}}[\s\S]{{0,{_MAX_COMMENT_CHARS}}}?\{{%-?\s*endcomment\s*-?%\}}
      |\{{\{{[<%]\s*comment\b[^{{}}]*\}}\}}[\s\S]{{0,{_MAX_COMMENT_CHARS}}}?\{{\{{[<%]\s*/comment\s*[%>]\}}\}}
      |\{{\{{\#[a-z_]+\b[^{{}}]{{0,{_MAX_COMMENT_CHARS}}}\}}\}}
      |\{{\{{[<%]/\*[\s\S]{{0,{_MAX_COMMENT_CHARS}}}?\*/[%>]\}}\}}
      |^[ \t]*\([^()\n]{{1,200}}\)=[ \t]*$
      |(?<=\n\n)%[ \t][^\n]*(?:\n%[ \t][^\n]*){{0,50}}
      |^[ \t]*<(?P<raw>script|style)\b[^<>]*>[\s\S]{{0,{_MAX_COMMENT_CHARS}}}?</(?P=raw)\s*>
    )
    |^[ \t]*(?P<include>
      ;?--8<--[ \t]+["'][^\n]*
      |--8<--[ \t]*\n(?:[^\n]*\n){{0,50}}?[ \t]*--8<--[ \t]*
      |<<<[ \t]+[@.\w][^\n]*
      |!\[\[[^\]\n]{{1,300}}\]\]
      |\{{[*!][^{{}}\n]*[*!]\}}
    )[ \t]*$
    |^[ \t]*(?P<setting>
      import\b[^\n"';]{{0,300}}["'][^"'\n]{{1,300}}["'];?
      |\{{:?toc\}}|\[TOC\]|\[\[_?TOC_?\]\]
    )[ \t]*$
    |(?P<tag>{_COMPONENT}|{_SHORTCODE}|{_TEMPLATE_TAG})
    |<summary\b[^<>]*>(?P<summary>[\s\S]{{0,500}}?)</summary>
    |(?P<attributes>\\?\{{:?[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE}){{0,20}}[ \t]*\}}
      |(?:(?<=\S)[ \t]+|(?<=\]\])|^[ \t>]*)\^[A-Za-z\d-]+[ \t]*$)
    """,
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)
_TAGS = re.compile(
    r"<summary\b[^<>]*>[^<>\n]*</summary>|<[^<>\n]*>|\{\{[^{}\n]*\}\}|\{%[^{}\n]*%\}"
)
_ELEMENT = re.compile(r"<([a-z][a-z0-9]*)\b[^<>]{0,300}>([\s\S]*\S[\s\S]*)</\1\s*>", re.IGNORECASE)
_NOT_LINE_END = re.compile(r"[^\r\n]")
_CLAUSE_END = re.compile(r"(?!:::)[,.;:!?)]+(?!\S)")
_CODE_FILE = re.compile(  # neither text nor a picture
    r"\w\.(?!(?:md|markdown|mdx|txt|html?|png|jpe?g|gif|svg|webp|pdf)\b)[A-Za-z]\w{0,5}\b"
)
# A page shows the results of these queries instead (Obsidian), the pictures of diagrams, videos and
# the content of other files (MyST).
_NOT_SHOWN = frozenset(
    "dataview dataviewjs query tasks mermaid dot graphviz plantuml puml d2 include literalinclude"
    " toctree youtube vimeo image automodule autoclass autofunction autosummary".split()
)
_LANGUAGE = re.compile(r"[{. \t]*(\w*)")
_TITLE = re.compile(
    r"""\b(?:title|label|summary|header|name|tab)\s*=\s*(["'])(?P<named>(?:(?!\1)[^\n]){1,200})\1
    |^\s*[\w-]+\s+(["'])(?P<first>(?:(?!\3)[^\n]){1,200})\3
    |\bvalue\s*=\s*(["'])(?P<value>(?:(?!\5)[^\n]){1,200})\5""",
    re.VERBOSE,
)
_CODE_TAB = re.compile(r"(?:tab|code)\b[^\n]*\blang=[\"']?([\w+-]+)")
_TAB_TAGS = re.compile(
    r"<summary\b[^<>]*>[^<>\n]*</summary>|tabs?-?(?:item|pane|panel)?|codegroupitem|accordion",
    re.IGNORECASE,
)
_TAB_GROUP_TAGS = re.compile(  # their titles name the group, and a page does not show them
    r"tabs|tabpane|tab-?group|code-?(?:group|tabs)|card-?(?:grid|group)", re.IGNORECASE
)
_ADMONITION_TAGS = re.compile(
    r"details|hint|aside|note|warning|tip|info|caution|danger|important|callout|admonition|alert"
    r"|expandable|step|question|faq",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """The content between an opening and a closing tag, such as a hint or a tab.

    ``number`` is that of the admonition or group of tabs that it belongs to, None if the tag only
    lays out its content. ``language`` is that of content that is code, else None.
    """

    start: int
    end: int
    number: int | None
    title: Span | None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class MaskedMarkdown:
    """Markdown of the same length, with spaces for all that is no text.

    ``visible`` has spaces only for what a page does not show: comments, queries, and includes of
    files that are not there. ``includes_code`` tells whether one of them is code. ``regions`` are
    ordered by their starts.
    """

    text: str
    visible: str
    includes_code: bool
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag on a line of its own; ``encloses`` is False for components without content."""

    start: int
    end: int
    name: str
    closes: bool
    encloses: bool
    is_component: bool
    title: Span | None
    language: str | None


def mask_markup(text: str, body: int, shown: str | None = None) -> MaskedMarkdown:
    """Mask what is no text in ``text`` from ``body`` on.

    ``shown`` is the text of the same length that is quoted, if it is another one.
    """
    code = [*fenced_code(text, body)]
    hidden = [each.span for each in code if _is_hidden(each)]
    includes: list[Span] = []
    markup: list[Span] = []
    tags: list[_Tag] = []
    summaries: dict[Span, Span] = {}
    for start, end in gaps((each.span for each in code), body, len(text)):
        for match in _MARKUP.finditer(text, start, end):
            if match["hidden"]:
                hidden.append(match.span())
            elif match["include"]:
                includes.append(match.span())
            elif match["setting"] or match["attributes"]:
                markup.append(match.span())
            elif match["summary"] and tags and not tags[-1].closes:
                title = _without_tags(text, match.span("summary"))
                tags[-1] = replace(tags[-1], title=title)
                summaries[title] = match.span()
            elif match["tag"] and _is_alone(text, match):
                tags.append(_parse_tag(match))
    regions, unclosed = _match_tags(tags)
    includes += unclosed
    hidden = sorted([*hidden, *includes])
    markup += [summaries[each.title] for each in regions if each.title in summaries]
    spans = sorted([*hidden, *markup, *((tag.start, tag.end) for tag in tags)])
    return MaskedMarkdown(
        text=_mask(text, spans, frozenset(hidden)),
        visible=_mask(text if shown is None else shown, hidden, frozenset(hidden)),
        includes_code=any(_CODE_FILE.search(text, *include) for include in includes),
        regions=tuple(regions),
    )


def _without_tags(text: str, span: Span) -> Span:
    """Return the span of a title without white space and without the tags that enclose it."""
    span = trim(text, *span)
    while (element := _ELEMENT.fullmatch(text, *span)) and f"</{element[1]}" not in element[2]:
        span = trim(text, *element.span(2))
    return span


def _mask(text: str, spans: Iterable[Span], hidden: Set[Span]) -> str:
    """Replace the spans by spaces, except for line ends.

    A mark that ends a clause stays behind its last word, so it moves in front of what is hidden.
    """
    parts, position = [], 0
    for start, end in spans:
        if end > position:
            mark = _CLAUSE_END.match(text, end) if (start, end) in hidden else None
            is_behind_word = mark and position < start and not text[start - 1].isspace()
            parts += [
                text[position:start],
                mark[0] if mark and is_behind_word else "",
                _NOT_LINE_END.sub(" ", text[max(start, position) : end]),
            ]
            position = mark.end() if mark and is_behind_word else end
    return "".join([*parts, text[position:]])


def _is_hidden(code: FencedCode) -> bool:
    language = _LANGUAGE.match(code.info)
    is_not_shown = language is not None and language[1].lower() in _NOT_SHOWN
    return code.is_closed and (code.is_empty or is_not_shown)


def _is_alone(text: str, tag: re.Match[str]) -> bool:
    """Return whether a tag has its lines for itself and other tags."""
    line_start = text.rfind("\n", max(0, tag.start() - _MAX_LINE_CHARS), tag.start()) + 1
    line_end = text.find("\n", tag.end(), tag.end() + _MAX_LINE_CHARS)
    if (not line_start and tag.start() > _MAX_LINE_CHARS) or (
        line_end < 0 and len(text) - tag.end() > _MAX_LINE_CHARS
    ):
        return False  # a very long line
    around = text[line_start : tag.start()] + text[tag.end() : line_end if line_end >= 0 else None]
    return not _TAGS.sub("", around).strip()


def _parse_tag(match: re.Match[str]) -> _Tag:
    group = next(each for each in ("component", "hugo_tag", "template_tag") if match[each])
    name = match[group].strip()
    is_template = group == "template_tag"
    closes = name.startswith("end" if is_template else "/")
    if closes:
        name = name.removeprefix("end" if is_template else "/")
    first_word = (name.split(maxsplit=1) or [""])[0].lower()
    has_title = not closes and not _TAB_GROUP_TAGS.fullmatch(first_word)
    return _Tag(
        *match.span(),
        name=first_word,
        closes=closes,
        encloses=not match[0].endswith("/>"),
        is_component=group == "component",
        title=_title(match, "properties" if group == "component" else group) if has_title else None,
        language=None if closes or match["hugo"] != "<" else _code_language(name),
    )


def _code_language(source: str) -> str | None:
    """Return the language of {{< tab lang="go" >}}, which holds code."""
    code = _CODE_TAB.match(source)
    return code[1] if code else None


def _title(match: re.Match[str], group: str) -> Span | None:
    title, offset = _TITLE.search(match[group]), match.start(group)
    spans = [title.span(name) for name in ("named", "first", "value")] if title else []
    return next(((offset + start, offset + end) for start, end in spans if start >= 0), None)


def _match_tags(tags: Iterable[_Tag]) -> tuple[list[Region], list[Span]]:
    """Return the regions between tags that match, and the spans of includes.

    A shortcode or template tag that closes nowhere stands for content from elsewhere.
    """
    regions: list[Region] = []
    opened: list[_Tag] = []
    includes: dict[int, Span] = {}
    group_numbers: dict[int, int] = {}  # of tabs, by the start of the tag around them
    for tag in tags:
        if not tag.closes:
            opened += [tag] if tag.encloses else []
            if not tag.is_component:
                includes[tag.start] = (tag.start, tag.end)
            continue
        names = [each.name for each in opened[-_MAX_REGION_DEPTH:]]
        if tag.name not in names:
            continue
        while (opening := opened.pop()).name != tag.name:
            pass
        includes.pop(opening.start, None)
        number = _region_number(opening, opened, group_numbers)
        regions.append(Region(opening.end, tag.start, number, opening.title, opening.language))
    return sorted(regions, key=lambda region: (region.start, -region.end)), [*includes.values()]


def _region_number(tag: _Tag, around: Sequence[_Tag], group_numbers: dict[int, int]) -> int | None:
    """Return the number of an admonition or a group of tabs: where its first tag starts."""
    if _TAB_TAGS.fullmatch(tag.name):
        return group_numbers.setdefault(around[-1].start if around else tag.start, tag.start)
    return tag.start if tag.title or _ADMONITION_TAGS.fullmatch(tag.name) else None
