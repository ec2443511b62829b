"""Fixtures around a real index of the project's own seeds."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

from index.build.pipeline import build
from index.searcher import Searcher

SEEDS = Path(__file__).parents[2] / "seeds"

MakeSeeds = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the project's own seeds, by the packaged model. Not to be changed."""
    index = tmp_path_factory.mktemp("seeds") / "index"
    build(SEEDS, index)
    return index


@pytest.fixture
def index(seeds_index: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may build in or damage; its model is not exported again."""
    return Path(shutil.copytree(seeds_index, tmp_path / "index"))


@pytest.fixture
def searcher(seeds_index: Path) -> Iterator[Searcher]:
    """The project's own seeds, ready to be asked."""
    opened = Searcher.open(seeds_index)
    yield opened
    opened.close()


@pytest.fixture
def make_seeds(tmp_path: Path) -> MakeSeeds:
    """Write files into a folder of articles, by their names in it."""

    def make(files: dict[str, str | bytes]) -> Path:
        seeds = tmp_path / "articles"
        for name, content in files.items():
            path = seeds / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return seeds

    return make


def tiny_model(folder: Path) -> Path:
    """A sentence-transformers model of random weights on disk, with prompts of its own."""
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
    """A CrossEncoder of random weights on disk."""
    from transformers import BertForSequenceClassification

    return _tiny_bert(folder, BertForSequenceClassification)


def _tiny_bert(folder: Path, kind: Any) -> Path:
    import torch
    from transformers import BertConfig
    from transformers.models.bert.tokenization_bert import BertTokenizer

    torch.manual_seed(7)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz:."]
    words += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    bare = folder / "bare"
    bare.mkdir()
    (bare / "vocab.txt").write_text("\n".join(words), "utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64,
    )  # fmt: skip
    config.num_labels = 1
    kind(config).save_pretrained(bare)
    BertTokenizer(str(bare / "vocab.txt")).save_pretrained(bare)
    return bare
