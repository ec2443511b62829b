"""Compare encoders on a machine with a GPU: onnxruntime and PyTorch on the CPU, PyTorch on the GPU.

    python -m benchmarks.gpu [--model FOLDER] [--texts 20000] [--device cuda] [--json]

FOLDER has a BERT model for sentence-transformers, by default the packaged one. Texts are synthetic:
random words, as long as passages of news. The CPU encodes fewer of them, because it is slower.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.bert_onnx import INPUTS, write_bert
from index.embed.encoder import INT8, EncoderSpec, Vectors, write_spec
from index.embed.onnx import MODEL_FILE, OnnxEncoder
from index.embed.sentence_transformers import load_model, packaged_weights_path
from index.embed.torch_encoder import TorchEncoder

_CPU_SHARE = 20  # the CPU encodes one text of so many
_SYLLABLES = "ba den fi gor hul ka lin mo ner pra qui rost sta tem ul ver wing".split()


@dataclass(frozen=True, slots=True)
class Row:
    """Texts a second by an engine, and the cosines of its vectors with those of PyTorch."""

    engine: str
    texts: int
    per_second: float
    cosine_mean: float
    cosine_min: float


def synthetic_texts(count: int) -> list[str]:
    """Generate texts of 5 to 180 words."""
    rng = random.Random(0)
    words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(5_000)]
    return [" ".join(rng.choices(words, k=rng.randint(5, 180))) for _ in range(count)]


def measure(folder: Path, texts: Sequence[str], device: str) -> Iterator[Row]:
    """Encode with each encoder; the CPU's come first."""
    few = texts[::_CPU_SHARE]
    on_cpu = load_model(str(folder))
    spec = EncoderSpec("model", on_cpu.encode("x").shape[0], int(on_cpu.max_seq_length))
    reference, seconds = _encode(TorchEncoder(spec, on_cpu), few)
    yield _row("torch on the CPU, float32", reference, reference, seconds)
    with tempfile.TemporaryDirectory() as temporary:
        onnx = _export(folder, replace(spec, inputs=INPUTS, precision=INT8), Path(temporary))
        yield _row(onnx.engine, *_with(reference, _encode(onnx, few)))
    on_device = load_model(str(folder), device)
    single, seconds = _encode(TorchEncoder(spec, on_device), texts)
    yield _row(f"SentenceTransformer.encode on {device}, float32", single, single, seconds)
    from index.embed.cuda import CudaEncoder

    for start in (CudaEncoder, CudaEncoder.open):  # the latter changes the model to half precision
        encoder = start(spec, on_device)
        yield _row(encoder.engine, *_with(single, _encode(encoder, texts)))


def _export(folder: Path, spec: EncoderSpec, target: Path) -> OnnxEncoder:
    write_bert(folder / "model.safetensors", target / MODEL_FILE, int8=True)
    (target / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    write_spec(target, spec)
    return OnnxEncoder.open(target)


def _encode(encoder: Any, texts: Sequence[str]) -> tuple[Vectors, float]:
    encoder.encode(texts[:200])  # warm up
    started_at = time.perf_counter()
    return encoder.encode(texts), time.perf_counter() - started_at


def _with(reference: Vectors, encoded: tuple[Vectors, float]) -> tuple[Vectors, Vectors, float]:
    return reference, *encoded


def _row(engine: str, reference: Vectors, vectors: Vectors, seconds: float) -> Row:
    cosines = np.sum(reference * vectors, axis=1)
    mean, least = round(float(cosines.mean()), 6), round(float(cosines.min()), 6)
    return Row(engine, len(vectors), round(len(vectors) / seconds, 1), mean, least)


def main() -> None:
    """Print a line for each encoder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, help="[the packaged one]")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--json", action="store_true", help="print an object per line")
    options = parser.parse_args()
    for row in measure(
        options.model or packaged_weights_path().parent,
        synthetic_texts(options.texts),
        options.device,
    ):
        values = {name: getattr(row, name) for name in Row.__slots__}
        line = json.dumps(values) if options.json else (
            f"{row.engine}: {row.per_second:.0f} a second ({row.texts} texts), "
            f"cosine mean {row.cosine_mean:.5f}, min {row.cosine_min:.5f}"
        )  # fmt: skip
        print(line, flush=True)


if __name__ == "__main__":
    main()
