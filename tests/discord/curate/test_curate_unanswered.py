import io
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
from PIL import Image

from bot.commands.curate.stats import render_chart
from bot.questions.context import AskContext
from bot.questions.question import Question
from bot.services.rebuild import RebuildStep
from bot.services.search_pool import QueueFull
from bot.storage.unanswered import UnansweredQuestion, group_similar
from bot.storage.usage import QuestionRecord, summarize, today
from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from index.types import Metadata, Verdict
from tests.support.curators import curate
from tests.support.discord_fakes import World
from tests.support.discord_messages import labels, raw, text, texts, walk
from tests.support.fake_searcher import ARTICLES, FakeSearcher

STORES = ("sqlite", "postgresql")

pytestmark = pytest.mark.usefixtures("charts")

MESSAGES = CuratorMessages()
HERBS = "Mint tea is drunk in Morocco.\n\nSage grows wild in Dalmatia."
UNKNOWN = "Kdo vyhrál hokej?"


def bot_of(world: World) -> Any:
    return world.env.bot


@pytest.fixture
def seeds(world: World) -> Path:
    folder = world.folder / "seeds"
    folder.mkdir()
    return folder


def file_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def unanswered(world: World, carol: Any) -> Any:
    return (await curate(world, carol, "unanswered")).response


def store(world: World) -> Any:
    return bot_of(world).answers.store


def find_select(message: Any, placeholder: str) -> dict[str, Any]:
    (select,) = [each for each in walk(raw(message)) if each.get("placeholder") == placeholder]
    return select


async def choose(world: World, member: Any, message: Any, placeholder: str, *values: str) -> Any:
    select = find_select(message, placeholder)
    return await member.select(message, list(values), custom_id=select["custom_id"])


def options(message: Any, placeholder: str) -> dict[str, str]:
    select = find_select(message, placeholder)
    return {option["label"]: option["value"] for option in select["options"]}


# The list of unanswered questions.


def unanswered_questions(*questions: str) -> list[UnansweredQuestion]:
    return [UnansweredQuestion(n, text, "nothing", 1000 - n) for n, text in enumerate(questions)]


def test_similar_questions_are_grouped() -> None:
    groups = group_similar(
        unanswered_questions(
            "Who won the chess championship?",
            "Where is the library?",
            "who won the CHESS championships",
            "And who was it that won the last chess championship?",
        )
    )
    assert [[each.id for each in group.questions] for group in groups] == [[0, 2, 3], [1]]


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("What happened in 2019?", "What happened in 2020?"),
        ("Where is green tea grown?", "Where is coffee grown?"),
        ("Why?", "When?"),
    ],
)
def test_different_questions_are_not_grouped(question: str, other: str) -> None:
    assert len(group_similar(unanswered_questions(question, other))) == 2


async def test_empty_list_says_so(world: World, carol: Any) -> None:
    reply = await unanswered(world, carol)
    assert text(reply) == MESSAGES.no_unanswered


async def test_unanswered_questions_are_listed_with_links(world: World, carol: Any) -> None:
    await world.ask(UNKNOWN)
    await world.mention(UNKNOWN)
    await world.ask("Proč hvězdy svítí?")
    reply = await unanswered(world, carol)
    assert reply.ephemeral
    assert texts(reply)[0] == "### Unanswered questions\n-# 2 questions · page 1 of 1"
    assert texts(reply)[1].startswith(rf"**{UNKNOWN}**" + "\n-# asked 2 times · <t:")
    assert texts(reply)[2].startswith("**Proč hvězdy svítí?**\n-# asked once · <t:")
    assert f"[jump](https://discord.com/channels/{world.env.guild.id}/{world.channel.id}/" in text(
        reply
    )


async def test_private_question_is_listed_without_a_link(world: World, carol: Any) -> None:
    await world.ask(UNKNOWN, private=True)
    reply = await unanswered(world, carol)
    assert "hokej" in text(reply)
    assert "[jump]" not in text(reply)


async def test_list_can_be_sorted_by_time(world: World, carol: Any) -> None:
    guild = world.env.guild.id
    for n, question in enumerate(["Old twice?", "Old twice?", "New once?"]):
        await store(world).execute(
            "INSERT INTO unanswered (question, guild_id, reason, asked_at) VALUES (?, ?, ?, ?)",
            (question, guild, "nothing", 1000 + n),
        )
    reply = await unanswered(world, carol)
    assert [line.split("**")[1] for line in texts(reply)[1:]] == ["Old twice?", "New once?"]
    await carol.click(reply, label="Newest first")
    assert [line.split("**")[1] for line in texts(reply)[1:]] == ["New once?", "Old twice?"]
    await carol.click(reply, label="Most asked first")
    assert [line.split("**")[1] for line in texts(reply)[1:]] == ["Old twice?", "New once?"]


