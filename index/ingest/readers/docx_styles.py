"""What the styles of a Word file say: which paragraphs are headings, which are list items."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import name_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING = re.compile(r"heading [1-9]\Z|subtitle\Z")
_BYLINES = {"author", "date"}
_BODY_LEVEL = 9  # the outline level of what is no heading
_MAX_BASES = 20  # styles that build on each other


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    base: str | None
    properties: "_Element | None"


@dataclass(frozen=True, slots=True)
class Styles:
    """The paragraph styles by id."""

    styles: dict[str, _Style] = field(default_factory=dict)

    @classmethod
    def read(cls, tree: "_Element | None") -> "Styles":
        """The styles in ``styles.xml``; none without it."""
        found = {}
        for element in () if tree is None else tree.iter("{*}style"):
            name = (value(child(element, "name")) or "").lower()
            base = value(child(element, "basedon"))
            found[attribute(element, "styleId") or ""] = _Style(name, base, child(element, "ppr"))
        return cls(found)

    def kind(self, style: str | None, properties: "_Element | None") -> str:
        """What a paragraph is: ``title``, ``heading``, ``toc``, or ``text``."""
        chain = self._chain(style)
        names = [link.name for link in chain]
        if names and names[0].startswith(("toc ", "table of ")):
            return "toc"
        if names and names[0] in _BYLINES:  # pandoc builds them on its title
            return "text"
        if "title" in names:
            return "title"
        named = any(_HEADING.match(name) for name in names)
        return "heading" if named or self._has_level(chain, properties) else "text"

    def numbering(self, style: str | None, properties: "_Element | None") -> "_Element | None":
        """The paragraph's own numbering, or the one of its style."""
        own = child(properties, "numpr")
        if own is not None:
            return own
        inherited = (child(link.properties, "numpr") for link in self._chain(style))
        return next((found for found in inherited if found is not None), None)

    def _chain(self, style: str | None) -> list[_Style]:
        """The style and those it builds on."""
        chain: list[_Style] = []
        while style in self.styles and len(chain) < _MAX_BASES:
            chain.append(self.styles[style])
            style = chain[-1].base
        return chain

    def _has_level(self, chain: list[_Style], properties: "_Element | None") -> bool:
        for where in (properties, *(link.properties for link in chain)):
            level = value(child(where, "outlinelvl"))
            if level is not None:
                return level.isdecimal() and int(level) < _BODY_LEVEL
        return False


def child(element: "_Element | None", name: str) -> "_Element | None":
    """The first child of that name (in small letters, of any namespace)."""
    found = () if element is None else element
    return next((inner for inner in found if name_of(inner) == name), None)


def path(element: "_Element | None", *names: str) -> "_Element | None":
    """The child of the child …, where there are such."""
    for name in names:
        element = child(element, name)
    return element


def value(element: "_Element | None") -> str | None:
    """The attribute ``val``, which holds what a property says."""
    return None if element is None else attribute(element, "val")


def attribute(element: "_Element", name: str) -> str | None:
    """The attribute of that name, of any namespace: strict and transitional files differ."""
    found = (
        str(text) for key, text in element.attrib.items() if str(key).rpartition("}")[2] == name
    )
    return next(found, None)
