import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.candidates import dominant_language
from index.search.features.extraction import Features, extract_features
from index.search.features.passages import PASSAGE_FEATURES
from index.search.features.sentences import SENTENCE_FEATURES
from index.search.passage_terms import SentenceTrait, parse_passage
from index.search.question.answer_types import (
    AnswerType,
    answer_types_in,
    asks_for_overview,
    expected_answer_type,
    proper_names,
)
from index.search.ranker import (
    ENGLISH,
    RANKER_FEATURES,
    VERDICT_FEATURES,
    RankedPassage,
    load_ranker,
    rank_candidates,
)
from index.search.related_terms import ENDING_WEIGHT
from index.search.term_matching import UNKNOWN_TERM, Idf
from tests.support.candidates import PassageExample, candidates_of


def constant_idf(term: str) -> float:
    return math.log(2 * 1000 + 2) if term == UNKNOWN_TERM else 5.0


def unknown_idf(term: str) -> float:
    return constant_idf(UNKNOWN_TERM)


def candidate(row: int, *sentences: str, **overrides: object) -> PassageExample:
    return PassageExample(row, sentences, **overrides)  # type: ignore[arg-type]


def rank(
    question: str,
    passages: list[PassageExample],
    supported_languages: frozenset[str] | None = ENGLISH,
) -> list[RankedPassage]:
    return rank_candidates(question, candidates_of(passages), constant_idf, supported_languages)


def features_of(question: str, passages: list[PassageExample], idf: Idf = constant_idf) -> Features:
    return extract_features(question, candidates_of(passages), idf)


def sentence_feature(question: str, name: str, *sentences: str) -> list[float]:
    features = features_of(question, [candidate(0, *sentences)])
    column: list[float] = features.sentences[:, SENTENCE_FEATURES.index(name)].tolist()
    return column


def passage_feature(question: str, name: str, candidates: list[PassageExample]) -> list[float]:
    features = features_of(question, candidates)
    column: list[float] = features.passages[:, PASSAGE_FEATURES.index(name)].tolist()
    return column


def test_no_candidates_give_an_empty_ranking() -> None:
    assert rank("When?", []) == []


def test_the_passage_with_the_terms_comes_first() -> None:
    ranking = rank(
        "When did the harbour open?",
        [
            candidate(1, "The mill stands by the river."),
            candidate(2, "The town is old.", "The harbour was opened in 1901."),
        ],
    )
    assert [passage.row for passage in ranking] == [2, 1]
    assert ranking[0].sentence_index == 1


@pytest.mark.parametrize(
    ("sentence", "supported", "coverage"),
    [
        ("Hier wird es eingerichtet.", ENGLISH, 1.0),
        ("Hier wird es eingerichtet.", None, 0.0),
        ("Hier richtet man es ein.", ENGLISH, 0.0),
        ("Hier steht nichts davon.", ENGLISH, 0.0),
    ],
)
def test_related_terms_match_where_vectors_do_not(
    sentence: str, supported: frozenset[str] | None, coverage: float
) -> None:
    found = candidates_of([candidate(1, sentence, language="de")])
    features = extract_features("Wie einrichten?", found, unknown_idf, supported)
    assert features.passages[0, PASSAGE_FEATURES.index("coverage")] == coverage
    assert features.known_term_share == float(coverage > 0)


def test_a_term_that_passages_contain_has_to_match_itself() -> None:
    found = candidates_of([candidate(1, "Hier wird es eingerichtet.", language="de")])
    features = extract_features("Wie einrichten?", found, constant_idf, ENGLISH)
    assert features.known_term_share == 0.0


def test_a_match_by_a_related_term_in_a_title_counts_less() -> None:
    titled = candidate(1, "So geht es.", title="Was er speichert", language="de")
    features = extract_features("Wie speichern?", candidates_of([titled]), unknown_idf, ENGLISH)
    names = ("title_coverage", "article_title_coverage")
    columns = [PASSAGE_FEATURES.index(name) for name in names]
    assert features.passages[0, columns].tolist() == [ENDING_WEIGHT] * 2


def test_the_nearer_of_two_equal_sentences_wins() -> None:
    sentences = ("The harbour opened late.", "The harbour opened early.")
    near = candidate(1, *sentences, sentence_cosines=(0.2, 0.8))
    assert rank("harbour opening hours", [near])[0].sentence_index == 1


def test_ties_are_in_the_order_of_rows() -> None:
    ranking = rank("harbour", [candidate(row, "The harbour.") for row in (7, 3, 5)])
    assert [passage.row for passage in ranking] == [3, 5, 7]


