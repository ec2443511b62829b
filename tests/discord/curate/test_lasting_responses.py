"""Commands that outlive their interaction, whose responses Discord lets nobody edit any more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.text.curator_messages import CuratorMessages
from index.ingest.web import addresses
from tests.support.curators import curate
from tests.support.discord_fakes import World
from tests.support.discord_messages import text
from tests.support.fake_searcher import ARTICLES, TEA, FakeSearcher
from tests.support.followed_sites import HTML, page
from tests.support.local_site import LocalSite, serve_site

MESSAGES = CuratorMessages()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSite]:
    """Serve a web site that counts as public."""
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    with serve_site() as local_site:
        local_site.pages["/bridge"] = (200, HTML, page("Bridge"))
        yield local_site


def bot_of(world: World) -> Any:
    return world.env.bot


def expire_during(world: World, owner: Any, name: str) -> None:
    """Let responses expire while a function runs."""
    original, faults = getattr(owner, name), world.env.backend.faults
    world.env.inject_error("*", "/webhooks/*", status=401, code=50027, times=None)
    fault = faults.pop()

    async def run(*arguments: Any, **options: Any) -> Any:
        faults.append(fault)
        return await original(*arguments, **options)

    setattr(owner, name, run)


def is_mentioned(world: World, member: Any, message: Any) -> bool:
    """Return whether a message of the bot mentions and pings a member."""
    sent = [
        each.json["allowed_mentions"].get("users")
        for each in world.env.http_requests
        if each.method == "POST" and each.path.endswith("/messages") and each.json
    ]
    return text(message).endswith(f"-# <@{member.id}>") and [str(member.id)] in sent


async def test_what_follow_saved_is_said_directly(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    expire_during(world, bot_of(world).following, "_stage")
    await curate(world, carol, "follow", url=site.url("/bridge"))
    (message,) = carol.user.dm_channel.history()
    assert "✅ Following" in text(message)
    assert MESSAGES.nothing_changed in text(message)  # of the rebuild, which edits the message
    assert f"<@{carol.id}>" not in text(message)
    assert world.channel.history() == []


async def test_that_nothing_was_followed_is_said_directly(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    site.pages["/empty"] = (200, HTML, b"<html><body></body></html>")
    expire_during(world, bot_of(world).following, "_stage")
    await curate(world, carol, "follow", url=site.url("/empty"))
    assert "I could not save anything" in text(carol.user.dm_channel.last_message)


@pytest.mark.parametrize(("path", "said"), [("/bridge", "✅ Added"), ("/none", "⚠️ Not added")])
async def test_what_a_link_added_is_said_directly(
    world: World, carol: Any, seeds: Path, site: LocalSite, path: str, said: str
) -> None:
    expire_during(world, bot_of(world).curation, "add_url")
    await curate(world, carol, "add", url=site.url(path))
    (message,) = carol.user.dm_channel.history()
    assert said in text(message)


async def test_without_direct_messages_the_outcome_is_in_the_channel(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007, times=None)
    expire_during(world, bot_of(world).curation, "add_url")
    await curate(world, carol, "add", url=site.url("/bridge"))
    (message,) = world.channel.history()
    assert "✅ Added" in text(message)
    assert is_mentioned(world, carol, message)


async def test_an_outcome_is_tried_again_when_its_first_message_failed(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007, times=None)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    expire_during(world, bot_of(world).curation, "add_url")
    await curate(world, carol, "add", url=site.url("/bridge"))
    (message,) = world.channel.history()
    assert MESSAGES.nothing_changed in text(message)


async def test_an_outcome_that_reaches_nobody_is_logged(
    world: World, carol: Any, seeds: Path, site: LocalSite, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    expire_during(world, bot_of(world).curation, "add_url")
    await curate(world, carol, "add", url=site.url("/bridge"))
    assert "could not show the outcome of a command that took long" in caplog.text
    assert "Traceback" not in caplog.text


async def report_in_channel(world: World, carol: Any, site: LocalSite) -> Any:
    """Return the message in the channel about changes that wait."""
    await curate(world, carol, "follow", url=site.url("/bridge"))
    site.pages["/bridge"] = (200, HTML, page("Tunnel"))
    tea = (ARTICLES["tea.md"][0], TEA.replace("tea", "mate"))
    world.fake_index.next_searcher = FakeSearcher("two", {**ARTICLES, "tea.md": tea})
    expire_during(world, bot_of(world).following, "_report")
    bot_of(world).following._preview = _failing_preview  # the changes then wait
    await curate(world, carol, "refresh")
    assert MESSAGES.sources_checked in text(carol.user.dm_channel.last_message)
    (report,) = world.channel.history()
    world.env.backend.faults.clear()
    return report


async def test_changes_that_wait_can_be_approved_from_the_channel(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    report = await report_in_channel(world, carol, site)
    await carol.click(report, label=MESSAGES.approve_button)
    assert world.fake_index.build_count == 2


async def test_the_outcome_of_a_shared_button_is_in_the_channel(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    report = await report_in_channel(world, carol, site)
    expire_during(world, bot_of(world).following, "approve")
    await carol.click(report, label=MESSAGES.approve_button)
    assert MESSAGES.nothing_changed in text(world.channel.last_message)
    assert is_mentioned(world, carol, world.channel.last_message)


def _failing_preview(_name: str) -> Any:
    raise OSError("no preview")


async def test_an_error_after_the_response_expired_comes_directly(
    world: World, carol: Any, seeds: Path, site: LocalSite
) -> None:
    world.fake_index.previous = None
    question = await curate(world, carol, "rollback")
    expire_during(world, bot_of(world).curation, "rollback")
    await carol.click(question.response, label=MESSAGES.rollback_button)
    assert text(carol.user.dm_channel.last_message) == MESSAGES.no_previous_index


async def test_a_late_rollback_is_said_directly(world: World, carol: Any) -> None:
    world.fake_index.previous = FakeSearcher("zero")
    question = await curate(world, carol, "rollback")
    expire_during(world, bot_of(world).curation, "rollback")
    await carol.click(question.response, label=MESSAGES.rollback_button)
    assert text(carol.user.dm_channel.last_message).startswith("### Rolled back")
    assert world.channel.history() == []
