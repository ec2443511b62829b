import io
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import discord
import pytest
from PIL import Image

from bot.commands.curate.stats_chart import chart
from bot.services.rebuild import RebuildStep
from bot.services.search_pool import QueueFull
from bot.storage.unanswered import UnansweredQuestion, merged
from bot.storage.usage import QuestionRecord, summary, today
from bot.text.context import AskContext
from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from index.types import Metadata, Verdict
from tests.support.discord_fakes import (
    ARTICLES,
    FakeSearcher,
    World,
    labels,
    raw,
    text,
    texts,
    walk,
)

WORDS = CuratorMessages()
HERBS = "Mint tea is drunk in Morocco.\n\nSage grows wild in Dalmatia."
UNKNOWN = "Kdo vyhrál hokej?"


def bot_of(world: World) -> Any:
    return world.env.bot


@pytest.fixture
def carol(world: World) -> Any:
    """A member who may manage the server."""
    guild = world.env.guild
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(world.env.create_user("carol"), roles=[role])


@pytest.fixture
def seeds(world: World) -> Path:
    folder = world.store.parent / "seeds"
    folder.mkdir()
    return folder


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def curate(world: World, member: Any, command: str, **options: Any) -> Any:
    return await member.slash(world.channel, f"curate {command}", **options)


async def unanswered(world: World, carol: Any) -> Any:
    return (await curate(world, carol, "unanswered")).response


def store(world: World) -> Any:
    return bot_of(world).answers._store


async def choose(world: World, member: Any, message: Any, placeholder: str, *values: str) -> Any:
    (found,) = [one for one in walk(raw(message)) if one.get("placeholder") == placeholder]
    return await member.select(message, list(values), custom_id=found["custom_id"])


def options(message: Any, placeholder: str) -> dict[str, str]:
    (found,) = [one for one in walk(raw(message)) if one.get("placeholder") == placeholder]
    return {one["label"]: one["value"] for one in found["options"]}


# Unanswered


def missed(*questions: str) -> list[UnansweredQuestion]:
    return [UnansweredQuestion(n, one, "nothing", 1000 - n) for n, one in enumerate(questions)]


def test_questions_alike_are_one_with_a_count() -> None:
    groups = merged(
        missed(
            "Who won the chess championship?",
            "Where is the library?",
            "who won the CHESS championships",
            "And who was it that won the last chess championship?",
        )
    )
    assert [[one.id for one in group.every] for group in groups] == [[0, 2, 3], [1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What happened in 2019?", "What happened in 2020?"),
        ("Where is green tea grown?", "Where is coffee grown?"),
        ("Why?", "When?"),
    ],
)
def test_questions_about_different_things_stay_apart(one: str, other: str) -> None:
    assert len(merged(missed(one, other))) == 2


async def test_an_empty_list_says_that_nothing_is_waiting(world: World, carol: Any) -> None:
    shown = await unanswered(world, carol)
    assert text(shown) == WORDS.unanswered_none


async def test_questions_that_found_nothing_are_listed_with_links(world: World, carol: Any) -> None:
    await world.ask(UNKNOWN)
    await world.mention(UNKNOWN)
    await world.ask("Proč hvězdy svítí?")
    shown = await unanswered(world, carol)
    assert shown.ephemeral
    assert texts(shown)[0] == "### Not answered\n-# 2 questions · page 1 of 1"
    assert texts(shown)[1].startswith(rf"**{UNKNOWN}**" + "\n-# asked 2 times · <t:")
    assert texts(shown)[2].startswith("**Proč hvězdy svítí?**\n-# asked once · <t:")
    assert f"[jump](https://discord.com/channels/{world.env.guild.id}/{world.channel.id}/" in text(
        shown
    )


async def test_a_private_question_is_listed_without_a_link(world: World, carol: Any) -> None:
    await world.ask(UNKNOWN, private=True)
    shown = await unanswered(world, carol)
    assert "hokej" in text(shown)
    assert "[jump]" not in text(shown)


async def test_the_list_can_be_read_newest_first(world: World, carol: Any) -> None:
    guild = world.env.guild.id
    for n, question in enumerate(["Old twice?", "Old twice?", "New once?"]):
        await store(world).write(
            "INSERT INTO unanswered (question, guild_id, reason, asked_at) VALUES (?, ?, ?, ?)",
            (question, guild, "nothing", 1000 + n),
        )
    shown = await unanswered(world, carol)
    assert [one.split("**")[1] for one in texts(shown)[1:]] == ["Old twice?", "New once?"]
    await carol.click(shown, label="Newest first")
    assert [one.split("**")[1] for one in texts(shown)[1:]] == ["New once?", "Old twice?"]
    await carol.click(shown, label="Most asked first")
    assert [one.split("**")[1] for one in texts(shown)[1:]] == ["Old twice?", "New once?"]


