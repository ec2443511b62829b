"""Lines to paragraphs: what a PDF broke over lines, columns and pages is put together again."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from index.ingest.parsing.heuristics import ends_sentence
from index.ingest.readers.pdf_lines import Line

_SAME_SIZE = 0.06  # share by which letters of one paragraph may differ in size
_LOOSE = 1.35  # times the usual distance of lines: more is between paragraphs
_LEADING = 1.2  # times the size, where nothing else is known
_INDENT = 0.7  # times the size
_SHORT = 0.72  # of a full line: one that ends here ends a paragraph
_FULL = 0.85  # of a full line: one that goes on
_BULLET = re.compile(r"[•‣◦▪■●○*–—-]\s|(?:\d{1,2}|[a-zA-Z])[.)]\s|\([0-9a-zA-Z]{1,3}\)\s")
_HYPHEN = re.compile(r"(\w+)([-‐\u00ad])\Z")
_WORD = re.compile(r"\w+(?:[-‐]\w+)*")
# Ends of words that no compound has for its second part.
_ENDING = re.compile(
    r"(?:(?:[aiu]?l?[aiu])?[st]ions?|[st]ional(?:ly)?|ments?|mental(?:ly)?|ness|ings?|[ai]ble|[ai]bly|[ae]nces?|[ai]ty"
    r"|ities|[ai]cal(?:ly)?|isms?|ists?|ously|ively?|tives?|ures?|tures?|ally|edly|ers|eds?"
    r"|ungen?|lich(?:e[nrsm]?)?|keit(?:en)?|heit(?:en)?|schaft(?:en)?|isch(?:e[nrsm]?)?)\Z"
)
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]")


class _Bond(Enum):
    """How a line goes with the one before it."""

    JOINED = "the same sentence, broken by the page's width"
    BELOW = "the same paragraph, on a line of its own"
    APART = "another paragraph"


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together, and their text."""

    lines: list[Line]
    text: str

    @property
    def page(self) -> int:
        """The page on which it begins."""
        return self.lines[0].page

    @property
    def size(self) -> float:
        """The size of its letters in points."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What is usual in a document: size, distance of lines, letters in a full line; its words."""

    body: float
    leading: dict[float, float]
    full: dict[float, int]
    words: frozenset[str]

    def is_short(self, line: Line) -> bool:
        return len(line.text) < _SHORT * self.full.get(line.size, 0)

    def is_full(self, line: Line) -> bool:
        return len(line.text) >= _FULL * self.full.get(line.size, 0)


def paragraphs(pages: Sequence[Sequence[Line]]) -> tuple[list[Paragraph], float]:
    """The paragraphs of a document in reading order, and the size of its body text."""
    layout = _layout(pages)
    found: list[Paragraph] = []
    for lines in pages:
        fresh = _on_page(lines, layout)
        if fresh and (open_one := _over_page(found, fresh[0], layout)) is not None:
            _append(open_one, fresh.pop(0), layout)
        found += fresh
    return found, layout.body


def _layout(pages: Sequence[Sequence[Line]]) -> _Layout:
    lines = [line for page in pages for line in page]
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return _Layout(
        body=max(sizes, key=lambda size: (sizes[size], size), default=0),
        leading={size: _usual_gap(pages, size) for size in sizes},
        full={size: _full_line(lines, size) for size in sizes},
        words=frozenset(_words(lines)),
    )


def _words(lines: Sequence[Line]) -> Iterator[str]:
    """The words within lines; a bare "‐" says that it joins some of them."""
    for line in lines:
        for word in _WORD.findall(line.text):
            yield word.casefold()
            if "‐" in word:
                yield "‐"


def _usual_gap(pages: Sequence[Sequence[Line]], size: float) -> float:
    """The commonest distance between two lines of a size."""
    gaps = Counter(
        round(above.y - below.y, 1)
        for page in pages
        for above, below in pairwise(page)
        if above.size == below.size == size and 0 < above.y - below.y < 3 * size
    )
    return min(gaps, key=lambda gap: (-gaps[gap], gap), default=_LEADING * size)


