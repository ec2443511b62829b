import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.related_terms import COMPOUND_WEIGHT, ENDING_WEIGHT, VERB_WEIGHT
from index.search.term_table import Vocabulary
from index.text.tokenize import word_terms


def related(word: str, text: str, language: str = "de") -> dict[str, float]:
    (term,) = word_terms(word, language)
    vocabulary = Vocabulary(sorted({*word_terms(text, language)}))
    return dict(vocabulary.related(term, language))


@pytest.mark.parametrize(
    ("word", "text", "term"),
    [
        ("einrichten", "eingerichtet ausgerichtet", "eingericht"),
        ("einrichten", "einzurichten", "einzuricht"),
        ("eingerichtet", "einrichten ausrichten", "einricht"),
        ("löschen", "gelöscht", "geloscht"),
        ("gelöscht", "löschen", "losch"),
    ],
)
def test_a_german_verb_is_related_to_its_participles(word: str, text: str, term: str) -> None:
    assert related(word, text) == {term: VERB_WEIGHT}


def test_infixes_of_german_are_none_in_other_languages() -> None:
    assert related("richten", "gerichten", "ru") == {}


@pytest.mark.parametrize(
    ("word", "text", "language", "term"),
    [("speichern", "speichert", "de", "speichert"), ("настройки", "настроек", "ru", "настроек")],
)
def test_another_ending_is_another_form(word: str, text: str, language: str, term: str) -> None:
    assert related(word, text, language) == {term: ENDING_WEIGHT}


def test_a_word_is_related_to_its_compounds() -> None:
    found = related("Passwort", "Standardpasswort Passwortrichtlinie Wort")
    assert found == {"standardpasswort": COMPOUND_WEIGHT, "passwortrichtlini": COMPOUND_WEIGHT}


def test_an_unknown_compound_is_related_to_its_parts() -> None:
    found = related("Presseanfragen", "Presse Anfragen Fragen")
    assert found == {"press": COMPOUND_WEIGHT, "anfrag": COMPOUND_WEIGHT}


def test_a_compound_that_passages_contain_is_not_divided() -> None:
    assert related("Presseanfragen", "Presse Anfragen Presseanfragen") == {}


def test_a_part_of_many_compounds_is_related_to_none() -> None:
    many = " ".join(f"Passwort{letter}abteilung" for letter in "abcdefghijklmnopqrstuvwxyz")
    assert related("Passwort", many) == {}


@pytest.mark.parametrize("word", ["4.2.1", "rad", "村庄"])
def test_numbers_and_short_words_are_related_to_nothing(word: str) -> None:
    assert related(word, "4.2.10 Fahrrad Radweg 村庄里") == {}


@given(st.lists(st.text("aegtuznr", min_size=1, max_size=12), min_size=1, max_size=30))
def test_related_terms_occur_and_are_other_terms(words: list[str]) -> None:
    terms = Vocabulary(sorted({*words}))
    for word in words:
        found = terms.related(word, "de")
        assert all(other in terms and other != word for other in found)
        assert all(0 < weight <= 1 for weight in found.values())
