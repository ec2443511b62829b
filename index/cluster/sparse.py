"""Sparse vectors whose inner products are the BM25 scores that tantivy computes.

A passage's weights hold the saturated frequencies of its terms, a question's the inverse document
frequencies. A term in a title has a dimension of its own.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SparseVector = dict[int, float]

_K1, _B = 1.2, 0.75  # tantivy's, after Robertson & Zaragoza 2009
_EXACT_LENGTHS = 24  # shorter lengths take one byte as they are
_FURTHER_CHUNK = {4_294_967_280: 1e-6}  # Milvus refuses an empty vector; no term has this number


@dataclass(frozen=True, slots=True)
class AverageLengths:
    """Terms of an average passage: in its text and in its title."""

    text: float
    title: float


def _stored_length(code: int) -> int:
    """Decode a length that tantivy keeps in one byte, with four significant bits (as Lucene)."""
    if code < _EXACT_LENGTHS:
        return code
    bits, shift = (code - _EXACT_LENGTHS) & 7, ((code - _EXACT_LENGTHS) >> 3) - 1
    return _EXACT_LENGTHS + (bits if shift < 0 else (bits | 8) << shift)


_LENGTHS = [_stored_length(code) for code in range(256)]


def passage_weights(
    text: Sequence[str], title: Sequence[str], averages: AverageLengths, numbers: Mapping[str, int]
) -> SparseVector:
    """Return the weights of a passage by dimension; ``numbers`` has the number of each term."""
    weights = {2 * numbers[term]: w for term, w in saturated(text, averages.text).items()}
    weights |= {2 * numbers[term] + 1: w for term, w in saturated(title, averages.title).items()}
    return weights or further_chunk()


def further_chunk() -> SparseVector:
    """Return the weights of a passage's further chunks, which no question matches."""
    return dict(_FURTHER_CHUNK)


def saturated(terms: Sequence[str], average: float) -> dict[str, float]:
    """Return the weight of each term of a passage's text or title; ``average`` is the length."""
    norm = length_norm(len(terms), average)
    return {term: count / (count + norm) for term, count in Counter(terms).items()}


def length_norm(length: int, average: float) -> float:
    """Return by how much the length of a text or title lessens the weight of its terms."""
    stored = _LENGTHS[bisect_right(_LENGTHS, length) - 1]
    return _K1 * (1 - _B + _B * stored / average) if average else _K1


def query_weight(passages: int, frequency: int) -> float:
    """Return the weight of a question's term that ``frequency`` of the ``passages`` contain."""
    return (1 + _K1) * math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))