def test_passages_with_the_quoted_phrase_come_first() -> None:
    near = candidate(1, "We said it: the base is big.", cosine=0.9, bm25=9.0)
    exact = candidate(2, "Who knows? “The base is fantastic”, he said.", cosine=0.1, bm25=1.0)
    question = 'Who said "the base is fantastic"?'
    ranking = rank(question, [near, exact])
    assert [passage.row for passage in ranking] == [2, 1]
    assert [verdict_feature(passage, "has_phrases") for passage in ranking] == [1.0, 0.0]


def test_an_asked_price_is_in_the_passage_or_its_title() -> None:
    without = candidate(1, "The hosted plan is run by the same team.")
    with_price = candidate(2, "The hosted plan is 5 euros a month.")
    in_title = candidate(3, "The hosted plan.", title="Plans for 5 euros")
    question = "how much does the hosted plan cost"
    ranking = rank(question, [without, with_price, in_title])
    named = {each.row: verdict_feature(each, "has_asked_content") for each in ranking}
    assert named == {1: 0.0, 2: 1.0, 3: 1.0}


@pytest.mark.parametrize(
    ("question", "title", "may_answer"),
    [
        ("how do i change the icon", "Release notes", 0.0),
        ("How to change the icon?", "Acme Changelog", 0.0),
        ("wie ändere ich das icon", "Versionshinweise 4.2", 0.0),
        ("when could icons be changed", "Release notes", 1.0),
        ("how do i change the icon", "Icons", 1.0),
    ],
)
def test_release_notes_do_not_say_how(question: str, title: str, may_answer: float) -> None:
    (ranked,) = rank(question, [candidate(1, "* Icons can be changed.", title=title)])
    assert verdict_feature(ranked, "has_asked_content") == may_answer


@pytest.mark.parametrize(("sentence", "growth"), [("Mute it.", 1.0), ("```\nmute\n```", 0.0)])
def test_documentation_does_not_grow_into_news(sentence: str, growth: float) -> None:
    def large_corpus_idf(_term: str) -> float:
        return 14.0

    features = features_of("How do I mute it?", [candidate(1, sentence)], large_corpus_idf)
    assert features.growth == growth


def verdict_feature(ranked: RankedPassage, name: str) -> float:
    return ranked.verdict_features[VERDICT_FEATURES.index(name)]


def test_unsupported_languages_rely_on_terms() -> None:
    words = candidate(1, "Der Hafen wurde 1901 eröffnet.", language="de", cosine=0.3, bm25=9.0)
    near = candidate(2, "Die Mühle steht am Fluss.", language="de", cosine=0.6, bm25=0.0)
    ranking = rank("Wann wurde der Hafen eröffnet?", [words, near])
    assert ranking[0].row == 1
    assert verdict_feature(ranking[0], "language_supported") == 0.0
    supported = rank("Wann wurde der Hafen eröffnet?", [words, near], supported_languages=None)
    assert verdict_feature(supported[0], "language_supported") == 1.0


def test_the_dominant_language_has_the_best_bm25_scores() -> None:
    assert dominant_language(["de", "en", "en"], [9.0, 2.0, 2.0], [0.1, 0.4, 0.4]) == "de"


def test_without_matches_the_nearest_passage_sets_the_language() -> None:
    assert dominant_language(["de", "en"], [0.0, 0.0], [0.1, 0.4]) == "en"


def test_coverage_is_the_share_of_the_terms() -> None:
    question = "harbour bridge"
    assert sentence_feature(question, "coverage", "A harbour.", "The bridge of the harbour.") == [
        0.5, 1.0,
    ]  # fmt: skip


def test_bigrams_must_be_neighbours_in_the_sentence_too() -> None:
    question = "oil embargo"
    together, apart = sentence_feature(
        question,
        "bigram_coverage",
        "The oil embargo.",
        "An embargo that was on coal and never on any oil.",
    )
    assert (together, apart) == (1.0, 0.0)


def test_typos_are_only_considered_in_unknown_terms() -> None:
    def idf(term: str) -> float:
        return constant_idf(UNKNOWN_TERM) if term in {UNKNOWN_TERM, "harbuor"} else 5.0

    features = features_of("harbuor", [candidate(0, "The harbour.")], idf)
    assert features.sentences[0, SENTENCE_FEATURES.index("similar_coverage")] == 1.0
    assert sentence_feature("harbuor", "similar_coverage", "The harbour.") == [0.0]


def test_a_run_of_terms_stays_within_one_sentence() -> None:
    question = "harbour of Norrland opened"
    sentences = ("The harbour of Norrland opened.", "Norrland opened.", "Harbour of.", "Norrland.")
    apart = [candidate(row, sentence) for row, sentence in enumerate(sentences)]
    assert passage_feature(question, "longest_run", apart) == [1.0, 0.5, 0.5, 0.25]
    together = [candidate(0, *sentences[2:])]
    assert passage_feature(question, "longest_run", together) == [0.5]


def test_a_sentence_completes_the_coverage_of_its_passage() -> None:
    sentences = ("Anna came.", "She went to Oslo.", "She liked Oslo.")
    assert sentence_feature("When did Anna go to Oslo?", "completes_coverage", *sentences) == [
        0,
        1,
        0,
    ]
    assert sentence_feature("When did Berit leave?", "completes_coverage", *sentences) == [0, 0, 0]


def test_each_passage_has_a_nearest_sentence() -> None:
    far = candidate(0, "One.", "Two.", sentence_cosines=(0.2, 0.1))
    near = candidate(1, "One.", "Two.", sentence_cosines=(0.5, 0.7))
    features = features_of("Which?", [far, near])
    assert features.sentences[:, SENTENCE_FEATURES.index("is_nearest")].tolist() == [1, 0, 0, 1]


def test_a_name_is_given_by_certain_verbs_or_in_quotes() -> None:
    sentences = ("It is known as the Kelp.", "They have a “Kelp”.", "It is big.")
    assert sentence_feature("What is the boat called?", "gives_name", *sentences) == [1.0, 1.0, 0.0]
    assert sentence_feature("How big is the boat?", "gives_name", *sentences) == [0.0, 0.0, 0.0]


def test_missing_names_are_counted_per_passage() -> None:
    candidates = [
        candidate(0, "Anna Berg lives in Oslo."),
        candidate(1, "Anna lives here.", title="Oslo"),
        candidate(2, "Nobody lives here."),
    ]
    features = features_of("Where in Oslo does Anna Berg live?", candidates)
    assert features.missing_names.tolist() == pytest.approx([0, 1 / 3, 1])
    assert features_of("where does she live", candidates).missing_names.tolist() == [0, 0, 0]


def test_the_rarest_known_idf_is_relative() -> None:
    def idf(term: str) -> float:
        return {"oslo": 2.0, UNKNOWN_TERM: 8.0}.get(term, 1.0)

    oslo = features_of("Does Anna live in Oslo?", [candidate(0, "Yes.")], idf).rarest_known_idf
    assert oslo == pytest.approx(2 / math.log1p((math.exp(8) / 2 - 1.5) / 1.5))


def test_unknown_terms_do_not_count_as_the_rarest() -> None:
    def idf(term: str) -> float:
        return {"anna": 3.0}.get(term, 8.0)

    known, unknown = (
        features_of(question, [candidate(0, "Yes.")], idf).rarest_known_idf
        for question in ("Does Anna snore?", "Does Berit snore?")
    )
    assert known > unknown == 0.0


@pytest.mark.parametrize(
    "first",
    ["Set the port:", "**Set it:**", "**What is the port?**", "Q: Port?", "Port?", "端口是什么？"],
)
def test_an_introduction_is_not_highlighted_in_prose(first: str) -> None:
    passage = candidate(1, first, "It is 80.", sentence_cosines=(0.9, 0.1))
    (ranked,) = rank("What is the port?", [passage])
    assert ranked.sentence_index == 1


def test_an_introduction_to_code_may_be_highlighted() -> None:
    sentences = ("Sounds are loud.", "To turn sounds off, run this:", "```console\nmute\n```")
    passage = candidate(1, *sentences, sentence_cosines=(0.5, 0.9, 0.1))
    assert rank("How do I turn sounds off?", [passage])[0].sentence_index == 1
    question = candidate(1, "**How do I mute it?**", "Run:\n```console\nmute\n```")
    assert rank("How do I mute it?", [question])[0].sentence_index == 1


@pytest.mark.parametrize("text", ["- Run:\n```console\nmute\n```", "No, it is loud."])
def test_a_question_is_never_highlighted_before_its_answer(text: str) -> None:
    asked = candidate(1, "Can I mute it?", text, sentence_cosines=(0.9, 0.1))
    assert rank("Can I mute it?", [asked])[0].sentence_index == 1
    assert rank("Can I mute it?", [candidate(1, "Can I mute it?")])[0].sentence_index == 0