async def add_missed(world: World, *questions: str) -> None:
    now = int(time.time())
    for n, question in enumerate(questions):
        await store(world).write(
            "INSERT INTO unanswered (question, guild_id, channel_id, reason, asked_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (question, world.env.guild.id, world.channel.id, "nothing", now - n),
        )


async def test_the_list_is_paged(world: World, carol: Any) -> None:
    names = ["cats", "dogs", "birds", "fishes", "horses", "cows", "snails"]
    await add_missed(world, *(f"Where are {one}?" for one in names))
    shown = await unanswered(world, carol)
    seen = texts(shown)[1:]
    await carol.click(shown, label="Next page")
    seen += texts(shown)[1:]
    assert [one.split()[2].strip("?*") for one in seen] == names
    assert "Write article 6" in labels(shown)
    await carol.click(shown, label="Previous page")
    assert "page 1 of 2" in text(shown)


async def test_what_is_done_with_leaves_the_list_with_all_alike(world: World, carol: Any) -> None:
    await add_missed(world, "Where are cats?", "Where are the cats?", "Where are dogs?")
    shown = await unanswered(world, carol)
    offered = options(shown, WORDS.mark_done)
    assert list(offered) == ["1. Where are cats?", "2. Where are dogs?"]
    await choose(world, carol, shown, WORDS.mark_done, offered["1. Where are cats?"])
    assert "cats" not in text(shown)
    assert "dogs" in text(shown)
    offered = options(shown, WORDS.mark_done)
    await choose(world, carol, shown, WORDS.mark_done, *offered.values())
    assert text(shown) == WORDS.unanswered_none


async def test_the_list_works_after_a_restart(world: World, carol: Any) -> None:
    await add_missed(world, "Where are cats?")
    shown = await unanswered(world, carol)
    await world.restart()
    await choose(world, carol, shown, WORDS.mark_done, *options(shown, WORDS.mark_done).values())
    assert text(shown) == WORDS.unanswered_none


# Drafts


async def form(world: World, carol: Any) -> Any:
    shown = await unanswered(world, carol)
    return await carol.click(shown, label="Write article 1")


def fields(result: Any) -> dict[str, str]:
    """The custom_id of each field of a form by its label."""
    parts = walk(result.modal["components"])
    return {one["label"]: one["component"]["custom_id"] for one in parts if one["type"] == 18}


async def submit(carol: Any, opened: Any, **values: str) -> Any:
    names = fields(opened)
    given = {
        "Title": "Mint *tea*",
        "Text": "Mint tea is drunk in Morocco.\n\nSage grows wild.",
        **values,
    }
    return await carol.submit_modal(opened, {names[name]: value for name, value in given.items()})


async def test_an_article_is_written_in_a_form_and_comes_into_the_index(
    world: World, carol: Any, seeds: Path
) -> None:
    await add_missed(world, "Where is mint *tea* drunk?")
    opened = await form(world, carol)
    assert opened.modal["title"] == WORDS.draft_title
    assert r"> Where is mint \*tea\* drunk?" in str(opened.modal["components"]).replace(
        "\\\\", "\\"
    )
    result = await submit(carol, opened, Link="https://a.example/x")
    assert (seeds / "mint-tea.md").read_text() == (
        '---\ntitle: "Mint *tea*"\n'
        f'published: "{datetime.now(UTC).date().isoformat()}"\nurl: "https://a.example/x"\n'
        "---\n\nMint tea is drunk in Morocco.\n\nSage grows wild.\n"
    )
    assert text(result.response).startswith("✅ Written: mint-tea.md")
    assert world.shelf.builds == 1


async def test_a_draft_that_cannot_be_read_is_handed_back(
    world: World, carol: Any, seeds: Path
) -> None:
    await add_missed(world, "Where is mint tea drunk?")
    result = await submit(carol, await form(world, carol), Link="nowhere")
    assert "url is 'nowhere'" in text(result.response)
    (kept,) = result.response.attachments
    assert b"Mint tea is drunk in Morocco." in await kept.read()
    assert files(seeds) == []
    assert world.shelf.builds == 0


