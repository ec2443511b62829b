"""A second opinion on the first candidates: any sentence-transformers CrossEncoder, off by default.

It reads question and passage together, which ranks better and takes tens of milliseconds a
passage; a time budget bounds what a member waits for it. Imports torch when it is loaded.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from index.embed.sentence_transformers import load_quietly
from index.errors import EncoderError
from index.search.ranker import RankedPassage

log = logging.getLogger(__name__)

FIRST = 10  # passages that are read again
BUDGET_SECONDS = 0.5
_BATCH = 2  # passages between two looks at the clock


class Reranker:
    """A loaded CrossEncoder."""

    def __init__(self, model: Any, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._model = model
        self._budget_seconds = budget_seconds

    @classmethod
    def load(cls, name: str, budget_seconds: float = BUDGET_SECONDS) -> "Reranker":
        """Load by name or folder. Raises EncoderError in one clear line."""
        return cls(load_quietly("CrossEncoder", name, "QUOTH_RERANKER"), budget_seconds)

    def rerank(
        self, question: str, ranked: Sequence[RankedPassage], text: Callable[[int], str]
    ) -> list[RankedPassage]:
        """``ranked`` with the first ``FIRST`` ordered anew; ``text`` gives a row's passage.

        Passages that the budget did not reach stay behind those it did, in their old order.
        Should the model fail, the old order stands.
        """
        first = list(ranked[:FIRST])
        if not first:
            return []
        try:
            logits = self._logits(question, [text(one.row) for one in first])
        except Exception:  # any model may fail in any way; the answer must not
            log.warning("the reranker failed; the ranking stands without it", exc_info=True)
            return list(ranked)
        return _merged(first[: len(logits)], logits) + list(ranked[len(logits) :])

    def _logits(self, question: str, texts: Sequence[str]) -> list[float]:
        """One a text, as many as the budget allows, two at least."""
        started = time.monotonic()
        logits: list[float] = []
        while len(logits) < len(texts):
            if logits and time.monotonic() - started > self._budget_seconds:
                break
            pairs = [(question, text) for text in texts[len(logits) : len(logits) + _BATCH]]
            found = self._model.predict(pairs, show_progress_bar=False)
            logits.extend(map(float, np.asarray(found).reshape(len(pairs), -1)[:, -1]))
        return logits


@cache  # a model is loaded once, not for every snapshot
def load_or_none(name: str | None) -> Reranker | None:
    """The reranker of that name; None, with one clear line in the log, when it cannot be loaded."""
    if name is None:
        return None
    try:
        return Reranker.load(name)
    except EncoderError as error:
        log.error("%s; answering goes on without it", error)  # noqa: TRY400 - one clear line
        return None


def _merged(first: Sequence[RankedPassage], logits: Sequence[float]) -> list[RankedPassage]:
    """Both opinions count alike, each scaled to 0..1 among these; ties by row.

    Scores keep their order and range, so that what follows still ranks below.
    """
    merged = _scaled([one.score for one in first]) + _scaled(logits)
    order = sorted(range(len(first)), key=lambda i: (-merged[i], first[i].row))
    scores = sorted((one.score for one in first), reverse=True)
    return [replace(first[i], score=score) for i, score in zip(order, scores, strict=True)]


def _scaled(values: Sequence[float]) -> Any:
    numbers = np.asarray(values, np.float64)
    spread = np.ptp(numbers)
    return (numbers - numbers.min()) / spread if spread else np.zeros(len(numbers))
