"""Models met for the first time: brought to ONNX once, in 8 bits where that is quick and near.

The packaged model is written from its weights, any other exported by torch, which with
``index.models`` is imported here alone. ``encoder_for`` is asked by the builder.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.encoder import (
    FLOAT32,
    INT8,
    MODEL_FILE,
    TOKENIZER_FILE,
    Encoder,
    OnnxEncoder,
    write_spec,
)
from index.embed.quantize import quantize
from index.embed.sentence_transformers import (
    INT8_SUFFIX,
    TorchEncoder,
    encoder_identity,
    load,
    load_on,
    packaged_spec,
    packaged_weights,
    quiet,
    spec_of,
)

log = logging.getLogger(__name__)

_FAITHFUL = 1e-3  # largest difference between an export's vectors and the model's own
_NEAR = 0.99  # smallest cosine of a vector by 8 bits with the same text's by 32
_KNOWN = (0.0678, 0.186, -0.0655, -0.0226, 0.1088, 0.0181, -0.0256)  # each sample's with the next
_KNOWN_WITHIN = {FLOAT32: 1e-3, INT8: 0.03}
_MEGABYTE = 1 << 20
_SAMPLES = (
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


def encoder_for(name: str | None, folder: Path, device: str | None = None) -> Encoder:
    """Load the model and export it into ``folder``.

    ``name`` is None for the packaged model, else a folder or a name that sentence-transformers
    knows. ``device`` is None to encode with the export, else what torch shall encode on.
    A model that cannot be exported is used through torch, which starts slowly.
    Raises EncoderError when it cannot be loaded, OSError when the disk refuses the export.
    """
    identity = encoder_identity(name, device)
    model = None if name is None else load(name)
    try:
        exported = _written(identity, folder) if model is None else _export(model, identity, folder)
    except Exception as error:  # exporters fail in as many ways as there are models  # noqa: BLE001
        _check_machine(error, folder, _size_of(model))
        log.warning("%s cannot be exported (%s); it runs on torch instead", identity, error)
        shutil.rmtree(folder, ignore_errors=True)  # the exporter may have left half a file
        folder.mkdir(parents=True)
        spec = spec_of(model or load(name), identity)
        write_spec(folder, spec)
        return load_on(device or "cpu", name, spec)
    return load_on(device, name, exported.spec) if device else exported


def _written(identity: str, folder: Path) -> OnnxEncoder:
    """The packaged model in ``folder`` as onnxruntime runs it, held against what is known of it."""
    from index.embed.bert_onnx import INPUTS, write_bert  # noqa: PLC0415 - onnx, only when a model is met

    in_bytes = identity.endswith(INT8_SUFFIX)
    spec = replace(packaged_spec(identity), inputs=INPUTS, precision=INT8 if in_bytes else FLOAT32)
    folder.mkdir(parents=True, exist_ok=True)
    write_bert(packaged_weights(), folder / MODEL_FILE, in_bytes=in_bytes)
    shutil.copyfile(packaged_weights().with_name(TOKENIZER_FILE), folder / TOKENIZER_FILE)
    write_spec(folder, spec)
    return _known(OnnxEncoder.open(folder))


def _known(written: OnnxEncoder) -> OnnxEncoder:
    """The packaged model, once its vectors lie to each other as sentence-transformers' do."""
    vectors = written.encode(_SAMPLES)
    cosines = (vectors[:-1] * vectors[1:]).sum(axis=1)
    difference = float(np.abs(cosines - _KNOWN).max())
    if not difference < _KNOWN_WITHIN[written.spec.precision]:
        raise ValueError(f"cosines of known texts differ by {difference:.2g}")
    return written


