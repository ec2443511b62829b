import asyncio
import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.services.rebuild import RebuildFailed, RebuildStep
from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH
from index.build.pipeline import BuildReport, Changes
from index.ingest.add import AddResult
from index.ingest.loader import SkippedFile
from index.ingest.seed_file import FileNote
from tests.support.curators import HERBS, curate, file, with_herbs
from tests.support.discord_fakes import World, build_report
from tests.support.discord_messages import labels, text, walk
from tests.support.fake_searcher import TEA, FakeSearcher

MESSAGES = CuratorMessages()


def bot_of(world: World) -> Any:
    return world.env.bot


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
    assert [text(each) for each in pressed.followups] == [MESSAGES.only_curators]


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


async def test_long_rebuild_continues_in_a_direct_message(world: World, carol: Any) -> None:
    result = await long_rebuild(world, carol)
    last = carol.user.dm_channel.last_message
    assert text(last).startswith(MESSAGES.nothing_changed)
    assert last.jump_url in text(result.response)
    assert world.channel.history() == []


async def test_long_rebuild_can_be_cancelled_in_the_direct_message(
    world: World, carol: Any
) -> None:
    async def pause() -> None:
        await world.env.external_wait(asyncio.Event().wait(), reason="a slow build")

    world.fake_index.wait = pause
    times = itertools.chain([0.0, 0.0], itertools.repeat(15 * 60.0))
    bot_of(world).curation.clock = lambda: next(times)
    world.fake_index.steps = (RebuildStep("encoding", 1, 2),)
    await curate(world, carol, "rebuild")
    last = carol.user.dm_channel.last_message
    await carol.user.click(last, label="Cancel")
    await world.env.settle()
    assert text(carol.user.dm_channel.last_message).startswith(MESSAGES.rebuild_cancelled)


async def test_an_outcome_is_sent_anew_when_its_message_was_deleted(
    world: World, carol: Any
) -> None:
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10008)
    await long_rebuild(world, carol)
    assert text(carol.user.dm_channel.last_message).startswith(MESSAGES.nothing_changed)
    path = f"/channels/{carol.user.dm_channel.id}/messages"
    requests = [each.json for each in world.env.http_requests if each.path == path]
    first, second = [each["nonce"] for each in requests if each]
    assert first != second


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


async def test_long_rebuild_falls_back_to_the_channel(world: World, carol: Any) -> None:
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
    result = await long_rebuild(world, carol)
    message = world.channel.last_message
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


@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("added", [[], [AddResult("https://museum.example", "herbs.md")]])
async def test_many_refused_entries_of_a_feed_fit_into_a_message(
    world: World, carol: Any, seeds: Path, added: list[AddResult], fails: bool
) -> None:
    link = "https://museum.example/" + "😀" * 80
    refused = [AddResult(f"{link}{number}", reason="😀" * 200) for number in range(30)]

    async def add_url(*_arguments: Any, **_options: Any) -> list[AddResult]:
        return added + refused

    bot_of(world).curation.add_url = add_url
    error = RebuildFailed(" ".join(["a.txt cannot be read"] * 300))
    world.fake_index.build_error = error if fails else None
    result = await curate(world, carol, "add", url="https://museum.example/feed")
    shown = text(result.response)
    assert shown.startswith("✅ Added" if added else "⚠️ Not added")
    assert "…" in shown
    outcome = MESSAGES.rebuild_failed if fails else MESSAGES.nothing_changed
    assert (outcome in shown) is bool(added)


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
