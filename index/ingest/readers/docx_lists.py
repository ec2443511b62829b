"""The numbers and bullets that Word shows and does not store."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import name_of
from index.ingest.readers.docx_styles import attribute, child, value

if TYPE_CHECKING:
    from lxml.etree import _Element

_BULLET = "- "
_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_NUMBER = 5_000


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    pattern: str
    start: int


@dataclass(slots=True)
class Lists:
    """The lists of a document, and how far each has counted."""

    levels: dict[tuple[str, int], _Level] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, tree: "_Element | None") -> "Lists":
        """The lists in ``numbering.xml``; none without it."""
        lists = cls()
        for element in () if tree is None else tree:
            number = attribute(element, "abstractNumId") or ""
            if name_of(element) == "abstractnum":
                lists._add(number, element)
            elif name_of(element) == "num":
                kind = value(child(element, "abstractnumid"))
                lists.kinds[attribute(element, "numId") or ""] = kind or ""
        return lists

    def mark(self, numbering: "_Element | None") -> str | None:
        """What stands before the next item of this numbering; None for what is no item."""
        number = value(child(numbering, "numid"))
        if number in {None, "0"}:
            return None
        depth = _number(value(child(numbering, "ilvl")), 0)
        level = self.levels.get((self.kinds.get(number or "", ""), depth))
        if level is None or level.form in {"bullet", "none"}:
            return _BULLET
        counts = self._counted(number or "", depth, level.start)
        text = _PLACE.sub(lambda found: self._shown(number or "", int(found[1]) - 1, counts),
                          level.pattern)  # fmt: skip
        return f"{text.strip()} " if text.strip() else _BULLET

    def _add(self, number: str, element: "_Element") -> None:
        for inner in element:
            if name_of(inner) == "lvl":
                depth = _number(attribute(inner, "ilvl"), 0)
                self.levels[number, depth] = _Level(
                    form=value(child(inner, "numfmt")) or "decimal",
                    pattern=(value(child(inner, "lvltext")) or "")[:40],
                    start=_number(value(child(inner, "start")), 1),
                )

    def _counted(self, number: str, depth: int, start: int) -> dict[int, int]:
        """The counters after one more item; deeper ones begin again."""
        counts = self.counts.setdefault(self.kinds.get(number, ""), {})
        counts[depth] = counts.get(depth, start - 1) + 1
        for deeper in [key for key in counts if key > depth]:
            del counts[deeper]
        return counts

    def _shown(self, number: str, depth: int, counts: dict[int, int]) -> str:
        level = self.levels.get((self.kinds.get(number, ""), depth))
        count = counts.get(depth, level.start if level else 1)
        return _formed(count, level.form if level else "decimal")


def _formed(count: int, form: str) -> str:
    if form in {"lowerLetter", "upperLetter"} and count > 0:
        letters = chr(ord("a") + (count - 1) % 26) * min((count - 1) // 26 + 1, 5)
        return letters if form == "lowerLetter" else letters.upper()
    if form in {"lowerRoman", "upperRoman"} and 0 < count < _MAX_NUMBER:
        roman = _roman(count)
        return roman if form == "lowerRoman" else roman.upper()
    return str(count)


def _roman(count: int) -> str:
    written = ""
    for worth, letters in _ROMAN:
        written += letters * (count // worth)
        count %= worth
    return written


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,6}", text) else default
