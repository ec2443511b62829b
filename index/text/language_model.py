"""Tell how probable languages are for a text, by the model of py3langid.

py3langid walks its automaton of n-grams byte by byte. The state after a byte stands for the longest
n-gram that ends there, so it depends on the last few bytes alone, and the states after all bytes
can be found at once with arrays, in a fraction of the time.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

_LONGEST_NGRAM_BYTES = 6
_BYTE_VALUES = 256


class LanguageModel:
    """A naive Bayes model of n-grams."""

    def __init__(self, identifier: Any) -> None:
        self._next_states = np.asarray(identifier.tk_nextmove)  # by row and byte
        self._first_cells = np.asarray(identifier.tk_row).astype(np.intp) * _BYTE_VALUES
        self._features = np.array(identifier.tk_output, np.int32)  # of each state, -1 for none
        self._weights: NDArray[np.float16] = identifier.nb_ptc  # of each feature, by column
        self._prior: NDArray[np.float32] = identifier.nb_pc
        self._languages: Sequence[str] = identifier.nb_classes  # of each column; some have two

    @classmethod
    def open(cls) -> Self:
        """Read the packaged model."""
        return cls(LanguageIdentifier.from_model_file(MODEL_FILE))

    def probabilities(self, text: str, candidates: tuple[str, ...]) -> Mapping[str, float]:
        """Return how probable it is that ``text``, in NFC, is in each of the candidates."""
        encoded = (text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
        columns = _columns(tuple(self._languages), candidates)
        scores = self._scores(encoded, columns) / math.sqrt(len(encoded) or 1)
        odds = np.exp(scores - scores.max())  # with the root, as long texts would leave no doubt
        result = dict.fromkeys(candidates, 0.0)
        for column, probability in zip(columns.tolist(), (odds / odds.sum()).tolist(), strict=True):
            result[self._languages[column]] += probability
        return result

    def _scores(self, text: bytes, columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the logarithm of each column's probability, up to a constant."""
        features, counts = np.unique(self._find_features(text), return_counts=True)
        weights = self._weights.take(features, 0).take(columns, 1).astype(np.float32)
        scores: NDArray[np.float32] = np.log1p(counts.astype(np.float32)) @ weights
        return scores + self._prior[columns]

    def _find_features(self, text: bytes) -> NDArray[np.int32]:
        """Return the features that end at each byte."""
        values = np.frombuffer(text, np.uint8)
        states = np.zeros(len(values), self._next_states.dtype)
        for back in reversed(range(min(_LONGEST_NGRAM_BYTES, len(values)))):
            cells = self._first_cells.take(states[back:]) + values[: len(values) - back]
            states[back:] = self._next_states.take(cells)
        features = self._features.take(states)
        return features[features >= 0]


@lru_cache(maxsize=64)
def _columns(languages: tuple[str, ...], candidates: tuple[str, ...]) -> NDArray[np.intp]:
    """Return the columns of the candidates."""
    return np.flatnonzero([language in candidates for language in languages])
