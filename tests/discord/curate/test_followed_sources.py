from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.services.rebuild import RebuildFailed
from bot.text.curator_messages import CuratorMessages
from index.build.pipeline import Changes
from index.errors import SourceError
from index.ingest.web import addresses
from index.sources.followed import read_followed
from index.sources.ledger import load_state, save_state, staged_folder
from tests.support.discord_fakes import World, build_report
from tests.support.discord_messages import labels, text
from tests.support.fake_searcher import ARTICLES, TEA, FakeSearcher
from tests.support.followed_sites import BRIDGE, HTML, TUNNEL, page
from tests.support.local_site import LocalSite, serve_site

MESSAGES = CuratorMessages()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSite]:
    """Serve a web site that counts as public."""
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    with serve_site() as local_site:
        yield local_site


@pytest.fixture
def carol(world: World, seeds: Path) -> Any:
    """A member who may manage the server."""
    guild = world.env.guild
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(world.env.create_user("carol"), roles=[role])


def bot_of(world: World) -> Any:
    return world.env.bot


async def curate(world: World, member: Any, command: str, **options: Any) -> Any:
    return (await member.slash(world.channel, f"curate {command}", **options)).response


async def follow_bridge(world: World, carol: Any, site: LocalSite) -> Any:
    site.pages["/bridge"] = (200, HTML, page("Bridge"))
    return await curate(world, carol, "follow", url=site.url("/bridge"))


def harmless(world: World) -> None:
    """Let the next build add one passage and change no answer."""
    bridge = (ARTICLES["tea.md"][0], BRIDGE)
    world.fake_index.next_searcher = FakeSearcher("two", {**ARTICLES, "bridge.md": bridge})
    world.fake_index.preview = build_report("p", True, 4, 8, Changes(added=("bridge.md",)))
    world.fake_index.result = build_report("two", True, 4, 8, Changes(added=("bridge.md",)))


def drastic(world: World) -> None:
    """Let the next build change most passages of an article."""
    tea = (ARTICLES["tea.md"][0], TEA.replace("tea", "mate"))
    world.fake_index.next_searcher = FakeSearcher("two", {**ARTICLES, "tea.md": tea})
    world.fake_index.preview = build_report("p", True, 3, 8, Changes(changed=("tea.md",)))
    world.fake_index.result = build_report("two", True, 3, 8, Changes(changed=("tea.md",)))


async def report_to(world: World, channel: Any) -> None:
    guilds = bot_of(world).answers.guilds
    await guilds.update(world.env.guild.id, report_channel=(channel.id,))


async def refresh_when_due(world: World, seeds: Path) -> None:
    """Run the scheduled refresh as if every source were due."""
    for source in read_followed(seeds):
        with suppress(SourceError):
            state = load_state(source.name, seeds)
            save_state(source.name, replace(state, checked=0.0, next_check=0.0), seeds)
    await bot_of(world).background.refresh_sources()
    await world.env.settle()