def _export(model: Any, identity: str, folder: Path) -> OnnxEncoder:
    """The model in ``folder`` as onnxruntime runs it, held against the model itself."""
    sample = model.tokenizer(["A short text.", "Another, a little longer."], padding=True)
    inputs = tuple(n for n in ("input_ids", "attention_mask", "token_type_ids") if n in sample)
    spec = replace(spec_of(model, identity), inputs=inputs)
    folder.mkdir(parents=True, exist_ok=True)
    _write_onnx(model, {name: sample[name] for name in inputs}, folder / MODEL_FILE)
    (folder / TOKENIZER_FILE).write_text(model.tokenizer.backend_tokenizer.to_str(), "utf-8")
    write_spec(folder, spec)
    exported = _checked(OnnxEncoder.open(folder), TorchEncoder(spec, model))
    return _in_bytes(exported, folder) if identity.endswith(INT8_SUFFIX) else exported


def _check_machine(error: Exception, folder: Path, size: int) -> None:
    """Raise when it was not the model that failed: what is published now, later builds keep.

    Libraries have errors of their own for a disk that refuses, so it is asked for the ``size`` in
    bytes that they wanted.
    """
    causes = [error, *_causes(error)]
    for cause in causes:
        if isinstance(cause, OSError | MemoryError):
            raise cause
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(0, size, _MEGABYTE):
            file.write(bytes(_MEGABYTE))
        file.flush()
        os.fsync(file.fileno())


def _causes(error: BaseException) -> Iterator[BaseException]:
    while (cause := error.__cause__ or error.__context__) is not None:
        yield cause
        error = cause


def _size_of(model: Any | None) -> int:
    """Bytes of a model's weights, the packaged one's for None."""
    if model is None:
        return packaged_weights().stat().st_size
    return sum(int(weights.nbytes) for weights in model.parameters())


def _write_onnx(model: Any, sample: dict[str, Any], path: Path) -> None:
    import torch  # noqa: PLC0415 - seconds, paid once a model

    whole: Any = getattr(model[0], "auto_model", None)
    if hasattr(whole, "set_attn_implementation"):  # a fifth faster than the fused one's export
        whole.set_attn_implementation("eager")
    inputs = tuple(sample)
    tensors = tuple(torch.tensor(np.asarray(values)) for values in sample.values())
    axes = {name: {0: "texts", 1: "tokens"} for name in inputs} | {"vectors": {0: "texts"}}
    with quiet():
        torch.onnx.export(
            _whole_model(model, inputs), tensors, str(path), input_names=list(inputs),
            output_names=["vectors"], dynamic_axes=axes, dynamo=False,
        )  # fmt: skip


def _in_bytes(exported: OnnxEncoder, folder: Path) -> OnnxEncoder:
    """The export with weights of 8 bits, where its vectors stay near; else as it is."""
    model, whole = folder / MODEL_FILE, folder / "whole.onnx"
    model.rename(whole)
    try:
        quantized = _twice(lambda: _quantized(whole, exported, folder))
    except Exception as error:  # each operator that does not quantise has its own  # noqa: BLE001
        _check_machine(error, folder, whole.stat().st_size)
        log.info("%s stays in 32 bits (%s)", exported.spec.identity, error)
        whole.replace(model)
        write_spec(folder, exported.spec)
        return exported
    whole.unlink()
    return quantized


def _twice(work: Callable[[], OnnxEncoder]) -> OnnxEncoder:
    """Once more where it fails: what a disk did once must not leave a slow model for good."""
    try:
        return work()
    except Exception:  # the second failure is told  # noqa: BLE001
        return work()


def _quantized(whole: Path, exported: OnnxEncoder, folder: Path) -> OnnxEncoder:
    with quiet():
        quantize(whole, folder / MODEL_FILE)
    for left in filter(Path.is_dir, folder.iterdir()):  # by a first try whose tidying up failed
        shutil.rmtree(left)
    write_spec(folder, replace(exported.spec, precision=INT8))
    return _near(OnnxEncoder.open(folder), exported)


def _near(quantized: OnnxEncoder, exported: OnnxEncoder) -> OnnxEncoder:
    """The quantised one, once its vectors are near those of the export."""
    cosines = (quantized.encode(_SAMPLES) * exported.encode(_SAMPLES)).sum(axis=1)
    if not cosines.min() >= _NEAR:
        raise ValueError(f"in 8 bits a vector has cosine {cosines.min():.3f} with its own")
    return quantized


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