def _full_line(lines: Sequence[Line], size: float) -> int:
    lengths = sorted(len(line.text) for line in lines if line.size == size)
    return lengths[len(lengths) * 4 // 5] if lengths else 0


def _on_page(lines: Sequence[Line], layout: _Layout) -> list[Paragraph]:
    found: list[Paragraph] = []
    current: Paragraph | None = None
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else None
        bond = _Bond.APART if current is None else _bond(current, line, after, layout)
        if current is not None and bond is not _Bond.APART:
            _add(current, line, bond, layout)
        elif (current := _over_notes(found, line, layout)) is not None:
            _add(current, line, _Bond.JOINED, layout)
        else:
            current = Paragraph([line], line.text)
            found.append(current)
    return found


def _over_notes(found: Sequence[Paragraph], line: Line, layout: _Layout) -> Paragraph | None:
    """The paragraph of the column before that goes on at the head of the next."""
    last = found[-1].lines[-1] if found else line
    new_column = line.y - last.y > line.size
    return _open(found, line, line.page, layout) if new_column else None


def _add(paragraph: Paragraph, line: Line, bond: _Bond, layout: _Layout) -> None:
    paragraph.lines.append(line)
    if bond is _Bond.BELOW and not paragraph.text.endswith("\u00ad"):
        paragraph.text += f"\n{line.text}"
    else:
        paragraph.text = joined(paragraph.text, line.text, layout.words)


def _append(paragraph: Paragraph, rest: Paragraph, layout: _Layout) -> None:
    """Add what follows on the next page or in the next column."""
    paragraph.lines += rest.lines
    paragraph.text = joined(paragraph.text, rest.text, layout.words)


def _bond(paragraph: Paragraph, line: Line, after: Line | None, layout: _Layout) -> _Bond:
    above = paragraph.lines[-1]
    gap = above.y - line.y
    if not _same_size(above, line) or above.bold != line.bold:
        return _Bond.APART
    if gap < -line.size:  # up again: the next column
        return _Bond.JOINED if _goes_on(paragraph, line, layout) else _Bond.APART
    if gap > _LOOSE * layout.leading[line.size] or is_item(line.text):
        return _Bond.APART
    if abs(gap) < line.size / 2:
        return _Bond.JOINED
    if _is_indented(paragraph, line, after) or _is_next_first(paragraph, line, after, layout):
        return _Bond.APART
    return _below(paragraph, layout)


def _below(paragraph: Paragraph, layout: _Layout) -> _Bond:
    """What a line right under a paragraph is, by where that one's last line ends."""
    above = paragraph.lines[-1]
    if not layout.is_short(above) or is_item(paragraph.text):
        return _Bond.JOINED
    return _Bond.APART if ends_sentence(above.text) else _Bond.BELOW


def is_item(text: str) -> bool:
    """Whether a text begins as an item of a list does."""
    return _BULLET.match(text) is not None


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_SIZE * max(one.size, other.size)


def _is_indented(paragraph: Paragraph, line: Line, after: Line | None) -> bool:
    """Whether the line's left edge says that a paragraph begins here."""
    above = paragraph.lines[-1]
    step = line.x - above.x
    width = _INDENT * line.size
    if step > width and not is_item(paragraph.text):
        returns = after is None or after.x < line.x - width
        return returns or ends_sentence(above.text)
    return step < -width and len(paragraph.lines) > 1


def _is_next_first(paragraph: Paragraph, line: Line, after: Line | None, layout: _Layout) -> bool:
    """Whether a paragraph of one line ended above this one, both indented as first lines are."""
    above = paragraph.lines[-1]
    if after is None or len(paragraph.lines) > 1 or not _same_size(line, after):
        return False
    ended = layout.is_short(above) or ends_sentence(above.text)
    close = 0 < line.y - after.y <= _LOOSE * layout.leading[line.size]
    return ended and close and after.x < min(line.x, above.x) - _INDENT * line.size


def _over_page(found: Sequence[Paragraph], fresh: Paragraph, layout: _Layout) -> Paragraph | None:
    return _open(found, fresh.lines[0], fresh.page - 1, layout)


def _open(found: Sequence[Paragraph], line: Line, page: int, layout: _Layout) -> Paragraph | None:
    """The paragraph that ends on ``page`` and goes on with ``line``, footnotes passed over.

    What is larger than the text is a heading, and none goes on over a page.
    """
    if line.size > (1 + _SAME_SIZE) * layout.body:
        return None
    for paragraph in reversed(found[-20:]):
        if paragraph.lines[-1].page != page:
            return None
        if _same_size(paragraph.lines[-1], line):
            goes_on = _goes_on(paragraph, line, layout)
            return paragraph if goes_on and paragraph.bold == line.bold else None
        if paragraph.size > line.size:
            return None
    return None


def _goes_on(paragraph: Paragraph, line: Line, layout: _Layout) -> bool:
    """Whether a paragraph at the foot of a column goes on at the head of the next."""
    last = paragraph.lines[-1]
    if ends_sentence(last.text) or is_item(line.text):
        return False
    if _HYPHEN.search(last.text) or line.text[:1].islower():
        return True
    return layout.is_full(last) and not is_item(paragraph.text)


def joined(before: str, after: str, words: frozenset[str]) -> str:
    """Two lines as one; a hyphen at the line's end goes only where it surely broke a word."""
    hyphen = _HYPHEN.search(before)
    following = _WORD.match(after)
    if hyphen is None or following is None:
        wide = _WIDE.match(before[-1:]) and _WIDE.match(after)
        return before + ("" if wide else " ") + after
    if _broke_a_word(hyphen, following[0], words):
        return before[: hyphen.start(2)] + after
    seen = "-" if hyphen[2] == "\u00ad" else hyphen[2]
    return before[: hyphen.start(2)] + seen + after


def _broke_a_word(hyphen: re.Match[str], following: str, words: frozenset[str]) -> bool:
    """Sure by a hyphen of its own kind, by the word elsewhere in the document, or by its ending.

    Makers of PDFs break words with a soft hyphen or with U+2010, which people seldom write: unless
    it stands within lines, too, it was put there for the line's end.
    """
    first, second = hyphen[1].casefold(), following.casefold()
    if any(f"{first}{sign}{second}" in words for sign in "-‐"):
        return False
    if hyphen[2] == "\u00ad" or (hyphen[2] == "‐" and "‐" not in words):
        return True
    if not following[:1].islower():
        return False
    return f"{first}{second}" in words or _ENDING.match(second) is not None
