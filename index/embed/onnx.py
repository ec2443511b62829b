"""Run an exported model on onnxruntime, without PyTorch."""

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np

from index.embed.encoder import (
    INT8,
    EncoderSpec,
    Vectors,
    normalize_rows,
    read_spec,
)
from index.embed.token_embeddings import EMBEDDINGS_FILE, Embeddings, TokenEmbeddings
from index.errors import EncoderError

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"

# Padded tokens that one thread encodes at once; more is slower: the activations leave the cache.
_BATCH_TOKENS = 512
_CGROUP_CPU_LIMIT = Path("/sys/fs/cgroup/cpu.max")  # "QUOTA PERIOD" in microseconds, or "max …"


class OnnxEncoder:
    """A model exported to ONNX, with its tokenizer."""

    def __init__(
        self,
        spec: EncoderSpec,
        tokenizer: Any,
        session: Any,
        embeddings: TokenEmbeddings | None = None,
    ) -> None:
        self.spec = spec
        self._tokenizer = tokenizer
        self._session = session
        self._embeddings = embeddings  # None for a model that has its own

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an exported model. Raises EncoderError when a file is missing or broken."""
        import onnxruntime  # noqa: PLC0415 - takes half a second; not needed to list articles
        from tokenizers import Tokenizer  # noqa: PLC0415

        spec = read_spec(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a text per thread is faster than a text on all threads
        options.log_severity_level = 3  # errors only; warnings are about graph internals
        providers = ["CPUExecutionProvider"]
        try:
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            tokenizer.no_padding()
            tokenizer.enable_truncation(spec.max_tokens)
            session = onnxruntime.InferenceSession(str(folder / MODEL_FILE), options, providers)
            is_apart = "embeddings" in spec.inputs
            embeddings = TokenEmbeddings(folder / EMBEDDINGS_FILE) if is_apart else None
            return cls(spec, tokenizer, session, embeddings)
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions
            raise EncoderError(
                f"the model in {folder} cannot be opened ({error}); run `quoth build`"
            ) from error

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode passages or sentences as unit rows, shape ``(len(texts), dim)``, in order."""
        prompted = [_tokenizable(self.spec.passage_prompt + text) for text in texts]
        token_ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(prompted)]
        batches = batches_by_length(token_ids, self._batch_tokens)
        vectors = np.zeros((len(texts), self.spec.dim), np.float32)
        with ThreadPoolExecutor(available_cpus()) as pool:
            try:
                results = pool.map(lambda batch: self._run([token_ids[i] for i in batch]), batches)
            except RuntimeError as error:  # Python's error when a thread gets no memory
                raise MemoryError(str(error)) from error
            for batch, rows in zip(batches, results, strict=True):
                vectors[batch] = rows
        return vectors

    def encode_query(self, query: str) -> Vectors:
        """Encode a query as one unit row, shape ``(1, dim)``."""
        ids = self._tokenizer.encode(self.spec.query_prompt + query).ids
        if self._embeddings:
            return self._run_embedded(self._embeddings.read(ids))
        return self._run([ids])

    @property
    def _batch_tokens(self) -> int:
        """Padded tokens to encode at once, 0 to encode each text alone.

        In int8, activations are scaled by the largest of a batch, so that a vector would depend on
        the other texts. A model without a mask cannot tell padding from text.
        """
        alone = self.spec.precision == INT8 or "attention_mask" not in self.spec.inputs
        return 0 if alone else _BATCH_TOKENS

    @property
    def engine(self) -> str:
        """Runtime and hardware, for people."""
        return f"onnxruntime in {self.spec.precision} on {available_cpus()} processors"

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without truncation."""
        self._tokenizer.no_truncation()
        encodings = self._tokenizer.encode_batch_fast([*map(_tokenizable, texts)])
        self._tokenizer.enable_truncation(self.spec.max_tokens)
        return [*map(len, encodings)]

    def has_token(self, word: str) -> bool:
        """Return whether a word is a token, as the more common words of its languages are."""
        return len(self._tokenizer.encode(word, add_special_tokens=False)) == 1

    def _run(self, token_ids: list[list[int]]) -> Vectors:
        """Run one forward pass over texts padded to the longest, shape ``(len(ids), dim)``."""
        if self._embeddings:
            (alone,) = token_ids
            return self._run_embedded(self._embeddings.map(alone))
        input_ids = np.zeros((len(token_ids), max(map(len, token_ids))), np.int64)
        mask = np.zeros_like(input_ids)
        for row, ids in enumerate(token_ids):
            input_ids[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        segments = np.zeros_like(mask)
        inputs = {"input_ids": input_ids, "attention_mask": mask, "token_type_ids": segments}
        (vectors,) = self._session.run(None, {name: inputs[name] for name in self.spec.inputs})
        return normalize_rows(np.asarray(vectors, np.float32))

    def _run_embedded(self, embeddings: Embeddings) -> Vectors:
        """Run one forward pass over the tokens of a text, shape ``(1, dim)``."""
        (vectors,) = self._session.run(None, {"embeddings": embeddings})
        return normalize_rows(vectors)


def _tokenizable(text: str) -> str:
    """Replace lone surrogates, which tokenizers refuse."""
    return text.encode("utf-8", "replace").decode()


def available_cpus() -> int:
    """Count the processors that this process may use; a container's limit applies."""
    count = os.cpu_count() or 1
    with suppress(AttributeError):  # macOS has no CPU affinity
        count = len(os.sched_getaffinity(0))
    with suppress(OSError, ValueError):  # not Linux, an older kernel, or "max"
        quota, period = map(int, _CGROUP_CPU_LIMIT.read_text("utf-8").split())
        count = min(count, math.ceil(quota / period))
    return max(1, count)


def batches_by_length(token_ids: list[list[int]], token_budget: int) -> list[list[int]]:
    """Group texts of similar length into batches of at most ``token_budget`` padded tokens.

    Returns positions in ``token_ids``. A text longer than the budget is a batch of its own.
    """
    batches: list[list[int]] = []
    for position in sorted(range(len(token_ids)), key=lambda i: (len(token_ids[i]), i)):
        width = len(token_ids[position])  # the longest so far: positions are sorted by length
        if batches and (len(batches[-1]) + 1) * width <= token_budget:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches
