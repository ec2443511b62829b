import math
from pathlib import Path

import pytest

from index.search.passage_terms import parse_passage
from index.store.bm25 import BM25Index
from index.store.term_columns import term_columns
from index.text.tokenize import content_terms

PASSAGES = [
    (0, "Volcanoes", "The eruption destroyed three villages.", "en"),
    (0, "Volcanoes", "Ash fell for days.", "en"),
    (1, "Harvest", "The harvest was good, villages celebrated.", "en"),
    (2, "Vulkane", "Die Häuser wurden zerstört.", "de"),
    (3, "火山", "火山爆发摧毁了三个村庄。", "zh"),
]
CHANGES = [
    (0, "Changes 4.2.1", "The parser reads all of it again.", "en"),
    (0, "Changes 4.2.0", "A new parser, new tables and new documents.", "en"),
    (0, "Changes 4.1.0", "Pictures are converted.", "en"),
    (0, "Changes 4.0.0", "New names.", "en"),
]


def indexed(folder: Path, passages: list[tuple[int, str, str, str]]) -> BM25Index:
    parsed = [
        (article, terms)
        for article, title, text, language in passages
        for terms in term_columns([parse_passage(text, [text], title, language)]).indexed()
    ]
    BM25Index.build(folder, parsed)
    return BM25Index.open(folder, ("de", "en", "zh"))


@pytest.fixture
def bm25(tmp_path: Path) -> BM25Index:
    return indexed(tmp_path, PASSAGES)


def rows(hits: list[tuple[int, float]]) -> list[int]:
    return [row for row, _ in hits]


def test_inflected_forms_match(bm25: BM25Index) -> None:
    assert rows(bm25.search("Which village was destroyed by eruptions?", 5))[0] == 0


def test_title_matches_all_passages_of_the_article(bm25: BM25Index) -> None:
    assert set(rows(bm25.search("volcano", 5))) == {0, 1}


def test_a_number_in_a_heading_outweighs_a_word(tmp_path: Path) -> None:
    assert rows(indexed(tmp_path, CHANGES).search("what is new in 4.2.1", 5))[0] == 0


def test_query_is_stemmed_in_each_language(bm25: BM25Index) -> None:
    assert rows(bm25.search("Welches Haus wurde zerstört?", 5)) == [3]


@pytest.mark.parametrize("slip", ["vilages", "eryption", "heruption"])
def test_a_slip_of_the_fingers_still_matches(bm25: BM25Index, slip: str) -> None:
    assert rows(bm25.search(f"{slip} destroyed", 5))[0] == 0
    assert 0 in rows(bm25.search(slip, 5))


def test_a_slip_weighs_less_than_the_word(bm25: BM25Index) -> None:
    slip, word = bm25.search("eryption", 1), bm25.search("eruption", 1)
    assert 0 < slip[0][1] < word[0][1]


GERMAN = [
    (0, "Konto", "Das Passwort wird zurückgesetzt.", "de"),
    (1, "Konto", "Das Konto wird zurückgegeben.", "de"),
    (2, "Account", "The account is reset.", "en"),
]
RELATED = {"zurucksetz": {"zuruckgesetzt": 1.0, "zuruckgegeb": 0.5}}


def relate(query: str) -> dict[str, dict[str, float]]:
    return {term: RELATED[term] for term in content_terms(query, "de") if term in RELATED}


def related(folder: Path) -> BM25Index:
    indexed(folder, GERMAN)
    return BM25Index.open(folder, ("de", "en"), {"de": relate})


def test_related_terms_match_by_their_weight(tmp_path: Path) -> None:
    bm25 = related(tmp_path)
    assert rows(indexed(tmp_path, GERMAN).search("Wie kann ich es zurücksetzen?", 5)) == []
    (first, score), (second, less) = bm25.search("Wie kann ich es zurücksetzen?", 5)
    assert (first, second) == (0, 1)
    assert less == pytest.approx(score / 2, rel=0.01)


def test_the_word_itself_counts_as_much_as_a_related_one(tmp_path: Path) -> None:
    bm25 = related(tmp_path)
    both = bm25.search("wie wird es zurückgesetzt oder wie kann ich es zurücksetzen", 1)
    assert both[0][1] == pytest.approx(bm25.search("wie wird es zurückgesetzt", 1)[0][1])


def test_a_question_in_another_language_gets_no_related_terms(tmp_path: Path) -> None:
    assert rows(related(tmp_path).search("what does zurücksetzen do to the account", 5)) == [2]


@pytest.mark.parametrize("query", ["ask", "dais", "zzzzzz"])
def test_short_or_distant_words_are_not_corrected(bm25: BM25Index, query: str) -> None:
    assert bm25.search(query, 5) == []


def test_a_known_word_is_not_corrected(bm25: BM25Index) -> None:
    assert rows(bm25.search("Häuser", 5)) == [3]


def test_unspaced_scripts_match_by_character_bigrams(bm25: BM25Index) -> None:
    assert rows(bm25.search("村庄在哪里？", 5)) == [4]


def test_filter_by_article_keeps_scores(bm25: BM25Index) -> None:
    unfiltered = dict(bm25.search("villages", 5))
    assert dict(bm25.search("villages", 5, [1])) == pytest.approx({2: unfiltered[2]})


def test_limit_above_the_number_of_matches_returns_all(bm25: BM25Index) -> None:
    assert len(bm25.search("villages", 1000)) == 2


@pytest.mark.parametrize("question", ["", "???", "🙂", 'a" OR (b:', "\0", "x" * 100_000])
def test_malformed_queries_match_nothing(bm25: BM25Index, question: str) -> None:
    assert bm25.search(question, 5) == []


def test_idf_follows_robertson(bm25: BM25Index) -> None:
    assert bm25.idf("villag") == pytest.approx(math.log(1 + (5 - 2 + 0.5) / (2 + 0.5)))
    assert bm25.idf("unheard") == pytest.approx(math.log(1 + (5 + 0.5) / 0.5))


@pytest.mark.parametrize(
    ("known_languages", "text"),
    [
        (("en",), "lad mit 6 amp peugeot opel"),
        (("de",), "lad mit 6 amp"),
        ((), "lad mit 6 amp"),
    ],
)
def test_headings_are_text_if_the_encoder_does_not_know_them(
    known_languages: tuple[str, ...], text: str
) -> None:
    sentence, heading = "Lade mit 6 Ampere.", "Fahrzeuge. Peugeot und Opel"
    passage = parse_passage(sentence, [sentence], heading, "de", "Fahrzeuge")
    (indexed_terms,) = term_columns([passage]).indexed(known_languages)
    assert indexed_terms.text == text