async def test_following_saves_the_articles_and_rebuilds(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    response = await follow_bridge(world, carol, site)
    assert "✅ Following" in text(response)
    assert "-# page · 1 article, 1 KB · next check <t:" in text(response)
    assert MESSAGES.following_unreported in text(response)
    assert BRIDGE in (seeds / "bridge.md").read_text()
    assert world.fake_index.build_count == 1
    (source,) = read_followed(seeds)
    assert (source.private, source.every) == (False, "1d")


async def test_nothing_is_followed_that_fails(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    response = await curate(world, carol, "follow", url=site.url("/none"))
    assert "I could not save anything" in text(response)
    assert "404" in text(response)
    site.pages["/empty"] = (200, HTML, b"<html><body></body></html>")
    response = await curate(world, carol, "follow", url=site.url("/empty"))
    assert "I could not save anything" in text(response)
    assert read_followed(seeds) == ()
    assert world.fake_index.build_count == 0


async def test_private_addresses_are_refused(world: World, carol: Any, seeds: Path) -> None:
    with serve_site() as site:
        for command in ("follow", "add"):
            response = await curate(world, carol, command, url=site.url("/"))
            assert "a private address" in text(response)
            assert "--private" not in text(response)
        assert site.requested == []


async def test_link_can_be_added(world: World, carol: Any, seeds: Path, site: LocalSite) -> None:
    site.pages["/bridge"] = (200, HTML, page("Bridge"))
    response = await curate(world, carol, "add", url=site.url("/bridge"))
    assert "✅ Added to the articles: bridge.md" in text(response)
    response = await curate(world, carol, "add", url=site.url("/none"))
    assert "⚠️ Not added: " in text(response)
    response = await curate(world, carol, "add")
    assert text(response) == MESSAGES.add_what


async def test_no_file_of_the_machine_can_be_added(
    world: World, carol: Any, seeds: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("A secret\n\nNobody in the chat may read this.", "utf-8")
    before = set(seeds.iterdir())  # noqa: ASYNC240 - nothing else runs
    for address in (str(secret), secret.as_uri()):
        response = await curate(world, carol, "add", url=address)
        assert "expected an http" in text(response)
    assert set(seeds.iterdir()) == before  # noqa: ASYNC240 - nothing else runs


@pytest.mark.parametrize("command", ["follow", "add"])
async def test_broken_address_is_refused(
    world: World, carol: Any, seeds: Path, command: str
) -> None:
    response = await curate(world, carol, command, url="https://[::1")
    assert "invalid link" in text(response)


async def test_list_shows_times_and_errors(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    assert MESSAGES.nothing_followed in text(await curate(world, carol, "followed"))
    await follow_bridge(world, carol, site)
    site.pages["/bridge"] = (500, {}, b"")
    response = await curate(world, carol, "refresh")
    assert "nothing has changed" in text(response)
    assert "500" in text(response)
    listed = text(await curate(world, carol, "followed"))
    assert "· 1 article · <http://127.0.0.1" in listed
    assert "checked <t:" in listed
    assert "⚠️" in listed


async def test_harmless_change_goes_into_service(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    site.pages["/bridge"] = (200, HTML, page("Bridge", TUNNEL))
    harmless(world)
    await refresh_when_due(world, seeds)
    assert TUNNEL in (seeds / "bridge.md").read_text()
    assert world.fake_index.build_count == 2
    report = world.channel.last_message
    assert text(report).startswith("### A followed source has changed")
    assert "✏️ bridge.md" in text(report)
    assert "12% of all passages change." in text(report)
    assert labels(report) == []


async def test_large_change_waits_and_survives_a_restart(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    site.pages["/bridge"] = (200, HTML, page("Bridge", TUNNEL))
    drastic(world)
    await refresh_when_due(world, seeds)
    report = world.channel.last_message
    assert text(report).startswith("### Changes of a followed source wait for approval")
    assert labels(report) == ["Approve", "Discard"]
    assert BRIDGE in (seeds / "bridge.md").read_text()
    await refresh_when_due(world, seeds)  # it is not checked again meanwhile
    assert world.channel.last_message.id == report.id
    await world.restart()
    refused = await world.press(report, "Approve")
    assert [text(each) for each in refused.followups] == [MESSAGES.only_curators]
    await world.press(report, "Approve", carol)
    assert TUNNEL in (seeds / "bridge.md").read_text()
    shown = text(world.channel.last_message)
    assert "✅ Approved: the changes of" in shown
    assert "### Index rebuilt" in shown


async def test_changed_pin_waits_and_can_be_discarded(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    question = "How is white tea picked in spring?"
    await curate(world, carol, "pin add", question=question)
    site.pages["/bridge"] = (200, HTML, page("Bridge", TUNNEL))
    harmless(world)
    spring = (ARTICLES["tea.md"][0], "White tea is picked in spring by many hands.")
    world.fake_index.next_searcher = FakeSearcher("two", {"bridge.md": spring, **ARTICLES})
    await refresh_when_due(world, seeds)
    report = world.channel.last_message
    assert "**Pinned questions**: 1 of 1 changed" in text(report)
    assert "many hands" in text(report)
    await world.press(report, "Discard", carol)
    assert text(world.channel.last_message).startswith("### Discarded")
    assert BRIDGE in (seeds / "bridge.md").read_text()
    assert not staged_folder(read_followed(seeds)[0].name, seeds).exists()
    await refresh_when_due(world, seeds)
    assert BRIDGE in (seeds / "bridge.md").read_text()


async def test_refresh_by_hand_shows_changes_with_buttons(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    site.pages["/bridge"] = (200, HTML, page("Bridge", TUNNEL))
    drastic(world)
    result = await carol.slash(world.channel, "curate refresh")
    assert "⏳ Changes wait for approval." in text(result.response)
    assert labels(result.followups[-1]) == ["Approve", "Discard"]


async def test_buttons_of_older_changes_do_nothing(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    drastic(world)
    shown = []
    for edition in (1, 2):
        site.pages["/bridge"] = (200, HTML, page("Bridge", f"Edition {edition}: {TUNNEL}"))
        result = await carol.slash(world.channel, "curate refresh")
        shown.append(result.followups[-1])
    for button in ("Approve", "Discard"):
        pressed = await world.press(shown[0], button, carol)
        assert MESSAGES.changes_outdated in text(pressed.followups[-1] or pressed.response)
    await world.press(shown[1], "Approve", carol)
    assert "Edition 2" in (seeds / "bridge.md").read_text()


async def test_unfollowing_keeps_the_articles(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    (source,) = read_followed(seeds)
    response = await curate(world, carol, "unfollow", source=source.name)
    assert "No longer following" in text(response)
    assert (seeds / "bridge.md").exists()
    response = await curate(world, carol, "unfollow", source="a*b")
    assert r"This server follows no source “a\*b”" in text(response)


async def test_members_cannot_follow(world: World, carol: Any) -> None:
    command_id = bot_of(world).command_ids["curate"]
    world.env.guild.set_command_permissions(command_id, {world.alice: True})
    for command, options in (
        ("follow", {"url": "https://a.example/"}),
        ("followed", {}),
        ("refresh", {}),
        ("unfollow", {"source": "a"}),
    ):
        response = await curate(world, world.alice, command, **options)
        assert text(response) == MESSAGES.only_curators


# Alarms: problems that last are reported once.


async def failing_checks(world: World, seeds: Path, count: int) -> list[str]:
    """Run that many scheduled checks; return the text of each new message in the channel."""
    shown = []
    for _ in range(count):
        before = world.channel.last_message.id if world.channel.last_message else 0
        await refresh_when_due(world, seeds)
        last = world.channel.last_message
        shown.append(text(last) if last and last.id != before else "")
    return shown


async def test_third_failing_check_is_reported_once(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    site.pages["/bridge"] = (500, {}, b"")
    first, second = await failing_checks(world, seeds, 2)
    await world.restart()
    third, *later = await failing_checks(world, seeds, 4)
    assert (first, second, later) == ("", "", [""] * 3)
    assert third.startswith("### A followed source keeps failing\n**127-0-0-1-bridge**")
    assert "/bridge: the server answered 500" in third
    assert "It failed 3 times in a row." in third
    site.pages["/bridge"] = (200, HTML, page("Bridge"))
    over, quiet = await failing_checks(world, seeds, 2)
    assert over.startswith("✅ The followed source **127-0-0-1-bridge** can be read again")
    assert quiet == ""


async def test_checks_that_recover_in_between_are_quiet(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    for status in (500, 503, 200, 500, 404, 200):
        site.pages["/bridge"] = (status, {**HTML, "Retry-After": "0"}, page("Bridge"))
        assert await failing_checks(world, seeds, 1) == [""]


async def test_damaged_ledger_is_reported_and_stops_no_other(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    site.pages["/other"] = (200, HTML, page("Other", TUNNEL))
    await curate(world, carol, "follow", url=site.url("/other"))
    (seeds / ".sources" / "127-0-0-1-bridge.json").write_text("{")
    site.requested.clear()
    *quiet, third = await failing_checks(world, seeds, 3)
    assert quiet == ["", ""]
    assert "not a ledger" in third
    assert site.requested.count("/other") == 3
    listed = text(await curate(world, carol, "followed"))
    assert "not a ledger" in listed
    assert "127-0-0-1-other" in listed


async def test_broken_list_is_reported_once(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    (seeds / "sources.toml").write_text("[bridge\n")
    shown = [await _broken_check(world) for _ in range(4)]
    assert [bool(each) for each in shown] == [False, False, True, False]
    assert shown[2].startswith("### No followed source can be checked\n")
    assert "sources.toml cannot be read" in shown[2]


async def _broken_check(world: World) -> str:
    before = world.channel.last_message.id if world.channel.last_message else 0
    await bot_of(world).background.refresh_sources()
    await world.env.settle()
    last = world.channel.last_message
    return text(last) if last and last.id != before else ""


async def test_build_that_fails_is_made_up_for(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    await follow_bridge(world, carol, site)
    await report_to(world, world.channel)
    site.pages["/bridge"] = (200, HTML, page("Bridge", TUNNEL))
    harmless(world)
    bot_of(world).following._preview = _preview_of(world)
    world.fake_index.build_error = RebuildFailed("no room")
    await refresh_when_due(world, seeds)
    assert text(world.channel.last_message).startswith("### A followed source has changed")
    builds = world.fake_index.build_count
    await bot_of(world).background.refresh_sources()  # not again within the hour
    assert world.fake_index.build_count == builds
    world.fake_index.build_error = None
    await world.restart()
    await bot_of(world).background.refresh_sources()
    await bot_of(world).background.refresh_sources()
    assert world.fake_index.build_count == builds + 1
    assert world.fake_index.searcher.snapshot == "two"


def _preview_of(world: World) -> Any:
    @asynccontextmanager
    async def preview(_name: str) -> AsyncIterator[Any]:
        yield world.fake_index.preview, world.fake_index.next_searcher

    return preview
