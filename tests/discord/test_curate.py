import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.services.curation import Curation, Superseded
from bot.services.rebuild import RebuildFailed, RebuildStep
from bot.storage.errors import DatabaseError, StoreProblem
from bot.text.curator_messages import CuratorMessages
from bot.text.discord_markdown import escape
from bot.text.messages import ENGLISH
from index.build.pipeline import BuildReport, Changes
from index.ingest.loader import FileNote, SkippedFile
from index.types import Metadata
from tests.support.discord_fakes import (
    ARTICLES,
    TEA,
    FakeSearcher,
    World,
    build_report,
    labels,
    text,
    walk,
)

STORES = ("sqlite", "postgresql")

MESSAGES = CuratorMessages()
HERBS = "Mint tea is drunk in Morocco.\n\nSage grows wild in Dalmatia."
FIRST = "Herbs\n\n"


def bot_of(world: World) -> Any:
    return world.env.bot


@pytest.fixture
def carol(world: World) -> Any:
    """A member who may manage the server."""
    return curator(world)


def curator(world: World, guild: Any = None) -> Any:
    guild = guild or world.env.guild
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(world.env.create_user("carol"), roles=[role])


@pytest.fixture
def seeds(world: World) -> Path:
    folder = world.folder / "seeds"
    for path, (_, body) in ARTICLES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(body)
    return folder


def with_herbs() -> FakeSearcher:
    herbs = (Metadata("All about **herbs**", "Herb Post"), HERBS)
    return FakeSearcher("two", {**ARTICLES, "herbs.md": herbs})


def file(name: str, content: str | bytes = HERBS) -> tuple[str, bytes]:
    return name, content if isinstance(content, bytes) else content.encode()


async def curate(world: World, member: Any, command: str, **options: Any) -> Any:
    return await member.slash(world.channel, f"curate {command}", **options)


# Permissions.


async def test_curator_commands_are_hidden_from_members(world: World, carol: Any) -> None:
    ours = {"curate rebuild", "curate pin add", "settings"}
    assert ours <= set(carol.available_commands(world.channel))
    assert not ours & set(world.alice.available_commands(world.channel))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("curate rebuild", {}),
        ("curate add", {"file": file("a.txt")}),
        ("curate remove", {"article": "tea.md"}),
        ("curate rollback", {}),
        ("curate unanswered", {}),
        ("curate stats", {}),
        ("curate pin add", {"question": "q"}),
        ("curate pin remove", {"question": "q"}),
        ("curate pin list", {}),
        ("settings", {}),
    ],
)
async def test_members_are_refused_even_if_the_command_is_visible(
    world: World, command: str, options: dict[str, Any]
) -> None:
    guild = world.env.guild
    command_id = bot_of(world).command_ids[command.split(maxsplit=1)[0]]
    guild.set_command_permissions(command_id, {world.alice: True})
    result = await world.alice.slash(world.channel, command, **options)
    assert result.ephemeral
    refused = MESSAGES.only_managers if command == "settings" else MESSAGES.only_curators
    assert text(result.response) == refused
    assert world.fake_index.build_count == 0


@pytest.mark.parametrize(
    ("command", "option", "other_options"),
    [
        ("add", "collection", {"file": file("a.txt")}),
        ("remove", "article", {}),
        ("pin remove", "question", {}),
    ],
)
async def test_members_get_no_suggestions_for_curator_commands(
    world: World,
    seeds: Path,
    caplog: pytest.LogCaptureFixture,
    command: str,
    option: str,
    other_options: dict[str, Any],
) -> None:
    command_id = bot_of(world).command_ids["curate"]
    world.env.guild.set_command_permissions(command_id, {world.alice: True})
    name = f"curate {command}"
    assert await world.alice.autocomplete(world.channel, name, option, "", **other_options) == []
    assert "ERROR" not in caplog.text


async def test_members_cannot_press_curator_buttons(world: World, carol: Any, seeds: Path) -> None:
    result = await curate(world, carol, "remove", article="tea.md")
    message = result.response
    message_state = world.env.backend.get_message(message.channel_id, message.id)
    message_state.flags &= ~64  # not ephemeral: visible to all members
    pressed = await world.alice.click(message, label="Remove")
    assert text(pressed.response) == MESSAGES.only_curators