@pytest.mark.parametrize("line", ["## The pump", "#### The pump ##"])
def test_a_heading_inside_a_passage_is_a_title(line: str) -> None:
    sentences = ["There are two parts.", "The pump", "The pump leaks."]
    text = f"There are two parts.\n\n{line}\n\nThe pump leaks."
    traits = [each.traits for each in parse_passage(text, sentences, "", "en").sentences]
    assert [SentenceTrait.IS_TITLE in each for each in traits] == [False, True, False]


def test_a_table_header_is_never_highlighted() -> None:
    header, row = "| Service | Owner | Port |\n|---|:-:|---|", "| api | Team Falcon | 8080 |"
    table = candidate(1, header, row, sentence_cosines=(0.9, 0.1))
    assert rank("Which port does the service have?", [table])[0].sentence_index == 1
    assert rank("Which port?", [candidate(1, header)])[0].sentence_index == 0
    heading = candidate(1, "Service and port\n----", "Other.")
    assert rank("Which service port?", [heading])[0].sentence_index == 0


def test_candidates_with_a_higher_cosine_are_counted() -> None:
    words, near = "The harbour opened.", "The port began."
    ranking = rank(
        "When was the harbour opened?",
        [candidate(0, words, cosine=0.5), candidate(1, near, cosine=0.6, bm25=0.0)],
    )
    nearer = [verdict_feature(passage, "log_nearer_candidates") for passage in ranking]
    assert [passage.row for passage in ranking] == [0, 1]
    assert nearer == pytest.approx([math.log(2), 0])


def test_the_title_counts_for_its_passages() -> None:
    candidates = [
        candidate(1, "It opened in 1901.", title="Harbour"),
        candidate(2, "It opened in 1902."),
    ]
    assert passage_feature("harbour", "coverage_with_title", candidates) == [1.0, 0.0]


def test_the_best_sibling_passage_is_a_feature() -> None:
    candidates = [
        candidate(1, "One.", title="A", cosine=0.2),
        candidate(2, "Two.", title="A", cosine=0.7),
        candidate(3, "Three.", title="B", cosine=0.4),
    ]
    assert passage_feature("harbour", "article_cosine", candidates) == [0.7, 0.2, 0.4]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did it open?", AnswerType.DATE),
        ("how many fighters come", AnswerType.NUMBER),
        ("What percentage voted?", AnswerType.PERCENT),
        ("Who interviewed Trump?", AnswerType.NAME),
        ("where is the base", AnswerType.PLACE),
        ("Why did they leave?", AnswerType.REASON),
        ("Wie viele Punkte?", AnswerType.NUMBER),
        ("wie lange dauert das", AnswerType.NUMBER),
        ("wie groß ist der akku", AnswerType.NUMBER),
        ("ab wann ist offen", AnswerType.DATE),
        ("um wieviel uhr geht's los", AnswerType.DATE),
        ("an welchem tag ist das treffen", AnswerType.DATE),
        ("黑豹队的防守丢了多少分？", AnswerType.NUMBER),
        ("What is a mill?", None),
    ],
)
def test_the_expected_answer_type(question: str, expected: AnswerType | None) -> None:
    assert expected_answer_type(question) is expected


def test_the_answer_types_in_a_sentence() -> None:
    assert answer_types_in("It opened in Paris in 1901.") == {
        AnswerType.NUMBER,
        AnswerType.DATE,
        AnswerType.PLACE,
    }
    assert answer_types_in("because of rain") == {AnswerType.REASON}
    assert proper_names("The report by Jane Doe.") == ["Jane", "Doe"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See [here](/faq#pump-stops).", ["see", "here"]),
        ("See [oil](../oil.md).\n\n```\nrun\n```", ["see", "oil", "run"]),
        ("Ask [us](https://oil.org).", ["ask", "us", "https", "oil", "org", "oil.org"]),
        ("parts[0](pump)", ["part", "0", "pump"]),
    ],
)
def test_targets_inside_the_articles_are_no_terms(text: str, expected: list[str]) -> None:
    assert parse_passage(text, [text.split("\n", maxsplit=1)[0]], "", "en").terms == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("freitags, außer im März", AnswerType.DATE),
        ("am dritten Freitag", AnswerType.DATE),
        ("ab 19:30 Uhr", AnswerType.DATE),
        ("daily at 7 pm", AnswerType.DATE),
        ("zwei Stimmen", AnswerType.NUMBER),
        ("wegen Regens", AnswerType.REASON),
    ],
)
def test_the_answer_types_in_german_and_of_clock_times(sentence: str, expected: AnswerType) -> None:
    assert expected in answer_types_in(sentence)


def test_weekdays_months_and_i_are_not_names() -> None:
    assert proper_names("On Mondays in May, I’m told, I may ask Ann") == ["Ann"]


