"""The encoder: texts → unit vectors. Answering runs an exported model on onnxruntime alone.

torch and sentence_transformers are imported only by ``index.export``, when a model is met for
the first time; after that the snapshot carries all that encoding needs.
"""

import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderError

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]

FLOAT32, INT8 = "float32", "int8"

# Padded tokens that one thread encodes at once; more is slower: the activations leave the cache.
# With 8 bits each text goes alone, or its vector would depend on the texts beside it, whose
# largest activation sets the scale of all.
_BATCH_TOKENS = {FLOAT32: 512, INT8: 0}
_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "QUOTA PERIOD" in microseconds, "max" for none
_SPEC_FILE = "encoder.json"
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """What must agree for two vectors to be comparable, and how texts are prepared.

    ``identity`` names the model and the hash of its weights; ``window`` is in tokens;
    ``inputs`` are the names of the model's inputs, ``languages`` those it knows (ISO 639-1), none
    for all; ``precision`` is that of its weights.
    """

    identity: str
    dim: int
    window: int
    passage_prompt: str = ""
    question_prompt: str = ""
    inputs: tuple[str, ...] = ("input_ids", "attention_mask")
    languages: tuple[str, ...] = ()
    precision: str = FLOAT32


class Encoder(Protocol):
    """Texts → unit vectors; a vector depends on its text alone."""

    @property
    def spec(self) -> EncoderSpec:
        """Identity, dimension and window."""
        ...

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Passages or sentences → unit rows, shape ``(len(texts), dim)``, in order."""
        ...

    def encode_question(self, question: str) -> Vectors:
        """One question → one unit row, shape ``(1, dim)``."""
        ...

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, to be held against ``spec.window``."""
        ...

    @property
    def engine(self) -> str:
        """What it runs on, for people."""
        ...


class OnnxEncoder:
    """A model exported to ONNX, with its tokenizer, from a folder."""

    def __init__(self, spec: EncoderSpec, tokenizer: Any, session: Any) -> None:
        self.spec = spec
        self._tokenizer = tokenizer
        self._session = session

    @classmethod
    def open(cls, folder: Path) -> "OnnxEncoder":
        """Open what ``export`` wrote. Raises EncoderError when a file is missing or broken."""
        spec = read_spec(folder)
        try:
            return cls(spec, _open_tokenizer(folder, spec), _open_session(folder / MODEL_FILE))
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions
            raise EncoderError(f"the model in {folder} cannot be opened: {error}") from error

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Passages or sentences → unit rows, shape ``(len(texts), dim)``, in order."""
        ids = self._token_ids([self.spec.passage_prompt + text for text in texts])
        vectors = np.zeros((len(texts), self.spec.dim), np.float32)
        batches = _batches(ids, _BATCH_TOKENS[self.spec.precision])
        done = 0
        with ThreadPoolExecutor(processors()) as pool:
            found = _begun(pool, lambda batch: self._run([ids[i] for i in batch]), batches)
            for batch, rows in zip(batches, found, strict=True):
                vectors[batch] = rows
                done += len(batch)
                if progress:
                    progress(done, len(texts))
        return vectors

    def encode_question(self, question: str) -> Vectors:
        """One question → one unit row, shape ``(1, dim)``."""
        prompted = self.spec.question_prompt + question
        return self._run([self._tokenizer.encode(prompted).ids])

    @property
    def engine(self) -> str:
        """What it runs on, for people."""
        return f"onnxruntime in {self.spec.precision} on {processors()} processors"

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, to be held against ``spec.window``."""
        self._tokenizer.no_truncation()
        lengths = [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        self._tokenizer.enable_truncation(self.spec.window)
        return lengths

    def _token_ids(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]

    def _run(self, ids: list[list[int]]) -> Vectors:
        """One forward pass over token ids, padded to the longest."""
        width = max(map(len, ids))
        tokens = np.zeros((len(ids), width), np.int64)
        mask = np.zeros_like(tokens)
        for row, line in enumerate(ids):
            tokens[row, : len(line)] = line
            mask[row, : len(line)] = 1
        feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(mask)}
        (vectors,) = self._session.run(None, {name: feed[name] for name in self.spec.inputs})
        return unit(np.asarray(vectors, np.float32))


def _begun(
    pool: ThreadPoolExecutor, run: Callable[[list[int]], Vectors], batches: list[list[int]]
) -> Iterator[Vectors]:
    try:
        return pool.map(run, batches)
    except RuntimeError as error:  # how Python says that there is no memory for a thread
        raise MemoryError(str(error)) from error


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(norms, 1e-12)
    return scaled


def read_spec(folder: Path) -> EncoderSpec:
    """The spec of an exported model. Raises EncoderError when there is none."""
    try:
        values = json.loads((folder / _SPEC_FILE).read_text("utf-8"))
        return EncoderSpec(
            **{**values, **{name: tuple(values[name]) for name in ("inputs", "languages")}}
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EncoderError(f"{folder / _SPEC_FILE}: no readable model description there") from error


def write_spec(folder: Path, spec: EncoderSpec) -> None:
    """Write the spec beside an exported model."""
    (folder / _SPEC_FILE).write_text(json.dumps(asdict(spec), indent=2) + "\n", "utf-8")


def processors() -> int:
    """Processors that this process may use, at least one; a container's limit counts."""
    with suppress(AttributeError):  # macOS pins no process to processors
        return max(1, min(len(os.sched_getaffinity(0)), _quota()))
    return os.cpu_count() or 1


def _quota() -> int:
    """Processors that the control group may keep busy, rounded up."""
    with suppress(OSError, ValueError):  # not Linux, an older kernel, or "max"
        quota, period = map(int, _CPU_QUOTA.read_text("utf-8").split())
        return math.ceil(quota / period)
    return os.cpu_count() or 1


def _open_tokenizer(folder: Path, spec: EncoderSpec) -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415 - not needed to list or show articles

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(spec.window)
    return tokenizer


def _open_session(model: Path) -> Any:
    import onnxruntime  # noqa: PLC0415 - half a second that listing articles need not pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one text a thread beats one text on all of them
    options.log_severity_level = 3  # errors only; warnings speak of graph internals
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _batches(ids: list[list[int]], most: int) -> list[list[int]]:
    """Positions of ``ids`` in batches of like length, of at most ``most`` tokens when padded."""
    batches: list[list[int]] = []
    for position in sorted(range(len(ids)), key=lambda i: (len(ids[i]), i)):
        width = len(ids[position])  # the longest so far: positions come sorted by length
        if batches and (len(batches[-1]) + 1) * width <= most:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches
