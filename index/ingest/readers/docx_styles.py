"""Interpret the styles and list definitions of a Word file.

Word shows the numbers and bullets of lists but does not store them as text: they are counted here.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING = re.compile(r"heading [1-9]\Z|subtitle\Z")
_HEADING_LEVEL = re.compile(r"heading ([1-9])\Z")
_BYLINE_STYLES = {"author", "date"}  # pandoc bases them on its title style
_BODY_TEXT_LEVEL = 9  # the outline level of paragraphs that are not headings
_MAX_STYLE_CHAIN = 20
_BULLET = "- "
_PLACEHOLDER = re.compile(r"%([1-9])")  # the counter of a level in a number's template
_MAX_TEMPLATE_CHARS = 40
_MAX_REPEATED_LETTERS = 5
_MIN_MOVED_HALF_POINTS = 4
_MAX_MOVED_CHARS = 4  # of an exponent; longer texts are moved for their looks
_MAX_ROMAN = 5_000
_ROMAN_NUMERALS = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a document by id."""

    styles: "dict[str, _Element]"

    @classmethod
    def parse(cls, tree: "_Element | None") -> "Styles":
        """Read the styles from ``styles.xml``; there are none without it."""
        styles = () if tree is None else tree.iter("style")
        return cls({style.get("styleId", ""): style for style in styles})

    def role(self, style_id: str | None, properties: "_Element | None") -> str:
        """Return the role of a paragraph: ``title``, ``heading``, ``toc`` or ``text``."""
        chain = self._chain(style_id)
        names = [(val(style, "name") or "").lower() for style in chain] or [""]
        if names[0].startswith(("toc ", "table of ")):
            return "toc"
        if names[0] in _BYLINE_STYLES:
            return "text"
        if "title" in names:
            return "title"
        levels = (val(properties, "outlineLvl"), *(val(s, "pPr/outlineLvl") for s in chain))
        level = next((level for level in levels if level is not None), "")
        has_level = level.isdecimal() and int(level) < _BODY_TEXT_LEVEL
        return "heading" if has_level or any(map(_HEADING.match, names)) else "text"

    def heading_level(self, style_id: str | None, properties: "_Element | None") -> int | None:
        """Return the level of a heading, 1 for the highest; None if it has none."""
        chain = self._chain(style_id)
        levels = (val(properties, "outlineLvl"), *(val(s, "pPr/outlineLvl") for s in chain))
        if outline := next((level for level in levels if level and level.isdecimal()), None):
            return int(outline) + 1
        names = (_HEADING_LEVEL.match((val(style, "name") or "").lower()) for style in chain)
        return next((int(match[1]) for match in names if match), None)

    def vertical_alignment(self, run: "_Element") -> str | None:
        """Return ``superscript``, ``subscript`` or ``baseline`` of a run; None if not given."""
        own = val(run, "rPr/vertAlign") or _raised_position(run)
        styles = self._chain(val(run, "rPr/rStyle"))
        return own or next(filter(None, (val(s, "rPr/vertAlign") for s in styles)), None)

    def numbering(self, style_id: str | None, properties: "_Element | None") -> "_Element | None":
        """Return the ``numPr`` of a paragraph, or of the nearest style that has one."""
        own = None if properties is None else properties.find("numPr")
        inherited = (style.find("pPr/numPr") for style in self._chain(style_id))
        return next((numbering for numbering in (own, *inherited) if numbering is not None), None)

    def _chain(self, style_id: str | None) -> "list[_Element]":
        """Return a style followed by the styles it is based on."""
        chain: list[_Element] = []
        while style_id in self.styles and len(chain) < _MAX_STYLE_CHAIN:
            chain.append(self.styles[style_id])
            style_id = val(chain[-1], "basedOn")
        return chain


@dataclass(slots=True)
class Numbering:
    """The list definitions of a document, and the current counters of its lists.

    A list refers to its definition by a number id; the levels of a definition are counted from 0.
    """

    levels: "dict[tuple[str, int], _Element]" = field(default_factory=dict)
    definition_ids: dict[str, str] = field(default_factory=dict)
    counters: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def parse(cls, tree: "_Element | None") -> "Numbering":
        """Read the definitions from ``numbering.xml``; there are none without it."""
        numbering = cls()
        for element in () if tree is None else tree:
            if element.tag == "abstractNum":
                for level in element.iterfind("lvl"):
                    key = (element.get("abstractNumId", ""), _to_int(level.get("ilvl"), 0))
                    numbering.levels[key] = level
            elif element.tag == "num":
                definition_id = val(element, "abstractNumId") or ""
                numbering.definition_ids[element.get("numId", "")] = definition_id
        return numbering

    def next_mark(self, properties: "_Element | None") -> str | None:
        """Count the next item of a list and return its mark; None if ``numPr`` is not a list."""
        number_id = val(properties, "numId")
        if number_id is None or number_id == "0":
            return None
        definition = self.definition_ids.get(number_id, "")
        depth = _to_int(val(properties, "ilvl"), 0)
        level = self.levels.get((definition, depth))
        if level is None or val(level, "numFmt") in {"bullet", "none"}:
            return _BULLET
        counters = self.counters.setdefault(definition, {})
        counters[depth] = counters.get(depth, _to_int(val(level, "start"), 1) - 1) + 1
        for deeper in [key for key in counters if key > depth]:  # these start again
            del counters[deeper]
        template = (val(level, "lvlText") or "")[:_MAX_TEMPLATE_CHARS]
        mark = _PLACEHOLDER.sub(
            lambda match: self._counter_text(definition, int(match[1]) - 1), template
        )
        return f"{mark.strip()} " if mark.strip() else _BULLET

    def _counter_text(self, definition: str, depth: int) -> str:
        level = self.levels.get((definition, depth))
        counter = self.counters[definition].get(depth, _to_int(val(level, "start"), 1))
        return _format_number(counter, val(level, "numFmt") or "decimal")


def _raised_position(run: "_Element") -> str | None:
    """Return the alignment of a short run that is moved up or down by hand."""
    position = val(run, "rPr/position") or "0"
    text = "".join(text.text or "" for text in run.iterfind("t"))
    if not re.fullmatch(r"-?\d{1,3}", position) or len(text) > _MAX_MOVED_CHARS:
        return None
    moved = int(position)
    if abs(moved) < _MIN_MOVED_HALF_POINTS:
        return None
    return "superscript" if moved > 0 else "subscript"


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


def val(element: "_Element | None", path: str, name: str = "val") -> str | None:
    """Return the ``val`` attribute of the element at ``path``, which holds a property's value."""
    target = None if element is None else element.find(path)
    return None if target is None else target.get(name)


def strip_namespaces(tree: "_Element") -> "_Element":
    """Remove all namespaces: Word's strict and transitional formats use different ones."""
    for element in tree.iter("*"):
        element.tag = str(element.tag).rpartition("}")[2]
        for name in map(str, element.keys()):
            if "}" in name:
                element.set(name.rpartition("}")[2], element.attrib.pop(name))
    return tree