def test_every_weight_belongs_to_a_feature() -> None:
    for name in ("known", "unknown"):
        ranker = load_ranker(name)
        assert len(ranker.sentences) == len(SENTENCE_FEATURES)
        assert np.isfinite(ranker.passages).all()
    ranking = rank("harbour", [candidate(1, "The harbour.")])
    assert len(ranking[0].verdict_features) == len(VERDICT_FEATURES)
    assert all(map(math.isfinite, ranking[0].verdict_features))


@given(
    st.text(max_size=60),
    st.lists(st.lists(st.text(max_size=40), min_size=1, max_size=4), min_size=1, max_size=5),
)
def test_every_candidate_is_ranked_once(question: str, passages: list[list[str]]) -> None:
    candidates = [candidate(row, *sentences) for row, sentences in enumerate(passages)]
    ranking = rank(question, candidates)
    assert sorted(p.row for p in ranking) == list(range(len(passages)))
    assert all(0 <= p.sentence_index < len(passages[p.row]) for p in ranking)
    assert [p.score for p in ranking] == sorted((p.score for p in ranking), reverse=True)
    assert ranking == rank(question, candidates[::-1])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what is a workspace", True),
        ("whats the difference between run and exec", True),
        ("wat is dependency injection", True),
        ("who makes it", True),
        ("Was ist ein Arbeitsbereich?", True),
        ("was heißt mesh", True),
        ("was ist wenn ich ihn lösche", False),
        ("¿Qué es un espacio de trabajo?", True),
        ("Qu'est-ce qu'un espace de travail ?", True),
        ("что такое рабочая область", True),
        ("how do i install it", False),
        ("what happens when i delete a lock file", False),
        ("where is the cache", False),
    ],
)
def test_a_question_for_an_overview_is_recognized(question: str, *, expected: bool) -> None:
    assert asks_for_overview(question) is expected


def test_only_an_opening_answers_a_question_for_an_overview() -> None:
    passages = [
        candidate(1, "A workspace holds several projects.", paragraph=1),
        candidate(2, "A workspace can be renamed.", paragraph=2),
    ]
    assert passage_feature("what is a workspace", "opens_article", passages) == [1.0, 0.0]
    assert passage_feature("rename a workspace", "opens_article", passages) == [0.0, 0.0]


def test_an_opening_counts_in_documentation_of_every_language() -> None:
    place = RANKER_FEATURES["documentation"].index("opens_article")
    assert all(load_ranker(name).documentation[place] > 1 for name in ("known", "unknown"))


def test_the_title_of_an_article_counts_without_its_sections() -> None:
    passages = [
        PassageExample(1, ("Run it.",), title="Add plugins", section="Rename"),
        PassageExample(2, ("Run it.",), title="Workspaces", section="Rename plugins"),
    ]
    assert passage_feature("rename plugins", "title_coverage", passages) == [1.0, 1.0]
    assert passage_feature("rename plugins", "article_title_coverage", passages) == [0.5, 0.0]


def test_candidates_of_one_article_are_counted() -> None:
    passages = [PassageExample(n, ("It rained.",), article=n // 2) for n in (1, 2, 3)]
    counts = passage_feature("did it rain", "log_article_passages", passages)
    assert np.expm1(counts) == pytest.approx([1, 2, 2])


def test_a_list_is_known_by_its_items() -> None:
    passages = [
        candidate(1, "To rename it:\n1. Open the settings.\n2. Enter a name."),
        candidate(2, "A name has at most 20 letters - not more."),
    ]
    assert passage_feature("rename it", "has_list", passages) == [1.0, 0.0]


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        (("To learn more about tags, see the [reference](reference.md#tags).",), 1.0),
        (("See also the manual.",), 1.0),
        (("Read the [guide][start] for more details.", "Or ask."), 1.0),
        (("More information: https://example.org/a/b/c",), 1.0),
        (("For more on tags, see :doc:`tags`.",), 1.0),
        (("Tags are named in the header of a page, one a line.", "See the [list](tags.md)."), 0.0),
        (("Read the file with `open()`.",), 0.0),
        (("The [museum](museum.md) opens at ten.",), 0.0),
        (("You will see the list.",), 0.0),
    ],
)
def test_a_passage_that_only_says_where_to_read_on(
    sentences: tuple[str, ...], expected: float
) -> None:
    passages = [PassageExample(1, sentences), PassageExample(2, ("Tags are blue.",))]
    assert passage_feature("what are tags", "points_elsewhere", passages) == [expected, 0.0]