async def add_unanswered(world: World, *questions: str) -> None:
    now = int(time.time())
    for n, question in enumerate(questions):
        await store(world).execute(
            "INSERT INTO unanswered (question, guild_id, channel_id, reason, asked_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (question, world.env.guild.id, world.channel.id, "nothing", now - n),
        )


async def test_list_is_paged(world: World, carol: Any) -> None:
    names = ["cats", "dogs", "birds", "fishes", "horses", "cows", "snails"]
    await add_unanswered(world, *(f"Where are {name}?" for name in names))
    reply = await unanswered(world, carol)
    questions = texts(reply)[1:]
    await carol.click(reply, label="Next page")
    questions += texts(reply)[1:]
    assert [question.split()[2].strip("?*") for question in questions] == names
    assert "Write article 6" in labels(reply)
    await carol.click(reply, label="Previous page")
    assert "page 1 of 2" in text(reply)


async def test_resolving_a_question_removes_its_group(world: World, carol: Any) -> None:
    await add_unanswered(world, "Where are cats?", "Where are the cats?", "Where are dogs?")
    reply = await unanswered(world, carol)
    choices = options(reply, MESSAGES.mark_resolved)
    assert list(choices) == ["1. Where are cats?", "2. Where are dogs?"]
    await choose(world, carol, reply, MESSAGES.mark_resolved, choices["1. Where are cats?"])
    assert "cats" not in text(reply)
    assert "dogs" in text(reply)
    choices = options(reply, MESSAGES.mark_resolved)
    await choose(world, carol, reply, MESSAGES.mark_resolved, *choices.values())
    assert text(reply) == MESSAGES.no_unanswered


async def test_list_works_after_a_restart(world: World, carol: Any) -> None:
    await add_unanswered(world, "Where are cats?")
    reply = await unanswered(world, carol)
    await world.restart()
    await choose(
        world,
        carol,
        reply,
        MESSAGES.mark_resolved,
        *options(reply, MESSAGES.mark_resolved).values(),
    )
    assert text(reply) == MESSAGES.no_unanswered


# Drafts.


async def open_form(world: World, carol: Any) -> Any:
    reply = await unanswered(world, carol)
    return await carol.click(reply, label="Write article 1")


def field_ids(result: Any) -> dict[str, str]:
    """Map the label of each field of a form to its custom_id."""
    parts = walk(result.modal["components"])
    return {part["label"]: part["component"]["custom_id"] for part in parts if part["type"] == 18}


async def submit(carol: Any, opened: Any, **values: str) -> Any:
    ids = field_ids(opened)
    texts_by_label = {
        "Title": "Mint *tea*",
        "Text": "Mint tea is drunk in Morocco.\n\nSage grows wild.",
        **values,
    }
    return await carol.submit_modal(
        opened, {ids[label]: value for label, value in texts_by_label.items()}
    )


async def test_submitted_draft_is_saved_and_indexed(world: World, carol: Any, seeds: Path) -> None:
    await add_unanswered(world, "Where is mint *tea* drunk?")
    opened = await open_form(world, carol)
    assert opened.modal["title"] == MESSAGES.draft_title
    assert r"> Where is mint \*tea\* drunk?" in str(opened.modal["components"]).replace(
        "\\\\", "\\"
    )
    result = await submit(carol, opened, Link="https://a.example/x")
    assert (seeds / "mint-tea.md").read_text() == (
        '---\ntitle: "Mint *tea*"\n'
        f'published: "{datetime.now(UTC).date().isoformat()}"\nurl: "https://a.example/x"\n'
        "---\n\nMint tea is drunk in Morocco.\n\nSage grows wild.\n"
    )
    assert text(result.response).startswith("✅ Article written: mint-tea.md")
    assert world.fake_index.build_count == 1


async def test_refused_draft_is_returned(world: World, carol: Any, seeds: Path) -> None:
    await add_unanswered(world, "Where is mint tea drunk?")
    result = await submit(carol, await open_form(world, carol), Link="nowhere")
    assert "“nowhere” is not a web address" in text(result.response)
    (file,) = result.response.attachments
    assert b"Mint tea is drunk in Morocco." in await file.read()
    assert file_names(seeds) == []
    assert world.fake_index.build_count == 0


