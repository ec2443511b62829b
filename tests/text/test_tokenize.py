import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.tokenize import alike, content_terms, stop_terms, terms


def test_terms_are_stems_in_order_with_repeats() -> None:
    assert terms("Troops withdrew; the troops withdraw.", "en") == [
        "troop", "withdrew", "the", "troop", "withdraw",
    ]  # fmt: skip


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "＇"])
def test_every_apostrophe_is_the_same_and_a_possessive_is_its_owner(apostrophe: str) -> None:
    assert terms(f"Trump{apostrophe}s", "en") == ["trump"]
    assert terms(f"don{apostrophe}t", "en") == terms("don't", "en")


@pytest.mark.parametrize(
    ("written", "otherwise"),
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
def test_two_ways_to_write_it_are_one(written: str, otherwise: str) -> None:
    assert terms(written, "en") == terms(otherwise, "en")


def test_one_is_a_pronoun_and_xi_a_name() -> None:
    assert terms("one Xi", "en") == ["one", "xi"]
    assert terms("Kaiser Wilhelm II", "de") == ["kais", "wilhelm", "ii"]


def test_a_decimal_is_one_term() -> None:
    assert terms("3.14", "en") == ["3.14"]


def test_french_articles_are_taken_off_their_nouns() -> None:
    assert terms("l’eau d'or", "fr") == ["eau", "or"]


def test_chinese_is_cut_into_pairs() -> None:
    assert terms("黑豹队", "zh") == ["黑豹", "豹队"]


def test_content_terms_leave_out_what_only_asks() -> None:
    assert content_terms("When could ISIS resurge in Syria?", "en") == ("isi", "resurg", "syria")


def test_us_is_a_country() -> None:
    assert content_terms("Where are the US troops?", "en") == ("us", "troop")


def test_a_question_of_stop_words_keeps_them() -> None:
    assert content_terms("To be or not to be", "en") == ("to", "be", "or", "not")


def test_a_language_without_a_list_has_no_stop_words() -> None:
    assert stop_terms("sw") == frozenset()


@pytest.mark.parametrize(
    ("word", "term", "slips", "expected"),
    [
        ("resurg", "resurgen", False, True),
        ("bouregoi", "bourgeoi", True, True),
        ("bouregoi", "bourgeoi", False, False),
        ("agianst", "against", True, True),
        ("iran", "iraq", True, False),
        ("france", "prussia", True, False),
    ],
)
def test_relatives_share_a_stem_or_are_a_slip_apart(
    word: str, term: str, slips: bool, expected: bool
) -> None:
    assert alike(word, term, slips) is expected


@given(st.text(max_size=200), st.sampled_from(["en", "de", "fr", "ru", "zh", "xx"]))
def test_any_text_has_terms_that_spaces_can_part(text: str, language: str) -> None:
    for term in terms(text, language):
        assert term
        assert term.split() == [term]
        assert len(term) <= 60


@given(st.text(max_size=100))
def test_content_terms_are_distinct_terms_of_the_question(text: str) -> None:
    found = content_terms(text, "en")
    assert len(set(found)) == len(found)
    assert set(found) <= set(terms(text, "en"))
