"""Group the parts of a section into passages that can stand alone.

"To turn off PvP, set this:" says nothing without its code, and a code block little without the
paragraph that explains it. So an introduction keeps what it introduces, and code, a list or a table
keeps the paragraphs around it. Plain paragraphs stay apart, except in articles with code, where
sections are steps of a few sentences each: the parts of a section are joined, up to a length that
still reads as one quotation. A question or a defined term begins a new passage.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from index.text.spans import Span
from index.types import Block, Context, ContextKind

MAX_GROUP_CHARS = 1_200
_SECTION_CHARS = 1_000  # the parts of a section join up to this length
_SHORT_TEXT_CHARS = 300  # a paragraph that still belongs to the block above it


class PartKind(Enum):
    """The role of a part in its section."""

    TEXT = auto()
    INTRODUCTION = auto()  # ends in a colon
    QUESTION = auto()  # asks what the next parts answer, or is the term that they define
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
        return self.kind in {PartKind.INTRODUCTION, PartKind.QUESTION}


def make_block(group: Sequence[Part], headings: Iterable[Context] = ()) -> Block:
    """Make a block of a group of parts: its context is outside it, the gaps are its markup."""
    spans = [part.alone for part in group]
    start, end = spans[0] if len(group) == 1 else (group[0].start, group[-1].end)
    edges = [start, *(edge for span in spans for edge in span), end]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return Block(
        start,
        end,
        context=(*headings, *(each for each in group[0].context if each.end <= start)),
        markup=tuple(gap for gap in gaps if gap[0] < gap[1]),
    )


def group_parts(
    parts: Sequence[Part], *, has_code: bool, is_answer: bool = False
) -> Iterator[Sequence[Part]]:
    """Yield consecutive groups of the parts of one section, each a passage.

    ``has_code`` tells whether the article has code, ``is_answer`` whether the section's heading is
    a question.
    """
    join_text = is_answer or has_code
    group: Sequence[Part] = ()
    for unit in _inseparable(parts):
        if group and not _belongs(unit, group, join_text=join_text):
            yield group
            group = ()
        group = [*group, *unit]
    if group:
        yield group


def _inseparable(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Yield each part together with the introductions right before it."""
    first = 0
    for index, part in enumerate(parts):
        is_last = index + 1 == len(parts)
        if is_last or not part.announces or not _fits(parts[first : index + 2]):
            yield parts[first : index + 1]
            first = index + 1


def _belongs(unit: Sequence[Part], group: Sequence[Part], *, join_text: bool) -> bool:
    """Return whether ``unit`` belongs to the group before it."""
    part, previous, length = unit[0], group[-1], unit[-1].end - group[0].start
    if part.kind is PartKind.QUESTION or not _fits([previous, *unit], group[0].start):
        return False
    if length <= _SECTION_CHARS:
        only_text = all(other.kind is PartKind.TEXT for other in (*group, *unit))
        return join_text or not only_text
    if part.container != previous.container:
        return False
    return (
        part.container is not None
        or (part.kind is PartKind.BLOCK and previous.kind is PartKind.TEXT)
        or (previous.kind is PartKind.BLOCK and _is_short_text(part))
    )


def _fits(parts: Sequence[Part], start: int | None = None) -> bool:
    """Return whether parts may be one passage that starts at ``start``, or with the first."""
    leaves_titled = any(
        after.container != before.container and _titles(before) for before, after in pairwise(parts)
    )
    length = parts[-1].end - (parts[0].start if start is None else start)
    return length <= MAX_GROUP_CHARS and not leaves_titled


def _titles(part: Part) -> list[Context]:
    return [each for each in part.context if each.kind is ContextKind.TITLE]


def _is_short_text(part: Part) -> bool:
    return part.kind is PartKind.TEXT and part.end - part.start <= _SHORT_TEXT_CHARS
