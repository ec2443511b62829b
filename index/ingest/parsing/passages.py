"""Group the parts of a section into passages that can stand alone.

"To turn off PvP, set this:" says nothing without its code, and a code block little without the
paragraph that explains it. So the parts of a section are joined, up to a length that still reads
as one quotation. A question or a defined term begins a new passage. Plain paragraphs stay apart,
except short ones below a heading, and in technical articles, whose sections are steps of a few
sentences each.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise

from index.text.spans import Span
from index.types import Block, Context, ContextKind

MAX_GROUP_CHARS = 1_200
_SHORT_TEXT_CHARS = 300  # of a paragraph that joins its neighbours below any heading
_CUT_FROM = {ContextKind.TABLE_HEADER, ContextKind.CODE_FENCE}


class PartKind(Enum):
    """The role of a part in its section."""

    TEXT = auto()
    INTRODUCTION = auto()  # ends in a colon
    QUESTION = auto()  # asks what the next parts answer, or is the term that they define
    LABEL = auto()  # a line in bold that names the next parts
    ANSWER = auto()  # a question and the beginning of its answer in one paragraph
    BLOCK = auto()  # code, a list, a table


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section: ``text[start:end]``, with the fences around code.

    ``alone`` is its span as a passage of its own; ``container`` is the number of the admonition or
    tab that it belongs to. ``context`` are titles and introductions before it, or the table header
    and the code fence that it is cut from.
    """

    kind: PartKind
    start: int
    end: int
    alone: Span
    container: int | None = None
    context: tuple[Context, ...] = ()

    @property
    def announces(self) -> bool:
        """True if the part says nothing without the next one."""
        return self.kind in {PartKind.INTRODUCTION, PartKind.QUESTION, PartKind.LABEL}

    @property
    def titles(self) -> frozenset[Context]:
        """The titles of the admonitions and tabs that the part is in."""
        return frozenset(each for each in self.context if each.kind is ContextKind.TITLE)

    def introduced_by(self, part: "Part") -> "Part":
        """Return the part with another as its introduction, unless it has one of its own."""
        kinds = [each.kind for each in self.context]
        if ContextKind.INTRODUCTION in kinds:
            return self
        introduction = Context(ContextKind.INTRODUCTION, *part.alone)
        first = len(kinds) - sum(each in _CUT_FROM for each in kinds)
        return replace(self, context=(*self.context[:first], introduction, *self.context[first:]))


def make_block(group: Sequence[Part], headings: Iterable[Context] = ()) -> Block:
    """Make a block of a group of parts: its context is outside it, the gaps are its markup."""
    spans = [part.alone for part in group]
    start, end = spans[0] if len(group) == 1 else (group[0].start, group[-1].end)
    edges = [start, *(edge for span in spans for edge in span), end]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    context = (*headings, *group[0].context)
    return Block(
        start,
        end,
        context=tuple(each for each in context if each.end <= start),
        markup=tuple(gap for gap in gaps if gap[0] < gap[1]),
    )


def group_parts(
    parts: Sequence[Part], section: str | None, *, is_technical: bool
) -> Iterator[Sequence[Part]]:
    """Yield consecutive groups of the parts below the heading ``section``, each a passage.

    ``is_technical`` tells whether the article has code.
    """
    max_text_chars = _max_text_chars(section, is_technical=is_technical)
    group: list[Part] = []
    previous: Part | None = None  # the last one of the group before
    for unit in _inseparable(parts):
        if group and not (
            _belongs(unit, group, max_text_chars) and _stays_in_tab(unit, group, previous)
        ):
            yield group
            previous, group = group[-1], []
        group += unit
    if group:
        yield group


def join_introductions(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Yield the parts, each together with the introductions right before it, if they fit."""
    for unit in _inseparable(parts):
        start = 0
        for number, part in enumerate(unit, 1):
            if number == len(unit) or part.kind is not PartKind.INTRODUCTION:
                yield unit[start:number]
                start = number


def _max_text_chars(section: str | None, *, is_technical: bool) -> int:
    """Return the length of plain paragraphs that may join other plain paragraphs."""
    is_answer = section is not None and section.endswith(("?", "\uff1f"))
    if is_technical or is_answer:
        return MAX_GROUP_CHARS
    return _SHORT_TEXT_CHARS if section else 0


def _inseparable(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Yield each part together with the introductions right before it."""
    first = 0
    for index, part in enumerate(parts):
        is_last = index + 1 == len(parts)
        if is_last or not part.announces or not _fits(parts[first : index + 2]):
            yield parts[first : index + 1]
            first = index + 1


def _stays_in_tab(unit: Sequence[Part], group: Sequence[Part], previous: Part | None) -> bool:
    """Return False if a group that begins in the middle of a tab would go on in the next one."""
    first = group[0]
    if previous is None or first.titles != previous.titles:
        return True
    is_same_container = previous.container == first.container == unit[0].container is not None
    return not is_same_container or unit[0].titles == first.titles


def _belongs(unit: Sequence[Part], group: Sequence[Part], max_text_chars: int) -> bool:
    """Return whether ``unit`` belongs to the group before it."""
    part, previous = unit[0], group[-1]
    if _begins_passage(part, group) or not _fits([*group, *unit]):
        return False
    both = (previous, part)
    if any(each.kind is not PartKind.TEXT or each.container is not None for each in both):
        return True
    return all(each.end - each.start <= max_text_chars for each in both)


def _begins_passage(part: Part, group: Sequence[Part]) -> bool:
    """Return whether a part begins a passage: not if it is one of several that are announced.

    "Add this, depending on the version:" goes with what stands below each version.
    """
    if part.kind is PartKind.LABEL:
        kinds = pairwise(each.kind for each in group)
        return (PartKind.INTRODUCTION, PartKind.LABEL) not in kinds
    return part.kind in {PartKind.QUESTION, PartKind.ANSWER}


def _fits(parts: Sequence[Part]) -> bool:
    """Return whether parts may be one passage.

    A title above the first part must hold for all others, or be that of a tab beside them.
    """
    first = parts[0]
    titles = first.titles
    return parts[-1].end - first.start <= MAX_GROUP_CHARS and all(
        part.container == first.container or titles.issubset(part.context) for part in parts
    )
