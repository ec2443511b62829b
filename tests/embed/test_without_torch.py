"""The packaged model works without PyTorch; other models fail with a clear message."""

import subprocess
import sys
from pathlib import Path

import pytest

from index.embed.sentence_transformers import load_class
from index.errors import EncoderError
from tests.support.index_fixtures import SEEDS

HIDE_TORCH = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "sentence_transformers", "transformers"):
            raise ImportError(f"{name} is hidden")

sys.meta_path.insert(0, Hidden())
from bot.cli.app import main
main(sys.argv[1:])
"""
HINT = (
    "needs PyTorch and sentence-transformers; install them with `make install` or "
    "`pip install torch sentence-transformers`"
)


def quoth_without_torch(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HIDE_TORCH, *arguments],
        capture_output=True, text=True, cwd=SEEDS.parent, env=environment, check=False,
    )  # fmt: skip


def test_packaged_model_builds_and_answers_without_torch(tmp_path: Path) -> None:
    built = quoth_without_torch("build", "--index", str(tmp_path))
    assert built.returncode == 0, built.stderr
    answered = quoth_without_torch(
        "ask", "--index", str(tmp_path), "When could ISIS resurge in Syria?"
    )
    assert answered.returncode == 0, answered.stderr
    assert "six to twelve months" in answered.stdout


def test_packaged_model_is_exported_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.embed.onnx_export import export_encoder\n"
        "export_encoder(None, Path(sys.argv[1]))\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & sys.modules.keys())"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout == "set()\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "feature"),
    [
        ({"QUOTH_ENCODER": "some/model"}, "the model 'some/model' (QUOTH_ENCODER)"),
        ({"QUOTH_DEVICE": "cpu"}, "the device 'cpu' (QUOTH_DEVICE)"),
    ],
)
def test_building_with_other_models_needs_torch(
    tmp_path: Path, environment: dict[str, str], feature: str
) -> None:
    built = quoth_without_torch("build", "--index", str(tmp_path), **environment)
    assert built.returncode == 1
    assert built.stderr.splitlines()[-1] == f"quoth: {feature} {HINT}"


def test_reranker_needs_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderError) as failure:
        load_class("CrossEncoder", "some/model", "QUOTH_RERANKER")
    assert str(failure.value) == f"the model 'some/model' (QUOTH_RERANKER) {HINT}"
