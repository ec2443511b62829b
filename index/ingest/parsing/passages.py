"""Group the parts of a section into passages that can stand alone.

"To turn off PvP, set this:" says nothing without its code, and a code block little without the
paragraph that explains it. So an introduction keeps what it introduces, and code, a list or a table
keeps the paragraphs around it. Plain paragraphs stay apart, except in articles with code, where
sections are steps of a few sentences each.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from index.text.spans import Span
from index.types import Block, Context, ContextKind

MAX_GROUP_CHARS = 1_200
_SHORT_GROUP_CHARS = 600  # neighbours join up to this length
_SHORT_TEXT_CHARS = 300  # a paragraph that still belongs to the block above it


class PartKind(Enum):
    """The role of a part in its section."""

    TEXT = auto()
    INTRODUCTION = auto()  # ends in a colon, or asks what the next part answers
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
    has_blocks = any(part.kind is not PartKind.TEXT or part.container for part in parts)
    join_text = is_answer or (has_code and has_blocks)
    first = 0
    for index in range(1, len(parts) + 1):
        group = parts[first:index]
        if index == len(parts) or not _belongs(parts[index], group, join_text=join_text):
            yield group
            first = index


def _belongs(part: Part, group: Sequence[Part], *, join_text: bool) -> bool:
    """Return whether ``part`` belongs to the group before it."""
    previous, length = group[-1], part.end - group[0].start
    leaves_titled = part.container != previous.container and bool(_titles(previous))
    if length > MAX_GROUP_CHARS or leaves_titled:
        return False
    if previous.kind is PartKind.INTRODUCTION:
        return True
    if part.kind is PartKind.INTRODUCTION and any(other.kind is part.kind for other in group):
        return False  # the next question or step
    if length <= _SHORT_GROUP_CHARS:
        only_text = all(other.kind is PartKind.TEXT for other in (*group, part))
        return join_text or not only_text
    if part.container != previous.container:
        return False
    return (
        part.container is not None
        or (part.kind is PartKind.BLOCK and previous.kind is PartKind.TEXT)
        or (previous.kind is PartKind.BLOCK and _is_short_text(part))
    )


def _titles(part: Part) -> list[Context]:
    return [each for each in part.context if each.kind is ContextKind.TITLE]


def _is_short_text(part: Part) -> bool:
    return part.kind is PartKind.TEXT and part.end - part.start <= _SHORT_TEXT_CHARS