# Rebuilds.


async def test_rebuild_lists_changes(world: World, carol: Any) -> None:
    world.fake_index.steps = (RebuildStep("reading", 4, 4),)
    world.fake_index.next_searcher = with_herbs()
    world.fake_index.result = build_report(
        *("two", True, 4, 9, Changes(("herbs.md",), ("tea.md",), ("old.txt",))),
        skipped=(SkippedFile("bad.pdf", "no *text*"),),
        seconds=1.25,
    )
    result = await curate(world, carol, "rebuild")
    assert result.ephemeral
    assert text(result.response).split("\n") == [
        "### Index rebuilt",
        "-# 4 articles · 10 passages · 1.2 s",
        "**Added** (1)",
        r"➕ All about \*\*herbs\*\* · herbs.md",
        "**Changed** (1)",
        "✏️ All about tea · tea.md",
        "**Removed** (1)",
        "➖ old.txt",
        "**Skipped** (1)",
        r"⚠️ bad.pdf: no \*text\*",
    ]


async def test_rebuild_shows_notes_on_new_articles(world: World, carol: Any) -> None:
    world.fake_index.next_searcher = with_herbs()
    report = build_report("two", True, 4, 9, Changes(added=("herbs.md",)))
    url = "front matter: url is '/x'; expected an http:// or https:// URL"
    notes = (FileNote("herbs.md", url), FileNote("tea.md", "front matter: marked as a draft"))
    world.fake_index.result = replace(report, notes=notes)
    result = await curate(world, carol, "rebuild")
    *_, heading, line = text(result.response).split("\n")
    assert heading == "**Notes** (1)"
    assert line.startswith("ℹ️ herbs.md: front matter: url is '/x'; expected")


async def test_progress_is_updated_at_most_every_three_seconds(world: World, carol: Any) -> None:
    now = 0.0
    bot_of(world).curation.clock = lambda: now
    total = 40

    contents: list[str] = []
    original = world.fake_index.build

    async def build(on_progress: Any) -> BuildReport:
        nonlocal now
        for done in range(total + 1):
            await on_progress(RebuildStep("encoding", done, total))
            now += 0.5
        return await original(on_progress)

    bot_of(world).curation.rebuilder._build = build
    await curate(world, carol, "rebuild")
    edits = [each for each in world.env.http_requests if each.method == "PATCH"]
    for edit in edits:
        components = walk((edit.json or {}).get("components") or [])
        contents += [each["content"] for each in components if each["type"] == 10]
    progress = [content for content in contents if "Encode new passages" in content]
    assert 6 <= len(progress) <= 8
    assert "⏳ Encode new passages · 12 of 40 · about 14 s left" in progress[2]


async def test_rebuild_without_changes_says_so(world: World, carol: Any) -> None:
    reply = text((await curate(world, carol, "rebuild")).response)
    assert reply.startswith(MESSAGES.nothing_changed)
    assert MESSAGES.index_up_to_date in reply


async def test_failed_rebuild_shows_the_reason(world: World, carol: Any) -> None:
    world.fake_index.build_error = RebuildFailed("no article in seeds can be read (a.txt: *empty*)")
    reply = text((await curate(world, carol, "rebuild")).response)
    assert reply.split("\n") == [
        "### Rebuild failed",
        r"no article in seeds can be read (a.txt: \*empty\*)",
        "The current index stays in use.",
    ]


