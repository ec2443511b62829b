import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.services.curation import Curation, Superseded
from bot.services.rebuild import RebuildFailed, RebuildStep
from bot.storage.errors import DatabaseError, StoreProblem
from bot.text.curator_messages import CuratorMessages
from bot.text.discord_markdown import escape
from bot.text.messages import ENGLISH
from index.build.pipeline import Changes
from index.ingest.loader import SkippedFile
from tests.support.curators import add_curator, curate, file, with_herbs
from tests.support.discord_fakes import World, build_report
from tests.support.discord_messages import text
from tests.support.fake_searcher import FakeSearcher

STORES = ("sqlite", "postgresql")

MESSAGES = CuratorMessages()


def bot_of(world: World) -> Any:
    return world.env.bot


# Pinned questions.


async def test_pin_shows_the_current_result_and_is_listed(world: World, carol: Any) -> None:
    reply = text(
        (await curate(world, carol, "pin add", question="Is black tea fermented?")).response
    )
    assert "answered, “Black tea is fermented for two to four hours.” (tea.md)" in reply
    listed = text((await curate(world, carol, "pin list")).response)
    assert "📌 Is black tea fermented?" in listed


@pytest.mark.parametrize(
    ("question", "reason"), [(" ", ENGLISH.empty_question), ("?!", ENGLISH.no_words)]
)
async def test_pin_without_words_is_refused(
    world: World, carol: Any, question: str, reason: str
) -> None:
    response = await curate(world, carol, "pin add", question=question)
    assert text(response.response) == reason


