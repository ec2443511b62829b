import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.answer_types import AnswerType, answer_types_in, expected_answer_type, names
from index.search.features import (
    PASSAGE_FEATURES,
    SENTENCE_FEATURES,
    Candidate,
    extract,
    home,
)
from index.search.ranker import EVIDENCE, RankedPassage, load_ranker, rank
from index.search.term_matching import NEVER, quoted


def rarity(term: str) -> float:
    return math.log(2 * 1000 + 2) if term == NEVER else 5.0


def candidate(row: int, *sentences: str, **given_values: object) -> Candidate:
    values: dict[str, object] = {
        "cosine": 0.5, "bm25": 5.0, "title": "A title", "language": "en", "paragraph": 1,
        "sentence_cosines": np.full(len(sentences), 0.5, np.float32),
    }  # fmt: skip
    values.update(given_values)
    return Candidate(row=row, text=" ".join(sentences), sentences=sentences, **values)  # type: ignore[arg-type]


def sentence_feature(question: str, name: str, *sentences: str) -> list[float]:
    features = extract(question, [candidate(0, *sentences)], rarity)
    column: list[float] = features.sentences[:, SENTENCE_FEATURES.index(name)].tolist()
    return column


def passage_feature(question: str, name: str, candidates: list[Candidate]) -> list[float]:
    features = extract(question, candidates, rarity)
    column: list[float] = features.passages[:, PASSAGE_FEATURES.index(name)].tolist()
    return column


def test_no_candidates_have_no_ranking() -> None:
    assert rank("When?", [], rarity) == []


def test_the_passage_that_holds_the_words_comes_first() -> None:
    found = rank(
        "When did the harbour open?",
        [
            candidate(1, "The mill stands by the river."),
            candidate(2, "The town is old.", "The harbour was opened in 1901."),
        ],
        rarity,
    )
    assert [one.row for one in found] == [2, 1]
    assert found[0].sentence == 1


def test_a_nearer_sentence_wins_between_equal_words() -> None:
    sentences = ("The harbour opened late.", "The harbour opened early.")
    near = candidate(1, *sentences, sentence_cosines=np.array([0.2, 0.8], np.float32))
    assert rank("harbour opening hours", [near], rarity)[0].sentence == 1


def test_equals_are_in_the_order_of_their_rows() -> None:
    found = rank("harbour", [candidate(row, "The harbour.") for row in (7, 3, 5)], rarity)
    assert [one.row for one in found] == [3, 5, 7]


def test_what_is_quoted_must_be_there_word_for_word() -> None:
    near = candidate(1, "We said it: the base is big.", cosine=0.9, bm25=9.0)
    exact = candidate(2, "Who knows? “The base is fantastic”, he said.", cosine=0.1, bm25=1.0)
    question = 'Who said "the base is fantastic"?'
    found = rank(question, [near, exact], rarity)
    assert [one.row for one in found] == [2, 1]
    assert [phrase(one) for one in found] == [1.0, 0.0]


def phrase(ranked: RankedPassage) -> float:
    return ranked.evidence[EVIDENCE.index("phrase")]


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('who said "we are back"', ["we are back"]),
        ("wer sagte „wir sind zurück“", ["wir sind zurück"]),
        ('what is "democracy"', []),
        ("no quotation", []),
    ],
)
def test_a_quotation_is_two_words_at_least(question: str, phrases: list[str]) -> None:
    assert quoted(question) == phrases


def test_unknown_languages_lean_on_words() -> None:
    words = candidate(1, "Der Hafen wurde 1901 eröffnet.", language="de", cosine=0.3, bm25=9.0)
    near = candidate(2, "Die Mühle steht am Fluss.", language="de", cosine=0.6, bm25=0.0)
    found = rank("Wann wurde der Hafen eröffnet?", [words, near], rarity)
    assert found[0].row == 1
    assert found[0].evidence[EVIDENCE.index("meant")] == 0.0
    known = rank("Wann wurde der Hafen eröffnet?", [words, near], rarity, known=None)
    assert known[0].evidence[EVIDENCE.index("meant")] == 1.0


def test_home_is_the_language_whose_words_match() -> None:
    found = [
        candidate(1, "Hafen", language="de", bm25=9.0),
        candidate(2, "harbour", language="en", bm25=2.0),
        candidate(3, "harbour", language="en", bm25=2.0),
    ]
    assert home(found) == "de"