async def test_unexpected_rebuild_error_shows_only_its_id(
    world: World, carol: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.fake_index.build_error = RuntimeError("secret")
    reply = text((await curate(world, carol, "rebuild")).response)
    assert "secret" not in reply
    assert "in the log under" in reply
    assert "secret" in caplog.text


async def test_bot_answers_during_a_rebuild_and_refuses_a_second_one(
    world: World, carol: Any
) -> None:
    gate = asyncio.Event()

    async def pause() -> None:
        await world.env.external_wait(gate.wait(), reason="a slow build")

    world.fake_index.wait = pause
    running = await curate(world, carol, "rebuild")
    assert "Rebuilding the index" in text(running.response)
    assert "Black tea" in text(await world.ask("Is black tea fermented?"))
    second = await curate(world, carol, "rebuild")
    assert text(second.response) == MESSAGES.rebuild_running
    gate.set()
    await world.env.settle()
    assert world.fake_index.build_count == 1
    assert text(running.response).startswith(MESSAGES.nothing_changed)


async def test_rebuild_can_be_cancelled(world: World, carol: Any) -> None:
    async def pause() -> None:
        await world.env.external_wait(asyncio.Event().wait(), reason="a slow build")

    world.fake_index.wait = pause
    running = await curate(world, carol, "rebuild")
    assert labels(running.response) == ["Cancel"]
    await carol.click(running.response, label="Cancel")
    await world.env.settle()
    assert text(running.response) == f"{MESSAGES.rebuild_cancelled}\n{MESSAGES.index_unchanged}"
    world.fake_index.wait = None
    assert text((await curate(world, carol, "rebuild")).response).startswith(
        MESSAGES.nothing_changed
    )


async def test_cancelling_says_what_becomes_of_added_files(
    world: World, carol: Any, seeds: Path
) -> None:
    async def pause() -> None:
        await world.env.external_wait(asyncio.Event().wait(), reason="a slow build")

    world.fake_index.wait = pause
    running = await curate(world, carol, "add", file=file("herbs.md"))
    await carol.click(running.response, label="Cancel")
    await world.env.settle()
    assert (seeds / "herbs.md").exists()
    assert text(running.response).endswith(f"{MESSAGES.index_unchanged}\n{MESSAGES.files_stay}")


async def test_cancelling_says_what_becomes_of_a_removed_file(
    world: World, carol: Any, seeds: Path
) -> None:
    async def pause() -> None:
        await world.env.external_wait(asyncio.Event().wait(), reason="a slow build")

    world.fake_index.wait = pause
    question = await curate(world, carol, "remove", article="tea.md")
    await carol.click(question.response, label="Remove")
    await carol.click(question.response, label="Cancel")
    await world.env.settle()
    assert not (seeds / "tea.md").exists()
    expected = f"{MESSAGES.index_unchanged}\n{MESSAGES.removed_file_is_gone}"
    assert text(question.response).endswith(expected)


async def test_rebuild_cancelled_after_publishing_says_so(world: World, carol: Any) -> None:
    async def pause() -> None:
        world.fake_index.searcher = FakeSearcher("two")
        await world.env.external_wait(asyncio.Event().wait(), reason="the build is exiting")

    world.fake_index.wait = pause
    running = await curate(world, carol, "rebuild")
    await carol.click(running.response, label="Cancel")
    await world.env.settle()
    assert text(running.response) == f"{MESSAGES.rebuild_cancelled}\n{MESSAGES.cancelled_too_late}"


async def test_cancel_button_from_before_a_restart_says_so(world: World, carol: Any) -> None:
    async def pause() -> None:
        await world.env.external_wait(asyncio.Event().wait(), reason="a slow build")

    world.fake_index.wait = pause
    running = await curate(world, carol, "rebuild")
    await world.restart()
    await carol.click(running.response, label="Cancel")
    assert text(running.response) == MESSAGES.rebuild_over


async def test_long_rebuild_continues_in_an_ordinary_message(world: World, carol: Any) -> None:
    result = await long_rebuild(world, carol)
    last = world.channel.last_message
    assert text(last).startswith(MESSAGES.nothing_changed)
    assert last.jump_url in text(result.response)


async def long_rebuild(world: World, carol: Any) -> Any:
    """Run a rebuild of twenty minutes, with a step each minute."""
    now = 0.0
    bot_of(world).curation.clock = lambda: now

    async def build(on_progress: Any) -> BuildReport:
        nonlocal now
        for minute in range(1, 21):
            now = minute * 60.0
            await on_progress(RebuildStep("encoding", minute, 20))
        return world.fake_index.result

    bot_of(world).curation.rebuilder._build = build
    return await curate(world, carol, "rebuild")


def messages_sent(world: World) -> int:
    path = f"/channels/{world.channel.id}/messages"
    return sum((each.method, each.path) == ("POST", path) for each in world.env.http_requests)


async def test_long_rebuild_falls_back_to_a_direct_message(world: World, carol: Any) -> None:
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    result = await long_rebuild(world, carol)
    message = carol.user.dm_channel.last_message
    assert text(message).startswith(MESSAGES.nothing_changed)
    assert message.jump_url in text(result.response)


async def test_long_rebuild_finishes_when_no_message_can_be_sent(
    world: World, carol: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=None)
    await long_rebuild(world, carol)
    assert messages_sent(world) == 1
    assert not bot_of(world).curation.rebuilder.busy
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_rebuild_runs_when_its_start_cannot_be_shown(
    world: World, carol: Any, seeds: Path
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=503)
    result = await curate(world, carol, "add", file=file("herbs.md"))
    assert world.fake_index.build_count == 1
    assert text(result.response).startswith("✅ Added to the articles: herbs.md")


async def test_rebuild_survives_a_lost_connection(
    world: World, carol: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(0, 1000, 10))
    bot_of(world).curation.clock = lambda: next(now)
    world.fake_index.steps = tuple(RebuildStep("encoding", n, 3) for n in (1, 2, 3))
    errors = iter((None, aiohttp.ServerDisconnectedError(), ConnectionResetError(104, "reset")))
    original = discord.Interaction.edit_original_response

    async def edit(self: Any, **values: Any) -> Any:
        if error := next(errors, None):
            raise error
        return await original(self, **values)

    monkeypatch.setattr(discord.Interaction, "edit_original_response", edit)
    result = await curate(world, carol, "rebuild")
    assert world.fake_index.build_count == 1
    assert text(result.response).startswith(MESSAGES.nothing_changed)


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


# Adding and removing articles.


async def test_adding_files_rebuilds_the_index(world: World, carol: Any, seeds: Path) -> None:
    world.fake_index.next_searcher = with_herbs()
    world.fake_index.result = build_report("two", True, 4, 9, Changes(added=("herbs.md",)))
    result = await curate(
        world,
        carol,
        "add",
        file=file("herbs.md"),
        file2=file("../../evil.txt"),
        file3=file("a.exe"),
    )
    assert (seeds / "herbs.md").read_text() == HERBS
    assert not (seeds.parent.parent / "evil.txt").exists()
    assert (seeds / "evil.txt").exists()
    reply = text(result.response)
    assert reply.startswith("✅ Added to the articles: herbs.md, evil.txt\n⚠️ Not added: a.exe – ")
    assert "Not added: a.exe – .exe files are not supported" in reply
    assert "**Added** (1)" in reply


async def test_existing_article_is_replaced_only_on_request(
    world: World, carol: Any, seeds: Path
) -> None:
    result = await curate(world, carol, "add", file=file("tea.md"))
    assert "tea.md already exists" in text(result.response)
    assert "`replace: True`" in text(result.response)
    assert (seeds / "tea.md").read_text() == TEA
    assert world.fake_index.build_count == 0
    await curate(world, carol, "add", file=file("tea.md"), replace=True)
    assert (seeds / "tea.md").read_text() == HERBS
    assert world.fake_index.build_count == 1


async def test_too_large_file_is_not_downloaded(
    world: World, carol: Any, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.curate.add.MAX_BYTES", 10)
    result = await curate(world, carol, "add", file=file("herbs.md"))
    assert "the file is 1 MB; the limit is 1 MB" in text(result.response)
    assert not (seeds / "herbs.md").exists()


async def test_files_are_added_only_to_folders_of_the_seeds(
    world: World, carol: Any, seeds: Path
) -> None:
    choices = await carol.autocomplete(
        world.channel, "curate add", "collection", "DRI", file=file("a.md")
    )
    assert [choice["value"] for choice in choices] == ["drinks"]
    await curate(world, carol, "add", file=file("herbs.md"), collection="drinks")
    assert (seeds / "drinks" / "herbs.md").exists()
    for collection in ("..", "nowhere", "/etc"):
        result = await curate(world, carol, "add", file=file("herbs.md"), collection=collection)
        assert "This server has no folder" in text(result.response)


async def test_removed_article_is_confirmed_and_returned(
    world: World, carol: Any, seeds: Path
) -> None:
    (choice,) = await carol.autocomplete(world.channel, "curate remove", "article", "about tea")
    question = await curate(world, carol, "remove", article=choice["value"])
    assert "### Remove this article?\n**All about tea**\n-# tea.md" in text(question.response)
    assert (seeds / "tea.md").exists()
    pressed = await carol.click(question.response, label="Remove")
    assert not (seeds / "tea.md").exists()
    (returned,) = pressed.followups
    assert returned.ephemeral
    assert [file.filename for file in returned.attachments] == ["tea.md"]
    assert await returned.attachments[0].read() == TEA.encode()
    assert world.fake_index.build_count == 1
    assert text(question.response).startswith("### ")


async def test_dismissed_removal_keeps_the_article(world: World, carol: Any, seeds: Path) -> None:
    question = await curate(world, carol, "remove", article="tea.md")
    await carol.click(question.response, label="Keep as is")
    assert text(question.response) == MESSAGES.nothing_done
    assert (seeds / "tea.md").exists()


async def test_removing_a_missing_article_says_so(world: World, carol: Any, seeds: Path) -> None:
    question = await curate(world, carol, "remove", article="tea.md")
    (seeds / "tea.md").unlink()
    pressed = await carol.click(question.response, label="Remove")
    assert text(pressed.followups[0]) == MESSAGES.article_already_removed
    again = await curate(world, carol, "remove", article="tea.md")
    assert text(again.response) == MESSAGES.article_already_removed


async def test_sidecar_is_removed_and_returned_with_its_article(
    world: World, carol: Any, seeds: Path
) -> None:
    (seeds / "tea.md.yaml").write_text("title: All about tea")
    question = await curate(world, carol, "remove", article="tea.md")
    assert MESSAGES.removed_file_returned in text(question.response)
    pressed = await carol.click(question.response, label="Remove")
    (returned,) = pressed.followups
    assert [file.filename for file in returned.attachments] == ["tea.md", "tea.md.yaml"]
    assert text(returned) == MESSAGES.removed_file.format("All about tea · tea.md")
    assert not (seeds / "tea.md.yaml").exists()


async def test_removal_warns_when_the_file_is_too_large_to_return(
    world: World, carol: Any, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.curate.confirm.MAX_UPLOAD_BYTES", 10)
    question = await curate(world, carol, "remove", article="tea.md")
    assert MESSAGES.removed_file_too_large in text(question.response)
    pressed = await carol.click(question.response, label="Remove")
    assert pressed.followups == []
    assert not (seeds / "tea.md").exists()


async def test_article_stays_when_its_file_cannot_be_sent(
    world: World, carol: Any, seeds: Path
) -> None:
    question = await curate(world, carol, "remove", article="tea.md")
    world.env.inject_error("POST", "/webhooks/*", status=503)
    pressed = await carol.click(question.response, label="Remove")
    assert text(pressed.followups[0]) == ENGLISH.discord_rejected
    assert (seeds / "tea.md").exists()
    assert world.fake_index.build_count == 0


async def test_failed_download_does_not_stop_the_other_files(
    world: World, carol: Any, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = discord.Attachment.read
    response: Any = SimpleNamespace(status=404, reason="Not Found")

    async def read(attachment: discord.Attachment, **options: Any) -> bytes:
        if attachment.filename == "gone.md":
            raise discord.NotFound(response, "gone")
        return await original(attachment, **options)

    monkeypatch.setattr(discord.Attachment, "read", read)
    result = await curate(world, carol, "add", file=file("gone.md"), file2=file("herbs.md"))
    reply = text(result.response)
    assert f"⚠️ Not added: gone.md – {MESSAGES.download_failed}" in reply
    assert (seeds / "herbs.md").exists()
    assert world.fake_index.build_count == 1


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
    assert text(pressed.response) == MESSAGES.rollback_outdated


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
    carol = curator(bound)
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
