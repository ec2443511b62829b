"""Responses within three seconds, however slow the articles or the store are."""

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.text.messages import ENGLISH
from bot.ui import deferral
from index.errors import SourceListError
from index.filters import ALL_ARTICLES, Scope
from tests.support.curators import curate
from tests.support.discord_fakes import World
from tests.support.discord_messages import text, walk
from tests.support.fake_searcher import FakeSearcher

QUESTION = "Is black tea fermented for hours?"
SLOW_SECONDS = 0.3
DEFERRED = 5  # Discord's types of a response
CHOICES = 8


class SlowSearcher(FakeSearcher):
    """Read articles slowly, but search quickly."""

    def article_languages(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        time.sleep(SLOW_SECONDS)
        return super().article_languages(scope)

    def publishers(self, scope: Scope = ALL_ARTICLES) -> list[str]:
        time.sleep(SLOW_SECONDS)
        return super().publishers(scope)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take for slow what does not come at once; simcord's time does not pass by itself."""
    monkeypatch.setattr(deferral, "_PATIENCE_SECONDS", 0)


def slow_articles(world: World) -> None:
    world.fake_index.searcher = SlowSearcher("slow")


def slow_store(world: World) -> Any:
    """Make reading settings slow."""
    bot: Any = world.env.bot
    read = bot.answers.guilds._read

    async def read_slowly(guild: int) -> Any:
        await asyncio.to_thread(time.sleep, SLOW_SECONDS)
        return await read(guild)

    bot.answers.guilds._read = read_slowly
    bot.answers.guilds.forget_cached()


async def curator_by_role(world: World, command: str) -> Any:
    """Add a member who may use a command and whose role the server's settings name."""
    role = world.env.guild.create_role("Curating")
    member = world.env.guild.add_member(world.env.create_user("dora"), roles=[role])
    bot: Any = world.env.bot
    await bot.answers.guilds.update(world.env.guild.id, curator_roles=(role.id,))
    world.env.guild.set_command_permissions(bot.command_ids[command], {member: True})
    return member


def responses(world: World) -> list[tuple[int, bool]]:
    """Return the type of each first response, and whether it is private."""
    bodies = [each.json for each in world.env.http_requests if each.path.endswith("/callback")]
    return [
        (body["type"], bool((body.get("data") or {}).get("flags", 0) & 64))
        for body in bodies
        if body is not None
    ]


def sent_privately(world: World) -> list[str]:
    """Return the texts of private messages that follow a public deferral that was taken back."""
    requests = [each for each in world.env.http_requests if each.path.startswith("/webhooks/")]
    kinds = [(each.method, each.path.rpartition("/")[2]) for each in requests]
    taken_back = kinds.index(("DELETE", "@original"))
    bodies = [each.json or {} for each in requests[taken_back + 1 :]]
    assert all(body["flags"] & 64 for body in bodies)
    return [
        body.get("content") or "".join(each.get("content", "") for each in walk(body["components"]))
        for body in bodies
    ]


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.usefixtures("impatient")
async def test_a_question_is_deferred_before_slow_articles_answer(
    world: World, private: bool
) -> None:
    slow_articles(world)
    result = await world.alice.slash(world.channel, "ask", question=QUESTION, private=private)
    assert responses(world) == [(DEFERRED, private)]
    assert "Black tea" in text(result.response)
    assert result.ephemeral is private


@pytest.mark.parametrize("command", ["ask", "verify"])
@pytest.mark.usefixtures("impatient")
async def test_slow_settings_make_an_answer_private(world: World, command: str) -> None:
    slow_store(world)
    option = {"ask": "question", "verify": "quotation"}[command]
    result = await world.alice.slash(world.channel, command, **{option: QUESTION})
    assert responses(world) == [(DEFERRED, True)]
    assert result.ephemeral
    assert text(result.response)


@pytest.mark.usefixtures("impatient")
async def test_a_refusal_is_private_also_after_a_public_deferral(world: World) -> None:
    slow_articles(world)
    options = {"question": QUESTION, "publisher": "Nobody"}
    result = await world.alice.slash(world.channel, "ask", private=False, **options)
    assert responses(world) == [(DEFERRED, False)]
    assert not result.ephemeral
    (refusal,) = sent_privately(world)
    assert "Nobody" in refusal
    assert world.channel.history() == []


@pytest.mark.parametrize(("said", "answered"), [("hello", ENGLISH.greeting), ("help", "/ask")])
@pytest.mark.usefixtures("impatient")
async def test_small_talk_is_private_also_after_a_public_deferral(
    world: World, said: str, answered: str
) -> None:
    slow_articles(world)
    await world.alice.slash(world.channel, "ask", question=said, private=False)
    (reply,) = sent_privately(world)
    assert answered in reply
    assert world.channel.history() == []


@pytest.mark.usefixtures("impatient")
async def test_a_cooldown_is_told_privately_after_slow_settings(world: World) -> None:
    bot: Any = world.env.bot
    await bot.answers.guilds.update(world.env.guild.id, cooldown_seconds=60)
    await world.ask(QUESTION)
    slow_store(world)
    await world.alice.slash(world.channel, "ask", question=QUESTION, private=False)
    assert sent_privately(world) == [ENGLISH.rate_limited(60)]


@pytest.mark.usefixtures("impatient")
async def test_a_message_is_searched_after_the_deferral(world: World) -> None:
    slow_articles(world)
    sent = await world.bob.send(world.channel, QUESTION)
    result = await world.alice.context_menu(world.channel, "Find in articles", sent)
    assert responses(world) == [(DEFERRED, True)]
    assert "Black tea" in text(result.response)


@pytest.mark.usefixtures("impatient")
async def test_suggestions_that_take_too_long_are_left_out(world: World) -> None:
    slow_articles(world)
    choices = await world.alice.autocomplete(
        world.channel, "ask", "publisher", "", question=QUESTION
    )
    assert choices == []
    assert responses(world) == [(CHOICES, False)]


async def test_suggestions_that_fail_are_left_out(
    world: World, carol: Any, seeds: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bot: Any = world.env.bot

    async def fail(_guild: int) -> Any:
        raise SourceListError("sources.toml cannot be read")

    bot.following.statuses = fail
    assert await carol.autocomplete(world.channel, "curate refresh", "source", "") == []
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("command", ["rebuild", "rollback", "stats", "unanswered", "followed"])
@pytest.mark.usefixtures("impatient")
async def test_curators_wait_for_slow_settings_after_the_deferral(
    world: World, carol: Any, seeds: Path, command: str
) -> None:
    dora = await curator_by_role(world, "curate")
    slow_store(world)
    result = await curate(world, dora, command)
    assert responses(world) == [(DEFERRED, True)]
    assert text(result.response)


@pytest.mark.usefixtures("impatient")
async def test_a_form_that_needs_a_slow_store_is_refused_in_time(
    world: World, carol: Any, seeds: Path
) -> None:
    dora = await curator_by_role(world, "Quote this")
    sent = await world.bob.send(world.channel, "Tea is best with milk, they say.")
    slow_store(world)
    result = await dora.context_menu(world.channel, "Quote this", sent)
    assert text(result.response) == ENGLISH.store_unreachable


class FakeResponse:
    """A response that counts its deferrals."""

    def __init__(self) -> None:
        self.deferrals = 0

    def is_done(self) -> bool:
        return self.deferrals > 0

    async def defer(self, **_: bool) -> None:
        self.deferrals += 1


async def test_two_slow_steps_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferral, "_PATIENCE_SECONDS", 0.2)
    interaction: Any = SimpleNamespace(extras={}, response=FakeResponse())
    for _ in range(2):
        async with deferral.defer_when_slow(interaction, private=False):
            await asyncio.sleep(0.15)
    assert interaction.response.deferrals == 1
    assert deferral.is_deferred_early(interaction)
