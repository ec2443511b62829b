import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.services.curation import Superseded
from bot.services.rebuild import RebuildFailed, RebuildResult, RebuildStep
from bot.text.curator_messages import CuratorMessages
from bot.text.discord_markdown import escape
from bot.text.messages import ENGLISH
from index.types import Metadata
from tests.support.discord_fakes import ARTICLES, TEA, FakeSearcher, World, labels, text, walk

WORDS = CuratorMessages()
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
    folder = world.store.parent / "seeds"
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


# Who may


async def test_the_commands_are_hidden_from_members(world: World, carol: Any) -> None:
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
async def test_a_member_to_whom_the_command_was_opened_is_refused_all_the_same(
    world: World, command: str, options: dict[str, Any]
) -> None:
    guild = world.env.guild
    identity = bot_of(world).command_ids[command.split(maxsplit=1)[0]]
    guild.set_command_permissions(identity, {world.alice: True})
    result = await world.alice.slash(world.channel, command, **options)
    assert result.ephemeral
    assert text(result.response) == WORDS.only_curators
    assert world.shelf.builds == 0


@pytest.mark.parametrize(
    ("command", "option", "others"),
    [
        ("add", "collection", {"file": file("a.txt")}),
        ("remove", "article", {}),
        ("pin remove", "question", {}),
    ],
)
async def test_a_member_is_offered_nothing_of_what_curators_choose_from(
    world: World,
    seeds: Path,
    caplog: pytest.LogCaptureFixture,
    command: str,
    option: str,
    others: dict[str, Any],
) -> None:
    identity = bot_of(world).command_ids["curate"]
    world.env.guild.set_command_permissions(identity, {world.alice: True})
    name = f"curate {command}"
    assert await world.alice.autocomplete(world.channel, name, option, "", **others) == []
    assert "ERROR" not in caplog.text


async def test_a_button_of_a_curator_does_nothing_for_a_member(
    world: World, carol: Any, seeds: Path
) -> None:
    result = await curate(world, carol, "remove", article="tea.md")
    message = result.response
    stored = world.env.backend.get_message(message.channel_id, message.id)
    stored.flags &= ~64  # as if others saw it
    pressed = await world.alice.click(message, label="Remove")
    assert text(pressed.response) == WORDS.only_curators


# Rebuild


async def test_a_rebuild_shows_its_steps_and_then_what_changed(world: World, carol: Any) -> None:
    world.shelf.steps = (RebuildStep("reading", 4, 4),)
    world.shelf.after = with_herbs()
    world.shelf.built = RebuildResult(
        "two", True, 4, 9, added=("herbs.md",), changed=("tea.md",), removed=("old.txt",),
        skipped=(("bad.pdf", "no *text*"),), seconds=1.25,
    )  # fmt: skip
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
        "**Left out** (1)",
        r"⚠️ bad.pdf: no \*text\*",
    ]


async def test_progress_is_shown_at_most_every_three_seconds(world: World, carol: Any) -> None:
    now = 0.0
    bot_of(world).curation.clock = lambda: now
    total = 40

    async def tell() -> None:
        pass

    seen: list[str] = []
    original = world.shelf.build

    async def build(hear: Any) -> RebuildResult:
        nonlocal now
        for done in range(total + 1):
            await hear(RebuildStep("encoding", done, total))
            now += 0.5
        return await original(hear)

    bot_of(world).curation.rebuilder._build = build
    await curate(world, carol, "rebuild")
    edits = [one for one in world.env.http_requests if one.method == "PATCH"]
    for edit in edits:
        seen += [one["content"] for one in walk((edit.json or {}).get("components") or [])
                 if one["type"] == 10]  # fmt: skip
    progress = [one for one in seen if "Encode what is new" in one]
    assert 6 <= len(progress) <= 8
    assert "⏳ Encode what is new · 12 of 40 · about 14 s left" in progress[2]


async def test_a_rebuild_without_a_change_says_so(world: World, carol: Any) -> None:
    shown = text((await curate(world, carol, "rebuild")).response)
    assert shown.startswith(WORDS.unchanged)
    assert WORDS.unchanged_line in shown


