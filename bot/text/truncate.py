"""Shorten text for Discord at the end of a sentence or, failing that, between words.

Limits are in UTF-16 code units of the escaped text, which is how Discord counts.
"""

import re
from collections import deque
from dataclasses import dataclass

from bot.text.discord_markdown import escape, size
from bot.text.marked_excerpt import MarkedExcerpt
from bot.text.quotes import QuoteRenderer, block_quote
from index.text.sentences import sentence_spans
from index.text.spans import Span, introduces, trim

_LINE_MARKUP_UNITS = 24  # most that a block quote adds around one line: "> ", bold, two "[…]"
_MAX_ESCAPED_UNITS = 10  # of a character: ⟦U+10FFFF⟧
_SURROGATE = re.compile("[\ud800-\udfff]")  # the sentence splitter rejects lone surrogates


@dataclass(frozen=True, slots=True)
class RenderedExcerpt:
    """The excerpt ``text[start:end]`` of a passage, and its Discord markdown.

    ``truncated`` is True unless the excerpt is the whole passage.
    """

    start: int
    end: int
    display: str
    truncated: bool


def excerpt(
    text: str,
    highlight: Span,
    limit: int,
    language: str | None,
    quote: QuoteRenderer = block_quote,
) -> RenderedExcerpt:
    """Return as many whole sentences around the highlight as fit in ``limit``.

    If the highlighted sentence alone is too long, return the beginning of it. An introduction is
    followed by what it announces, if need be by its beginning. ``quote`` renders a span:
    ``block_quote`` or ``markdown_quote``.
    """
    if len(text) <= 2 * limit:
        whole = _render(text, (0, len(text)), highlight, quote)
        if size(whole.display) <= limit:
            return whole
    longest = _longest_excerpt(text, highlight, limit, language, quote)
    if longest and not introduces(text[longest.start : longest.end]):
        return longest
    is_introduction = introduces(text[slice(*highlight)])
    start = longest.start if longest and not is_introduction else highlight[0]
    end = longest_fitting_end(text, start, limit, quote)
    if longest and end <= longest.end:
        return longest
    return _render(text, (start, end), highlight, quote)


def _longest_excerpt(
    text: str, highlight: Span, limit: int, language: str | None, quote: QuoteRenderer
) -> RenderedExcerpt | None:
    """Return as many whole sentences around the highlight as fit; None if it does not fit.

    Sentences are added after and before it in turn, on either side up to the first that is too
    long.
    """

    def fitting(span: Span) -> RenderedExcerpt | None:
        trimmed = trim(text, *span)  # may be empty: some control characters count as spaces
        candidate = _render(text, trimmed if trimmed[0] < trimmed[1] else span, highlight, quote)
        return candidate if size(candidate.display) <= limit else None

    start, end = max(0, highlight[0] - limit), min(len(text), highlight[1] + limit)
    edges = [start, *_sentence_ends(text, start, end, language)]
    if start > 0 and len(edges) > 2 and edges[1] <= highlight[0]:
        del edges[0]  # in the middle of a sentence
    if end < len(text) and len(edges) > 2 and edges[-2] >= highlight[1]:
        del edges[-1]
    first = max(i for i, edge in enumerate(edges) if edge <= highlight[0])
    last = next((i for i, edge in enumerate(edges) if edge >= highlight[1]), len(edges) - 1)
    longest = fitting((edges[first], edges[last]))
    if longest is None:
        return fitting(highlight)
    steps = deque([(0, 1), (1, 0)])  # how many sentences to add before and after
    while steps:
        before, after = step = steps.popleft()
        wider = (max(first - before, 0), min(last + after, len(edges) - 1))
        if wider != (first, last) and (grown := fitting((edges[wider[0]], edges[wider[1]]))):
            longest, (first, last) = grown, wider
            steps.append(step)
    return longest


def split_at_sentences(
    text: str, limit: int, language: str | None, quote: QuoteRenderer = block_quote
) -> list[Span]:
    """Split ``text`` into consecutive spans that fit in ``limit``, at sentence ends if possible."""
    if len(text) <= limit and _max_quote_units(text, 0, len(text), quote) <= limit:
        return [(0, len(text))]
    spans: list[Span] = []
    start = 0
    while start < len(text):
        end = longest_fitting_end(text, start, limit, quote)
        end = _last_sentence_end(text, start, end, language)
        spans.append((start, end))
        start = end
    return spans


def longest_fitting_end(
    text: str, start: int, limit: int, quote: QuoteRenderer = block_quote
) -> int:
    """Return the end of the longest span from ``start`` that fits in ``limit``.

    The span ends after a word if one ends in its second half; it has at least one character.
    """
    end = min(len(text), start + max(1, limit - _LINE_MARKUP_UNITS))
    while end > start + 1 and (excess := _max_quote_units(text, start, end, quote) - limit) > 0:
        end = max(start + 1, end - max(1, excess // 8))
    if end == len(text):
        return end
    space = max(text.rfind(space, start, end) for space in " \n\t")
    return space + 1 if space > start + (end - start) // 2 else end


def shorten(text: str, limit: int) -> str:
    """Put ``text`` on one line, escape it, and end it with … if it is longer than ``limit``.

    It ends after a word if one ends in its second half.
    """
    line = " ".join(text.split())[: limit + 1]  # escaping makes nothing shorter
    escaped = escape(line)
    if size(escaped) <= limit:
        return escaped
    end = len(line)
    while (excess := size(escaped) - (limit - 1)) > 0:
        end -= max(1, excess // _MAX_ESCAPED_UNITS)
        escaped = escape(line[:end].rstrip())
    space = line.rfind(" ", 0, end + 1)
    return f"{escape(line[:space]) if space > end // 2 else escaped}…"


def _max_quote_units(text: str, start: int, end: int, quote: QuoteRenderer) -> int:
    """Return the most units that the quoted span can have, wherever its highlight is."""
    escaped = escape(text[start:end])
    units = size(escaped) + 6 * escaped.count("\n") + _LINE_MARKUP_UNITS  # "> " and bold per line
    if quote is block_quote:
        return units
    # A table is longer than its source.
    shown = quote(MarkedExcerpt(text, (start, end), mark=(start, end)))
    return max(units, size(shown) + 6 * shown.count("\n") + _LINE_MARKUP_UNITS)


def _render(text: str, span: Span, highlight: Span, quote: QuoteRenderer) -> RenderedExcerpt:
    marked = MarkedExcerpt(text, span, highlight)
    return RenderedExcerpt(*span, quote(marked), marked.omits_before or marked.omits_after)


def _sentence_ends(text: str, start: int, end: int, language: str | None) -> list[int]:
    """Return where the sentences of ``text[start:end]`` end; the last is ``end``."""
    valid = _SURROGATE.sub("\ufffd", text[start:end])
    spans = sentence_spans(valid, 0, end - start, language or "en")
    return [*(start + sentence_end for _, sentence_end in spans[:-1]), end]


def _last_sentence_end(text: str, start: int, end: int, language: str | None) -> int:
    """Return the last sentence end in the span, or ``end`` if that leaves under a third of it."""
    if end == len(text):
        return end
    ends = _sentence_ends(text, start, end, language)[:-1]
    return ends[-1] if ends and ends[-1] > start + (end - start) // 3 else end
