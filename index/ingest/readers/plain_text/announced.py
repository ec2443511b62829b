"""Join paragraphs of plain texts with the ones that they announce.

"2. Where can I get it?" says nothing without the answer below it, nor do "3.1 Fees" and
"Take these:".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.ingest.parsing.heuristics import is_underline
from index.ingest.parsing.passages import MAX_GROUP_CHARS
from index.types import Block

_MAX_INTRODUCTION_CHARS = 300  # a longer paragraph says enough without the next one
_MAX_LINE_CHARS = 100
_QUESTION = re.compile(r"(?![-–—]).{1,150}[?？]", re.DOTALL)  # no turn in a dialogue
# One sentence: a paragraph of several, in prose, is a passage of its own.
_INTRODUCTION = re.compile(r"(?:(?![.!?]\s|[。！？]).)*[:：]", re.DOTALL)
_CHOICE = re.compile(r"(?:[A-H]|[a-h])[.)]\s+\S")  # of a quiz, which does not answer it
_NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3})*)[.)]?[ \t]+\S.*")


def join_announced(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks; those that announce the next one are joined with it, if both fit."""
    announcing = [*_announcing([text[block.start : block.end] for block in blocks])]
    first = 0
    for number, block in enumerate(blocks):
        is_joined = announcing[number] and _fits(text, blocks[first], *blocks[number : number + 2])
        if not is_joined:
            yield replace(block, start=blocks[first].start)
            first = number + 1


def _announcing(paragraphs: Sequence[str]) -> Iterator[bool]:
    """Tell of each paragraph whether it announces the next one, unlike the items of a list."""
    kinds = [_kind(paragraph) for paragraph in paragraphs]
    for number, kind in enumerate(kinds):
        following = kinds[number + 1 : number + 2]
        around = [*kinds[max(0, number - 1) : number], *following]
        beside = around if kind.startswith("number") else following
        is_quiz = bool(following) and _CHOICE.match(paragraphs[number + 1]) is not None
        yield bool(kind) and bool(following) and kind not in beside and not is_quiz


def _kind(paragraph: str) -> str:
    """Return what kind of announcement a paragraph may be; an empty string if it is none."""
    line, *others = paragraph.splitlines()
    is_line = not others and len(line) <= _MAX_LINE_CHARS
    if _QUESTION.fullmatch(paragraph):
        return "question"
    if len(paragraph) <= _MAX_INTRODUCTION_CHARS and _INTRODUCTION.fullmatch(paragraph):
        return "introduction"
    if is_line and (numbered := _NUMBERED.fullmatch(line)):
        return "number" + "." * numbered["number"].count(".")
    is_underlined = len(others) == 1 and is_underline(others[0])
    return "heading" if is_underlined or (is_line and _is_in_capitals(line)) else ""


def _is_in_capitals(line: str) -> bool:
    """Return whether a line has capitals only; not "LONDON —", where a report begins."""
    letters = filter(str.isalpha, line)
    ends_are_words = line[0].isalnum() and line[-1] not in "-–—"
    return ends_are_words and line.isupper() and all(map(str.isupper, letters))


def _fits(text: str, first: Block, block: Block, following: Block) -> bool:
    """Return whether two neighbours may be one passage, together with what begins it."""
    is_next = not text[block.end : following.start].strip()
    fits = following.end - first.start <= MAX_GROUP_CHARS
    return is_next and fits and block.section == following.section
