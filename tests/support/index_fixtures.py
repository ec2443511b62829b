"""Fixtures with a real index of the project's own seeds, and tiny models."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

from index.build.pipeline import build
from index.embed.encoder import Encoder
from index.embed.onnx_export import export_encoder
from index.embed.sentence_transformers import encoder_identity
from index.searcher import Searcher
from index.store.contents import open_encoder

SEEDS = Path(__file__).parents[2] / "seeds"

MakeSeeds = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an index of the seeds with the packaged model; tests must not change it."""
    return build_once(tmp_path_factory, "seeds", SEEDS)


@pytest.fixture(scope="session", autouse=True)
def packaged_export(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Export the packaged model once for all processes of a test run; builds copy the export."""
    shared = _shared_folder(tmp_path_factory)

    def export(name: str | None, folder: Path, device: str | None = None) -> Encoder:
        if name is not None or device is not None:
            return export_encoder(name, folder, device)
        exported, unfinished = shared / encoder_identity(None), shared / "unfinished-export"
        with _only_process(shared / "export.lock"):
            if not exported.exists():
                export_encoder(None, unfinished)
                unfinished.rename(exported)
        shutil.copytree(exported, folder, dirs_exist_ok=True)
        return open_encoder(folder)

    with pytest.MonkeyPatch.context() as monkeypatch:
        for module in ("pipeline", "cluster"):
            monkeypatch.setattr(f"index.build.{module}.export_encoder", export)
        yield


def build_once(
    factory: pytest.TempPathFactory, name: str, articles: Path | Mapping[str, str]
) -> Path:
    """Build an index that all processes of a test run share; tests must not change it.

    ``articles`` is a folder, or the texts of files by name.
    """
    folder = _shared_folder(factory) / name
    folder.mkdir(exist_ok=True)
    with _only_process(folder / "lock"):
        if not (folder / "index" / "current").exists():
            build(_as_folder(articles, folder / "seeds"), folder / "index")
    return folder / "index"


@contextmanager
def _only_process(path: Path) -> Iterator[None]:
    """Wait until no other process is in this block with the same file."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _as_folder(articles: Path | Mapping[str, str], folder: Path) -> Path:
    if isinstance(articles, Path):
        return articles
    for name, text in articles.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture
def index(seeds_index: Path, tmp_path: Path) -> Path:
    """Copy the index, so that a test may build in it or damage it."""
    return Path(shutil.copytree(seeds_index, tmp_path / "index"))


@pytest.fixture
def searcher(seeds_index: Path) -> Iterator[Searcher]:
    """Open the index of the seeds."""
    opened = Searcher.open(seeds_index)
    yield opened
    opened.close()


@pytest.fixture
def make_seeds(tmp_path: Path) -> MakeSeeds:
    """Return a function that writes files, by name, into a folder of articles."""

    def make(files: dict[str, str | bytes]) -> Path:
        seeds = tmp_path / "articles"
        for name, content in files.items():
            path = seeds / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return seeds

    return make


def tiny_model(folder: Path) -> Path:
    """Write a SentenceTransformer with random weights and prompts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertModel

    transformer = Transformer(str(_tiny_bert(folder, BertModel)), max_seq_length=48)
    model = SentenceTransformer(
        modules=[transformer, Pooling(16)],
        prompts={"query": "query: ", "document": "passage: "},
        device="cpu",
    )
    model.save(str(folder / "model"))
    return folder / "model"


def tiny_cross_encoder(folder: Path) -> Path:
    """Write a CrossEncoder with random weights."""
    from transformers import BertForSequenceClassification

    return _tiny_bert(folder, BertForSequenceClassification)


def _tiny_bert(folder: Path, model_class: Any) -> Path:
    import torch
    from transformers import BertConfig
    from transformers.models.bert.tokenization_bert import BertTokenizer

    torch.manual_seed(7)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz:."]
    vocabulary += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    bert = folder / "bert"
    bert.mkdir()
    (bert / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64,
    )  # fmt: skip
    config.num_labels = 1
    model_class(config).save_pretrained(bert)
    BertTokenizer(str(bert / "vocab.txt")).save_pretrained(bert)
    return bert
