"""Interpret the styles and list definitions of a Word file.

Word shows the numbers and bullets of lists but does not store them as text: they are counted here.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING = re.compile(r"heading [1-9]\Z|subtitle\Z")
_BYLINE_STYLES = {"author", "date"}  # pandoc bases them on its title style
_BODY_TEXT_LEVEL = 9  # the outline level of paragraphs that are not headings
_MAX_STYLE_CHAIN = 20
_BULLET = "- "
_PLACEHOLDER = re.compile(r"%([1-9])")  # the counter of a level in a number's template
_MAX_TEMPLATE_CHARS = 40
_MAX_REPEATED_LETTERS = 5
_MAX_ROMAN = 5_000
_ROMAN_NUMERALS = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    base_id: str | None
    properties: "_Element | None"


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a document by id."""

    styles: dict[str, _Style] = field(default_factory=dict)

    @classmethod
    def parse(cls, tree: "_Element | None") -> "Styles":
        """Read the styles from ``styles.xml``; there are none without it."""
        return cls(
            {
                style.get("styleId", ""): _Style(
                    (val(style, "name") or "").lower(), val(style, "basedOn"), style.find("pPr")
                )
                for style in (() if tree is None else tree.iter("style"))
            }
        )

    def role(self, style_id: str | None, properties: "_Element | None") -> str:
        """Return the role of a paragraph: ``title``, ``heading``, ``toc`` or ``text``."""
        chain = self._chain(style_id)
        names = [style.name for style in chain] or [""]
        if names[0].startswith(("toc ", "table of ")):
            return "toc"
        if names[0] in _BYLINE_STYLES:
            return "text"
        if "title" in names:
            return "title"
        is_heading = any(map(_HEADING.match, names)) or _has_outline_level(chain, properties)
        return "heading" if is_heading else "text"

    def numbering(self, style_id: str | None, properties: "_Element | None") -> "_Element | None":
        """Return the ``numPr`` of a paragraph, or of the nearest style that has one."""
        for owner in (properties, *(style.properties for style in self._chain(style_id))):
            numbering = None if owner is None else owner.find("numPr")
            if numbering is not None:
                return numbering
        return None

    def _chain(self, style_id: str | None) -> list[_Style]:
        """Return a style followed by the styles it is based on."""
        chain: list[_Style] = []
        while style_id in self.styles and len(chain) < _MAX_STYLE_CHAIN:
            chain.append(self.styles[style_id])
            style_id = chain[-1].base_id
        return chain


def _has_outline_level(chain: list[_Style], properties: "_Element | None") -> bool:
    owners = (properties, *(style.properties for style in chain))
    levels = (val(owner, "outlineLvl") for owner in owners)
    level = next((level for level in levels if level is not None), "")
    return level.isdecimal() and int(level) < _BODY_TEXT_LEVEL


@dataclass(frozen=True, slots=True)
class _Level:
    number_format: str
    template: str
    start: int


_DEFAULT_LEVEL = _Level("decimal", "", 1)


@dataclass(slots=True)
class Numbering:
    """The list definitions of a document, and the current counters of its lists."""

    levels: dict[tuple[str, int], _Level] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)  # numId to abstractNumId
    counters: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def parse(cls, tree: "_Element | None") -> "Numbering":
        """Read the definitions from ``numbering.xml``; there are none without it."""
        numbering = cls()
        for definition in () if tree is None else tree.iterfind("abstractNum"):
            for level in definition.iterfind("lvl"):
                key = (definition.get("abstractNumId", ""), _to_int(level.get("ilvl"), 0))
                numbering.levels[key] = _parse_level(level)
        for number in () if tree is None else tree.iterfind("num"):
            definition_id = val(number, "abstractNumId") or ""
            numbering.definitions[number.get("numId", "")] = definition_id
        return numbering

    def next_mark(self, properties: "_Element | None") -> str | None:
        """Count the next item of a list and return its mark; None if ``numPr`` is not a list."""
        number_id = val(properties, "numId")
        if number_id in {None, "0"}:
            return None
        definition = self.definitions.get(number_id or "", "")
        depth = _to_int(val(properties, "ilvl"), 0)
        level = self.levels.get((definition, depth))
        if level is None or level.number_format in {"bullet", "none"}:
            return _BULLET
        counters = self.counters.setdefault(definition, {})
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [key for key in counters if key > depth]:  # these start again
            del counters[deeper]
        mark = _PLACEHOLDER.sub(
            lambda match: self._format_counter(definition, int(match[1]) - 1), level.template
        ).strip()
        return f"{mark} " if mark else _BULLET

    def _format_counter(self, definition: str, depth: int) -> str:
        level = self.levels.get((definition, depth), _DEFAULT_LEVEL)
        return _format_number(
            self.counters[definition].get(depth, level.start), level.number_format
        )


def _parse_level(level: "_Element") -> _Level:
    return _Level(
        number_format=val(level, "numFmt") or "decimal",
        template=(val(level, "lvlText") or "")[:_MAX_TEMPLATE_CHARS],
        start=_to_int(val(level, "start"), 1),
    )


def _format_number(number: int, number_format: str) -> str:
    text = str(number)
    if number_format in {"lowerLetter", "upperLetter"} and number > 0:
        repeats, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) * min(repeats + 1, _MAX_REPEATED_LETTERS)
    elif number_format in {"lowerRoman", "upperRoman"} and 0 < number < _MAX_ROMAN:
        text = _roman(number)
    return text.upper() if number_format.startswith("upper") else text


def _roman(number: int) -> str:
    text = ""
    for value, numeral in _ROMAN_NUMERALS:
        count, number = divmod(number, value)
        text += numeral * count
    return text


def _to_int(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,6}", text) else default


def val(element: "_Element | None", path: str) -> str | None:
    """Return the ``val`` attribute of the element at ``path``, which holds a property's value."""
    target = None if element is None else element.find(path)
    return None if target is None else target.get("val")


def strip_namespaces(tree: "_Element") -> "_Element":
    """Remove all namespaces: Word's strict and transitional formats use different ones."""
    for element in tree.iter("*"):
        element.tag = str(element.tag).rpartition("}")[2]
        for name in element.keys():  # noqa: SIM118 - a copy, as the attributes change
            if "}" in str(name):
                element.set(str(name).rpartition("}")[2], element.attrib.pop(name))
    return tree
