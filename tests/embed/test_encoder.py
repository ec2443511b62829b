import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embed.encoder import normalize_rows, read_spec
from index.embed.onnx import OnnxEncoder
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
    opened = searcher.contents.encoder
    assert isinstance(opened, OnnxEncoder)
    return opened


def test_each_text_gets_a_unit_vector_in_order(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.spec.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert encoder.encode_query(text)[0] == pytest.approx(vector, abs=1e-5)


def test_no_texts_give_no_vectors(encoder: OnnxEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.spec.dim)


def test_similar_meaning_has_higher_cosine(encoder: OnnxEncoder) -> None:
    question, paraphrase, unrelated = encoder.encode(
        ["When did the war end?", "The war was over in 1945.", "Rice is cooked in water."]
    )
    assert question @ paraphrase > question @ unrelated + 0.3


def test_tokens_are_counted_without_truncation(encoder: OnnxEncoder) -> None:
    assert encoder.token_counts(["word " * 1000]) == [1002]
    assert encoder.encode_query("word " * 1000).shape == (1, encoder.spec.dim)


def test_reopened_encoder_gives_the_same_vectors(searcher: Searcher) -> None:
    reopened = OnnxEncoder.open(searcher.contents.folder / "encoder")
    assert np.array_equal(reopened.encode(TEXTS), searcher.contents.encoder.encode(TEXTS))


def test_error_names_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"encoder\.json is missing .*`quoth build`"):
        OnnxEncoder.open(tmp_path)


def test_damaged_model_cannot_be_opened(searcher: Searcher, tmp_path: Path) -> None:
    shutil.copytree(searcher.contents.folder / "encoder", tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(EncoderError, match="cannot be opened"):
        OnnxEncoder.open(tmp_path)


def test_incomplete_spec_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "encoder.json").write_text(json.dumps({"identity": "x", "inputs": []}), "utf-8")
    with pytest.raises(EncoderError):
        read_spec(tmp_path)


def test_normalizing_keeps_rows_of_zeros() -> None:
    assert normalize_rows(np.array([[0, 0], [3, 4]], np.float32)).tolist() == [
        [0, 0],
        [0.6000000238418579, 0.800000011920929],
    ]