async def test_draft_does_not_replace_an_article(world: World, carol: Any, seeds: Path) -> None:
    (seeds / "mint-tea.txt").write_text("older")
    await add_unanswered(world, "Where is mint tea drunk?")
    result = await submit(carol, await open_form(world, carol))
    assert r"mint-tea.txt already exists" in text(result.response)
    assert file_names(seeds) == ["mint-tea.txt"]


async def test_resolved_question_opens_no_form(world: World, carol: Any) -> None:
    await add_unanswered(world, "Where is mint tea drunk?")
    reply = await unanswered(world, carol)
    await store(world).execute("DELETE FROM unanswered")
    result = await carol.click(reply, label="Write article 1")
    assert text(result.response) == MESSAGES.question_not_listed


# Newly answered questions.


def publish_herbs(world: World) -> None:
    herbs = (Metadata("Herbs"), HERBS)
    world.fake_index.next_searcher = FakeSearcher("two", {**ARTICLES, "herbs.md": herbs})


async def test_rebuild_removes_answered_questions_from_the_list(world: World, carol: Any) -> None:
    await add_unanswered(world, "Where is mint tea drunk?", UNKNOWN)
    publish_herbs(world)
    before = world.channel.last_message
    reply = text((await curate(world, carol, "rebuild")).response)
    assert "**Newly answered** (1)\n❓ Where is mint tea drunk?" in reply
    assert "mint" not in text(await unanswered(world, carol))
    assert world.channel.last_message == before


async def test_new_answer_is_announced_when_enabled(world: World, carol: Any) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, tell_answered=True)
    question = await world.alice.send(world.channel, "Where is mint tea drunk?")
    await add_unanswered(world, "Where is mint tea drunk?")
    await store(world).execute("UPDATE unanswered SET message_id = ?", (question.id,))
    publish_herbs(world)
    await curate(world, carol, "rebuild")
    announcement = world.channel.last_message
    assert "Mint tea is drunk in Morocco." in text(announcement)
    assert CuratorMessages().late_answer in text(announcement)
    assert announcement.reference.message_id == question.id
    assert not announcement.mentions


async def test_build_on_the_command_line_is_announced_once(world: World) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, tell_answered=True)
    await add_unanswered(world, "Where is mint tea drunk?")
    publish_herbs(world)
    assert world.fake_index.next_searcher is not None
    world.fake_index.searcher = world.fake_index.next_searcher
    await bot_of(world).background.refresh_snapshot()
    announcement = world.channel.last_message
    assert "Mint tea is drunk in Morocco." in text(announcement)
    await add_unanswered(world, "Where is mint tea drunk?")
    await bot_of(world).background.refresh_snapshot()
    assert world.channel.last_message == announcement


async def test_snapshot_refresh_continues_after_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bot = bot_of(world)
    with monkeypatch.context() as patch:
        patch.setattr(bot.answers.pool, "refresh", AsyncMock(side_effect=OSError("no disk")))
        await bot.background.refresh_snapshot()
    assert "looking for a new snapshot failed" in caplog.text
    await bot.background.refresh_snapshot()
    assert caplog.text.count("looking for a new snapshot failed") == 1


@pytest.mark.parametrize("failure", [QueueFull(16), OSError("no disk")])
async def test_failed_recheck_is_repeated_at_the_next_refresh(
    world: World, carol: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    await add_unanswered(world, "Where is mint tea drunk?")
    publish_herbs(world)
    assert world.fake_index.next_searcher is not None
    world.fake_index.searcher = world.fake_index.next_searcher
    with monkeypatch.context() as patch:
        patch.setattr(bot_of(world).answers, "search", AsyncMock(side_effect=failure))
        await bot_of(world).background.refresh_snapshot()
        assert "mint" in text(await unanswered(world, carol))
    await bot_of(world).background.refresh_snapshot()
    assert text(await unanswered(world, carol)) == MESSAGES.no_unanswered


async def test_announcement_does_not_need_the_progress_message(world: World, carol: Any) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, tell_answered=True)
    await add_unanswered(world, "Where is mint tea drunk?")
    publish_herbs(world)
    clock = iter((0.0, 0.0))  # at the start; later steps need a message, which is then deleted
    bot_of(world).curation.clock = lambda: next(clock, 900.0)
    world.fake_index.steps = (RebuildStep("encoding", 1, 2),)
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008)
    await curate(world, carol, "rebuild")
    assert "Mint tea is drunk in Morocco." in text(world.channel.last_message)


