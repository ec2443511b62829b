"""The encoder protocol: turn texts into unit vectors that are compared by cosine."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderError

Vectors = NDArray[np.float32]

FLOAT32, INT8 = "float32", "int8"

_SPEC_FILE = "encoder.json"


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Properties that two vectors must share to be comparable, and how texts are prepared.

    ``identity`` names the model and the hash of its weights; ``max_tokens`` is the longest input
    that is not truncated; ``inputs`` are the names of the model's inputs; ``languages`` are those
    that it was trained on (ISO 639-1), empty for all; ``precision`` is that of its weights.
    """

    identity: str
    dim: int
    max_tokens: int
    passage_prompt: str = ""
    query_prompt: str = ""
    inputs: tuple[str, ...] = ("input_ids", "attention_mask")
    languages: tuple[str, ...] = ()
    precision: str = FLOAT32


class Encoder(Protocol):
    """A model that turns texts into unit vectors; a vector depends on its text alone."""

    @property
    def spec(self) -> EncoderSpec:
        """Identity, dimension and limits of the model."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode passages or sentences as unit rows, shape ``(len(texts), dim)``, in order."""

    def encode_query(self, query: str) -> Vectors:
        """Encode a query as one unit row, shape ``(1, dim)``."""

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without truncation."""

    def has_token(self, word: str) -> bool:
        """Return whether a word is a token, as the more common words of its languages are."""

    @property
    def engine(self) -> str:
        """Runtime and hardware, for people."""


def normalize_rows(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; a row of zeros stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(norms, 1e-12)
    return scaled


def read_spec(folder: Path) -> EncoderSpec:
    """Read the spec of an exported model. Raises EncoderError when there is none."""
    path = folder / _SPEC_FILE
    try:
        values = json.loads(path.read_text("utf-8"))
        tuples = {name: tuple(values[name]) for name in ("inputs", "languages")}
        return EncoderSpec(**{**values, **tuples})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EncoderError(
            f"{path} is missing or not a model description; run `quoth build` to write it again"
        ) from error


def write_spec(folder: Path, spec: EncoderSpec) -> None:
    """Write the spec next to an exported model."""
    (folder / _SPEC_FILE).write_text(json.dumps(asdict(spec), indent=2) + "\n", "utf-8")
