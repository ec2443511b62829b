"""Read MDX: Markdown with JavaScript and components, as Docusaurus, Astro and Next.js use it.

Imports, exports, comments and the tags of components are removed, their text is kept. A component
with a title or a label becomes an admonition or a tab, so that its content stays together below it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from index.ingest.parsing.document import ParsedDocument
from index.ingest.parsing.metadata.front_matter import parse_front_matter
from index.ingest.readers.markdown.mdx_data import (
    Entry,
    read_entries,
    references,
    write_entries,
)
from index.ingest.readers.markdown.reader import read_markdown
from index.text.markdown.fences import FENCE, opening_below
from index.text.markdown.keys import key_names

_OPENING = re.compile(  # of a file with another suffix: the import of a component
    r"\s*import\s+[\w*{][^;\"']{0,500}?\sfrom\s+(?:\"[^\"\n]+\"|'[^'\n]+');?[ \t]*(?:\r?\n|\Z)"
)
_MODULE_LINE = re.compile(r"(?:import|export)\b(?=[ \t{*\"'])")
_LITERAL = re.compile(
    r"export\s+(?:const|let|var)\s+(\w+)\s*=\s*"
    r"(?:\"([^\"\n]*)\"|'([^'\n]*)'|`([^`$]*)`|(-?[\d.]+))\s*;?\s*\Z"
)
_MAX_MODULE_LINES = 1_000
_STRING_VALUE = re.compile(  # between the marks of JavaScript: not the apostrophes of a text
    r"(?<=[:=(,\[\s])(?:\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\[\s\S])*+`)"
    r"(?=\s*[,;)\]}])"
)
_HEADING = re.compile(r"^(#{1,6})[ \t]", re.MULTILINE)
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\})*+\}"
_ATTRIBUTES = rf"(?:[^<>{{}}\"']|\"[^\"]*+\"|'[^']*+'|{_BRACES})*+"
_COMPONENT = rf"</?(?:[A-Z][\w.]*|[a-z]+[.:]\w+)(?:[\s/]{_ATTRIBUTES})?>|</?>"
_WRAPPER = rf"</?(?:p|div|span|section|article|figure|figcaption|center)(?:[\s/]{_ATTRIBUTES})?>"
_ELEMENT = rf"<(?P<element>[a-z][\w-]*)\s{_ATTRIBUTES}>"
_MARKUP = re.compile(
    rf"(?P<code>(?P<ticks>`+)[^`].*?(?<!`)(?P=ticks)(?!`))"
    rf"|(?P<tag>{_COMPONENT}|{_WRAPPER})|{_ELEMENT}|(?P<expression>(?<!\$){_BRACES})",
    re.DOTALL,
)
_TITLE_ATTRIBUTE = re.compile(
    r"\s(?:title|label|header|heading|summary|question)="
    r"(?:\{?\s*\"([^\"{}]+)\"|\{?\s*'([^'{}]+)'|\{`([^`${}]+)`)"
)
_ENDPOINT = re.compile(  # of an API that a component describes
    r"(?=.*\smethod=[\"'](?P<method>[A-Za-z]{3,7})[\"'])"
    r"(?=.*\s(?:path|url|route|endpoint)=(?P<mark>[\"'])(?P<path>[^\"'`\n]+)(?P=mark))"
)
_TAB_NAME = re.compile(r"<(?:Tab|TabItem|TabPanel|TabsContent)\b")
_TAB_LABELS = re.compile(  # in the property of a group of tabs
    r"\{\s*(?:label:\s*([\"'])(?P<label>[^\n]+?)\1\s*,\s*value:\s*([\"'])(?P<value>[^\n]+?)\3"
    r"|value:\s*([\"'])(?P<of>[^\n]+?)\5\s*,\s*label:\s*([\"'])(?P<name>[^\n]+?)\7)"
)
_TAB_VALUE = re.compile(r"\svalue\s*=\s*\{?([\"'])([^\"'{}\n]+)\1")
_MAX_TAB_CHARS = 20_000
_ANY_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]", re.MULTILINE)
_HEADING_LINE = re.compile(r"([ \t]*#{1,6}[ \t]+)(\S.*)")
_HEADED_TAB = re.compile(r" data-heads=\"([^\"]+)\"")
_STRING = re.compile(r"\{\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`$]*)`)\s*\}")
_NAME = re.compile(r"\{\s*(\w+)\s*\}")
_REFERENCE = re.compile(  # {props.size}, {count + 1}, {names.map(…)}; not {1, 2} or {a, b}
    r"\{\s*[A-Za-z_$][\w$]*(?:\s*(?:\??\.|\[|\(|[-+*/?&|<>=!]).*)?\s*\}", re.DOTALL
)
_UNKNOWN = "\x01"  # for a value until its line is converted
_ONLY_EXPRESSION = re.compile(rf"[ \t]*{_BRACES}[ \t]*")
_HEADING_ID = re.compile(r"\{#[^{}\s]+\}")
_CONTENT_INDENT = 4  # of the content below === "npm" and !!! note "Title"
_MAX_INDENT = 40  # containers in deeper ones would not be read, and indent all lines below
_TAG_MARK = "\x00"  # around a tag until its line is converted; text files do not contain it
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def read_mdx(text: str) -> ParsedDocument:
    """Parse decoded MDX. Raises ReadError as for Markdown."""
    return read_markdown(to_markdown(text))


def looks_like_mdx(text: str) -> bool:
    """Return whether a file of Markdown is MDX: Docusaurus reads all files so."""
    return _OPENING.match(text, parse_front_matter(text).body) is not None


def to_markdown(text: str) -> str:
    """Return the Markdown in MDX, with the front matter as it is."""
    body = parse_front_matter(text).body
    converter = _Converter()
    segments = _segments(text[body:].replace("\r\n", "\n").split("\n"))
    converted = [
        converter.add_code(lines) if is_code else converter.add_text(lines)
        for is_code, lines in segments
    ]
    return text[:body] + "\n".join([*converted, *converter.rest()])


def _segments(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield the lines of fenced code, and those between, in turn."""
    segment: list[str] = []
    opening: re.Match[str] | None = None
    for line in lines:
        above, opening = opening, opening_below(opening, FENCE.match(line))
        if opening and not above:
            yield False, segment
            segment = []
        segment.append(line)
        if above and not opening:
            yield True, segment
            segment = []
    yield opening is not None, segment


