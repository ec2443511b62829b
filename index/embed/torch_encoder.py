"""An encoder that runs a loaded sentence-transformers model on PyTorch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from index.embed.encoder import EncoderSpec, Vectors, normalize_rows


class TorchEncoder:
    """A sentence-transformers model that runs on PyTorch."""

    def __init__(self, spec: EncoderSpec, model: Any) -> None:
        self.spec = spec
        self._model = model

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode passages or sentences as unit rows, shape ``(len(texts), dim)``, in order."""
        if not texts:
            return np.zeros((0, self.spec.dim), np.float32)
        prompted = [self.spec.passage_prompt + text for text in texts]
        vectors = self._model.encode(prompted, prompt="", show_progress_bar=False)
        return normalize_rows(np.asarray(vectors, np.float32))

    def encode_query(self, query: str) -> Vectors:
        """Encode a query as one unit row, shape ``(1, dim)``."""
        vectors = self._model.encode([self.spec.query_prompt + query], prompt="")
        return normalize_rows(np.asarray(vectors, np.float32))

    @property
    def engine(self) -> str:
        """Runtime and hardware, for people."""
        return f"torch on {self._model.device}"

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without truncation."""
        return [len(ids) for ids in self._model.tokenizer(list(texts))["input_ids"]]

    def has_token(self, word: str) -> bool:
        """Return whether a word is a token, as the more common words of its languages are."""
        return len(self._model.tokenizer.tokenize(word)) == 1