async def test_a_draft_never_takes_the_place_of_an_article(
    world: World, carol: Any, seeds: Path
) -> None:
    (seeds / "mint-tea.txt").write_text("older")
    await add_missed(world, "Where is mint tea drunk?")
    result = await submit(carol, await form(world, carol))
    assert r"there is an article mint-tea.txt already" in text(result.response)
    assert files(seeds) == ["mint-tea.txt"]


async def test_a_form_for_a_question_that_is_done_with_is_not_opened(
    world: World, carol: Any
) -> None:
    await add_missed(world, "Where is mint tea drunk?")
    shown = await unanswered(world, carol)
    await store(world).write("DELETE FROM unanswered")
    result = await carol.click(shown, label="Write article 1")
    assert text(result.response) == WORDS.no_longer


# Answered at last


def publish_herbs(world: World) -> None:
    herbs = (Metadata("Herbs"), HERBS)
    world.shelf.after = FakeSearcher("two", {**ARTICLES, "herbs.md": herbs})


async def test_a_rebuild_that_answers_a_question_takes_it_off_the_list(
    world: World, carol: Any
) -> None:
    await add_missed(world, "Where is mint tea drunk?", UNKNOWN)
    publish_herbs(world)
    before = world.channel.last_message
    shown = text((await curate(world, carol, "rebuild")).response)
    assert "**Answered now** (1)\n❓ Where is mint tea drunk?" in shown
    assert "mint" not in text(await unanswered(world, carol))
    assert world.channel.last_message == before


async def test_the_channel_is_told_where_the_server_wants_it(world: World, carol: Any) -> None:
    await bot_of(world).answers.servers.change(world.env.guild.id, tell_answered=True)
    asked = await world.alice.send(world.channel, "Where is mint tea drunk?")
    await add_missed(world, "Where is mint tea drunk?")
    await store(world).write("UPDATE unanswered SET message_id = ?", (asked.id,))
    publish_herbs(world)
    await curate(world, carol, "rebuild")
    told = world.channel.last_message
    assert "Mint tea is drunk in Morocco." in text(told)
    assert CuratorMessages().answered_later in text(told)
    assert told.reference.message_id == asked.id
    assert not told.mentions


async def test_a_build_on_the_terminal_is_news_once_to_whoever_waited(world: World) -> None:
    await bot_of(world).answers.servers.change(world.env.guild.id, tell_answered=True)
    await add_missed(world, "Where is mint tea drunk?")
    publish_herbs(world)
    assert world.shelf.after is not None
    world.shelf.searcher = world.shelf.after
    await bot_of(world).look_for_snapshot()
    told = world.channel.last_message
    assert "Mint tea is drunk in Morocco." in text(told)
    await add_missed(world, "Where is mint tea drunk?")
    await bot_of(world).look_for_snapshot()
    assert world.channel.last_message == told


