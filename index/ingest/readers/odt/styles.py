"""Interpret the styles and the list definitions of an OpenDocument text."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.ingest.parsing.code_marks import is_code_block_style, is_code_style, is_monospaced
from index.ingest.parsing.list_marks import BULLET, format_number
from index.ingest.parsing.safe_xml import local_name, visible_chars

if TYPE_CHECKING:
    from lxml.etree import _Element

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FONT = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}font-family"
_OUTLINE = "outline"  # the list style of headings
_MAX_STYLE_CHAIN = 20
_MAX_LIST_DEPTH = 10


@dataclass(frozen=True, slots=True)
class OdtStyles:
    """Styles by name, and the levels of list styles by name and depth, which counts from 1.

    ``has_code`` is False if the whole text is in a font for code.
    """

    styles: "dict[str, _Element]"
    levels: "dict[tuple[str, int], _Element]"
    has_code: bool = True

    @classmethod
    def parse(cls, *parts: "_Element | None") -> "OdtStyles":
        """Read the styles of both parts that have some; a document's own come first."""
        styles: dict[str, _Element] = {}
        levels: dict[tuple[str, int], _Element] = {}
        for part in parts:
            for style in () if part is None else part.iter(f"{STYLE}style"):
                styles.setdefault(style.get(f"{STYLE}name", ""), style)
            for style in () if part is None else part.iter(f"{TEXT}list-style"):
                _add_levels(levels, style.get(f"{STYLE}name", ""), style)
            for style in () if part is None else part.iter(f"{TEXT}outline-style"):
                _add_levels(levels, _OUTLINE, style)
        return cls(styles, levels)

    def names(self, name: str | None) -> list[str]:
        """Return the name of a style and of those it is based on, in lower case."""
        names = [style.get(f"{STYLE}name", "") for style in self._chain(name)]
        last = self._chain(name)[-1].get(f"{STYLE}parent-style-name") if names else name
        names += [last] if last else []
        return [each.replace("_20_", " ").replace("_", " ").lower() for each in names]

    def property(self, name: str | None, *keys: str) -> str:
        """Return the first value of the text properties that a style has, or is based on."""
        for style in self._chain(name):
            properties = style.find(f"{STYLE}text-properties")
            values = () if properties is None else map(properties.get, keys)
            if value := next(filter(None, values), None):
                return value
        return ""

    def position(self, name: str | None) -> str:
        """Return the vertical position of a style's text, such as ``super 58%``; "" if plain."""
        return self.property(name, f"{STYLE}text-position")

    def is_struck(self, name: str | None) -> bool:
        """Return whether a style strikes its text out."""
        return self.property(name, f"{STYLE}text-line-through-style") not in {"", "none"}

    def is_code(self, name: str | None) -> bool:
        """Return whether a style is for code inside a paragraph, by its name or its font."""
        return any(map(is_code_style, self.names(name))) or self._is_monospaced(name)

    def is_code_block(self, name: str | None) -> bool:
        """Return whether a paragraph's style is for code, by its name or its font."""
        return any(map(is_code_block_style, self.names(name))) or self._is_monospaced(name)

    def without_code_fonts(self, body: "_Element") -> "OdtStyles":
        """Return the same, but if most of a text is in a font for code, that says nothing."""
        paragraphs = [*body.iter(f"{TEXT}p")]
        coded = (p for p in paragraphs if self._is_monospaced(p.get(f"{TEXT}style-name")))
        share = sum(map(visible_chars, coded)) / max(1, sum(map(visible_chars, paragraphs)))
        return OdtStyles(self.styles, self.levels, has_code=share < 1 / 2)

    def _is_monospaced(self, name: str | None) -> bool:
        return self.has_code and is_monospaced(self.property(name, f"{STYLE}font-name", _FONT))

    def _chain(self, name: str | None) -> "list[_Element]":
        chain: list[_Element] = []
        while name in self.styles and len(chain) < _MAX_STYLE_CHAIN:
            chain.append(self.styles[name])
            name = chain[-1].get(f"{STYLE}parent-style-name")
        return chain


@dataclass(slots=True)
class OdtCounters:
    """Counts the items of lists, which OpenDocument numbers but does not store as text."""

    styles: OdtStyles
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def start_list(self, style: str, depth: int) -> None:
        """Let the items of a list begin with its first number again."""
        for key in [key for key in self.counts if key[0] == style and key[1] >= depth]:
            del self.counts[key]

    def next_mark(self, style: str, depth: int, start: str | None = None) -> str:
        """Count an item of a list and return its mark; ``start`` is a number of its own."""
        level = self.styles.levels.get((style, depth))
        if level is None or not _is_number(level):
            return BULLET
        before = self.counts.get((style, depth), to_int(_text_value(level, "start-value"), 1) - 1)
        self.start_list(style, depth + 1)
        self.counts[style, depth] = to_int(start, before + 1)
        shown = min(to_int(_text_value(level, "display-levels"), 1), depth)
        number = ".".join(self._number(style, each) for each in range(depth - shown + 1, depth + 1))
        prefix, suffix = (level.get(f"{STYLE}num-{end}", "") for end in ("prefix", "suffix"))
        mark = f"{prefix}{number}{suffix}".strip()
        return f"{mark} " if number else BULLET

    def heading_mark(self, depth: int) -> str:
        """Count a heading and return its number with a space; "" if headings have none."""
        level = self.styles.levels.get((_OUTLINE, depth))
        if level is None or not level.get(f"{STYLE}num-format"):
            return ""
        return self.next_mark(_OUTLINE, depth)

    def _number(self, style: str, depth: int) -> str:
        level = self.styles.levels.get((style, depth))
        kind = "1" if level is None else level.get(f"{STYLE}num-format", "1")
        return format_number(self.counts.get((style, depth), 1), kind) if kind else ""


def _add_levels(levels: "dict[tuple[str, int], _Element]", name: str, style: "_Element") -> None:
    for level in style.iterchildren("*"):
        depth = to_int(_text_value(level, "level"), 0)
        if 0 < depth <= _MAX_LIST_DEPTH:
            levels.setdefault((name, depth), level)


def _is_number(level: "_Element") -> bool:
    return local_name(level) in {"list-level-style-number", "outline-level-style"}


def _text_value(element: "_Element", name: str) -> str | None:
    return element.get(f"{TEXT}{name}")


def to_int(text: str | None, default: int) -> int:
    """Return the number that an attribute holds, or the default."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 7 else default
