"""Candidates → ranking, and the best sentence of each passage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.words import content_terms, terms

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a search knows of a passage that it found.

    ``cosine`` is of the passage's nearest window with the question, ``bm25`` 0.0 where the words
    did not find it; ``sentence_cosines`` has shape ``(len(sentences),)``; ``paragraph`` counts
    from 1.
    """

    row: int
    cosine: float
    bm25: float
    text: str
    title: str
    language: str
    paragraph: int
    sentences: tuple[str, ...]
    sentence_cosines: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the judge weighs: how near and how well covered the question is by a passage."""

    cosine: float
    sentence_cosine: float
    bm25: float
    coverage: float
    total_idf: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage in the ranking; ``sentence`` is the position of the one that answers."""

    row: int
    score: float
    sentence: int
    evidence: Evidence


def rank(
    question: str, candidates: Sequence[Candidate], idf: Callable[[str], float]
) -> list[Ranked]:
    """Passages best first, ties by row."""
    if not candidates:
        return []
    best = [_sentence(question, candidate, idf) for candidate in candidates]
    near = [float(c.sentence_cosines[s]) for c, s in zip(candidates, best, strict=True)]
    scores = (
        0.4 * _scaled([c.cosine for c in candidates])
        + 0.4 * _scaled([c.bm25 for c in candidates])
        + 0.2 * _scaled(near)
    )
    ranked = [
        Ranked(c.row, float(score), s, _evidence(question, c, idf))
        for c, s, score in zip(candidates, best, scores, strict=True)
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.row))


def _sentence(question: str, candidate: Candidate, idf: Callable[[str], float]) -> int:
    near = candidate.sentence_cosines.astype(np.float64)
    covered = [
        _coverage(question, sentence, candidate.language, idf) for sentence in candidate.sentences
    ]
    return int(np.argmax(near + 0.5 * np.array(covered)))


def _evidence(question: str, candidate: Candidate, idf: Callable[[str], float]) -> Evidence:
    text = f"{candidate.title} {candidate.text}"
    wanted = content_terms(question, candidate.language)
    return Evidence(
        cosine=candidate.cosine,
        sentence_cosine=float(candidate.sentence_cosines.max()),
        bm25=candidate.bm25,
        coverage=_coverage(question, text, candidate.language, idf),
        total_idf=sum(map(idf, wanted)),
    )


def _coverage(question: str, text: str, language: str, idf: Callable[[str], float]) -> float:
    wanted = content_terms(question, language)
    held = set(terms(text, language))
    total = sum(map(idf, wanted)) or 1.0
    return sum(idf(term) for term in wanted if term in held) / total


def _scaled(values: Sequence[float]) -> Floats:
    scores = np.array(values, np.float64)
    spread = scores.max() - scores.min()
    return (scores - scores.min()) / (spread or 1.0)