async def test_looking_goes_on_after_a_look_that_failed(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bot = bot_of(world)
    with monkeypatch.context() as broken:
        broken.setattr(bot.answers, "refresh", AsyncMock(side_effect=OSError("no disk")))
        await bot.look_for_snapshot()
    assert "looking for a new snapshot failed" in caplog.text
    await bot.look_for_snapshot()
    assert caplog.text.count("looking for a new snapshot failed") == 1


@pytest.mark.parametrize("failure", [QueueFull(16), OSError("no disk")])
async def test_an_open_question_that_cannot_be_asked_now_is_asked_again_at_the_next_look(
    world: World, carol: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    await add_missed(world, "Where is mint tea drunk?")
    publish_herbs(world)
    assert world.shelf.after is not None
    world.shelf.searcher = world.shelf.after
    with monkeypatch.context() as failing:
        failing.setattr(bot_of(world).answers, "look", AsyncMock(side_effect=failure))
        await bot_of(world).look_for_snapshot()
        assert "mint" in text(await unanswered(world, carol))
    await bot_of(world).look_for_snapshot()
    assert text(await unanswered(world, carol)) == WORDS.unanswered_none


async def test_the_channel_is_told_though_the_curator_cannot_be(world: World, carol: Any) -> None:
    await bot_of(world).answers.servers.change(world.env.guild.id, tell_answered=True)
    await add_missed(world, "Where is mint tea drunk?")
    publish_herbs(world)
    clock = iter((0.0, 0.0))  # as it begins; then it goes on in a message, which is deleted
    bot_of(world).curation.clock = lambda: next(clock, 900.0)
    world.shelf.steps = (RebuildStep("encoding", 1, 2),)
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008)
    await curate(world, carol, "rebuild")
    assert "Mint tea is drunk in Morocco." in text(world.channel.last_message)


async def test_what_was_asked_in_other_words_is_not_told_where_they_find_nothing(
    world: World, carol: Any
) -> None:
    await bot_of(world).answers.servers.change(world.env.guild.id, tell_answered=True)
    await add_missed(world, "Where is mint tea drunk?", "Mints, teas: drunks?")
    await store(world).write("UPDATE unanswered SET channel_id = NULL WHERE id = 1")
    publish_herbs(world)
    before = world.channel.last_message
    await curate(world, carol, "rebuild")
    assert world.channel.last_message == before


async def test_a_private_question_is_never_told_in_a_channel(world: World, carol: Any) -> None:
    await bot_of(world).answers.servers.change(world.env.guild.id, tell_answered=True)
    await add_missed(world, "Where is mint tea drunk?")
    await store(world).write("UPDATE unanswered SET channel_id = NULL")
    publish_herbs(world)
    before = world.channel.last_message
    assert "Answered now" in text((await curate(world, carol, "rebuild")).response)
    assert world.channel.last_message == before


async def test_a_channel_that_is_gone_does_not_disturb_the_rebuild(
    world: World, carol: Any
) -> None:
    await bot_of(world).answers.servers.change(world.env.guild.id, tell_answered=True)
    await add_missed(world, "Where is mint tea drunk?")
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    publish_herbs(world)
    assert "Answered now" in text((await curate(world, carol, "rebuild")).response)


# Statistics


async def test_statistics_count_what_was_asked_here(world: World, carol: Any) -> None:
    for question in ("Is black tea fermented?", "Is black tea fermented?", "What about caffeine?"):
        await world.ask(question)
    await world.ask(UNKNOWN)
    result = await curate(world, carol, "stats")
    shown = text(result.response)
    line = "4 asked · 2 answered · 1 closest passages · 1 nothing"
    assert shown.count(line) == 2
    assert "median 0.01 s · 👍 0 · 👎 0" in shown
    assert "1\\. All about tea · tea.md · 2 times" in shown
    (picture,) = result.response.attachments
    with Image.open(io.BytesIO(await picture.read())) as image:
        assert image.format == "PNG"
        assert image.width > 2 * image.height


async def test_statistics_of_a_silent_server_are_one_line_a_period(
    world: World, carol: Any
) -> None:
    result = await curate(world, carol, "stats")
    assert text(result.response).split("\n") == [
        "### What was asked here",
        "**Last 7 days**: nothing was asked",
        "**Last 30 days**: nothing was asked",
    ]
    assert not result.response.attachments


async def test_statistics_of_another_server_are_its_own(world: World, carol: Any) -> None:
    await world.ask("Is black tea fermented?")
    await store(world).write("UPDATE asked SET guild_id = 5")
    assert "nothing was asked" in text((await curate(world, carol, "stats")).response)


def test_a_summary_counts_the_days_asked_for_and_no_more() -> None:
    days = [
        QuestionRecord(
            today().fromordinal(today().toordinal() - back), Verdict.ANSWERED, back / 10, "a.md"
        )
        for back in (0, 1, 6, 7, 29)
    ]
    week = summary(days, 7)
    assert (week.asked, week.median_seconds, week.articles) == (3, 0.1, (("a.md", 3),))
    assert summary(days, 30).asked == 5


def test_the_chart_of_no_questions_is_still_a_chart() -> None:
    image = chart([], today(), 30, dict.fromkeys(Verdict, "x"), ENGLISH.months)
    assert image.startswith(b"\x89PNG")


async def test_no_text_and_nobody_stands_in_the_counts(world: World) -> None:
    await world.ask("Is black tea fermented?")
    rows = await store(world).rows("SELECT * FROM asked")
    assert "fermented" not in str(rows)
    assert str(world.alice.id) not in str(rows)


async def test_pages_are_not_counted_as_questions(world: World) -> None:
    desk = bot_of(world).answers
    await world.ask("Is black tea fermented?")
    await desk.look("Is black tea fermented?", AskContext(world.env.guild.id))
    assert len(await store(world).rows("SELECT * FROM asked")) == 1
