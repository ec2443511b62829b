"""Interpret the styles and list definitions of a Word file.

Word shows the numbers and bullets of lists but does not store them as text: they are counted here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.ingest.parsing.code_marks import is_code_block_style, is_code_style, is_monospaced
from index.ingest.parsing.list_marks import BULLET, format_number

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING = re.compile(r"heading [1-9]\Z|subtitle\Z")
_HEADING_LEVEL = re.compile(r"heading ([1-9])\Z")
_BYLINE_STYLES = {"author", "date"}  # pandoc bases them on its title style
_BODY_TEXT_LEVEL = 9  # the outline level of paragraphs that are not headings
_MAX_STYLE_CHAIN = 20
_PLACEHOLDER = re.compile(r"%([1-9])")  # the counter of a level in a number's template
_MAX_BOLD_HEADING_CHARS = 120
_ENDS_OF_TEXT = (".", ",", ";", ":", "!", "?")
_MAX_TEMPLATE_CHARS = 40
_MIN_MOVED_HALF_POINTS = 4
_MAX_MOVED_CHARS = 4  # of an exponent; longer texts are moved for their looks
_KINDS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a document by id."""

    styles: "dict[str, _Element]"
    has_code_fonts: bool = True  # False if the whole text is in a font for code

    @classmethod
    def parse(cls, tree: "_Element | None", body: "_Element | None" = None) -> "Styles":
        """Read the styles from ``styles.xml``; there are none without it."""
        styles = () if tree is None else tree.iter("style")
        named = cls({style.get("styleId", ""): style for style in styles})
        runs = [] if body is None else [*body.iter("r")]
        coded = sum(len(_run_text(run)) for run in runs if named.is_code(run))
        is_rare = coded < sum(map(len, map(_run_text, runs))) / 2
        font = val(tree, "docDefaults/rPrDefault/rPr/rFonts", "ascii")
        return cls(named.styles, is_rare and not is_monospaced(font))

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

    def looks_like_heading(self, paragraph: "_Element") -> bool:
        """Return whether a short paragraph is bold as a whole, and does not end like a sentence."""
        runs = [run for run in paragraph.iter("r") if _run_text(run).strip()]
        text = "".join(map(_run_text, runs)).strip()
        if not 0 < len(text) <= _MAX_BOLD_HEADING_CHARS or text.endswith(_ENDS_OF_TEXT):
            return False
        return all(run.find("rPr/b") is not None and _is_on(run, "rPr/b") for run in runs)

    def size(self, paragraph: "_Element") -> int:
        """Return the font size of a paragraph's first text in half points; 0 if it gives none."""
        runs = (run for run in paragraph.iter("r") if _run_text(run).strip())
        return _to_int(val(next(runs, None), "rPr/sz"), 0)

    def has_bold_headings(self, body: "_Element") -> bool:
        """Return whether bold lines stand for headings: no style is for them, and they are few."""
        paragraphs = [*body.iter("p")]
        roles = (self.role(val(each, "pPr/pStyle"), each.find("pPr")) for each in paragraphs)
        if any(role in {"heading", "title"} for role in roles):
            return False
        chars = {True: 0, False: 0}
        for each in paragraphs:
            chars[self.looks_like_heading(each)] += sum(map(len, map(_run_text, each.iter("r"))))
        return chars[True] < chars[False]

    def is_code(self, run: "_Element") -> bool:
        """Return whether a run is code, by the name of its style or its font."""
        styles = self._chain(val(run, "rPr/rStyle"))
        if any(is_code_style(val(style, "name") or "") for style in styles):
            return True
        return self.has_code_fonts and is_monospaced(self._font(run, styles))

    def is_code_block(self, paragraph: "_Element") -> bool:
        """Return whether a paragraph is lines of code, by its style or the font of all its text."""
        styles = self._chain(val(paragraph, "pPr/pStyle"))
        if any(is_code_block_style(val(style, "name") or "") for style in styles):
            return True
        if not self.has_code_fonts:
            return False
        if any(is_monospaced(val(style, "rPr/rFonts", "ascii")) for style in styles):
            return True
        runs = [run for run in paragraph.iter("r") if _run_text(run).strip()]
        return bool(runs) and all(is_monospaced(self._font(run, ())) for run in runs)

    def _font(self, run: "_Element", styles: "Iterable[_Element]") -> str | None:
        fonts = (val(each, "rPr/rFonts", "ascii") for each in (run, *styles))
        return next(filter(None, fonts), None)

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
    ``starts`` are the numbers with which a list begins again at a level, by number id.
    """

    levels: "dict[tuple[str, int], _Element]" = field(default_factory=dict)
    definition_ids: dict[str, str] = field(default_factory=dict)
    starts: dict[str, dict[int, int]] = field(default_factory=dict)
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
                numbering.starts[element.get("numId", "")] = _starts(element)
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
            return BULLET
        counters = self.counters.setdefault(definition, {})
        for restarted, start in self.starts.pop(number_id, {}).items():
            counters[restarted] = start - 1
        counters[depth] = counters.get(depth, _to_int(val(level, "start"), 1) - 1) + 1
        for deeper in [key for key in counters if key > depth]:  # these start again
            del counters[deeper]
        template = (val(level, "lvlText") or "")[:_MAX_TEMPLATE_CHARS]
        is_decimal = level.find("isLgl") is not None
        mark = _PLACEHOLDER.sub(
            lambda match: self._counter_text(definition, int(match[1]) - 1, is_decimal), template
        )
        return f"{mark.strip()} " if mark.strip() else BULLET

    def _counter_text(self, definition: str, depth: int, is_decimal: bool) -> str:
        level = self.levels.get((definition, depth))
        counter = self.counters[definition].get(depth, _to_int(val(level, "start"), 1))
        kind = "1" if is_decimal else _KINDS.get(val(level, "numFmt") or "", "1")
        return format_number(counter, kind)


def _starts(number: "_Element") -> dict[int, int]:
    """Return the levels at which a list begins again, and with which number."""
    return {
        _to_int(override.get("ilvl"), 0): _to_int(val(override, "startOverride"), 1)
        for override in number.iterfind("lvlOverride")
        if override.find("startOverride") is not None
    }


def _is_on(element: "_Element", path: str) -> bool:
    return val(element, path) not in {"0", "false", "off"}


def _run_text(run: "_Element") -> str:
    return "".join(text.text or "" for text in run.iterfind("t"))


def _raised_position(run: "_Element") -> str | None:
    """Return the alignment of a short run that is moved up or down by hand."""
    position = val(run, "rPr/position") or "0"
    if not re.fullmatch(r"-?\d{1,3}", position) or len(_run_text(run)) > _MAX_MOVED_CHARS:
        return None
    moved = int(position)
    if abs(moved) < _MIN_MOVED_HALF_POINTS:
        return None
    return "superscript" if moved > 0 else "subscript"


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
