"""The encoder for GPUs, tried on the CPU: which operators run where makes no difference to it."""

from typing import Any

import numpy as np
import pytest

from index.embed.encoder import EncoderSpec
from index.embed.sentence_transformers import load_model
from index.embed.torch_encoder import TorchEncoder
from tests.support.index_fixtures import tiny_model

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # raised inside torch
    pytest.mark.slow,  # loads PyTorch
]

TEXTS = ["A short text.", "Another text, a little longer, about volcanoes.", "x " * 400] * 3


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_model(str(tiny_model(tmp_path_factory.mktemp("tiny"))))


@pytest.fixture
def spec(model: Any) -> EncoderSpec:
    return EncoderSpec("tiny", model.get_embedding_dimension(), int(model.max_seq_length))


def test_batches_give_the_vectors_of_single_texts(model: Any, spec: EncoderSpec) -> None:
    from index.embed.cuda import CudaEncoder

    encoder = CudaEncoder(spec, model)
    encoder._batch_tokens = 600  # there is no GPU whose memory could be read
    assert encoder.encode(TEXTS) == pytest.approx(TorchEncoder(spec, model).encode(TEXTS), abs=1e-5)
    assert encoder.encode([]).shape == (0, spec.dim)


@pytest.mark.parametrize("side", ["left", "right"])
def test_texts_are_padded_as_the_tokenizer_pads_them(
    model: Any, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.embed.cuda import pad

    monkeypatch.setattr(model.tokenizer, "padding_side", side)
    token_ids = model.tokenizer(TEXTS)["input_ids"]
    expected = model.tokenizer.pad({"input_ids": token_ids}, return_tensors="np")
    input_ids, mask = pad(token_ids, model.tokenizer)
    assert np.array_equal(input_ids, expected["input_ids"])
    assert np.array_equal(mask, expected["attention_mask"])


def test_batch_is_halved_when_memory_runs_out(
    model: Any, spec: EncoderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from index.embed.cuda import CudaEncoder

    encoder = CudaEncoder(spec, model)
    encoder._batch_tokens = 10_000
    forward, sizes = encoder._forward, list[int]()

    def run_out(token_ids: list[list[int]]) -> Any:
        sizes.append(len(token_ids))
        if len(token_ids) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(token_ids)

    monkeypatch.setattr(encoder, "_forward", run_out)
    expected = TorchEncoder(spec, model).encode(TEXTS)
    assert encoder.encode(TEXTS) == pytest.approx(expected, abs=1e-5)
    assert (sizes, encoder._batch_tokens) == ([9, 4, 5, 2, 3], 2_500)


def test_model_that_overflows_in_half_precision_stays_in_single(
    model: Any, spec: EncoderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from index.embed.cuda import CudaEncoder

    def infinite(self: CudaEncoder, texts: Any) -> Any:
        is_half = next(model.parameters()).dtype == torch.float16
        return np.full((len(texts), 4), np.nan if is_half else 0.5, np.float32)

    monkeypatch.setattr(CudaEncoder, "encode", infinite)
    CudaEncoder.open(spec, model)
    assert next(model.parameters()).dtype == torch.float32
