import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embed.encoder import OnnxEncoder, read_spec, unit
from index.errors import EncoderError
from index.searcher import Searcher

TEXTS = [
    "Short.",
    "A rather longer text about volcanoes and their ash.",
    "Words " * 90,
    "Ünïcödé 🙂",
]


@pytest.fixture
def encoder(searcher: Searcher) -> OnnxEncoder:
    opened = searcher.parts.encoder
    assert isinstance(opened, OnnxEncoder)
    return opened


def test_every_text_gets_a_unit_vector_in_order(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.spec.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert encoder.encode_question(text)[0] == pytest.approx(vector, abs=1e-5)


def test_no_texts_are_no_vectors(encoder: OnnxEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.spec.dim)


def test_a_text_that_means_the_same_is_nearer(encoder: OnnxEncoder) -> None:
    question, same, other = encoder.encode(
        ["When did the war end?", "The war was over in 1945.", "Rice is cooked in water."]
    )
    assert question @ same > question @ other + 0.3


def test_lengths_are_counted_beyond_the_window(encoder: OnnxEncoder) -> None:
    assert encoder.lengths(["word " * 1000]) == [1002]
    assert encoder.encode_question("word " * 1000).shape == (1, encoder.spec.dim)


def test_progress_ends_with_all(encoder: OnnxEncoder) -> None:
    told: list[tuple[int, int]] = []
    encoder.encode(TEXTS, lambda done, total: told.append((done, total)))
    assert told[-1] == (len(TEXTS), len(TEXTS))


def test_an_encoder_opened_again_encodes_the_same(searcher: Searcher) -> None:
    again = OnnxEncoder.open(searcher.parts.folder / "encoder")
    assert np.array_equal(again.encode(TEXTS), searcher.parts.encoder.encode(TEXTS))


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"encoder\.json"):
        OnnxEncoder.open(tmp_path)


def test_a_broken_model_is_named(searcher: Searcher, tmp_path: Path) -> None:
    shutil.copytree(searcher.parts.folder / "encoder", tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(EncoderError, match="cannot be opened"):
        OnnxEncoder.open(tmp_path)


def test_a_description_with_unknown_words_is_refused(tmp_path: Path) -> None:
    (tmp_path / "encoder.json").write_text(json.dumps({"identity": "x", "inputs": []}), "utf-8")
    with pytest.raises(EncoderError):
        read_spec(tmp_path)


def test_a_row_of_zeros_stays() -> None:
    assert unit(np.array([[0, 0], [3, 4]], np.float32)).tolist() == [
        [0, 0],
        [0.6000000238418579, 0.800000011920929],
    ]