async def test_question_is_pinned_only_once(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Is black tea fermented?")
    again = await curate(world, carol, "pin add", question="is  BLACK tea fermented?")
    assert text(again.response) == MESSAGES.already_pinned


async def test_pin_is_removed_by_its_suggestion(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Is black tea fermented?")
    (choice,) = await carol.autocomplete(world.channel, "curate pin remove", "question", "TEA")
    assert choice["name"] == "Is black tea fermented?"
    reply = await curate(world, carol, "pin remove", question=choice["value"])
    assert text(reply.response) == "No longer pinned: Is black tea fermented?"
    assert MESSAGES.no_pins in text((await curate(world, carol, "pin list")).response)
    gone = await curate(world, carol, "pin remove", question=choice["value"])
    assert text(gone.response) == MESSAGES.not_pinned


async def test_pin_is_removed_by_typed_words(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Is black tea fermented?")
    await curate(world, carol, "pin add", question="Is green tea fermented?")
    reply = await curate(world, carol, "pin remove", question="tea ferm")
    assert text(reply.response) == MESSAGES.several_pins.format(2)
    reply = await curate(world, carol, "pin remove", question="BLACK tea")
    assert text(reply.response) == "No longer pinned: Is black tea fermented?"
    reply = await curate(world, carol, "pin remove", question="coffee")
    assert text(reply.response) == MESSAGES.not_pinned


async def test_rebuild_is_done_even_if_pins_cannot_be_checked(
    world: World, carol: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Curation, __: int) -> Any:
        raise DatabaseError("database or disk is full", StoreProblem.FULL)

    monkeypatch.setattr(Curation, "check_pins", fail)
    world.fake_index.next_searcher = with_herbs()
    world.fake_index.result = build_report("two", True, 4, 9, Changes(added=("herbs.md",)))
    reply = text((await curate(world, carol, "rebuild")).response)
    assert reply.startswith(MESSAGES.rebuild_done)
    assert reply.endswith(MESSAGES.pins_not_checked)
    assert "mint" in text(await world.ask("Where is mint tea drunk?")).lower()


async def test_failure_after_publishing_does_not_deny_the_index(world: World, carol: Any) -> None:
    async def publish() -> None:
        world.fake_index.searcher = with_herbs()

    world.fake_index.wait = publish
    world.fake_index.build_error = RebuildFailed("the build ended with status 1 and no result")
    reply = text((await curate(world, carol, "rebuild")).response)
    assert reply.split("\n") == [
        MESSAGES.rebuild_done,
        "the build ended with status 1 and no result",
        MESSAGES.index_replaced,
    ]


async def test_rebuild_reports_changed_pins(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Is black tea fermented?")
    await curate(world, carol, "pin add", question="Where is mint tea drunk?")
    world.fake_index.next_searcher = with_herbs()
    world.fake_index.result = build_report("two", True, 4, 9, Changes(added=("herbs.md",)))
    reply = text((await curate(world, carol, "rebuild")).response)
    assert "**Pinned questions**: 1 of 2 changed\n📌 Where is mint tea drunk?\n-# before:" in reply
    assert "-# now: answered, “Mint tea is drunk in Morocco.” (herbs.md)" in reply
    reply = text((await curate(world, carol, "rebuild")).response)
    assert "**Pinned questions**: none of the 2 answers has changed." in reply
    await curate(world, carol, "pin remove", question="Where is mint tea drunk?")
    reply = text((await curate(world, carol, "rebuild")).response)
    assert reply.endswith(MESSAGES.pins_unchanged(1))


# Rollbacks.


async def test_rollback_is_confirmed_and_checks_pins(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Where is mint tea drunk?")
    world.fake_index.next_searcher = with_herbs()
    await curate(world, carol, "rebuild")
    assert "Morocco" in text(await world.ask("Where is mint tea drunk?"))
    question = await curate(world, carol, "rollback")
    await carol.click(question.response, label="Roll back")
    assert "The index from one is in use." in text(question.response)
    assert "**Pinned questions**: 1 of 1 changed" in text(question.response)
    assert "Morocco" not in text(await world.ask("Where is mint tea drunk?"))


async def test_rollback_without_a_previous_index_says_so(world: World, carol: Any) -> None:
    question = await curate(world, carol, "rollback")
    pressed = await carol.click(question.response, label="Roll back")
    assert text(pressed.followups[0]) == MESSAGES.no_previous_index


async def test_rollback_is_refused_after_a_rebuild(world: World, carol: Any) -> None:
    question = await curate(world, carol, "rollback")
    world.fake_index.next_searcher = with_herbs()
    await curate(world, carol, "rebuild")
    pressed = await carol.click(question.response, label="Roll back")
    assert [text(each) for each in pressed.followups] == [MESSAGES.rollback_outdated]


async def test_double_click_rolls_back_only_once(world: World, carol: Any) -> None:
    world.fake_index.next_searcher = with_herbs()
    await curate(world, carol, "rebuild")
    world.fake_index.second_previous = FakeSearcher("zero")
    curation, guild = bot_of(world).curation, world.env.guild.id
    presses = [curation.rollback(guild, "two") for _ in range(2)]
    _, refused = await asyncio.gather(*presses, return_exceptions=True)
    assert isinstance(refused, Superseded)
    assert world.fake_index.searcher.snapshot == "one"


async def test_rollback_is_refused_after_a_build_on_the_command_line(
    world: World, carol: Any
) -> None:
    world.fake_index.previous = FakeSearcher("zero")
    question = await curate(world, carol, "rollback")
    world.fake_index.searcher = with_herbs()
    pressed = await carol.click(question.response, label="Roll back")
    assert text(pressed.followups[0]) == MESSAGES.rollback_outdated
    assert world.fake_index.searcher.snapshot == "two"


# Several servers.


async def test_shared_articles_are_read_only_with_several_servers(
    world: World, carol: Any, seeds: Path
) -> None:
    world.env.create_guild("Another")
    for command, options in (("rebuild", {}), ("add", {"file": file("herbs.md")})):
        result = await curate(world, carol, command, **options)
        assert text(result.response) == escape(MESSAGES.articles_are_shared)
    assert text((await curate(world, carol, "rollback")).response) == escape(
        MESSAGES.rollback_not_allowed
    )
    assert not (seeds / "herbs.md").exists()
    assert text((await curate(world, carol, "pin list")).response)


async def test_curator_server_may_change_shared_articles(
    world: World, carol: Any, seeds: Path
) -> None:
    world.fake_index.curators = (world.env.guild.id,)
    world.env.create_guild("Another")
    await world.restart()
    await curate(world, carol, "add", file=file("herbs.md"))
    assert (seeds / "herbs.md").exists()


@pytest.fixture
async def bound(world: World) -> World:
    """Bind the server to the collection ``drinks``."""
    world.fake_index.bindings = {world.env.guild.id: ("drinks",)}
    await world.restart()
    return world


async def test_bound_server_sees_only_its_articles(bound: World) -> None:
    assert "coffee" in text(await bound.ask("Where does coffee grow in the tropics?"))
    assert "Black tea" not in text(await bound.ask("Is black tea fermented for hours?"))
    listed = text((await bound.alice.slash(bound.channel, "sources")).response)
    assert "Coffee" in listed
    assert "All about tea" not in listed
    choices = await bound.alice.autocomplete(bound.channel, "ask", "source", "", question="q")
    assert [choice["value"] for choice in choices] == ["drinks/coffee.txt"]
    refused = await bound.ask("Is black tea fermented?", source="tea.md")
    assert "There is no article" in text(refused)


async def test_bound_collection_is_hidden_from_everyone_else(
    bound: World,
) -> None:
    other = bound.env.create_guild("Another")
    channel = other.create_text_channel("talk")
    dave = other.add_member(bound.env.create_user("dave"))
    reply = (await dave.slash(channel, "ask", question="Where does coffee grow?")).response
    assert "tropics" not in text(reply)
    assert "Coffee" not in text((await dave.slash(channel, "sources")).response)
    await dave.send_dm("Where does coffee grow?")
    assert "tropics" not in text(dave.user.dm_channel.last_message)


async def test_old_answer_does_not_reveal_a_newly_bound_article(
    world: World,
) -> None:
    reply = await world.ask("Where does coffee grow in the tropics?")
    other = world.env.create_guild("Another")
    world.fake_index.bindings = {other.id: ("drinks",)}
    await world.restart()
    result = await world.press(reply, "More context")
    messages = filter(None, [result.response, *result.followups])
    assert [text(message) for message in messages] == [ENGLISH.article_removed]


async def test_bound_server_adds_to_and_sees_only_its_collection(bound: World, seeds: Path) -> None:
    carol = add_curator(bound)
    bound.env.create_guild("Another")
    bound.fake_index.steps = (RebuildStep("reading", 30, 300),)
    bound.fake_index.result = build_report(
        *("two", True, 300, 900, Changes(added=("drinks/herbs.md", "secret/plan.md"))),
        skipped=(SkippedFile("secret/x.pdf", "why"), SkippedFile("drinks/y.pdf", "why")),
    )
    result = await curate(bound, carol, "add", file=file("herbs.md"))
    assert (seeds / "drinks" / "herbs.md").exists()
    assert "drinks/herbs.md" in text(result.response)
    assert "drinks/y.pdf" in text(result.response)
    assert "secret" not in text(result.response)
    assert "1 article · 2 passages" in text(result.response)
    refused = await curate(bound, carol, "add", file=file("herbs2.md"), collection="other")
    assert "This server has no folder" in text(refused.response)
    assert text((await curate(bound, carol, "rollback")).response) == escape(
        MESSAGES.rollback_not_allowed
    )
