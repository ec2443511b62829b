from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import EncoderError
from index.search.ranker import RankedPassage
from index.search.reranker import Reranker, load_or_none
from index.searcher import Searcher
from tests.support.index_fixtures import tiny_cross_encoder

RANKED = [RankedPassage(row=row, score=10.0 - row, sentence=0) for row in range(12)]


class Opinion:
    """Likes the passages of some rows; counts what it was asked."""

    def __init__(self, liked: dict[str, float], seconds: float = 0.0) -> None:
        self.liked = liked
        self.asked: list[str] = []

    def predict(self, pairs: list[tuple[str, str]], **_: Any) -> Any:
        self.asked += [text for _question, text in pairs]
        return np.array([self.liked.get(text, 0.0) for _question, text in pairs])


def rows(ranked: list[RankedPassage]) -> list[int]:
    return [one.row for one in ranked]


def test_both_opinions_count_alike() -> None:
    model = Opinion({"1": 5.0})
    assert rows(Reranker(model).rerank("?", RANKED, str))[:3] == [1, 0, 2]


def test_only_the_first_ten_are_read_and_scores_stay_in_order() -> None:
    model = Opinion({"9": 50.0})
    ranked = Reranker(model).rerank("?", RANKED, str)
    assert model.asked == [str(row) for row in range(10)]
    assert rows(ranked)[10:] == [10, 11]
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)


def test_what_the_budget_does_not_reach_keeps_its_place() -> None:
    model = Opinion({"1": 5.0})
    ranked = Reranker(model, budget_seconds=-1.0).rerank("?", RANKED, str)
    assert model.asked == ["0", "1"]
    assert rows(ranked)[2:] == list(range(2, 12))


def test_a_reranker_that_fails_leaves_the_ranking(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def predict(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError

    assert Reranker(Broken()).rerank("?", RANKED, str) == RANKED
    assert "stands without it" in caplog.text


def test_nothing_found_stays_nothing() -> None:
    assert Reranker(Opinion({})).rerank("?", [], str) == []


def test_a_model_that_cannot_be_loaded_is_one_line_and_no_reranker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert load_or_none(None) is None
    assert load_or_none("no/such-reranker") is None
    assert "'no/such-reranker' cannot be loaded" in caplog.text
    assert "QUOTH_RERANKER; answering goes on without it" in caplog.text
    with pytest.raises(EncoderError):
        Reranker.load("no/such-reranker")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own
def test_a_cross_encoder_from_disk_reads_the_first_passages(
    seeds_index: Path, tmp_path: Path
) -> None:
    reranker = Reranker.load(str(tiny_cross_encoder(tmp_path)))
    with Searcher.open(seeds_index) as plain, Searcher.open(seeds_index, reranker) as second:
        question = "When could ISIS resurge in Syria?"
        assert sorted(rows(plain.find(question))) == sorted(rows(second.find(question)))
        for quote in second.ask(question).quotes:
            second.check(quote)
