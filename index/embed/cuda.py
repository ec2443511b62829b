"""Encode on an NVIDIA or AMD GPU: in half precision, in batches as large as the memory allows."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from index.embed.encoder import EncoderSpec, Vectors, normalize_rows
from index.embed.onnx import batches_by_length
from index.embed.torch_encoder import TorchEncoder

_Integers = NDArray[np.int64]

_MIN_HALF_COSINE = 0.999  # between a text's vectors in half and single precision
_MAX_BATCH_TOKENS = 1 << 18  # padded; a larger batch is not faster
_BYTES_PER_VALUE = 64  # of memory, for each token and hidden dimension: activations of a layer
_SAMPLE_TEXTS = (
    "Who wrote it?",
    "The mayor opened the bridge in 1932.",
    "Shares fell 3.2 pct to $41.50 after the company cut its forecast for the third quarter.",
    "word " * 500,
)


class CudaEncoder(TorchEncoder):
    """A sentence-transformers model on a GPU that PyTorch calls ``cuda``."""

    def __init__(self, spec: EncoderSpec, model: Any) -> None:
        super().__init__(spec, model)
        self._batch_tokens = _initial_batch_tokens(spec.dim)

    @classmethod
    def open(cls, spec: EncoderSpec, model: Any) -> Self:
        """Encode in half precision, unless the model's vectors would differ too much."""
        encoder = cls(spec, model)
        expected = encoder.encode(_SAMPLE_TEXTS)
        model.half()
        cosines = (encoder.encode(_SAMPLE_TEXTS) * expected).sum(axis=1)
        if not cosines.min() >= _MIN_HALF_COSINE:  # NaN fails, too
            model.float()
        return encoder

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode passages or sentences as unit rows, shape ``(len(texts), dim)``, in order."""
        vectors = np.zeros((len(texts), self.spec.dim), np.float32)
        if not texts:
            return vectors
        prompted = [self.spec.passage_prompt + text for text in texts]
        token_ids = self._model.tokenizer(
            prompted, truncation=True, max_length=self.spec.max_tokens, return_attention_mask=False
        )["input_ids"]
        for batch in batches_by_length(token_ids, self._batch_tokens):
            vectors[batch] = self._run([token_ids[i] for i in batch])
        return normalize_rows(vectors)

    def _run(self, token_ids: list[list[int]]) -> Vectors:
        """Encode texts at once; halve the batch, also of later calls, if memory runs out."""
        try:
            return self._forward(token_ids)
        except torch.OutOfMemoryError:
            if len(token_ids) == 1:
                raise
        torch.cuda.empty_cache()
        self._batch_tokens //= 2
        half = len(token_ids) // 2
        return np.concatenate([self._run(token_ids[:half]), self._run(token_ids[half:])])

    def _forward(self, token_ids: list[list[int]]) -> Vectors:
        input_ids, mask = pad(token_ids, self._model.tokenizer)
        features = {
            name: torch.from_numpy(values).to(self._model.device)
            for name, values in (("input_ids", input_ids), ("attention_mask", mask))
        }
        with torch.inference_mode():
            vectors: Vectors = self._model(features)["sentence_embedding"].float().cpu().numpy()
        return vectors

    @property
    def engine(self) -> str:
        """Runtime and hardware, for people."""
        precision = str(next(self._model.parameters()).dtype).removeprefix("torch.")
        return f"torch in {precision} on {torch.cuda.get_device_name(self._model.device)}"


def _initial_batch_tokens(dim: int) -> int:
    """Estimate from the free memory how many padded tokens can be encoded at once."""
    free_bytes = torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else 0
    return min(_MAX_BATCH_TOKENS, free_bytes // (2 * dim * _BYTES_PER_VALUE))


def pad(token_ids: Sequence[Sequence[int]], tokenizer: Any) -> tuple[_Integers, _Integers]:
    """Pad texts to the longest as ``tokenizer.pad`` does, which takes longer than the GPU.

    Returns input ids and attention mask, shape ``(len(token_ids), longest)``.
    """
    width = max(map(len, token_ids))
    input_ids = np.full((len(token_ids), width), tokenizer.pad_token_id, np.int64)
    mask = np.zeros_like(input_ids)
    for row, ids in enumerate(token_ids):
        start = width - len(ids) if tokenizer.padding_side == "left" else 0
        input_ids[row, start : start + len(ids)] = ids
        mask[row, start : start + len(ids)] = 1
    return input_ids, mask
