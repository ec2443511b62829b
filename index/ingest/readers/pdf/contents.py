"""Find the table of contents of a PDF: lines below its heading that end with numbers of pages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.ingest.readers.pdf.lines import TextLine

_HEADING = re.compile(
    r"(?:table of |brief )?contents|inhalt(?:sverzeichnis)?|sommaire|table des matières|sumário"
    r"|índice(?: general)?|indice|inhoud(?:sopgave)?|innehåll|indhold|spis treści|obsah"
    r"|содержание|оглавление|зміст|目\s*录|目\s*錄|目\s*次|차\s*례|목\s*차",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"[\s.…·_](\d{1,4})\Z")
_LETTER = re.compile(r"[^\W\d_]")
_MIN_FOUND = 0.2  # share of the entries that are headings; those of several lines are not found
_MIN_ENTRIES = 3
_MAX_SPILL = 2  # lines without a number between entries: parts of long ones, names of parts


@dataclass(slots=True)
class _Contents:
    """Entries found so far below a heading, and lines behind them that may belong to the next."""

    heading: TextLine
    last_page: int
    number: int = 0
    entries: list[TextLine] = field(default_factory=list)
    spill: list[TextLine] = field(default_factory=list)

    def add(self, line: TextLine) -> bool:
        """Add a line; False if the contents have ended before it."""
        number = _page_number(line, self.spill)
        if number is None or not self.number <= number <= self.last_page:
            self.spill.append(line)
            return len(self.spill) <= _MAX_SPILL
        self.entries += [*self.spill, line]
        self.number, self.spill = number, []
        return True


def without_contents(pages: Sequence[Sequence[TextLine]]) -> list[list[TextLine]]:
    """Drop tables of contents: at least three lines whose numbers rise, and their headings.

    Some of the entries must be lines elsewhere, unlike those of a list of what a box contains.
    Lines with dot leaders are dropped as page furniture before.
    """
    found = [contents for contents in _all_contents(pages) if _has_headings(contents, pages)]
    dropped = {line for contents in found for line in (contents.heading, *contents.entries)}
    return [[line for line in lines if line not in dropped] for lines in pages]


def _all_contents(pages: Sequence[Sequence[TextLine]]) -> Iterator[_Contents]:
    current: _Contents | None = None
    for line in (line for lines in pages for line in lines):
        if _HEADING.fullmatch(line.text.strip(" .:")):
            current = current or _Contents(line, last_page=2 * len(pages) + 20)
        elif current is not None and not current.add(line):
            if len(current.entries) >= _MIN_ENTRIES:
                yield current
            current = None
    if current is not None and len(current.entries) >= _MIN_ENTRIES:
        yield current


def _has_headings(contents: _Contents, pages: Sequence[Sequence[TextLine]]) -> bool:
    """Return whether entries stand as lines outside of the table of contents, too."""
    entries = {*contents.entries}
    elsewhere = {_letters(line) for lines in pages for line in lines if line not in entries}
    titles = [title for entry in contents.entries if (title := _letters(entry))]
    return sum(title in elsewhere for title in titles) >= _MIN_FOUND * len(titles)


def _letters(line: TextLine) -> str:
    return "".join(_LETTER.findall(line.text)).casefold()


def _page_number(line: TextLine, above: Sequence[TextLine]) -> int | None:
    """Return the number of the page that an entry ends with, or that stands right of one."""
    text = (" ".join(line.cells) or line.text).strip()
    if text.isdecimal() and above and abs(above[-1].y - line.y) < line.size / 2:
        text = f"{above[-1].text} {text}"
    entry = _ENTRY.search(text)
    return int(entry[1]) if entry and _LETTER.search(text) else None
