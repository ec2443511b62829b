"""Rerank the first passages with a sentence-transformers CrossEncoder; off by default.

A cross-encoder reads question and passage together, which ranks better but takes tens of
milliseconds per passage; a time budget bounds the wait. Loading one imports torch.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from index.embed.sentence_transformers import load_class
from index.errors import EncoderError
from index.search.fusion import min_max_scale
from index.search.ranker import RankedPassage

log = logging.getLogger(__name__)

MAX_RERANKED = 10  # passages
BUDGET_SECONDS = 0.5
_BATCH_SIZE = 2  # passages between two checks of the budget


class Reranker:
    """A loaded CrossEncoder with a time budget."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, name: str) -> "Reranker":
        """Load a model by name or folder. Raises EncoderError with a one-line message."""
        return cls(load_class("CrossEncoder", name, "QUOTH_RERANKER"))

    def rerank(
        self, question: str, ranking: Sequence[RankedPassage], text_of: Callable[[int], str]
    ) -> list[RankedPassage]:
        """Reorder the first ``MAX_RERANKED`` passages; ``text_of`` returns the text of a row.

        Passages beyond the time budget keep their order, behind the others. If the model fails,
        the whole ranking is returned as it is.
        """
        first = list(ranking[:MAX_RERANKED])
        try:
            logits = self._logits(question, [text_of(passage.row) for passage in first])
        except Exception:  # a model may raise anything, which must not fail the answer
            log.warning("reranking failed; using the ranking without it", exc_info=True)
            return list(ranking)
        return _combine(first[: len(logits)], logits) + list(ranking[len(logits) :])

    def _logits(self, question: str, texts: Sequence[str]) -> list[float]:
        """Score as many texts as the budget allows, at least one batch."""
        started = time.monotonic()
        logits: list[float] = []
        while len(logits) < len(texts):
            if logits and time.monotonic() - started > BUDGET_SECONDS:
                break
            pairs = [(question, text) for text in texts[len(logits) : len(logits) + _BATCH_SIZE]]
            output = self._model.predict(pairs, show_progress_bar=False)
            logits.extend(map(float, np.asarray(output).reshape(len(pairs), -1)[:, -1]))
        return logits


@cache  # load a model once, not for every snapshot
def load_reranker_or_none(name: str | None) -> Reranker | None:
    """Load the reranker ``name``; log an error and return None if that fails."""
    if name is None:
        return None
    try:
        return Reranker.load(name)
    except EncoderError as error:
        log.error("%s; answering without a reranker", error)
        return None


def _combine(passages: Sequence[RankedPassage], logits: Sequence[float]) -> list[RankedPassage]:
    """Reorder passages by the sum of score and logit, each scaled to 0..1; ties by row.

    The scores are handed out anew in descending order, so later passages still rank below.
    """
    combined = min_max_scale([passage.score for passage in passages]) + min_max_scale(logits)
    order = sorted(range(len(passages)), key=lambda i: (-combined[i], passages[i].row))
    scores = sorted((passage.score for passage in passages), reverse=True)
    return [replace(passages[i], score=score) for i, score in zip(order, scores, strict=True)]