async def test_other_wording_that_finds_nothing_is_not_announced(world: World, carol: Any) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, tell_answered=True)
    await add_unanswered(world, "Where is mint tea drunk?", "Mints, teas: drunks?")
    await store(world).execute("UPDATE unanswered SET channel_id = NULL WHERE id = 1")
    publish_herbs(world)
    before = world.channel.last_message
    await curate(world, carol, "rebuild")
    assert world.channel.last_message == before


async def test_private_question_is_never_announced(world: World, carol: Any) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, tell_answered=True)
    await add_unanswered(world, "Where is mint tea drunk?")
    await store(world).execute("UPDATE unanswered SET channel_id = NULL")
    publish_herbs(world)
    before = world.channel.last_message
    assert "Newly answered" in text((await curate(world, carol, "rebuild")).response)
    assert world.channel.last_message == before


async def test_failed_announcement_does_not_stop_the_rebuild(world: World, carol: Any) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, tell_answered=True)
    await add_unanswered(world, "Where is mint tea drunk?")
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    publish_herbs(world)
    assert "Newly answered" in text((await curate(world, carol, "rebuild")).response)


# Statistics.


async def test_statistics_count_this_servers_questions(world: World, carol: Any) -> None:
    for question in ("Is black tea fermented?", "Is black tea fermented?", "What about caffeine?"):
        await world.ask(question)
    await world.ask(UNKNOWN)
    result = await curate(world, carol, "stats")
    reply = text(result.response)
    counts = "4 asked · 2 answered · 1 closest passages · 1 nothing"
    assert reply.count(counts) == 2
    assert "median 0.01 s · 👍 0 · 👎 0" in reply
    assert "1\\. All about tea · tea.md · 2 times" in reply
    (picture,) = result.response.attachments
    with Image.open(io.BytesIO(await picture.read())) as image:
        assert image.format == "PNG"
        assert image.width > 2 * image.height


async def test_statistics_without_questions_have_one_line_per_period(
    world: World, carol: Any
) -> None:
    result = await curate(world, carol, "stats")
    assert text(result.response).split("\n") == [
        "### Statistics of this server",
        "**Last 7 days**: no questions",
        "**Last 30 days**: no questions",
    ]
    assert not result.response.attachments


async def test_statistics_exclude_other_servers(world: World, carol: Any) -> None:
    await world.ask("Is black tea fermented?")
    await store(world).execute("UPDATE asked SET guild_id = 5")
    assert "no questions" in text((await curate(world, carol, "stats")).response)


def test_summary_counts_only_the_requested_days() -> None:
    records = [
        QuestionRecord(today() - timedelta(days=days_ago), Verdict.ANSWERED, days_ago / 10, "a.md")
        for days_ago in (0, 1, 6, 7, 29)
    ]
    week = summarize(records, 7)
    assert (week.asked, week.median_seconds, week.articles) == (3, 0.1, (("a.md", 3),))
    assert summarize(records, 30).asked == 5


def test_chart_without_questions_is_rendered() -> None:
    image = render_chart([], today(), 30, dict.fromkeys(Verdict, "x"), ENGLISH.months)
    assert image.startswith(b"\x89PNG")


async def test_usage_table_contains_no_text_and_no_user_id(world: World) -> None:
    await world.ask("Is black tea fermented?")
    rows = await store(world).fetch_all("SELECT * FROM asked")
    assert "fermented" not in str(rows)
    assert str(world.alice.id) not in str(rows)


async def test_search_is_not_counted_as_a_question(world: World) -> None:
    answers = bot_of(world).answers
    await world.ask("Is black tea fermented?")
    await answers.search(Question("Is black tea fermented?"), AskContext(world.env.guild.id))
    assert len(await store(world).fetch_all("SELECT * FROM asked")) == 1


async def test_writing_is_not_offered_where_it_is_not_allowed(world: World, carol: Any) -> None:
    await add_unanswered(world, "Where is mint tea drunk?")
    world.env.create_guild("another")  # so the operator would have to allow it
    await world.env.settle()
    listed = (await carol.slash(world.channel, "curate unanswered")).response
    assert "Where is mint tea drunk?" in text(listed)
    assert [label for label in labels(listed) if "Write" in label] == []
