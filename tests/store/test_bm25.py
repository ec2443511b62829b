import math
from pathlib import Path

import pytest

from index.store.bm25 import BM25Index

PASSAGES = [
    (0, "Volcanoes", "The eruption destroyed three villages.", "en"),
    (0, "Volcanoes", "Ash fell for days.", "en"),
    (1, "Harvest", "The harvest was good, villages celebrated.", "en"),
    (2, "Vulkane", "Die Häuser wurden zerstört.", "de"),
    (3, "火山", "火山爆发摧毁了三个村庄。", "zh"),
]


@pytest.fixture
def words(tmp_path: Path) -> BM25Index:
    BM25Index.build(tmp_path, PASSAGES)
    return BM25Index.open(tmp_path, ("de", "en", "zh"))


def rows(hits: list[tuple[int, float]]) -> list[int]:
    return [row for row, _ in hits]


def test_words_are_found_in_other_forms(words: BM25Index) -> None:
    assert rows(words.matches("Which village was destroyed by eruptions?", 5))[0] == 0


def test_a_title_finds_its_passages(words: BM25Index) -> None:
    assert set(rows(words.matches("volcano", 5))) == {0, 1}


def test_each_language_is_stemmed_by_its_own_rules(words: BM25Index) -> None:
    assert rows(words.matches("Welches Haus wurde zerstört?", 5)) == [3]


def test_unspaced_scripts_are_found_by_pairs_of_characters(words: BM25Index) -> None:
    assert rows(words.matches("村庄在哪里？", 5)) == [4]


def test_only_allowed_articles_are_searched_and_scores_stay(words: BM25Index) -> None:
    everywhere = dict(words.matches("villages", 5))
    assert dict(words.matches("villages", 5, [1])) == pytest.approx({2: everywhere[2]})


def test_asking_for_more_than_there_are_returns_all(words: BM25Index) -> None:
    assert len(words.matches("villages", 1000)) == 2


@pytest.mark.parametrize("question", ["", "???", "🙂", 'a" OR (b:', "\0", "x" * 100_000])
def test_odd_questions_match_nothing(words: BM25Index, question: str) -> None:
    assert words.matches(question, 5) == []


def test_idf_is_robertsons(words: BM25Index) -> None:
    assert words.idf("villag") == pytest.approx(math.log(1 + (5 - 2 + 0.5) / (2 + 0.5)))
    assert words.idf("unheard") == pytest.approx(math.log(1 + (5 + 0.5) / 0.5))