@dataclass(slots=True)
class _Component:
    """An open component on lines of its own; its content is to stand at ``indent``.

    ``name`` is that of a tab with headings in it, which are to say it.
    """

    indent: int
    name: str = ""
    child_indent: int | None = None


@dataclass(slots=True)
class _Converter:
    """Collects the values of exported constants, and the components that are open.

    ``level`` is that of the last heading.
    """

    literals: dict[str, str] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    tab_labels: dict[str, str] = field(default_factory=dict)
    level: int = 1
    open: list[_Component] = field(default_factory=list)

    def add_code(self, lines: list[str]) -> str:
        """Return fenced code, without the indentation of the components around it."""
        return "\n".join(map(self._outdent, lines))

    def add_text(self, lines: list[str]) -> str:
        """Return Markdown without JavaScript and tags."""
        source = _without_comments("\n".join(self._without_modules(lines)))
        text = _MARKUP.sub(self._replace, source)
        self.level = _level(source, len(source)) or self.level
        converted = "\n".join(self._convert_line(line) for line in text.split("\n"))
        return _EMPTY_LINES.sub("\n\n", converted)

    def rest(self) -> Iterator[str]:
        """Yield the exported texts that no component takes by their name."""
        for entries in self.entries.values():
            yield "\n" + write_entries(entries, above=1)

    def _without_modules(self, lines: list[str]) -> Iterator[str]:
        """Yield the lines outside of import and export statements, which end at a blank line."""
        module: list[str] = []
        for line in lines:
            if not module and not _MODULE_LINE.match(line):
                yield line
                continue
            module.append(line)
            source = "\n".join(module)
            if len(module) > _MAX_MODULE_LINES:
                yield from module
                module = []
            elif _is_complete(source):
                self._add_module(source)
                module = []
        yield from module

    def _add_module(self, source: str) -> None:
        self.entries |= read_entries(source)
        if match := _LITERAL.match(source.strip()):
            self.literals[match[1]] = next(filter(None, match.groups()[1:]), "")

    def _replace(self, match: re.Match[str]) -> str:
        """Replace a tag by a mark of its own line, an expression by its value if it is known."""
        source = match[0]
        if match["code"]:
            return source
        if entries := self._entries(source):
            level = _level(match.string, match.start()) or self.level
            return f"\n\n{write_entries(entries, level)}\n\n"
        if match["tag"]:
            tag = self._named_tab(" ".join(source.split()), match)
            return _TAG_MARK + tag + _TAG_MARK
        if match["element"]:
            return f"<{match['element']}>" if "{" in source else source
        return self._value(source)

    def _entries(self, source: str) -> list[Entry]:
        """Take the texts that a component or an expression shows, its own or exported ones."""
        names = [name for name in references(source) if name in self.entries]
        taken = [entry for name in names for entry in self.entries.pop(name)]
        own = read_entries(source).values()
        return [*taken, *(entry for entries in own for entry in entries)]

    def _named_tab(self, tag: str, match: re.Match[str]) -> str:
        """Give a tab that has only a value its label, or let its headings say it."""
        for each in _TAB_LABELS.finditer(tag):
            self.tab_labels[each["value"] or each["of"]] = each["label"] or each["name"]
        value = _TAB_VALUE.search(tag)
        if not value or not _TAB_NAME.match(tag) or _TITLE_ATTRIBUTE.search(tag):
            return tag
        label = self.tab_labels.get(value[2], value[2])
        inner = match.string[match.end() : match.end() + _MAX_TAB_CHARS].partition("</Tab")[0]
        has_headings = _ANY_HEADING.search(inner)
        return f'{tag[:-1]} {"data-heads" if has_headings else "label"}="{label}">'

    def _value(self, source: str) -> str:
        """Return the value of an expression, or a mark if only a page knows it."""
        if string := _STRING.fullmatch(source):
            return next((group for group in string.groups() if group is not None), "")
        if name := _NAME.fullmatch(source):
            return self.literals.get(name[1], _UNKNOWN)
        if _HEADING_ID.fullmatch(source):
            return source
        if "\n" in source:
            return ""
        return _UNKNOWN if _REFERENCE.fullmatch(source) else source

    def _convert_line(self, line: str) -> str:
        if _ONLY_EXPRESSION.fullmatch(line) or line.strip() == _UNKNOWN:
            return ""  # {props.children}: nothing to quote
        line = line.replace(_UNKNOWN, "…")
        if _TAG_MARK not in line:
            return self._outdent(self._named_heading(line))
        tags = line.split(_TAG_MARK)
        texts, tags = tags[::2], tags[1::2]
        keys = [f"`{names}`" if (names := key_names(tag)) else "" for tag in tags]
        if "".join([*texts, *keys]).strip():
            pieces = chain.from_iterable(zip_longest(texts, keys, fillvalue=""))
            return self._outdent("".join(pieces))
        indent = len(texts[0]) - len(texts[0].lstrip())
        return "\n".join(self._convert_tag(tag, indent) for tag in tags)

    def _convert_tag(self, tag: str, indent: int) -> str:
        """Open or close a component; one with a title opens a container of Markdown."""
        if tag.startswith("</"):
            self.open[-1:] = []
            return ""
        if tag.endswith("/>"):
            return ""
        out = len(self._outdent(" " * indent + "x")) - 1
        name = _title(tag) if out < _MAX_INDENT else ""
        headed = _HEADED_TAB.search(tag)
        self.open.append(
            _Component(out + (_CONTENT_INDENT if name else 0), headed[1] if headed else "")
        )
        kind = "===" if _TAB_NAME.match(tag) else "!!! note"
        return f'\n{" " * out}{kind} "{name}"\n' if name else ""

    def _named_heading(self, line: str) -> str:
        """Return a heading with the name of the tab that it is in, other lines as they are."""
        heading = _HEADING_LINE.match(line)
        name = next((each.name for each in reversed(self.open) if each.name), "")
        if not heading or not name or name.lower() in heading[2].lower():
            return line
        return f"{heading[1]}{name}: {heading[2]}"

    def _outdent(self, line: str) -> str:
        """Replace the indentation inside a component by that of its tag."""
        if not self.open or not line.strip():
            return line
        component = self.open[-1]
        indent = len(line) - len(line.lstrip(" \t"))
        if component.child_indent is None:
            component.child_indent = indent
        return " " * component.indent + line[min(indent, component.child_indent) :]


