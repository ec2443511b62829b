import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.ranker import VERDICT_FEATURES, RankedPassage
from index.search.verdict import (
    Strictness,
    answer_probability,
    decide,
    load_verdict_models,
    log_odds,
    verdict_features,
)
from index.types import Verdict

ANSWERING = {
    "top3_sentence_cosine": 0.8,
    "top3_cosine_lead": 0.4,
    "known_term_share": 1.0,
    "log_term_count": 1.4,
    "has_phrases": 1.0,
    "has_asked_content": 1.0,
    "language_supported": 1.0,
    "log_corpus_size": 5.0,
    "score": 20.0,
    "margin": 3.0,
    "passage_cosine": 0.7,
    "passage_best_sentence_cosine": 0.8,
    "passage_coverage": 1.0,
    "passage_coverage_with_title": 1.0,
    "passage_rare_coverage": 1.0,
    "passage_title_in_question": 0.5,
    "passage_article_cosine": 0.6,
    "passage_article_bm25": 0.6,
    "passage_bm25_of_best": 1.0,
    "sentence_cosine": 0.8,
    "sentence_coverage": 1.0,
    "sentence_coverage_with_title": 1.0,
}
UNRELATED = {
    "top3_sentence_cosine": 0.1,
    "has_phrases": 1.0,
    "has_asked_content": 1.0,
    "language_supported": 1.0,
    "log_corpus_size": 5.0,
    "log_term_count": 1.0,
}


def ranking(features: dict[str, float]) -> list[RankedPassage]:
    values = np.array([features.get(name, 0.0) for name in VERDICT_FEATURES])
    return [RankedPassage(0, 1.0, 0, values)]


def test_an_empty_ranking_has_no_answer() -> None:
    assert decide("When did it open?", []) is Verdict.NOTHING
    assert answer_probability([]) == 0.0


def test_a_near_passage_with_all_terms_is_an_answer() -> None:
    assert decide("When did the harbour open?", ranking(ANSWERING)) is Verdict.ANSWERED
    assert answer_probability(ranking(ANSWERING)) > 0.9


def test_a_distant_passage_without_the_terms_is_not_shown() -> None:
    assert decide("What is the capital of France?", ranking(UNRELATED)) is Verdict.NOTHING


def test_a_near_passage_in_other_words_is_at_most_closest() -> None:
    near = {
        **ANSWERING,
        "known_term_share": 0.0,
        "top3_sentence_cosine": 0.46,
        "passage_cosine": 0.55,
    }
    question = "What payment methods are there?"
    assert decide(question, ranking(near)) is Verdict.CLOSEST
    assert decide(question, ranking({**near, "passage_cosine": 0.45})) is Verdict.NOTHING


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "?!", "12345"])
def test_input_without_letters_gets_no_answer(text: str) -> None:
    assert decide(text, ranking(ANSWERING)) is Verdict.NOTHING


def test_a_single_word_gets_the_closest_passages() -> None:
    assert decide("Syria", ranking(ANSWERING)) is Verdict.CLOSEST
    assert decide("hello", ranking(UNRELATED)) is Verdict.NOTHING


def test_a_long_text_is_not_answered() -> None:
    page = " ".join(f"harbour{number}" for number in range(100))
    assert decide(page, ranking(ANSWERING)) is Verdict.CLOSEST


def test_a_missing_quoted_phrase_prevents_an_answer() -> None:
    without = {**ANSWERING, "has_phrases": 0.0}
    assert decide('Who said "we lost"?', ranking(without)) is Verdict.CLOSEST


def test_a_question_without_a_subject_gets_the_closest() -> None:
    assert decide("wie geht das", ranking(ANSWERING)) is Verdict.CLOSEST
    assert decide("wie geht die Anmeldung", ranking(ANSWERING)) is Verdict.ANSWERED


def test_a_missing_price_prevents_an_answer() -> None:
    without = {**ANSWERING, "has_asked_content": 0.0}
    assert decide("How much does it cost?", ranking(without)) is Verdict.CLOSEST


def test_a_question_in_another_script_gets_no_answer() -> None:
    unshared = {**UNRELATED, "known_term_share": 0.0, "top3_sentence_cosine": 0.3}
    assert decide("Когда открылась гавань?", ranking(unshared)) is Verdict.NOTHING


@pytest.mark.parametrize("name", ["known", "unknown"])
def test_stricter_levels_have_higher_thresholds(name: str) -> None:
    thresholds = load_verdict_models()[name].thresholds
    for position in (0, 1):
        by_strictness = [thresholds[level][position] for level in Strictness]
        assert by_strictness == sorted(by_strictness, reverse=True)
    assert all(answered > closest for answered, closest in thresholds.values())


@pytest.mark.parametrize("name", ["known", "unknown"])
def test_documentation_shows_the_closest_more_readily(name: str) -> None:
    model = load_verdict_models()[name]
    _, in_prose = model.thresholds_for({"documentation": 0.0}, Strictness.BALANCED)
    _, in_documentation = model.thresholds_for({"documentation": 1.0}, Strictness.BALANCED)
    assert in_prose == model.thresholds[Strictness.BALANCED][1]
    assert in_documentation < in_prose - 0.5


@pytest.mark.parametrize("name", ["known", "unknown"])
def test_documentation_must_answer_more_clearly(name: str) -> None:
    """Of a third of the questions, another passage than the right one is first."""
    model = load_verdict_models()[name]
    in_prose, _ = model.thresholds_for({"documentation": 0.0}, Strictness.BALANCED)
    in_documentation, _ = model.thresholds_for({"documentation": 1.0}, Strictness.BALANCED)
    assert in_prose == model.thresholds[Strictness.BALANCED][0]
    assert in_documentation > in_prose


@pytest.mark.parametrize("name", ["known", "unknown"])
def test_every_weight_is_finite_and_of_an_existing_feature(name: str) -> None:
    model = load_verdict_models()[name]
    assert set(model.weights) <= set(VERDICT_FEATURES)
    assert all(map(math.isfinite, [model.bias, *model.weights.values()]))


def test_the_probability_is_the_logistic_of_the_log_odds() -> None:
    features = verdict_features(ranking(ANSWERING)[0])
    odds = log_odds(load_verdict_models()["known"], features)
    assert answer_probability(ranking(ANSWERING)) == pytest.approx(1 / (1 + math.exp(-odds)))


@given(
    st.lists(st.floats(-1, 1), min_size=len(VERDICT_FEATURES), max_size=len(VERDICT_FEATURES)),
    st.text(),
)
def test_a_stricter_level_never_answers_more(features: list[float], question: str) -> None:
    passages = [RankedPassage(0, 1.0, 0, np.array([*features]))]
    order = (Verdict.NOTHING, Verdict.CLOSEST, Verdict.ANSWERED)
    ranks = [order.index(decide(question, passages, level)) for level in Strictness]
    assert ranks == sorted(ranks)
