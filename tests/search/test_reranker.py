from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import EncoderError
from index.search import reranker as reranker_module
from index.search.ranker import RankedPassage
from index.search.reranker import Reranker, load_reranker_or_none
from index.searcher import Searcher
from index.store.local import LocalStore
from tests.support.index_fixtures import tiny_cross_encoder

RANKED = [RankedPassage(row=row, score=10.0 - row, sentence_index=0) for row in range(12)]


class FakeCrossEncoder:
    """Scores texts by ``logits`` and records them."""

    def __init__(self, logits: dict[str, float]) -> None:
        self.logits = logits
        self.scored: list[str] = []

    def predict(self, pairs: list[tuple[str, str]], **_: Any) -> Any:
        self.scored += [text for _question, text in pairs]
        return np.array([self.logits.get(text, 0.0) for _question, text in pairs])


def rows(ranking: list[RankedPassage]) -> list[int]:
    return [passage.row for passage in ranking]


def test_score_and_logit_count_alike() -> None:
    model = FakeCrossEncoder({"1": 5.0})
    assert rows(Reranker(model).rerank("?", RANKED, str))[:3] == [1, 0, 2]


def test_only_ten_are_reranked_and_scores_stay_in_order() -> None:
    model = FakeCrossEncoder({"9": 50.0})
    ranked = Reranker(model).rerank("?", RANKED, str)
    assert model.scored == [str(row) for row in range(10)]
    assert rows(ranked)[10:] == [10, 11]
    assert [p.score for p in ranked] == sorted((p.score for p in ranked), reverse=True)


def test_passages_beyond_the_budget_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranker_module, "BUDGET_SECONDS", -1.0)
    model = FakeCrossEncoder({"1": 5.0})
    ranked = Reranker(model).rerank("?", RANKED, str)
    assert model.scored == ["0", "1"]
    assert rows(ranked)[2:] == list(range(2, 12))


def test_a_failing_reranker_leaves_the_ranking(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def predict(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError

    assert Reranker(Broken()).rerank("?", RANKED, str) == RANKED
    assert "using the ranking without it" in caplog.text


def test_an_empty_ranking_stays_empty() -> None:
    assert Reranker(FakeCrossEncoder({})).rerank("?", [], str) == []


@pytest.mark.slow  # imports torch
def test_a_model_that_cannot_be_loaded_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert load_reranker_or_none(None) is None
    assert load_reranker_or_none("no/such-reranker") is None
    assert "'no/such-reranker' cannot be loaded" in caplog.text
    assert "QUOTH_RERANKER" in caplog.text
    assert "; answering without a reranker" in caplog.text
    with pytest.raises(EncoderError):
        Reranker.load("no/such-reranker")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # raised by torch
def test_a_cross_encoder_from_disk_reranks(seeds_index: Path, tmp_path: Path) -> None:
    reranker = Reranker.load(str(tiny_cross_encoder(tmp_path)))
    store = LocalStore(seeds_index)
    with Searcher.open_from(store) as plain, Searcher.open_from(store, reranker) as reranking:
        question = "When could ISIS resurge in Syria?"
        assert sorted(rows(plain.rank(question))) == sorted(rows(reranking.rank(question)))
        for quote in reranking.ask(question).quotes:
            reranking.quoter.check(quote)
