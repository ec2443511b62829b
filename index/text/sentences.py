"""Split articles into passages and passages into sentences: exact slices that lose nothing.

Each block is a passage. sentencex finds the sentences: it knows abbreviations, initials and
numbers of many languages, and keeps a quotation whole. This module adds what it cannot know:
list items and table rows are sentences, long quotations are split, and sentences too long for
the encoder are cut.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import regex
from sentencex import get_sentence_boundaries

from index.text.spans import Span, has_words, lines, trim
from index.types import Article, Block, Passage, Sentence

MAX_PASSAGE_CHARS = 8_000
MAX_SENTENCE_CHARS = 600  # below 256 word pieces in English
_MAX_LABEL_CHARS = 150
_WIDE_CHARACTER_COST = 2.5  # characters of scripts that take one word piece each, or more
_LONG_QUOTATION_CHARS = 200  # longer sentences are also split inside their quotations
_WINDOW_CHARS = 4_000  # sentencex takes quadratic time while a quotation stays open

_ITEM_START = re.compile(r"(?:\r\n|\r|\n)(?=[ \t>]*(?:(?:[-*+•‣◦|]|\d{1,3}[.)])[ \t]|<tr\b))")
_LEADING_NUMBER = re.compile(r"[ \t>]*\(?\d{1,3}[.)]\s+\Z")  # of a list item
_CLOSING_EMPHASIS = re.compile(r"(?:\*{1,3}|_{1,3})(?=\s|\Z)")
_QUOTATION_MARK = re.compile('["“”„‟«»‹›「」『』〝〞]')
_OPENING = "“„‟«‹「『〝([（【‘"
_CLOSING = "\"'”’»›」』〞)]）】"
_WIDE_CHARACTER = re.compile(
    r"[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff]"
)
_CUT_POINTS = tuple(  # where to cut a long sentence, best first
    re.compile(pattern)
    for pattern in (
        r"(?<![\s.][A-Z])[.!?…。！？।॥؟۔።፧։။][\"'”’»」』)]*\s+"  # but not after an initial
        r"|[。！？।॥።။។]",
        r"[\r\n]+",
        r"[;:；：]\s+|[；：]",
        r"[,،、，]\s+|[、，]|\s[–—]\s",
        r"\s+",
    )
)
# Languages that write "the 20th" as "20.", which sentencex takes for the end of a sentence.
_LANGUAGES_WITH_ORDINAL_DOT = frozenset(
    "bs cs da de et fi fo hr hu is lb lv nb nn no sk sl sr".split()
)
_ORDINAL = re.compile(r"(?<!\w)\d{1,2}\.\s+\Z")
# The ends of Khmer and Tibetan sentences, which sentencex does not know.
_SENTENCE_MARK = re.compile(r"[។៕]+\s*|[།༎](?:[།༎\s]*[།༎])?\s*")
_THAI_ABBREVIATION = re.compile(r"(?<![\u0e00-\u0e7f])[\u0e01-\u0e2e]{1,3}\.\s+\Z")  # น. is o'clock
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # not valid in UTF-8, which sentencex takes
_NON_ASCII_SPACE = re.compile(r"(?![\x00-\x7f])\s")  # sentencex panics at "J\u00a0." and the like
_PICTURE = re.compile(
    r"\[?!\[[^\[\]]*\]\([^()]{0,1000}\)(?:\]\([^()]{0,1000}\))?|!\[\[[^\[\]]*\]\]|<img\b[^<>]{0,1000}>"
)
_INLINE_CODE = re.compile(r"(?<![\w`])(`{1,2})(?!`)[^`\n]{1,300}(?<!`)\1(?!`)")
_ATTRIBUTION = re.compile(r"(?:<[^<>]{1,1000}>\s*)*[—―][^\n]{2,300}(?<![.!?…:;,\"'”’»])\s*\Z")
_COMBINING = regex.compile(r"[\p{M}\u200c\u200d\U0001f3fb-\U0001f3ff]")


def split_passages(article: Article) -> tuple[Passage, ...]:
    """Return the passages of ``article`` in order, numbered from 1, with their sentences."""
    text, language = article.text, article.metadata.language or "en"
    groups = (
        (block, span, group)
        for block in article.blocks
        for span, group in _group_into_passages(text, block, language)
    )
    return tuple(
        Passage(
            start=start,
            end=end,
            paragraph=number,
            sentences=tuple(group),
            section=block.section,
            page=block.page,
            anchor=block.anchor,
            context=block.context,
            origin=block.origin,
        )
        for number, (block, (start, end), group) in enumerate(groups, 1)
    )


def _block_sentences(text: str, block: Block, language: str) -> list[Sentence]:
    """Return the sentences of a block, without its markup unless it has nothing else."""
    edges = [block.start, *(edge for span in block.markup for edge in span), block.end]
    sentences: list[Sentence] = []
    gap_start = block.start
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        spans = sentence_spans(text, start, end, language)
        if block.markup and spans:
            label = _label_start(text, gap_start, spans[0][0])
            sentences.append(Sentence(label, spans[0][1], spans[0][0] - label))
            spans = spans[1:]
        sentences += [Sentence(*span) for span in spans]
        gap_start = end
    return sentences


def _label_start(text: str, start: int, end: int) -> int:
    """Return the start of the label in the markup before a sentence: its first line of words."""
    starts = (first for first, last in lines(text, start, end) if has_words(text[first:last]))
    label = trim(text, next(starts, end), end)[0]
    return label if end - label <= _MAX_LABEL_CHARS else end


def sentence_spans(text: str, start: int, end: int, language: str = "en") -> list[Span]:
    """Return the trimmed spans of the sentences of ``text[start:end]``, in order.

    They do not overlap and leave out nothing but white space. None is longer than 600 characters
    (240 in scripts such as Chinese).
    """
    item_starts = (match.end() for match in _ITEM_START.finditer(text, start, end))
    spans = (
        piece
        for item in _cut_at(text, start, end, item_starts)
        for sentence in _sentences(text, *item, language)
        for part in _split_quotation(text, *sentence, language)
        for piece in _bounded_pieces(text, *part)
    )
    return _merge_fragments(text, spans)


def _group_into_passages(
    text: str, block: Block, language: str
) -> Iterator[tuple[Span, Sequence[Sentence]]]:
    """Yield the span and the sentences of a block, or of its parts that fit into a passage."""
    sentences = _block_sentences(text, block, language)
    first, (start, block_end) = 0, trim(text, block.start, block.end)
    for number, sentence in enumerate(sentences):
        if sentence.end - start > MAX_PASSAGE_CHARS and number > first:
            yield (start, sentences[number - 1].end), sentences[first:number]
            first, start = number, sentence.start
    if sentences:
        yield (start, block_end), sentences[first:]


def _merge_fragments(text: str, spans: Iterator[Span]) -> list[Span]:
    """Trim spans and merge those that say nothing (dots, pictures, who said it) into others."""
    merged: list[Span] = []
    for span in spans:
        start, end = trim(text, *span)
        if start == end:
            continue
        if merged and _should_merge(text, merged[-1], (start, end)):
            start = merged.pop()[0]
        merged.append((start, end))
    return merged


def _should_merge(text: str, left: Span, right: Span) -> bool:
    """Return whether one of two neighbours is not a sentence by itself and both fit in one."""
    if _says_something(text[slice(*left)]) and _says_something(text[slice(*right)]):
        return False
    return _length_cost(text, left[0], right[1]) <= MAX_SENTENCE_CHARS


def _says_something(sentence: str) -> bool:
    """Return whether a sentence has words other than a picture's and "— Ada Reed"."""
    if "![" in sentence or "<img" in sentence:
        sentence = _PICTURE.sub("", sentence)
    return has_words(sentence) and not _ATTRIBUTION.match(sentence)


