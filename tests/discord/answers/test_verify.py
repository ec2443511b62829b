from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.quotations import quotations_in
from bot.text.messages import ENGLISH
from bot.ui.answers.verification_view import diff_text
from index.verification.alignment import WordChange
from index.verification.result import DiffPart
from tests.support.discord_fakes import World
from tests.support.discord_messages import text, texts, units

TRUE = "Black tea is fermented for two to four hours."


async def check(world: World, content: str) -> Any:
    message = await world.bob.send(world.channel, content)
    return (await world.alice.context_menu(world.channel, "Check quotation", message)).response


async def verify(world: World, quotation: str, **options: Any) -> Any:
    command = await world.alice.slash(world.channel, "verify", quotation=quotation, **options)
    return command.response


async def test_a_true_quotation_is_shown_in_its_paragraph(world: World) -> None:
    response = await verify(world, TRUE)
    verdict, quote, citation = texts(response)
    assert verdict == f"{ENGLISH.quotation_exact}\n-# “{TRUE}”"
    assert quote == (
        "> **Black tea is fermented for two to four hours**. It keeps for years in a closed tin."
    )
    assert citation.startswith("**1.** [All about tea](https://tea.example/a%28b%29#:~:text=")
    assert "paragraph 2" in citation


async def test_a_changed_quotation_shows_a_word_diff(world: World) -> None:
    response = await verify(world, TRUE.replace("two", "six"), private=True)
    assert response.flags.ephemeral
    _, quote, legend, _ = texts(response)
    assert quote == "> Black tea is fermented for ~~six~~ **two** to four hours"
    assert legend == f"-# {ENGLISH.diff_legend}"


async def test_a_foreign_text_is_not_in_the_articles(world: World) -> None:
    response = await verify(world, "Frogs sing in the pond on warm evenings in May")
    assert text(response).startswith(ENGLISH.quotation_missing)


async def test_each_quotation_of_a_message_is_checked(world: World) -> None:
    response = await check(
        world, f"He says “{TRUE}” and “Robusta coffee holds half the caffeine of arabica”!"
    )
    assert response.flags.ephemeral
    assert ENGLISH.quotation_exact in text(response)
    assert "~~half~~ **twice**" in text(response)


async def test_a_text_of_too_many_parts_gets_a_line_of_the_bots_own(world: World) -> None:
    response = await check(world, "tea … " * 40)
    assert text(response) == ENGLISH.quotation_too_long.format(4000)


async def test_an_answer_of_the_bot_can_be_checked(world: World) -> None:
    answer = await world.ask("Is black tea fermented for hours?")
    result = await world.alice.context_menu(world.channel, "Check quotation", answer)
    assert ENGLISH.quotation_exact in text(result.response)
    assert ENGLISH.quotation_missing not in text(result.response)


async def test_a_message_without_words_is_refused(world: World) -> None:
    assert text(await check(world, "?! <@1>")) == ENGLISH.no_quotation


async def test_articles_of_other_servers_are_not_searched(world: World) -> None:
    world.fake_index.bindings[1] = ("drinks",)
    quotation = "Robusta coffee holds twice the caffeine of arabica."
    await world.restart()
    assert text(await verify(world, quotation)).startswith(ENGLISH.quotation_missing)


async def test_hostile_text_stays_text(world: World) -> None:
    response = await verify(world, "> lions <@1> <@&2> <#3> </ask:4> **here** @everyone")
    assert "<@1>" not in text(response).replace("\\<\\@1\\>", "")


@pytest.mark.parametrize(
    ("message", "quotations"),
    [
        ("just a line", ["just a line"]),
        ("look:\n> one\n> two\nmine\n> three", ["one\ntwo", "three"]),
        (">>> all of\nthis", ["all of\nthis"]),
        ("a “name” and “four words or even more” here", ["four words or even more"]),
        ("> **bold** and \\*star\\* [title](https://a.example)", ["bold and *star* title"]),
        ("snake_case stays, _this_ does not", ["snake_case stays, this does not"]),
        ("“ ”", ["“ ”"]),
        ("", []),
    ],
)
def test_quotations_are_found_in_messages(message: str, quotations: list[str]) -> None:
    assert quotations_in(message) == quotations


def test_long_unchanged_text_is_shortened_around_changes() -> None:
    same = "word " * 100
    parts = [
        DiffPart(WordChange.SAME, same, same),
        DiffPart(WordChange.CHANGED, "old ", "new "),
        DiffPart(WordChange.OMITTED, "… ", "left out "),
        DiffPart(WordChange.SAME, same, same),
    ]
    shown = diff_text(parts, 1000)
    assert "word ~~old~~ **new**  *(… left out …)* word" in shown
    assert shown.startswith("> […] word")
    assert shown.endswith("word […]")
    assert len(shown) < 300


_PARTS = st.lists(
    st.builds(DiffPart, st.sampled_from(WordChange), st.text(), st.text()), min_size=1
)


@given(_PARTS, st.integers(300, 3000))
def test_a_diff_fits_and_stays_in_its_quote(parts: list[DiffPart], limit: int) -> None:
    shown = diff_text(parts, limit)
    assert units(shown) <= limit
    assert "\n" not in shown
