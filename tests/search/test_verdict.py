import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.ranker import EVIDENCE, RankedPassage
from index.search.verdict import (
    Strictness,
    decide,
    load_verdict_models,
    log_odds,
    named,
    probability,
)
from index.types import Verdict

SURE = {
    "nearest": 0.8, "above": 0.4, "known": 1.0, "words": 1.4, "phrase": 1.0, "meant": 1.0,
    "size": 5.0, "score": 20.0, "margin": 3.0, "passage_cosine": 0.7, "passage_near": 0.8,
    "passage_coverage": 1.0, "passage_with_title": 1.0, "passage_rare": 1.0, "passage_named": 0.5,
    "passage_article_cosine": 0.6, "passage_article_bm25": 0.6, "sentence_cosine": 0.8,
    "sentence_with_title": 1.0, "sentence_coverage": 1.0, "passage_bm25_share": 1.0,
}  # fmt: skip
ABSENT = {"nearest": 0.1, "phrase": 1.0, "meant": 1.0, "size": 5.0, "words": 1.0}


def ranked(**evidence: float) -> list[RankedPassage]:
    return [RankedPassage(0, 1.0, 0, tuple(evidence.get(name, 0.0) for name in EVIDENCE))]


def test_nothing_found_is_nothing() -> None:
    assert decide("When did it open?", []) is Verdict.NOTHING
    assert probability([]) == 0.0


def test_a_near_passage_with_all_the_words_is_an_answer() -> None:
    assert decide("When did the harbour open?", ranked(**SURE)) is Verdict.ANSWERED
    assert probability(ranked(**SURE)) > 0.9


def test_a_far_passage_without_the_words_is_nothing() -> None:
    assert decide("What is the capital of France?", ranked(**ABSENT)) is Verdict.NOTHING


def test_a_near_passage_in_other_words_is_the_closest_at_most() -> None:
    near = {**SURE, "known": 0.0, "nearest": 0.46, "passage_cosine": 0.55}
    question = "What payment methods are there?"
    assert decide(question, ranked(**near)) is Verdict.CLOSEST
    assert decide(question, ranked(**{**near, "passage_cosine": 0.45})) is Verdict.NOTHING


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "?!", "12345"])
def test_what_has_no_words_gets_nothing_however_near(text: str) -> None:
    assert decide(text, ranked(**SURE)) is Verdict.NOTHING


def test_one_word_is_a_topic_and_gets_the_closest() -> None:
    assert decide("Syria", ranked(**SURE)) is Verdict.CLOSEST
    assert decide("hello", ranked(**ABSENT)) is Verdict.NOTHING


def test_a_page_of_text_is_no_question() -> None:
    page = " ".join(f"harbour{number}" for number in range(100))
    assert decide(page, ranked(**SURE)) is Verdict.CLOSEST


def test_a_quoted_phrase_that_is_not_there_is_not_answered() -> None:
    without = {**SURE, "phrase": 0.0}
    assert decide('Who said "we lost"?', ranked(**without)) is Verdict.CLOSEST


def test_a_question_in_other_letters_than_the_articles_gets_nothing() -> None:
    unshared = {**ABSENT, "known": 0.0, "nearest": 0.3}
    assert decide("Когда открылась гавань?", ranked(**unshared)) is Verdict.NOTHING


@pytest.mark.parametrize("meant", ["known", "unknown"])
def test_stricter_is_never_surer(meant: str) -> None:
    levels = load_verdict_models()[meant].thresholds
    for place in (0, 1):
        found = [levels[level][place] for level in Strictness]
        assert found == sorted(found, reverse=True)
    assert all(answered > closest for answered, closest in levels.values())


@pytest.mark.parametrize("meant", ["known", "unknown"])
def test_every_weight_is_finite_and_of_a_known_evidence(meant: str) -> None:
    fitted = load_verdict_models()[meant]
    assert set(fitted.weights) <= set(EVIDENCE)
    assert all(map(math.isfinite, [fitted.bias, *fitted.weights.values()]))


def test_probability_is_the_log_odds() -> None:
    evidence = named(ranked(**SURE)[0])
    odds = log_odds(load_verdict_models()["known"], evidence)
    assert probability(ranked(**SURE)) == pytest.approx(1 / (1 + math.exp(-odds)))


@given(st.lists(st.floats(-1, 1), min_size=len(EVIDENCE), max_size=len(EVIDENCE)), st.text())
def test_a_stricter_judge_never_says_more(evidence: list[float], question: str) -> None:
    found = [RankedPassage(0, 1.0, 0, tuple(evidence))]
    order = (Verdict.NOTHING, Verdict.CLOSEST, Verdict.ANSWERED)
    said = [order.index(decide(question, found, level)) for level in Strictness]
    assert said == sorted(said)
