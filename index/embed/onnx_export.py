"""Export a model to ONNX when it is first used, in int8 where that is fast and accurate.

The packaged model is written from its weights; PyTorch exports any other.
"""

import logging
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.encoder import FLOAT32, INT8, Encoder, write_spec
from index.embed.onnx import MODEL_FILE, TOKENIZER_FILE, OnnxEncoder
from index.embed.quantize import quantize
from index.embed.sentence_transformers import (
    INT8_SUFFIX,
    encoder_identity,
    load_model,
    load_on_device,
    model_spec,
    packaged_spec,
    packaged_weights_path,
    silence_loaders,
)
from index.embed.torch_encoder import TorchEncoder

log = logging.getLogger(__name__)

_MAX_EXPORT_DIFFERENCE = 1e-3  # between an element of an exported vector and the model's own
_MIN_INT8_COSINE = 0.99  # between a text's vectors in int8 and float32
_SAMPLE_TEXTS = (
    "Who wrote it?",
    "When did the first train leave the new station, and where was it going?",
    "The mayor opened the bridge in 1932.",
    "Rice is washed twice and cooked in one and a half times its volume of water.",
    "Shares fell 3.2 pct to $41.50 after the company cut its forecast for the third quarter.",
    "Volcanic ash. The plume rose eleven kilometres; flights between Oslo and Reykjavik were "
    "cancelled for two days, and farmers were told to keep their animals indoors.",
    "«Не знаю», sagte er – 人们不知道。",
    "x = f(n) + 2 # see table 4b",
)
# Cosine of each sample text with the next one, by sentence-transformers with the packaged model
_REFERENCE_COSINES = (0.0678, 0.186, -0.0655, -0.0226, 0.1088, 0.0181, -0.0256)
_REFERENCE_TOLERANCE = {FLOAT32: 1e-3, INT8: 0.03}


def export_encoder(name: str | None, folder: Path, device: str | None = None) -> Encoder:
    """Export a model into ``folder`` and open it.

    ``name`` is None for the packaged model, else a folder or a name that sentence-transformers
    can load. ``device`` is None to encode with the export, else the torch device to encode on.
    A model that cannot be exported runs on PyTorch, which starts slowly.
    Raises EncoderError when it cannot be loaded, OSError when the export cannot be written.
    """
    identity = encoder_identity(name, device)
    model = None if name is None else load_model(name)
    try:
        encoder: Encoder = (
            _export_packaged(identity, folder)
            if model is None
            else _export_loaded(model, identity, folder)
        )
    except Exception as error:  # exporters fail in as many ways as there are models  # noqa: BLE001
        packaged_bytes = packaged_weights_path().stat().st_size
        size = sum(int(w.nbytes) for w in model.parameters()) if model else packaged_bytes
        _raise_if_machine_failed(error, folder, size)
        log.warning(
            "the model %s cannot be exported to ONNX (%s); it runs on PyTorch instead, which is "
            "slower to start",
            identity,
            error,
        )
        shutil.rmtree(folder, ignore_errors=True)  # the exporter may have left a partial file
        folder.mkdir(parents=True)
        model = model or load_model(None)
        encoder = TorchEncoder(model_spec(model, identity), model)
        write_spec(folder, encoder.spec)
    return load_on_device(device, name, encoder.spec) if device else encoder


def _export_packaged(identity: str, folder: Path) -> OnnxEncoder:
    """Write the packaged model and check it against known cosines of sample texts."""
    from index.embed.bert_onnx import INPUTS, write_bert  # noqa: PLC0415 - imports onnx

    int8 = identity.endswith(INT8_SUFFIX)
    spec = replace(packaged_spec(identity), inputs=INPUTS, precision=INT8 if int8 else FLOAT32)
    weights = packaged_weights_path()
    folder.mkdir(parents=True, exist_ok=True)
    write_bert(weights, folder / MODEL_FILE, int8=int8)
    shutil.copyfile(weights.with_name(TOKENIZER_FILE), folder / TOKENIZER_FILE)
    write_spec(folder, spec)
    exported = OnnxEncoder.open(folder)
    vectors = exported.encode(_SAMPLE_TEXTS)
    cosines = (vectors[:-1] * vectors[1:]).sum(axis=1)
    difference = float(np.abs(cosines - _REFERENCE_COSINES).max())
    if not difference < _REFERENCE_TOLERANCE[spec.precision]:  # NaN fails, too
        raise ValueError(f"cosines of sample texts differ by {difference:.2g}")
    return exported


