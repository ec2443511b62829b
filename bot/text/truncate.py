"""Where to cut what does not fit: at a sentence's end, else between words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.text.discord_markdown import block_quote, escape, size
from index.text.sentences import sentence_spans

_SIGNS = 24  # what a block quote adds at most around one line: "> ", bold, two "[…]"


_LONE = re.compile("[\ud800-\udfff]")  # surrogates, which the sentence splitter refuses


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``text[start:end]`` of a passage, and how Discord shows it; ``cut`` when it is not all."""

    start: int
    end: int
    display: str
    cut: bool


def excerpt(text: str, mark: tuple[int, int], limit: int, language: str | None) -> Excerpt:
    """The most of ``text`` around its mark that shows in ``limit`` UTF-16 units.

    Whole sentences; when not even the marked one fits, the beginning of it.
    """
    if len(text) <= limit:
        whole = _shown(text, (0, len(text)), mark)
        if size(whole.display) <= limit:
            return whole
    best = None
    for span in _growing(text, mark, limit, language):
        found = _shown(text, span, mark)
        if size(found.display) > limit:
            break
        best = found
    return best or _shown(text, (mark[0], fitting(text, mark[0], limit)), mark)


def pieces(text: str, limit: int, language: str | None) -> list[tuple[int, int]]:
    """``text`` in consecutive spans that each show in ``limit`` units, cut at sentence ends."""
    if len(text) <= limit and _length(text, 0, len(text)) <= limit:
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = _last_end(text, start, fitting(text, start, limit), language)
        found.append((start, end))
        start = end
    return found


def fitting(text: str, start: int, limit: int) -> int:
    """The end of the longest span from ``start`` that shows in ``limit`` units.

    At a word's end where one is near; at least one character.
    """
    end = min(len(text), start + max(1, limit - _SIGNS))
    while end > start + 1 and (over := _length(text, start, end) - limit) > 0:
        end = max(start + 1, end - max(1, over // 8))
    if end == len(text):
        return end
    space = max(text.rfind(space, start, end) for space in " \n\t")
    return space + 1 if space > start + (end - start) // 2 else end


def shorten(text: str, limit: int) -> str:
    """One line of ``text``, escaped, in at most ``limit`` units; … says that there was more."""
    line = " ".join(text.split())
    shown = escape(line)
    if size(shown) <= limit:
        return shown
    end = min(len(line), limit)
    while size(shown) > limit - 1:
        end -= 1
        shown = escape(line[:end].rstrip())
    return f"{shown}…"


def _length(text: str, start: int, end: int) -> int:
    """What ``block_quote`` of the span may take: each line may carry "> " and bold."""
    shown = escape(text[start:end])
    return size(shown) + 6 * shown.count("\n") + _SIGNS


def _shown(text: str, span: tuple[int, int], mark: tuple[int, int]) -> Excerpt:
    start, end = span
    display = block_quote(text, start, end, *mark)
    return Excerpt(start, end, display, bool(text[:start].strip() or text[end:].strip()))


def _growing(
    text: str, mark: tuple[int, int], limit: int, language: str | None
) -> Iterator[tuple[int, int]]:
    """Spans of whole sentences, ever longer: the marked, then one after, then one before."""
    left = max(0, mark[0] - limit)
    ends = [left, *_ends(text, left, min(len(text), mark[1] + limit), language)]
    first = max(index for index, end in enumerate(ends) if end <= mark[0])
    last = next((i for i, end in enumerate(ends) if end >= mark[1]), len(ends) - 1)
    yield _trimmed(text, *mark)
    yield _trimmed(text, ends[first], ends[last])
    while first > 0 or last < len(ends) - 1:
        last = min(last + 1, len(ends) - 1)
        yield _trimmed(text, ends[first], ends[last])
        first = max(first - 1, 0)
        yield _trimmed(text, ends[first], ends[last])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    if not piece.strip():  # Python counts some control characters as spaces
        return start, end
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _ends(text: str, start: int, end: int, language: str | None) -> list[int]:
    """Where the sentences of ``text[start:end]`` end; the last is ``end``."""
    readable = _LONE.sub("\ufffd", text[start:end])
    spans = sentence_spans(readable, 0, end - start, language or "en")
    return [*(start + stop for _, stop in spans[:-1]), end]


def _last_end(text: str, start: int, end: int, language: str | None) -> int:
    """The last sentence end in ``text[start:end]``, or ``end`` when that leaves too little."""
    if end == len(text):
        return end
    ends = _ends(text, start, end, language)[:-1]
    return ends[-1] if ends and ends[-1] > start + (end - start) // 3 else end
