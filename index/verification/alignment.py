"""Align the pieces of a quotation with an article: exactly where possible, else as well as can be.

Alignments minimize the edit distance over tokens, with rapidfuzz.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, islice, pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from index.verification.tokens import Token

_SLACK_TOKENS = 4  # by which rapidfuzz may miss the best window at either end
_OTHER_WORDS_IN_CAPITALS = frozenset({"us", "it", "who", "aids"})
_MAX_CHAINS = 100  # places of the first piece from which the others are looked for
_SEPARATOR = "\n"  # no token contains one

Tokens = Sequence[Token]
TokenSpan = tuple[int, int]


class WordChange(StrEnum):
    """How a part of a quotation relates to the article."""

    SAME = "same"
    CHANGED = "changed"
    OMITTED = "omitted"  # left out, and marked with an ellipsis


@dataclass(frozen=True, slots=True)
class Step:
    """A span of the quotation's tokens beside one of the article's; either may be empty."""

    change: WordChange
    quoted: TokenSpan
    stored: TokenSpan


def align_exactly(pieces: Sequence[Tokens], stored: Tokens) -> list[Step]:
    """Find all pieces word for word, in order and as close together as they occur.

    Returns no steps if one of them is not there.
    """
    quoted_keys, stored_keys = comparable_keys([t for piece in pieces for t in piece], stored)
    bounds = _bounds(pieces)
    needles = [quoted_keys[start:end] for start, end in bounds]
    text = _joined(stored_keys)
    patterns = list(map(_joined, needles))
    chains = [
        chain
        for start in islice(_occurrences(patterns[0], text), _MAX_CHAINS)
        if (chain := _chain(patterns, text, start))
    ]
    if not chains:
        return []
    closest = min(chains, key=lambda chain: chain[-1][1] - chain[0][0])
    return _join([Step(WordChange.SAME, *spans)] for spans in zip(bounds, closest, strict=True))


def align_closely(pieces: Sequence[Tokens], stored: Tokens) -> list[Step]:
    """Align the pieces in order with the parts of the article that they resemble most."""
    quoted_keys, stored_keys = comparable_keys([t for piece in pieces for t in piece], stored)
    aligned: list[list[Step]] = []
    position = 0
    for start, end in _bounds(pieces):
        aligned.append(_align_piece(quoted_keys[start:end], start, stored_keys, position))
        position = aligned[-1][-1].stored[1]
    return _join(aligned)


def similarity(steps: Iterable[Step], quoted: Tokens, stored: Tokens) -> float:
    """Return the share of words that are the same, from 0 to 1; omissions do not count."""
    same, quoted_words, stored_words = 0, 0, 0
    for step in steps:
        if step.change is WordChange.OMITTED:
            continue
        words = sum(token.is_word for token in quoted[slice(*step.quoted)])
        quoted_words += words
        stored_words += sum(token.is_word for token in stored[slice(*step.stored)])
        same += words * (step.change is WordChange.SAME)
    return same / max(quoted_words, stored_words, 1)


def rough_similarity(pieces: Sequence[Sequence[str]], words: Sequence[str]) -> float:
    """Return how well the words of all pieces match a part of ``words`` each, from 0 to 1."""
    scores = [fuzz.partial_ratio(piece, words) * len(piece) for piece in pieces]
    return sum(scores) / (100 * sum(map(len, pieces)))


def comparable_keys(quoted: Tokens, stored: Tokens) -> tuple[list[str], list[str]]:
    """Return the keys to compare: "US" is not "us", unless one of the texts has only one case."""
    if _has_both_cases(quoted) and _has_both_cases(stored):
        return list(map(_cased_key, quoted)), list(map(_cased_key, stored))
    return [token.key for token in quoted], [token.key for token in stored]


def _has_both_cases(tokens: Tokens) -> bool:
    return any(t.word != t.key for t in tokens) and any(t.word != t.word.upper() for t in tokens)


def _cased_key(token: Token) -> str:
    is_other_word = token.key in _OTHER_WORDS_IN_CAPITALS and token.word.isupper()
    return token.word if is_other_word else token.key


def _bounds(pieces: Sequence[Tokens]) -> list[TokenSpan]:
    """Return where each piece starts and ends among all tokens."""
    ends = [0]
    for piece in pieces:
        ends.append(ends[-1] + len(piece))
    return list(pairwise(ends))


def _joined(keys: Sequence[str]) -> str:
    return _SEPARATOR + _SEPARATOR.join(keys) + _SEPARATOR


def _occurrences(pattern: str, text: str) -> Iterator[int]:
    """Yield the positions of a pattern in a text, both joined keys."""
    position = text.find(pattern)
    while position >= 0:
        yield position
        position = text.find(pattern, position + 1)


def _chain(patterns: Sequence[str], text: str, start: int) -> list[TokenSpan]:
    """Follow the first pattern at ``start`` with the next occurrence of each other one."""
    chain: list[TokenSpan] = []
    position, token = 0, 0
    for pattern in patterns:
        start = start if not chain else text.find(pattern, position)
        if start < 0:
            return []
        token += text.count(_SEPARATOR, position, start)
        length = pattern.count(_SEPARATOR) - 1
        chain.append((token, token + length))
        position, token = start + len(pattern) - 1, token + length  # at its last separator
    return chain


def _align_piece(
    quoted: Sequence[str], offset: int, stored: Sequence[str], position: int
) -> list[Step]:
    """Align a piece with the most similar part of ``stored`` behind ``position``.

    The piece starts at token ``offset`` of the quotation.
    """
    rest = stored[position:]
    start, end = _closest_window(quoted, rest)
    steps = (
        Step(
            WordChange.SAME if code.tag == "equal" else WordChange.CHANGED,
            (code.src_start, code.src_end),
            (code.dest_start + start, code.dest_end + start),
        )
        for code in Levenshtein.opcodes(quoted, rest[start:end])
    )
    return [_shift(step, offset, position) for step in _trim(list(_merge(steps)))]


def _closest_window(quoted: Sequence[str], stored: Sequence[str]) -> TokenSpan:
    """Return the span of ``stored`` that takes the fewest edits; of equals, the one as long."""
    best = fuzz.partial_ratio_alignment(quoted, stored) if len(stored) > len(quoted) else None
    start, end = (best.dest_start, best.dest_end) if best else (0, len(stored))

    def cost(window: TokenSpan) -> tuple[int, int]:
        edits = Levenshtein.distance(quoted, stored[slice(*window)])
        return edits, abs(window[1] - window[0] - len(quoted))

    start, _ = min(((near, end) for near in _near(start, end)), key=cost)
    return min(((start, near) for near in _near(end, len(stored)) if near >= start), key=cost)


def _near(position: int, limit: int) -> range:
    return range(max(0, position - _SLACK_TOKENS), min(limit, position + _SLACK_TOKENS) + 1)


def _shift(step: Step, quoted: int, stored: int) -> Step:
    return Step(
        step.change,
        (step.quoted[0] + quoted, step.quoted[1] + quoted),
        (step.stored[0] + stored, step.stored[1] + stored),
    )


def _trim(steps: Sequence[Step]) -> list[Step]:
    """Leave out what the article has before and after the quotation."""
    kept = list(steps)
    while kept and kept[0].quoted[0] == kept[0].quoted[1]:
        kept.pop(0)
    while kept and kept[-1].quoted[0] == kept[-1].quoted[1]:
        kept.pop()
    return kept


def _merge(steps: Iterable[Step]) -> Iterator[Step]:
    """Merge neighbouring steps of the same kind, such as a replacement and an insertion."""
    for change, group in groupby(steps, key=lambda step: step.change):
        first, *_ = same = list(group)
        last = same[-1]
        yield Step(change, (first.quoted[0], last.quoted[1]), (first.stored[0], last.stored[1]))


def _join(pieces: Iterable[Sequence[Step]]) -> list[Step]:
    """Put the steps of all pieces in a row, with what the article has between two of them."""
    joined: list[Step] = []
    for steps in pieces:
        if joined:
            last, following = joined[-1], steps[0]
            gap = (last.stored[1], following.stored[0])
            joined.append(Step(WordChange.OMITTED, (last.quoted[1], last.quoted[1]), gap))
        joined += steps
    return joined
