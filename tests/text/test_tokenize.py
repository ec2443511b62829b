import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.tokenize import content_terms, is_similar_term, stop_terms, terms, word_terms


def test_terms_are_stems_in_order_with_repeats() -> None:
    assert terms("Troops withdrew; the troops withdraw.", "en") == [
        "troop", "withdrew", "the", "troop", "withdraw",
    ]  # fmt: skip


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "＇"])
def test_apostrophes_are_unified_and_possessives_stemmed(apostrophe: str) -> None:
    assert terms(f"Trump{apostrophe}s", "en") == ["trump"]
    assert terms(f"don{apostrophe}t", "en") == terms("don't", "en")


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("U.S.", "US"),
        ("the U.S.-led coalition", "the US led coalition"),
        ("3 p.m.", "3 pm"),
        ("J.R.R. Tolkien", "JRR Tolkien"),
        ("38,907 people", "38907 people"),
        ("Röntgen", "Rontgen"),
        ("ﬁghters", "fighters"),
        ("World War II", "world war 2"),
        ("the third of eight seasons", "the 3rd of 8 seasons"),
    ],
)
def test_spelling_variants_have_the_same_terms(spelling: str, other: str) -> None:
    assert terms(spelling, "en") == terms(other, "en")


def test_ambiguous_number_words_are_kept() -> None:
    assert terms("one Xi", "en") == ["one", "xi"]
    assert terms("Kaiser Wilhelm II", "de") == ["kais", "wilhelm", "ii"]


def test_a_decimal_is_one_term() -> None:
    assert terms("3.14", "en") == ["3.14"]


def test_elided_french_articles_are_removed() -> None:
    assert terms("l’eau d'or", "fr") == ["eau", "or"]


def test_chinese_is_split_into_bigrams() -> None:
    assert terms("黑豹队", "zh") == ["黑豹", "豹队"]


def test_german_particles_and_pronouns_are_stop_words() -> None:
    assert content_terms("wo hängt denn eigentlich mal unsere glocke", "de") == ("hangt", "glock")


def test_content_terms_leave_out_stop_words() -> None:
    assert content_terms("When could ISIS resurge in Syria?", "en") == ("isi", "resurg", "syria")


def test_us_is_not_a_stop_word() -> None:
    assert content_terms("Where are the US troops?", "en") == ("us", "troop")


def test_a_question_of_stop_words_keeps_them() -> None:
    assert content_terms("To be or not to be", "en") == ("to", "be", "or", "not")


def test_a_language_without_a_list_has_no_stop_words() -> None:
    assert stop_terms("sw") == frozenset()


@pytest.mark.parametrize(
    ("term", "other", "allow_typos", "expected"),
    [
        ("resurg", "resurgen", False, True),
        ("bouregoi", "bourgeoi", True, True),
        ("bouregoi", "bourgeoi", False, False),
        ("agianst", "against", True, True),
        ("iran", "iraq", True, False),
        ("france", "prussia", True, False),
    ],
)
def test_similar_terms_share_a_prefix_or_differ_by_a_typo(
    term: str, other: str, allow_typos: bool, expected: bool
) -> None:
    assert is_similar_term(term, other, allow_typos=allow_typos) is expected


@given(st.text(max_size=200), st.sampled_from(["en", "de", "fr", "ru", "zh", "xx"]))
def test_terms_contain_no_spaces(text: str, language: str) -> None:
    for term in terms(text, language):
        assert term
        assert term.split() == [term]
        assert len(term) <= 60


@given(st.text(max_size=100))
def test_content_terms_are_distinct_terms_of_the_question(text: str) -> None:
    content = content_terms(text, "en")
    assert len(set(content)) == len(content)
    assert set(content) <= set(terms(text, "en"))


@given(st.text(alphabet=st.characters(max_codepoint=127)), st.sampled_from(["en", "de", "fr"]))
def test_ascii_text_has_the_words_of_any_text(text: str, language: str) -> None:
    any_script = word_terms(f"{text} \u0436", language)  # with a Cyrillic letter
    assert any_script == [*word_terms(text, language), "\u0436"]
