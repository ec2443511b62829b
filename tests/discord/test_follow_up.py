import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.follow_up import names, rewrite_follow_up

SYRIA = "When could ISIS resurge in Syria?"
TEA = "How long is black tea fermented?"


@pytest.mark.parametrize(
    ("before", "follow", "text"),
    [
        (SYRIA, "what about Iraq?", "When could ISIS resurge in Iraq?"),
        (SYRIA, "And Iraq?", "When could ISIS resurge in Iraq?"),
        (SYRIA, "and in Iraq?", "When could ISIS resurge in Iraq?"),
        (SYRIA, "In Iraq", "When could ISIS resurge in Iraq?"),
        (SYRIA, "How about the NATO?", "When could NATO resurge in Syria?"),
        ("How many troops left in 2018?", "and in 2019?", "How many troops left in 2019?"),
        ("How many troops left in 2018?", "2019?", "How many troops left in 2019?"),
        (TEA, "what about green tea?", "How long is green tea fermented?"),
        ("What is Trump's plan for Syria?", "and Obama's?", "What is Obama's plan for Syria?"),
        ("What is said about Syria?", "and about Iraq?", "What is said about Iraq?"),
        ("Wie lange reift Tee in China?", "und in Japan?", "Wie lange reift Tee in Japan?"),
        ("Wie lange reift Tee in China?", "Was ist mit Japan?", "Wie lange reift Tee in Japan?"),
        ("¿Cuándo volvió ISIS a Siria?", "¿y a Irak?", "¿Cuándo volvió ISIS a Irak?"),
    ],
)
def test_another_one_takes_the_place_of_its_like(before: str, follow: str, text: str) -> None:
    understood = rewrite_follow_up(follow, before)
    assert (understood.text, understood.combined) == (text, True)


@pytest.mark.parametrize(
    ("before", "follow"),
    [
        (SYRIA, "Why?"),
        (SYRIA, "why is that?"),
        (SYRIA, "For how long?"),
        (SYRIA, "and then?"),
        (TEA, "what about coffee?"),
        (TEA, "Is it healthy?"),
        ("Wie lange reift Tee?", "Warum?"),
    ],
)
def test_what_names_nothing_or_nothing_alike_is_put_after_the_question_before(
    before: str, follow: str
) -> None:
    assert rewrite_follow_up(follow, before).text == f"{before} {follow}"


@pytest.mark.parametrize(
    ("before", "follow", "text"),
    [
        (SYRIA, "How many fighters do they have?", "How many fighters do they have? (ISIS, Syria)"),
        ("Who is Ann Lee?", "What did she write?", "What did she write? (Ann Lee)"),
        ("Who is Ann Lee?", "In which year was that?", "In which year was that? (Ann Lee)"),
    ],
)
def test_a_pronoun_brings_the_names_of_the_question_before(
    before: str, follow: str, text: str
) -> None:
    assert rewrite_follow_up(follow, before).text == text


@pytest.mark.parametrize(
    "follow",
    [
        "What did Trump say about the wall?",
        "How many fighters does ISIS have?",
        "Did Trump say that he would leave?",
        "Is it true that coffee grows in Peru?",
        "Where does coffee grow?",
        "Which countries have joined since 2019?",
    ],
)
def test_a_question_that_names_its_subject_stands_alone(follow: str) -> None:
    understood = rewrite_follow_up(follow, SYRIA)
    assert (understood.text, understood.combined) == (follow, False)


def test_a_text_is_no_question_to_build_on() -> None:
    assert not rewrite_follow_up("what about Iraq?", "word " * 100).combined
    assert not rewrite_follow_up("what about Iraq?", "").combined


def test_a_chain_of_follow_ups_keeps_the_subject() -> None:
    first = rewrite_follow_up("what about Iraq?", SYRIA).text
    assert rewrite_follow_up("and in Turkey?", first).text == "When could ISIS resurge in Turkey?"


def test_names_are_those_of_people_places_and_years() -> None:
    question = "What did Trump's envoy to the Islamic State say in 2018 of “safe zones”?"
    assert names(question) == ["Trump", "Islamic State", "2018", "“safe zones”"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_word_was_written_by_a_member(follow: str, before: str) -> None:
    understood = rewrite_follow_up(follow, before)
    written = set(f"{follow} {before}")
    assert set(understood.text) <= written | set("?(), ")
    assert understood.combined or understood.text == " ".join(follow.split())
