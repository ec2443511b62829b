from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.text_fragments import encode_fragment, link_to_section, link_to_text

PAGE = "https://a.example/x"
LONG = "“ISIS is regenerating key functions and capabilities more quickly in Iraq than in Syria.”"


def test_a_short_text_is_linked_whole() -> None:
    assert link_to_text(PAGE, "Tea is good.", 512) == f"{PAGE}#:~:text=Tea%20is%20good"


def test_a_long_text_is_linked_by_its_first_and_last_words() -> None:
    assert link_to_text(PAGE, LONG, 512) == (
        f"{PAGE}#:~:text=ISIS%20is%20regenerating%20key%20functions%20and,"
        "quickly%20in%20Iraq%20than%20in%20Syria"
    )


def test_fragment_syntax_is_encoded() -> None:
    assert link_to_text(PAGE, "well-known, & true", 512).endswith("well%2Dknown%2C%20%26%20true")
    assert link_to_text(PAGE, "(a) [b] c", 512).endswith("text=a%29%20%5Bb%5D%20c")


def test_an_existing_fragment_is_kept() -> None:
    assert link_to_text(f"{PAGE}#top", "Tea", 512) == f"{PAGE}#top:~:text=Tea"
    assert link_to_text(f"{PAGE}#:~:text=old", "Tea", 512) == f"{PAGE}#:~:text=Tea"


def test_a_section_link_can_carry_a_text_fragment() -> None:
    link = link_to_section(PAGE, "opening-hours (1)", 512)
    assert link == f"{PAGE}#opening-hours%20%281%29"
    assert link_to_text(link, "Tea", 512) == f"{link}:~:text=Tea"
    assert link_to_section(PAGE, None) == PAGE
    assert link_to_section(f"{PAGE}#top", "hours") == f"{PAGE}#top"
    assert link_to_section(PAGE, "hours", len(PAGE) + 3) == PAGE


def test_an_unspaced_text_is_linked_by_its_ends() -> None:
    fragment = link_to_text(PAGE, "茶" * 70 + "。", 512).partition("text=")[2]
    assert unquote(fragment) == "茶" * 8 + "," + "茶" * 8


def test_blocks_are_linked_by_the_first_and_the_last() -> None:
    link = link_to_text(PAGE, "Griefing\n7 days or more", 512)
    assert link == f"{PAGE}#:~:text=Griefing,7%20days%20or%20more"


def test_a_link_to_a_message_stays_as_discord_opens_it() -> None:
    for domain in ("discord.com", "ptb.discord.com", "discordapp.com"):
        url = f"https://{domain}/channels/1/2/3"
        assert link_to_text(url, "Tea", 512) == url


@pytest.mark.parametrize("text", ["", "…", " \n ", "—"])
def test_a_text_without_words_gets_the_plain_url(text: str) -> None:
    assert link_to_text(PAGE, text, 512) == PAGE


def test_a_shorter_limit_gives_fewer_words_and_then_none() -> None:
    lengths = [len(link_to_text(PAGE, LONG, limit)) for limit in (200, 90, 70, 30)]
    assert lengths == sorted(lengths, reverse=True)
    assert link_to_text(PAGE, LONG, 30) == PAGE


@given(st.text(max_size=400), st.integers(len(PAGE), 512))
def test_every_link_fits_and_is_safe_in_markdown(text: str, limit: int) -> None:
    link = link_to_text(PAGE, text, limit)
    assert len(link) <= limit
    assert link.startswith(PAGE)
    assert not set(link) & set(' ()<>[]"\\')


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_encoding_round_trips(text: str) -> None:
    assert unquote(encode_fragment(text)) == text