def test_home_is_the_language_of_the_nearest_where_no_word_matches() -> None:
    found = [
        candidate(0, "Taschen bleiben im Schrank.", language="de", bm25=0.0, cosine=0.1),
        candidate(1, "Bags stay in the lockers.", language="en", bm25=0.0, cosine=0.4),
    ]
    assert home(found) == "en"


def test_coverage_is_the_share_of_the_questions_words() -> None:
    question = "harbour bridge"
    assert sentence_feature(question, "coverage", "A harbour.", "The bridge of the harbour.") == [
        0.5, 1.0,
    ]  # fmt: skip


def test_neighbouring_words_must_stand_together() -> None:
    question = "oil embargo"
    together, apart = sentence_feature(
        question, "pairs", "The oil embargo.", "An embargo that was on coal and never on any oil."
    )
    assert (together, apart) == (1.0, 0.0)


def test_a_slip_of_typing_is_only_looked_for_in_unseen_words() -> None:
    def unseen(term: str) -> float:
        return rarity(NEVER) if term in {NEVER, "harbuor"} else 5.0

    features = extract("harbuor", [candidate(0, "The harbour.")], unseen)
    assert features.sentences[0, SENTENCE_FEATURES.index("alike")] == 1.0
    assert sentence_feature("harbuor", "alike", "The harbour.") == [0.0]


def test_words_in_a_row_are_a_run_only_inside_one_sentence() -> None:
    question = "harbour of Norrland opened"
    sentences = ("The harbour of Norrland opened.", "Norrland opened.", "Harbour of.", "Norrland.")
    apart = [candidate(row, one) for row, one in enumerate(sentences)]
    assert passage_feature(question, "run", apart) == [1.0, 0.5, 0.5, 0.25]
    together = [candidate(0, *sentences[2:])]
    assert passage_feature(question, "run", together) == [0.5]


def test_a_sentence_completes_what_its_passage_names() -> None:
    sentences = ("Anna came.", "She went to Oslo.", "She liked Oslo.")
    assert sentence_feature("When did Anna go to Oslo?", "completes", *sentences) == [0, 1, 0]
    assert sentence_feature("When did Berit leave?", "completes", *sentences) == [0, 0, 0]


def test_the_nearest_sentence_is_nearest_in_its_own_passage() -> None:
    far = candidate(0, "One.", "Two.", sentence_cosines=np.array([0.2, 0.1], np.float32))
    near = candidate(1, "One.", "Two.", sentence_cosines=np.array([0.5, 0.7], np.float32))
    features = extract("Which?", [far, near], rarity)
    assert features.sentences[:, SENTENCE_FEATURES.index("nearest")].tolist() == [1, 0, 0, 1]


def test_what_something_is_called_stands_where_it_is_said_or_in_quotes() -> None:
    sentences = ("It is known as the Kelp.", "They have a “Kelp”.", "It is big.")
    assert sentence_feature("What is the boat called?", "called", *sentences) == [1.0, 1.0, 0.0]
    assert sentence_feature("How big is the boat?", "called", *sentences) == [0.0, 0.0, 0.0]


def test_the_judge_is_told_of_names_that_are_missing() -> None:
    candidates = [
        candidate(0, "Anna Berg lives in Oslo."),
        candidate(1, "Anna lives here.", title="Oslo"),
        candidate(2, "Nobody lives here."),
    ]
    features = extract("Where in Oslo does Anna Berg live?", candidates, rarity)
    assert features.unnamed.tolist() == pytest.approx([0, 1 / 3, 1])
    assert extract("where does she live", candidates, rarity).unnamed.tolist() == [0, 0, 0]


def test_the_judge_is_told_how_rare_the_rarest_word_is() -> None:
    def idf(term: str) -> float:
        return {"oslo": 2.0, NEVER: 8.0}.get(term, 1.0)

    oslo = extract("Does Anna live in Oslo?", [candidate(0, "Yes.")], idf).rarest
    assert oslo == pytest.approx(2 / math.log1p((math.exp(8) / 2 - 1.5) / 1.5))