def _export_loaded(model: Any, identity: str, folder: Path) -> OnnxEncoder:
    """Export a SentenceTransformer and check it against the model itself."""
    sample = model.tokenizer(["A short text.", "Another, a little longer."], padding=True)
    inputs = tuple(n for n in ("input_ids", "attention_mask", "token_type_ids") if n in sample)
    spec = replace(model_spec(model, identity), inputs=inputs)
    folder.mkdir(parents=True, exist_ok=True)
    _write_onnx(model, {name: sample[name] for name in inputs}, folder / MODEL_FILE)
    (folder / TOKENIZER_FILE).write_text(model.tokenizer.backend_tokenizer.to_str(), "utf-8")
    write_spec(folder, spec)
    exported = OnnxEncoder.open(folder)
    texts = ["One text.", "Another text, of another length, to see the padding.", "A" * 4000]
    own_vectors = TorchEncoder(spec, model).encode(texts)
    difference = float(np.abs(exported.encode(texts) - own_vectors).max())
    if not difference < _MAX_EXPORT_DIFFERENCE:  # NaN fails, too
        raise ValueError(f"the export's vectors differ by {difference:.2g}")
    return _quantize_if_accurate(exported, folder) if identity.endswith(INT8_SUFFIX) else exported


def _write_onnx(model: Any, sample: dict[str, Any], path: Path) -> None:
    import torch  # noqa: PLC0415 - seconds, once per model

    transformer: Any = getattr(model[0], "auto_model", None)
    if hasattr(transformer, "set_attn_implementation"):  # a fifth faster than fused attention
        transformer.set_attn_implementation("eager")
    inputs = tuple(sample)
    tensors = tuple(torch.tensor(np.asarray(values)) for values in sample.values())
    axes = {name: {0: "texts", 1: "tokens"} for name in inputs} | {"vectors": {0: "texts"}}
    with silence_loaders():
        torch.onnx.export(
            _tensor_module(model, inputs), tensors, str(path), input_names=list(inputs),
            output_names=["vectors"], dynamic_axes=axes, dynamo=False,
        )  # fmt: skip


def _tensor_module(model: Any, inputs: tuple[str, ...]) -> Any:
    """Wrap a SentenceTransformer, pooling included, in a module of tensors → one tensor."""
    import torch  # noqa: PLC0415 - see _write_onnx

    class TensorModule(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            return self.model(dict(zip(inputs, tensors, strict=True)))["sentence_embedding"]

    return TensorModule().eval()


def _quantize_if_accurate(exported: OnnxEncoder, folder: Path) -> OnnxEncoder:
    """Quantize the export to int8; keep float32 where its vectors would differ too much."""
    model, float32_model = folder / MODEL_FILE, folder / "float32.onnx"
    model.rename(float32_model)
    try:
        try:
            quantized = _quantize(float32_model, exported, folder)
        except Exception:  # a passing disk error must not leave a slow model  # noqa: BLE001
            quantized = _quantize(float32_model, exported, folder)
    except Exception as error:  # each operator without int8 has its own  # noqa: BLE001
        _raise_if_machine_failed(error, folder, float32_model.stat().st_size)
        log.info("the model %s stays in float32 (%s)", exported.spec.identity, error)
        float32_model.replace(model)
        write_spec(folder, exported.spec)
        return exported
    float32_model.unlink()
    return quantized


def _quantize(float32_model: Path, exported: OnnxEncoder, folder: Path) -> OnnxEncoder:
    """Write the int8 model and check its vectors against those of the float32 export."""
    with silence_loaders():
        quantize(float32_model, folder / MODEL_FILE)
    for leftover in filter(Path.is_dir, folder.iterdir()):  # of a first attempt's clean-up
        shutil.rmtree(leftover)
    write_spec(folder, replace(exported.spec, precision=INT8))
    quantized = OnnxEncoder.open(folder)
    cosines = (quantized.encode(_SAMPLE_TEXTS) * exported.encode(_SAMPLE_TEXTS)).sum(axis=1)
    if not cosines.min() >= _MIN_INT8_COSINE:  # NaN fails, too
        raise ValueError(f"int8 vectors have cosine {cosines.min():.3f} with their originals")
    return quantized


def _raise_if_machine_failed(error: Exception, folder: Path, size: int) -> None:
    """Raise if the disk or memory failed, not the model: later builds reuse the result.

    Libraries raise errors of their own when the disk is full, so write ``size`` bytes to see.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError | MemoryError):
            raise cause
        cause = cause.__cause__ or cause.__context__
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(size))
        file.flush()
        os.fsync(file.fileno())
