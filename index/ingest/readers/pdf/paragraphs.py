"""Join the lines of a PDF into paragraphs across line ends, columns and pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import Literal

from index.ingest.parsing.heuristics import ends_sentence
from index.ingest.readers.pdf.lines import TextLine
from index.text.words.stop_words import STOP_WORDS

COMMON_WORDS = frozenset(" ".join(STOP_WORDS.values()).split())
_SIZE_TOLERANCE = 0.06  # share by which the font size may vary within a paragraph
_MAX_LINE_SPACING = 1.35  # times the usual line spacing; a larger gap separates paragraphs
_DEFAULT_LINE_SPACING = 1.2  # times the font size
_MIN_INDENT = 0.7  # times the font size
_MAX_INDENT = 4  # times the font size; a line further in is centred or aligned at the right
_MIN_CENTRING = 2  # times the font size; a smaller step is an indentation
_MAX_SHIFT = 0.3  # times the font size, between lines that are aligned
_MAX_SHORT_LINE = 0.72  # of a full line; a shorter one ends a paragraph
_MIN_FULL_LINE = 0.85  # of a full line; a longer one continues
_MAX_HEADING_LINES = 4
_MIN_HEADING_SIZE = 1.12  # times the font size of the body text
_MIN_HEADING_WIDTH = 0.5  # of a full line of the body text; a shorter one is complete
_MAX_WORD_CHARS = 100
_MAX_PARAGRAPH_CHARS = 20_000  # joining line after line of an endless one takes quadratic time
_MAX_FOOTNOTES = 4  # that a page may draw before its text
_MAX_OPEN_PARAGRAPHS = 100  # that are searched for the one a column or page continues
_RUNNING_TEXT = re.compile(r"(?:[^\W\d_]{2,}\W+){2,}[^\W\d_]+[,-]?\Z")  # unlike a row of numbers
_END_CHARS = 200  # of a line, which show whether it is running text
_MIN_RUNNING_LINES = 5  # with the same distance, to know the line spacing of a page
_CAPTION = re.compile(
    r"(?:fig(?:ure|ura)?|tab(?:le|elle|la|leau)?|abb(?:ildung)?|cuadro|gráfico|listing)\b\.?\s?"
    r"[A-Z]?\d{1,3}(?:[.-]\d{1,3})*[a-z]?(?:\s?[.:|–—]|\s+(?-i:[A-ZÀ-Þ])|\Z)",
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(
    r"[•‣◦▪■●○*–—-]\s|(?:\d{1,2}|[a-zA-Z])[.)]\s|\((?:\d{1,3}|[a-zA-Z]|[ivx]{2,4})\)\s"
    r"|\d{1,2}(?:\.\d{1,2})+\.?\s(?=[A-ZÀ-Þ][\sa-zà-ÿ])"  # of a rule or an article
)
_LINE_END_HYPHEN = re.compile(r"(\w+)([-‐\u00ad])\Z")
_WORD = re.compile(r"\w+(?:[-‐]\w+)*")
_SUFFIX = re.compile(  # endings of words that are never the second part of a compound
    r"(?:(?:[aiu]?l?[aiu])?[st]ions?|[st]ional(?:ly)?|ments?|mental(?:ly)?|ness|ings?|[ai]ble|[ai]bly|[ae]nces?|[ai]ty"
    r"|ities|[ai]cal(?:ly)?|isms?|ists?|ously|ively?|tives?|ures?|tures?|ally|edly|ers|eds?"
    r"|ungen?|lich(?:e[nrsm]?)?|keit(?:en)?|heit(?:en)?|schaft(?:en)?|isch(?:e[nrsm]?)?)\Z"
)
_CONJUNCTION = re.compile(r"(?:and|or|und|oder|bzw|sowie)\b")
_COMPOUND_PART = re.compile(  # the first part of many compounds, and of few broken words
    r"(?:\w+-)?(?:well|self|long|short|high|low|half|non|cross|so|two|three|four|five|six|seven|eight|nine|ten"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|third|first|second|full|hard|old|new|open|free"
    r"|large|small|big|better|best|ever|much|multi|year|day|semi|quasi|anti|state|part|time|real|early|late|mid"
    r"|double|single|left|right|\w+-(?:and|by|in|of|on|the|to)|\w*\d)"
)
_CLOSED_PART = re.compile(  # the second part of words without a hyphen: highlights
    r"(?:light|way|land|ware|ship|hood|coming|cut|man|paper|one|thing|self)s?|lighted|est|ly|ened?|some|men|selves"
    r"|where|body"
)
_SECOND_PART = re.compile(  # follow-up, wide-based, vous-même
    r"up|in|on|off|by|based|term|level|minded|specific|oriented|dependent|related"
    r"|(?:t-)?(?:ils?|elles?)|nous|vous|mêmes?|là|ci"
)
_MIN_PART_CHARS = 4
_HANGUL = re.compile("[\uac00-\ud7a3]")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]")


# How a line relates to the line before it: the same sentence, broken at the page width; the same
# paragraph, on a line of its own; another paragraph.
_LineRelation = Literal["continues", "new line", "new paragraph"]


@dataclass(slots=True)
class PdfParagraph:
    """The lines of a paragraph, and their text."""

    lines: list[TextLine]
    text: str

    @property
    def page(self) -> int:
        """Number of the page on which the paragraph begins."""
        return self.lines[0].page

    @property
    def cells(self) -> tuple[str, ...]:
        """Texts of the cells if it is a row of a table."""
        return self.lines[0].cells

    @property
    def size(self) -> float:
        """Font size in points."""
        return self.lines[0].size

    @property
    def is_bold(self) -> bool:
        """True if all of the paragraph is bold."""
        return all(line.is_bold for line in self.lines)


def join_lines(pages: Sequence[Sequence[TextLine]]) -> tuple[list[PdfParagraph], float]:
    """Return the paragraphs in reading order, and the font size of the body text."""
    joiner = _LineJoiner.measure(pages)
    joined: list[PdfParagraph] = []
    for lines in pages:
        paragraphs = joiner.join_page(lines)
        first = joiner.first_of_body(paragraphs)
        if first is not None:
            open_paragraph = joiner.find_open(joined, first.lines[0], first.page - 1)
            if open_paragraph is not None:
                open_paragraph.lines += first.lines
                spaced = first.lines[0].spaced
                open_paragraph.text = join_text(
                    open_paragraph.text, first.text, joiner.words, spaced=spaced
                )
                paragraphs.remove(first)
        joined += paragraphs
    return joined, joiner.body_size


@dataclass(frozen=True, slots=True)
class _LineJoiner:
    """Joins lines, judging them by the typical measures of their document.

    ``full_line_width`` is given in points for each font size, ``line_spacing`` for each page and
    font size.
    """

    body_size: float
    line_spacing: dict[tuple[int, float], float]
    full_line_width: dict[float, float]
    words: frozenset[str]

    @classmethod
    def measure(cls, pages: Sequence[Sequence[TextLine]]) -> "_LineJoiner":
        """Take the measures of a document."""
        lines = [line for page in pages for line in page]
        chars: Counter[float] = Counter()
        for line in lines:
            chars[line.size] += len(line.text)
        return cls(
            body_size=max(chars, key=lambda size: (chars[size], size), default=0),
            line_spacing=_line_spacing(pages),
            full_line_width={size: _full_line_width(lines, size) for size in chars},
            words=frozenset(_words(lines)),
        )

    def join_page(self, lines: Sequence[TextLine]) -> list[PdfParagraph]:
        """Join the lines of a page into paragraphs."""
        paragraphs: list[PdfParagraph] = []
        current: PdfParagraph | None = None
        for line, next_line in zip(lines, [*lines[1:], None], strict=False):
            relation = self._relation(current, line, next_line) if current else "new paragraph"
            if relation == "new paragraph":
                current = self._find_before_break(paragraphs, line)
            if current is None:
                current = PdfParagraph([line], line.text)
                paragraphs.append(current)
            else:
                self._append_line(current, line, relation)
        return paragraphs

    def first_of_body(self, paragraphs: Sequence[PdfParagraph]) -> PdfParagraph | None:
        """Return the first paragraph of a page that may go on from the page before.

        Footnotes that are drawn before the text do not count, and neither do tables and captions
        above a line in lower case.
        """
        floats = [*takewhile(self._is_float, paragraphs)]
        if sum(not each.cells for each in floats) > _MAX_FOOTNOTES:
            return paragraphs[0]
        first = next(iter(paragraphs[len(floats) :] or paragraphs), None)
        if first is None or _starts_lower(first.lines[0]) or not any(map(_is_set_apart, floats)):
            return first
        return None

    def _is_float(self, paragraph: PdfParagraph) -> bool:
        """Return whether a paragraph is a footnote, a caption or a row of a table."""
        is_small = paragraph.size <= (1 - _SIZE_TOLERANCE) * self.body_size
        return is_small or _is_set_apart(paragraph)

    def find_open(
        self, paragraphs: Sequence[PdfParagraph], line: TextLine, page: int
    ) -> PdfParagraph | None:
        """Return the paragraph that ends on ``page`` and continues with ``line``, if any.

        Smaller footnotes after it are skipped, and before a line in lower case also tables, and
        captions and footnotes of its size. Text larger than the body is a heading, which never
        continues on another page.
        """
        if line.size > (1 + _SIZE_TOLERANCE) * self.body_size or line.cells:
            return None
        goes_on = _starts_lower(line)
        on_page = takewhile(lambda each: each.lines[-1].page == page, reversed(paragraphs))
        is_over_table = False
        for paragraph in islice(on_page, _MAX_OPEN_PARAGRAPHS):
            last = paragraph.lines[-1]
            if last.cells:
                if not goes_on:
                    return None
                is_over_table = True
                continue
            is_same_size = _is_same_size(last, line)
            if (
                is_same_size
                and self._is_same_weight(last, line)
                and self._continues(paragraph, line)
            ):
                is_open = not is_over_table or _RUNNING_TEXT.search(last.text[-_END_CHARS:])
                return paragraph if is_open else None
            if (is_same_size and not goes_on) or paragraph.size > line.size:
                return None
        return None

    def _find_before_break(
        self, paragraphs: Sequence[PdfParagraph], line: TextLine
    ) -> PdfParagraph | None:
        """Return the open paragraph if ``line`` is at the top of a new column or below a table."""
        if not paragraphs:
            return None
        gap = paragraphs[-1].lines[-1].y - line.y
        is_below_table = _is_set_apart(paragraphs[-1]) and not self._is_close(line, gap)
        if gap < -line.size or (is_below_table and _starts_lower(line)):
            return self.find_open(paragraphs, line, line.page)
        return None

    def _append_line(
        self, paragraph: PdfParagraph, line: TextLine, relation: _LineRelation
    ) -> None:
        paragraph.lines.append(line)
        if relation == "new line" and not paragraph.text.endswith("\u00ad"):
            paragraph.text += f"\n{line.text}"
        else:
            text = join_text(paragraph.text, line.text, self.words, spaced=line.spaced)
            paragraph.text = text

    def _relation(
        self, paragraph: PdfParagraph, line: TextLine, next_line: TextLine | None
    ) -> _LineRelation:
        above = paragraph.lines[-1]
        gap = above.y - line.y
        is_alike = _is_same_size(above, line) and self._is_same_weight(above, line)
        if line.cells or above.cells or not is_alike:
            return "new paragraph"
        if gap < -line.size:  # further up: the next column
            return "continues" if self._continues(paragraph, line) else "new paragraph"
        is_full_up = len(paragraph.text) > _MAX_PARAGRAPH_CHARS
        if is_full_up or not self._is_close(line, gap) or is_list_item(line.text):
            return "new paragraph"
        if abs(gap) < line.size / 2 or _goes_on(above, line):
            return "continues"
        if self._is_long_heading(paragraph, line):
            return "continues"
        return self._relation_below(paragraph, line, next_line)

    def _relation_below(
        self, paragraph: PdfParagraph, line: TextLine, next_line: TextLine | None
    ) -> _LineRelation:
        """Judge the next line of a column by the ends of the lines."""
        above = paragraph.lines[-1]
        is_first = _starts_indented(paragraph, line, next_line) or (
            next_line is not None and self._follows_single_line(paragraph, line, next_line)
        )
        is_above_short = self._is_short(above) and not is_list_item(paragraph.text)
        is_heading = line.size > _MIN_HEADING_SIZE * self.body_size and is_above_short
        if is_first or is_heading or (is_above_short and ends_sentence(above.text)):
            return "new paragraph"
        return "new line" if is_above_short else "continues"

    def _is_long_heading(self, paragraph: PdfParagraph, line: TextLine) -> bool:
        """Return whether a line goes on with a heading, which need not be aligned."""
        above = paragraph.lines[-1]
        is_large = line.size > _MIN_HEADING_SIZE * self.body_size
        is_ended = ends_sentence(above.text) or len(paragraph.lines) >= _MAX_HEADING_LINES
        if not is_large or is_ended:
            return False
        is_wide = above.width >= _MIN_HEADING_WIDTH * self.full_line_width[self.body_size]
        return is_wide or line.text[:1].islower()

    def _follows_single_line(
        self, paragraph: PdfParagraph, line: TextLine, next_line: TextLine
    ) -> bool:
        """Return whether ``line`` and the single-line paragraph above it are both first lines."""
        above = paragraph.lines[-1]
        if len(paragraph.lines) > 1 or not _is_same_size(line, next_line):
            return False
        is_ended = self._is_short(above) or ends_sentence(above.text)
        gap = line.y - next_line.y
        are_indented = next_line.x < min(line.x, above.x) - _MIN_INDENT * line.size
        return is_ended and are_indented and gap > 0 and self._is_close(line, gap)

    def _continues(self, paragraph: PdfParagraph, line: TextLine) -> bool:
        """Return whether a paragraph at the end of a column continues at the top of the next."""
        last = paragraph.lines[-1]
        is_full_up = len(paragraph.text) > _MAX_PARAGRAPH_CHARS
        if is_full_up or ends_sentence(last.text) or is_list_item(line.text):
            return False
        is_full = last.width >= _MIN_FULL_LINE * self.full_line_width.get(last.size, 0)
        if _LINE_END_HYPHEN.search(last.text) or (
            line.text[:1].islower() and not self._is_short(last)
        ):
            return True
        return is_full and not is_list_item(paragraph.text)

    def _is_same_weight(self, above: TextLine, line: TextLine) -> bool:
        """Return whether a line may go on where the one above ends: both bold or not.

        A line that is bold only at its start has a run-in heading, or is in the middle of a
        sentence; one that is bold only at its end has words in bold.
        """
        if above.ends_bold == line.starts_bold:
            return True
        is_inside = above.ends_bold and not self._is_short(above)
        return not above.is_bold and (is_inside or _goes_on(above, line))

    def _is_short(self, line: TextLine) -> bool:
        return line.width < _MAX_SHORT_LINE * self.full_line_width.get(line.size, 0)

    def _is_close(self, line: TextLine, gap: float) -> bool:
        return gap <= _MAX_LINE_SPACING * self.line_spacing[line.page, line.size]


def _is_set_apart(paragraph: PdfParagraph) -> bool:
    """Return whether a paragraph is a row of a table or a caption."""
    return bool(paragraph.cells) or _CAPTION.match(paragraph.text) is not None


def _starts_lower(line: TextLine) -> bool:
    return line.text[:1].islower()


def is_list_item(text: str) -> bool:
    """Return whether a text begins with the mark of a list item."""
    return _LIST_ITEM.match(text) is not None


def join_text(before: str, after: str, words: frozenset[str], *, spaced: bool = False) -> str:
    """Join two lines; drop the hyphen between them only if it surely broke a word.

    ``words`` are the words within the document's lines. Korean lines may end inside a word, so
    ``spaced`` says whether a space is drawn between the lines.
    """
    tail = max(0, len(before) - _MAX_WORD_CHARS)
    hyphen = _LINE_END_HYPHEN.search(before, tail)
    next_word = _WORD.match(after)
    if hyphen is None or next_word is None:
        is_cjk = _CJK.match(before[-1:]) and _CJK.match(after)
        is_between_words = spaced and _HANGUL.match(before[-1:])
        return before + ("" if is_cjk and not is_between_words else " ") + after
    stem = before[: hyphen.start(2)]
    if _CONJUNCTION.match(after):  # of a part left out: up- and downstream
        return f"{before} {after}"
    if _broke_word(hyphen, next_word[0], words):
        return stem + after
    return stem + ("-" if hyphen[2] == "\u00ad" else hyphen[2]) + after


def _broke_word(hyphen: re.Match[str], next_word: str, words: frozenset[str]) -> bool:
    """Decide by the kind of hyphen, and by the words of the document.

    PDF writers break words with a soft hyphen or with U+2010, which people seldom type: unless it
    also occurs within lines, it was inserted at the line end. Other hyphens broke a word as well,
    unless the compound is known, or both of its parts are words and the whole is not.
    """
    first, second = hyphen[1].casefold(), next_word.casefold()
    if any(f"{first}{sign}{second}" in words for sign in "-‐"):
        return False
    if hyphen[2] == "\u00ad" or (hyphen[2] == "‐" and "‐" not in words):
        return True
    are_capitals = hyphen[1].isupper() and next_word.isupper() and len(first) > 1
    if not (next_word[:1].islower() or are_capitals) or not first[-1:].isalpha():
        return False
    return _is_word(first, second, words) or not _is_compound(first, second, words)


def _is_word(first: str, second: str, words: frozenset[str]) -> bool:
    """Return whether the parts surely make one word."""
    whole = f"{first}{second}"
    is_known = whole in words or whole in COMMON_WORDS
    return is_known or bool(_SUFFIX.match(second) or _CLOSED_PART.fullmatch(second))


def _is_compound(first: str, second: str, words: frozenset[str]) -> bool:
    """Return whether both parts are words; unknown short ones are mostly syllables."""
    if _COMPOUND_PART.fullmatch(first) or _SECOND_PART.fullmatch(second):
        return True
    return all(len(part) >= _MIN_PART_CHARS and part in words for part in (first, second))


def _words(lines: Sequence[TextLine]) -> Iterator[str]:
    """Yield the words within lines, and a bare "‐" if it joins some of them.

    The parts of a word that a line end broke do not count.
    """
    above = ""
    for line in lines:
        found = _WORD.findall(line.text)
        first = 1 if _LINE_END_HYPHEN.search(above) else 0
        last = len(found) - (1 if _LINE_END_HYPHEN.search(line.text) else 0)
        for word in found[first:last]:
            yield word.casefold()
            if "‐" in word:
                yield "‐"
        above = line.text


def _line_spacing(pages: Sequence[Sequence[TextLine]]) -> dict[tuple[int, float], float]:
    """Return the usual distance of two lines for each page and font size.

    It is that of the running text on the page, or else the most frequent one of the document.
    """
    gaps: defaultdict[float, Counter[float]] = defaultdict(Counter)
    running: defaultdict[tuple[int, float], Counter[float]] = defaultdict(Counter)
    for above, line in (pair for page in pages for pair in pairwise(page)):
        gap = round(above.y - line.y, 1)
        if above.size == line.size and 0 < gap < 3 * line.size:
            gaps[line.size][gap] += 1
            running[line.page, line.size][gap] += _goes_on(above, line)
    usual = {size: _most_frequent(counts) for size, counts in gaps.items()}
    return {
        (page, size): _most_frequent(running[page, size], _MIN_RUNNING_LINES)
        or usual.get(size, _DEFAULT_LINE_SPACING * size)
        for page, size in {(line.page, line.size) for lines in pages for line in lines}
    }


def _most_frequent(gaps: Counter[float], min_count: int = 1) -> float:
    """Return the most frequent distance, 0 if it is not there often enough."""
    gap = min(gaps, key=lambda gap: (-gaps[gap], gap), default=0.0)
    return gap if gaps[gap] >= min_count else 0.0


def _full_line_width(lines: Sequence[TextLine], size: float) -> float:
    widths = sorted(line.width for line in lines if line.size == size)
    return widths[len(widths) * 4 // 5]


def _is_same_size(line: TextLine, other: TextLine) -> bool:
    return abs(line.size - other.size) <= _SIZE_TOLERANCE * max(line.size, other.size)


def _goes_on(above: TextLine, line: TextLine) -> bool:
    """Return whether a line goes on in lower case within the sentence of the line above it."""
    return line.text[:1].islower() and not ends_sentence(above.text)


def _is_aligned_otherwise(above: TextLine, line: TextLine, next_line: TextLine | None) -> bool:
    """Return whether lines are centred or aligned at the right, and not at the left.

    In a paragraph with an indented first line, the lines before and after that line are aligned.
    """
    step = abs(line.x - above.x) / max(line.size, 1)
    if step <= _MAX_SHIFT:
        return False
    if abs(line.right - above.right) <= _MAX_SHIFT * line.size:
        is_ragged = next_line is not None and all(
            abs(next_line.x - other.x) > _MAX_SHIFT * line.size for other in (above, line)
        )
        return is_ragged or step > _MAX_INDENT
    shift = (line.x + line.right - above.x - above.right) / 2
    return abs(shift) <= _MAX_SHIFT * line.size and step > _MIN_CENTRING


def _starts_indented(paragraph: PdfParagraph, line: TextLine, next_line: TextLine | None) -> bool:
    """Return whether the indentation of a line shows that a paragraph begins with it."""
    above = paragraph.lines[-1]
    if _is_aligned_otherwise(above, line, next_line):
        return False
    step = line.x - above.x
    indent = _MIN_INDENT * line.size
    if step > indent and not is_list_item(paragraph.text):
        returns = next_line is None or next_line.x < line.x - indent
        return returns or ends_sentence(above.text)
    return step < -indent and len(paragraph.lines) > 1