def _sentences(text: str, start: int, end: int, language: str) -> Iterator[Span]:
    """Yield the sentences that sentencex finds, one window at a time.

    The last sentence of a window may be incomplete, so the next window starts with it.
    """
    while end - start > _WINDOW_CHARS:
        window_end = _window_end(text, start)
        spans = _sentences_in_window(text, start, window_end, language)
        yield from spans[:-1] if len(spans) > 1 else spans
        start = spans[-1][0] if len(spans) > 1 else window_end
    yield from _sentences_in_window(text, start, end, language)


def _window_end(text: str, start: int) -> int:
    """Return the end of the window, behind a space in its second half if there is one."""
    space = text.rfind(" ", start + _WINDOW_CHARS // 2, start + _WINDOW_CHARS)
    return space + 1 if space >= 0 else start + _WINDOW_CHARS


def _sentences_in_window(text: str, start: int, end: int, language: str) -> list[Span]:
    plain = _NON_ASCII_SPACE.sub(" ", _SURROGATE.sub("\ufffd", text[start:end]))
    ends = [start + boundary for boundary in _boundaries(plain, language)][:-1]
    ends = [
        emphasis.end() if (emphasis := _CLOSING_EMPHASIS.match(text, cut)) else cut for cut in ends
    ]
    if ends and _LEADING_NUMBER.match(text, start, ends[0]):
        del ends[0]
    if language in _LANGUAGES_WITH_ORDINAL_DOT:
        ends = [cut for cut in ends if not _ORDINAL.search(text, max(start, cut - 9), cut)]
    if language == "th":
        ends = [
            cut for cut in ends if not _THAI_ABBREVIATION.search(text, max(start, cut - 9), cut)
        ]
    ends += [match.end() for match in _SENTENCE_MARK.finditer(text, start, end)]
    for pattern in [_PICTURE] * ("![" in plain) + [_INLINE_CODE] * ("`" in plain):
        inner = [match.span() for match in pattern.finditer(text, start, end)]
        ends = [cut for cut in ends if not any(first < cut < last for first, last in inner)]
    return list(_cut_at(text, start, end, sorted(ends)))


def _boundaries(text: str, language: str) -> list[int]:
    """Return where sentences end, or nothing if sentencex panics: the build must go on."""
    try:
        return [int(item["end_index"]) for item in get_sentence_boundaries(language, text)]
    except BaseException as error:  # PyO3's PanicException does not derive from Exception
        if type(error).__name__ != "PanicException":
            raise
        return []


def _cut_at(text: str, start: int, end: int, cuts: Iterable[int]) -> Iterator[Span]:
    """Yield the pieces of a span that is cut at ``cuts``."""
    for cut in cuts:
        if start < cut < end:
            yield (start, cut)
            start = cut
    if start < end:
        yield (start, end)


def _split_quotation(text: str, start: int, end: int, language: str) -> Iterator[Span]:
    """Split a long sentence at the sentences inside its quotation, too."""
    sentence = text[start:end]
    if len(sentence) <= _LONG_QUOTATION_CHARS or not _QUOTATION_MARK.search(sentence):
        return iter([(start, end)])
    unquoted = _QUOTATION_MARK.sub(" ", sentence)
    inner_cuts = [cut for _, cut in _sentences(unquoted, 0, len(unquoted), language)][:-1]
    cuts = [start + _move_cut_between_quotes(sentence, cut) for cut in inner_cuts]
    return _cut_at(text, start, end, [cut for cut in cuts if _starts_sentence(text[cut:end])])


def _move_cut_between_quotes(sentence: str, cut: int) -> int:
    """Move a cut so that closing quotation marks stay on its left and opening ones on its right."""
    gap = len(sentence[:cut].rstrip(" \t\r\n" + _OPENING + _CLOSING))
    while gap < cut and not sentence[gap].isspace() and sentence[gap] not in _OPENING:
        gap += 1
    return gap


def _starts_sentence(rest: str) -> bool:
    """Return whether a sentence may start here: “Who?” he asked. is one sentence."""
    first = re.search(r"\w", rest[:20])
    return first is not None and not first[0].islower()


def _bounded_pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut a sentence into pieces of bounded length."""
    while _length_cost(text, start, end) > MAX_SENTENCE_CHARS:
        cut = _best_cut(text, start, _max_piece_end(text, start, end))
        yield (start, cut)
        start = cut
    yield (start, end)


def _length_cost(text: str, start: int, end: int) -> float:
    """Return the length in characters, weighted by the word pieces they cost; stop at the limit."""
    end = min(end, start + MAX_SENTENCE_CHARS + 1)
    wide = len(_WIDE_CHARACTER.findall(text, start, end))
    return (end - start - wide) + wide * _WIDE_CHARACTER_COST


def _max_piece_end(text: str, start: int, end: int) -> int:
    cost = 0.0
    for position in range(start, end):
        cost += _WIDE_CHARACTER_COST if _WIDE_CHARACTER.match(text, position) else 1
        if cost > MAX_SENTENCE_CHARS:
            return position
    return end


def _best_cut(text: str, start: int, max_end: int) -> int:
    """Return the last cut point of the best kind in the second half of the piece."""
    half = start + (max_end - start) // 2
    for pattern in _CUT_POINTS:
        ends = [match.end() for match in pattern.finditer(text, half, max_end)]
        if ends:
            return ends[-1]
    while max_end > half and _COMBINING.match(text, max_end):
        max_end -= 1
    return max_end