def _title(tag: str) -> str:
    """Return the title that a page shows for a component, "" if it has none."""
    if title := _TITLE_ATTRIBUTE.search(tag):
        return next(filter(None, title.groups()), "").replace('"', "'").strip()
    endpoint = _ENDPOINT.match(tag)
    return f"`{endpoint['method'].upper()} {endpoint['path']}`" if endpoint else ""


def _without_comments(text: str) -> str:
    """Remove ``{/* … */}``; a search by regular expression would take quadratic time."""
    first, *others = text.split("{/*")
    kept = [first]
    for other in others:
        comment, end, rest = other.partition("*/}")
        kept.append(rest if end else "{/*" + comment)
    return "".join(kept)


def _level(text: str, end: int) -> int:
    """Return the level of the last heading before an offset, 0 if there is none."""
    start = text.rfind("\n#", 0, end) + 1
    heading = _HEADING.match(text, start, end)
    return len(heading[1]) if heading else 0


def _is_complete(source: str) -> bool:
    """Return whether a statement has ended: at a line end, with all its brackets closed."""
    if source.rstrip().endswith((",", "=", "=>", "import", "from", "{", "[", "(")):
        return False
    source = _STRING_VALUE.sub('""', source)
    return sum(map(source.count, "{[(")) <= sum(map(source.count, "}])"))
