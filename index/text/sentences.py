"""Articles to passages to sentences: all of them exact slices, nothing left out.

A block is a passage. sentencex finds the sentences (it knows abbreviations, initials and numbers
of many languages, and keeps a quotation whole); what it cannot know is done here: list items and
table rows are sentences, long quotations are opened, and what is too long for a model is cut.
"""

import re
from collections.abc import Iterator, Sequence

from sentencex import get_sentence_boundaries

from index.types import Article, Block, Passage, Sentence

MAX_PASSAGE = 8_000  # characters
MAX_SENTENCE = 600  # characters: below 256 word pieces in English
_WIDE_COST = 2.5  # characters of scripts that take a word piece each, or more
_LONG_QUOTATION = 200  # characters of a sentence whose quotations are opened
_WINDOW = 4_000  # characters for sentencex at once: its time is square where a quote stays open

_Span = tuple[int, int]

_ITEM = re.compile(r"(?:\r\n|\r|\n)(?=[ \t>]*(?:[-*+•‣◦|]|\d{1,3}[.)])[ \t])")
_QUOTES = re.compile('["“”„‟«»‹›「」『』〝〞]')
_OPENING = "“„‟«‹「『〝([（【‘"
_CLOSING = "\"'”’»›」』〞)]）】"
_WIDE = re.compile(
    r"[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff]"
)
_CUTS = tuple(  # where a long sentence is cut, the best first
    re.compile(pattern)
    for pattern in (
        r"(?<![\s.][A-Z])[.!?…。！？।؟۔][\"'”’»」』)]*\s+|[。！？।]",  # no initial: J. R. R.
        r"[\r\n]+",
        r"[;:；：]\s+|[；：]",
        r"[,،、，]\s+|[、，]|\s[–—]\s",
        r"\s+",
    )
)
# Languages that write "the 20th" as "20.", which sentencex takes for an end.
_ORDINAL_DOT = "bs cs da de et fi fo hr hu is lb lv nb nn no sk sl sr"
_ORDINAL = re.compile(r"(?<!\w)\d{1,2}\.\s+\Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # sentencex takes UTF-8, where they have no place
_WIDE_SPACE = re.compile(r"(?![\x00-\x7f])\s")  # it panics at "J\u00a0." and the like
_WORD = re.compile(r"[^\W_]")
_JOINS = re.compile(r"[\u0300-\u036f\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\u0e31\u0e34-\u0e3a]")


def split(article: Article) -> tuple[Passage, ...]:
    """The article's passages in order, counted from 1; each slices back, with its sentences."""
    language = article.metadata.language or "en"
    passages: list[Passage] = []
    for block in article.blocks:
        for sentences in _runs(sentence_spans(article.text, block.start, block.end, language)):
            passages.append(_passage(block, sentences, len(passages) + 1))
    return tuple(passages)


def sentence_spans(text: str, start: int, end: int, language: str = "en") -> list[tuple[int, int]]:
    """Spans of the sentences of ``text[start:end]``, trimmed, in order, without overlap.

    They hold every character but white space, and none is longer than 600 characters (240 in
    scripts like Chinese).
    """
    spans = (
        piece
        for line in _cut_at(
            text, start, end, (match.end() for match in _ITEM.finditer(text, start, end))
        )
        for sentence in _sentences(text, *line, language)
        for part in _opened(text, *sentence, language)
        for piece in _pieces(text, *part)
    )
    return _joined(text, spans)


def _passage(block: Block, sentences: Sequence[_Span], paragraph: int) -> Passage:
    return Passage(
        start=sentences[0][0],
        end=sentences[-1][1],
        paragraph=paragraph,
        sentences=tuple(Sentence(start, end) for start, end in sentences),
        section=block.section,
        page=block.page,
        anchor=block.anchor,
    )


def _runs(sentences: Sequence[_Span]) -> Iterator[Sequence[_Span]]:
    """All sentences together; more than a passage may hold is cut between two of them."""
    first = 0
    for number, (_, end) in enumerate(sentences):
        if end - sentences[first][0] > MAX_PASSAGE:
            yield sentences[first:number]
            first = number
    if sentences:
        yield sentences[first:]


def _joined(text: str, spans: Iterator[_Span]) -> list[_Span]:
    """Trimmed spans; one without a letter or digit (a lone quote, dots) joins its neighbour."""
    joined: list[_Span] = []
    for span in spans:
        start, end = _trim(text, *span)
        if start == end:
            continue
        if joined and _belong(text, joined[-1], (start, end)):
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def _belong(text: str, before: _Span, after: _Span) -> bool:
    """Whether one of two neighbours is no sentence by itself and both fit together."""
    if _has_words(text, *before) and _has_words(text, *after):
        return False
    return _cost(text, before[0], after[1]) <= MAX_SENTENCE


def _has_words(text: str, start: int, end: int) -> bool:
    return _WORD.search(text, start, end) is not None


def _sentences(text: str, start: int, end: int, language: str) -> Iterator[_Span]:
    """What sentencex finds, window by window; the last sentence of a window opens the next."""
    while end - start > _WINDOW:
        cut = _window_end(text, start)
        found = _found(text, start, cut, language)
        yield from found[:-1] if len(found) > 1 else found
        start = found[-1][0] if len(found) > 1 else cut
    yield from _found(text, start, end, language)


def _window_end(text: str, start: int) -> int:
    """A space near the window's end, where there is one."""
    space = text.rfind(" ", start + _WINDOW // 2, start + _WINDOW)
    return space + 1 if space >= 0 else start + _WINDOW


def _found(text: str, start: int, end: int, language: str) -> list[_Span]:
    plain = _WIDE_SPACE.sub(" ", _SURROGATE.sub("\ufffd", text[start:end]))
    ends = [start + end_index for end_index in _boundaries(plain, language)][:-1]
    if language in _ORDINAL_DOT.split():
        ends = [cut for cut in ends if not _ORDINAL.search(text, max(start, cut - 9), cut)]
    return list(_cut_at(text, start, end, iter(ends)))


def _boundaries(text: str, language: str) -> list[int]:
    """Where sentencex ends a sentence; nowhere where it fails: one article must not end a build."""
    try:
        return [int(found["end_index"]) for found in get_sentence_boundaries(language, text)]
    except BaseException as error:  # Rust's panics are no Exception
        if type(error).__name__ != "PanicException":
            raise
        return []


def _cut_at(text: str, start: int, end: int, cuts: Iterator[int]) -> Iterator[_Span]:
    """The span in pieces; each cut is where a piece starts."""
    for cut in cuts:
        if start < cut < end:
            yield (start, cut)
            start = cut
    if start < end:
        yield (start, end)


def _opened(text: str, start: int, end: int, language: str) -> Iterator[_Span]:
    """A long sentence that quotes several: cut inside its quotation too."""
    sentence = text[start:end]
    if len(sentence) <= _LONG_QUOTATION or not _QUOTES.search(sentence):
        return iter([(start, end)])
    bare = _QUOTES.sub(" ", sentence)
    inner = [cut for _, cut in _sentences(bare, 0, len(bare), language)][:-1]
    cuts = [start + _behind_quotes(sentence, cut) for cut in inner]
    return _cut_at(text, start, end, iter([cut for cut in cuts if _starts_anew(text[cut:end])]))


def _behind_quotes(sentence: str, cut: int) -> int:
    """A cut of the bare sentence, in the real one: closing quotes go left, opening ones right."""
    gap = len(sentence[:cut].rstrip(" \t\r\n" + _OPENING + _CLOSING))
    while gap < cut and not sentence[gap].isspace() and sentence[gap] not in _OPENING:
        gap += 1
    return gap


def _starts_anew(rest: str) -> bool:
    """Whether a sentence may start here: “Who?” he asked. is one sentence."""
    first = re.search(r"\w", rest[:20])
    return first is not None and not first[0].islower()


def _pieces(text: str, start: int, end: int) -> Iterator[_Span]:
    """The sentence, in pieces of bounded length, cut at its best joints."""
    while _cost(text, start, end) > MAX_SENTENCE:
        cut = _best_cut(text, start, _reach(text, start, end))
        yield (start, cut)
        start = cut
    yield (start, end)


def _cost(text: str, start: int, end: int) -> float:
    """The length as a model feels it; more than the limit is all one."""
    end = min(end, start + MAX_SENTENCE + 1)
    wide = len(_WIDE.findall(text, start, end))
    return (end - start - wide) + wide * _WIDE_COST


def _reach(text: str, start: int, end: int) -> int:
    """The farthest end of a piece that starts here."""
    cost = 0.0
    for position in range(start, end):
        cost += _WIDE_COST if _WIDE.match(text, position) else 1
        if cost > MAX_SENTENCE:
            return position
    return end


def _best_cut(text: str, start: int, reach: int) -> int:
    """Behind the last joint of the best kind in the piece's second half."""
    half = start + (reach - start) // 2
    for joint in _CUTS:
        ends = [match.end() for match in joint.finditer(text, half, reach)]
        if ends:
            return ends[-1]
    while reach > half and _JOINS.match(text, reach):
        reach -= 1
    return reach


def _trim(text: str, start: int, end: int) -> _Span:
    part = text[start:end]
    lead = len(part) - len(part.lstrip())
    return (start + lead, start + max(lead, len(part.rstrip())))