def test_a_word_that_no_passage_holds_is_not_the_rarest() -> None:
    def idf(term: str) -> float:
        return {"anna": 3.0}.get(term, 8.0)

    known, unknown = (
        extract(question, [candidate(0, "Yes.")], idf).rarest
        for question in ("Does Anna snore?", "Does Berit snore?")
    )
    assert known > unknown == 0.0


def test_the_header_of_a_table_is_never_the_sentence_to_show() -> None:
    header, row = "| Service | Owner | Port |\n|---|:-:|---|", "| api | Team Falcon | 8080 |"
    table = candidate(1, header, row, sentence_cosines=np.array([0.9, 0.1], np.float32))
    assert rank("Which port does the service have?", [table], rarity)[0].sentence == 1
    assert rank("Which port?", [candidate(1, header)], rarity)[0].sentence == 0
    heading = candidate(1, "Service and port\n----", "Other.")
    assert rank("Which service port?", [heading], rarity)[0].sentence == 0


def test_the_judge_is_told_how_many_candidates_are_nearer() -> None:
    words, near = "The harbour opened.", "The port began."
    found = rank(
        "When was the harbour opened?",
        [candidate(0, words, cosine=0.5), candidate(1, near, cosine=0.6, bm25=0.0)],
        rarity,
    )
    nearer = [one.evidence[EVIDENCE.index("nearer")] for one in found]
    assert [one.row for one in found] == [0, 1]
    assert nearer == pytest.approx([math.log(2), 0])


def test_the_title_speaks_for_its_passages() -> None:
    found = [
        candidate(1, "It opened in 1901.", title="Harbour"),
        candidate(2, "It opened in 1902."),
    ]
    assert passage_feature("harbour", "with_title", found) == [1.0, 0.0]


def test_an_articles_other_passage_supports_a_passage() -> None:
    found = [
        candidate(1, "One.", title="A", cosine=0.2),
        candidate(2, "Two.", title="A", cosine=0.7),
        candidate(3, "Three.", title="B", cosine=0.4),
    ]
    assert passage_feature("harbour", "article_cosine", found) == [0.7, 0.2, 0.4]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did it open?", AnswerType.DATE),
        ("how many fighters come", AnswerType.NUMBER),
        ("What percentage voted?", AnswerType.PERCENT),
        ("Who interviewed Trump?", AnswerType.NAME),
        ("where is the base", AnswerType.PLACE),
        ("Why did they leave?", AnswerType.REASON),
        ("Wie viele Punkte?", AnswerType.NUMBER),
        ("黑豹队的防守丢了多少分？", AnswerType.NUMBER),
        ("What is a mill?", None),
    ],
)
def test_the_kind_of_answer_wanted(question: str, kind: AnswerType | None) -> None:
    assert expected_answer_type(question) is kind


def test_what_a_sentence_could_answer() -> None:
    assert answer_types_in("It opened in Paris in 1901.") == {
        AnswerType.NUMBER,
        AnswerType.DATE,
        AnswerType.PLACE,
    }
    assert answer_types_in("because of rain") == {AnswerType.REASON}
    assert names("The report by Jane Doe.") == ["Jane", "Doe"]


def test_days_months_and_i_name_nobody() -> None:
    assert names("On Mondays in May, I’m told, I may ask Ann") == ["Ann"]


def test_every_weight_has_a_feature_and_every_evidence_a_name() -> None:
    for name in ("known", "unknown"):
        ranker = load_ranker(name)
        assert len(ranker.sentences.weights) == len(SENTENCE_FEATURES)
        assert np.isfinite(ranker.passages.weights).all()
    ranked = rank("harbour", [candidate(1, "The harbour.")], rarity)
    assert len(ranked[0].evidence) == len(EVIDENCE)
    assert all(map(math.isfinite, ranked[0].evidence))


@given(
    st.text(max_size=60),
    st.lists(st.lists(st.text(max_size=40), min_size=1, max_size=4), min_size=1, max_size=5),
)
def test_any_question_ranks_every_candidate_once(question: str, passages: list[list[str]]) -> None:
    found = [candidate(row, *sentences) for row, sentences in enumerate(passages)]
    ranked = rank(question, found, rarity)
    assert sorted(one.row for one in ranked) == list(range(len(passages)))
    assert all(0 <= one.sentence < len(passages[one.row]) for one in ranked)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert ranked == rank(question, found[::-1], rarity)