async def test_a_rebuild_that_fails_says_why_and_that_nothing_was_lost(
    world: World, carol: Any
) -> None:
    world.shelf.broken = RebuildFailed("no article in seeds can be read (a.txt: *empty*)")
    shown = text((await curate(world, carol, "rebuild")).response)
    assert shown.split("\n") == [
        "### Rebuild failed",
        r"no article in seeds can be read (a.txt: \*empty\*)",
        "The index in service is as it was.",
    ]


async def test_an_unforeseen_error_of_a_rebuild_shows_an_id(
    world: World, carol: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.shelf.broken = RuntimeError("secret")
    shown = text((await curate(world, carol, "rebuild")).response)
    assert "secret" not in shown
    assert "in the log under" in shown
    assert "secret" in caplog.text


async def test_the_bot_answers_while_it_rebuilds_and_a_second_rebuild_is_refused(
    world: World, carol: Any
) -> None:
    gate = asyncio.Event()

    async def pause() -> None:
        await world.env.external_wait(gate.wait(), reason="a build takes its time")

    world.shelf.pause = pause
    running = await curate(world, carol, "rebuild")
    assert "Rebuilding the index" in text(running.response)
    assert "Black tea" in text(await world.ask("Is black tea fermented?"))
    second = await curate(world, carol, "rebuild")
    assert text(second.response) == WORDS.already
    gate.set()
    await world.env.settle()
    assert world.shelf.builds == 1
    assert text(running.response).startswith(WORDS.unchanged)


async def test_a_rebuild_can_be_cancelled(world: World, carol: Any) -> None:
    async def pause() -> None:
        await world.env.external_wait(asyncio.Event().wait(), reason="a build takes its time")

    world.shelf.pause = pause
    running = await curate(world, carol, "rebuild")
    assert labels(running.response) == ["Cancel"]
    await carol.click(running.response, label="Cancel")
    await world.env.settle()
    assert text(running.response) == f"{WORDS.cancelled}\n{WORDS.cancelled_line}"
    world.shelf.pause = None
    assert text((await curate(world, carol, "rebuild")).response).startswith(WORDS.unchanged)


async def test_a_rebuild_cancelled_when_it_was_published_says_so(world: World, carol: Any) -> None:
    async def pause() -> None:
        world.shelf.searcher = FakeSearcher("two")
        await world.env.external_wait(asyncio.Event().wait(), reason="its process is ending")

    world.shelf.pause = pause
    running = await curate(world, carol, "rebuild")
    await carol.click(running.response, label="Cancel")
    await world.env.settle()
    assert text(running.response) == f"{WORDS.cancelled}\n{WORDS.cancelled_late}"


async def test_the_cancel_button_of_a_rebuild_before_a_restart_says_so(
    world: World, carol: Any
) -> None:
    async def pause() -> None:
        await world.env.external_wait(asyncio.Event().wait(), reason="a build takes its time")

    world.shelf.pause = pause
    running = await curate(world, carol, "rebuild")
    await world.restart()
    await carol.click(running.response, label="Cancel")
    assert text(running.response) == WORDS.nothing_to_cancel


async def test_a_rebuild_longer_than_the_interaction_goes_on_in_an_ordinary_message(
    world: World, carol: Any
) -> None:
    result = await long_rebuild(world, carol)
    last = world.channel.last_message
    assert text(last).startswith(WORDS.unchanged)
    assert last.jump_url in text(result.response)


async def long_rebuild(world: World, carol: Any) -> Any:
    """Twenty minutes, a step each."""
    now = 0.0
    bot_of(world).curation.clock = lambda: now

    async def build(hear: Any) -> RebuildResult:
        nonlocal now
        for minute in range(1, 21):
            now = minute * 60.0
            await hear(RebuildStep("encoding", minute, 20))
        return world.shelf.built

    bot_of(world).curation.rebuilder._build = build
    return await curate(world, carol, "rebuild")


def sent_to_channel(world: World) -> int:
    path = f"/channels/{world.channel.id}/messages"
    return sum((one.method, one.path) == ("POST", path) for one in world.env.http_requests)


async def test_a_long_rebuild_where_it_may_not_write_goes_on_in_a_direct_message(
    world: World, carol: Any
) -> None:
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    result = await long_rebuild(world, carol)
    told = carol.user.dm_channel.last_message
    assert text(told).startswith(WORDS.unchanged)
    assert told.jump_url in text(result.response)


async def test_a_long_rebuild_that_nobody_can_be_told_of_is_done_and_asks_discord_once(
    world: World, carol: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=None)
    await long_rebuild(world, carol)
    assert sent_to_channel(world) == 1
    assert not bot_of(world).curation.rebuilder.busy
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def test_a_rebuild_whose_beginning_cannot_be_shown_is_done(
    world: World, carol: Any, seeds: Path
) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=503)
    result = await curate(world, carol, "add", file=file("herbs.md"))
    assert world.shelf.builds == 1
    assert text(result.response).startswith("✅ Added to the articles: herbs.md")


