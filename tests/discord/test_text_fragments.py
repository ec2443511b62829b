from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.text_fragments import at_section, encoded, jump_link

PAGE = "https://a.example/x"
LONG = "“ISIS is regenerating key functions and capabilities more quickly in Iraq than in Syria.”"


def test_a_short_text_is_given_whole() -> None:
    assert jump_link(PAGE, "Tea is good.", 512) == f"{PAGE}#:~:text=Tea%20is%20good"


def test_a_long_text_is_given_by_its_first_and_last_words() -> None:
    assert jump_link(PAGE, LONG, 512) == (
        f"{PAGE}#:~:text=ISIS%20is%20regenerating%20key%20functions%20and,"
        "quickly%20in%20Iraq%20than%20in%20Syria"
    )


def test_what_means_something_in_a_fragment_is_encoded() -> None:
    assert jump_link(PAGE, "well-known, & true", 512).endswith("well%2Dknown%2C%20%26%20true")
    assert jump_link(PAGE, "(a) [b] c", 512).endswith("text=a%29%20%5Bb%5D%20c")


def test_a_fragment_of_the_address_stays() -> None:
    assert jump_link(f"{PAGE}#top", "Tea", 512) == f"{PAGE}#top:~:text=Tea"
    assert jump_link(f"{PAGE}#:~:text=old", "Tea", 512) == f"{PAGE}#:~:text=Tea"


def test_a_section_is_where_the_words_are_looked_for_and_the_place_when_they_are_not_found() -> (
    None
):
    link = at_section(PAGE, "opening-hours (1)", 512)
    assert link == f"{PAGE}#opening-hours%20%281%29"
    assert jump_link(link, "Tea", 512) == f"{link}:~:text=Tea"
    assert at_section(PAGE, None) == PAGE
    assert at_section(f"{PAGE}#top", "hours") == f"{PAGE}#top"
    assert at_section(PAGE, "hours", len(PAGE) + 3) == PAGE


def test_a_text_without_spaces_is_given_by_its_ends() -> None:
    fragment = jump_link(PAGE, "茶" * 70 + "。", 512).partition("text=")[2]
    assert unquote(fragment) == "茶" * 8 + "," + "茶" * 8


@pytest.mark.parametrize("text", ["", "…", " \n ", "—"])
def test_a_text_without_a_word_gets_the_bare_address(text: str) -> None:
    assert jump_link(PAGE, text, 512) == PAGE


def test_with_less_room_fewer_words_are_given_and_at_last_none() -> None:
    lengths = [len(jump_link(PAGE, LONG, limit)) for limit in (200, 90, 70, 30)]
    assert lengths == sorted(lengths, reverse=True)
    assert jump_link(PAGE, LONG, 30) == PAGE


@given(st.text(max_size=400), st.integers(len(PAGE), 512))
def test_every_link_fits_and_holds_nothing_that_markdown_could_misread(
    text: str, limit: int
) -> None:
    link = jump_link(PAGE, text, limit)
    assert len(link) <= limit
    assert link.startswith(PAGE)
    assert not set(link) & set(' ()<>[]"\\')


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_encoding_loses_nothing(text: str) -> None:
    assert unquote(encoded(text)) == text