async def test_a_connection_lost_for_a_moment_does_not_end_the_rebuild(
    world: World, carol: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(0, 1000, 10))
    bot_of(world).curation.clock = lambda: next(now)
    world.shelf.steps = tuple(RebuildStep("encoding", n, 3) for n in (1, 2, 3))
    lost = iter((None, aiohttp.ServerDisconnectedError(), ConnectionResetError(104, "reset")))
    real = discord.Interaction.edit_original_response

    async def edit(self: Any, **values: Any) -> Any:
        if error := next(lost, None):
            raise error
        return await real(self, **values)

    monkeypatch.setattr(discord.Interaction, "edit_original_response", edit)
    result = await curate(world, carol, "rebuild")
    assert world.shelf.builds == 1
    assert text(result.response).startswith(WORDS.unchanged)


# Pins


async def test_a_pin_says_what_the_question_gets_and_is_listed(world: World, carol: Any) -> None:
    shown = text(
        (await curate(world, carol, "pin add", question="Is black tea fermented?")).response
    )
    assert "answered, “Black tea is fermented for two to four hours.” (tea.md)" in shown
    listed = text((await curate(world, carol, "pin list")).response)
    assert "📌 Is black tea fermented?" in listed


async def test_a_question_is_pinned_once(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Is black tea fermented?")
    again = await curate(world, carol, "pin add", question="is  BLACK tea fermented?")
    assert text(again.response) == WORDS.pinned_already


async def test_a_pin_is_removed_by_a_choice_of_the_list(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Is black tea fermented?")
    (choice,) = await carol.autocomplete(world.channel, "curate pin remove", "question", "TEA")
    assert choice["name"] == "Is black tea fermented?"
    shown = await curate(world, carol, "pin remove", question=choice["value"])
    assert text(shown.response) == "No longer pinned: Is black tea fermented?"
    assert WORDS.pins_none in text((await curate(world, carol, "pin list")).response)
    gone = await curate(world, carol, "pin remove", question=choice["value"])
    assert text(gone.response) == WORDS.no_pin


async def test_a_rebuild_says_which_pinned_questions_changed(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Is black tea fermented?")
    await curate(world, carol, "pin add", question="Where is mint tea drunk?")
    world.shelf.after = with_herbs()
    world.shelf.built = RebuildResult("two", True, 4, 9, added=("herbs.md",))
    shown = text((await curate(world, carol, "rebuild")).response)
    assert "**Pinned questions**: 1 of 2 changed\n📌 Where is mint tea drunk?\n-# before:" in shown
    assert "-# now: answered, “Mint tea is drunk in Morocco.” (herbs.md)" in shown
    shown = text((await curate(world, carol, "rebuild")).response)
    assert "**Pinned questions**: all 2 are answered as before." in shown
    await curate(world, carol, "pin remove", question="Where is mint tea drunk?")
    shown = text((await curate(world, carol, "rebuild")).response)
    assert shown.endswith(WORDS.pins_same_one)


# Adding and removing


async def test_files_are_added_and_the_index_is_rebuilt(
    world: World, carol: Any, seeds: Path
) -> None:
    world.shelf.after = with_herbs()
    world.shelf.built = RebuildResult("two", True, 4, 9, added=("herbs.md",))
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
    shown = text(result.response)
    assert shown.startswith("✅ Added to the articles: herbs.md, evil.txt\n⚠️ Not added: a.exe – ")
    assert "Not added: a.exe – files ending in .exe are not read" in shown
    assert "**Added** (1)" in shown


async def test_an_article_that_is_there_is_not_replaced_unasked(
    world: World, carol: Any, seeds: Path
) -> None:
    result = await curate(world, carol, "add", file=file("tea.md"))
    assert "there is an article tea.md already" in text(result.response)
    assert "`replace: True`" in text(result.response)
    assert (seeds / "tea.md").read_text() == TEA
    assert world.shelf.builds == 0
    await curate(world, carol, "add", file=file("tea.md"), replace=True)
    assert (seeds / "tea.md").read_text() == HERBS
    assert world.shelf.builds == 1


async def test_a_file_that_is_too_large_is_not_even_fetched(
    world: World, carol: Any, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.curate.files.MAX_BYTES", 10)
    result = await curate(world, carol, "add", file=file("herbs.md"))
    assert "it has 1 MB, wanted 1 MB at most" in text(result.response)
    assert not (seeds / "herbs.md").exists()


async def test_files_go_into_a_folder_of_the_seeds_and_no_other(
    world: World, carol: Any, seeds: Path
) -> None:
    offered = await carol.autocomplete(
        world.channel, "curate add", "collection", "DRI", file=file("a.md")
    )
    assert [one["value"] for one in offered] == ["drinks"]
    await curate(world, carol, "add", file=file("herbs.md"), collection="drinks")
    assert (seeds / "drinks" / "herbs.md").exists()
    for place in ("..", "nowhere", "/etc"):
        result = await curate(world, carol, "add", file=file("herbs.md"), collection=place)
        assert "There is no folder" in text(result.response)


async def test_an_article_is_removed_after_a_question_and_handed_back(
    world: World, carol: Any, seeds: Path
) -> None:
    (choice,) = await carol.autocomplete(world.channel, "curate remove", "article", "about tea")
    asked = await curate(world, carol, "remove", article=choice["value"])
    assert "### Remove this article?\n**All about tea**\n-# tea.md" in text(asked.response)
    assert (seeds / "tea.md").exists()
    pressed = await carol.click(asked.response, label="Remove")
    assert not (seeds / "tea.md").exists()
    (back,) = pressed.followups
    assert back.ephemeral
    assert [one.filename for one in back.attachments] == ["tea.md"]
    assert await back.attachments[0].read() == TEA.encode()
    assert world.shelf.builds == 1
    assert text(asked.response).startswith("### ")


async def test_an_article_stays_when_the_curator_thinks_better_of_it(
    world: World, carol: Any, seeds: Path
) -> None:
    asked = await curate(world, carol, "remove", article="tea.md")
    await carol.click(asked.response, label="Leave it")
    assert text(asked.response) == WORDS.kept
    assert (seeds / "tea.md").exists()


async def test_removing_what_is_gone_says_so(world: World, carol: Any, seeds: Path) -> None:
    asked = await curate(world, carol, "remove", article="tea.md")
    (seeds / "tea.md").unlink()
    pressed = await carol.click(asked.response, label="Remove")
    assert text(pressed.followups[0]) == WORDS.article_gone
    again = await curate(world, carol, "remove", article="tea.md")
    assert text(again.response) == WORDS.article_gone


async def test_what_stands_beside_an_article_goes_and_comes_back_with_it(
    world: World, carol: Any, seeds: Path
) -> None:
    (seeds / "tea.md.yaml").write_text("title: All about tea")
    asked = await curate(world, carol, "remove", article="tea.md")
    assert WORDS.remove_back in text(asked.response)
    pressed = await carol.click(asked.response, label="Remove")
    (back,) = pressed.followups
    assert [one.filename for one in back.attachments] == ["tea.md", "tea.md.yaml"]
    assert text(back) == WORDS.file_back.format("All about tea · tea.md")
    assert not (seeds / "tea.md.yaml").exists()


async def test_an_article_too_large_to_hand_back_is_said_to_be_before_it_goes(
    world: World, carol: Any, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.curate.confirm.LARGEST_FILE", 10)
    asked = await curate(world, carol, "remove", article="tea.md")
    assert WORDS.remove_large in text(asked.response)
    pressed = await carol.click(asked.response, label="Remove")
    assert pressed.followups == []
    assert not (seeds / "tea.md").exists()


async def test_an_article_that_cannot_be_handed_back_now_stays(
    world: World, carol: Any, seeds: Path
) -> None:
    asked = await curate(world, carol, "remove", article="tea.md")
    world.env.inject_error("POST", "/webhooks/*", status=503)
    pressed = await carol.click(asked.response, label="Remove")
    assert text(pressed.followups[0]) == ENGLISH.discord_down
    assert (seeds / "tea.md").exists()
    assert world.shelf.builds == 0


async def test_a_file_that_discord_does_not_hand_over_is_not_added_and_the_others_are(
    world: World, carol: Any, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = discord.Attachment.read

    async def read(attachment: discord.Attachment, **options: Any) -> bytes:
        if attachment.filename == "gone.md":
            raise discord.NotFound(SimpleNamespace(status=404, reason="Not Found"), "gone")
        return await real(attachment, **options)

    monkeypatch.setattr(discord.Attachment, "read", read)
    result = await curate(world, carol, "add", file=file("gone.md"), file2=file("herbs.md"))
    shown = text(result.response)
    assert f"⚠️ Not added: gone.md – {WORDS.not_fetched}" in shown
    assert (seeds / "herbs.md").exists()
    assert world.shelf.builds == 1


async def test_the_index_is_rolled_back_after_a_question(world: World, carol: Any) -> None:
    await curate(world, carol, "pin add", question="Where is mint tea drunk?")
    world.shelf.after = with_herbs()
    await curate(world, carol, "rebuild")
    assert "Morocco" in text(await world.ask("Where is mint tea drunk?"))
    asked = await curate(world, carol, "rollback")
    await carol.click(asked.response, label="Roll back")
    assert "The index from one is in service." in text(asked.response)
    assert "**Pinned questions**: 1 of 1 changed" in text(asked.response)
    assert "Morocco" not in text(await world.ask("Where is mint tea drunk?"))


async def test_a_rollback_without_an_index_before_says_so(world: World, carol: Any) -> None:
    asked = await curate(world, carol, "rollback")
    pressed = await carol.click(asked.response, label="Roll back")
    assert text(pressed.followups[0]) == WORDS.nothing_before


async def test_a_rollback_asked_for_before_a_rebuild_is_not_done_after_it(
    world: World, carol: Any
) -> None:
    asked = await curate(world, carol, "rollback")
    world.shelf.after = with_herbs()
    await curate(world, carol, "rebuild")
    pressed = await carol.click(asked.response, label="Roll back")
    assert text(pressed.response) == WORDS.no_longer_current


async def test_who_presses_roll_back_twice_goes_back_once(world: World, carol: Any) -> None:
    world.shelf.after = with_herbs()
    await curate(world, carol, "rebuild")
    world.shelf.earlier = FakeSearcher("zero")
    curation, guild = bot_of(world).curation, world.env.guild.id
    presses = [curation.rollback(guild, "two") for _ in range(2)]
    _, refused = await asyncio.gather(*presses, return_exceptions=True)
    assert isinstance(refused, Superseded)
    assert world.shelf.searcher.snapshot == "one"


async def test_a_rollback_from_what_the_terminal_just_replaced_is_not_done(
    world: World, carol: Any
) -> None:
    world.shelf.before = FakeSearcher("zero")
    asked = await curate(world, carol, "rollback")
    world.shelf.searcher = with_herbs()
    pressed = await carol.click(asked.response, label="Roll back")
    assert text(pressed.followups[0]) == WORDS.no_longer_current
    assert world.shelf.searcher.snapshot == "two"


# Several servers


async def test_with_several_servers_none_may_change_what_they_share(
    world: World, carol: Any, seeds: Path
) -> None:
    world.env.create_guild("Another")
    for command, options in (("rebuild", {}), ("add", {"file": file("herbs.md")})):
        result = await curate(world, carol, command, **options)
        assert text(result.response) == escape(WORDS.shared)
    assert text((await curate(world, carol, "rollback")).response) == escape(WORDS.not_the_whole)
    assert not (seeds / "herbs.md").exists()
    assert text((await curate(world, carol, "pin list")).response)


async def test_a_server_that_the_operator_named_may_change_what_is_shared(
    world: World, carol: Any, seeds: Path
) -> None:
    world.shelf.curators = (world.env.guild.id,)
    world.env.create_guild("Another")
    await world.restart()
    await curate(world, carol, "add", file=file("herbs.md"))
    assert (seeds / "herbs.md").exists()


@pytest.fixture
async def bound(world: World) -> World:
    """The server is bound to ``drinks``; another, unbound one is there too."""
    world.shelf.bindings = {world.env.guild.id: ("drinks",)}
    await world.restart()
    return world


async def test_a_bound_server_sees_its_own_articles_alone(bound: World) -> None:
    assert "coffee" in text(await bound.ask("Where does coffee grow in the tropics?"))
    assert "Black tea" not in text(await bound.ask("Is black tea fermented for hours?"))
    listed = text((await bound.alice.slash(bound.channel, "sources")).response)
    assert "Coffee" in listed
    assert "All about tea" not in listed
    offered = await bound.alice.autocomplete(bound.channel, "ask", "source", "", question="q")
    assert [one["value"] for one in offered] == ["drinks/coffee.txt"]
    refused = await bound.ask("Is black tea fermented?", source="tea.md")
    assert "There is no article" in text(refused)


async def test_other_servers_and_direct_messages_do_not_see_a_bound_collection(
    bound: World,
) -> None:
    other = bound.env.create_guild("Another")
    channel = other.create_text_channel("talk")
    dave = other.add_member(bound.env.create_user("dave"))
    shown = (await dave.slash(channel, "ask", question="Where does coffee grow?")).response
    assert "tropics" not in text(shown)
    assert "Coffee" not in text((await dave.slash(channel, "sources")).response)
    await dave.send_dm("Where does coffee grow?")
    assert "tropics" not in text(dave.user.dm_channel.last_message)


async def test_an_old_answer_shows_no_more_of_an_article_that_is_now_anothers(
    world: World,
) -> None:
    shown = await world.ask("Where does coffee grow in the tropics?")
    other = world.env.create_guild("Another")
    world.shelf.bindings = {other.id: ("drinks",)}
    await world.restart()
    result = await world.press(shown, "More context")
    told = [one for one in [result.response, *result.followups] if one is not None]
    assert [text(one) for one in told] == [ENGLISH.article_gone]


async def test_a_bound_server_adds_to_its_own_collection_and_sees_its_own_changes(
    bound: World, seeds: Path
) -> None:
    carol = curator(bound)
    bound.env.create_guild("Another")
    bound.shelf.steps = (RebuildStep("reading", 30, 300),)
    bound.shelf.built = RebuildResult(
        "two", True, 300, 900, added=("drinks/herbs.md", "secret/plan.md"),
        skipped=(("secret/x.pdf", "why"), ("drinks/y.pdf", "why")),
    )  # fmt: skip
    result = await curate(bound, carol, "add", file=file("herbs.md"))
    assert (seeds / "drinks" / "herbs.md").exists()
    assert "drinks/herbs.md" in text(result.response)
    assert "drinks/y.pdf" in text(result.response)
    assert "secret" not in text(result.response)
    assert "1 article · 2 passages" in text(result.response)
    refused = await curate(bound, carol, "add", file=file("herbs2.md"), collection="other")
    assert "There is no folder" in text(refused.response)
    assert text((await curate(bound, carol, "rollback")).response) == escape(WORDS.not_the_whole)
